"""When a person wants no direct messages: hours of the wall clock in their own zone, also over midnight."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.core.times import require_aware

KEPT_CLEAR = timedelta(hours=1)
"""A message that quiet hours would delay into this time before its deadline is not left to them."""

_CLOCK = r"([01]?\d|2[0-3]):([0-5]\d)"
_SPAN = re.compile(rf"{_CLOCK}\s*(?:-|–|to|until)\s*{_CLOCK}", re.ASCII)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `start` to `end` (minutes from midnight, not the same), the end left out."""

    start: int
    end: int
    zone: ZoneInfo

    def covers(self, at: datetime) -> bool:
        """Whether the wall clock shows a quiet time at `at` (aware)."""
        local = at.astimezone(self.zone)
        minute = local.hour * 60 + local.minute
        if self.start < self.end:
            return self.start <= minute < self.end
        return minute >= self.start or minute < self.end

    def over_at(self, at: datetime) -> datetime:
        """The moment (UTC) at which it is no longer quiet: `at` itself (aware), or the end of the quiet time it is in.

        An end that the spring change skips comes by the time before the change (02:30 reads as 03:30); in the hour that
        autumn repeats, it comes at the first of the two that lies ahead.
        """
        at = require_aware(at)
        if not self.covers(at):
            return at
        local = at.astimezone(self.zone)
        on = local.date() if local.hour * 60 + local.minute < self.end else local.date() + timedelta(days=1)
        end = datetime(on.year, on.month, on.day, self.end // 60, self.end % 60, tzinfo=self.zone)
        first = require_aware(end)
        return first if first > at else require_aware(end.replace(fold=1))


def parse_quiet(text: str) -> tuple[int, int]:
    """ "22:00-07:30" as minutes from midnight.

    Raises:
        ValueError: it is not two times, or they are the same; the message says what to write.
    """
    match = _SPAN.fullmatch(text.strip())
    if not match:
        raise ValueError("write from when to when, like 22:00-07:30")
    start, end = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
    if start == end:
        raise ValueError("quiet hours end at another time than they begin, like 22:00-07:30")
    return start, end


def parse_clock(text: str) -> int:
    """ "08:00" as minutes from midnight.

    Raises:
        ValueError: it is no time of day; the message says what to write.
    """
    match = re.fullmatch(_CLOCK, text.strip(), re.ASCII)
    if not match:
        raise ValueError("write a time of day, like 08:00")
    return int(match[1]) * 60 + int(match[2])


def say_clock(minutes: int) -> str:
    """The inverse of `parse_clock`."""
    return f"{minutes // 60:02}:{minutes % 60:02}"
