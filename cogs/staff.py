"""/staff: set-up, doctor, policies, audit, imports. Discord hides it from students; the services refuse them too."""

from __future__ import annotations

import re
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.core.errors import CourseError
from bot.core.people import Actor
from bot.fronts.discord.client import ColloquyBot
from bot.fronts.discord.confirm import Confirmed, confirm_view
from bot.fronts.discord.errors import reported
from bot.fronts.discord.identity import place_of, staff_actor_of
from bot.fronts.discord.permissions import channel_checks
from bot.fronts.discord.render.deadlines import policy_embed
from bot.fronts.discord.render.staff import audit_embed, doctor_embed, plan_embed, policies_embed, set_up_embed
from bot.fronts.discord.reply import redraw, reply
from bot.fronts.discord.text import clip
from bot.services.audit import AuditPage

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
        guild = interaction.guild
        checks = [*found.checks, *channel_checks(guild, found), *self.bot.events.checks(guild)]
        await reply(interaction, embed=doctor_embed(checks))

    @app_commands.command(name="policy", description="The course's rules: see them all, one of them, or set one")
    @app_commands.describe(key="Which one", value="What it becomes; leave it out to see what it is")
    async def policy(
        self,
        interaction: discord.Interaction,
        key: app_commands.Range[str, 1, 60] | None = None,
        value: app_commands.Range[str, 1, 200] | None = None,
    ) -> None:
        place, policies = place_of(interaction), self.bot.services.policies
        actor = await staff_actor_of(interaction, self.bot.services.courses)
        if key is None and value is not None:
            raise CourseError("Say which policy this is for: give `/staff policy` a key too.")
        if key is None:
            await reply(interaction, embed=policies_embed(await policies.lines(place, actor)))
        elif value is None:
            await reply(interaction, embed=policies_embed([await policies.one(place, actor, key)]))
        else:
            change = await policies.put(place, actor, key, value, interaction.created_at)
            embed = policy_embed(change) if change.token else policies_embed([change.line])
            await reply(interaction, embed=embed, view=confirm_view("policy", change.token, "Change it"))

    @policy.autocomplete("key")
    async def _policy_keys(self, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        actor = await staff_actor_of(interaction, self.bot.services.courses)
        lines = await self.bot.services.policies.lines(place_of(interaction), actor)
        shown = [(clip(f"{line.key} = {line.value}", 100), line.key) for line in lines if typed.casefold() in line.key]
        return [app_commands.Choice(name=name, value=key) for name, key in shown[:25]]

    @app_commands.command(name="audit", description="Who of the staff did what, the newest first")
    @app_commands.describe(page="Which page; the first if left out")
    async def audit(self, interaction: discord.Interaction, page: app_commands.Range[int, 1, 9999] = 1) -> None:
        actor = await staff_actor_of(interaction, self.bot.services.courses)
        shown = await self.bot.services.audit.page(place_of(interaction), actor, page - 1)
        await reply(interaction, embed=audit_embed(shown), view=_audit_view(shown))

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


class AuditPageButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"audit:page:(?P<page>\d{1,6})"):
    """Shows another page of the audit, as it is now."""

    def __init__(self, page: int, label: str = "…") -> None:
        super().__init__(discord.ui.Button(label=label, custom_id=f"audit:page:{page}"))
        self.page = page

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> AuditPageButton:
        return cls(int(match["page"]))

    @reported
    async def callback(self, interaction: discord.Interaction[ColloquyBot]) -> None:
        services = interaction.client.services
        actor = await staff_actor_of(interaction, services.courses)
        shown = await services.audit.page(place_of(interaction), actor, self.page)
        await redraw(interaction, audit_embed(shown), _audit_view(shown))


def _audit_view(page: AuditPage) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    if page.number > 0:
        view.add_item(AuditPageButton(page.number - 1, "← Newer"))
    if page.number < page.pages - 1:
        view.add_item(AuditPageButton(page.number + 1, "Older →"))
    return view


async def _confirm_schedule(interaction: discord.Interaction[ColloquyBot], actor: Actor, token: str) -> Confirmed:
    imports = interaction.client.services.imports
    plan = await imports.confirm(place_of(interaction), actor, token, interaction.created_at)
    return plan_embed(plan, done=True), None


async def _confirm_policy(interaction: discord.Interaction[ColloquyBot], actor: Actor, token: str) -> Confirmed:
    policies = interaction.client.services.policies
    change = await policies.confirm(place_of(interaction), actor, token, interaction.created_at)
    return policy_embed(change), None


async def setup(bot: ColloquyBot) -> None:
    bot.add_dynamic_items(AuditPageButton)
    bot.confirmations["schedule"] = _confirm_schedule
    bot.confirmations["policy"] = _confirm_policy
    await bot.add_cog(Staff(bot))
