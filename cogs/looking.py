"""/looking-for-group: a board that people put themselves on."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.core.groups import NOTE_MAX
from bot.fronts.discord.client import ColloquyBot
from bot.fronts.discord.identity import member_actor, place_of, staff_actor_of
from bot.fronts.discord.render.looking import offers_embed
from bot.fronts.discord.reply import reply


class Looking(commands.Cog):
    """Finding people to form a group with."""

    def __init__(self, bot: ColloquyBot) -> None:
        self.bot = bot

    @app_commands.command(name="looking-for-group", description="See who looks for a group, and say that you do")
    @app_commands.describe(
        note="Puts you on the board with these words (others without a group see them)",
        with_member="Someone you would like to be with; give the command again for more",
        stop="Take yourself off the board",
    )
    async def looking_for_group(
        self,
        interaction: discord.Interaction,
        note: app_commands.Range[str, 1, NOTE_MAX] | None = None,
        with_member: discord.Member | None = None,
        stop: bool = False,
    ) -> None:
        services, place, at = self.bot.services, place_of(interaction), interaction.created_at
        actor = await staff_actor_of(interaction, services.courses)
        if stop:
            was_on = await services.seeking.stop(place, actor)
            await reply(interaction, "You are off the board." if was_on else "You were not on the board.")
        elif note is None and with_member is None:
            await reply(interaction, embed=offers_embed(await services.seeking.look(place, actor, at)))
        else:
            other = await member_actor(interaction, with_member, services.courses) if with_member else None
            offers = await services.seeking.post(place, actor, note, other, at)
            await reply(interaction, embed=offers_embed(offers))


async def setup(bot: ColloquyBot) -> None:
    await bot.add_cog(Looking(bot))
