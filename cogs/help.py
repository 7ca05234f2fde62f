"""/help: every command the person can use, clickable, page by page; those of staff only for staff, last."""

from __future__ import annotations

import re
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.fronts.discord import text
from bot.fronts.discord.client import ColloquyBot
from bot.fronts.discord.errors import reported
from bot.fronts.discord.identity import staff_actor_of
from bot.fronts.discord.render.schedule import COLOUR
from bot.fronts.discord.reply import redraw, reply

_MAX = 2400
"""Characters of a page before its commands are made clickable, which adds some twenty to each; 4,096 are the most."""


class HelpButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"help:page:(?P<number>\d+)"):
    """Turns to a page of those that the one who presses may see."""

    def __init__(self, number: int, label: str = "…") -> None:
        super().__init__(discord.ui.Button(label=label, custom_id=f"help:page:{number}"))
        self.number = number

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> HelpButton:
        return cls(int(match["number"]))

    @reported
    async def callback(self, interaction: discord.Interaction[ColloquyBot]) -> None:
        actor = await staff_actor_of(interaction, interaction.client.services.courses)
        await redraw(interaction, *_page(interaction.client, self.number, actor.staff))


def _page(bot: ColloquyBot, number: int, staff: bool) -> tuple[discord.Embed, discord.ui.View]:
    everybody: list[str] = []
    for_staff: list[str] = []
    for command in sorted(bot.tree.get_commands(), key=lambda command: command.name):
        if isinstance(command, app_commands.Group):
            leaves = [_line(leaf) for leaf in command.walk_commands() if isinstance(leaf, app_commands.Command)]
            (for_staff if command.default_permissions else everybody).extend(leaves)
        elif isinstance(command, app_commands.Command):
            everybody.append(_line(command))
    pages = [*_split(everybody), *(_split(sorted(for_staff)) if staff else [])]
    number = min(number, len(pages) - 1)
    embed = discord.Embed(title="Colloquy", description="\n".join(pages[number]), colour=COLOUR)
    if len(pages) > 1:
        embed.set_footer(text=f"Page {number + 1} of {len(pages)}")
    view = discord.ui.View(timeout=None)
    if number > 0:
        view.add_item(HelpButton(number - 1, "← Back"))
    if number < len(pages) - 1:
        view.add_item(HelpButton(number + 1, "More →"))
    return embed, view


def _line(command: app_commands.Command[Any, ..., Any]) -> str:
    return f"`/{command.qualified_name}` · {command.description}"


def _split(lines: list[str]) -> list[list[str]]:
    pages: list[list[str]] = [[]]
    for line in lines:
        if sum(map(len, pages[-1])) + len(line) > _MAX:
            pages.append([])
        pages[-1].append(text.clip(line, 200))
    return pages


class Help(commands.Cog):
    """What there is."""

    def __init__(self, bot: ColloquyBot) -> None:
        self.bot = bot

    @app_commands.command(name="help", description="What this bot can do for you")
    async def help(self, interaction: discord.Interaction) -> None:
        actor = await staff_actor_of(interaction, self.bot.services.courses)
        embed, view = _page(self.bot, 0, actor.staff)
        await reply(interaction, embed=embed, view=view)


async def setup(bot: ColloquyBot) -> None:
    bot.add_dynamic_items(HelpButton)
    await bot.add_cog(Help(bot))
