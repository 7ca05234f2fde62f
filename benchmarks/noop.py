"""The bot to compare with: `python -m benchmarks.noop API_BASE GATEWAY_URL` does as little as a bot can."""

from __future__ import annotations

import os
import sys

import discord
import yarl
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route


class Noop(commands.Bot):
    """One command that answers "ok"."""

    def __init__(self) -> None:
        intents = discord.Intents(guilds=True)
        super().__init__(command_prefix=commands.when_mentioned, help_command=None, intents=intents)

    async def setup_hook(self) -> None:
        @self.tree.command(name="noop", description="Answers ok")
        async def noop(interaction: discord.Interaction) -> None:
            await interaction.response.send_message("ok", ephemeral=True)

        await self.tree.sync()


if __name__ == "__main__":
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = sys.argv[1], yarl.URL(sys.argv[2])
    Noop().run(os.environ["DISCORD_TOKEN"], log_handler=None)
