"""What is planned about a changed schedule and about announcements, and what it says, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import Connection, text

from bot.core.course import Role
from bot.core.deadlines import Work
from bot.core.errors import CourseError
from bot.core.reminders import Planned, ReminderKind
from bot.core.schedule_notices import Announcement, News, ScheduleChanged
from bot.outbox.corrections import GATHER
from bot.outbox.duties import SLIDES
from bot.outbox.kinds import KINDS, DeskKind
from bot.outbox.planner import Planner
from bot.outbox.reminding import Reminders
from bot.services.announcements import AnnouncementService
from bot.services.due_work import Desk
from bot.services.sessions import Sessions
from bot.store import courses, outbox, session_changes
from bot.store.database import Database
from bot.store.outbox import Claim, Composed
from tests.conftest import NOW
from tests.support.duties import Course
from tests.support.people import PLACE, STAFF
from tests.support.voting import START

LEASE = timedelta(seconds=60)


DUE = NOW + GATHER


@pytest.fixture
async def course(database: Database) -> Course:
    made = await Course(database).open(groups=2, lectures=3)
    await made.give(0, Role.PRESENTER, 0)
    return made


async def _claim(database: Database, at: timedelta = GATHER) -> Claim | None:
    await Planner(database, ()).plan(NOW + at)
    claims = await database.write(outbox.claim, NOW + at, LEASE, 1)
    return claims[0] if claims else None


async def _said(database: Database, claim: Claim) -> Composed | None:
    return await database.read(Planner(database, ()).compose, claim, DUE)


async def _cancel(sessions: Sessions, number: int) -> None:
    shown = await sessions.cancel(PLACE, STAFF, str(number), NOW, reason="Snow: a lot, moved")
    assert shown.token
    await sessions.confirm(PLACE, STAFF, shown.token, NOW)


async def test_changes_are_one_message_until_it_is_due(course: Course) -> None:
    sessions = Sessions(course.database, None, [], lambda: None)
    first, second, third = course.sessions
    await asyncio.gather(_cancel(sessions, first), _cancel(sessions, second))
    assert await _claim(course.database, timedelta(seconds=119)) is None
    claim = await _claim(course.database)
    assert claim is not None
    await _cancel(sessions, third)  # while the first message is on its way
    composed = await _said(course.database, claim)
    assert composed is not None
    notice = composed.notice
    assert composed.destination == "77"
    assert isinstance(notice, ScheduleChanged)
    assert [(one.title, one.news, one.reason) for one in notice.sessions] == [
        ("Paper of Jan 25", News.CANCELLED, "Snow: a lot, moved"),
        ("Paper of Feb 1", News.CANCELLED, "Snow: a lot, moved"),
    ]
    assert [(one.role, one.people) for one in notice.sessions[0].on_duty] == [(Role.PRESENTER, ("1000", "1001"))]
    claim = await _claim(course.database)
    assert claim is not None
    composed = await _said(course.database, claim)
    assert composed is not None
    assert isinstance(composed.notice, ScheduleChanged)
    assert [one.title for one in composed.notice.sessions] == ["Paper of Feb 8"]
    assert await _claim(course.database) is None
    assert len(await course.database.read(session_changes.since, 1, NOW - LEASE)) == 3
    assert await course.database.read(session_changes.since, 1, NOW) == []


class _Broken(Reminders):
    """A kind that stumbles, over a table that is not there: on PostgreSQL that spoils its whole transaction."""

    def plan_at(self, desk: Desk, leads: Sequence[timedelta]) -> Sequence[Planned]:
        desk.tx.execute(text("SELECT * FROM no_such_table"))
        raise AssertionError("there is such a table")


@pytest.mark.parametrize("broken", [False, True])
async def test_kinds_that_look_at_the_course_together_plan_what_each_would_by_itself(
    course: Course, broken: bool
) -> None:
    now, leads = START - timedelta(hours=40), [timedelta(days=3), timedelta(hours=24), timedelta(hours=3)]
    together = [one for one in KINDS if isinstance(one, DeskKind)]
    kinds = [_Broken(ReminderKind.SLIDES, Work.SLIDES) if broken and one is SLIDES else one for one in together]

    def alone(tx: Connection) -> set[str]:
        there = courses.by_id(tx, 1)
        return {row.key for one in together if one is not SLIDES for row in one.plan(tx, there, leads, now)}

    wanted = await course.database.read(alone)
    await Planner(course.database, leads, kinds, chores=()).plan(now)
    rows = await course.database.read(
        lambda tx: [row.key for one in together for row in outbox.of_kind(tx, 1, one.kind)]
    )
    slides = [key for key in rows if key.startswith("slides/")]
    assert wanted
    assert set(rows) - set(slides) == wanted
    assert bool(slides) is not broken


async def test_an_announcement_is_claimed_once_or_called_off(course: Course) -> None:
    service = AnnouncementService(course.database, None, lambda: None)

    async def announce(text: str, ping: str) -> None:
        draft = await service.preview(PLACE, STAFF, text, "in 1m", ping, NOW)
        assert draft.token
        found = await asyncio.gather(
            *(service.confirm(PLACE, STAFF, draft.token, NOW) for _ in range(2)), return_exceptions=True
        )
        assert sum(isinstance(one, CourseError) for one in found) == 1

    await announce("One", "students")
    await announce("Two", "nobody")
    one, two = await service.waiting(PLACE, STAFF, NOW)
    assert await _claim(course.database, timedelta(seconds=59)) is None
    left = await service.cancel(PLACE, STAFF, two.id, NOW)
    assert left == (one,)
    claim = await _claim(course.database)
    assert claim is not None
    composed = await _said(course.database, claim)
    assert composed is not None
    assert composed.notice == Announcement("One", ("1000", "1001", "1010", "1011"), timedelta(minutes=1))
    assert await _claim(course.database) is None
    assert await service.waiting(PLACE, STAFF, DUE) == ()
    with pytest.raises(CourseError, match="Too late"):
        await service.cancel(PLACE, STAFF, one.id, DUE)
