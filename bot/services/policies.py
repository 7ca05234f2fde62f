"""The course's policies: what is in force, and staff changing one; what moves deadlines is shown first."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.core.deadlines import Moved
from bot.core.errors import CourseError
from bot.core.people import Actor, require_staff
from bot.core.policy import SETTINGS, Policies, check, named
from bot.services import moving
from bot.services.due_work import Desk
from bot.store import audit, courses, deadlines, proposals
from bot.store.database import Database

_KIND = "policy"


@dataclass(frozen=True, slots=True)
class PolicyLine:
    """One policy as it stands; `source` is "default", "config" or "staff"."""

    key: str
    value: str
    about: str
    source: str


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """A policy that was set or, with a `token`, that waits for a confirmation: it moves `total` deadlines, of which
    `moved` are the first. `before` is what it was."""

    line: PolicyLine
    before: str
    moved: tuple[Moved, ...]
    total: int
    token: str | None


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

    async def put(self, place: str, actor: Actor, key: str, value: str, now: datetime) -> PolicyChange:
        """Set one, or show which deadlines it would move; then `confirm` sets it.

        Raises:
            CourseError: the actor is not staff, no course is here, no such policy, or it cannot have this value.
        """
        require_staff(actor)
        setting, text = check(key, value)
        line = PolicyLine(setting.key, text, setting.about, "staff")
        change = await self._database.write(_put, place, actor, line, now)
        if change.token is None:
            self._changed()
        return change

    async def confirm(self, place: str, actor: Actor, token: str, now: datetime) -> PolicyChange:
        """Set a policy that moves deadlines, as it was shown; everyone is told.

        Raises:
            CourseError: the actor is not staff, the preview is gone, or it would move others by now.
        """
        require_staff(actor)
        change = await self._database.write(_confirm, place, actor, token, now)
        self._changed()
        return change


def _lines(tx: Connection, place: str) -> tuple[PolicyLine, ...]:
    stored = courses.policies(tx, courses.at_place(tx, place).id)
    policies = Policies({key: value for key, (value, _) in stored.items()})
    return tuple(
        PolicyLine(one.key, policies.text(one), one.about, stored[one.key][1] if one.key in stored else "default")
        for one in SETTINGS
    )


def _put(tx: Connection, place: str, actor: Actor, line: PolicyLine, now: datetime) -> PolicyChange:
    course = courses.at_place(tx, place)
    courses.hold(tx, id=course.id)
    before = courses.in_force(tx, course.id).text(check(line.key, line.value)[0])
    moved = moving.moves(Desk(tx, course, now), line.key, before, line.value)
    token = None
    if moved:
        payload = json.dumps([line.key, line.value]).encode()
        token = proposals.keep(tx, course.id, _KIND, actor.key, payload, _digest(before, moved), now)
    else:
        _set(tx, course.id, actor, line, before, now)
    return PolicyChange(line, before, tuple(moved[: moving.SHOWN]), len(moved), token)


def _confirm(tx: Connection, place: str, actor: Actor, token: str, now: datetime) -> PolicyChange:
    course = courses.at_place(tx, place)
    courses.hold(tx, id=course.id)
    payload, digest = proposals.take(tx, course.id, _KIND, token)
    key, value = json.loads(payload)
    setting, value = check(key, value)
    before = courses.in_force(tx, course.id).text(setting)
    moved = moving.moves(Desk(tx, course, now), key, before, value)
    if _digest(before, moved) != digest:
        raise CourseError("What this moves has changed since the preview. Give `/staff policy` again to see it.")
    line = PolicyLine(key, value, setting.about, "staff")
    _set(tx, course.id, actor, line, before, now)
    deadlines.note_change(tx, course.id, key, before, value, actor.key, now)
    return PolicyChange(line, before, tuple(moved[: moving.SHOWN]), len(moved), None)


def _set(tx: Connection, course_id: int, actor: Actor, line: PolicyLine, before: str, now: datetime) -> None:
    courses.set_policy(tx, course_id, line.key, line.value, "staff", now)
    courses.settle(tx, course_id)
    audit.record(tx, course_id, actor.key, f"policy {line.key}: {before} → {line.value}", now)


def _digest(before: str, moved: list[Moved]) -> str:
    return hashlib.sha256(repr((before, moved)).encode()).hexdigest()
