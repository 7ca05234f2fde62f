"""How one person wants to be reminded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.core.quiet_hours import QuietHours
from bot.core.times import wall

SNOOZE = timedelta(hours=3)
"""So long a snoozed reminder stays away."""

SNOOZE_CLEAR = timedelta(minutes=15)
"""It comes back at least so long before the deadline."""


class Mode(StrEnum):
    """Where reminders reach somebody."""

    CHANNEL = "channel"
    DIRECT = "dm"
    DAILY = "digest"


@dataclass(frozen=True, slots=True)
class Preference:
    """`leads` replace the course's for direct messages, `quiet` (minutes from midnight) delays those, and with
    `digest_at` one list a day takes their place. `zone` is None for the course's."""

    leads: tuple[timedelta, ...] | None = None
    direct: bool = False
    quiet: tuple[int, int] | None = None
    zone: ZoneInfo | None = None
    digest_at: int | None = None

    @property
    def mode(self) -> Mode:
        """A daily list is a direct message too, and goes before the others."""
        if self.digest_at is not None:
            return Mode.DAILY
        return Mode.DIRECT if self.direct else Mode.CHANNEL

    def quiet_hours(self, zone: ZoneInfo) -> QuietHours | None:
        """The quiet hours, in `zone` unless the person has another."""
        return QuietHours(*self.quiet, self.zone or zone) if self.quiet else None

    def next_lists(self, now: datetime, zone: ZoneInfo) -> tuple[datetime, ...]:
        """When the daily list goes out: the moments of yesterday, today and tomorrow in the person's zone."""
        if self.digest_at is None:
            return ()
        zone = self.zone or zone
        today = now.astimezone(zone).date()
        at = time(self.digest_at // 60, self.digest_at % 60)
        return tuple(wall(today + timedelta(days=days), at, zone) for days in (-1, 0, 1))


def snoozed_until(at: datetime, deadline_at: datetime) -> datetime | None:
    """Until when a reminder is put off at `at`; None when the deadline is too near (or past)."""
    until = min(at + SNOOZE, deadline_at - SNOOZE_CLEAR)
    return until if until > at else None
