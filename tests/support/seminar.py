"""The real bot on the loopback Discord, with a course set up and a clock that both share."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta

from bot.app import App, build
from bot.config import Settings
from bot.core.people import Actor
from bot.outbox.kinds import Kind
from tests.loopback import LoopbackDiscord, User
from tests.support.clock import ManualClock


class Killed(BaseException):
    """The process ends here: nothing after it runs, as after kill -9."""


class Seminar:
    """`app` is the running bot; `restart` ends it, however it was left, and starts another over the same database."""

    app: App

    def __init__(self, settings: Settings, clock: ManualClock, kinds: Sequence[Kind] | None = None) -> None:
        self._settings = settings
        self._kinds = kinds
        self._stack = AsyncExitStack()
        self.clock = clock
        self.server = LoopbackDiscord(now=clock.now)
        self.kill_at: str | None = None
        # These tests are about the clock of the course; a machine that stalls for a moment should not fail them.
        self.server.interactions.ack_limit = 10.0

    async def start(self) -> None:
        await self.server.start()
        self.channel = self.server.add_channel("announcements")
        self.staff = self.server.add_member("Staff01", staff=True)
        await self._connect()
        await self.set_up()

    async def set_up(self, lock: str | None = None) -> None:
        """What `/staff setup` does."""
        place = f"discord:{self.server.guild.id}"
        actor = Actor("discord", str(self.staff.id), "Staff01", staff=True)
        await self.app.services.courses.set_up(
            place, actor, self.clock.now(), announce_channel=str(self.channel.id), lock=lock
        )

    async def stop(self) -> None:
        await self._disconnect()
        await self.server.stop()

    async def restart(self) -> None:
        await self._disconnect()
        await self._connect()

    def forward(self, **span: float) -> None:
        self.clock.advance(timedelta(**span))

    async def tick(self, kill_at: str | None = None) -> None:
        """One pass of the outbox; with `kill_at`, the process dies at that step."""
        self.kill_at = kill_at
        with contextlib.suppress(Killed):
            await self.app.outbox.tick()
        self.kill_at = None

    def students(self, count: int) -> list[User]:
        return [self.server.add_member(f"Student{n:02}") for n in range(count)]

    async def meet(self, *users: User) -> None:
        """Make students known to the course, without a group: they look for one that does not exist."""
        for user in users:
            await self.server.slash(user, "join-group", {"group": "No such group"})
        known = self.app.services.people.has_met  # newcomers are entered after their answer
        place = f"discord:{self.server.guild.id}"
        await self.server.wait_until(lambda: all(known(place, f"discord:{user.id}") for user in users))

    def posted(self) -> list[str]:
        """The texts in the announcement channel, oldest first."""
        return [message["content"] for message in self.server.history(self.channel)]

    def _checkpoint(self, step: str) -> None:
        if step == self.kill_at:
            raise Killed

    async def _connect(self) -> None:
        self._stack.enter_context(self.server.client_pointed_here())
        self.app = await self._stack.enter_async_context(
            build(self._settings, self.clock, self._checkpoint, self._kinds)
        )
        serving = asyncio.create_task(self.app.bot.start(self.server.token))
        self._stack.push_async_callback(_close, self.app, serving)
        await self.server.wait_until(self.app.bot.is_ready, within=10)

    async def _disconnect(self) -> None:
        await self._stack.aclose()


async def _close(app: App, serving: asyncio.Task[None]) -> None:
    await app.bot.close()
    await serving


@asynccontextmanager
async def running_seminar(
    settings: Settings, at: datetime, kinds: Sequence[Kind] | None = None
) -> AsyncIterator[Seminar]:
    """A seminar whose clock stands at `at`, and that sends messages of the given kinds, by default all."""
    seminar = Seminar(settings, ManualClock(at), kinds)
    try:
        await seminar.start()
        yield seminar
    finally:
        await seminar.stop()
