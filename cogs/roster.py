"""/link, and what staff do about the roster: import it, send codes, link by hand, merge two rows for one person."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from bot.core.errors import CourseError
from bot.core.people import Actor
from bot.fronts.discord.client import ColloquyBot
from bot.fronts.discord.confirm import Confirmed, confirm_view
from bot.fronts.discord.identity import actor_of, member_actor, place_of, staff_actor_of
from bot.fronts.discord.render.roster import (
    codes_file,
    codes_text,
    linked_text,
    merging_embed,
    roster_embed,
    unlinked_text,
)
from bot.fronts.discord.reply import reply
from bot.fronts.discord.staff_commands import staff_group
from bot.fronts.discord.text import clip

FILE_MAX = 2 * 1024 * 1024
"""Bytes of a class list: 5,000 people fit well."""


class Linking(commands.Cog):
    """A student ties their account to their entry on the roster."""

    def __init__(self, bot: ColloquyBot) -> None:
        self.bot = bot

    @app_commands.command(name="link", description="Tie your account to your entry on the course's roster")
    @app_commands.describe(code="The code that the staff sent you, like K7QX2-M2PDA")
    async def link(self, interaction: discord.Interaction, code: app_commands.Range[str, 1, 40]) -> None:
        linked = await self.bot.services.linking.link(
            place_of(interaction), actor_of(interaction), code, interaction.created_at
        )
        await reply(interaction, linked_text(linked))


@app_commands.command(name="roster", description="Import the class list (CSV, as Canvas and others export it)")
@app_commands.describe(file="Name, e-mail, login and section, with headings")
async def import_roster(interaction: discord.Interaction[ColloquyBot], file: discord.Attachment) -> None:
    """`/staff import roster`."""
    if file.size > FILE_MAX:
        raise CourseError(f"{file.filename} has {file.size // 1024} kB; a class list has at most 2 MB.")
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    await interaction.response.defer(ephemeral=True, thinking=True)
    data = await file.read()
    preview = await services.roster.preview(place_of(interaction), actor, data, interaction.created_at)
    view = confirm_view("roster", preview.token, "Import", danger=preview.plan.diff.drops_most)
    await reply(interaction, embed=roster_embed(preview.plan, done=False), view=view)


async def _confirm_roster(interaction: discord.Interaction[ColloquyBot], actor: Actor, token: str) -> Confirmed:
    await interaction.response.defer()  # a large roster takes a moment
    imported = await interaction.client.services.roster.confirm(
        place_of(interaction), actor, token, interaction.created_at
    )
    if imported.codes:
        await reply(interaction, codes_text(imported.codes), file=codes_file(imported.codes))
    return roster_embed(imported.plan, done=True), None


@app_commands.command(name="codes", description="The codes of all who are not linked yet, as a file for a mail merge")
async def codes(interaction: discord.Interaction[ColloquyBot]) -> None:
    """`/staff student codes`."""
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    found = await services.roster.codes(place_of(interaction), actor, interaction.created_at)
    await reply(interaction, codes_text(found), file=codes_file(found) if found else None)


@app_commands.command(name="link", description="Tie an account to someone by hand")
@app_commands.describe(
    person="Someone on the roster or the course page who has no account yet",
    member="Whose account it is",
    replace="Undo what either of the two is linked to now",
)
async def link_by_hand(
    interaction: discord.Interaction[ColloquyBot], person: str, member: discord.Member, replace: bool = False
) -> None:
    """`/staff student link`."""
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    whose = await member_actor(interaction, member, services.courses)
    linked = await services.linking.link_by_hand(
        place_of(interaction), actor, person, whose, interaction.created_at, replace=replace
    )
    await reply(interaction, linked_text(linked, f"<@{whose.user_id}> is"))


@app_commands.command(name="unlink", description="Take an account off its entry on the roster")
@app_commands.describe(member="Whose account it is; the entry gets a new code")
async def unlink(interaction: discord.Interaction[ColloquyBot], member: discord.Member) -> None:
    """`/staff student unlink`."""
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    whose = await member_actor(interaction, member, services.courses)
    unlinked = await services.linking.unlink(place_of(interaction), actor, whose, interaction.created_at)
    await reply(interaction, unlinked_text(unlinked, whose.user_id))


@app_commands.command(name="merge", description="Make two entries that are one person one: shown first")
@app_commands.describe(
    keep="The entry that stays; one on the roster goes before all others", duplicate="The entry that goes into it"
)
async def merge(interaction: discord.Interaction[ColloquyBot], keep: str, duplicate: str) -> None:
    """`/staff student merge`."""
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    merging = await services.linking.preview_merge(
        place_of(interaction), actor, keep, duplicate, interaction.created_at
    )
    view = confirm_view("people-merge", merging.token, "Merge", danger=True)
    await reply(interaction, embed=merging_embed(merging, done=False), view=view)


async def _confirm_merge(interaction: discord.Interaction[ColloquyBot], actor: Actor, token: str) -> Confirmed:
    merging = await interaction.client.services.linking.confirm_merge(
        place_of(interaction), actor, token, interaction.created_at
    )
    return merging_embed(merging, done=True), None


async def _suggest(
    interaction: discord.Interaction[ColloquyBot], typed: str, *, unlinked: bool
) -> list[app_commands.Choice[str]]:
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    found = await services.linking.suggest(place_of(interaction), actor, typed, unlinked=unlinked)
    return [app_commands.Choice(name=clip(one.label, 100), value=one.value) for one in found[:25]]


@link_by_hand.autocomplete("person")
async def _unlinked(interaction: discord.Interaction[ColloquyBot], typed: str) -> list[app_commands.Choice[str]]:
    return await _suggest(interaction, typed, unlinked=True)


@merge.autocomplete("keep")
@merge.autocomplete("duplicate")
async def _anyone(interaction: discord.Interaction[ColloquyBot], typed: str) -> list[app_commands.Choice[str]]:
    return await _suggest(interaction, typed, unlinked=False)


async def setup(bot: ColloquyBot) -> None:
    bot.confirmations["roster"] = _confirm_roster
    bot.confirmations["people-merge"] = _confirm_merge
    staff_group(bot, "import").add_command(import_roster)
    student = staff_group(bot, "student")
    student.add_command(codes)
    student.add_command(link_by_hand)
    student.add_command(unlink)
    student.add_command(merge)
    await bot.add_cog(Linking(bot))
