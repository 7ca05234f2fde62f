"""What changing the schedule by hand asks of the course: which session, what hangs on it, what it runs into."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from bot.core.ballots import State
from bot.core.course import Kind, PageSession, Role
from bot.core.deadlines import SessionDeadlines, session_deadlines
from bot.core.errors import CourseError
from bot.core.meetings import Meeting
from bot.core.policy import Policies
from bot.core.schedule_notices import When
from bot.core.session_edits import read_day
from bot.core.times import Term, wall
from bot.services.slots import day, title
from bot.store import courses, schedule, session_changes, votes
from bot.store.courses import CourseRow
from bot.store.schedule import SessionView

BOTH_MAX = 3
"""So many sessions that it would run into are named."""


@dataclass(frozen=True, slots=True)
class Due:
    """One deadline that hangs on a session, before and after; None where there is none."""

    name: str
    before: datetime | None
    after: datetime | None


@dataclass(frozen=True, slots=True)
class OpenVote:
    """A vote about the session that is open."""

    title: str
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class Attached:
    """What stays with a session wherever it goes: who is on duty, its questions, its open votes."""

    on_duty: dict[Role, tuple[str, ...]]
    questions: int
    votes: tuple[OpenVote, ...]


def deadlines(policies: Policies, when: When, zone: ZoneInfo) -> SessionDeadlines:
    """What is due for a class at `when`, by the policies in force."""
    return session_deadlines(when.starts_at, when.ends_at, policies.deadlines(zone))


def when_of(session: SessionView) -> When:
    """When and where a stored session meets."""
    return When(session.starts_at, session.ends_at, session.room)


def when_on(page: PageSession, zone: ZoneInfo) -> When:
    """When and where a session with its times meets."""
    assert page.starts is not None
    assert page.ends is not None
    return When(wall(page.date, page.starts, zone), wall(page.date, page.ends, zone), page.room)


def find_session(
    tx: Connection, course: CourseRow, text: str, term: Term | None, now: datetime, *, cancelled: bool
) -> SessionView:
    """The session with this id or date, one that is `cancelled` or one that is not.

    Raises:
        CourseError: there is none, or more than one on that date.
    """
    wanted = text.strip()
    every = schedule.every(tx, course.id, cancelled=True)
    found = [one for one in every if wanted == str(one.id)]
    if not found:
        try:
            on = read_day(wanted, term, now.astimezone(course.zone).date())
        except CourseError:
            raise CourseError(
                f"There is no class “{wanted[:40]}”. Pick a suggestion, or write a date like 2024-01-25."
            ) from None
        found = [one for one in every if one.date == on]
        if not found:
            raise CourseError(f"There is no class on {day(on)}. `/schedule` shows all classes.")
    fitting = [one for one in found if one.cancelled is cancelled]
    if len(fitting) > 1:
        raise CourseError(f"There are {len(fitting)} classes on {day(fitting[0].date)}. Pick one of the suggestions.")
    if fitting:
        return fitting[0]
    if cancelled:
        raise CourseError(
            f"The class on {day(found[0].date)} is not cancelled. `/staff session move` changes its time."
        )
    raise CourseError(
        f"The class on {day(found[0].date)} is cancelled. `/staff session restore` brings it back, "
        "at another time if you like."
    )


def attached(tx: Connection, course: CourseRow, session_id: int) -> Attached:
    """What hangs on a stored session."""
    people = session_changes.on_duty(tx, session_id, course.platform)
    return Attached(
        on_duty={role: tuple(name for name, _ in there) for role, there in people.items()},
        questions=session_changes.questions(tx, session_id),
        votes=tuple(
            OpenVote(vote.title, vote.closes_at)
            for vote in votes.of_session(tx, course.id, session_id)
            if vote.state is State.OPEN
        ),
    )


def dues(
    tx: Connection,
    course: CourseRow,
    page: PageSession,
    before: When | None,
    after: When | None,
) -> tuple[Due, ...]:
    """The deadlines of a session that is `page`, as they are and as they would be."""
    policies = courses.in_force(tx, course.id)
    old = deadlines(policies, before, course.zone) if before else None
    new = deadlines(policies, after, course.zone) if after else None
    lecture = page.kind is Kind.STUDENT_LECTURE
    there = {
        "slides": lecture,
        "questions": bool(page.readings) and page.kind.meets,
        "summary": lecture or bool(page.duties.get(Role.SUMMARIZER)),
        "vote": lecture,
    }
    return tuple(
        Due(name, getattr(old, name, None), getattr(new, name, None)) for name, applies in there.items() if applies
    )


def clashes(
    tx: Connection,
    course: CourseRow,
    session_id: int | None,
    page: PageSession,
    pattern: Sequence[Meeting],
    term: Term | None,
) -> list[str]:
    """What a session at this time runs into, one sentence each."""
    after = when_on(page, course.zone)
    others = [one for one in schedule.every(tx, course.id) if one.id != session_id]
    said = []
    if page.kind.meets:
        meeting = [one for one in others if one.kind.meets]
        both = [one for one in meeting if one.starts_at < after.ends_at and after.starts_at < one.ends_at]
        said += [f"At that time there is also {_named(one, course)}." for one in both[:BOTH_MAX]]
        free = [one for one in others if not one.kind.meets and one.date == page.date]
        said += [f"That day is without class: {_named(one, course)}." for one in free[:BOTH_MAX]]
        weekdays = frozenset[int]().union(*(one.weekdays for one in pattern))
        if weekdays and page.date.weekday() not in weekdays:
            said.append(f"{day(page.date)} is not one of the course's meeting days.")
    else:
        both = [one for one in others if one.kind.meets and one.date == page.date]
        said += [f"There is class that day: {_named(one, course)}. This does not cancel it." for one in both[:BOTH_MAX]]
    if term and page.date not in term:
        said.append(f"{day(page.date)} is outside the term ({day(term.first_day)} to {day(term.last_day)}).")
    return said


def choices(tx: Connection, course: CourseRow, now: datetime, *, cancelled: bool) -> list[tuple[str, str]]:
    """Label and id of the sessions that can be changed: those ahead, or those that are `cancelled`."""
    every = schedule.every(tx, course.id, cancelled=True)
    return [
        (_label(one, course), str(one.id))
        for one in every
        if (one.cancelled if cancelled else not one.cancelled and one.ends_at > now)
    ]


def on_what(page: PageSession) -> str:
    """ "Thu Jan 25 · FlexGen"."""
    return f"{day(page.date)} · {page.label}"


def _label(session: SessionView, course: CourseRow) -> str:
    return f"{day(session.date)} · {title(session, course.zone)}"


def _named(session: SessionView, course: CourseRow) -> str:
    return f"“{title(session, course.zone)}” ({day(session.date)})"
