"""Milestones by staff's command: shown first, then set or removed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.core.deadlines import slug
from bot.core.errors import CourseError
from bot.core.people import Actor, require_staff
from bot.core.times import Term, deadline_instant
from bot.importers.dues import read_due
from bot.store import audit, courses, milestones, proposals
from bot.store.courses import CourseRow
from bot.store.database import Database
from bot.store.milestones import MilestoneRow

NAME_MAX = 80
_KIND = "milestone"
_STAFF = "staff"


@dataclass(frozen=True, slots=True)
class MilestoneChange:
    """What would change, or has (no `token`): `before` and `after` are the moments, None where there is none.

    `doubts` are about how the date was read.
    """

    name: str
    before: datetime | None
    after: datetime | None
    doubts: tuple[str, ...]
    token: str | None


class MilestoneService:
    """Setting and removing milestones. `changed` is called when reminders may depend on it; `term` gives dates their
    year."""

    def __init__(self, database: Database, term: Term | None, changed: Callable[[], None]) -> None:
        self._database = database
        self._term = term
        self._changed = changed

    async def preview_set(self, place: str, actor: Actor, name: str, due: str, now: datetime) -> MilestoneChange:
        """Read `due` ("2024-02-09", "May 1, 6 PM") and show what setting it would do.

        Raises:
            CourseError: not staff, no course here, no name, no date, or a date that is past.
        """
        require_staff(actor)
        return await self._database.write(_preview_set, place, actor, name, due, self._term, now)

    async def preview_remove(self, place: str, actor: Actor, name: str, now: datetime) -> MilestoneChange:
        """Show what removing it would do.

        Raises:
            CourseError: not staff, no course here, or no such milestone.
        """
        require_staff(actor)
        return await self._database.write(_preview_remove, place, actor, name, now)

    async def confirm(self, place: str, actor: Actor, token: str, now: datetime) -> MilestoneChange:
        """Do what was shown.

        Raises:
            CourseError: not staff, the preview is gone, or the milestone has changed since.
        """
        require_staff(actor)
        done = await self._database.write(_confirm, place, actor, token, now)
        self._changed()
        return done

    async def names(self, place: str, typed: str) -> list[str]:
        """The milestones whose name contains what was typed; none where there is no course."""
        try:
            every = await self._database.read(lambda tx: milestones.every(tx, courses.at_place(tx, place).id))
        except CourseError:
            return []
        return [one.name for one in every if typed.casefold() in one.name.casefold()]


def _find(tx: Connection, course: CourseRow, name: str) -> MilestoneRow | None:
    return next((one for one in milestones.every(tx, course.id) if one.key == slug(name)), None)


def _preview_set(
    tx: Connection, place: str, actor: Actor, name: str, text: str, term: Term | None, now: datetime
) -> MilestoneChange:
    course = courses.at_place(tx, place)
    name = " ".join(name.split())
    if not any(c.isalnum() for c in name) or len(name) > NAME_MAX:
        raise CourseError(f"Give the milestone a name of at most {NAME_MAX} characters, such as “Project proposal”.")
    due, warnings = read_due(text, term, course.zone, 0)
    at = deadline_instant(due, course.zone)
    if at <= now:
        raise CourseError("That moment is past ({at}). A milestone is due in the future.", at=at)
    there = _find(tx, course, name)
    if there and (there.name, there.due_at) == (name, at):
        raise CourseError("The milestone “" + name + "” is due then already: {at}.", at=at)
    return _keep(tx, course, actor, there, name, at, tuple(one.text for one in warnings), now)


def _preview_remove(tx: Connection, place: str, actor: Actor, name: str, now: datetime) -> MilestoneChange:
    course = courses.at_place(tx, place)
    there = _find(tx, course, name)
    if there is None:
        names = ", ".join(f"“{one.name}”" for one in milestones.every(tx, course.id))
        raise CourseError(f"There is no milestone “{name[:60]}”. " + (f"There are: {names}." if names else ""))
    return _keep(tx, course, actor, there, there.name, None, (), now)


def _keep(
    tx: Connection,
    course: CourseRow,
    actor: Actor,
    there: MilestoneRow | None,
    name: str,
    at: datetime | None,
    doubts: tuple[str, ...],
    now: datetime,
) -> MilestoneChange:
    payload = json.dumps([name, at.isoformat() if at else None]).encode()
    token = proposals.keep(tx, course.id, _KIND, actor.key, payload, repr(there), now)
    return MilestoneChange(name, there.due_at if there else None, at, doubts, token)


def _confirm(tx: Connection, place: str, actor: Actor, token: str, now: datetime) -> MilestoneChange:
    courses.hold(tx, place=place)
    course = courses.at_place(tx, place)
    payload, digest = proposals.take(tx, course.id, _KIND, token)
    name, moment = json.loads(payload)
    at = datetime.fromisoformat(moment) if moment else None
    there = _find(tx, course, name)
    if repr(there) != digest:
        raise CourseError("This milestone has changed since the preview. Give the command again to see it as it is.")
    if at is not None:
        milestones.put(tx, course.id, name, at, _STAFF)
        audit.record(
            tx, course.id, actor.key, f"milestone {name}: due {at.astimezone(course.zone):%Y-%m-%d %H:%M}", now
        )
    elif there is not None:
        milestones.remove(tx, there.id, _STAFF, now)
        audit.record(tx, course.id, actor.key, f"removed the milestone {name}", now)
    return MilestoneChange(name, there.due_at if there else None, at, (), None)
