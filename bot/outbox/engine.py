"""When the sender runs: at the next due moment, at a poke, and at a safety sweep. Nothing else here keeps time.

The waits are the event loop's, which no change of the machine's clock can lengthen: a scheduler that reckons with the
wall clock would sleep for hours after that was set back.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from datetime import datetime

from bot.core.times import Clock
from bot.outbox.sender import SWEEP, Sender

log = logging.getLogger(__name__)

_SHORTEST = 0.2
"""Seconds between two passes, whatever is due."""


class Outbox:
    """Runs `sender` in the background between `start` and `stop`; `tick` runs it once, for tests and the demo."""

    def __init__(self, sender: Sender, clock: Clock) -> None:
        self._sender = sender
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()
        self._poked = asyncio.Event()
        self._running: asyncio.Task[None] | None = None

    async def tick(self) -> datetime | None:
        """Plan and send what is due now; returns the next due moment."""
        async with self._one_at_a_time:
            return await self._sender.run()

    def start(self) -> None:
        """Begin waking up by itself."""
        if self._running is None:
            self._running = asyncio.get_running_loop().create_task(self._serve())

    def poke(self) -> None:
        """Look again soon: something that messages depend on has changed."""
        self._poked.set()
        self._sender.poke()

    async def stop(self) -> None:
        """Finish the posts under way, leave the rest for the next start, and wake no more."""
        running, self._running = self._running, None
        self._sender.stop()
        async with self._one_at_a_time:
            if running is not None:
                running.cancel()
        if running is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await running

    async def _serve(self) -> None:
        while True:
            self._poked.clear()
            wait = SWEEP.total_seconds()
            try:
                due = await self.tick()
                if due is not None:
                    # The course's clock and the machine's may differ, so only the distance counts.
                    wait = min(max((due - self._clock.now()).total_seconds(), _SHORTEST), wait)
            except Exception:
                # The next sweep tries again; one bad pass must not end all reminders.
                log.exception("the outbox could not finish a pass")
            log.debug("the outbox looks again in %.0f s", wait)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._poked.wait(), wait)
