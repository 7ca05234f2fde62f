"""The scripted term: everything through real commands, and its gradebook equal to a table worked out apart."""

from __future__ import annotations

from tests.support.world import course_settings, running
from tests.term import course
from tests.term.grades import canvas_file, differing, filled_canvas, own_table
from tests.term.script import play_term, quiet
from tests.term.table import expected


async def test_a_whole_term(sqlite_url: str) -> None:
    settings = quiet(course_settings(sqlite_url))
    async with running(settings, course.BEGIN) as world:
        record, meetings = await play_term(world)
        assert sum(one.meets for one in meetings) == 22
        assert len(record.asked) > 800
        assert len(record.ballots) + record.polled > 450
        wanted = expected(record, meetings, world.env.now())
        assert differing(await own_table(world), wanted) == []
        assert await filled_canvas(world) == canvas_file(wanted)
        assert world.bugs() == []
