"""When the sender runs: at the next due moment, at a poke, and at a safety sweep. Nothing else here keeps time.

APScheduler holds no truth (memory store): a restart plans everything again from the tables.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.date import DateTrigger
from apscheduler.triggers.interval import IntervalTrigger

from bot.core.times import Clock, SystemClock
from bot.outbox.sender import Sender

log = logging.getLogger(__name__)

SWEEP = timedelta(seconds=45)


class Outbox:
    """Runs `sender` in the background between `start` and `stop`; `tick` runs it once, for tests and the demo."""

    def __init__(self, sender: Sender, clock: Clock) -> None:
        self._sender = sender
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()
        self._scheduler: AsyncIOScheduler | None = None
        self._running: set[asyncio.Task[None]] = set()

    async def tick(self) -> datetime | None:
        """Plan and send what is due now; returns the next due moment."""
        async with self._one_at_a_time:
            return await self._sender.run()

    def start(self) -> None:
        """Begin waking up by itself."""
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        self._scheduler.add_job(self._wake, IntervalTrigger(seconds=int(SWEEP.total_seconds())), id="sweep")
        self._scheduler.start()
        self.poke()

    def poke(self) -> None:
        """Look again soon: something that reminders depend on has changed."""
        if self._scheduler is not None:
            task = asyncio.get_running_loop().create_task(self._wake())
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def stop(self) -> None:
        """Finish the pass under way and wake no more."""
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)
            self._scheduler = None
        async with self._one_at_a_time:
            pass

    async def _wake(self) -> None:
        try:
            due = await self.tick()
        except Exception:
            # The next sweep tries again; one bad pass must not end all reminders.
            log.exception("the outbox could not finish a pass")
            return
        if due is not None and self._scheduler is not None:
            # The course's clock and the machine's may differ (the demo), so only the distance is handed on.
            wait = max(due - self._clock.now(), timedelta(seconds=1))
            if wait < SWEEP:
                at = SystemClock().now() + wait
                self._scheduler.add_job(self._wake, DateTrigger(at), id="next", replace_existing=True)
