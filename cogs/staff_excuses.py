"""/staff student excuse and unexcuse."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.fronts.discord.client import ColloquyBot
from bot.fronts.discord.identity import place_of, staff_actor_of
from bot.fronts.discord.reply import reply
from bot.fronts.discord.staff_commands import staff_group
from bot.fronts.discord.text import clip, escape
from bot.services.excuses import REASON_MAX, WHAT
from bot.services.milestones import NAME_MAX

Interaction = discord.Interaction[ColloquyBot]


@app_commands.command(name="excuse", description="Excuse a student from something due, before it or after")
@app_commands.describe(
    person="The student",
    what="From what",
    reason="Kept, and shown to the student",
    session="Of this class only",
    milestone="This milestone only",
)
@app_commands.choices(what=[app_commands.Choice(name=name, value=value) for value, name in WHAT.items()])
async def excuse(
    interaction: Interaction,
    person: str,
    what: str,
    reason: app_commands.Range[str, 1, REASON_MAX],
    session: app_commands.Range[str, 1, 40] | None = None,
    milestone: app_commands.Range[str, 1, NAME_MAX] | None = None,
) -> None:
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    done = await services.excuses.give(
        place_of(interaction), actor, person, what, reason, interaction.created_at, session=session, milestone=milestone
    )
    await reply(
        interaction,
        f"{escape(done.name)} is excused from {escape(done.what)}. Reason: {escape(done.reason)}\n"
        "It also counts for what was due before. `/staff student unexcuse` takes it back.",
    )


@app_commands.command(name="unexcuse", description="Take an excuse back")
@app_commands.describe(excuse="Which one")
async def unexcuse(interaction: Interaction, excuse: str) -> None:
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    done = await services.excuses.withdraw(place_of(interaction), actor, excuse, interaction.created_at)
    await reply(interaction, f"{escape(done.name)} is no longer excused from {escape(done.what)}.")


@excuse.autocomplete("person")
async def suggest_person(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    """Every student of the course."""
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    found = await services.students.suggest(place_of(interaction), actor, typed)
    return [app_commands.Choice(name=clip(label, 100), value=value) for label, value in found[:25]]


@excuse.autocomplete("session")
async def suggest_session(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    """The classes, those about now first."""
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    found = await services.excuses.classes(place_of(interaction), actor, typed, interaction.created_at)
    return [app_commands.Choice(name=clip(label, 100), value=value) for label, value in found[:25]]


@excuse.autocomplete("milestone")
async def suggest_milestone(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    """The milestones there are."""
    names = await interaction.client.services.milestones.names(place_of(interaction), typed)
    return [app_commands.Choice(name=clip(name, 100), value=clip(name, NAME_MAX)) for name in names[:25]]


@unexcuse.autocomplete("excuse")
async def suggest_excuse(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    """The excuses in force."""
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    found = await services.excuses.suggest(place_of(interaction), actor, typed)
    return [app_commands.Choice(name=clip(label, 100), value=value) for label, value in found[:25]]


async def setup(bot: ColloquyBot) -> None:
    ours: list[app_commands.Command[Any, ..., None]] = [excuse, unexcuse]
    for command in ours:
        staff_group(bot, "student").add_command(command)
