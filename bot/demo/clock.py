"""The demo's time: one clock for the bot and for the Discord it talks to."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.core.times import require_aware


class DemoClock:
    """Stands still until it is moved. The bot asks `now`; simcord, whose clock this also is, counts `elapsed` seconds.

    With one clock under both, the moment in an interaction's id and the moment the bot reads are the same.
    """

    def __init__(self, start: datetime) -> None:
        self._start = require_aware(start)
        self.elapsed = 0.0

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self.elapsed)

    def advance(self, seconds: float) -> None:
        """Called by simcord alone: it runs what is due on the way."""
        self.elapsed += seconds
