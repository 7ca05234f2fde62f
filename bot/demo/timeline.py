"""Moving the demo's time, and never while someone's press is being answered.

The outbox's own wake-ups run on the machine's clock, so it is not started here: it makes a pass whenever time has
moved or somebody has done something.
"""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Literal

from simcord import Preview

from bot.demo.world import World

Step = Literal["hour", "day", "next"]

_STEPS = {"hour": timedelta(hours=1), "day": timedelta(days=1)}


class Timeline:
    """The buttons that move time. `next_due` is when the next reminder goes out, None when none is left."""

    def __init__(self, world: World, preview: Preview) -> None:
        self._world = world
        self._preview = preview
        self._one_at_a_time = asyncio.Lock()
        self.next_due: datetime | None = None

    def alone(self) -> AbstractAsyncContextManager[None]:
        """While held, time stands still and nobody else acts: simcord does one thing at a time."""
        return self._one_at_a_time

    async def move(self, step: Step) -> None:
        """Move by an hour, a day, or to the next reminder (if there is one). What falls due on the way is sent then."""
        clock = self._world.app.clock
        async with self._one_at_a_time:
            self.next_due = await self._world.app.outbox.tick()
            target = self.next_due if step == "next" else clock.now() + _STEPS[step]
            if target is None:
                return
            while self.next_due is not None and self.next_due <= target:
                await self._reach(self.next_due)
            await self._reach(target)
            await self.catch_up()

    async def catch_up(self) -> None:
        """Send what is due now and bring every open window up to date. Call it `alone`."""
        self.next_due = await self._world.app.outbox.tick()
        await self._preview.refresh()

    def say(self, moment: datetime) -> str:
        """A moment in the course's zone: "Fri, Jan 19, 10:00"."""
        local = moment.astimezone(self._world.app.settings.course.zone)
        return f"{local:%a, %b} {local.day}, {local:%H:%M}"

    async def _reach(self, moment: datetime) -> None:
        ahead = (moment - self._world.app.clock.now()).total_seconds()
        # Seconds are floats: a microsecond more makes sure that what is due at `moment` is due.
        await self._world.env.advance_time(max(0.0, ahead) + 1e-6)
        self.next_due = await self._world.app.outbox.tick()
