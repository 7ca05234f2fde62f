"""What the outbox says about office hours: pure values, put into words by each front end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Booked:
    """To the host: somebody took a slot."""

    student: str
    starts_at: datetime
    note: str
    room: str
    late: timedelta


@dataclass(frozen=True, slots=True)
class GivenBack:
    """To the host: somebody will not come after all."""

    student: str
    starts_at: datetime
    late: timedelta


@dataclass(frozen=True, slots=True)
class CalledOff:
    """The office hours do not take place: to who had an appointment at `starts_at`, or (as `host`) to their host."""

    host_name: str
    starts_at: datetime
    reason: str
    late: timedelta
    host: bool = False


@dataclass(frozen=True, slots=True)
class AppointmentSoon:
    """To the student: the appointment is near."""

    host_name: str
    starts_at: datetime
    room: str
    note: str
    late: timedelta


@dataclass(frozen=True, slots=True)
class HoursSoon:
    """To the host: the office hours are near; who comes when, and what they wrote."""

    starts_at: datetime
    room: str
    appointments: tuple[tuple[datetime, str, str], ...]
    late: timedelta


@dataclass(frozen=True, slots=True)
class Unreached:
    """In a channel, to those whose direct messages about office hours were not taken: where to look. It says nothing of
    the appointments, which are nobody else's business. `hosts`: they are staff."""

    recipients: tuple[str, ...]
    hosts: bool
