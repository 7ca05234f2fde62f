"""The outbox: kill -9 and a failing Discord, a hundred thousand rows, and how late a crowd of reminders is.

What arrives is read on the Discord side. `limit_…` is what 50 requests a second allow whoever sends; the longest stall
is of a coroutine that should tick every 5 ms in the bot's event loop, and `idle_stall_ms` the same with nothing to do.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp
from sqlalchemy import func, select

from benchmarks.stage import spawn, stage, write_config
from bot.app import build
from bot.config import load
from bot.core.people import Actor
from bot.core.times import SystemClock
from bot.outbox.kinds import Kind
from bot.outbox.planner import Planner
from bot.run import freeze, point_at
from bot.store import courses, migrate, outbox, tables
from bot.store.database import Database
from tests.faults.test_kill import MESSAGE, SOON, Site, _wait, _wait_ready
from tests.faults.test_outbox import STEPS, Flood
from tests.loopback import LoopbackThread
from tests.support.bulk import FIRST, Bulk

MANY = 100_000
GLOBAL_LIMIT = 50


async def measure(*, quick: bool) -> dict[str, float | None]:
    """The long form takes about five minutes."""
    kills, reminders = (4, 300) if quick else (20, 1000)
    figures: dict[str, float | None] = dict(await asyncio.to_thread(_killed, kills, reminders))
    with tempfile.TemporaryDirectory() as folder:
        figures |= await _many_rows(Path(folder), rounds=2 if quick else 5)
    figures |= await _crowds(200 if quick else 1000, 500 if quick else 5000)
    return figures


# -- kill -9 ---------------------------------------------------------------------------------------------------


def _killed(kills: int, reminders: int) -> dict[str, float]:
    """Twice: with a Discord that works, and with one that fails in between in every way it can."""
    plain, troubled = _flood(kills, reminders, trouble=False), _flood(max(kills // 4, 1), reminders, trouble=True)
    return {
        "kills": float(kills + max(kills // 4, 1)),
        "reminders": 2.0 * reminders,
        "lost": float(plain[0] + troubled[0]),
        "doubled": float(plain[1] + troubled[1]),
    }


def _flood(kills: int, reminders: int, *, trouble: bool) -> tuple[int, int]:
    """How many reminders were lost and how many doubled. Half of the kills are at a named step, half at any moment."""
    chance = random.Random(kills)
    with tempfile.TemporaryDirectory() as name, LoopbackThread() as server:
        folder = Path(name)
        migrate.upgrade(f"sqlite:///{folder / 'course.db'}", backups=folder, now=datetime.now(UTC))
        site = Site(server, folder, folder / "compiled")
        flood = Flood(site, reminders)
        for kill in range(kills):
            if trouble:
                _trouble(site, chance)
            if kill % 2:
                with flood.process() as bot:
                    _wait_ready(bot)
                    time.sleep(chance.uniform(0, 0.6))
            else:
                step = STEPS[kill // 2 % len(STEPS)]
                skip = {"planned": 0, "claimed": chance.randint(0, 2)}.get(step, chance.randint(0, reminders // 20))
                with flood.process("--kill-at", step, "--skip", str(skip)) as bot, suppress(Exception):
                    bot.wait(20)
            flood.later(chance.choice([SOON, timedelta(minutes=4), timedelta(minutes=20)]))
        if trouble:
            with flood.process():  # what fails waits for its next try, so this is not the end of it
                time.sleep(30)
        site.discord.faults.clear()
        flood.later(timedelta(minutes=20))
        with flood.process():
            _wait(flood.settled, within=120)
        arrived: Counter[int] = flood.numbers()
    return reminders - len(arrived), sum(arrived.values()) - len(arrived)


def _trouble(site: Site, chance: random.Random) -> None:
    for after in (False, True):
        for kind in ("error", "error", "error", "rate_limit", "drop", "malformed", "hang"):
            how: dict[str, Any] = {"status": chance.choice([500, 502, 503])} if kind == "error" else {}
            site.discord.faults.add(kind, MESSAGE, skip=chance.randint(0, 60), after=after, **how)  # type: ignore[arg-type]


# -- a hundred thousand rows -----------------------------------------------------------------------------------


async def _many_rows(folder: Path, rounds: int) -> dict[str, float]:
    """Planned for next year, so that nothing is due."""
    async with stage("colloquy", folder) as first:
        staff = (await first.users(1, prefix="staff", staff=True))[0]
        await first.act(staff, "staff setup")
    database = Database(f"sqlite:///{folder / 'colloquy.db'}")
    now = datetime.now(UTC)
    await database.write(_fill, now)

    async def timed(work: Callable[[], Any], times: int = 50) -> float:
        taken = []
        for _ in range(times):
            began = time.perf_counter()
            await work()
            taken.append(time.perf_counter() - began)
        return round(median(taken) * 1000, 3)

    planner = Planner(database, ())
    await planner.plan(now)
    next_due = await timed(lambda: database.read(outbox.next_due))
    claim = await timed(lambda: database.write(outbox.claim, now, timedelta(minutes=1), 32))
    planned = await timed(lambda: planner.plan(now), times=10)
    await asyncio.to_thread(database.close)
    (folder / ".registered").touch()
    starts = []
    for _ in range(rounds):
        async with stage("colloquy", folder) as running:
            starts.append(running.ready_s)
    return {
        "next_due_100k_ms": next_due,
        "claim_100k_ms": claim,
        "plan_100k_ms": planned,
        "restart_100k_s": round(median(starts), 3),
    }


def _fill(tx: Any, now: datetime) -> None:
    course = courses.every(tx)[0]
    due = now + timedelta(days=365)
    rows = [
        {
            "course_id": course.id,
            "key": f"bench/{number}",
            "kind": "bench",
            "deadline_at": due,
            "due_at": due + timedelta(seconds=number),
            "expires_at": due + timedelta(days=30),
            "next_try_at": due + timedelta(seconds=number),
        }
        for number in range(MANY)
    ]
    tx.execute(tables.outbox.insert(), rows)


# -- crowds ----------------------------------------------------------------------------------------------------


async def _crowds(same_minute: int, backlog: int) -> dict[str, float]:
    idle = await _longest_stall(asyncio.sleep(3))
    async with _hall() as hall:
        few = await hall.send(same_minute)
    async with _hall() as hall:
        many = await hall.send(backlog)
    late = sorted(few.late)
    return {
        "same_minute": float(same_minute),
        "late_p50_s": round(median(late), 2),
        "late_max_s": round(late[-1], 2),
        "limit_p50_s": round(same_minute / GLOBAL_LIMIT / 2, 2),
        "limit_max_s": round(same_minute / GLOBAL_LIMIT, 2),
        "drained": float(len(many.late)),
        "drain_s": round(max(many.late), 2),
        "limit_drain_s": round(backlog / GLOBAL_LIMIT, 2),
        "out_of_order": float(many.out_of_order),
        "refused_429": float(few.limited + many.limited),
        "longest_stall_ms": round(max(few.stall, many.stall) * 1000, 1),
        "idle_stall_ms": round(idle * 1000, 1),
        "grown_mb": round(many.grown_mb, 1),
    }


@dataclass
class _Report:
    late: list[float]
    stall: float
    limited: int
    out_of_order: int
    """The furthest that one went out before another that was more urgent, in places."""
    grown_mb: float


@dataclass
class _Hall:
    """The bot in this process, and a Discord with its global limit in another."""

    where: dict[str, str]
    folder: Path
    http: aiohttp.ClientSession

    async def post(self, path: str, body: dict[str, Any]) -> Any:
        async with self.http.post(f"{self.where['control']}/{path}", json=body) as response:
            return await response.json()

    async def get(self, path: str) -> Any:
        async with self.http.get(f"{self.where['control']}/{path}") as response:
            return await response.json()

    async def send(self, count: int) -> _Report:
        """`count` reminders that fall due together, in twenty channels."""
        rooms = [(await self.post("channels", {"name": f"room-{n}"}))["channel"] for n in range(20)]
        await self.post("faults", {"global_limit": GLOBAL_LIMIT})
        due = datetime.now(UTC) + timedelta(seconds=4)
        settings = load(write_config(self.folder, self.where))
        point_at(settings)
        kinds: list[Kind] = [Bulk(count, rooms, due)]
        async with build(settings, SystemClock(), kinds=kinds) as app:
            staff = Actor("discord", "1", "Staff01", staff=True)
            place = f"discord:{self.where['guild']}"
            await app.services.courses.set_up(place, staff, datetime.now(UTC), announce_channel=rooms[0])
            app.bot.when_ready(freeze)  # as the running bot does
            serving = asyncio.create_task(app.bot.start(self.where["token"]))
            while not app.bot.is_ready():  # noqa: ASYNC110 - it has no event that exists before the start
                await asyncio.sleep(0.05)
            await asyncio.sleep(1)
            before = _rss_mb()
            stall = await _longest_stall(self._drained(app, count))
            grown = _rss_mb() - before
            await app.outbox.stop()
            await app.bot.close()
            await serving
        created = [one for one in await self.get("created") if "Still without a group" in one["content"]]
        late = [(datetime.fromisoformat(one["at"]) - due).total_seconds() for one in created]
        numbers = [int(re.findall(r"<@(\d+)>", one["content"])[0]) - FIRST for one in created]
        if sorted(numbers) != list(range(count)):
            raise RuntimeError(f"{len(numbers)} arrived of {count}, {len(set(numbers))} different ones")
        limited = sum(one["status"] == 429 for one in await self.get("requests"))
        early = max(number - place for place, number in enumerate(numbers))
        return _Report(late, stall, limited, early, grown)

    async def _drained(self, app: Any, count: int) -> None:
        app.outbox.start()
        sent = select(func.count()).where(tables.outbox.c.state == "sent")
        while await app.database.read(lambda tx: tx.execute(sent).scalar_one()) < count:  # noqa: ASYNC110 - the database tells nobody
            await asyncio.sleep(1)


@asynccontextmanager
async def _hall() -> AsyncIterator[_Hall]:
    async with spawn("-m", "tests.loopback", "--port", "0") as server, aiohttp.ClientSession() as http:
        assert server.stdout is not None
        where = json.loads(await server.stdout.readline())
        with tempfile.TemporaryDirectory() as folder:
            yield _Hall(where, Path(folder), http)


async def _longest_stall(work: Any) -> float:
    """How long the event loop was away at most, in seconds, while `work` was done."""
    longest = 0.0

    async def tick() -> None:
        nonlocal longest
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.005)
            longest = max(longest, time.perf_counter() - began - 0.005)

    ticking = asyncio.create_task(tick())
    await work
    ticking.cancel()
    return longest


def _rss_mb() -> float:
    return int(Path("/proc/self/status").read_text().split("VmRSS:")[1].split()[0]) / 1024
