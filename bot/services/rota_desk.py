"""The rota as it stands in the database, as the rules see it: shared by everything that plans or changes duties."""

from __future__ import annotations

import hashlib
import json
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
_NO_DUTIES = (Kind.NO_CLASS, Kind.BUFFER)


@dataclass(frozen=True, slots=True)
class Desk:
    """The problem, the rota in force (past sessions included), and by id the sessions it is about: the student
    lectures, and any other class in which a group has a seat.

    What is past is fixed: its seats are those that were held, as claims. So is what groups do in other classes than
    student lectures. `ahead` are the sessions not begun yet. `holdings` are the rows behind the rota, `alone` the
    people on duty without a seat of a group.
    """

    problem: RotaProblem
    rota: Rota
    sessions: dict[int, SessionView]
    ahead: frozenset[int]
    holdings: tuple[duties.Holding, ...]
    alone: tuple[duties.Alone, ...]


def read_desk(tx: Connection, course: CourseRow, now: datetime) -> Desk:
    """Everything at `now`."""
    every = schedule.every(tx, course.id)
    names = groups.names(tx, course.id)
    held_at_all = [one for one in duties.holdings(tx, course.id) if one.group_id in names]
    there = {one.session_id for one in held_at_all}
    sessions = {
        session.id: session
        for session in every
        if session.kind is Kind.STUDENT_LECTURE or (session.id in there and session.kind not in _NO_DUTIES)
    }
    ahead = frozenset(session.id for session in sessions.values() if session.starts_at > now)
    open_to_all = frozenset(one for one in ahead if sessions[one].kind is Kind.STUDENT_LECTURE)
    holdings = tuple(one for one in held_at_all if one.session_id in sessions)
    alone = tuple(duties.alone(tx, course.id))
    by_people = {(one.session_id, one.role) for one in alone}
    places = duties.seats(tx, course.id)
    held = Counter((one.session_id, one.role) for one in holdings)

    def offered(session: int, role: Role) -> int:
        """A role that single people hold is taken, and what is past is as it was."""
        if session not in open_to_all or (session, role) in by_people:
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
            if one.origin in _ORIGINS or one.session_id not in open_to_all
        ),
        rankings=rankings.every(tx, course.id),
        policy=courses.in_force(tx, course.id).rota(),
        buffers=tuple(session.date for session in every if session.kind is Kind.BUFFER and session.starts_at > now),
        busy=frozenset(
            (one.group_id, one.session_id) for one in alone if one.group_id in names and one.session_id in ahead
        ),
    )
    rota = Rota(tuple(Assignment(one.session_id, one.role, one.group_id, one.reason) for one in holdings))
    return Desk(problem, rota, sessions, ahead, holdings, alone)


def seat_whole_groups(tx: Connection, course: CourseRow, now: datetime) -> None:
    """Give its seat to each group whose members were named one by one, by a page or before they were a group."""
    upcoming = {session.id for session in schedule.every(tx, course.id) if session.starts_at > now}
    for session_id in sorted({one.session_id for one in duties.alone(tx, course.id)} & upcoming):
        duties.recognise(tx, course.id, session_id, duties.ON_THE_PAGE, now)


def digest(desk: Desk) -> str:
    """Two desks with this in common have the same seats, held by the same groups for the same reasons."""
    problem = desk.problem
    what = [
        sorted(problem.groups),
        sorted(desk.ahead),
        [(slot.session, slot.on.isoformat(), sorted(slot.seats.items())) for slot in problem.slots],
        [(one.session_id, one.role, one.group_id, one.origin) for one in desk.holdings],
        [(one.session_id, one.role, one.person_id) for one in desk.alone],
    ]
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()
