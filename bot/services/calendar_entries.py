"""What a group's or a person's calendar has besides the classes: their roles in them, deadlines, appointments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from bot.core.course import Role
from bot.core.deadlines import Work, session_deadlines
from bot.core.policy import QUESTION_CUTOFF, SLIDES_BEFORE, SUMMARY_AFTER
from bot.services.slots import day, title
from bot.store import courses, excuses, feeds, questions
from bot.store.courses import CourseRow
from bot.store.feeds import Appointment, MilestoneDue, Owner
from bot.store.schedule import SessionView

if TYPE_CHECKING:
    from bot.exporters.ics import Entry

_DEEDS = {Role.PRESENTER: "present", Role.SUMMARIZER: "summarise", Role.REVIEWER: "review"}
_HANDED_IN = {Role.PRESENTER: Work.SLIDES, Role.SUMMARIZER: Work.SUMMARY}
_MOVED_BY = {
    Work.SLIDES: SLIDES_BEFORE.key,
    Work.SUMMARY: SUMMARY_AFTER.key,
    Work.QUESTIONS: QUESTION_CUTOFF.key,
}


@dataclass(frozen=True, slots=True)
class Belonging:
    """`notes` say what the owner does in a session, by its id."""

    notes: dict[int, str]
    entries: tuple[Entry, ...]


def belonging(
    tx: Connection, course: CourseRow, owner: Owner, sessions: Sequence[SessionView], changes: Mapping[int, int]
) -> Belonging:
    """What belongs in the owner's calendar; nothing in the course's own. `changes` of the sessions, by id."""
    if owner.group_id is None and owner.person_id is None:
        return Belonging({}, ())
    roles = feeds.duties(tx, owner)
    works = {one.id: [work for role, work in _HANDED_IN.items() if (one.id, role) in roles] for one in sessions}
    excused = excuses.every(tx, course.id)
    student = owner.person_id is not None and bool(questions.class_list(tx, course, owner.person_id))
    if student:
        on_duty = {session_id for session_id, _ in roles}
        for one in sessions:
            if one.id not in on_duty and any(paper.required for paper in one.readings):
                works[one.id].append(Work.QUESTIONS)

    def owed(work: Work, **about: int) -> bool:
        return owner.person_id is None or not excused.cover(owner.person_id, work, **about)

    policy, steps = courses.deadline_policy(tx, course), feeds.policy_steps(tx, course.id)
    entries = []
    for one in sessions:
        due = session_deadlines(one.starts_at, one.ends_at, policy)
        for work in works[one.id]:
            if owed(work, session_id=one.id):
                moves = changes.get(one.id, 0) + steps.get(_MOVED_BY[work], 0)
                entries.append(_due(course, one, work, getattr(due, work), moves))
    if student or owner.group_id is not None:
        entries += [
            _milestone(one) for one in feeds.milestones(tx, course.id) if owed(Work.MILESTONE, milestone_id=one.id)
        ]
    if owner.person_id is not None:
        entries += [_appointment(one) for one in feeds.appointments(tx, owner.person_id)]
    return Belonging(_notes(roles), tuple(entries))


def _notes(roles: set[tuple[int, Role]]) -> dict[int, str]:
    held = {session_id: [role for role in Role if (session_id, role) in roles] for session_id, _ in roles}
    return {session_id: "you " + " and ".join(_DEEDS[role] for role in mine) for session_id, mine in held.items()}


def _due(course: CourseRow, session: SessionView, work: Work, at: datetime, changes: int) -> Entry:
    from bot.exporters.ics import Entry

    several = sum(paper.required for paper in session.readings) > 1
    what = "Question" if work is Work.QUESTIONS and not several else work.capitalize()
    return Entry(
        key=f"session-{session.id}-{work}",
        title=f"{what} due · {title(session, course.zone)}",
        starts_at=at,
        cancelled=session.cancelled or not session.kind.meets,
        changes=changes,
        text=f"For the class on {day(session.date)}.",
    )


def _milestone(one: MilestoneDue) -> Entry:
    from bot.exporters.ics import Entry

    changes = one.changes + one.removed
    return Entry(f"milestone-{one.id}", f"{one.name} due", one.due_at, one.removed, changes)


def _appointment(one: Appointment) -> Entry:
    from bot.exporters.ics import Entry

    return Entry(
        key=f"appointment-{one.id}",
        title=f"Office hours · {one.with_name}",
        starts_at=one.starts_at,
        ends_at=one.starts_at + timedelta(minutes=one.minutes),
        cancelled=one.cancelled,
        changes=int(one.cancelled),
        room=one.room,
        text=one.note,
    )
