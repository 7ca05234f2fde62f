"""From the start of the process to a ready gateway, and the memory it then holds, beside a bot that does nothing."""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median

from benchmarks.stage import stage


async def measure(*, quick: bool) -> dict[str, float | None]:
    """Medians of starts in turns; the database exists, as it does at every start but the first."""
    rounds = 2 if quick else 7
    ready: dict[str, list[float]] = {"noop": [], "colloquy": []}
    memory: dict[str, list[float]] = {"noop": [], "colloquy": []}
    with tempfile.TemporaryDirectory() as folder:
        async with stage("colloquy", Path(folder)) as first:
            first_s = first.ready_s
        (Path(folder) / ".registered").touch()
        for _ in range(rounds):
            for name in ready:
                async with stage(name, Path(folder)) as running:
                    ready[name].append(running.ready_s)
                    memory[name].append(running.rss_mb())
    return {
        "ready_s": round(median(ready["colloquy"]), 3),
        "rss_ratio": round(median(memory["colloquy"]) / median(memory["noop"]), 2),
        "noop_ready_s": round(median(ready["noop"]), 3),
        "first_ready_s": round(first_s, 3),
        "rss_mb": round(median(memory["colloquy"]), 1),
    }
