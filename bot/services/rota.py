"""The rota in force as staff see it, and what they offer in a class: seats and a bonus."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.core.course import Kind, Role
from bot.core.errors import CourseError
from bot.core.groups import name_key
from bot.core.people import Actor, require_staff
from bot.services import rota_table
from bot.services.courses import label
from bot.services.rota_desk import read_desk
from bot.services.rota_find import find_session
from bot.services.rota_table import Table
from bot.services.slots import day, fits, title
from bot.store import audit, courses, duties, groups, rota, schedule
from bot.store.database import Database

PLACES_MAX = 5
BONUS_MAX = 200
"""Characters of a bonus note: it stands beside every free seat of its class."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What is offered in the class of `day` and `title`: `places` for a role, or a `bonus` (None: no longer one)."""

    day: str
    title: str
    places: int = 0
    bonus: str | None = None


class RotaService:
    """Reading the rota, and offering seats. `session` is always an id or a date (2024-01-25)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def table(self, place: str, actor: Actor, now: datetime) -> Table:
        """Everyone on duty and why.

        Raises:
            CourseError: the actor is not staff, or no course is here.
        """
        require_staff(actor)
        return await self._database.read(_table, place, now)

    async def seats(self, place: str, actor: Actor, session: str, role: Role, places: int, now: datetime) -> Offer:
        """Let `places` groups (0 to 5) share a role in a student lecture.

        Raises:
            CourseError: the actor is not staff, no such lecture ahead, or more groups than that hold the role.
        """
        require_staff(actor)
        if not 0 <= places <= PLACES_MAX:
            raise CourseError(f"A duty has 0 to {PLACES_MAX} places.")
        return await self._database.write(_seats, place, actor.key, session, role, places, now)

    async def bonus(self, place: str, actor: Actor, session: str, note: str | None, now: datetime) -> Offer:
        """Offer a bonus to whoever takes a duty in a class; None or blank takes the offer back.

        Raises:
            CourseError: the actor is not staff, no such class ahead, or the note is too long.
        """
        require_staff(actor)
        text = " ".join((note or "").split()) or None
        if text and len(text) > BONUS_MAX:
            raise CourseError(f"A bonus note has at most {BONUS_MAX} characters; this one has {len(text)}.")
        return await self._database.write(_bonus, place, actor.key, session, text, now)

    async def sessions(self, place: str, typed: str, now: datetime, *, lectures: bool = False) -> list[tuple[str, str]]:
        """Label and id of each class ahead that fits what was typed; of student lectures only with `lectures`."""
        try:
            return await self._database.read(_sessions, place, typed, now, lectures)
        except CourseError:
            return []

    async def group_names(self, place: str, typed: str) -> list[str]:
        """Names of the groups that fit what was typed."""
        try:
            return await self._database.read(_group_names, place, typed)
        except CourseError:
            return []


def _table(tx: Connection, place: str, now: datetime) -> Table:
    course = courses.at_place(tx, place)
    return rota_table.table(tx, course, read_desk(tx, course, now), label(course))


def _seats(tx: Connection, place: str, actor: str, text: str, role: Role, places: int, now: datetime) -> Offer:
    courses.hold(tx, place=place)
    course = courses.at_place(tx, place)
    session = find_session(tx, course, text, now)
    if session.kind is not Kind.STUDENT_LECTURE:
        raise CourseError(
            f"{day(session.date)} is no student lecture, so groups cannot take seats there. "
            "`/staff rota assign` puts a group or people on duty all the same."
        )
    if not duties.offer(tx, course.id, session.id, role, places):
        names = groups.names(tx, course.id)
        held = [
            names.get(one.group_id, "a group that is gone")
            for one in duties.holdings(tx, course.id)
            if (one.session_id, one.role) == (session.id, role)
        ]
        raise CourseError(
            f"{' and '.join(held)} already {'hold' if len(held) > 1 else 'holds'} this duty on {day(session.date)}. "
            "Take them off it first with `/staff rota release`."
        )
    audit.record(tx, course.id, actor, f"{session.date.isoformat()}, {role}: room for {places}", now)
    return Offer(day(session.date), title(session, course.zone), places=places)


def _bonus(tx: Connection, place: str, actor: str, text: str, note: str | None, now: datetime) -> Offer:
    courses.hold(tx, place=place)
    course = courses.at_place(tx, place)
    session = find_session(tx, course, text, now)
    rota.set_bonus(tx, session.id, note)
    audit.record(tx, course.id, actor, f"{session.date.isoformat()}: bonus {f'“{note}”' if note else 'removed'}", now)
    return Offer(day(session.date), title(session, course.zone), bonus=note)


def _sessions(tx: Connection, place: str, typed: str, now: datetime, lectures: bool) -> list[tuple[str, str]]:
    course = courses.at_place(tx, place)
    found = [
        (f"{day(session.date)} · {title(session, course.zone)}", str(session.id))
        for session in schedule.every(tx, course.id)
        if session.starts_at > now and (session.kind is Kind.STUDENT_LECTURE or (session.kind.meets and not lectures))
    ]
    return [one for one in found if fits(one[0], typed)]


def _group_names(tx: Connection, place: str, typed: str) -> list[str]:
    wanted = name_key(typed)
    return [name for name in groups.names(tx, courses.at_place(tx, place).id).values() if wanted in name_key(name)]
