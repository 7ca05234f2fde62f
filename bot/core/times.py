"""Time: aware UTC inside, the course's zone at the edges, and a clock that is passed in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

END_OF_DAY = time(23, 59)
"""A deadline given as a date without a time means this wall time in the course's zone."""


class Clock(Protocol):
    """Where `now` comes from. The only implementation that reads the machine is `SystemClock`."""

    def now(self) -> datetime:
        """The current instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def require_aware(moment: datetime) -> datetime:
    """`moment` in UTC.

    Raises:
        ValueError: `moment` has no time zone, so it names no instant.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone")
    return moment.astimezone(UTC)


def wall(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The instant (UTC) at which the wall clock in `zone` shows `at` on `day`.

    In the hour that a spring change skips, the time before the change is taken to run on (02:30 reads as
    03:30); in the hour that autumn repeats, the first of the two is meant.
    """
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Term:
    """The first and last day of a term, both included; the years of dates without one come from here."""

    first_day: date
    last_day: date

    def __contains__(self, day: date) -> bool:
        return self.first_day <= day <= self.last_day


_SPAN = re.compile(r"(\d+)\s*([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def parse_span(text: str) -> timedelta:
    """A length of time such as "3d", "24h" or "90m".

    Raises:
        ValueError: `text` is not a number followed by s, m, h, d or w.
    """
    match = _SPAN.fullmatch(text.strip())
    if not match:
        raise ValueError(f"{text!r} is not a length of time: write for example 3d, 24h or 90m")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def say_span(span: timedelta) -> str:
    """The inverse of `parse_span` in words: "3 days", "24 hours", "90 minutes"."""
    minutes = int(span.total_seconds() // 60)
    for size, unit in ((1440, "day"), (60, "hour"), (1, "minute")):
        if minutes % size == 0 and (size != 1440 or minutes >= 2 * 1440):
            count = minutes // size
            return f"{count} {unit}" + ("" if count == 1 else "s")
    return f"{minutes} minutes"


def say_roughly(span: timedelta) -> str:
    """`span` in the largest unit of which it has at least two: "34 hours", "5 days", "7 minutes"."""
    for unit in (timedelta(days=1), timedelta(hours=1)):
        if span >= 2 * unit:
            return say_span(span // unit * unit)
    return say_span(span // timedelta(minutes=1) * timedelta(minutes=1))


def deadline_instant(due: datetime | date, zone: ZoneInfo) -> datetime:
    """When a deadline falls (UTC): a bare date means 23:59 in `zone`, a naive date-time is a wall time there."""
    if not isinstance(due, datetime):
        return wall(due, END_OF_DAY, zone)
    return require_aware(due if due.tzinfo else due.replace(tzinfo=zone))
