"""The real bot in an offline Discord: a server with channels, a few pseudonymous people, and time that is moved."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import discord
import simcord

from bot.app import App, build
from bot.config import Settings, parse
from bot.core.errors import CourseError

_LOOK_AGAIN = 0.002

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "bot" / "demo" / "sample" / "schedule.md"


class EnvClock:
    """The offline Discord's clock as the bot's."""

    def __init__(self, start: datetime) -> None:
        self._start = start
        self.env: simcord.Env | None = None

    def now(self) -> datetime:
        return self.env.now() if self.env else self._start


def course_settings(url: str, extra: str = "") -> Settings:
    """The example's course over the database at `url`, with more TOML at the end."""
    text = (ROOT / "config.example.toml").read_text()
    text = text.replace('"sqlite:///colloquy.db"', f'"{url}"')
    return parse(text + extra, ROOT / "config.example.toml")


class World:
    """The running bot and the people around it. `staff` may manage the server."""

    app: App
    env: simcord.Env

    def __init__(self, settings: Settings, at: datetime) -> None:
        self._settings = settings
        self._clock = EnvClock(at)
        self._stack = AsyncExitStack()

    async def start(self) -> None:
        self.app = await self._stack.enter_async_context(build(self._settings, self._clock))
        self.env = simcord.Env(self.app.bot, check_errors=False)
        # The offline Discord's own epoch is fixed; ids and times of interactions come from it.
        self.env.backend.clock._epoch = self._clock.now()
        self._clock.env = self.env
        # After each private answer with buttons simcord looks again only after 50 ms, in which nothing happens.
        self.env._settle_internal = partial(self.env._settle_internal, idle=_LOOK_AGAIN)  # type: ignore[method-assign]
        await self.env.start()
        self.guild = self.env.create_guild(name="EECS 598")
        manager = self.guild.create_role("Staff", permissions=discord.Permissions(manage_guild=True))
        self.general = self.guild.create_text_channel("general")
        self.announcements = self.guild.create_text_channel("announcements")
        self.staff = self.guild.add_member(self.env.create_user("Staff01"), roles=[manager])

    async def restart(self) -> None:
        """A new process in all but name: everything is built again over the same database and the same Discord."""
        async with AsyncExitStack() as old:
            old.push_async_exit(self._stack.pop_all())
            self.app = await self._stack.enter_async_context(build(self._settings, self._clock))
            await self.env.restart_bot(self.app.bot)

    async def stop(self) -> None:
        await self.env.shutdown()
        await self._stack.aclose()

    def student(self, number: int) -> simcord.MemberActor:
        return self.guild.add_member(self.env.create_user(f"Student{number:02}"))

    async def set_up(self, **options: Any) -> Any:
        """What staff do first: `/staff setup`."""
        return await self.staff.slash(self.general, "staff setup", announcements=self.announcements, **options)

    async def import_sample(self) -> None:
        """`/staff import schedule` with the sample page, confirmed."""
        shown = await self.staff.slash(self.general, "staff import schedule", file=("page.md", SAMPLE.read_bytes()))
        await self.staff.click(said(shown), label="Import")

    def bugs(self) -> list[BaseException]:
        """What went wrong in the bot and is no refusal."""
        return [error for error in self.env.errors if not isinstance(getattr(error, "original", error), CourseError)]


def said(result: Any) -> Any:
    """The last message in answer to an interaction."""
    return result.followups[-1] if result.followups else result.response


def text(result: Any) -> str:
    """All the words of that message."""
    message = said(result)
    parts = [message.content]
    for embed in message.embeds:
        parts += [embed.title or "", embed.description or "", embed.footer.text or ""]
        parts += [f"{field.name}\n{field.value}" for field in embed.fields]
    return "\n".join(part for part in parts if part)


@asynccontextmanager
async def running(settings: Settings, at: datetime) -> AsyncIterator[World]:
    """A world whose time begins at `at`."""
    world = World(settings, at)
    await world.start()
    try:
        yield world
    finally:
        await world.stop()
