"""/staff student: drop, restore, move."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.core.people import Actor
from bot.fronts.discord.client import ColloquyBot
from bot.fronts.discord.confirm import Confirmed, confirm_view
from bot.fronts.discord.identity import place_of, staff_actor_of
from bot.fronts.discord.render.staff_groups import drop_embed, move_embed
from bot.fronts.discord.reply import reply
from bot.fronts.discord.staff_commands import staff_group, suggest_groups
from bot.fronts.discord.text import clip, escape


@app_commands.command(name="drop", description="Take a student off the course: see what it touches, then confirm")
@app_commands.describe(person="The student")
async def drop(interaction: discord.Interaction[ColloquyBot], person: str) -> None:
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    shown = await services.students.preview_drop(place_of(interaction), actor, person, interaction.created_at)
    view = confirm_view("student-drop", shown.token, "Drop", danger=True)
    await reply(interaction, embed=drop_embed(shown, done=False), view=view)


async def _confirm_drop(interaction: discord.Interaction[ColloquyBot], actor: Actor, token: str) -> Confirmed:
    students = interaction.client.services.students
    done = await students.confirm_drop(place_of(interaction), actor, token, interaction.created_at)
    return drop_embed(done, done=True), None


@app_commands.command(name="restore", description="Take a student back who was dropped")
@app_commands.describe(person="The student")
async def restore(interaction: discord.Interaction[ColloquyBot], person: str) -> None:
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    name = await services.students.restore(place_of(interaction), actor, person, interaction.created_at)
    await reply(
        interaction,
        f"{escape(name)} is in the course again, in no group and without the duties they gave up. "
        "`/staff student move` puts them in a group.",
    )


@app_commands.command(name="move", description="Put a student in another group: see what it touches, then confirm")
@app_commands.describe(
    person="The student", group="The group they go to", bigger="If it is full, give it one more seat"
)
async def move(interaction: discord.Interaction[ColloquyBot], person: str, group: str, bigger: bool = False) -> None:
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    shown = await services.students.preview_move(
        place_of(interaction), actor, person, group, interaction.created_at, bigger=bigger
    )
    await reply(
        interaction, embed=move_embed(shown, done=False), view=confirm_view("student-move", shown.token, "Move")
    )


async def _confirm_move(interaction: discord.Interaction[ColloquyBot], actor: Actor, token: str) -> Confirmed:
    students = interaction.client.services.students
    done = await students.confirm_move(place_of(interaction), actor, token, interaction.created_at)
    return move_embed(done, done=True), None


async def _choices(
    interaction: discord.Interaction[ColloquyBot], typed: str, *, dropped: bool
) -> list[app_commands.Choice[str]]:
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    found = await services.students.suggest(place_of(interaction), actor, typed, dropped=dropped)
    return [app_commands.Choice(name=clip(label, 100), value=value) for label, value in found[:25]]


@drop.autocomplete("person")
@move.autocomplete("person")
async def suggest_students(interaction: discord.Interaction[ColloquyBot], typed: str) -> list[app_commands.Choice[str]]:
    """Every student of the course."""
    return await _choices(interaction, typed, dropped=False)


@restore.autocomplete("person")
async def suggest_dropped(interaction: discord.Interaction[ColloquyBot], typed: str) -> list[app_commands.Choice[str]]:
    """Who was dropped."""
    return await _choices(interaction, typed, dropped=True)


move.autocomplete("group")(suggest_groups)  # full ones too: `bigger` makes room


async def setup(bot: ColloquyBot) -> None:
    bot.confirmations["student-drop"] = _confirm_drop
    bot.confirmations["student-move"] = _confirm_move
    added: list[app_commands.Command[Any, ..., None]] = [drop, restore, move]
    for command in added:
        staff_group(bot, "student").add_command(command)
