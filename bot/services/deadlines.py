"""/deadlines: what is due in the next two weeks, for oneself and (staff) for all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.core.people import Actor, require_staff
from bot.core.reminder_notices import Item
from bot.services import my_deadlines
from bot.services.due_work import Desk
from bot.services.question_desk import enter_as_reader
from bot.store import courses, people
from bot.store.database import Database
from bot.store.deadlines import Someone

SPAN = timedelta(days=14)
"""So far ahead deadlines are listed."""

MISSED = timedelta(days=3)
"""So long what was not handed in stays on the list."""


@dataclass(frozen=True, slots=True)
class Listed:
    """The deadlines in order of time; `next_at` is the first after the list's span, None when nothing is. `missed` are
    hand-ins that were due lately and are still to come."""

    items: tuple[Item, ...]
    next_at: datetime | None
    missed: tuple[Item, ...] = ()


class Deadlines:
    """Reading deadlines."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def mine(self, place: str, actor: Actor, now: datetime) -> Listed:
        """What is due for the actor, with what they have done.

        Raises:
            CourseError: no course here, or not in it.
        """
        listed = await self._database.read(_mine, place, actor, now)
        if listed is None:
            # Who is new is in the course from their first command on: what is due for everyone is due for them.
            await self._database.write(_enter, place, actor, now)
            listed = await self._database.read(_mine, place, actor, now)
            assert listed is not None
        return listed

    async def all(self, place: str, actor: Actor, now: datetime) -> Listed:
        """What is due for anyone.

        Raises:
            CourseError: not staff, or no course here.
        """
        require_staff(actor)
        return await self._database.read(_all, place, now)


def _enter(tx: Connection, place: str, actor: Actor, now: datetime) -> None:
    courses.hold(tx, place=place)
    course, known = people.who(tx, place, actor)
    people.enter(tx, course, actor, known, now)


def _mine(tx: Connection, place: str, actor: Actor, now: datetime) -> Listed | None:
    course, known = enter_as_reader(tx, place, actor)
    if known is None:
        return None
    desk = Desk(tx, course, now)
    there = next((one for one in desk.students if one.id == known.id), None)
    # Staff and guests have only what they are on duty for.
    one = there or Someone(known.id, actor.name, actor.user_id, known.group_id, known.group_name, None)
    listed = _listed(my_deadlines.personal(desk, one, datetime.max.replace(tzinfo=now.tzinfo)), now)
    return replace(listed, missed=my_deadlines.missed(desk, one, now - MISSED))


def _all(tx: Connection, place: str, now: datetime) -> Listed:
    desk = Desk(tx, courses.at_place(tx, place), now)
    return _listed(my_deadlines.everyones(desk, datetime.max.replace(tzinfo=now.tzinfo)), now)


def _listed(items: tuple[Item, ...], now: datetime) -> Listed:
    later = [item.due_at for item in items if item.due_at > now + SPAN]
    return Listed(tuple(item for item in items if item.due_at <= now + SPAN), min(later, default=None))
