"""Who and what is in the demo: a Discord server with a course that starts in a few days.

Everything the course knows is entered as people would enter it, through the services the commands call.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import discord
import simcord
from simcord.backend import Backend

from bot.app import App
from bot.config import Settings, parse
from bot.core.people import Actor
from bot.demo.clock import DemoClock
from bot.fronts.discord.identity import PLATFORM

SAMPLE = Path(__file__).parent / "sample"

START = datetime(2024, 1, 19, 10, 0, tzinfo=ZoneInfo("America/Detroit"))
"""Four and a half days before groups lock: every reminder of it is still to come."""

GROUPS = {
    "Attention Seekers": ("Student04", "Student05"),
    "Diffusion Crew": ("Student01", "Student02", "Student03"),
    "Lost in Context": ("Student07", "Student08"),
}
ALONE = ("Student06", "Student09", "Student10", "Student11")
STAFF = "Staff01"
VIEWERS = ("Student09", "Student10", "Student07", "Student01", STAFF)
"""Whose eyes the browser can borrow; the first one is where it starts."""


@dataclass(frozen=True, slots=True)
class World:
    """The running demo: the bot, the Discord it lives in, and handles on what is there."""

    app: App
    env: simcord.Env
    place: str
    channels: dict[str, simcord.ChannelHandle]
    members: dict[str, simcord.MemberActor]


def demo_settings(folder: Path) -> Settings:
    """The sample course, with its database in `folder`."""
    return parse((SAMPLE / "config.toml").read_text(encoding="utf-8"), folder / "config.toml")


@asynccontextmanager
async def open_world(app: App, clock: DemoClock) -> AsyncIterator[World]:
    """Connect the bot to a Discord of its own and fill both; on leaving, disconnect it."""
    # simcord reports what the bot raised; refusals ("the group is full") are part of the show, not failures.
    env = simcord.Env(app.bot, check_errors=False)
    # simcord's own clock begins in 2026, and every id it gives out tells the time: the backend gets ours instead.
    env.backend = Backend(clock=cast(Any, clock))
    env.backend.bot_user.name = "Colloquy"
    await env.start()
    try:
        world = _people_and_channels(app, env)
        await _course(world)
        await _first_messages(world)
        yield world
    finally:
        await env.shutdown()


def _people_and_channels(app: App, env: simcord.Env) -> World:
    guild = env.create_guild(app.settings.course.code)
    staff = guild.create_role("Course staff", permissions=discord.Permissions(manage_guild=True), color=0xE0A030)
    everyone = guild.default_role
    read_only = discord.PermissionOverwrite(send_messages=False)
    hidden, shown = discord.PermissionOverwrite(view_channel=False), discord.PermissionOverwrite(view_channel=True)
    me = env.bot.user
    assert me is not None
    may_post = discord.PermissionOverwrite(view_channel=True, send_messages=True)
    channels = {
        "announcements": guild.create_text_channel(
            "announcements", topic="What the course has to say", overwrites={everyone: read_only, me: may_post}
        ),
        "general": guild.create_text_channel("general", topic="The class"),
        "staff": guild.create_text_channel(
            "staff", topic="For the course staff", overwrites={everyone: hidden, staff: shown, me: may_post}
        ),
    }
    students = sorted({name for members in GROUPS.values() for name in members} | set(ALONE))
    members = {name: guild.add_member(env.create_user(name)) for name in students}
    members[STAFF] = guild.add_member(env.create_user(STAFF), roles=[staff])
    return World(app, env, f"{PLATFORM}:{guild.id}", channels, members)


async def _course(world: World) -> None:
    services, now = world.app.services, world.app.clock.now()
    await services.courses.set_up(
        world.place,
        _actor(world, STAFF),
        now,
        announce_channel=str(world.channels["announcements"].id),
        staff_channel=str(world.channels["staff"].id),
    )
    await services.imports.apply((SAMPLE / "schedule.md").read_bytes(), STAFF, now)
    # The page names them as presenters and so on; whose accounts these are, staff say where there is no class list.
    for student in (*(name for members in GROUPS.values() for name in members), *ALONE):
        await services.linking.link_by_hand(world.place, _actor(world, STAFF), student, _actor(world, student), now)
    for name, (first, *others) in GROUPS.items():
        await services.groups.create(world.place, _actor(world, first), name, now)
        for other in others:
            await services.groups.join(world.place, _actor(world, other), name, now)
    # The course knows whoever has used a command once: these four have tried out a group and left it again.
    for student in ALONE:
        await services.groups.create(world.place, _actor(world, student), f"{student} and friends", now)
        await services.groups.leave(world.place, _actor(world, student), now)


async def _first_messages(world: World) -> None:
    general, staff = world.channels["general"], world.members[STAFF]
    await staff.send(general, "Welcome! Please form groups of three by Tuesday night: press a button below.")
    await staff.slash(general, "groups", share=True)


def _actor(world: World, name: str) -> Actor:
    return Actor(PLATFORM, str(world.members[name].id), name, staff=name == STAFF)
