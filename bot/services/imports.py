"""A course page into the schedule: read, compare, show, and only then write."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from bot.core.course import Kind, PageSession, Role
from bot.core.errors import CourseError
from bot.core.meetings import Meeting, with_times
from bot.core.people import Actor, require_staff
from bot.core.roster import same_name
from bot.core.schedule_diff import ScheduleDiff, SessionChange, Stored, diff_schedule, keep_unsaid
from bot.core.schedule_words import describe
from bot.core.staff_edits import Merged, keep_staffs
from bot.core.times import deadline_instant
from bot.importers.page import PageHints, PagePlan, PageWarning, read_page
from bot.store import audit, courses, milestones, people, proposals, schedule, session_changes
from bot.store import duties as duties_store
from bot.store.courses import CourseRow
from bot.store.database import Database
from bot.store.milestones import Change

_KIND = "schedule"


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What a page says (`plan`, with times filled in) and what importing it would change. `kept` and `undone` say what
    becomes of classes that staff changed by command, one sentence each."""

    plan: PagePlan
    diff: ScheduleDiff
    milestones: tuple[Change, ...] = ()
    kept: tuple[str, ...] = ()
    undone: tuple[str, ...] = ()

    @property
    def changes(self) -> tuple[str, ...]:
        """One sentence a change: sessions in order of date, then milestones."""
        return (*(describe(change) for change in self.diff.changes), *map(_describe, self.milestones))

    @property
    def cancelled(self) -> tuple[int, int]:
        """How many classes it would cancel, and of how many that are stored."""
        stored = [change for change in self.diff.changes if change.before is not None]
        return sum(change.after is None for change in stored), len(stored) + self.diff.unchanged

    @property
    def digest(self) -> str:
        """Two plans with this in common change the same things in the same way."""
        return hashlib.sha256(repr((self.diff.changes, self.milestones)).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """A plan waiting for confirmation under `token`; the token is None when there is nothing to change."""

    plan: ImportPlan
    token: str | None


class Imports:
    """Importing course pages. `hints` is what config.toml knows, `pattern` when classes meet."""

    def __init__(self, database: Database, key: str, hints: PageHints, pattern: Sequence[Meeting]) -> None:
        self._database = database
        self._key = key
        self._hints = hints
        self._pattern = tuple(pattern)

    async def compare(self, data: bytes) -> ImportPlan:
        """The page beside what is stored.

        Raises:
            CourseError: the page cannot be read as a schedule of this term, or a session's time is nowhere to be found.
        """
        plan = await self._read(data)
        return await self._database.read(self._by_key(_compare), plan)

    async def apply(self, data: bytes, actor: str, now: datetime) -> ImportPlan:
        """Import the page at once, on the word of whoever runs the command line.

        Raises:
            CourseError: as `compare`.
        """
        plan = await self._read(data)
        return await self._database.write(self._by_key(_apply), plan, actor, now)

    async def preview(self, place: str, actor: Actor, data: bytes, now: datetime) -> ImportPreview:
        """Compare, and keep the page until staff confirm (or a week has passed).

        Raises:
            CourseError: as `compare`; or the actor is not staff.
        """
        require_staff(actor)
        plan = await self._read(data)
        return await self._database.write(_keep, place, actor, data, plan, now)

    async def confirm(self, place: str, actor: Actor, token: str, now: datetime) -> ImportPlan:
        """Apply the previewed page.

        Raises:
            CourseError: the actor is not staff, the preview is gone, or the schedule has changed since.
        """
        require_staff(actor)
        plan = await self._read(await self._database.read(_kept, place, token))
        return await self._database.write(_confirm, place, token, plan, actor.key, now)

    async def _read(self, data: bytes) -> PagePlan:
        """The page as a plan in which every session has its times."""
        plan = await asyncio.to_thread(read_page, data, self._hints)
        sessions, warnings = [], list(plan.warnings)
        for session in plan.sessions:
            timed, warning = with_times(session, self._pattern)
            sessions.append(timed)
            if warning:
                warnings.append(PageWarning(session.line, warning))
        return replace(plan, sessions=tuple(sessions), warnings=tuple(warnings))

    def _by_key(self, work: Callable[..., ImportPlan]) -> Callable[..., ImportPlan]:
        def run(tx: Connection, *args: object) -> ImportPlan:
            course = courses.by_key(tx, self._key)
            if course is None:
                raise CourseError("The database has no course yet: run `python -m bot db upgrade` first.")
            return work(tx, course, *args)

        return run


def _compare(tx: Connection, course: CourseRow, plan: PagePlan) -> ImportPlan:
    dates = milestones.compare(tx, course.id, "page", _milestones(course, plan))
    merged = _diff(tx, course, plan)
    return ImportPlan(plan, merged.diff, dates, merged.kept, merged.undone)


def _milestones(course: CourseRow, plan: PagePlan) -> list[tuple[str, datetime]]:
    return [(one.name, deadline_instant(one.due, course.zone)) for one in plan.milestones]


def _describe(change: Change) -> str:
    if change.after is None:
        assert change.before is not None
        return f"Milestone {change.before.name}: no longer on the page"
    name, due_at = change.after
    what = "new" if change.before is None else "changed"
    return f"Milestone {name}: {what}, due {due_at:%Y-%m-%d %H:%M} UTC"


def _diff(tx: Connection, course: CourseRow, plan: PagePlan) -> Merged:
    stored = [
        Stored(view.id, view.as_page(course.zone), view.cancelled)
        for view in schedule.every(tx, course.id, cancelled=True)
    ]
    diff = diff_schedule(stored, _as_known(tx, course, plan.sessions))
    diff = keep_unsaid(diff, duties_store.taken_by_command(tx, course.id))
    return keep_staffs(diff, session_changes.staff_edits(tx, course.id, course.zone))


def _as_known(tx: Connection, course: CourseRow, sessions: Sequence[PageSession]) -> list[PageSession]:
    """The sessions with people under their names in the course, where the page is known to call them otherwise."""
    called = people.called(tx, course.id)

    def known(name: str) -> str:
        return called.get(same_name(name), name)

    return [
        replace(session, duties={role: tuple(map(known, names)) for role, names in session.duties.items()})
        for session in sessions
    ]


def _apply(tx: Connection, course: CourseRow, plan: PagePlan, actor: str, now: datetime) -> ImportPlan:
    courses.hold(tx, id=course.id)
    compared = _compare(tx, course, plan)
    diff = compared.diff
    milestones.line_up(tx, course.id, "page", _milestones(course, plan), now)
    changes = [(change, schedule.holders(tx, change.stored_id or 0)) for change in diff.changes]
    wanted: set[str] = set()
    for change, holders in changes:
        named = set().union(*change.after.duties.values()) if change.after else set()
        wanted |= named - holders.keys()
    persons = _persons(tx, course.id, _as_known(tx, course, plan.sessions), wanted, now)
    for change, holders in changes:
        _write(tx, course, change, persons | holders, actor, now)
    if diff.changes:
        number = "1 session" if len(diff.changes) == 1 else f"{len(diff.changes)} sessions"
        audit.record(tx, course.id, actor, f"imported a schedule: {number} changed", now)
    for one in compared.milestones:
        audit.record(tx, course.id, actor, f"imported a schedule: {_describe(one)}", now)
    return compared


def _write(
    tx: Connection,
    course: CourseRow,
    change: SessionChange,
    persons: dict[str, int],
    actor: str,
    now: datetime,
) -> None:
    after, session_id = change.after, change.stored_id
    if after is None:
        assert session_id is not None
        schedule.cancel(tx, session_id, now)
    else:
        if session_id is None:
            session_id = schedule.add(tx, course.id, after, course.zone)
        else:
            schedule.change(tx, course.id, session_id, after, course.zone)
        schedule.set_readings(tx, course.id, session_id, after.readings, now)
        duties = {role: tuple(persons[name] for name in names) for role, names in after.duties.items()}
        schedule.set_duties(tx, course.id, session_id, duties, now)
        duties_store.adopt(tx, course.id, session_id, now)
    what = ", ".join(sorted(item.value for item in change.changes))
    schedule.record(tx, course.id, session_id, actor, what, change.before, after, now)


def _persons(
    tx: Connection, course_id: int, sessions: Sequence[PageSession], wanted: set[str], now: datetime
) -> dict[str, int]:
    """Ids of those the page names in `wanted`; who is new is entered as the page shows them: staff, guest or student.

    A name does not tell which of two people is meant, so whoever has a duty and is still named there keeps it: they
    are not looked for here.
    """
    kinds: dict[str, str] = {}
    for session in sessions:
        for role, names in session.duties.items():
            for name in names:
                kinds.setdefault(name, "student")
                if role is Role.PRESENTER and session.kind is Kind.LECTURE:
                    kinds[name] = "staff"
                elif role is Role.PRESENTER and session.kind is Kind.GUEST and kinds[name] != "staff":
                    kinds[name] = "guest"
    known = people.named(tx, course_id, wanted)
    for name, kind in kinds.items():
        if name in wanted and name not in known:
            known[name] = people.add(tx, course_id, f"page:{name.casefold()}", name, kind, now, origin="page")
    return known


def _keep(tx: Connection, place: str, actor: Actor, data: bytes, plan: PagePlan, now: datetime) -> ImportPreview:
    course = courses.at_place(tx, place)
    compared = _compare(tx, course, plan)
    if not compared.changes:
        return ImportPreview(compared, None)
    return ImportPreview(compared, proposals.keep(tx, course.id, _KIND, actor.key, data, compared.digest, now))


def _kept(tx: Connection, place: str, token: str) -> bytes:
    return proposals.kept(tx, courses.at_place(tx, place).id, _KIND, token)[0]


def _confirm(tx: Connection, place: str, token: str, plan: PagePlan, actor: str, now: datetime) -> ImportPlan:
    course = courses.at_place(tx, place)
    courses.hold(tx, id=course.id)
    _, digest = proposals.take(tx, course.id, _KIND, token)
    if _compare(tx, course, plan).digest != digest:
        raise CourseError(
            "The schedule has changed since this preview. Run `/staff import schedule` again to see what changes now."
        )
    return _apply(tx, course, plan, actor, now)
