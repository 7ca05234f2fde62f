"""The course's policies: what is in force, and staff changing one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.core.people import Actor, require_staff
from bot.core.policy import SETTINGS, Policies, check, named
from bot.store import audit, courses
from bot.store.database import Database


@dataclass(frozen=True, slots=True)
class PolicyLine:
    """One policy as it stands; `source` is "default", "config" or "staff"."""

    key: str
    value: str
    about: str
    source: str


class PolicyService:
    """Reading and changing policies. `changed` is called when something that reminders depend on may have changed."""

    def __init__(self, database: Database, changed: Callable[[], None]) -> None:
        self._database = database
        self._changed = changed

    async def lines(self, place: str, actor: Actor) -> tuple[PolicyLine, ...]:
        """Every policy.

        Raises:
            CourseError: the actor is not staff, or no course is here.
        """
        require_staff(actor)
        return await self._database.read(_lines, place)

    async def one(self, place: str, actor: Actor, key: str) -> PolicyLine:
        """The policy called `key`.

        Raises:
            CourseError: the actor is not staff, no course is here, or there is no such policy.
        """
        wanted = named(key)
        return next(line for line in await self.lines(place, actor) if line.key == wanted.key)

    async def put(self, place: str, actor: Actor, key: str, value: str, now: datetime) -> PolicyLine:
        """Set one.

        Raises:
            CourseError: the actor is not staff, no course is here, no such policy, or it cannot have this value.
        """
        require_staff(actor)
        setting, text = check(key, value)
        line = PolicyLine(setting.key, text, setting.about, "staff")
        await self._database.write(_put, place, actor, line, now)
        self._changed()
        return line


def _lines(tx: Connection, place: str) -> tuple[PolicyLine, ...]:
    stored = courses.policies(tx, courses.at_place(tx, place).id)
    policies = Policies({key: value for key, (value, _) in stored.items()})
    return tuple(
        PolicyLine(one.key, policies.text(one), one.about, stored[one.key][1] if one.key in stored else "default")
        for one in SETTINGS
    )


def _put(tx: Connection, place: str, actor: Actor, line: PolicyLine, now: datetime) -> None:
    course = courses.at_place(tx, place)
    courses.hold(tx, id=course.id)
    before = courses.in_force(tx, course.id)
    setting, _ = check(line.key, line.value)
    courses.set_policy(tx, course.id, line.key, line.value, "staff", now)
    courses.settle(tx, course.id)
    audit.record(tx, course.id, actor.key, f"policy {line.key}: {before.text(setting)} → {line.value}", now)
