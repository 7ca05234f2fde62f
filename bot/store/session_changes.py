"""Queries on what was changed in the schedule, as `bot.store.schedule.record` kept it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, and_, func, or_, select

from bot.core.course import Kind, PageSession, Reading, Role
from bot.core.schedule_diff import Change, when_of
from bot.core.schedule_notices import When
from bot.core.staff_edits import StaffEdit
from bot.core.times import wall
from bot.store.tables import account, duty, person, question, session, session_change

BY_STAFF = "by staff"
"""Stands behind what staff did by command. A session so added is news even to an empty schedule, and an old page
imported again does not undo it (`bot.core.staff_edits`)."""

_ABOUT_TIME = {Change.ADDED.value, Change.MOVED.value, Change.CANCELLED.value, Change.RESTORED.value}
_NEWS = _ABOUT_TIME | {Change.MEETS.value}


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One change; `what` are the words for it, `reason` what staff gave for it. `before` is when the session was then,
    `title` what it was called, and `met` whether it was a class and no day off."""

    id: int
    session_id: int
    at: datetime
    what: frozenset[str]
    reason: str | None
    before: When | None
    title: str
    met: bool


def since(tx: Connection, course_id: int, at: datetime) -> list[tuple[int, datetime]]:
    """Id and time of each change after `at` that people may want to hear of, in the order they were made.

    A schedule that comes in for the first time is no news.
    """
    statement = select(session_change.c.id, session_change.c.at, session_change.c.what).where(
        session_change.c.course_id == course_id, session_change.c.at > at
    )
    rows = [row for row in tx.execute(statement.order_by(session_change.c.id)) if _words(row.what) & _NEWS]
    if not rows:
        return []
    first = select(func.min(session_change.c.id)).where(session_change.c.course_id == course_id).scalar_subquery()
    begun_at = tx.execute(select(session_change.c.at).where(session_change.c.id == first)).scalar_one()
    return [(row.id, row.at) for row in rows if not (row.at == begun_at and row.what == Change.ADDED.value)]


def between(tx: Connection, course_id: int, first: int, last: int, zone: ZoneInfo) -> list[ChangeRow]:
    """The changes of a course with these ids and all that `since` gives in between, in the order they were made."""
    statement = select(session_change).where(
        and_(session_change.c.course_id == course_id, session_change.c.id.between(first, last))
    )
    return [
        ChangeRow(
            id=row.id,
            session_id=row.session_id,
            at=row.at,
            what=_words(row.what),
            reason=row.what.partition(": ")[2] or None,
            before=_when(row.before, zone),
            title=_page(row.before).label if row.before else "",
            met=row.before is not None and _page(row.before).kind.meets,
        )
        for row in tx.execute(statement.order_by(session_change.c.id))
        if _words(row.what) & _NEWS
    ]


def written(changes: frozenset[Change], reason: str | None = None) -> str:
    """The words for a change that staff made by command, as they are read here."""
    words = ", ".join(sorted(change.value for change in changes))
    return f"{words} {BY_STAFF}" + (f": {reason}" if reason else "")


def staff_edits(tx: Connection, course_id: int, zone: ZoneInfo) -> dict[int, StaffEdit]:
    """By session: what staff changed about when it is held, unless an import has changed that since."""
    statement = select(session_change).where(session_change.c.course_id == course_id).order_by(session_change.c.id)
    found: dict[int, StaffEdit] = {}
    for row in tx.execute(statement):
        words = _words(row.what)
        if not words & _ABOUT_TIME:
            continue
        by_staff = row.what.partition(":")[0].endswith(f" {BY_STAFF}")
        day = row.at.astimezone(zone).date()
        if not by_staff:
            found.pop(row.session_id, None)
        elif row.session_id in found:
            found[row.session_id] = replace(found[row.session_id], day=day)
        else:
            listed = not words & {Change.ADDED.value, Change.RESTORED.value}
            page = when_of(_page(row.before)) if listed else None
            found[row.session_id] = StaffEdit(day, page, added=Change.ADDED.value in words)
    return found


def once_met(tx: Connection, course_id: int) -> set[int]:
    """The sessions that are days off now and were classes before: calendars have them."""
    statement = select(session_change.c.session_id, session_change.c.before).join(
        session, session.c.id == session_change.c.session_id
    )
    now_off = (session.c.course_id == course_id, session.c.kind == Kind.NO_CLASS.value)
    rows = tx.execute(statement.where(*now_off, session_change.c.before.is_not(None)))
    return {row.session_id for row in rows if _page(row.before).kind.meets}


def on_duty(
    tx: Connection, session_id: int, platform: str, *, since: datetime | None = None
) -> dict[Role, list[tuple[str, str | None]]]:
    """Who has each role in a session: name, and user id on the platform, if any. Who was dropped is left out.

    With `since`, those too whose duty has ended from then on.
    """
    held = duty.c.ended_at.is_(None) if since is None else or_(duty.c.ended_at.is_(None), duty.c.ended_at >= since)
    statement = (
        select(duty.c.role, person.c.name, account.c.user_id)
        .join(person, person.c.id == duty.c.person_id)
        .outerjoin(account, and_(account.c.person_id == person.c.id, account.c.platform == platform))
        .where(duty.c.session_id == session_id, held, person.c.dropped_at.is_(None))
        .order_by(duty.c.role, duty.c.position)
    )
    found: dict[Role, list[tuple[str, str | None]]] = {}
    for row in tx.execute(statement):
        there = found.setdefault(Role(row.role), [])
        if (row.name, row.user_id) not in there:
            there.append((row.name, row.user_id))
    return {role: found[role] for role in Role if role in found}


def questions(tx: Connection, session_id: int) -> int:
    """How many questions were asked for a session and not withdrawn."""
    asked = (question.c.session_id == session_id, question.c.withdrawn_at.is_(None))
    return tx.execute(select(func.count()).select_from(question).where(*asked)).scalar_one()


def _words(what: str) -> frozenset[str]:
    return frozenset(what.partition(":")[0].removesuffix(f" {BY_STAFF}").split(", "))


def _when(stored: str | None, zone: ZoneInfo) -> When | None:
    if stored is None:
        return None
    page = _page(stored)
    assert page.starts is not None
    assert page.ends is not None
    return When(wall(page.date, page.starts, zone), wall(page.date, page.ends, zone), page.room)


def _page(stored: str) -> PageSession:
    """The row of a page that was kept, without its people."""
    values = json.loads(stored)
    return PageSession(
        date=date.fromisoformat(values["date"]),
        kind=Kind(values["kind"]),
        title=values["title"],
        topic=values["topic"],
        readings=tuple(Reading(*one) for one in values["readings"]),
        starts=time.fromisoformat(values["starts"]),
        ends=time.fromisoformat(values["ends"]),
        room=values["room"],
    )
