"""/staff grades mark and gradebook."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.core.errors import CourseError
from bot.core.gradebook import MARKED
from bot.core.people import Actor
from bot.fronts.discord.client import ColloquyBot
from bot.fronts.discord.confirm import Confirmed, confirm_view
from bot.fronts.discord.identity import place_of, staff_actor_of
from bot.fronts.discord.render.gradebook import file_of, filled_embed, marking_embed, written_text
from bot.fronts.discord.reply import reply
from bot.fronts.discord.staff_commands import staff_group
from bot.fronts.discord.text import clip
from bot.importers.canvas import MAX_BYTES
from bot.services.marks import NOTE_MAX

Interaction = discord.Interaction[ColloquyBot]
Who = app_commands.Range[str, 1, 100]

_FEATURE = "marks"
_ITEMS = [app_commands.Choice(name=item.value, value=item.value) for item in MARKED]
_TAKE_BACK = "none"


@app_commands.command(name="mark", description="Give a student or a group points, or take them back")
@app_commands.describe(
    who="A student, or a group: shown first",
    item="For what",
    points="Like 87.5 (of 100) or 13/15; none takes them back",
    session="Which class, if there are several",
    note="Why, for staff",
)
@app_commands.choices(item=_ITEMS)
async def mark(
    interaction: Interaction,
    who: Who,
    item: str,
    points: app_commands.Range[str, 1, 20],
    session: str = "",
    note: app_commands.Range[str, 1, NOTE_MAX] = "",
) -> None:
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    taken = points.strip().casefold() == _TAKE_BACK
    shown = await services.marks.give(
        place_of(interaction), actor, who, item, session, None if taken else points, note, interaction.created_at
    )
    view = confirm_view(_FEATURE, shown.token, "Take them back" if taken else "Mark them", danger=taken)
    await reply(interaction, embed=marking_embed(shown, done=shown.token is None), view=view)


async def _confirm(interaction: Interaction, actor: Actor, token: str) -> Confirmed:
    marks = interaction.client.services.marks
    done = await marks.confirm(place_of(interaction), actor, token, interaction.created_at)
    return marking_embed(done, done=True), None


@mark.autocomplete("who")
async def _suggest_who(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    found = await services.marks.suggest(place_of(interaction), actor, typed)
    return [app_commands.Choice(name=clip(label, 100), value=value) for label, value in found[:25]]


@mark.autocomplete("session")
async def _suggest_session(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    who, item = interaction.namespace.who or "", interaction.namespace.item or ""
    found = await services.marks.suggest_classes(place_of(interaction), actor, who, item, typed, interaction.created_at)
    return [app_commands.Choice(name=clip(label, 100), value=value) for label, value in found[:25]]


@app_commands.command(name="gradebook", description="The grades so far, as a table or filled into a Canvas export")
@app_commands.describe(file="The CSV that Canvas exports: only our columns change")
async def gradebook(interaction: Interaction, file: discord.Attachment | None = None) -> None:
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    if file is not None and file.size > MAX_BYTES:
        raise CourseError(f"{file.filename} has {file.size / 2**20:.1f} MB; a gradebook has at most 8 MB.")
    await interaction.response.defer(ephemeral=True, thinking=True)
    place, now = place_of(interaction), interaction.created_at
    if file is None:
        written = await services.gradebooks.write(place, actor, now)
        await reply(interaction, written_text(written), file=file_of(written.name, written.data))
        return
    done = await services.gradebooks.fill(place, actor, file.filename, await file.read(), now)
    await reply(interaction, embed=filled_embed(done), file=file_of(done.name, done.filled.data))


async def setup(bot: ColloquyBot) -> None:
    bot.confirmations[_FEATURE] = _confirm
    added: list[app_commands.Command[Any, ..., None]] = [mark, gradebook]
    for command in added:
        staff_group(bot, "grades").add_command(command)
