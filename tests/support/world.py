"""The real bot in an offline Discord: a server with channels, a few pseudonymous people, and time that is moved."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import discord
import simcord

from bot.app import App, build
from bot.config import Settings, parse

ROOT = Path(__file__).parents[2]


class EnvClock:
    """The offline Discord's clock as the bot's."""

    def __init__(self, start: datetime) -> None:
        self._start = start
        self.env: simcord.Env | None = None

    def now(self) -> datetime:
        return self.env.now() if self.env else self._start


@dataclass
class World:
    """The running bot and the people around it. `staff` may manage the server."""

    app: App
    env: simcord.Env
    guild: simcord.GuildHandle
    general: simcord.ChannelHandle
    announcements: simcord.ChannelHandle
    staff: simcord.MemberActor

    def student(self, number: int) -> simcord.MemberActor:
        return self.guild.add_member(self.env.create_user(f"Student{number:02}"))

    async def set_up(self, **options: object) -> None:
        """What staff do first: `/staff setup`."""
        await self.staff.slash(self.general, "staff setup", announcements=self.announcements, **options)


def course_settings(url: str, extra: str = "") -> Settings:
    """The example's course over the database at `url`, with more TOML at the end."""
    text = (ROOT / "config.example.toml").read_text()
    text = text.replace('"sqlite:///colloquy.db"', f'"{url}"')
    return parse(text + extra, ROOT / "config.example.toml")


def start_clock(env: simcord.Env, at: datetime) -> None:
    """Begin the offline Discord's time at `at`: its own epoch is fixed, and ids carry the time."""
    env.backend.clock._epoch = at


@asynccontextmanager
async def running(settings: Settings, at: datetime) -> AsyncIterator[World]:
    """The bot, connected to an offline Discord whose time begins at `at`."""
    clock = EnvClock(at)
    async with build(settings, clock) as app:
        env = simcord.Env(app.bot)
        start_clock(env, at)
        clock.env = env
        await env.start()
        try:
            with env.time_context():
                guild = env.create_guild(name="EECS 598")
                manager = guild.create_role("Staff", permissions=discord.Permissions(manage_guild=True))
                yield World(
                    app=app,
                    env=env,
                    guild=guild,
                    general=guild.create_text_channel("general"),
                    announcements=guild.create_text_channel("announcements"),
                    staff=guild.add_member(env.create_user("Staff01"), roles=[manager]),
                )
        finally:
            await env.shutdown()
