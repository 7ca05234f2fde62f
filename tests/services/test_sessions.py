"""Staff change single classes: shown first with all that hangs on them, done once, on both databases."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from bot.core.course import Kind, Role
from bot.core.errors import CourseError
from bot.core.meetings import Meeting
from bot.core.times import Term
from bot.services.groups import Groups
from bot.services.sessions import Edit, Sessions
from bot.store import courses, duties, schedule
from bot.store.database import Database
from bot.store.schedule import SessionView
from bot.store.tables import audit, duty, metadata, session_change
from tests.conftest import NOW
from tests.support.duties import Course, lecture
from tests.support.people import DETROIT, PLACE, STAFF, student
from tests.support.questions import Room
from tests.support.voting import Hall

PATTERN = [Meeting(frozenset({1, 3}), time(10, 30), time(12), "133 CHRYS")]
TERM = Term(date(2024, 1, 11), date(2024, 4, 18))
HISTORY = {"session_change", "audit", "proposal", "outbox"}


def at(text: str) -> datetime:
    """An instant by Detroit's wall clock."""
    return datetime.fromisoformat(text).replace(tzinfo=DETROIT).astimezone(UTC)


def sessions_of(database: Database) -> Sessions:
    return Sessions(database, TERM, PATTERN, lambda: None)


@pytest.fixture
async def course(database: Database) -> Course:
    return await Course(database).open()


@pytest.fixture
def sessions(course: Course) -> Sessions:
    return sessions_of(course.database)


async def stored(database: Database) -> dict[int, SessionView]:
    return {one.id: one for one in await database.read(lambda tx: schedule.every(tx, 1, cancelled=True))}


async def move(sessions: Sessions, session: int | str, now: datetime = NOW, **said: str) -> Edit:
    shown = await sessions.move(PLACE, STAFF, str(session), now, **said)
    assert shown.token
    return await sessions.confirm(PLACE, STAFF, shown.token, now)


async def test_a_preview_changes_nothing_and_says_what_moves_along(course: Course, sessions: Sessions) -> None:
    await course.give(0, Role.PRESENTER, 0)
    await course.give(0, Role.SUMMARIZER, 1)
    before = await stored(course.database)
    shown = await sessions.move(PLACE, STAFF, "Thu Jan 25", NOW, date="Fri Jan 26", start="1:30 pm", room="2 EECS")
    assert await stored(course.database) == before
    assert shown.before is not None
    assert shown.after is not None
    assert (shown.before.starts_at, shown.before.ends_at) == (at("2024-01-25 10:30"), at("2024-01-25 12:00"))
    assert (shown.after.starts_at, shown.after.ends_at) == (at("2024-01-26 13:30"), at("2024-01-26 15:00"))
    assert shown.after.room == "2 EECS"
    assert {due.name: (due.before, due.after) for due in shown.dues} == {
        "slides": (at("2024-01-24 10:30"), at("2024-01-25 13:30")),
        "summary": (at("2024-01-26 12:00"), at("2024-01-27 15:00")),
        "vote": (at("2024-01-26 00:00"), at("2024-01-27 03:00")),
    }
    assert shown.on_duty == {Role.PRESENTER: ("Student00", "Student01"), Role.SUMMARIZER: ("Student10", "Student11")}
    assert shown.warnings == ("Fri Jan 26 is not one of the course's meeting days.",)


async def test_a_moved_class_keeps_all_that_hangs_on_it(database: Database) -> None:
    room = await Room(database).fill()
    await room.policy("questions.cutoff", "15:00 day before")
    sessions = sessions_of(database)
    shown = await sessions.move(PLACE, STAFF, "2024-01-25", NOW, date="Jan 30")
    (asked,) = [due for due in shown.dues if due.name == "questions"]
    assert (asked.before, asked.after) == (at("2024-01-24 15:00"), at("2024-01-29 15:00"))
    before = (await stored(database))[room.sessions[0]]
    await move(sessions, room.sessions[0], date="Jan 30")
    after = (await stored(database))[room.sessions[0]]
    assert after.date == date(2024, 1, 30)
    assert (after.duties, after.readings, after.title) == (before.duties, before.readings, before.title)
    rows = await database.read(lambda tx: tx.execute(select(session_change.c.what, session_change.c.actor)).all())
    assert [tuple(row) for row in rows] == [("moved by staff", STAFF.key)]
    what = await database.read(lambda tx: tx.execute(select(audit.c.what)).scalars().all())
    assert what[-1] == "Moved: Paper of Jan 25 from Jan 25 to Jan 30"


async def test_across_the_change_of_the_clocks_the_wall_time_stays(course: Course, sessions: Sessions) -> None:
    mar_7 = (await sessions.add(PLACE, STAFF, Kind.STUDENT_LECTURE, NOW, date="Mar 7")).token
    assert mar_7
    await sessions.confirm(PLACE, STAFF, mar_7, NOW)
    shown = await sessions.move(PLACE, STAFF, "Mar 7", NOW, date="Mar 10", start="20:00")
    assert shown.token
    assert shown.before is not None
    assert shown.after is not None
    assert shown.before.starts_at == datetime(2024, 3, 7, 15, 30, tzinfo=UTC)
    sunday = {due.name: due.after for due in shown.dues}
    assert sunday["slides"] == at("2024-03-09 19:00")  # 24 elapsed hours before 20:00: that night had 23
    assert sunday["slides"] == shown.after.starts_at - timedelta(hours=24)
    await sessions.confirm(PLACE, STAFF, shown.token, NOW)
    done = await move(sessions, "Mar 10", date="Mar 12", start="10:30")
    assert done.after is not None
    assert done.after.starts_at == datetime(2024, 3, 12, 14, 30, tzinfo=UTC)
    assert done.after.ends_at == datetime(2024, 3, 12, 16, 0, tzinfo=UTC)


async def test_what_it_runs_into_is_said(course: Course, sessions: Sessions) -> None:
    def warned(shown: Edit) -> str:
        return " ".join(shown.warnings)

    over = await sessions.move(PLACE, STAFF, "Jan 25", NOW, date="Feb 1", start="11:59")
    assert "At that time there is also “Paper of Feb 1” (Thu Feb 1)." in warned(over)
    beside = await sessions.move(PLACE, STAFF, "Jan 25", NOW, date="Feb 1", start="12:00")
    assert warned(beside) == ""
    outside = await sessions.move(PLACE, STAFF, "Jan 25", NOW, date="2024-04-23")
    assert "outside the term (Thu Jan 11 to Thu Apr 18)" in warned(outside)
    soon = await sessions.move(PLACE, STAFF, "Jan 25", NOW, date="Jan 19", start="6 pm")
    assert soon.late == ("slides",)
    off = await sessions.add(PLACE, STAFF, Kind.NO_CLASS, NOW, date="Feb 8", title="Snow")
    assert "There is class that day: “Paper of Feb 8”" in warned(off)
    assert off.token
    await sessions.confirm(PLACE, STAFF, off.token, NOW)
    onto = await sessions.move(PLACE, STAFF, "Jan 25", NOW, date="Feb 8", start="15:00")
    assert "That day is without class: “Snow” (Thu Feb 8)." in warned(onto)


async def test_an_open_vote_is_named_and_left_alone(database: Database) -> None:
    hall = await Hall(database).fill()
    await hall.open_vote(at("2024-01-25 10:00"))
    sessions = sessions_of(database)
    shown = await sessions.cancel(PLACE, STAFF, "Jan 25", at("2024-01-25 10:40"), reason="Fire alarm")
    assert [vote.closes_at for vote in shown.votes] == [at("2024-01-26 00:00")]
    assert shown.token
    await sessions.confirm(PLACE, STAFF, shown.token, at("2024-01-25 10:41"))
    shown = await sessions.restore(PLACE, STAFF, "Jan 25", at("2024-01-25 12:30"), date="Jan 26")
    assert [vote.closes_at for vote in shown.votes] == [at("2024-01-26 00:00")]


async def test_what_is_past_stays(course: Course, sessions: Sessions) -> None:
    begun, over = at("2024-01-25 10:30"), at("2024-01-25 12:00")
    with pytest.raises(CourseError, match="has begun"):
        await sessions.move(PLACE, STAFF, "Jan 25", begun, date="Feb 2")
    await sessions.cancel(PLACE, STAFF, "Jan 25", over - timedelta(seconds=1))
    with pytest.raises(CourseError, match="is over"):
        await sessions.cancel(PLACE, STAFF, "Jan 25", over)
    shown = await sessions.move(PLACE, STAFF, "Feb 1", begun, date="Feb 2")
    assert shown.token
    with pytest.raises(CourseError, match="has begun"):
        await sessions.confirm(PLACE, STAFF, shown.token, at("2024-02-01 10:30"))
    for wrong in ({"date": "Jan 18"}, {"start": "9:00", "date": "Jan 19"}):
        with pytest.raises(CourseError, match="in the past"):
            await sessions.move(PLACE, STAFF, "Jan 25", NOW, **wrong)
    with pytest.raises(CourseError, match="in the past"):
        await sessions.add(PLACE, STAFF, Kind.LECTURE, NOW, date="Jan 18")


async def test_refusals_say_what_to_do(course: Course, sessions: Sessions) -> None:
    for session, why in (("Jan 26", "no class on Fri Jan 26"), ("99", "Pick a suggestion"), ("soon", "Pick a sugg")):
        with pytest.raises(CourseError, match=why):
            await sessions.move(PLACE, STAFF, session, NOW, room="1")
    with pytest.raises(CourseError, match="Say what changes"):
        await sessions.move(PLACE, STAFF, "Jan 25", NOW)
    with pytest.raises(CourseError, match="how it is already"):
        await sessions.move(PLACE, STAFF, "Jan 25", NOW, start="10:30")
    with pytest.raises(CourseError, match="not cancelled"):
        await sessions.restore(PLACE, STAFF, "Jan 25", NOW)
    with pytest.raises(CourseError, match="at most 300"):
        await sessions.cancel(PLACE, STAFF, "Jan 25", NOW, reason="x" * 301)
    for number in (1, 2):
        token = (await sessions.add(PLACE, STAFF, Kind.MAKEUP, NOW, date="Feb 2", start=f"{number + 12}:00")).token
        assert token
        await sessions.confirm(PLACE, STAFF, token, NOW)
    with pytest.raises(CourseError, match="2 classes on Fri Feb 2"):
        await sessions.cancel(PLACE, STAFF, "Feb 2", NOW)


async def test_only_staff(course: Course, sessions: Sessions) -> None:
    someone = student(1)
    for asked in (
        sessions.move(PLACE, someone, "Jan 25", NOW, room="1"),
        sessions.cancel(PLACE, someone, "Jan 25", NOW),
        sessions.restore(PLACE, someone, "Jan 25", NOW),
        sessions.add(PLACE, someone, Kind.MAKEUP, NOW, date="Jan 26"),
        sessions.confirm(PLACE, someone, "token", NOW),
    ):
        with pytest.raises(CourseError, match="Only the course staff"):
            await asked


async def test_of_two_confirmations_at_once_one_counts(course: Course, sessions: Sessions) -> None:
    once = (await sessions.move(PLACE, STAFF, "Jan 25", NOW, date="Jan 26")).token
    other = (await sessions.move(PLACE, STAFF, "Jan 25", NOW, date="Jan 27")).token
    new = (await sessions.add(PLACE, STAFF, Kind.MAKEUP, NOW, date="Feb 2")).token
    twin = (await sessions.add(PLACE, STAFF, Kind.MAKEUP, NOW, date="Feb 2")).token
    assert once
    assert other
    assert new
    assert twin
    tokens = [once, once, other, new, twin, twin]
    found = await asyncio.gather(
        *(sessions.confirm(PLACE, STAFF, token, NOW) for token in tokens), return_exceptions=True
    )
    assert sum(isinstance(one, Edit) for one in found) == 2
    assert all(isinstance(one, Edit | CourseError) for one in found)
    assert len(await stored(course.database)) == 5
    changes = await course.database.read(lambda tx: tx.execute(select(session_change.c.what)).scalars().all())
    assert sorted(changes) == ["added by staff", "moved by staff"]


async def test_a_preview_that_shows_something_else_by_now_is_refused(course: Course, sessions: Sessions) -> None:
    shown = await sessions.move(PLACE, STAFF, "Jan 25", NOW, date="Jan 26")
    assert shown.token
    await course.give(0, Role.PRESENTER, 0)
    with pytest.raises(CourseError, match="has changed since"):
        await sessions.confirm(PLACE, STAFF, shown.token, NOW)
    shown = await sessions.move(PLACE, STAFF, "Jan 25", NOW, date="Jan 26")
    gone = await sessions.cancel(PLACE, STAFF, "Jan 25", NOW)
    assert shown.token
    assert gone.token
    await sessions.confirm(PLACE, STAFF, gone.token, NOW)
    with pytest.raises(CourseError, match="is cancelled by now"):
        await sessions.confirm(PLACE, STAFF, shown.token, NOW)


async def test_a_cancelled_class_comes_back_later_with_the_groups_of_then(course: Course, sessions: Sessions) -> None:
    await course.give(0, Role.PRESENTER, 0)
    gone = await sessions.cancel(PLACE, STAFF, "Jan 25", NOW, reason="Snow")
    assert gone.token
    assert [(due.name, due.after) for due in gone.dues] == [("slides", None), ("summary", None), ("vote", None)]
    await sessions.confirm(PLACE, STAFF, gone.token, NOW)
    assert [label for label, _ in await sessions.suggest(PLACE, "", NOW, cancelled=True)] == [
        "Thu Jan 25 · Paper of Jan 25"
    ]
    assert len(await sessions.suggest(PLACE, "", NOW)) == 3
    with pytest.raises(CourseError, match="is cancelled"):
        await sessions.move(PLACE, STAFF, "Jan 25", NOW, date="Jan 26")
    # After its time a newcomer joins the group: they were not on duty then, and are when the class is held.
    later = at("2024-01-29 12:00")
    await course.database.write(lambda tx: courses.change(tx, 1, group_lock_at=None))
    await Groups(course.database).join(PLACE, student(77), course.groups[0], later)
    with pytest.raises(CourseError, match="Give the new `date`"):
        await sessions.restore(PLACE, STAFF, "Jan 25", later)
    back = await sessions.restore(PLACE, STAFF, "Jan 25", later, date="Feb 2", start="13:00")
    assert back.token
    await sessions.confirm(PLACE, STAFF, back.token, later)
    assert await course.held() == {(0, Role.PRESENTER, 0)}
    held = select(duty.c.id).where(duty.c.session_id == course.sessions[0], duty.c.ended_at.is_(None))
    assert len(await course.database.read(lambda tx: tx.execute(held).all())) == 3
    changes = await course.database.read(lambda tx: tx.execute(select(session_change.c.what)).scalars().all())
    assert changes == ["cancelled by staff: Snow", "moved, restored by staff"]


async def test_a_friday_make_up_has_another_time_room_and_length(course: Course, sessions: Sessions) -> None:
    shown = await sessions.add(
        PLACE,
        STAFF,
        Kind.STUDENT_LECTURE,
        NOW,
        date="Fri Feb 2",
        start="3 pm",
        end="16:00",
        room="1 DOW",
        title="Make-up",
    )
    assert shown.token
    await sessions.confirm(PLACE, STAFF, shown.token, NOW)
    (made,) = [one for one in (await stored(course.database)).values() if one.title == "Make-up"]
    assert (made.starts_at, made.ends_at, made.room) == (at("2024-02-02 15:00"), at("2024-02-02 16:00"), "1 DOW")
    seats = await course.database.read(duties.seats, 1)
    assert all(seats[made.id, role] == 1 for role in Role)


_days = st.dates(date(2024, 1, 20), date(2024, 4, 30))
_minutes = st.integers(0, 20 * 60)
_steps = st.lists(
    st.one_of(
        st.tuples(st.just("move"), _days, _minutes, st.sampled_from(["1 DOW", "none"])), st.tuples(st.just("cancel"))
    ),
    min_size=1,
    max_size=4,
)


async def _dump(database: Database) -> dict[str, list[Any]]:
    """Every row but those of history."""

    def rows(tx: Any) -> dict[str, list[Any]]:
        tables = {name: table for name, table in metadata.tables.items() if name not in HISTORY}
        return {name: sorted(map(repr, tx.execute(select(table)).all())) for name, table in tables.items()}

    return await database.read(rows)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=8)
@given(steps=_steps)
def test_there_and_back_leaves_everything_but_history_as_it_was(url: str, steps: list[tuple[Any, ...]]) -> None:
    async def run() -> None:
        database = Database(url)
        with database.engine.begin() as tx:
            for table in reversed(metadata.sorted_tables):
                tx.execute(delete(table))
        course = await Course(database).open(groups=3, lectures=2)
        for number, role in enumerate(Role):
            await course.give(0, role, number)
        sessions, session = sessions_of(database), str(course.sessions[0])
        before = await _dump(database)
        gone, deeds = False, 0
        for verb, *what in [*steps, ("move", lecture(0), 10 * 60 + 30, "none")]:
            if verb == "cancel":
                act = sessions.restore if gone else sessions.cancel
                shown = await act(PLACE, STAFF, session, NOW)
                gone = not gone
            else:
                on, minute, room = what
                start = f"{minute // 60}:{minute % 60:02}"
                act = sessions.restore if gone else sessions.move
                try:
                    shown = await act(PLACE, STAFF, session, NOW, date=on.isoformat(), start=start, room=room)
                except CourseError as refusal:
                    assert "how it is already" in str(refusal)
                    continue
                gone = False
            assert shown.token
            await sessions.confirm(PLACE, STAFF, shown.token, NOW)
            deeds += 1
        assert await _dump(database) == before
        assert len(await database.read(lambda tx: tx.execute(select(session_change)).all())) == deeds
        await asyncio.to_thread(database.close)

    asyncio.run(run())


async def test_a_member_can_find_it_by_what_they_type(course: Course, sessions: Sessions) -> None:
    assert [value for _, value in await sessions.suggest(PLACE, "feb paper 8", NOW)] == [str(course.sessions[2])]
    assert await sessions.suggest("discord:404", "", NOW) == []
    assert len(await sessions.suggest(PLACE, "", at("2024-01-25 11:00"))) == 4
    assert len(await sessions.suggest(PLACE, "", at("2024-01-25 12:00"))) == 3
