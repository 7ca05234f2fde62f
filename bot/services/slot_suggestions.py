"""What the commands about duties suggest while people type."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.core.course import Role
from bot.core.people import Actor
from bot.services.rota_desk import read_desk
from bot.services.slots import (
    VOLUNTEERED,
    can_give_back,
    day,
    duties_ahead,
    find_lecture,
    fits,
    free_seats,
    in_group,
    title,
)
from bot.store import courses, rota
from bot.store.courses import CourseRow
from bot.store.schedule import SessionView


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something to pick: `value` is what the commands take, `label` what people read."""

    value: str
    label: str


def open_sessions(tx: Connection, place: str, typed: str, now: datetime) -> list[Suggestion]:
    """Sessions ahead with a free seat that fit what was typed, in order of time."""
    course = courses.at_place(tx, place)
    desk = read_desk(tx, course, now)
    bonus = rota.bonuses(tx, course.id)
    found = []
    for session_id, roles in free_seats(desk).items():
        session = desk.sessions[session_id]
        more = f"{sum(roles.values())} free" + (" · bonus" if session_id in bonus else "")
        label = _label(session, course, more)
        if fits(label, typed):
            found.append(Suggestion(str(session_id), label))
    return found


def open_roles(tx: Connection, place: str, session: str, now: datetime) -> list[Role]:
    """The roles that are free in a session.

    Raises:
        CourseError: no course here, or no such session.
    """
    course = courses.at_place(tx, place)
    desk = read_desk(tx, course, now)
    return list(free_seats(desk).get(find_lecture(tx, course, desk, session).id, {}))


def duties_held(
    tx: Connection, place: str, actor: Actor, typed: str, now: datetime, *, claimed: bool
) -> list[Suggestion]:
    """The duties ahead of the actor's group; `claimed` leaves only the claims that it can still give back."""
    course, _, group_id = in_group(tx, place, actor)
    desk = read_desk(tx, course, now)
    policy = courses.deadline_policy(tx, course)
    found = []
    for one in duties_ahead(desk, group_id):
        session = desk.sessions[one.session_id]
        if claimed and not (one.origin == VOLUNTEERED and can_give_back(session, now, policy)):
            continue
        label = _label(session, course, one.role)
        if fits(label, typed):
            found.append(Suggestion(str(one.id), label))
    return found


def _label(session: SessionView, course: CourseRow, last: str) -> str:
    """ "Thu Jan 25 · Title · 2 free" in at most 100 characters, the last part always whole."""
    name = title(session, course.zone)
    room = 100 - len(day(session.date)) - len(last) - 6
    if len(name) > room:
        name = name[: room - 1].rstrip() + "…"
    return f"{day(session.date)} · {name} · {last}"
