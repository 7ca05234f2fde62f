"""/schedule and /next-class."""

from __future__ import annotations

import re
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.fronts.discord.calendars import AddressButton, CalendarButton
from bot.fronts.discord.client import ColloquyBot
from bot.fronts.discord.errors import reported
from bot.fronts.discord.identity import place_of
from bot.fronts.discord.render.schedule import next_class_embed, page_embed
from bot.fronts.discord.reply import redraw, reply
from bot.services.schedule import SchedulePage


class PageButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"schedule:page:(?P<number>\d+)"):
    """Turns to a page. It works after a restart: the page is in its id."""

    def __init__(self, number: int, label: str = "…") -> None:
        super().__init__(discord.ui.Button(label=label, custom_id=f"schedule:page:{number}"))
        self.number = number

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> PageButton:
        return cls(int(match["number"]))

    @reported
    async def callback(self, interaction: discord.Interaction[ColloquyBot]) -> None:
        schedule = interaction.client.services.schedule
        page = await schedule.page(place_of(interaction), self.number, interaction.created_at)
        await redraw(interaction, page_embed(page), _pages(page))


def _pages(page: SchedulePage) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    if page.number > 0:
        view.add_item(PageButton(page.number - 1, "← Earlier"))
    if page.number < page.pages - 1:
        view.add_item(PageButton(page.number + 1, "Later →"))
    if page.total:
        view.add_item(CalendarButton())
    return view


class Schedule(commands.Cog):
    """What is on."""

    def __init__(self, bot: ColloquyBot) -> None:
        self.bot = bot

    @app_commands.command(name="schedule", description="All classes with their readings and duties, page by page")
    async def schedule(self, interaction: discord.Interaction) -> None:
        page = await self.bot.services.schedule.page(place_of(interaction), None, interaction.created_at)
        await reply(interaction, embed=page_embed(page), view=_pages(page))

    @app_commands.command(name="next-class", description="The next class: when, where, what to read, what is due")
    async def next_class(self, interaction: discord.Interaction) -> None:
        result = await self.bot.services.schedule.next_class(place_of(interaction), interaction.created_at)
        await reply(interaction, embed=next_class_embed(result))


async def setup(bot: ColloquyBot) -> None:
    bot.add_dynamic_items(PageButton, CalendarButton, AddressButton)
    await bot.add_cog(Schedule(bot))
