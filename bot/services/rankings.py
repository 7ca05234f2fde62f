"""The sessions that a group would like to have, best first: what the rota tries to satisfy when it is planned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from bot.core.course import Role
from bot.core.errors import CourseError
from bot.core.people import Actor
from bot.core.policy import RANKS
from bot.services.rota_desk import Desk, read_desk
from bot.services.slots import day, in_group, title
from bot.store import courses, rankings
from bot.store.courses import CourseRow
from bot.store.database import Database


@dataclass(frozen=True, slots=True)
class Choice:
    """A session that can be ranked, or is; `open` until its seats are claimed by others or it begins."""

    session_id: int
    date: date
    title: str
    open: bool


@dataclass(frozen=True, slots=True)
class Ranking:
    """A group's ranking, best first, of at most `most` sessions, and what could be added, in order of time.

    `roles` are those that the ranking is about.
    """

    group: str
    ranked: tuple[Choice, ...]
    more: tuple[Choice, ...]
    most: int
    roles: tuple[Role, ...]

    @property
    def full(self) -> bool:
        return len(self.ranked) >= self.most


class Rankings:
    """Any member changes the group's ranking; the last change wins."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, place: str, actor: Actor, now: datetime) -> Ranking:
        """The ranking of the actor's group.

        Raises:
            CourseError: in no group, or the course gives nothing out by rankings.
        """
        return await self._database.read(_read, place, actor, now)

    async def add(self, place: str, actor: Actor, session_id: int, at: datetime) -> Ranking:
        """Make a session the group's next choice. One that is ranked already stays where it is.

        Raises:
            CourseError: as for `read`; the ranking is full, or the session cannot be ranked (any more).
        """

        def change(ranking: Ranking) -> list[int]:
            kept = [one.session_id for one in ranking.ranked]
            if session_id in kept:
                return kept
            chosen = [one.session_id for one in ranking.more if one.session_id == session_id]
            if not chosen:
                raise CourseError("That session can no longer be ranked: it has begun, or others claimed its seat.")
            if ranking.full:
                raise CourseError(f"Your group has ranked {ranking.most} sessions, the most. Take one off first.")
            return kept + chosen

        return await self._database.write(_change, place, actor, at, change)

    async def remove_last(self, place: str, actor: Actor, at: datetime) -> Ranking:
        """Take the last choice off.

        Raises:
            CourseError: as for `read`.
        """
        return await self._database.write(_change, place, actor, at, _without_last)

    async def clear(self, place: str, actor: Actor, at: datetime) -> Ranking:
        """Rank nothing.

        Raises:
            CourseError: as for `read`.
        """
        return await self._database.write(_change, place, actor, at, lambda ranking: [])


def _without_last(ranking: Ranking) -> list[int]:
    return [one.session_id for one in ranking.ranked[:-1]]


def _change(tx: Connection, place: str, actor: Actor, at: datetime, change: Callable[[Ranking], list[int]]) -> Ranking:
    courses.hold(tx, place=place)
    course, _, group_id = in_group(tx, place, actor)
    rankings.put(tx, course.id, group_id, change(_read(tx, place, actor, at)))
    return _read(tx, place, actor, at)


def _read(tx: Connection, place: str, actor: Actor, now: datetime) -> Ranking:
    course, known, group_id = in_group(tx, place, actor)
    desk = read_desk(tx, course, now)
    roles = tuple(role for role in Role if role in desk.problem.policy.ranked)
    if not roles:
        raise CourseError("In this course nothing is given out by rankings. Take a free seat with `/claim-slot`.")
    ranked = rankings.of(tx, group_id)
    open_ = _open(desk, roles)
    return Ranking(
        group=known.group_name or "",
        # A session that has begun keeps its rank for the record; one that was cancelled has none to show.
        ranked=tuple(_choice(desk, course, one, open_) for one in ranked if one in desk.sessions),
        more=tuple(_choice(desk, course, one, open_) for one in open_ if one not in ranked),
        most=courses.in_force(tx, course.id)[RANKS],
        roles=roles,
    )


def _open(desk: Desk, roles: tuple[Role, ...]) -> list[int]:
    """Sessions ahead with a seat in one of the roles that nobody has claimed: a planned one may be given out anew."""
    fixed = Counter((one.session, one.role) for one in desk.problem.claims)
    return [
        slot.session
        for slot in desk.problem.slots
        if slot.session in desk.ahead and any(slot.seats.get(role, 0) > fixed[slot.session, role] for role in roles)
    ]


def _choice(desk: Desk, course: CourseRow, session_id: int, open_: list[int]) -> Choice:
    session = desk.sessions[session_id]
    return Choice(session_id, session.date, title(session, course.zone), session_id in open_)


def choice_label(choice: Choice) -> str:
    """ "Thu Jan 25 · Title"."""
    return f"{day(choice.date)} · {choice.title}"
