"""The rota as it stands in the database, as the rules see it: shared by everything that plans or changes duties."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.core.course import Kind, Role
from bot.core.rota import Assignment, Claim, Origin, Rota, RotaProblem, Slot
from bot.store import courses, duties, groups, rankings, schedule
from bot.store.courses import CourseRow
from bot.store.schedule import SessionView

_ORIGINS = {"volunteered": Origin.VOLUNTEERED, "staff": Origin.STAFF, "swapped": Origin.SWAPPED}


@dataclass(frozen=True, slots=True)
class Desk:
    """The problem, the rota in force (past sessions included), and the student lectures by id.

    What is past is fixed: its seats are those that were held, as claims. `ahead` are the sessions not begun yet.
    `holdings` are the rows behind the rota.
    """

    problem: RotaProblem
    rota: Rota
    sessions: dict[int, SessionView]
    ahead: frozenset[int]
    holdings: tuple[duties.Holding, ...]


def read_desk(tx: Connection, course: CourseRow, now: datetime) -> Desk:
    """Everything at `now`."""
    every = schedule.every(tx, course.id)
    sessions = {session.id: session for session in every if session.kind is Kind.STUDENT_LECTURE}
    ahead = frozenset(session.id for session in sessions.values() if session.starts_at > now)
    names = groups.names(tx, course.id)
    holdings = tuple(
        one for one in duties.holdings(tx, course.id) if one.session_id in sessions and one.group_id in names
    )
    alone = duties.held_alone(tx, course.id)
    places = duties.seats(tx, course.id)
    held = Counter((one.session_id, one.role) for one in holdings)

    def offered(session: int, role: Role) -> int:
        """A role that single people hold is taken, and what is past is as it was."""
        if session not in ahead or any((session, role) == (there, what) for there, what, _ in alone):
            return held[session, role]
        return places.get((session, role), 0)

    problem = RotaProblem(
        groups=names,
        slots=tuple(
            Slot(session.id, session.date, {role: offered(session.id, role) for role in Role})
            for session in sessions.values()
        ),
        claims=tuple(
            Claim(one.session_id, one.role, one.group_id, _ORIGINS.get(one.origin, Origin.STAFF))
            for one in holdings
            if one.origin in _ORIGINS or one.session_id not in ahead
        ),
        rankings=rankings.every(tx, course.id),
        policy=courses.in_force(tx, course.id).rota(),
        buffers=tuple(session.date for session in every if session.kind is Kind.BUFFER and session.starts_at > now),
        busy=frozenset((group, session) for session, _, group in alone if group in names and session in ahead),
    )
    rota = Rota(tuple(Assignment(one.session_id, one.role, one.group_id, one.reason) for one in holdings))
    return Desk(problem, rota, sessions, ahead, holdings)
