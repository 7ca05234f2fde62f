"""A class list into the roster: read, compare, show, and only then write; and the codes for who is not linked yet."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.core.errors import CourseError
from bot.core.people import Actor, require_staff
from bot.core.policy import ROSTER_REQUIRED
from bot.core.roster import Code, RosterDiff, diff, namesakes
from bot.importers.roster import RosterFile, read_roster
from bot.store import audit, courses, leaving, merge, proposals, roster
from bot.store.courses import CourseRow
from bot.store.database import Database

_KIND = "roster"


@dataclass(frozen=True, slots=True)
class RosterPlan:
    """What a list says and what importing it would change.

    `joined` are people whom a course page named and who turn out to be on the roster: their row's id there and the
    roster's key. `closes`: from then on only the roster takes part.
    """

    file: RosterFile
    diff: RosterDiff
    joined: dict[int, str]
    closes: bool

    @property
    def empty(self) -> bool:
        return self.diff.empty and not self.joined

    @property
    def digest(self) -> str:
        """Two plans with this in common change the same things in the same way."""
        return hashlib.sha256(repr((self.diff, sorted(self.joined.items()))).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class RosterPreview:
    """A plan waiting for confirmation under `token`; the token is None when there is nothing to change."""

    plan: RosterPlan
    token: str | None


@dataclass(frozen=True, slots=True)
class RosterImported:
    """What was done, and the codes of all who are not linked yet."""

    plan: RosterPlan
    codes: tuple[Code, ...]


class Roster:
    """Importing class lists."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def preview(self, place: str, actor: Actor, data: bytes, now: datetime) -> RosterPreview:
        """Compare the list with the roster, and keep it until staff confirm (or a week has passed).

        Raises:
            CourseError: the actor is not staff, no course is here, or the file is no class list.
        """
        require_staff(actor)
        file = await asyncio.to_thread(read_roster, data)
        return await self._database.write(_keep, place, actor, data, file, now)

    async def confirm(self, place: str, actor: Actor, token: str, now: datetime) -> RosterImported:
        """Put the previewed list in force. Who is no longer on it is dropped, as by `/staff student drop`.

        Raises:
            CourseError: the actor is not staff, the preview is gone, or the roster has changed since.
        """
        require_staff(actor)
        file = await asyncio.to_thread(read_roster, await self._database.read(_kept, place, token))
        return await self._database.write(_confirm, place, actor, token, file, now)

    async def codes(self, place: str, actor: Actor, now: datetime) -> tuple[Code, ...]:
        """Everyone on the roster who is not linked yet, with the code to send them.

        Raises:
            CourseError: the actor is not staff, or no course is here.
        """
        require_staff(actor)
        return await self._database.write(_codes, place, now)


def _plan(tx: Connection, course: CourseRow, file: RosterFile) -> RosterPlan:
    stored = roster.stored(tx, course.id)
    changes = diff(stored, file.entries, fields=file.fields, unread=file.unread)
    gone = {known.id for known in changes.dropped}
    after = {known.id: known.entry for known in stored if not known.dropped and known.id not in gone}
    after |= {change.id: change.after for change in (*changes.changed, *changes.returned)}
    names = {entry.key: entry.name for entry in (*after.values(), *changes.added)}
    known_ids = {entry.key: person_id for person_id, entry in after.items()}
    joined = {
        page_id: key
        for page_id, key in namesakes(roster.on_pages(tx, course.id), names).items()
        if key not in known_ids or _mergeable(tx, known_ids[key], page_id)
    }
    closes = not course.linked_only and courses.in_force(tx, course.id)[ROSTER_REQUIRED] == "auto"
    return RosterPlan(file, changes, joined, closes)


def _mergeable(tx: Connection, keep: int, gone: int) -> bool:
    try:
        merge.check(tx, keep, gone)
    except CourseError:  # two accounts or two groups: for staff to decide, one by one
        return False
    return True


def _keep(tx: Connection, place: str, actor: Actor, data: bytes, file: RosterFile, now: datetime) -> RosterPreview:
    course = courses.at_place(tx, place)
    plan = _plan(tx, course, file)
    if plan.empty:
        return RosterPreview(plan, None)
    return RosterPreview(plan, proposals.keep(tx, course.id, _KIND, actor.key, data, plan.digest, now))


def _kept(tx: Connection, place: str, token: str) -> bytes:
    return proposals.kept(tx, courses.at_place(tx, place).id, _KIND, token)[0]


def _confirm(tx: Connection, place: str, actor: Actor, token: str, file: RosterFile, now: datetime) -> RosterImported:
    courses.hold(tx, place=place)
    course = courses.at_place(tx, place)
    _, digest = proposals.take(tx, course.id, _KIND, token)
    plan = _plan(tx, course, file)
    if plan.digest != digest:
        raise CourseError(
            "The roster has changed since this preview. Run `/staff import roster` again to see what changes now."
        )
    changes = plan.diff
    for gone in changes.dropped:
        leaving.drop(tx, course, gone.id, actor.key, now)
    for change in (*changes.changed, *changes.returned):
        roster.change(tx, change.id, change.after)
    roster.add(tx, course.id, changes.added, now)
    ids = roster.ids(tx, course.id)
    for page_id, key in plan.joined.items():
        merge.merge(tx, ids[key], page_id, now)
    courses.settle(tx, course.id)
    counts = [
        (len(changes.added), "added"),
        (len(changes.returned), "returned"),
        (len(changes.changed), "changed"),
        (len(changes.dropped), "dropped"),
        (len(plan.joined), "found on the course page"),
    ]
    summary = ", ".join(f"{number} {what}" for number, what in counts if number)
    audit.record(tx, course.id, actor.key, f"imported a roster: {summary}", now)
    return RosterImported(plan, tuple(roster.codes(tx, course.id, now)))


def _codes(tx: Connection, place: str, now: datetime) -> tuple[Code, ...]:
    courses.hold(tx, place=place)
    return tuple(roster.codes(tx, courses.at_place(tx, place).id, now))
