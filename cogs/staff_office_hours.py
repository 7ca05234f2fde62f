"""/staff office-hours: publish them, see who comes, call them off."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.core.office_hours import SLOT_MAX, SLOT_MIN, WEEKLY
from bot.core.people import Actor
from bot.fronts.discord.client import ColloquyBot
from bot.fronts.discord.confirm import Confirmed, confirm_view
from bot.fronts.discord.identity import member_actor, place_of, staff_actor_of
from bot.fronts.discord.render.office_hours import call_off_embed, draft_embed, rows_embed
from bot.fronts.discord.reply import reply
from bot.fronts.discord.staff_commands import staff_group
from bot.fronts.discord.text import clip
from bot.services.office_desk import REASON_MAX, ROOM_MAX

Asked = discord.Interaction[ColloquyBot]

_PUBLISH, _CANCEL = "office-hours", "office-hours-off"


@app_commands.command(name="publish", description="Publish office hours, weekly if you like: see them, then confirm")
@app_commands.describe(
    when="Thu 14:00-16:00 or 2024-02-08 14:00-15:30, course time",
    minutes="Of one appointment; left out, 15",
    where="Room or link",
    repeat="weekly (until the term ends), or like 4 weeks",
    host="Who holds them, if not you",
)
async def publish(
    interaction: Asked,
    when: app_commands.Range[str, 1, 80],
    minutes: app_commands.Range[int, SLOT_MIN, SLOT_MAX] = 15,
    where: app_commands.Range[str, 1, ROOM_MAX] | None = None,
    repeat: app_commands.Range[str, 1, 40] | None = None,
    host: discord.Member | None = None,
) -> None:
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    holder = await member_actor(interaction, host, services.courses) if host else actor
    draft = await services.office_desk.preview(
        place_of(interaction), actor, holder, when, minutes, where or "", repeat, interaction.created_at
    )
    await reply(interaction, embed=draft_embed(draft), view=confirm_view(_PUBLISH, draft.token, "Publish"))


@app_commands.command(name="list", description="The office hours ahead, and who comes")
@app_commands.describe(hours="Only these")
async def show(interaction: Asked, hours: app_commands.Range[str, 1, 100] | None = None) -> None:
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    rows = await services.office_desk.rows(place_of(interaction), actor, hours, interaction.created_at)
    await reply(interaction, embed=rows_embed(rows))


@app_commands.command(name="cancel", description="Call office hours off: see who had booked, then confirm")
@app_commands.describe(
    hours="Which", reason="Told to those who had booked", later="Also at the same time in the weeks after"
)
async def cancel(
    interaction: Asked,
    hours: app_commands.Range[str, 1, 100],
    reason: app_commands.Range[str, 1, REASON_MAX] | None = None,
    later: bool = False,
) -> None:
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    shown = await services.office_desk.preview_cancel(
        place_of(interaction), actor, hours, reason or "", interaction.created_at, later=later
    )
    view = confirm_view(_CANCEL, shown.token, "Call off", danger=True, drop="Keep them")
    await reply(interaction, embed=call_off_embed(shown), view=view)


@publish.autocomplete("repeat")
async def _often(interaction: Asked, typed: str) -> list[app_commands.Choice[str]]:
    ways = [("weekly, until the term ends", WEEKLY), *((f"{n} weeks", f"{n} weeks") for n in (2, 4, 6, 8, 10, 12))]
    return [app_commands.Choice(name=name, value=value) for name, value in ways if typed.casefold() in name]


@show.autocomplete("hours")
@cancel.autocomplete("hours")
async def _ahead(interaction: Asked, typed: str) -> list[app_commands.Choice[str]]:
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    found = await services.office_desk.names(place_of(interaction), actor, typed, interaction.created_at)
    return [app_commands.Choice(name=clip(name, 100), value=value) for name, value in found[:25]]


async def _published(interaction: Asked, actor: Actor, token: str) -> Confirmed:
    desk = interaction.client.services.office_desk
    return draft_embed(await desk.confirm(place_of(interaction), actor, token, interaction.created_at)), None


async def _called_off(interaction: Asked, actor: Actor, token: str) -> Confirmed:
    desk = interaction.client.services.office_desk
    return call_off_embed(await desk.confirm_cancel(place_of(interaction), actor, token, interaction.created_at)), None


async def setup(bot: ColloquyBot) -> None:
    bot.confirmations[_PUBLISH] = _published
    bot.confirmations[_CANCEL] = _called_off
    ours: tuple[app_commands.Command[Any, ..., Any], ...] = (publish, show, cancel)
    for command in ours:
        staff_group(bot, "office-hours").add_command(command)
