"""Which course a server holds, what config.toml says of it and what staff set up."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from bot.core.errors import CourseError
from bot.core.people import Actor, require_staff
from bot.core.policy import SETTINGS
from bot.core.times import END_OF_DAY, wall
from bot.store import audit, courses, milestones
from bot.store.courses import CourseRow
from bot.store.database import Database

LOCK = "groups.lock"
_SET_UP = {"announce_channel": "announcement channel", "staff_channel": "staff channel", "staff_role": "staff role"}


@dataclass(frozen=True, slots=True)
class CourseSeed:
    """The course as config.toml describes it; `group_lock_at` is an instant in UTC or None,
    `policies` the values (as text, checked) of the policies it names, `milestones` name and instant."""

    key: str
    code: str
    title: str
    term: str
    zone: ZoneInfo
    group_size: int
    group_min_size: int
    group_lock_at: datetime | None
    policies: Mapping[str, str] = field(default_factory=dict)
    milestones: tuple[tuple[str, datetime], ...] = ()


@dataclass(frozen=True, slots=True)
class SetUp:
    """What `/staff setup` left behind."""

    title: str
    announce_channel: str | None
    staff_channel: str | None
    staff_role: str | None
    group_lock_at: datetime | None
    bound_now: bool


class Courses:
    """The course itself. `changed` is called when something that reminders depend on may have changed."""

    def __init__(self, database: Database, key: str, changed: Callable[[], None] = lambda: None) -> None:
        self._database = database
        self._key = key
        self._changed = changed

    async def seed(self, seed: CourseSeed, now: datetime) -> None:
        """Enter the course, or bring it in line with config.toml; what staff set by command stays."""
        await self._database.write(_seed, seed, now)

    async def staff_role(self, place: str) -> str | None:
        """The platform's id of the staff role, None when none is set (or no course is)."""
        try:
            return (await self._database.read(courses.at_place, place)).staff_role
        except CourseError:
            return None

    async def staff_channel(self, place: str) -> str | None:
        """The platform's id of the staff channel, None when none is set (or no course is)."""
        try:
            return (await self._database.read(courses.at_place, place)).staff_channel
        except CourseError:
            return None

    async def set_up(
        self,
        place: str,
        actor: Actor,
        now: datetime,
        *,
        announce_channel: str | None = None,
        staff_channel: str | None = None,
        staff_role: str | None = None,
        lock: str | None = None,
    ) -> SetUp:
        """Tie the course to `place` and keep what is given; what is None stays as it was.

        `lock` is "2024-01-23" (23:59 course time) or "2024-01-23 18:00".

        Raises:
            CourseError: the actor is not staff, another server holds the course, or `lock` is no date.
        """
        require_staff(actor)
        given = {
            "announce_channel": announce_channel,
            "staff_channel": staff_channel,
            "staff_role": staff_role,
        }
        values = {key: value for key, value in given.items() if value is not None}
        result = await self._database.write(_set_up, self._key, place, actor.key, values, lock, now)
        self._changed()
        return result


def _seed(tx: Connection, seed: CourseSeed, now: datetime) -> None:
    row = courses.by_key(tx, seed.key)
    values: dict[str, object] = {
        "code": seed.code,
        "title": seed.title,
        "term": seed.term,
        "zone": seed.zone.key,
        "group_size": seed.group_size,
        "group_min_size": seed.group_min_size,
    }
    if row is None:
        courses.create(tx, seed.key, now, **values)
        row = courses.by_key(tx, seed.key)
        assert row is not None
    lock = (_iso(seed.group_lock_at), "config")
    stored = courses.policies(tx, row.id).get(LOCK)
    if stored is None or stored[1] == "config":
        values["group_lock_at"] = seed.group_lock_at
        if stored != lock:
            courses.set_policy(tx, row.id, LOCK, *lock, now)
    courses.change(tx, row.id, **values)
    stored_policies = courses.policies(tx, row.id)
    for setting in SETTINGS:
        value = seed.policies.get(setting.key)
        key_stored = stored_policies.get(setting.key)
        if value is None and key_stored and key_stored[1] == "config":
            courses.drop_policy(tx, row.id, setting.key)
        elif value is not None and key_stored != (value, "config") and (key_stored or ("", "config"))[1] == "config":
            courses.set_policy(tx, row.id, setting.key, value, "config", now)
    courses.settle(tx, row.id)
    milestones.line_up(tx, row.id, "config", seed.milestones, now)


def _set_up(
    tx: Connection, key: str, place: str, actor: str, values: dict[str, str], lock: str | None, now: datetime
) -> SetUp:
    row = courses.by_key(tx, key)
    if row is None:
        raise CourseError("This bot has no course yet: fill in [course] in config.toml and start it again.")
    if row.place is not None and row.place != place:
        raise CourseError("This bot already runs its course on another server; one bot serves one server.")
    courses.release(tx, place)  # last term's course, on the same server; its data stays
    changes: dict[str, object] = {**values, "place": place}
    if lock is not None:
        changes["group_lock_at"] = read_lock(lock, row.zone)
        courses.set_policy(tx, row.id, LOCK, lock, "staff", now)
    courses.change(tx, row.id, **changes)
    courses.settle(tx, row.id)
    changed = [_SET_UP[name] for name in values] + ([f"groups lock {lock}"] if lock is not None else [])
    what = "set up the course on this server" if row.place is None else "changed the set-up"
    audit.record(tx, row.id, actor, f"{what}: {', '.join(changed)}" if changed else what, now)
    after = courses.at_place(tx, place)
    return SetUp(
        title=label(after),
        announce_channel=after.announce_channel,
        staff_channel=after.staff_channel,
        staff_role=after.staff_role,
        group_lock_at=after.group_lock_at,
        bound_now=row.place is None,
    )


def label(row: CourseRow) -> str:
    """The course in a few words: "EECS 598 · Systems for Generative AI · W24"."""
    return " · ".join(part for part in (row.code, row.title, row.term) if part)


def read_lock(text: str, zone: ZoneInfo) -> datetime:
    """The instant that "2024-01-23" or "2024-01-23 18:00" names in `zone`.

    Raises:
        CourseError: it is neither.
    """
    match = re.fullmatch(r"(\d{4}-\d{1,2}-\d{1,2})(?:[ T](\d{1,2}):(\d{2}))?", text.strip())
    try:
        if match:
            year, month, day = map(int, match[1].split("-"))
            at = time(int(match[2]), int(match[3])) if match[2] else END_OF_DAY
            return wall(date(year, month, day), at, zone)
    except ValueError:
        pass
    raise CourseError(f"“{text[:40]}” is not a date. Write it like 2024-01-23, or 2024-01-23 18:00 with a time.")


def _iso(moment: datetime | None) -> str:
    return moment.astimezone(UTC).isoformat() if moment else ""
