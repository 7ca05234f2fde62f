"""/staff office-hours: publish them (weekly if wished), see who comes, call them off."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from bot.core.course import Kind
from bot.core.errors import CourseError
from bot.core.office_hours import SLOT_MAX, SLOT_MIN, Span, check_slots, read_weeks, read_when, slots
from bot.core.people import Actor, require_staff
from bot.core.times import Term
from bot.services.slots import day
from bot.store import audit, courses, office_hours, proposals, schedule
from bot.store.courses import CourseRow
from bot.store.database import Database
from bot.store.office_hours import Appointment, Hours

ROOM_MAX = 200
REASON_MAX = 200
_PUBLISH, _CANCEL = "office-hours", "office-hours-off"


@dataclass(frozen=True, slots=True)
class Draft:
    """Office hours about to be published, or (no `token`) that were: one row a week, `total` slots in each.

    `without_class` are those of the days on which the schedule has no class.
    """

    host_name: str
    rows: tuple[Span, ...]
    slot_minutes: int
    total: int
    room: str
    without_class: tuple[date, ...]
    token: str | None


@dataclass(frozen=True, slots=True)
class Row:
    """Office hours with who comes, in order of time."""

    hours: Hours
    total: int
    appointments: tuple[Appointment, ...]


@dataclass(frozen=True, slots=True)
class CallOff:
    """Office hours about to be called off, or (no `token`) that were, with the appointments that end with them."""

    rows: tuple[Row, ...]
    reason: str
    token: str | None


class OfficeDesk:
    """What staff do about office hours. `term` gives dates their year; `changed` is called when somebody is to be
    told."""

    def __init__(self, database: Database, term: Term | None, changed: Callable[[], None]) -> None:
        self._database = database
        self._term = term
        self._changed = changed

    async def preview(
        self,
        place: str,
        actor: Actor,
        host: Actor,
        when: str,
        minutes: int,
        room: str,
        repeat: str | None,
        now: datetime,
    ) -> Draft:
        """How they would be. `when` and `repeat` are as in `bot.core.office_hours`.

        Raises:
            CourseError: not staff, the host neither, `when` or `repeat` cannot be read, no slot fits (or too many), or
                the host has office hours at that time.
        """
        require_staff(actor)
        if not host.staff:
            raise CourseError("Office hours are held by staff. Name somebody who manages the server or has its role.")
        if not SLOT_MIN <= minutes <= SLOT_MAX:
            raise CourseError(f"An appointment takes {SLOT_MIN} to {SLOT_MAX} minutes.")
        return await self._database.write(self._preview, place, actor, host, when, minutes, room, repeat, now)

    async def confirm(self, place: str, actor: Actor, token: str, now: datetime) -> Draft:
        """Publish what was shown.

        Raises:
            CourseError: not staff, the preview is gone, their time has come, or the host has others there by now.
        """
        require_staff(actor)
        done = await self._database.write(_confirm, place, actor, token, now)
        self._changed()
        return done

    async def rows(self, place: str, actor: Actor, which: str | None, now: datetime) -> tuple[Row, ...]:
        """Those ahead, or the one that `which` is the id of, with who comes.

        Raises:
            CourseError: not staff, no course here, or there is no such row.
        """
        require_staff(actor)
        return await self._database.read(_rows, place, which, now)

    async def preview_cancel(
        self, place: str, actor: Actor, which: str, reason: str, now: datetime, *, later: bool
    ) -> CallOff:
        """What calling one off would end; with `later` also those of its host at the same time in the weeks after.

        Raises:
            CourseError: not staff, no course here, or there is no such row ahead.
        """
        require_staff(actor)
        return await self._database.write(_preview_cancel, place, actor, which, reason, now, later=later)

    async def confirm_cancel(self, place: str, actor: Actor, token: str, now: datetime) -> CallOff:
        """Call them off; who had booked is told.

        Raises:
            CourseError: not staff, the preview is gone, or somebody has booked or cancelled since.
        """
        require_staff(actor)
        done = await self._database.write(_confirm_cancel, place, actor, token, now)
        self._changed()
        return done

    async def names(self, place: str, actor: Actor, typed: str, now: datetime) -> list[tuple[str, str]]:
        """Label and id of those ahead, as far as the label contains what was typed."""
        require_staff(actor)
        return await self._database.read(_names, place, typed, now)

    def _preview(
        self,
        tx: Connection,
        place: str,
        actor: Actor,
        host: Actor,
        when: str,
        minutes: int,
        room: str,
        repeat: str | None,
        now: datetime,
    ) -> Draft:
        course = courses.at_place(tx, place)
        pattern = read_when(when, course.zone, self._term, now)
        rows = pattern.spans(read_weeks(repeat, pattern.day, self._term), course.zone)
        if not rows:
            raise CourseError("The clocks change in that hour of that day, and skip it. Choose another time.")
        for row in rows:
            check_slots(row, minutes)
        _refuse_overlap(tx, course, host.key, host.name, rows, now)
        place_said = " ".join(room.split())
        values = {"host": host.key, "name": host.name, "minutes": minutes, "room": place_said}
        times = [[row.starts_at.isoformat(), row.ends_at.isoformat()] for row in rows]
        payload = json.dumps(values | {"rows": times}).encode()
        token = proposals.keep(tx, course.id, _PUBLISH, actor.key, payload, "", now)
        return _draft(tx, course, host.name, rows, minutes, place_said, token)


def _confirm(tx: Connection, place: str, actor: Actor, token: str, now: datetime) -> Draft:
    courses.hold(tx, place=place)
    course = courses.at_place(tx, place)
    payload, _ = proposals.take(tx, course.id, _PUBLISH, token)
    values = json.loads(payload)
    rows = [Span(datetime.fromisoformat(a), datetime.fromisoformat(b)) for a, b in values["rows"]]
    host, name, minutes, room = values["host"], values["name"], values["minutes"], values["room"]
    if rows[0].starts_at <= now:
        raise CourseError("They would have begun {at}, before this confirmation. Publish others.", at=rows[0].starts_at)
    _refuse_overlap(tx, course, host, name, rows, now)
    for row in rows:
        office_hours.add(tx, course.id, host, name, row, minutes, room, now)
    often = f", weekly, {len(rows)} times" if len(rows) > 1 else ""
    audit.record(
        tx, course.id, actor.key, f"published office hours of {name}: {say_span(rows[0], course.zone)}{often}", now
    )
    return _draft(tx, course, name, rows, minutes, room, None)


def _refuse_overlap(
    tx: Connection, course: CourseRow, host: str, name: str, rows: Sequence[Span], now: datetime
) -> None:
    there = [one for one in office_hours.ahead(tx, course.id, now) if one.host == host]
    for row in rows:
        for one in there:
            if one.starts_at < row.ends_at and row.starts_at < one.ends_at:
                raise CourseError(
                    f"{name} has office hours then already: they begin {{at}}. Choose another time, or call those off "
                    "first with `/staff office-hours cancel`.",
                    at=one.starts_at,
                )


def _draft(
    tx: Connection, course: CourseRow, name: str, rows: Sequence[Span], minutes: int, room: str, token: str | None
) -> Draft:
    off = {one.date for one in schedule.every(tx, course.id) if one.kind is Kind.NO_CLASS}
    days = [row.starts_at.astimezone(course.zone).date() for row in rows]
    total = len(slots(rows[0].starts_at, rows[0].ends_at, minutes))
    return Draft(name, tuple(rows), minutes, total, room, tuple(day for day in days if day in off), token)


def _rows(tx: Connection, place: str, which: str | None, now: datetime) -> tuple[Row, ...]:
    course = courses.at_place(tx, place)
    if which is not None:
        return _with_bookings(tx, [_find(tx, course, which, now)])
    return _with_bookings(tx, office_hours.ahead(tx, course.id, now))


def _with_bookings(tx: Connection, rows: Sequence[Hours]) -> tuple[Row, ...]:
    booked = office_hours.booked(tx, [one.id for one in rows])
    return tuple(
        Row(one, len(slots(one.starts_at, one.ends_at, one.slot_minutes)), tuple(booked.get(one.id, ())))
        for one in rows
    )


def _find(tx: Connection, course: CourseRow, which: str, now: datetime) -> Hours:
    found = office_hours.one(tx, course.id, int(which)) if which.isdecimal() and len(which) < 16 else None
    if found is None:
        raise CourseError(f"There are no office hours “{which[:40]}”. Pick one of the suggestions.")
    if found.cancelled_at is not None:
        raise CourseError("These office hours ({at}) were called off already.", at=found.starts_at)
    if found.ends_at <= now:
        raise CourseError("These office hours are over since {at}.", at=found.ends_at)
    return found


def _preview_cancel(
    tx: Connection, place: str, actor: Actor, which: str, reason: str, now: datetime, *, later: bool
) -> CallOff:
    course = courses.at_place(tx, place)
    first = _find(tx, course, which, now)
    rows = [first]
    if later:
        rows += [
            one
            for one in office_hours.ahead(tx, course.id, now)
            if one.starts_at > first.starts_at and _series(one, course.zone) == _series(first, course.zone)
        ]
    shown = _ending(_with_bookings(tx, rows), now)
    words = " ".join(reason.split())
    payload = json.dumps({"rows": [one.id for one in rows], "reason": words}).encode()
    token = proposals.keep(tx, course.id, _CANCEL, actor.key, payload, _digest(shown), now)
    return CallOff(shown, words, token)


def _series(hours: Hours, zone: ZoneInfo) -> tuple[object, ...]:
    """What the rows of a weekly repetition have in common."""
    starts, ends = hours.starts_at.astimezone(zone), hours.ends_at.astimezone(zone)
    return hours.host, starts.weekday(), starts.time(), ends.time()


def _confirm_cancel(tx: Connection, place: str, actor: Actor, token: str, now: datetime) -> CallOff:
    courses.hold(tx, place=place)
    course = courses.at_place(tx, place)
    payload, digest = proposals.take(tx, course.id, _CANCEL, token)
    values = json.loads(payload)
    shown = _ending(_with_bookings(tx, [_find(tx, course, str(one), now) for one in values["rows"]]), now)
    if _digest(shown) != digest:
        raise CourseError("The appointments have changed since this preview. Give the command again to see them.")
    office_hours.cancel(tx, values["rows"], actor.key, values["reason"], now)
    first = shown[0].hours
    span = say_span(Span(first.starts_at, first.ends_at), course.zone)
    more = f" and {len(shown) - 1} after" if len(shown) > 1 else ""
    why = f" ({values['reason']})" if values["reason"] else ""
    audit.record(tx, course.id, actor.key, f"called off office hours of {first.host_name}: {span}{more}{why}", now)
    return CallOff(shown, values["reason"], None)


def _ending(rows: Sequence[Row], now: datetime) -> tuple[Row, ...]:
    """With only the appointments that have not begun: those end."""
    return tuple(
        Row(one.hours, one.total, tuple(each for each in one.appointments if each.starts_at > now)) for one in rows
    )


def _digest(rows: Sequence[Row]) -> str:
    return repr([(row.hours.id, [one.id for one in row.appointments]) for row in rows])


def _names(tx: Connection, place: str, typed: str, now: datetime) -> list[tuple[str, str]]:
    course = courses.at_place(tx, place)
    found = []
    for row in _with_bookings(tx, office_hours.ahead(tx, course.id, now)):
        span = say_span(Span(row.hours.starts_at, row.hours.ends_at), course.zone)
        label = f"{span} · {row.hours.host_name} · {len(row.appointments)} booked"
        if typed.casefold() in label.casefold():
            found.append((label, str(row.hours.id)))
    return found


def say_span(span: Span, zone: ZoneInfo) -> str:
    """ "Thu Feb 8, 14:00-16:00", by the wall clock in `zone`."""
    starts, ends = span.starts_at.astimezone(zone), span.ends_at.astimezone(zone)
    return f"{day(starts.date())}, {starts:%H:%M}-{ends:%H:%M}"
