"""/submit-milestone."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.core.links import LINK_MAX
from bot.fronts.discord.client import ColloquyBot
from bot.fronts.discord.identity import actor_of, place_of
from bot.fronts.discord.render.milestones import handed_in_embed
from bot.fronts.discord.reply import reply
from bot.fronts.discord.text import clip
from bot.fronts.discord.uploads import fetch
from bot.services.milestones import NAME_MAX

Asked = discord.Interaction[ColloquyBot]


class Milestones(commands.Cog):
    """Handing in pieces of the project."""

    def __init__(self, bot: ColloquyBot) -> None:
        self.bot = bot

    @app_commands.command(name="submit-milestone", description="Hand in a milestone of the project for your group")
    @app_commands.describe(
        milestone="Which one; the next that you owe by default",
        link="A link that the staff can open",
        file="The PDF (or a zip)",
        code="The code as a zip",
    )
    async def submit_milestone(
        self,
        interaction: Asked,
        milestone: app_commands.Range[str, 1, NAME_MAX] | None = None,
        link: app_commands.Range[str, 1, LINK_MAX] | None = None,
        file: discord.Attachment | None = None,
        code: discord.Attachment | None = None,
    ) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        services, place, actor, at = (
            self.bot.services,
            place_of(interaction),
            actor_of(interaction),
            interaction.created_at,
        )
        await services.milestone_hand_ins.check(place, actor, milestone, at)
        max_mb = await services.files.max_mb(place)
        done = await services.milestone_hand_ins.submit(
            place,
            actor,
            milestone,
            at,
            str(interaction.id),
            link=link,
            file=await fetch(file, max_mb) if file else None,
            code=await fetch(code, max_mb) if code else None,
        )
        await reply(interaction, embed=handed_in_embed(done))

    @submit_milestone.autocomplete("milestone")
    async def _milestones(self, interaction: Asked, typed: str) -> list[app_commands.Choice[str]]:
        found = await self.bot.services.milestone_hand_ins.suggest(place_of(interaction), actor_of(interaction), typed)
        return [app_commands.Choice(name=clip(one.label, 100), value=clip(one.value, NAME_MAX)) for one in found[:25]]


async def setup(bot: ColloquyBot) -> None:
    await bot.add_cog(Milestones(bot))
