"""/help: every command the person can use, clickable."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.fronts.discord import text
from bot.fronts.discord.client import ColloquyBot
from bot.fronts.discord.identity import staff_actor_of
from bot.fronts.discord.render.schedule import COLOUR
from bot.fronts.discord.reply import reply


class Help(commands.Cog):
    """What there is."""

    def __init__(self, bot: ColloquyBot) -> None:
        self.bot = bot

    @app_commands.command(name="help", description="What this bot can do for you")
    async def help(self, interaction: discord.Interaction) -> None:
        actor = await staff_actor_of(interaction, self.bot.services.courses)
        lines = []
        for command in sorted(self.bot.tree.get_commands(), key=lambda command: command.name):
            if isinstance(command, app_commands.Group):
                leaves = [leaf for leaf in command.walk_commands() if isinstance(leaf, app_commands.Command)]
                lines += [(leaf.qualified_name, leaf.description) for leaf in leaves if actor.staff]
            elif isinstance(command, app_commands.Command):
                lines.append((command.qualified_name, command.description))
        shown = [f"`/{name}` · {description}" for name, description in lines]
        embed = discord.Embed(title="Colloquy", description=text.fit(shown, 4000), colour=COLOUR)
        await reply(interaction, embed=embed)


async def setup(bot: ColloquyBot) -> None:
    await bot.add_cog(Help(bot))
