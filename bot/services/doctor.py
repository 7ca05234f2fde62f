"""What is well and what is not, in sentences with the cure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, text

from bot.core.errors import CourseError
from bot.core.people import Actor, require_staff
from bot.core.policy import EVENTS, GROUP_ROLE, GROUP_ROOM
from bot.services.courses import label
from bot.store import backups, courses, groups, migrate, outbox, schedule, students
from bot.store.courses import CourseRow
from bot.store.database import Database

_STALE = timedelta(days=2)
"""A backup older than this is no nightly one."""


class Verdict(StrEnum):
    """How a check came out."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """One finding. `at` is an instant the text refers to as `{at}`."""

    verdict: Verdict
    text: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All findings, and the channels that the front end should look at with its own eyes.

    `group_role` and `group_room` ("none", "channel" or "thread") are what each group should have by policy; `events`
    whether classes should have events.
    """

    checks: tuple[Check, ...]
    announce_channel: str | None
    staff_channel: str | None
    group_role: bool
    group_room: str
    events: bool


class Doctor:
    """Looks, never touches. `nightly`: whether config.toml wants a backup each night."""

    def __init__(self, database: Database, key: str, *, nightly: bool) -> None:
        self._database = database
        self._key = key
        self._nightly = nightly

    async def examine(self, place: str, actor: Actor, now: datetime) -> Diagnosis:
        """The findings for staff on a server.

        Raises:
            CourseError: the actor is not staff, or no course is here.
        """
        require_staff(actor)
        return await self._database.read(lambda tx: self._examine(tx, courses.at_place(tx, place), now))

    async def examine_course(self, now: datetime) -> Diagnosis:
        """The same for the command line.

        Raises:
            CourseError: the database has no course.
        """

        def work(tx: Connection) -> Diagnosis:
            course = courses.by_key(tx, self._key)
            if course is None:
                raise CourseError("the database has no course yet: `python -m bot run` or `db upgrade` enters it")
            return self._examine(tx, course, now)

        return await self._database.read(work)

    def _examine(self, tx: Connection, course: CourseRow, now: datetime) -> Diagnosis:
        return _examine(tx, course, now, nightly=self._nightly)


def _examine(tx: Connection, course: CourseRow, now: datetime, *, nightly: bool) -> Diagnosis:
    sessions = len(schedule.ends(tx, course.id))
    checks = [
        _database(tx),
        _backups(tx, now, nightly=nightly),
        Check(Verdict.OK, f"Course: {label(course)} ({course.zone.key})")
        if course.place
        else Check(Verdict.WARN, "The course is tied to no server yet: use `/staff setup` there."),
        Check(Verdict.OK, f"Schedule: {sessions} sessions.")
        if sessions
        else Check(Verdict.WARN, "There is no schedule yet: use `/staff import schedule`."),
        Check(Verdict.OK, "Announcement channel is set.")
        if course.announce_channel
        else Check(Verdict.FAIL, "No announcement channel: reminders cannot be posted. Use `/staff setup`."),
        _lock(course, now),
        *_students(tx, course, now),
    ]
    checks += [
        Check(Verdict.FAIL, f"A message waits and is tried again by itself: {error}.")
        for error in outbox.troubles(tx, course.id)
    ]
    policies = courses.in_force(tx, course.id)
    role, room = policies[GROUP_ROLE] == "yes", policies[GROUP_ROOM]
    return Diagnosis(
        tuple(checks), course.announce_channel, course.staff_channel, role, room, policies[EVENTS] == "yes"
    )


def _database(tx: Connection) -> Check:
    revision = tx.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if revision != migrate.HEAD:
        return Check(Verdict.FAIL, f"Database at revision {revision}, expected {migrate.HEAD}: restart the bot.")
    if tx.dialect.name == "sqlite":
        mode, sync = (
            tx.execute(text("PRAGMA journal_mode")).scalar(),
            tx.execute(text("PRAGMA synchronous")).scalar(),
        )
        if (mode, sync) != ("wal", 2):
            return Check(Verdict.FAIL, f"SQLite runs with journal {mode}, synchronous {sync}: expected wal and 2.")
    return Check(Verdict.OK, f"Database: {tx.dialect.name}, revision {revision}.")


def _backups(tx: Connection, now: datetime, *, nightly: bool) -> Check:
    if tx.dialect.name != "sqlite":
        return Check(
            Verdict.OK, "Backups: PostgreSQL is backed up with pg_dump, not by the bot. Let it run each night."
        )
    if not nightly:
        return Check(Verdict.WARN, "Backups: none at night. Set `backup_at` in config.toml, or copy by other means.")
    trouble, last = backups.trouble(tx), backups.last(tx)
    if trouble is not None:
        cure = "Look at the disk and the backups folder; the bot tries again every hour."
        return Check(Verdict.FAIL, f"The nightly backup fails since {{at}}: {trouble.what}. {cure}", trouble.at)
    if last is None:
        return Check(Verdict.OK, "Backups: each night; the first is made when the bot runs.")
    if now - last.at > _STALE:
        return Check(Verdict.WARN, "The last nightly backup is from {at}. One is made when the bot runs.", last.at)
    return Check(Verdict.OK, f"Backups: the last, `{last.what}`, was made {{at}}.", last.at)


def _students(tx: Connection, course: CourseRow, now: datetime) -> list[Check]:
    """Who is not linked yet; and once groups are locked, who is in none, and which are too small."""
    checks = []
    listed = [one.id for one in students.every(tx, course.id) if one.login and one.dropped_at is None]
    if listed:
        platform = (course.place or "").partition(":")[0]
        alone = sum(member.user_id is None for member in students.members(tx, listed, platform).values())
        missing = f", {alone} not linked yet: `/staff student codes` has their codes" if alone else ", all linked"
        checks.append(Check(Verdict.OK, f"Roster: {len(listed)} students{missing}."))
    if course.group_lock_at is None or now < course.group_lock_at:
        return checks
    if left := len(students.left_over(tx, course)):
        who = "1 student is" if left == 1 else f"{left} students are"
        checks.append(Check(Verdict.WARN, f"{who} in no group: use `/staff groups place-leftovers`."))
    small = [one.name for one in groups.board(tx, course.id, "") if len(one.members) < course.group_min_size]
    if small:
        names = ", ".join(small[:10]) + (" and more" if len(small) > 10 else "")
        cure = "Use `/staff groups place-leftovers`, `/staff groups merge` or `/staff student move`."
        checks.append(Check(Verdict.WARN, f"Fewer than {course.group_min_size} members: {names}. {cure}"))
    return checks


def _lock(course: CourseRow, now: datetime) -> Check:
    if course.group_lock_at is None:
        return Check(Verdict.WARN, "No lock date for groups: set `groups.lock` in config.toml or use `/staff setup`.")
    word = "locked since" if now >= course.group_lock_at else "lock on"
    return Check(Verdict.OK, f"Groups {word} {{at}}.", course.group_lock_at)
