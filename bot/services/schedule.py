"""What is on: the next class, and the schedule by pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from bot.core.course import Kind, Role
from bot.core.deadlines import SessionDeadlines, session_deadlines
from bot.services.courses import label
from bot.store import courses, rota, schedule
from bot.store.database import Database
from bot.store.schedule import SessionView

PAGE = 5
"""Sessions a page: with four linked papers each they still fit one embed."""


@dataclass(frozen=True, slots=True)
class NextClass:
    """The class that is on or comes next, with its deadlines; `session` is None when none is left."""

    course: str
    session: SessionView | None
    deadlines: SessionDeadlines | None


@dataclass(frozen=True, slots=True)
class SchedulePage:
    """Page `number` (from 0) of `pages`; `total` sessions in all.

    `offers` are the bonus notes of student lectures ahead in which a duty is free, by session.
    """

    course: str
    sessions: tuple[SessionView, ...]
    number: int
    pages: int
    total: int
    next_id: int | None
    offers: Mapping[int, str] = field(default_factory=dict)


class Schedule:
    """Reading the schedule."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def next_class(self, place: str, now: datetime) -> NextClass:
        """The first class not over at `now`.

        Raises:
            NotSetUp: no course here.
        """
        return await self._database.read(_next_class, place, now)

    async def page(self, place: str, number: int | None, now: datetime) -> SchedulePage:
        """Page `number`, or the one with the next class when None; a number out of range means the nearest page.

        Raises:
            NotSetUp: no course here.
        """
        return await self._database.read(_page, place, number, now)


def _next_class(tx: Connection, place: str, now: datetime) -> NextClass:
    course = courses.at_place(tx, place)
    session = schedule.upcoming(tx, course.id, now)
    policy = courses.deadline_policy(tx, course)
    deadlines = session_deadlines(session.starts_at, session.ends_at, policy) if session else None
    return NextClass(label(course), session, deadlines)


def _page(tx: Connection, place: str, number: int | None, now: datetime) -> SchedulePage:
    course = courses.at_place(tx, place)
    ends = schedule.ends(tx, course.id)
    pages = max(1, -(-len(ends) // PAGE))
    if number is None:
        ahead = [index for index, ends_at in enumerate(ends) if ends_at > now]
        number = (ahead[0] if ahead else 0) // PAGE
    number = min(max(number, 0), pages - 1)
    sessions = tuple(schedule.window(tx, course.id, number * PAGE, PAGE))
    bonus = rota.bonuses(tx, course.id)
    return SchedulePage(
        course=label(course),
        sessions=sessions,
        number=number,
        pages=pages,
        total=len(ends),
        next_id=schedule.upcoming_id(tx, course.id, now),
        offers={one.id: bonus[one.id] for one in sessions if one.id in bonus and _has_free_duty(one, now)},
    )


def _has_free_duty(session: SessionView, now: datetime) -> bool:
    return (
        session.kind is Kind.STUDENT_LECTURE
        and session.starts_at > now
        and any(not session.duties.get(role) for role in Role)
    )
