"""What the outbox tells staff about itself: pure values, put into words by the front end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class MissedOne:
    """A message that was never sent: what it was about ("group lock"), when it should have been, and until when that
    would have been of use."""

    about: str
    due_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Missed:
    """To staff, once: what could not be sent while it was of use."""

    messages: tuple[MissedOne, ...]


@dataclass(frozen=True, slots=True)
class ChannelRefused:
    """To staff, once for each channel in trouble: why nothing arrives there and what to do; how many wait for it."""

    reason: str
    waiting: int
