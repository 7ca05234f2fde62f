"""What is held on one person: they get it as a file, and can have it deleted.

Who does something for the course ahead, or is on its staff, cannot go before it is over: others count on them, and what
staff do stays traceable. Who was on the roster leaves the course by it. The registry of what is held, and what becomes
of it, is `bot.store.personal`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from bot.core.errors import CourseError
from bot.core.people import Actor
from bot.core.pseudonyms import Identity, deleted_sentence
from bot.exporters.my_data import write_my_data
from bot.services.courses import label
from bot.store import audit, courses, erasing, leaving, my_rows, people, term
from bot.store.courses import CourseRow
from bot.store.database import Database
from bot.store.people import Known


class NothingHeld(CourseError):
    def __init__(self) -> None:
        super().__init__("I hold nothing on you: you have not taken part in this course with this account.")


@dataclass(frozen=True, slots=True)
class MyFile:
    """A file for the person it is about, and how many entries are in it."""

    name: str
    data: bytes
    entries: int


@dataclass(frozen=True, slots=True)
class Deletion:
    """What deleting does, or has done (`done`): how many entries of which kind go, and how many stay under `alias`.

    `leaves`: they leave the course by it, and the `group` they are in (None: in none). `digest` stands for all this.
    """

    alias: str
    gone: tuple[tuple[str, int], ...]
    kept: tuple[tuple[str, int], ...]
    leaves: bool
    group: str | None
    digest: str
    done: bool = False


class MyData:
    """Everybody's hand on what is held on them. `changed` is called when reminders depend on it, `forget` with the
    place and key of an account that nobody knows any more."""

    def __init__(self, database: Database, changed: Callable[[], None], forget: Callable[[str, str], None]) -> None:
        self._database = database
        self._changed = changed
        self._forget = forget

    async def export(self, place: str, actor: Actor, now: datetime) -> MyFile:
        """Everything held on the actor, as a zip file.

        Raises:
            CourseError: no course here, or nothing is held.
        """
        return await self._database.read(_export, place, actor, now)

    async def preview(self, place: str, actor: Actor, now: datetime) -> Deletion:
        """What deleting the actor's data would do.

        Raises:
            CourseError: no course here, nothing is held, or it has to wait.
        """
        return await self._database.read(_preview, place, actor, now)

    async def delete(self, place: str, actor: Actor, digest: str, now: datetime) -> Deletion:
        """Delete it, if it is still what was shown.

        Raises:
            CourseError: as `preview`, or things have changed since.
        """
        done = await self._database.write(_delete, place, actor, digest, now)
        self._forget(place, actor.key)
        self._changed()
        return done


def _identity(tx: Connection, course: CourseRow, actor: Actor, known: Known | None) -> Identity:
    if known is not None:
        return erasing.identities(tx, course.id, {known.id})[0]
    # Not in the course; but an account alone may have left something too, such as wrong codes.
    return Identity(0, "guest", "", "", None, ((actor.platform, actor.user_id),), given=False)


def _export(tx: Connection, place: str, actor: Actor, now: datetime) -> MyFile:
    course, known = people.who(tx, place, actor)
    held = my_rows.held_on(tx, course, _identity(tx, course, actor, known))
    if not held:
        raise NothingHeld
    at = f"{now.astimezone(course.zone):%Y-%m-%d %H:%M %Z}"
    data = write_my_data(label(course), held, at)
    return MyFile(f"{course.key}-my-data.zip", data, sum(len(rows) for rows in held.values()))


def _preview(tx: Connection, place: str, actor: Actor, now: datetime) -> Deletion:
    course, known = people.who(tx, place, actor)
    return _planned(tx, course, actor, known, now)


def _planned(tx: Connection, course: CourseRow, actor: Actor, known: Known | None, now: datetime) -> Deletion:
    end = term.ends_at(tx, course.id)
    over = end is not None and end <= now
    one = _identity(tx, course, actor, known)
    gone, kept = erasing.what_goes(tx, course.id, one)
    if known is None and not gone and not kept:
        raise NothingHeld
    leaves = known is not None and known.dropped_at is None and not over
    if not over:
        _refuse_who_is_needed(tx, course, actor, known, now, end)
    group = known.group_name if known is not None and leaves else None
    digest = hashlib.sha256(repr((one, sorted(gone.items()), sorted(kept.items()), leaves, group)).encode()).hexdigest()
    return Deletion(one.alias, tuple(gone.items()), tuple(kept.items()), leaves, group, digest[:16])


def _refuse_who_is_needed(
    tx: Connection, course: CourseRow, actor: Actor, known: Known | None, now: datetime, end: datetime | None
) -> None:
    if actor.staff:
        raise CourseError(
            "You are on the course's staff, and what staff do stays on record while the course runs. "
            + ("Your data can be deleted after {at}." if end else "Your data can be deleted when it is over."),
            at=end,
        )
    ahead = leaving.touched(tx, course, known.id, now).duties if known is not None else ()
    if ahead:
        first = ahead[0]
        raise CourseError(
            f"Others count on you: you have {len(ahead)} {'duty' if len(ahead) == 1 else 'duties'} ahead, the first is "
            f"{first.role} on {first.date:%B} {first.date.day}. Nothing was deleted. Pass on what you hold with "
            "`/swap-duty`, or ask the staff to take you off the course; then this works at once"
            + (", and after {at} in any case." if end else "."),
            at=end,
        )


def _delete(tx: Connection, place: str, actor: Actor, digest: str, now: datetime) -> Deletion:
    courses.hold(tx, place=place)
    course, known = people.who(tx, place, actor)
    planned = _planned(tx, course, actor, known, now)
    if planned.digest != digest:
        raise CourseError("Things have changed since you looked. Use `/my-data delete` again to see how they are now.")
    if known is not None and planned.leaves:
        leaving.drop(tx, course, known.id, actor.key, now)
    one = _identity(tx, course, actor, known)
    erasing.erase(tx, course.id, [one])
    if known is not None:
        left = " and left the course" if planned.leaves else ""
        was_in = f" (was in {planned.group})" if planned.group else ""
        audit.record(tx, course.id, one.key, f"{deleted_sentence(one.alias)}{left}{was_in}", now)
    return replace(planned, done=True)
