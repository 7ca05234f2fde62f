"""Office hours: each side hears what the other does, and both are reminded. By direct message, once.

A row's subject is what it is about, and so to whom it goes:

- `booked <id>`, `returned <id>`: an appointment, to the host; `off <id>`, `soon <id>`: the same, to the student;
- `hours-off <id>`: office hours, to a host who did not call them off; `hours <id>`: they are near, to the host;
- `closed <host|student> <moment>`: in a channel, for those whose direct message of that moment was not taken. It
  mentions them and says no more: who comes to whom is nobody else's business.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from bot.core.office_notices import AppointmentSoon, Booked, CalledOff, GivenBack, HoursSoon, Unreached
from bot.core.policy import OFFICE_REMINDERS
from bot.core.reminders import Planned, ReminderKind, plan
from bot.store import courses, office_hours, outbox
from bot.store.courses import CourseRow
from bot.store.office_hours import Appointment
from bot.store.outbox import Claim, Composed, Row

AHEAD = timedelta(days=3)
"""Reminders are planned so long before they are due: few rows, and enough for a bot that was away."""

_HOSTS = ("booked", "returned", "hours-off", "hours")
"""What goes to hosts; the rest goes to students."""


class OfficeNews:
    """What one side did, to the other, at once."""

    kind = ReminderKind.OFFICE_NEWS

    def plan(self, tx: Connection, course: CourseRow, leads: Sequence[timedelta], now: datetime) -> Sequence[Planned]:
        appointments = office_hours.since(tx, course.id, now)
        calls = [one for one in office_hours.called_off(tx, course.id, now) if one.cancelled_by != one.host]
        if not appointments and not calls:
            return []
        rows = outbox.of_kind(tx, course.id, self.kind)
        told = {row.subject for row in rows if row.state in ("claimed", "sent", "failed")}
        found = []
        for one in appointments:
            if one.cancelled_at is None:
                found.append(self._planned(course, f"booked {one.id}", one.booked_at, one.starts_at))
            elif one.called_off:
                found.append(self._planned(course, f"off {one.id}", one.cancelled_at, one.starts_at))
            elif f"booked {one.id}" in told:  # who never heard of it need not hear that it is over
                found.append(self._planned(course, f"returned {one.id}", one.cancelled_at, one.starts_at))
        for hours in calls:
            assert hours.cancelled_at is not None
            found.append(self._planned(course, f"hours-off {hours.id}", hours.cancelled_at, hours.ends_at))
        return [*found, *_closed(self.kind, course, rows, now)]

    def _planned(self, course: CourseRow, subject: str, due_at: datetime, until: datetime) -> Planned:
        key = f"{self.kind}/{course.key}/{subject.replace(' ', '/')}"
        return Planned(key, self.kind, until, due_at, until, subject=subject)

    def compose(self, tx: Connection, course: CourseRow, claim: Claim, now: datetime) -> Composed | None:
        what, which, *rest = claim.subject.split()
        late = now - claim.due_at
        if what == "closed":
            return _unreached(tx, course, self.kind, which == "host", int(rest[0]))
        if what == "hours-off":
            hours = office_hours.one(tx, course.id, int(which))
            if hours is None:
                return None
            off = CalledOff(hours.host_name, hours.starts_at, hours.reason, late, host=True)
            return _to(_host(course, hours.host), off)
        one = office_hours.appointment(tx, course.id, int(which))
        if one is None:
            return None
        if what == "off":
            off = CalledOff(one.hours.host_name, one.starts_at, one.hours.reason, late)
            return _to(_student(tx, course, one), off)
        host = _host(course, one.hours.host)
        if what == "returned":
            return _to(host, GivenBack(one.student, one.starts_at, late))
        if one.cancelled_at is not None:
            return None
        return _to(host, Booked(one.student, one.starts_at, one.note, one.hours.room, late))


class OfficeReminders:
    """To the student before the appointment; to the host before the office hours, one list of who comes.

    Who booked, or was told of a booking, after the moment of a reminder needs none.
    """

    kind = ReminderKind.OFFICE_REMINDER

    def plan(self, tx: Connection, course: CourseRow, leads: Sequence[timedelta], now: datetime) -> Sequence[Planned]:
        wanted = courses.in_force(tx, course.id)[OFFICE_REMINDERS] if leads else ()
        if not wanted:  # switched off
            return []
        until = now + max(wanted) + AHEAD
        found: list[Planned] = []
        first_booked: dict[int, Appointment] = {}
        for one in office_hours.since(tx, course.id, now):
            if one.cancelled_at is not None or one.starts_at > until:
                continue
            found += self._planned(course, f"soon {one.id}", one.starts_at, one.booked_at, wanted, now)
            known = first_booked.get(one.hours.id)
            if known is None or one.booked_at < known.booked_at:
                first_booked[one.hours.id] = one
        for hours_id, one in first_booked.items():
            found += self._planned(course, f"hours {hours_id}", one.hours.starts_at, one.booked_at, wanted, now)
        rows = outbox.of_kind(tx, course.id, self.kind)
        return [*found, *_closed(self.kind, course, rows, now)]

    def _planned(
        self,
        course: CourseRow,
        subject: str,
        starts_at: datetime,
        since: datetime,
        wanted: Sequence[timedelta],
        now: datetime,
    ) -> list[Planned]:
        fitting = [lead for lead in wanted if starts_at - lead > since]
        scope = f"{course.key}/{subject.replace(' ', '/')}"
        return plan(self.kind, scope, starts_at, fitting, now, subject) if fitting else []

    def compose(self, tx: Connection, course: CourseRow, claim: Claim, now: datetime) -> Composed | None:
        what, which, *rest = claim.subject.split()
        late = now - claim.due_at
        if what == "closed":
            return _unreached(tx, course, self.kind, which == "host", int(rest[0]))
        if what == "soon":
            one = office_hours.appointment(tx, course.id, int(which))
            if one is None or one.cancelled_at is not None:
                return None
            notice = AppointmentSoon(one.hours.host_name, one.starts_at, one.hours.room, one.note, late)
            return _to(_student(tx, course, one), notice)
        hours = office_hours.one(tx, course.id, int(which))
        there = office_hours.booked(tx, [int(which)]).get(int(which), [])
        if hours is None or not there:
            return None
        coming = tuple((one.starts_at, one.student, one.note) for one in there)
        return _to(_host(course, hours.host), HoursSoon(hours.starts_at, hours.room, coming, late))


def _to(user_id: str | None, notice: object) -> Composed | None:
    return Composed(f"dm:{user_id}", notice) if user_id else None


def _student(tx: Connection, course: CourseRow, one: Appointment) -> str | None:
    return office_hours.user_ids(tx, course.id, course.platform, [one.person_id]).get(one.person_id)


def _host(course: CourseRow, key: str) -> str | None:
    """The host's id on the platform, None for one of another platform."""
    platform, _, user_id = key.partition(":")
    return user_id if platform == course.platform else None


def _closed(kind: ReminderKind, course: CourseRow, rows: Sequence[Row], now: datetime) -> Iterator[Planned]:
    """When nobody is left to be tried, all who could not be reached are known, and one message a side will do."""
    tried = [row for row in rows if not row.subject.startswith("closed ") and row.due_at <= now < row.deadline_at]
    if any(row.state in ("planned", "claimed") for row in tried):
        return
    failed: dict[str, datetime] = {}
    for row in tried:
        if row.state == "failed":
            side = "host" if row.subject.split()[0] in _HOSTS else "student"
            subject = f"closed {side} {_stamp(row.due_at)}"
            failed[subject] = max(row.deadline_at, failed.get(subject, row.deadline_at))
    for subject, until in failed.items():
        yield Planned(f"{kind}/{course.key}/{subject.replace(' ', '/')}", kind, until, now, until, subject=subject)


def _unreached(tx: Connection, course: CourseRow, kind: ReminderKind, hosts: bool, stamp: int) -> Composed | None:
    people: dict[str, None] = {}
    for row in outbox.of_kind(tx, course.id, kind):
        what, which, *_ = row.subject.split()
        if row.state != "failed" or what == "closed" or (what in _HOSTS) != hosts or _stamp(row.due_at) != stamp:
            continue
        people.setdefault(_recipient(tx, course, what, int(which)) or "")
    people.pop("", None)
    channel = (course.staff_channel or course.announce_channel) if hosts else course.announce_channel
    return Composed(channel, Unreached(tuple(people), hosts)) if people else None


def _recipient(tx: Connection, course: CourseRow, what: str, which: int) -> str | None:
    if what in ("hours", "hours-off"):
        hours = office_hours.one(tx, course.id, which)
        return _host(course, hours.host) if hours else None
    one = office_hours.appointment(tx, course.id, which)
    if one is None:
        return None
    return _host(course, one.hours.host) if what in _HOSTS else _student(tx, course, one)


def _stamp(moment: datetime) -> int:
    """Microseconds, to tell moments apart in a subject."""
    since = moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return since // timedelta(microseconds=1)
