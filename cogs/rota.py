"""/my-duties, /claim-slot and /release-slot."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.fronts.discord.client import ColloquyBot
from bot.fronts.discord.identity import actor_of, place_of
from bot.fronts.discord.notices import tell_staff
from bot.fronts.discord.render.duties import claimed_text, my_duties_embed, released_for_staff, released_text
from bot.fronts.discord.reply import reply


class Rota(commands.Cog):
    """A student's duties."""

    def __init__(self, bot: ColloquyBot) -> None:
        self.bot = bot

    @app_commands.command(name="my-duties", description="What you present, summarise and review, and when it is due")
    async def my_duties(self, interaction: discord.Interaction) -> None:
        mine = await self.bot.services.duties.mine(place_of(interaction), actor_of(interaction), interaction.created_at)
        await reply(interaction, embed=my_duties_embed(mine))

    @app_commands.command(name="claim-slot", description="Take a free seat for your group: first come, first served")
    @app_commands.describe(session="A class with a free seat", role="What your group does there")
    async def claim_slot(self, interaction: discord.Interaction, session: str, role: str) -> None:
        claimed = await self.bot.services.duties.claim(
            place_of(interaction), actor_of(interaction), session, role, interaction.created_at
        )
        await reply(interaction, claimed_text(claimed))

    @claim_slot.autocomplete("session")
    async def _sessions(self, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        found = await self.bot.services.duties.open_sessions(place_of(interaction), typed, interaction.created_at)
        return [app_commands.Choice(name=one.label, value=one.value) for one in found[:25]]

    @claim_slot.autocomplete("role")
    async def _roles(self, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        session = str(getattr(interaction.namespace, "session", None) or "")
        found = await self.bot.services.duties.open_roles(place_of(interaction), session, interaction.created_at)
        return [app_commands.Choice(name=role, value=role) for role in found if typed.casefold() in role]

    @app_commands.command(name="release-slot", description="Give back a seat that your group claimed")
    @app_commands.describe(duty="A seat your group claimed, more than a day before the class")
    async def release_slot(self, interaction: discord.Interaction, duty: str) -> None:
        place = place_of(interaction)
        released = await self.bot.services.duties.release(place, actor_of(interaction), duty, interaction.created_at)
        await reply(interaction, released_text(released))
        await tell_staff(self.bot, place, released_for_staff(released))

    @release_slot.autocomplete("duty")
    async def _claims(self, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        found = await self.bot.services.duties.held(
            place_of(interaction), actor_of(interaction), typed, interaction.created_at, claimed=True
        )
        return [app_commands.Choice(name=one.label, value=one.value) for one in found[:25]]


async def setup(bot: ColloquyBot) -> None:
    await bot.add_cog(Rota(bot))
