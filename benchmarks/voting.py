"""Votes at the end of a class: pressed one by one, fifty at a time and a thousand at once, beside a bot that does
nothing.

A press is answered when the ballot is on disk. At the end every ballot is compared with what its voter was told last.
"""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.stage import Stage, stage
from bot.core.ballots import tag

CHOICES = 10
IN_FLIGHT = 50


class Hall:
    """The voters, each with a ballot paper open, and what each was told last."""

    def __init__(self, colloquy: Stage, database: Path) -> None:
        self.colloquy = colloquy
        self.database = database
        self.papers: dict[str, str] = {}
        # What may be stored for each voter: what they were told last, and what was not answered since.
        self.told: dict[str, set[int]] = {}
        self._presses = 0

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.database)) as database:
            return database.execute(statement).fetchall()

    async def open(self, count: int) -> None:
        """`count` people in the course, and a poll that all of them have before their eyes."""
        staff = (await self.colloquy.users(1, prefix="staff", staff=True))[0]
        await self.colloquy.act(staff, "staff setup")
        voters = await self.colloquy.users(count, prefix="voter")
        commands = [{"user": who, "command": "next-class"} for who in voters]
        await self.colloquy.burst(commands, in_flight=IN_FLIGHT)
        await _until(lambda: self.rows("SELECT count(*) FROM account") >= [(count,)])
        choices = ";".join(f"Group {number}" for number in range(1, CHOICES + 1))
        opened = await self.colloquy.act(staff, "staff vote poll", question="Who did best?", choices=choices)
        if "is open for" not in opened["text"]:
            raise RuntimeError(f"no poll: {opened['text']}")
        asked = [{"user": who, "command": "vote"} for who in voters]
        report = await self.colloquy.burst(asked, in_flight=IN_FLIGHT, answers=True)
        self.papers = {who: one["interaction_id"] for who, one in zip(voters, report["answers"], strict=True)}

    def press(self, who: str) -> dict[str, Any]:
        """The next press of this voter, each time for another choice."""
        self._presses += 1
        choice = 1 + (self._presses * 7 + self._presses // CHOICES) % CHOICES
        self.told.setdefault(who, set()).add(choice)
        return {"kind": "click", "user": who, "interaction": self.papers[who], "custom_id": f"vote:cast:1:{choice}"}

    def heard(self, press: dict[str, Any], answer: dict[str, Any] | None) -> None:
        """The answer to a press, or None for none in time."""
        if answer is None:
            return
        if "Your vote is" not in answer["text"]:
            raise RuntimeError(f"a press was refused: {answer['text']}")
        self.told[press["user"]] = {int(press["custom_id"].rsplit(":")[-1])}

    async def presses(self, voters: list[str], in_flight: int | None) -> dict[str, Any]:
        pressed = [self.press(who) for who in voters]
        report = await self.colloquy.post("burst", {"interactions": pressed, "in_flight": in_flight, "answers": True})
        for press, answer in zip(pressed, report["answers"], strict=True):
            self.heard(press, answer)
        return dict(report)

    def lost_and_doubled(self) -> tuple[int, int]:
        """Acknowledged votes that are not what is stored, and ballots beyond one for each voter."""
        ((key,),) = self.rows("SELECT key FROM vote_key")
        stored = {bytes(its_tag): choices for its_tag, choices in self.rows("SELECT tag, choices FROM ballot")}
        people = dict(self.rows("SELECT user_id, person_id FROM account"))
        lost = sum(int(stored.get(tag(key, 1, people[who]), 0)) not in choices for who, choices in self.told.items())
        return lost, len(stored) - len(self.told)


async def measure(*, quick: bool) -> dict[str, float | None]:
    """Rounds in turns. A throughput is answers a second with fifty people waiting at any time."""
    crowd, rounds, sequential = (1000, 3, 60) if quick else (1000, 10, 300)
    with tempfile.TemporaryDirectory() as folder:
        async with stage("noop") as noop, stage("colloquy", Path(folder)) as colloquy:
            for one in (noop, colloquy):  # votes close by the machine's clock
                await one.post("clock", {"at": datetime.now(UTC).isoformat()})
            hall = Hall(colloquy, Path(folder) / "colloquy.db")
            await hall.open(crowd)
            voters = list(hall.papers)
            others = await noop.users(crowd)
            times: dict[str, list[float]] = {"noop": [], "vote": []}
            for n in range(sequential + 20):
                idle = await noop.act(others[n], "noop")
                press = hall.press(voters[n])
                cast = await colloquy.post("interaction", press)
                hall.heard(press, cast)
                if n >= 20:  # the first rounds warm caches on both sides
                    times["noop"].append(idle["latency_ms"])
                    times["vote"].append(cast["latency_ms"])
            rates: dict[str, list[float]] = {"noop": [], "vote": []}
            bursts: list[float] = []
            unanswered = 0
            for n in range(rounds + 1):
                some = slice(n % 2 * crowd // 2, (n % 2 + 1) * crowd // 2)
                idle = await noop.burst([{"user": who, "command": "noop"} for who in others[some]], in_flight=IN_FLIGHT)
                cast = await hall.presses(voters[some], IN_FLIGHT)
                if n:
                    rates["noop"].append(idle["sent"] / idle["seconds"])
                    rates["vote"].append(cast["sent"] / cast["seconds"])
            for _ in range(2 if quick else 5):
                cast = await hall.presses(voters, None)
                bursts.append(cast["seconds"])
                unanswered += len(cast["errors"])
            lost, doubled = hall.lost_and_doubled()
    ratios = [vote / idle for vote, idle in zip(rates["vote"], rates["noop"], strict=True)]
    return {
        "throughput_ratio": round(median(ratios), 3),
        "sequential_ratio": round(median(times["vote"]) / median(times["noop"]), 2),
        "burst_1000_last_s": round(max(bursts), 3),
        "lost": float(lost),
        "doubled": float(doubled),
        "votes_per_s": round(median(rates["vote"]), 1),
        "noops_per_s": round(median(rates["noop"]), 1),
        "vote_p50_ms": round(median(times["vote"]), 3),
        "noop_p50_ms": round(median(times["noop"]), 3),
        "unanswered": float(unanswered),
    }


async def _until(there: Callable[[], bool]) -> None:
    for _ in range(600):
        if there():
            return
        await asyncio.sleep(0.05)
    raise RuntimeError("not everyone came into the course")
