"""The Calendar button under /schedule: one's calendar as a file, and the addresses to subscribe to."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

import discord

from bot.fronts.discord.errors import reported
from bot.fronts.discord.identity import place_of, staff_actor_of
from bot.fronts.discord.render.calendars import calendar_embed, renew_embed
from bot.fronts.discord.reply import redraw, reply
from bot.services.calendars import MyCalendar, Which

if TYPE_CHECKING:
    from bot.fronts.discord.client import ColloquyBot

_NEW = {Which.PERSON: "New address for me", Which.GROUP: "New for the group", Which.COURSE: "New for the course"}


class AddressButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]],
    template=r"calendar:(?P<verb>ask|renew|keep):(?P<which>person|group|course):(?P<mark>[0-9a-f]{8})",
):
    """Asks whether an address shall be replaced, replaces it, or leaves it. The mark says which one was shown."""

    def __init__(self, verb: str, which: Which, mark: str, label: str = "…") -> None:
        style = discord.ButtonStyle.danger if verb == "renew" else discord.ButtonStyle.secondary
        custom_id = f"calendar:{verb}:{which}:{mark}"
        super().__init__(discord.ui.Button(label=label, style=style, custom_id=custom_id))
        self.verb = verb
        self.which = which
        self.mark = mark

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> AddressButton:
        return cls(match["verb"], Which(match["which"]), match["mark"])

    @reported
    async def callback(self, interaction: discord.Interaction[ColloquyBot]) -> None:
        if self.verb == "ask":
            view = discord.ui.View(timeout=None)
            view.add_item(AddressButton("renew", self.which, self.mark, "Make a new address"))
            view.add_item(AddressButton("keep", self.which, self.mark, "Keep the old one"))
            await redraw(interaction, renew_embed(self.which), view)
            return
        calendars, place = interaction.client.services.calendars, place_of(interaction)
        actor, now = await staff_actor_of(interaction, interaction.client.services.courses), interaction.created_at
        if self.verb == "renew":
            mine = await calendars.renew(place, actor, self.which, self.mark, now)
        else:
            mine = await calendars.mine(place, actor, now)
        await redraw(interaction, calendar_embed(mine), _addresses(mine))


class CalendarButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"calendar:show"):
    """Gives whoever presses their own calendar."""

    def __init__(self) -> None:
        super().__init__(discord.ui.Button(label="Calendar", emoji="📅", custom_id="calendar:show"))

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> CalendarButton:
        return cls()

    @reported
    async def callback(self, interaction: discord.Interaction[ColloquyBot]) -> None:
        services = interaction.client.services
        actor = await staff_actor_of(interaction, services.courses)
        await interaction.response.defer(ephemeral=True, thinking=True)
        mine = await services.calendars.mine(place_of(interaction), actor, interaction.created_at)
        file = discord.File(io.BytesIO(mine.data), filename=mine.file)
        await reply(interaction, embed=calendar_embed(mine), view=_addresses(mine), file=file)


def _addresses(mine: MyCalendar) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    for one in mine.addresses:
        view.add_item(AddressButton("ask", one.which, one.mark, _NEW[one.which]))
    return view
