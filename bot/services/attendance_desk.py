"""What `bot.services.attendance` does in the database: one function, one transaction."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.core.attendance import new_key
from bot.core.errors import CourseError
from bot.core.participation import Presence, presence_of
from bot.core.people import Actor
from bot.core.policy import ATTENDANCE_CLOSES
from bot.services import vote_life
from bot.services.check_in_box import codes_of
from bot.services.panel_parts import title_of
from bot.services.students import find_student
from bot.store import attendance, audit, courses, excuses, panels, proposals, questions, schedule
from bot.store.attendance import AttendanceRow
from bot.store.courses import CourseRow

EARLY = timedelta(hours=1)
"""So long before class a check-in can be opened: one opened for another day would make everybody miss that class."""

_DISCARD = "attendance-discard"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A check-in as staff see it: `present` of the `of` students are in, `excused` of the others need not come.

    `address` is the projector's, None while that is off; then `code` is what to write on the board, shown until
    `code_until` (None: for good). `said` is what has just happened.
    """

    session_id: int
    title: str
    open: bool
    opened_at: datetime
    over_at: datetime
    present: int
    excused: int
    of: int
    address: str | None
    code: str | None
    code_until: datetime | None
    said: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One student at one class; `at` is when they checked in, `by_staff` whether they were marked by hand."""

    name: str
    presence: Presence
    at: datetime | None
    by_staff: bool


@dataclass(frozen=True, slots=True)
class Roll:
    """Who is in and who is not, by name."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Discard:
    """What is lost when a check-in is forgotten; `token` confirms it, None when it is done."""

    title: str
    present: int
    token: str | None


def open(tx: Connection, place: str, actor: Actor, session: str | None, base: str | None, now: datetime) -> Sheet:
    courses.hold(tx, place=place)
    course = courses.at_place(tx, place)
    session_id = _session_id(tx, course, session, now)
    view = vote_life.session_of(tx, course, session_id)
    title = vote_life.title_of(course, view)
    found = attendance.get(tx, course.id, session_id)
    if found is not None:
        return _sheet(tx, course, found, base, now)
    if not view.kind.meets:
        raise CourseError(f"Nobody comes to class on {title}, so there is nothing to check in to.")
    if now < view.starts_at - EARLY:
        raise CourseError(
            f"The check-in of {title} can be opened from {{at}} on. Pick the class that is on now.",
            at=view.starts_at - EARLY,
        )
    closes_at = now + courses.in_force(tx, course.id)[ATTENDANCE_CLOSES]
    attendance.create(tx, course.id, session_id, new_key(), now, closes_at)
    if base and panels.get(tx, course.id, session_id) is None:
        panels.create(tx, course.id, session_id, secrets.token_urlsafe(16), now, opened=False)
    audit.record(tx, course.id, actor.key, f"opened the check-in of {title}", now)
    return _sheet(tx, course, _held(tx, course, session_id), base, now, "The check-in is open.")


def _session_id(tx: Connection, course: CourseRow, session: str | None, now: datetime) -> int:
    if session:
        return vote_life.find_session(tx, course, session).id
    there = [
        one for one in schedule.every(tx, course.id) if one.kind.meets and one.starts_at - EARLY <= now < one.ends_at
    ]
    if len(there) == 1:
        return there[0].id
    if there:
        raise CourseError("Several classes are on now. Say which with the option `session`.")
    raise CourseError("No class is on now. Say which one you mean with the option `session`.")


def look(tx: Connection, place: str, session_id: int, base: str | None, now: datetime) -> Sheet:
    course = courses.at_place(tx, place)
    return _sheet(tx, course, _held(tx, course, session_id), base, now)


def close(tx: Connection, place: str, actor: Actor, session_id: int, base: str | None, now: datetime) -> Sheet:
    courses.hold(tx, place=place)
    course = courses.at_place(tx, place)
    found = _held(tx, course, session_id)
    if found.takes(now):
        attendance.change(tx, session_id, closed_at=now)
        found = replace(found, closed_at=now)
        audit.record(tx, course.id, actor.key, f"closed the check-in of {title_of(tx, course, session_id)}", now)
    return _sheet(tx, course, found, base, now, "The check-in is closed.")


def reopen(tx: Connection, place: str, actor: Actor, session_id: int, base: str | None, now: datetime) -> Sheet:
    courses.hold(tx, place=place)
    course = courses.at_place(tx, place)
    found = _held(tx, course, session_id)
    if not found.takes(now):
        closes_at = now + courses.in_force(tx, course.id)[ATTENDANCE_CLOSES]
        attendance.change(tx, session_id, closed_at=None, closes_at=closes_at)
        found = replace(found, closed_at=None, closes_at=closes_at)
        audit.record(tx, course.id, actor.key, f"opened the check-in of {title_of(tx, course, session_id)} again", now)
    return _sheet(tx, course, found, base, now, "The check-in is open again.")


def mark(
    tx: Connection,
    place: str,
    actor: Actor,
    session: str | None,
    who: str,
    there: bool,
    base: str | None,
    now: datetime,
) -> Sheet:
    courses.hold(tx, place=place)
    course = courses.at_place(tx, place)
    found = _held(tx, course, _session_id(tx, course, session, now))
    student = find_student(tx, course, who)
    is_in = (found.session_id, student.id) in attendance.there_already(tx, [found.session_id], [student.id])
    said = f"{student.name} is marked as {'there' if there else 'not there'}."
    if there == is_in:
        said = f"{student.name} was {'in' if there else 'not in'} already; nothing was changed."
    elif there:
        attendance.put(tx, course.id, [(found.session_id, student.id, now)], "staff")
    else:
        attendance.take_out(tx, found.session_id, student.id)
    if there != is_in:
        title = title_of(tx, course, found.session_id)
        text = f"marked {student.name} as {'there' if there else 'not there'} in {title}"
        audit.record(tx, course.id, actor.key, text, now)
    return _sheet(tx, course, found, base, now, said)


def roll(tx: Connection, place: str, session_id: int) -> Roll:
    course = courses.at_place(tx, place)
    _held(tx, course, session_id)
    excused = excuses.every(tx, course.id)
    there = {one.person_id: one for one in attendance.there(tx, session_id)}
    lines = []
    for person_id, name in questions.class_list(tx, course).items():
        came = there.get(person_id)
        spared = excused.cover(person_id, "attendance", session_id=session_id)
        presence = presence_of(checked_in=came is not None, excused=spared, here=True)
        assert presence is not None
        lines.append(Line(name, presence, came.at if came else None, came is not None and came.by_staff))
    return Roll(title_of(tx, course, session_id), tuple(lines))


def preview_discard(tx: Connection, place: str, actor: Actor, session_id: int, now: datetime) -> Discard:
    courses.hold(tx, place=place)
    course = courses.at_place(tx, place)
    _held(tx, course, session_id)
    present = attendance.count(tx, session_id)
    token = proposals.keep(tx, course.id, _DISCARD, actor.key, str(session_id).encode(), str(present), now)
    return Discard(title_of(tx, course, session_id), present, token)


def confirm_discard(tx: Connection, place: str, actor: Actor, token: str, now: datetime) -> Discard:
    courses.hold(tx, place=place)
    course = courses.at_place(tx, place)
    payload, shown = proposals.take(tx, course.id, _DISCARD, token)
    session_id = int(payload)
    _held(tx, course, session_id)
    present = attendance.count(tx, session_id)
    if str(present) != shown:
        raise CourseError("Somebody has checked in since this preview. Press Discard again to see how it is now.")
    attendance.discard(tx, session_id)
    title = title_of(tx, course, session_id)
    audit.record(tx, course.id, actor.key, f"discarded the check-in of {title} with {present} people", now)
    return Discard(title, present, None)


def _held(tx: Connection, course: CourseRow, session_id: int) -> AttendanceRow:
    found = attendance.get(tx, course.id, session_id)
    if found is None:
        raise CourseError("This class has no check-in. `/staff attendance` opens one.")
    return found


def _sheet(
    tx: Connection, course: CourseRow, row: AttendanceRow, base: str | None, now: datetime, said: str = ""
) -> Sheet:
    codes = codes_of(courses.in_force(tx, course.id), row)
    panel = panels.get(tx, course.id, row.session_id) if base else None
    is_open = row.takes(now)
    shown = is_open and panel is None
    listed = questions.class_list(tx, course)
    there = {one.person_id for one in attendance.there(tx, row.session_id)}
    excused = excuses.every(tx, course.id)
    return Sheet(
        session_id=row.session_id,
        title=title_of(tx, course, row.session_id),
        open=is_open,
        opened_at=row.opened_at,
        over_at=row.over_at,
        present=len(there & listed.keys()),
        excused=sum(
            excused.cover(person_id, "attendance", session_id=row.session_id) for person_id in listed.keys() - there
        ),
        of=len(listed),
        address=f"{base}/projector/{panel.projector}" if panel else None,
        code=codes.shown(now) if shown else None,
        code_until=codes.until(now) if shown else None,
        said=said,
    )
