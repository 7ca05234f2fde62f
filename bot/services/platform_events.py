"""The platform's own events for the classes ahead: what should be there by policy, and keeping note of what was made.

The front end does the making. An event is touched only when what it should say has changed: one that somebody deleted
or changed by hand is left alone until then.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.core.errors import NotSetUp
from bot.core.policy import EVENTS, EVENTS_AHEAD
from bot.exporters.lines import session_text
from bot.services.slots import title
from bot.store import courses, platform_events, schedule
from bot.store.courses import CourseRow
from bot.store.database import Database
from bot.store.schedule import SessionView

_NAME_MAX = 100
_PLACE_MAX = 100
_TEXT_MAX = 1000
_MARGIN = timedelta(minutes=2)
"""An event is made or changed no later before class: it has to begin in the future by the platform's clock too."""


@dataclass(frozen=True, slots=True)
class Wish:
    """The event that a class should have: made already (`event`, the platform's id) or not; `digest` is of the rest."""

    session_id: int
    event: str | None
    digest: str
    name: str
    starts_at: datetime
    ends_at: datetime
    where: str
    text: str


@dataclass(frozen=True, slots=True)
class WantedEvents:
    """What is to be done: events to make or change, in order of time, and events to delete, by session."""

    course_id: int
    wishes: tuple[Wish, ...]
    gone: dict[int, str]
    known: frozenset[str]


class PlatformEvents:
    """The stored side of the platform's events. Only the bot itself calls it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def wanted(self, place: str, now: datetime) -> WantedEvents | None:
        """What differs from what should be; None where no events are wanted and none is left."""
        return await self._database.read(_wanted, place, now)

    async def keep(self, course_id: int, wish: Wish, event: str) -> None:
        """Note that this event says what was wished."""
        await self._database.write(platform_events.keep, course_id, wish.session_id, event, wish.digest)

    async def forget(self, session_id: int) -> None:
        """Note that a class has no event any more."""
        await self._database.write(platform_events.forget, session_id)


def _wanted(tx: Connection, place: str, now: datetime) -> WantedEvents | None:
    try:
        course = courses.at_place(tx, place)
    except NotSetUp:
        return None
    policies, made = courses.in_force(tx, course.id), platform_events.of_course(tx, course.id)
    on = policies[EVENTS] == "yes"
    if not on and not made:
        return None
    until = now + policies[EVENTS_AHEAD]
    wishes, gone, left = [], {}, False
    for session in schedule.every(tx, course.id, cancelled=True):
        event, digest = made.get(session.id, (None, ""))
        if session.ends_at <= now:
            continue  # the platform ends it
        left = left or event is not None
        if not on or session.cancelled or not session.kind.meets:
            if event is not None:
                gone[session.id] = event
        elif session.starts_at > now + _MARGIN and (event is not None or session.starts_at <= until):
            wish = _wish(course, session, event)
            if wish.digest != digest:
                wishes.append(wish)
    if not on and not left:
        return None
    return WantedEvents(course.id, tuple(wishes), gone, frozenset(event for event, _ in made.values()))


def _wish(course: CourseRow, session: SessionView, event: str | None) -> Wish:
    name = ": ".join(part for part in (course.code, title(session, course.zone)) if part)
    said = (
        _clip(name, _NAME_MAX),
        session.starts_at,
        session.ends_at,
        _clip(session.room or "Room to be announced", _PLACE_MAX),
        _clip(session_text(session.as_page(course.zone)), _TEXT_MAX),
    )
    return Wish(session.id, event, hashlib.sha256(repr(said).encode()).hexdigest(), *said)


def _clip(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
