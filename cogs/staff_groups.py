"""/staff groups: place whoever is left, merge, rename."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.core.groups import NAME_MAX
from bot.core.people import Actor
from bot.fronts.discord.client import ColloquyBot
from bot.fronts.discord.confirm import Confirmed, confirm_view
from bot.fronts.discord.identity import place_of, staff_actor_of
from bot.fronts.discord.render.staff_groups import merge_embed, placing_embed
from bot.fronts.discord.reply import reply
from bot.fronts.discord.staff_commands import staff_group, suggest_groups


@app_commands.command(name="place-leftovers", description="Find a group for everyone who is in none")
async def place_leftovers(interaction: discord.Interaction[ColloquyBot]) -> None:
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    await interaction.response.defer(ephemeral=True, thinking=True)
    placing = await services.placement.preview(place_of(interaction), actor, interaction.created_at)
    await reply(
        interaction,
        embed=placing_embed(placing, done=False),
        view=confirm_view("groups-place", placing.token, "Place them"),
    )


async def _confirm_place(interaction: discord.Interaction[ColloquyBot], actor: Actor, token: str) -> Confirmed:
    placement = interaction.client.services.placement
    done = await placement.confirm(place_of(interaction), actor, token, interaction.created_at)
    return placing_embed(done, done=True), None


@app_commands.command(name="merge", description="Move everyone of one group into another")
@app_commands.describe(
    group="The group that ends", into="The group that stays", bigger="Give it the seats that are missing"
)
async def merge(interaction: discord.Interaction[ColloquyBot], group: str, into: str, bigger: bool = False) -> None:
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    shown = await services.staff_groups.preview_merge(
        place_of(interaction), actor, group, into, interaction.created_at, bigger=bigger
    )
    view = confirm_view("groups-merge", shown.token, "Merge", danger=True)
    await reply(interaction, embed=merge_embed(shown, done=False), view=view)


async def _confirm_merge(interaction: discord.Interaction[ColloquyBot], actor: Actor, token: str) -> Confirmed:
    staff_groups = interaction.client.services.staff_groups
    done = await staff_groups.confirm_merge(place_of(interaction), actor, token, interaction.created_at)
    return merge_embed(done, done=True), None


@app_commands.command(name="rename", description="Give a group another name")
@app_commands.describe(group="The group", name="Its new name")
async def rename(
    interaction: discord.Interaction[ColloquyBot], group: str, name: app_commands.Range[str, 2, NAME_MAX]
) -> None:
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    old, new = await services.staff_groups.rename(place_of(interaction), actor, group, name, interaction.created_at)
    await reply(interaction, f"**{old}** is called **{new}** now.")


merge.autocomplete("group")(suggest_groups)
merge.autocomplete("into")(suggest_groups)
rename.autocomplete("group")(suggest_groups)


async def setup(bot: ColloquyBot) -> None:
    bot.confirmations["groups-place"] = _confirm_place
    bot.confirmations["groups-merge"] = _confirm_merge
    added: list[app_commands.Command[Any, ..., None]] = [place_leftovers, merge, rename]
    for command in added:
        staff_group(bot, "groups").add_command(command)
