"""/staff questions and `/staff digest`."""

from __future__ import annotations

import discord
from discord import app_commands

from bot.fronts.discord.client import ColloquyBot
from bot.fronts.discord.identity import place_of, staff_actor_of
from bot.fronts.discord.render.questions import digest_files, digest_text, grouped_text, owed_file, owed_text
from bot.fronts.discord.reply import reply
from bot.fronts.discord.staff_commands import staff_group
from bot.fronts.discord.text import clip
from bot.services.question_desk import Named

Asked = discord.Interaction[ColloquyBot]
_CLASS = "The class; the next one by default"


@app_commands.command(name="owing", description="Who still owes a question for a class")
@app_commands.describe(session=_CLASS)
async def owing(interaction: Asked, session: str | None = None) -> None:
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    owed = await services.questions.owed(place_of(interaction), actor, session, interaction.created_at)
    await reply(interaction, owed_text(owed), file=owed_file(owed) if owed.people else None)


@app_commands.command(name="group", description="Put a question under another that asks the same")
@app_commands.describe(question="The one that goes under the other", under="The one that stands for both")
async def group(interaction: Asked, question: str, under: str) -> None:
    await _group(interaction, question, under)


@app_commands.command(name="ungroup", description="Let a question stand by itself again")
@app_commands.describe(question="One that stands under another")
async def ungroup(interaction: Asked, question: str) -> None:
    await _group(interaction, question, None)


async def _group(interaction: Asked, question: str, under: str | None) -> None:
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    done = await services.questions.group(place_of(interaction), actor, question, under, interaction.created_at)
    await reply(interaction, grouped_text(done))


@app_commands.command(name="digest", description="All questions of a class, as they stand")
@app_commands.describe(session=_CLASS)
async def digest(interaction: Asked, session: str | None = None) -> None:
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    made = await services.questions.digest(place_of(interaction), actor, session, interaction.created_at)
    await reply(interaction, digest_text(made), files=digest_files(made))


@owing.autocomplete("session")
@digest.autocomplete("session")
async def _classes(interaction: Asked, typed: str) -> list[app_commands.Choice[str]]:
    questions = interaction.client.services.questions
    return _choices(await questions.class_names(place_of(interaction), typed, interaction.created_at, all_=True))


@group.autocomplete("question")
async def _questions(interaction: Asked, typed: str) -> list[app_commands.Choice[str]]:
    return await _texts(interaction, typed, None, _given(interaction, "under"))


@group.autocomplete("under")
async def _others(interaction: Asked, typed: str) -> list[app_commands.Choice[str]]:
    return await _texts(interaction, typed, None, _given(interaction, "question"))


def _given(interaction: Asked, option: str) -> str | None:
    """What stands in the other option by now."""
    said = getattr(interaction.namespace, option, None)
    return str(said) if said else None


@ungroup.autocomplete("question")
async def _grouped(interaction: Asked, typed: str) -> list[app_commands.Choice[str]]:
    return await _texts(interaction, typed, True)


async def _texts(
    interaction: Asked, typed: str, grouped: bool | None, beside: str | None = None
) -> list[app_commands.Choice[str]]:
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    at = interaction.created_at
    place = place_of(interaction)
    return _choices(await services.questions.texts(place, actor, typed, at, grouped=grouped, beside=beside))


def _choices(named: list[Named]) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=clip(" ".join(one.label.split()), 100), value=one.value) for one in named[:25]]


async def setup(bot: ColloquyBot) -> None:
    staff = bot.tree.get_command("staff")
    assert isinstance(staff, app_commands.Group)
    staff.add_command(digest)
    questions = staff_group(bot, "questions")
    questions.add_command(owing)
    questions.add_command(group)
    questions.add_command(ungroup)
