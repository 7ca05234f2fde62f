"""How long a person waits for a reading and a writing command, beside a bot that does nothing.

Latency is taken by the server: from the dispatch of the interaction to the arrival of the bot's answer. `/join-group`
answers only when the seat is on disk.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from benchmarks.stage import SAMPLE, Stage, run, stage, write_config

SIZE = 3


async def measure(*, quick: bool) -> dict[str, float | None]:
    """Medians taken in turns, `rounds` times each, and the 99th percentile at 100 commands a second."""
    rounds = 60 if quick else 400
    with tempfile.TemporaryDirectory() as folder:
        # Import first, on the command line, so that /next-class has a class to show.
        nowhere = {"api_base": "http://127.0.0.1:1", "gateway_url": "ws://127.0.0.1:1"}
        config = write_config(Path(folder), nowhere)
        await run("-m", "bot", "course", "import", str(SAMPLE), "--config", str(config))
        async with stage("noop") as noop, stage("colloquy", Path(folder)) as colloquy:
            await _set_up(colloquy)
            someone = (await noop.users(1))[0]
            joiners, groups = await _groups(colloquy, rounds + 20)
            reader = (await colloquy.users(1, prefix="reader"))[0]
            times: dict[str, list[float]] = {"noop": [], "read": [], "write": []}
            for n in range(rounds + 20):
                taken = {
                    "noop": await noop.act(someone, "noop"),
                    "read": await colloquy.act(reader, "next-class"),
                    "write": await colloquy.act(joiners[n], "join-group", group=groups[n]),
                }
                _check(taken)
                if n >= 20:  # the first rounds warm caches on both sides
                    for name, answer in taken.items():
                        times[name].append(answer["latency_ms"])
            busy = await _at_100_a_second(colloquy, 200 if quick else 1000)
    noop_p50 = median(times["noop"])
    return {
        "read_ratio": round(median(times["read"]) / noop_p50, 2),
        "write_ratio": round(median(times["write"]) / noop_p50, 2),
        "p99_ms_100rps": round(busy, 2),
        "noop_p50_ms": round(noop_p50, 3),
        "read_p50_ms": round(median(times["read"]), 3),
        "write_p50_ms": round(median(times["write"]), 3),
    }


async def _set_up(colloquy: Stage) -> None:
    staff = (await colloquy.users(1, prefix="staff", staff=True))[0]
    answer = await colloquy.act(staff, "staff setup")
    if "holds the course" not in answer["text"]:
        raise RuntimeError(f"set-up failed: {answer['text']}")


async def _groups(colloquy: Stage, seats: int) -> tuple[list[str], list[str]]:
    """People without a group, and for each the name of a group with a seat for them."""
    count = -(-seats // (SIZE - 1))
    founders = await colloquy.users(count, prefix="founder")
    names = [f"Group {n}" for n in range(count)]
    for start in range(0, count, 50):
        part = [
            {"user": who, "command": "create-group", "options": {"name": name}}
            for who, name in zip(founders[start : start + 50], names[start : start + 50], strict=True)
        ]
        await colloquy.burst(part)
    return await colloquy.users(seats, prefix="joiner"), [names[n // (SIZE - 1)] for n in range(seats)]


def _check(taken: dict[str, dict[str, Any]]) -> None:
    if "You are in" not in taken["write"]["text"] or "Required" in taken["read"]["text"]:
        raise RuntimeError(f"wrong answers: {taken['write']['text']!r}, {taken['read']['text']!r}")


async def _at_100_a_second(colloquy: Stage, count: int) -> float:
    """The 99th percentile of the latency, in ms, of reads and writes in turn at 100 commands a second."""
    joiners, groups = await _groups(colloquy, count)
    mixed: list[dict[str, Any]] = []
    for n, (who, group) in enumerate(zip(joiners, groups, strict=True)):
        if n % 2:
            mixed.append({"user": who, "command": "next-class"})
        else:
            mixed.append({"user": who, "command": "join-group", "options": {"group": group}})
    report = await colloquy.burst(mixed, rate=100)
    return quantiles(report["latencies_ms"], n=100)[98]
