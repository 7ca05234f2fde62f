"""What the outbox tells staff about itself: pure values, put into words by the front end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.core.reminders import ReminderKind


@dataclass(frozen=True, slots=True)
class Unsent:
    """Messages of one kind about one thing, for one place, that were not sent: `count` of them, the first due at
    `due_at`.

    `title` names the class, milestone, vote or announcement, where it is about one. `destination` is as in
    `bot.services.ports`, only "dm" for direct messages to anybody, and None where it was not known yet.
    """

    kind: ReminderKind
    title: str | None
    destination: str | None
    due_at: datetime
    count: int = 1


@dataclass(frozen=True, slots=True)
class Missed:
    """To staff, once: what could not be sent while it was of use. `reasons` are those that the platform or the bot gave
    when it was tried; there are none when the bot was away."""

    messages: tuple[Unsent, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BackupFailed:
    """To staff, once: no nightly backup can be made, why, and since when."""

    reason: str
    since: datetime


@dataclass(frozen=True, slots=True)
class ChannelRefused:
    """To staff, once for each channel in trouble: why nothing arrives there and what to do; what waits for it."""

    reason: str
    waiting: tuple[Unsent, ...]
