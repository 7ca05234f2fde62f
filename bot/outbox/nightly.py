"""When the backups look at the clock: at a start, at night, and now and then in case the clock was changed."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from datetime import datetime

from bot.core.times import Clock
from bot.services.backups import Backups

log = logging.getLogger(__name__)

_LOOK = 300.0
"""Seconds between two looks at most. Waits are the event loop's: see `bot.outbox.engine`."""


class Nightly:
    """Runs `backups` in the background between `start` and `stop`; `tick` runs them once, for tests."""

    def __init__(self, backups: Backups, clock: Clock) -> None:
        self._backups = backups
        self._clock = clock
        self._running: asyncio.Task[None] | None = None
        self._one_at_a_time = asyncio.Lock()

    async def tick(self) -> datetime | None:
        """Make the backup that is due; returns when the next will be."""
        async with self._one_at_a_time:
            return await self._backups.run(self._clock.now())

    def start(self) -> None:
        """Begin looking at the clock."""
        if self._running is None:
            self._running = asyncio.get_running_loop().create_task(self._serve())

    async def stop(self) -> None:
        """Give up what is under way, and look no more."""
        running, self._running = self._running, None
        self._backups.stop()
        async with self._one_at_a_time:
            if running is not None:
                running.cancel()
        if running is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await running

    async def _serve(self) -> None:
        while True:
            wait = _LOOK
            try:
                due = await self.tick()
                if due is None:
                    return
                wait = min(max((due - self._clock.now()).total_seconds(), 1.0), _LOOK)
            except Exception:
                log.exception("the nightly backup could not be looked after")
            await asyncio.sleep(wait)
