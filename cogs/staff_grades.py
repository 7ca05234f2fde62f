"""`/staff grades progress`."""

from __future__ import annotations

import asyncio
import io

import discord
from discord import app_commands

from bot.fronts.discord.client import ColloquyBot
from bot.fronts.discord.identity import place_of, staff_actor_of
from bot.fronts.discord.matrix import matrix
from bot.fronts.discord.render.progress import alt_text, overview_embed, overview_file
from bot.fronts.discord.reply import reply
from bot.fronts.discord.staff_commands import staff_group


@app_commands.command(name="progress", description="How everybody is doing, those at risk first")
async def progress(interaction: discord.Interaction[ColloquyBot]) -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    overview = await services.progress.overview(place_of(interaction), actor, interaction.created_at)
    drawn = await asyncio.to_thread(matrix, overview)
    picture = discord.File(io.BytesIO(drawn), "progress.png", description=alt_text(overview))
    await reply(interaction, embed=overview_embed(overview), files=[picture, overview_file(overview)])


async def setup(bot: ColloquyBot) -> None:
    staff_group(bot, "grades").add_command(progress)
