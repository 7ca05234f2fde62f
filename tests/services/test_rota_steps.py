"""No sequence of plans, claims, orders, drops and undos breaks an invariant of the rota, one by one or all at once."""

from __future__ import annotations

import asyncio
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from bot.core.course import Role
from bot.core.errors import CourseError
from bot.core.rota import broken_rules
from bot.services import rota_plan
from bot.services.rota import RotaService
from bot.services.rota_assign import RotaAssign
from bot.services.rota_desk import read_desk
from bot.services.rota_plan import RotaPlans
from bot.store import courses, duties, leaving, schedule
from bot.store.database import Database
from bot.store.tables import membership, metadata
from tests.conftest import NOW
from tests.support.duties import Course, lecture, people_follow
from tests.support.people import PLACE, STAFF

GROUPS, LECTURES = 3, 4

_steps = st.lists(
    st.tuples(
        st.sampled_from(["claim", "plan", "plan", "undo", "group", "people", "clear", "seats", "drop", "cancel"]),
        st.integers(0, GROUPS - 1),
        st.integers(0, LECTURES - 1),
        st.sampled_from(Role),
    ),
    max_size=8,
)


async def _step(course: Course, step: tuple[str, int, int, Role]) -> None:
    what, group, number, role = step
    plans, assigning = RotaPlans(course.database), RotaAssign(course.database)
    day = lecture(number).isoformat()
    try:
        if what == "claim":
            await course.claim(group, number, role)
        elif what == "plan":
            await _plan(course, plans, fresh=number == 0)
        elif what == "undo":
            await plans.undo(PLACE, STAFF, NOW)
        elif what in ("group", "people", "clear"):
            options: dict[str, Any] = {
                "group": {"group": f"Group {group}"},
                "people": {"people": f"Student{group}0, Guest"},
                "clear": {"clear": True},
            }[what]
            shown = await assigning.preview(PLACE, STAFF, day, role, NOW, **options)
            await assigning.confirm(PLACE, STAFF, shown.token or "", NOW)
        elif what == "seats":
            await RotaService(course.database).seats(PLACE, STAFF, day, role, group, NOW)
        elif what == "drop":
            await course.database.write(_drop, course.groups[group])
        else:
            await course.database.write(schedule.cancel, course.sessions[number], NOW)
    except CourseError:
        return  # a refusal is an answer; anything else fails the test


async def _plan(course: Course, plans: RotaPlans, fresh: bool) -> None:
    """What is in force afterwards breaks the rules that were shown, and no others."""
    preview = await plans.plan(PLACE, STAFF, NOW, fresh=fresh)
    if preview.token is None:
        return

    def confirm(tx: Connection) -> list[str]:
        rota_plan._confirm(tx, PLACE, preview.token or "", STAFF.key, NOW)
        desk = read_desk(tx, courses.at_place(tx, PLACE), NOW)
        return [one.text for one in broken_rules(desk.problem, desk.rota)]

    assert sorted(await course.database.write(confirm)) == sorted(preview.plan.broken)


def _drop(tx: Connection, group_id: int) -> None:
    """A member of the group leaves the course; with the last one the group is gone."""
    courses.hold(tx, place=PLACE)
    here = membership.c.group_id == group_id, membership.c.left_at.is_(None)
    first = tx.execute(select(membership.c.person_id).where(*here).limit(1)).scalar()
    if first is not None:
        leaving.drop(tx, courses.at_place(tx, PLACE), first, STAFF.key, NOW)


def _check(tx: Connection) -> None:
    people_follow(tx)
    course = courses.at_place(tx, PLACE)
    held = duties.holdings(tx, course.id)
    places = duties.seats(tx, course.id)
    assert len({(one.session_id, one.group_id) for one in held}) == len(held)
    for one in held:
        assert 1 <= one.place <= places[one.session_id, one.role]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=8)
@given(steps=_steps, together=st.booleans())
def test_no_sequence_of_steps_breaks_a_rule(url: str, steps: list[tuple[str, int, int, Role]], together: bool) -> None:
    async def run() -> None:
        database = Database(url)
        with database.engine.begin() as tx:
            for table in reversed(metadata.sorted_tables):
                tx.execute(table.delete())
        course = await Course(database).open(groups=GROUPS, lectures=LECTURES)
        if together:
            await asyncio.gather(*(_step(course, step) for step in steps))
            await database.read(_check)
        else:
            for step in steps:
                await _step(course, step)
                await database.read(_check)
        await asyncio.to_thread(database.close)

    asyncio.run(run())
