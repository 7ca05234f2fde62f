"""/staff: set-up, diagnosis and imports. Discord hides it from students; the services refuse them too."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.core.errors import CourseError
from bot.core.people import Actor
from bot.fronts.discord.client import ColloquyBot
from bot.fronts.discord.confirm import Confirmed, confirm_view
from bot.fronts.discord.identity import place_of, staff_actor_of
from bot.fronts.discord.permissions import channel_checks
from bot.fronts.discord.render.staff import doctor_embed, plan_embed, set_up_embed
from bot.fronts.discord.reply import reply

PAGE_MAX = 2 * 1024 * 1024
"""Bytes of a course page: the sample's is 12 kB; two megabytes are a mistake."""


@app_commands.default_permissions(manage_guild=True)
class Staff(commands.GroupCog, name="staff", description="For the course staff"):
    """What only staff do."""

    import_group = app_commands.Group(name="import", description="Bring in a file: see what would change, then confirm")

    def __init__(self, bot: ColloquyBot) -> None:
        self.bot = bot

    @app_commands.command(name="setup", description="Tie the course to this server and choose its channels")
    @app_commands.describe(
        announcements="Where reminders are posted",
        staff_channel="Where the bot reports to staff",
        staff_role="Who counts as staff besides those who manage the server",
        lock="When groups lock, like 2024-01-23 or 2024-01-23 18:00 (course time)",
    )
    async def set_up(
        self,
        interaction: discord.Interaction,
        announcements: discord.TextChannel | None = None,
        staff_channel: discord.TextChannel | None = None,
        staff_role: discord.Role | None = None,
        lock: str | None = None,
    ) -> None:
        result = await self.bot.services.courses.set_up(
            place_of(interaction),
            await staff_actor_of(interaction, self.bot.services.courses),
            interaction.created_at,
            announce_channel=str(announcements.id) if announcements else None,
            staff_channel=str(staff_channel.id) if staff_channel else None,
            staff_role=str(staff_role.id) if staff_role else None,
            lock=lock,
        )
        await reply(interaction, embed=set_up_embed(result))

    @app_commands.command(name="doctor", description="What is well, what is not, and what to do about it")
    async def doctor(self, interaction: discord.Interaction) -> None:
        actor = await staff_actor_of(interaction, self.bot.services.courses)
        found = await self.bot.services.doctor.examine(place_of(interaction), actor, interaction.created_at)
        checks = [*found.checks, *channel_checks(interaction.guild, found)]
        await reply(interaction, embed=doctor_embed(checks))

    @import_group.command(name="schedule", description="Import the course page (Markdown or HTML)")
    @app_commands.describe(file="The page with the schedule table, as a file")
    async def import_schedule(self, interaction: discord.Interaction, file: discord.Attachment) -> None:
        if file.size > PAGE_MAX:
            raise CourseError(f"{file.filename} has {file.size // 1024} kB; a course page has at most 2 MB.")
        actor = await staff_actor_of(interaction, self.bot.services.courses)
        await interaction.response.defer(ephemeral=True, thinking=True)
        data = await file.read()
        preview = await self.bot.services.imports.preview(place_of(interaction), actor, data, interaction.created_at)
        view = confirm_view("schedule", preview.token, "Import")
        await reply(interaction, embed=plan_embed(preview.plan, done=False), view=view)


async def _confirm_schedule(interaction: discord.Interaction[ColloquyBot], actor: Actor, token: str) -> Confirmed:
    imports = interaction.client.services.imports
    plan = await imports.confirm(place_of(interaction), actor, token, interaction.created_at)
    return plan_embed(plan, done=True), None


async def setup(bot: ColloquyBot) -> None:
    bot.confirmations["schedule"] = _confirm_schedule
    await bot.add_cog(Staff(bot))
