"""/invite: a seat offered to someone, who takes it by a button."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.fronts.discord.client import ColloquyBot
from bot.fronts.discord.identity import actor_of, member_actor, place_of
from bot.fronts.discord.invitations import AnswerButton, answer_view
from bot.fronts.discord.render.groups import names, seats
from bot.fronts.discord.render.invitations import invitation_embed
from bot.fronts.discord.reply import reply


class Invitations(commands.Cog):
    """Inviting people to one's group."""

    def __init__(self, bot: ColloquyBot) -> None:
        self.bot = bot

    @app_commands.command(name="invite", description="Offer someone a seat in your group")
    @app_commands.describe(member="Who is invited", withdraw="Take an invitation back that was not answered yet")
    async def invite(self, interaction: discord.Interaction, member: discord.Member, withdraw: bool = False) -> None:
        invitations, place = self.bot.services.invitations, place_of(interaction)
        guest = await member_actor(interaction, member, self.bot.services.courses)
        if withdraw:
            group = await invitations.take_back(place, actor_of(interaction), guest, interaction.created_at)
            await reply(interaction, f"The invitation to **{group}** is taken back.")
            return
        invited = await invitations.invite(place, actor_of(interaction), guest, interaction.created_at)
        if invited.invitation_id is None:
            text = f"<@{guest.user_id}> had asked to join **{invited.group.name}** and is in now: "
            text += f"{names(invited.group.members)} ({seats(invited.group)})."
            await reply(interaction, text, private=False, ping=[guest.user_id])
            return
        await reply(
            interaction,
            f"<@{guest.user_id}>",
            embed=invitation_embed(interaction.user.id, invited),
            view=answer_view("invite", invited.invitation_id),
            private=False,
            ping=[guest.user_id],
        )


async def setup(bot: ColloquyBot) -> None:
    bot.add_dynamic_items(AnswerButton)
    await bot.add_cog(Invitations(bot))
