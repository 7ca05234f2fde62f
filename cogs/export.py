"""/staff export: the schedule as a file."""

from __future__ import annotations

import io

import discord
from discord import app_commands

from bot.exporters import Format
from bot.fronts.discord import text
from bot.fronts.discord.client import ColloquyBot
from bot.fronts.discord.identity import place_of, staff_actor_of
from bot.fronts.discord.reply import reply

_FORMATS = {
    Format.MARKDOWN: "Markdown, as course pages have it",
    Format.HTML: "Web page",
    Format.CSV: "Spreadsheet (CSV)",
    Format.ICS: "Calendar (ICS)",
}


@app_commands.command(name="export", description="The schedule with who does what, as a file for you alone")
@app_commands.describe(format="What to write it as")
@app_commands.choices(format=[app_commands.Choice(name=name, value=form.value) for form, name in _FORMATS.items()])
async def export(interaction: discord.Interaction[ColloquyBot], format: str) -> None:
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    await interaction.response.defer(ephemeral=True, thinking=True)
    done = await services.exports.export_for(place_of(interaction), actor, Format(format), interaction.created_at)
    file = discord.File(io.BytesIO(done.data), filename=done.name)
    await reply(interaction, f"The schedule, {text.count(done.sessions, 'session')}.", file=file)


async def setup(bot: ColloquyBot) -> None:
    staff = bot.tree.get_command("staff")
    assert isinstance(staff, app_commands.Group)
    staff.add_command(export)
