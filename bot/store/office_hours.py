"""Queries on office hours and the appointments in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, insert, or_, select, update

from bot.core.office_hours import Span
from bot.store.tables import account, booking, office_hours, person


@dataclass(frozen=True, slots=True)
class Hours:
    """One row of office hours. `host` is a roster key; `reason` is why they were called off, by whom."""

    id: int
    host: str
    host_name: str
    starts_at: datetime
    ends_at: datetime
    slot_minutes: int
    room: str
    cancelled_at: datetime | None
    cancelled_by: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Appointment:
    """A slot that somebody has, or had. It was called off with its `hours` if both ended at the same moment."""

    id: int
    hours: Hours
    person_id: int
    student: str
    starts_at: datetime
    note: str
    booked_at: datetime
    cancelled_at: datetime | None

    @property
    def called_off(self) -> bool:
        return self.cancelled_at is not None and self.cancelled_at == self.hours.cancelled_at


_HOURS = [office_hours.c[name] for name in Hours.__dataclass_fields__]
_BOOKING = [
    booking.c.id,
    booking.c.person_id,
    person.c.name,
    booking.c.starts_at,
    booking.c.note,
    booking.c.booked_at,
    booking.c.cancelled_at,
]
_FROM = booking.join(office_hours, office_hours.c.id == booking.c.hours_id).join(
    person, person.c.id == booking.c.person_id
)
_OPEN = booking.c.cancelled_at.is_(None)
_APPOINTMENTS = select(*_HOURS, *_BOOKING).select_from(_FROM).order_by(booking.c.starts_at, booking.c.id)


def ahead(tx: Connection, course_id: int, now: datetime) -> list[Hours]:
    """Those not over and not called off, in order of time."""
    statement = select(*_HOURS).where(
        office_hours.c.course_id == course_id, office_hours.c.ends_at > now, office_hours.c.cancelled_at.is_(None)
    )
    return [Hours(*row) for row in tx.execute(statement.order_by(office_hours.c.starts_at, office_hours.c.id))]


def one(tx: Connection, course_id: int, hours_id: int) -> Hours | None:
    """The row, called off or not."""
    statement = select(*_HOURS).where(office_hours.c.course_id == course_id, office_hours.c.id == hours_id)
    row = tx.execute(statement).first()
    return Hours(*row) if row else None


def add(
    tx: Connection, course_id: int, host: str, host_name: str, span: Span, minutes: int, room: str, now: datetime
) -> None:
    values = {"host": host, "host_name": host_name, "slot_minutes": minutes, "room": room, "created_at": now}
    times = {"starts_at": span.starts_at, "ends_at": span.ends_at}
    tx.execute(insert(office_hours).values(course_id=course_id, **values, **times))


def cancel(tx: Connection, hours_ids: Collection[int], actor: str, reason: str, now: datetime) -> None:
    """Call rows off, with all appointments in them that have not begun."""
    rows = update(office_hours).where(office_hours.c.id.in_(hours_ids), office_hours.c.cancelled_at.is_(None))
    tx.execute(rows.values(cancelled_at=now, cancelled_by=actor, reason=reason))
    theirs = and_(booking.c.hours_id.in_(hours_ids), _OPEN, booking.c.starts_at > now)
    tx.execute(update(booking).where(theirs).values(cancelled_at=now))


def booked(tx: Connection, hours_ids: Collection[int]) -> dict[int, list[Appointment]]:
    """The open appointments of each row, in order of time."""
    found: defaultdict[int, list[Appointment]] = defaultdict(list)
    for row in tx.execute(_APPOINTMENTS.where(booking.c.hours_id.in_(hours_ids), _OPEN)):
        one_of_them = _appointment(row)
        found[one_of_them.hours.id].append(one_of_them)
    return found


def of_person(tx: Connection, course_id: int, person_id: int, now: datetime) -> list[Appointment]:
    """Somebody's appointments ahead, those included that staff called off."""
    statement = _APPOINTMENTS.where(
        booking.c.course_id == course_id,
        booking.c.person_id == person_id,
        booking.c.starts_at > now,
        or_(_OPEN, booking.c.cancelled_at == office_hours.c.cancelled_at),
    )
    return [_appointment(row) for row in tx.execute(statement)]


def since(tx: Connection, course_id: int, now: datetime) -> list[Appointment]:
    """Every appointment ahead, given back or called off or not."""
    statement = _APPOINTMENTS.where(booking.c.course_id == course_id, booking.c.starts_at > now)
    return [_appointment(row) for row in tx.execute(statement)]


def appointment(tx: Connection, course_id: int, booking_id: int) -> Appointment | None:
    statement = _APPOINTMENTS.where(booking.c.course_id == course_id, booking.c.id == booking_id)
    row = tx.execute(statement).first()
    return _appointment(row) if row else None


def book(
    tx: Connection, course_id: int, hours_id: int, starts_at: datetime, person_id: int, note: str, now: datetime
) -> int:
    """Take a slot; returns the appointment's id. Unique indexes refuse one that is taken, and a second one."""
    values = {"course_id": course_id, "hours_id": hours_id, "starts_at": starts_at, "person_id": person_id}
    statement = insert(booking).values(note=note, booked_at=now, **values).returning(booking.c.id)
    return int(tx.execute(statement).scalar_one())


def give_back(tx: Connection, booking_id: int, now: datetime) -> None:
    tx.execute(update(booking).where(booking.c.id == booking_id, _OPEN).values(cancelled_at=now))


def called_off(tx: Connection, course_id: int, now: datetime) -> list[Hours]:
    """Those called off that would not be over yet."""
    statement = select(*_HOURS).where(
        office_hours.c.course_id == course_id, office_hours.c.ends_at > now, office_hours.c.cancelled_at.is_not(None)
    )
    return [Hours(*row) for row in tx.execute(statement.order_by(office_hours.c.id))]


def user_ids(tx: Connection, course_id: int, platform: str, people: Collection[int]) -> dict[int, str]:
    """The platform's ids of people, by their ids here."""
    statement = select(account.c.person_id, account.c.user_id).where(
        account.c.course_id == course_id, account.c.platform == platform, account.c.person_id.in_(people)
    )
    return {row.person_id: row.user_id for row in tx.execute(statement)}


def _appointment(row: Row[Any]) -> Appointment:
    hours, (booking_id, *rest) = Hours(*row[: len(_HOURS)]), row[len(_HOURS) :]
    return Appointment(booking_id, hours, *rest)
