"""/check-in, and `/staff attendance` with its buttons."""

from __future__ import annotations

import re
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.core.people import Actor
from bot.fronts.discord.client import ColloquyBot
from bot.fronts.discord.confirm import Confirmed, confirm_view
from bot.fronts.discord.errors import reported
from bot.fronts.discord.identity import place_of, staff_actor_of
from bot.fronts.discord.render.attendance import checked_in_text, discard_embed, roll_embed, roll_file, sheet_embed
from bot.fronts.discord.reply import redraw, reply
from bot.fronts.discord.text import clip
from bot.services.attendance_desk import Sheet

Asked = discord.Interaction[ColloquyBot]

_DISCARD = "attendance-discard"


class SheetButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]],
    template=r"attendance:(?P<what>refresh|close|reopen|missing|discard):(?P<session_id>\d+)",
):
    """What staff do with the check-in of a class."""

    def __init__(self, what: str, session_id: int, label: str = "…", *, danger: bool = False) -> None:
        style = discord.ButtonStyle.danger if danger else discord.ButtonStyle.secondary
        super().__init__(discord.ui.Button(label=label, style=style, custom_id=f"attendance:{what}:{session_id}"))
        self.what = what
        self.session_id = session_id

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> SheetButton:
        return cls(match["what"], int(match["session_id"]))

    @reported
    async def callback(self, interaction: Asked) -> None:
        services, place, at = interaction.client.services, place_of(interaction), interaction.created_at
        actor = await staff_actor_of(interaction, services.courses)
        if self.what == "missing":
            roll = await services.attendance.roll(place, actor, self.session_id)
            await reply(interaction, embed=roll_embed(roll), file=roll_file(roll))
            return
        if self.what == "discard":
            shown = await services.attendance.preview_discard(place, actor, self.session_id, at)
            view = confirm_view(_DISCARD, shown.token, "Discard", danger=True)
            await reply(interaction, embed=discard_embed(shown), view=view)
            return
        act = {
            "refresh": services.attendance.sheet,
            "close": services.attendance.close,
            "reopen": services.attendance.reopen,
        }[self.what]
        sheet = await act(place, actor, self.session_id, at)
        await redraw(interaction, sheet_embed(sheet), _sheet_view(sheet))


def _sheet_view(sheet: Sheet) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    view.add_item(SheetButton("refresh", sheet.session_id, "Refresh"))
    view.add_item(SheetButton("missing", sheet.session_id, "Who is missing"))
    if sheet.open:
        view.add_item(SheetButton("close", sheet.session_id, "Close"))
    else:
        view.add_item(SheetButton("reopen", sheet.session_id, "Open again"))
    view.add_item(SheetButton("discard", sheet.session_id, "Discard", danger=True))
    return view


class Attendance(commands.Cog):
    """Checking in."""

    def __init__(self, bot: ColloquyBot) -> None:
        self.bot = bot

    @app_commands.command(name="check-in", description="Say that you are in class, with the code on the screen")
    @app_commands.describe(code="The six letters and digits that the screen shows")
    async def check_in(self, interaction: Asked, code: app_commands.Range[str, 1, 40]) -> None:
        actor = await staff_actor_of(interaction, self.bot.services.courses)
        done = await self.bot.services.attendance.check_in(place_of(interaction), actor, code, interaction.created_at)
        await reply(interaction, checked_in_text(done))


@app_commands.command(name="attendance", description="Open the check-in of a class, see who is in, mark somebody")
@app_commands.describe(
    session="The class; the one on now if you name none",
    person="Mark this student by hand, instead of opening",
    there="With person: False takes a mark back",
)
async def attendance(
    interaction: Asked, session: str | None = None, person: str | None = None, there: bool = True
) -> None:
    services, place, at = interaction.client.services, place_of(interaction), interaction.created_at
    actor = await staff_actor_of(interaction, services.courses)
    if person is None:
        sheet = await services.attendance.open(place, actor, session, at)
    else:
        sheet = await services.attendance.mark(place, actor, session, person, at, there=there)
    await reply(interaction, embed=sheet_embed(sheet), view=_sheet_view(sheet))


@attendance.autocomplete("session")
async def _sessions(interaction: Asked, typed: str) -> list[app_commands.Choice[str]]:
    service = interaction.client.services.attendance
    named = await service.session_names(place_of(interaction), typed, interaction.created_at)
    return [app_commands.Choice(name=clip(one.label, 100), value=one.value) for one in named[:25]]


@attendance.autocomplete("person")
async def _students(interaction: Asked, typed: str) -> list[app_commands.Choice[str]]:
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    found = await services.students.suggest(place_of(interaction), actor, typed)
    return [app_commands.Choice(name=clip(label, 100), value=value) for label, value in found[:25]]


async def _confirm_discard(interaction: Asked, actor: Actor, token: str) -> Confirmed:
    service = interaction.client.services.attendance
    done = await service.confirm_discard(place_of(interaction), actor, token, interaction.created_at)
    return discard_embed(done), None


async def setup(bot: ColloquyBot) -> None:
    bot.add_dynamic_items(SheetButton)
    bot.confirmations[_DISCARD] = _confirm_discard
    staff = bot.tree.get_command("staff")
    assert isinstance(staff, app_commands.Group)
    staff.add_command(attendance)
    await bot.add_cog(Attendance(bot))
