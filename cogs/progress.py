"""/my-progress."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.fronts.discord.client import ColloquyBot
from bot.fronts.discord.identity import place_of, staff_actor_of
from bot.fronts.discord.render.progress import mine_embed
from bot.fronts.discord.reply import reply


class Progress(commands.Cog):
    """How far one is."""

    def __init__(self, bot: ColloquyBot) -> None:
        self.bot = bot

    @app_commands.command(name="my-progress", description="What you have done, still owe, skipped or are excused from")
    async def my_progress(self, interaction: discord.Interaction[ColloquyBot]) -> None:
        services = self.bot.services
        actor = await staff_actor_of(interaction, services.courses)
        mine = await services.progress.mine(place_of(interaction), actor, interaction.created_at)
        await reply(interaction, embed=mine_embed(mine))


async def setup(bot: ColloquyBot) -> None:
    await bot.add_cog(Progress(bot))
