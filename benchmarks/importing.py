"""Reading the sample course page: in the process, and as the command a person types."""

from __future__ import annotations

import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.stage import ROOT, SAMPLE, run
from bot.app import build_services, open_database, page_hints
from bot.config import Settings, load
from bot.core.times import SystemClock
from bot.importers.page import read_page


async def measure(*, quick: bool) -> dict[str, float | None]:
    """Medians in seconds."""
    hints, data = page_hints(load(ROOT / "config.example.toml")), SAMPLE.read_bytes()
    reading: list[float] = []
    for _ in range(3 if quick else 15):
        began = time.perf_counter()
        plan = read_page(data, hints)
        reading.append(time.perf_counter() - began)
    with TemporaryDirectory() as folder:
        config = Path(folder) / "config.toml"
        config.write_text((ROOT / "config.example.toml").read_text())
        in_the_bot = await _apply(load(config), data)
        config.with_name("colloquy.db").unlink()
        command = ("-m", "bot", "course", "import", str(SAMPLE), "--config", str(config))
        first_s = await run(*command)
        again = [await run(*command) for _ in range(1 if quick else 5)]
        dry = [await run(*command, "--dry-run") for _ in range(1 if quick else 5)]
    return {
        "sessions": len(plan.sessions),
        "read_s": round(median(reading), 4),
        "in_the_bot_s": round(in_the_bot, 4),
        "dry_run_s": round(median(dry), 3),
        "import_s": round(first_s, 3),
        "again_s": round(median(again), 3),
    }


async def _apply(settings: Settings, data: bytes) -> float:
    """Seconds to read the page and write it to an empty course, as `/staff import schedule` does in a running bot."""
    clock = SystemClock()
    async with open_database(settings, clock) as database:
        imports = build_services(settings, database, lambda: None).imports
        began = time.perf_counter()
        await imports.apply(data, "benchmark", clock.now())
        return time.perf_counter() - began
