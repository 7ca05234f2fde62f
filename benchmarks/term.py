"""A whole term of the sample course through its real commands, and the same commands in a course of a thousand.

The term is the one of tests/term: its gradebook is compared with a table worked out apart.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.large_course import latencies
from bot.store import migrate
from tests.support.world import course_settings, running
from tests.term import course
from tests.term.grades import canvas_file, differing, filled_canvas, own_table
from tests.term.script import play_term, quiet
from tests.term.table import expected


async def measure(*, quick: bool) -> dict[str, float | None]:
    """`seconds` for the term (`quick`: its first weeks), 1 if the gradebook is as it should be, and the slowest answer
    of each command in the large course, in milliseconds."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'course.db'}"
        await asyncio.to_thread(migrate.upgrade, url, backups=Path(folder), now=datetime.now(UTC))
        began = time.perf_counter()
        async with running(quiet(course_settings(url)), course.BEGIN) as world:
            record, meetings = await play_term(world, short=quick)
            wanted = expected(record, meetings, world.env.now())
            equal = (
                not differing(await own_table(world), wanted)
                and await filled_canvas(world) == canvas_file(wanted)
                and not world.bugs()
            )
        seconds = time.perf_counter() - began
    slowest = await latencies(quick=quick)
    return {
        "seconds": round(seconds, 1),
        "gradebook_equal": equal,
        "questions": len(record.asked),
        "ballots": len(record.ballots) + record.polled,
        "slowest_1000_ms": round(max(slowest.values()), 1),
        **{f"{name}_ms": round(ms, 1) for name, ms in slowest.items()},
    }
