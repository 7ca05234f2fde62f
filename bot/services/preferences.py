"""How the actor wants to be reminded: their own lead times, where, quiet hours, one list a day; and putting one off."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy import Connection

from bot.core.deadlines import Work
from bot.core.errors import CourseError
from bot.core.people import Actor
from bot.core.policy import LEADS
from bot.core.policy_values import parse_leads
from bot.core.preferences import Preference, snoozed_until
from bot.core.quiet_hours import parse_clock, parse_quiet
from bot.services.due_work import Desk
from bot.store import courses, people, preferences
from bot.store.database import Database


@dataclass(frozen=True, slots=True)
class Wish:
    """What to change, as written; what is None stays. "off" (or "default") takes a choice back."""

    leads: str | None = None
    via: str | None = None
    quiet: str | None = None
    zone: str | None = None
    digest: str | None = None

    def __bool__(self) -> bool:
        return self != Wish()


@dataclass(frozen=True, slots=True)
class Shown:
    """A person's choices beside what the course has: its lead times (as text) and zone."""

    chosen: Preference
    course_leads: str
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Snoozed:
    """What was put off, and until when."""

    title: str
    until: datetime
    due_at: datetime


class Preferences:
    """A person sees and changes only their own. `changed` is called when reminders may depend on it."""

    def __init__(self, database: Database, changed: Callable[[], None]) -> None:
        self._database = database
        self._changed = changed

    async def show(self, place: str, actor: Actor) -> Shown:
        """As it stands.

        Raises:
            CourseError: no course here.
        """
        return await self._database.read(_show, place, actor)

    async def change(self, place: str, actor: Actor, wish: Wish, at: datetime) -> Shown:
        """Change what is named; the other choices stay.

        Raises:
            CourseError: no course here, not in it, or something cannot be read; the sentence says what to write.
        """
        shown = await self._database.write(_change, place, actor, wish, at)
        self._changed()
        return shown

    async def reset(self, place: str, actor: Actor, at: datetime) -> Shown:
        """Back to the course's defaults.

        Raises:
            CourseError: no course here, or not in it.
        """
        shown = await self._database.write(_reset, place, actor, at)
        self._changed()
        return shown

    async def snooze(self, course_id: int, platform: str, user_id: str, work: str, head: str, at: datetime) -> Snoozed:
        """Put off the reminders of one deadline.

        Raises:
            CourseError: not in the course, the deadline is there no more, done, or too near.
        """
        done = await self._database.write(_snooze, course_id, platform, user_id, work, head, at)
        self._changed()
        return done

    async def zones(self, typed: str) -> list[str]:
        """Names of time zones that contain what was typed; well-known places first."""
        every = await asyncio.to_thread(_zones)
        wanted = typed.strip().casefold().replace(" ", "_")
        return [name for name in every if wanted in name.casefold()][:25]


@cache
def _zones() -> tuple[str, ...]:
    """Continents before the rest (Etc, old names)."""
    areas = ("America/", "Europe/", "Asia/", "Africa/", "Australia/", "Pacific/", "Atlantic/", "Indian/")
    return tuple(sorted(available_timezones(), key=lambda name: (not name.startswith(areas), name)))


def _show(tx: Connection, place: str, actor: Actor) -> Shown:
    course, known = people.who(tx, place, actor)
    chosen = preferences.of_person(tx, known.id) if known else Preference()
    return Shown(chosen, courses.in_force(tx, course.id).text(LEADS), course.zone)


def _change(tx: Connection, place: str, actor: Actor, wish: Wish, at: datetime) -> Shown:
    courses.hold(tx, place=place)
    course, known = people.who(tx, place, actor)
    person_id = people.enter(tx, course, actor, known, at)
    preferences.put(tx, course.id, person_id, _changed(preferences.of_person(tx, person_id), wish))
    return _show(tx, place, actor)


def _reset(tx: Connection, place: str, actor: Actor, at: datetime) -> Shown:
    course, known = people.who(tx, place, actor)
    preferences.reset(tx, people.enter(tx, course, actor, known, at))
    return _show(tx, place, actor)


def _changed(now: Preference, wish: Wish) -> Preference:
    if wish.leads is not None:
        text = wish.leads.strip().casefold()
        now = replace(now, leads=None if text in ("off", "default") else _read("leads", parse_leads, text))
    if wish.quiet is not None:
        now = replace(now, quiet=None if _off(wish.quiet) else _read("quiet", parse_quiet, wish.quiet))
    if wish.zone is not None:
        now = replace(now, zone=None if wish.zone.casefold() in ("off", "default") else _zone(wish.zone))
    if wish.via is not None:
        if wish.via not in ("channel", "dm"):
            raise CourseError("`via` is channel or dm.")
        # The last choice counts: who asks for single messages has no list instead of them.
        now = replace(now, direct=wish.via == "dm", digest_at=None)
    if wish.digest is not None:
        now = replace(now, digest_at=None if _off(wish.digest) else _read("digest", parse_clock, wish.digest))
    return now


def _off(text: str) -> bool:
    return text.strip().casefold() in ("off", "none")


def _read(option: str, parse, text: str):  # type: ignore[no-untyped-def]
    try:
        return parse(text)
    except ValueError as error:
        raise CourseError(f"`{option}` cannot be “{text[:40]}”: {error}.") from None


def _zone(name: str) -> ZoneInfo:
    found = next((one for one in _zones() if one.casefold() == name.strip().casefold()), None)
    if found is None:
        raise CourseError(f"There is no time zone “{name[:40]}”. Pick a suggestion, such as Europe/Berlin.")
    return ZoneInfo(found)


def _snooze(tx: Connection, course_id: int, platform: str, user_id: str, work: str, head: str, at: datetime) -> Snoozed:
    person_id = preferences.person_of(tx, course_id, platform, user_id)
    if person_id is None or work not in set(Work):
        raise CourseError("You are not in the course that this reminder is about.")
    desk = Desk(tx, courses.by_id(tx, course_id), at)
    due = desk.due(Work(work), head)
    if due is None or not any(one.id == person_id for one in desk.owing(due)):
        raise CourseError("This is done, or no longer due: nothing will remind you of it.")
    until = snoozed_until(at, due.at)
    if until is None:
        raise CourseError("That is due too soon to be put off: {at}.", at=due.at)
    preferences.put_off(tx, course_id, person_id, f"{work}:{head}", until)
    return Snoozed(due.title, until, due.at)
