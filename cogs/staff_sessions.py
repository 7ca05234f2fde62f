"""/staff session: move, cancel, restore or add a class. Each is shown first with all that moves along."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.core.course import Kind
from bot.core.people import Actor
from bot.fronts.discord.client import ColloquyBot
from bot.fronts.discord.confirm import Confirmed, confirm_view
from bot.fronts.discord.identity import place_of, staff_actor_of
from bot.fronts.discord.render.sessions import CONFIRM, edit_embed
from bot.fronts.discord.reply import reply
from bot.fronts.discord.staff_commands import staff_group
from bot.fronts.discord.text import clip
from bot.services.session_orders import Deed
from bot.services.sessions import REASON_MAX, ROOM_MAX, TITLE_MAX, Edit

Interaction = discord.Interaction[ColloquyBot]
Day = app_commands.Range[str, 1, 40]
Clock = app_commands.Range[str, 1, 20]
Room = app_commands.Range[str, 1, ROOM_MAX]

_FEATURE = "session"
_DATE = "Like Jan 26 or 2024-01-26"
_START = "Like 13:00 or 1:30 pm"
_END = "Left out, as long as usual"
_ROOM = "Left out, it stays; or none"
_KINDS = [app_commands.Choice(name=kind.said, value=kind.value) for kind in Kind]


@app_commands.command(name="move", description="Hold a class at another time or place: see what moves along, confirm")
@app_commands.describe(session="A class ahead", date=_DATE, start=_START, end=_END, room=_ROOM)
async def move(
    interaction: Interaction,
    session: str,
    date: Day | None = None,
    start: Clock | None = None,
    end: Clock | None = None,
    room: Room | None = None,
) -> None:
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    shown = await services.sessions.move(
        place_of(interaction), actor, session, interaction.created_at, date=date, start=start, end=end, room=room
    )
    await _ask(interaction, shown)


@app_commands.command(name="cancel", description="Call a class off: see what hangs on it, then confirm")
@app_commands.describe(session="A class ahead", reason="Told to everyone")
async def cancel(
    interaction: Interaction, session: str, reason: app_commands.Range[str, 1, REASON_MAX] | None = None
) -> None:
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    shown = await services.sessions.cancel(place_of(interaction), actor, session, interaction.created_at, reason=reason)
    await _ask(interaction, shown)


@app_commands.command(name="restore", description="Hold a cancelled class after all, at its time or another")
@app_commands.describe(session="A cancelled class", date=_DATE, start=_START, end=_END, room=_ROOM)
async def restore(
    interaction: Interaction,
    session: str,
    date: Day | None = None,
    start: Clock | None = None,
    end: Clock | None = None,
    room: Room | None = None,
) -> None:
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    shown = await services.sessions.restore(
        place_of(interaction), actor, session, interaction.created_at, date=date, start=start, end=end, room=room
    )
    await _ask(interaction, shown)


@app_commands.command(name="add", description="Add a class, such as a make-up on a Friday: see it, then confirm")
@app_commands.describe(
    date=_DATE,
    kind="What happens in it",
    start="Left out, as usual on that day; 13:00 or 1:30 pm, course time",
    end=_END,
    room="Left out, as usual on that day",
    title="What it is called",
)
@app_commands.choices(kind=_KINDS)
async def add(
    interaction: Interaction,
    date: Day,
    kind: str,
    start: Clock | None = None,
    end: Clock | None = None,
    room: Room | None = None,
    title: app_commands.Range[str, 1, TITLE_MAX] | None = None,
) -> None:
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    shown = await services.sessions.add(
        place_of(interaction),
        actor,
        Kind(kind),
        interaction.created_at,
        date=date,
        start=start,
        end=end,
        room=room,
        title=title,
    )
    await _ask(interaction, shown)


async def _ask(interaction: Interaction, shown: Edit) -> None:
    danger = shown.deed is Deed.CANCEL
    drop = "Keep the class" if danger else "Cancel"
    view = confirm_view(_FEATURE, shown.token, CONFIRM[shown.deed], danger=danger, drop=drop)
    await reply(interaction, embed=edit_embed(shown), view=view)


@move.autocomplete("session")
@cancel.autocomplete("session")
async def _ahead(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    return await _suggest(interaction, typed, cancelled=False)


@restore.autocomplete("session")
async def _cancelled(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    return await _suggest(interaction, typed, cancelled=True)


async def _suggest(interaction: Interaction, typed: str, *, cancelled: bool) -> list[app_commands.Choice[str]]:
    found = await interaction.client.services.sessions.suggest(
        place_of(interaction), typed, interaction.created_at, cancelled=cancelled
    )
    return [app_commands.Choice(name=clip(name, 100), value=value) for name, value in found[:25]]


async def _confirm(interaction: Interaction, actor: Actor, token: str) -> Confirmed:
    sessions = interaction.client.services.sessions
    return edit_embed(await sessions.confirm(place_of(interaction), actor, token, interaction.created_at)), None


async def setup(bot: ColloquyBot) -> None:
    bot.confirmations[_FEATURE] = _confirm
    ours: tuple[app_commands.Command[Any, ..., Any], ...] = (move, cancel, restore, add)
    for command in ours:
        staff_group(bot, "session").add_command(command)
