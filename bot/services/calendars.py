"""Calendars that people subscribe to: of the course, a group or one person, at addresses that are secrets.

A calendar is worked out when somebody asks for it, so a class that moves takes its deadlines with it. An event keeps
its id; how often its class, its milestone or the policy behind it was changed is its sequence, which never goes back.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from bot.core.errors import CourseError
from bot.core.people import Actor, require_staff
from bot.services import calendar_entries
from bot.services.courses import label
from bot.services.question_desk import enter_as_reader
from bot.store import audit, courses, feeds, people, schedule, session_changes
from bot.store.courses import CourseRow
from bot.store.database import Database
from bot.store.feeds import Owner
from bot.store.schedule import SessionView

if TYPE_CHECKING:
    from bot.exporters.ics import CalendarCourse, ClassMeeting, Entry

REFRESH = timedelta(hours=1)
"""How often calendar programs are asked to look; most have a mind of their own."""


class Which(StrEnum):
    """Whose calendar."""

    PERSON = "person"
    GROUP = "group"
    COURSE = "course"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a calendar is: a secret. `name` is the group's; `mark` names the address without giving it away."""

    which: Which
    name: str
    url: str
    mark: str


@dataclass(frozen=True, slots=True)
class MyCalendar:
    """One's own calendar as a file; with the web server on, the addresses that one may know."""

    file: str
    data: bytes
    addresses: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class Fed:
    """What is at an address: its `etag`, and the calendar unless whoever asks has it already."""

    etag: str
    data: bytes | None


@dataclass(frozen=True, slots=True)
class _Facts:
    course: CalendarCourse
    meetings: tuple[ClassMeeting, ...]
    entries: tuple[Entry, ...]


class Calendars:
    """Reading calendars, and renewing their addresses. `base` is where the web server is, None while it is off."""

    def __init__(self, database: Database, base: str | None) -> None:
        self._database = database
        self._base = base
        # What the same facts are written as may change with the program: nobody is told that nothing has changed then.
        self._salt = secrets.token_bytes(16)

    async def mine(self, place: str, actor: Actor, now: datetime) -> MyCalendar:
        """The actor's calendar and the addresses they may know: their own, their group's, and for staff the course's.

        Raises:
            CourseError: no course here, or not in it.
        """
        own, addresses = await self._database.write(self._mine, place, actor, now)
        facts = await self._database.read(_facts, own)
        data = await asyncio.to_thread(_write, facts, now)
        return MyCalendar(f"{facts.course.key}.ics", data, addresses)

    async def renew(self, place: str, actor: Actor, which: Which, mark: str, now: datetime) -> MyCalendar:
        """Put a new address in place of the one with this `mark`, which stops; one that is gone already is no error.

        Raises:
            CourseError: no course here, not in it, in no group, or not staff (for the course's).
        """
        await self._database.write(self._renew, place, actor, which, mark, now)
        return await self.mine(place, actor, now)

    async def feed(self, token: str, have: Collection[str], now: datetime) -> Fed | None:
        """The calendar at an address; None when there is none. `have` are the etags that whoever asks has."""
        facts = await self._database.read(_at, token)
        if facts is None:
            return None
        digest = hashlib.sha256(self._salt + repr(facts).encode()).hexdigest()[:32]
        if digest in have:
            return Fed(digest, None)
        return Fed(digest, await asyncio.to_thread(_write, facts, now))

    def _mine(self, tx: Connection, place: str, actor: Actor, now: datetime) -> tuple[Owner, tuple[Address, ...]]:
        owners = _owners(tx, place, actor, now)
        found = []
        if self._base is not None:
            for which, owner in owners.items():
                token = feeds.token_of(tx, owner, now)
                url = f"{self._base}/calendar/{token}.ics"
                found.append(Address(which, owner.name if which is Which.GROUP else "", url, _mark(token)))
        return owners[Which.PERSON], tuple(found)

    def _renew(self, tx: Connection, place: str, actor: Actor, which: Which, mark: str, now: datetime) -> None:
        if which is Which.COURSE:
            require_staff(actor)
        owner = _owners(tx, place, actor, now).get(which)
        if owner is None:
            raise CourseError("You are in no group any more, so its calendar is not yours. See `/groups`.")
        if self._base is not None and _mark(feeds.token_of(tx, owner, now)) == mark:
            feeds.renew(tx, owner, now)
            if which is Which.COURSE:
                audit.record(tx, owner.course_id, actor.key, "gave the course's calendar a new address", now)


def in_calendars(tx: Connection, course_id: int) -> list[SessionView]:
    """All classes; the cancelled ones too, and those that are days off now, so that who has them hears of it."""
    once = session_changes.once_met(tx, course_id)
    return [one for one in schedule.every(tx, course_id, cancelled=True) if one.kind.meets or one.id in once]


def class_meetings(
    sessions: Sequence[SessionView], changes: Mapping[int, int], zone: ZoneInfo, notes: Mapping[int, str]
) -> tuple[ClassMeeting, ...]:
    """The sessions as a calendar shows them; `changes` and `notes` by session."""
    from bot.exporters.ics import ClassMeeting

    return tuple(
        ClassMeeting(
            id=view.id,
            session=view.as_page(zone),
            starts_at=view.starts_at,
            ends_at=view.ends_at,
            cancelled=view.cancelled or not view.kind.meets,
            changes=changes.get(view.id, 0),
            note=notes.get(view.id, ""),
        )
        for view in sessions
    )


def _write(facts: _Facts, now: datetime) -> bytes:
    from bot.exporters.ics import write_ics  # loaded when it is asked for: a bot that starts has no use for it

    return write_ics(facts.meetings, facts.course, now, facts.entries, refresh=REFRESH)


def _owners(tx: Connection, place: str, actor: Actor, now: datetime) -> dict[Which, Owner]:
    """The calendars that the actor may know, their own first."""
    courses.hold(tx, place=place)
    course, known = enter_as_reader(tx, place, actor)
    name = known.name if known else actor.name
    found = {Which.PERSON: Owner(course.id, person_id=people.enter(tx, course, actor, known, now), name=name)}
    if known is not None and known.group_id is not None:
        found[Which.GROUP] = Owner(course.id, group_id=known.group_id, name=known.group_name or "")
    if actor.staff:
        found[Which.COURSE] = Owner(course.id)
    return found


def _at(tx: Connection, token: str) -> _Facts | None:
    owner = feeds.find(tx, token)
    return _facts(tx, owner) if owner else None


def _facts(tx: Connection, owner: Owner) -> _Facts:
    from bot.exporters.ics import CalendarCourse

    course = courses.by_id(tx, owner.course_id)
    sessions = in_calendars(tx, course.id)
    changes = schedule.change_counts(tx, course.id)
    mine = calendar_entries.belonging(tx, course, owner, sessions, changes)
    return _Facts(
        CalendarCourse(course.key, course.code, _name(course, owner), course.zone),
        class_meetings(sessions, changes, course.zone, mine.notes),
        mine.entries,
    )


def _name(course: CourseRow, owner: Owner) -> str:
    return f"{course.code or course.title} · {owner.name}" if owner.name else label(course)


def _mark(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()[:8]
