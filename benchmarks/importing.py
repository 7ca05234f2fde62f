"""Reading the sample course page: in the process, and as the command a person types."""

from __future__ import annotations

import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.stage import ROOT, SAMPLE, run
from bot.app import page_hints
from bot.config import load
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
        command = ("-m", "bot", "course", "import", str(SAMPLE), "--config", str(config))
        first_s = await run(*command)
        again = [await run(*command) for _ in range(1 if quick else 5)]
        dry = [await run(*command, "--dry-run") for _ in range(1 if quick else 5)]
    return {
        "sessions": len(plan.sessions),
        "read_s": round(median(reading), 4),
        "dry_run_s": round(median(dry), 3),
        "import_s": round(first_s, 3),
        "again_s": round(median(again), 3),
    }
