"""A clock for tests."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.core.times import require_aware


class ManualClock:
    """A clock that moves only when told to."""

    def __init__(self, at: datetime) -> None:
        self._at = require_aware(at)

    def now(self) -> datetime:
        return self._at

    def advance(self, by: timedelta) -> None:
        """Move by `by`; negative moves back, as a machine's clock may."""
        self._at += by
