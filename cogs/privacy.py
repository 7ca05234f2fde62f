"""/my-data: what is held on oneself, as a file, and its deletion."""

from __future__ import annotations

import io
import re
from typing import Any

import discord
from discord import app_commands

from bot.fronts.discord.client import STAYS_UNKNOWN, ColloquyBot
from bot.fronts.discord.errors import reported
from bot.fronts.discord.identity import place_of, staff_actor_of
from bot.fronts.discord.render.my_data import deletion_embed
from bot.fronts.discord.reply import redraw, reply

my_data = app_commands.Group(name="my-data", description="What I hold on you: see it, delete it")


@my_data.command(
    name="export", description="Everything I hold on you, as a file for you alone", extras={STAYS_UNKNOWN: True}
)
async def export(interaction: discord.Interaction[ColloquyBot]) -> None:
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    await interaction.response.defer(ephemeral=True, thinking=True)
    found = await services.my_data.export(place_of(interaction), actor, interaction.created_at)
    file = discord.File(io.BytesIO(found.data), filename=found.name)
    entries = f"{found.entries} {'entry' if found.entries == 1 else 'entries'}"
    await reply(
        interaction,
        f"Everything I hold on you: {entries}. What you voted for is not in it: nobody can tell, I neither. "
        "`/my-data delete` shows what can be deleted.",
        file=file,
    )


@my_data.command(
    name="delete", description="Have your data deleted: see what goes, then confirm", extras={STAYS_UNKNOWN: True}
)
async def delete(interaction: discord.Interaction[ColloquyBot]) -> None:
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    await interaction.response.defer(ephemeral=True, thinking=True)
    shown = await services.my_data.preview(place_of(interaction), actor, interaction.created_at)
    view = discord.ui.View(timeout=None)
    view.add_item(DeleteButton("delete", shown.digest))
    view.add_item(DeleteButton("keep", shown.digest))
    await reply(interaction, embed=deletion_embed(shown), view=view)


class DeleteButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"my-data:(?P<verb>delete|keep):(?P<digest>[0-9a-f]+)"
):
    """Deletes the data of whoever presses, if it is still what the digest stands for; or leaves it."""

    def __init__(self, verb: str, digest: str) -> None:
        deletes = verb == "delete"
        button: discord.ui.Button[Any] = discord.ui.Button(
            label="Delete my data" if deletes else "Keep it",
            style=discord.ButtonStyle.danger if deletes else discord.ButtonStyle.secondary,
            custom_id=f"my-data:{verb}:{digest}",
        )
        super().__init__(button)
        self.verb = verb
        self.digest = digest

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> DeleteButton:
        return cls(match["verb"], match["digest"])

    @reported
    async def callback(self, interaction: discord.Interaction[ColloquyBot]) -> None:
        if self.verb == "keep":
            await redraw(interaction, discord.Embed(description="Nothing was deleted."))
            return
        services = interaction.client.services
        actor = await staff_actor_of(interaction, services.courses)
        await interaction.response.defer()
        done = await services.my_data.delete(place_of(interaction), actor, self.digest, interaction.created_at)
        await redraw(interaction, deletion_embed(done))


async def setup(bot: ColloquyBot) -> None:
    bot.add_dynamic_items(DeleteButton)
    bot.tree.add_command(my_data)
