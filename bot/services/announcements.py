"""What staff announce: now or at a time, shown first, and called off while it is not sent."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.core.errors import CourseError
from bot.core.people import Actor, require_staff
from bot.core.schedule_notices import NOBODY, STUDENTS
from bot.core.session_edits import read_moment
from bot.core.times import Term
from bot.store import announcements, audit, courses, proposals
from bot.store.announcements import AnnouncementRow
from bot.store.database import Database

_KIND = "announcement"

TEXT_MAX = 1800
"""Characters: the message has room for some words of ours."""

LINK = 24
"""So many characters more than a command in backticks takes one that can be clicked."""

USEFUL_FOR = timedelta(days=1)
"""What could not be sent for so long is not sent any more."""

WAITING_MAX = 100
"""So many wait at most: staff have to find the one they want to call off."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An announcement: `due_at` is None for one that goes out at once, `pinged` how many people it would mention now.

    `token` confirms it; None once it is on its way.
    """

    text: str
    due_at: datetime | None
    ping: str
    pinged: int
    channel: str | None
    token: str | None = None


class AnnouncementService:
    """Announcing to the whole course. `changed` is called when something new is to be sent."""

    def __init__(self, database: Database, term: Term | None, changed: Callable[[], None]) -> None:
        self._database = database
        self._term = term
        self._changed = changed

    async def preview(self, place: str, actor: Actor, text: str, at: str | None, ping: str, now: datetime) -> Draft:
        """How it would be. `at` is a wall time of the course ("2024-01-26 09:00") or "in 2h"; a `\\n` begins a line.

        Raises:
            CourseError: the actor is not staff, there is no announcement channel, the text is empty or too long, or
                `at` is no moment ahead.
        """
        require_staff(actor)
        if ping not in (NOBODY, STUDENTS):
            raise CourseError(f"`ping` is {NOBODY} or {STUDENTS}.")
        words = text.replace("\\n", "\n").strip()
        if not words:
            raise CourseError("There is nothing to announce: write a `text`.")
        long = len(words) + LINK * words.count("`/")
        if long > TEXT_MAX:
            raise CourseError(f"An announcement has at most {TEXT_MAX:,} characters; this one comes to {long:,}.")
        return await self._database.write(self._preview, place, actor, words, at, ping, now)

    async def confirm(self, place: str, actor: Actor, token: str, now: datetime) -> Draft:
        """Let it go out, now or at its time.

        Raises:
            CourseError: the actor is not staff, the preview is gone, its time has passed, or too many wait already.
        """
        require_staff(actor)
        done = await self._database.write(_confirm, place, actor, token, now)
        self._changed()
        return done

    async def waiting(self, place: str, actor: Actor, now: datetime) -> tuple[AnnouncementRow, ...]:
        """Those not sent yet, in order of time.

        Raises:
            CourseError: the actor is not staff, or no course is here.
        """
        require_staff(actor)
        return await self._database.read(_waiting, place, now)

    async def cancel(
        self, place: str, actor: Actor, announcement_id: int, now: datetime
    ) -> tuple[AnnouncementRow, ...]:
        """Call one off; returns those that still wait.

        Raises:
            CourseError: the actor is not staff, or it is sent, being sent or called off already.
        """
        require_staff(actor)
        left = await self._database.write(_cancel, place, actor, announcement_id, now)
        self._changed()
        return left

    def _preview(
        self, tx: Connection, place: str, actor: Actor, text: str, at: str | None, ping: str, now: datetime
    ) -> Draft:
        course = courses.at_place(tx, place)
        if course.announce_channel is None:
            raise CourseError("There is no announcement channel yet: choose one with `/staff setup`.")
        due_at = read_moment(at, course.zone, self._term, now) if at and at.strip().casefold() != "now" else None
        pinged = len(announcements.students(tx, course)) if ping == STUDENTS else 0
        values = {"text": text, "due_at": due_at.isoformat() if due_at else None, "ping": ping}
        payload = json.dumps(values).encode()
        token = proposals.keep(tx, course.id, _KIND, actor.key, payload, hashlib.sha256(payload).hexdigest(), now)
        return Draft(text, due_at, ping, pinged, course.announce_channel, token)


def _confirm(tx: Connection, place: str, actor: Actor, token: str, now: datetime) -> Draft:
    courses.hold(tx, place=place)
    course = courses.at_place(tx, place)
    payload, _ = proposals.take(tx, course.id, _KIND, token)
    values = json.loads(payload)
    due_at = datetime.fromisoformat(values["due_at"]) if values["due_at"] else None
    if due_at is not None and due_at <= now:
        raise CourseError("Its moment ({at}) has passed since this preview. Give `/staff announce` again.", at=due_at)
    if len(announcements.waiting(tx, course.id, now - USEFUL_FOR)) >= WAITING_MAX:
        raise CourseError(f"{WAITING_MAX} announcements wait already. Call some off with `/staff announcements` first.")
    text, ping = values["text"], values["ping"]
    announcements.add(tx, course.id, actor.key, text, due_at or now, ping, now)
    when = f"for {due_at.astimezone(course.zone):%Y-%m-%d %H:%M}" if due_at else "at once"
    audit.record(tx, course.id, actor.key, f"announced {when}: {text}", now)
    pinged = len(announcements.students(tx, course)) if ping == STUDENTS else 0
    return Draft(text, due_at, ping, pinged, course.announce_channel)


def _waiting(tx: Connection, place: str, now: datetime) -> tuple[AnnouncementRow, ...]:
    return tuple(announcements.waiting(tx, courses.at_place(tx, place).id, now - USEFUL_FOR))


def _cancel(
    tx: Connection, place: str, actor: Actor, announcement_id: int, now: datetime
) -> tuple[AnnouncementRow, ...]:
    courses.hold(tx, place=place)
    course = courses.at_place(tx, place)
    found = announcements.get(tx, course.id, announcement_id)
    if found is None:
        raise CourseError("This announcement was called off already. `/staff announcements` lists those that wait.")
    if not announcements.cancel(tx, course.id, announcement_id, now):
        raise CourseError("Too late: this announcement is sent, or is being sent right now.")
    audit.record(tx, course.id, actor.key, f"called off an announcement: {found.text}", now)
    return _waiting(tx, place, now)
