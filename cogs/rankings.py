"""/rank-slots: the panel with the group's ranking. Each press saves."""

from __future__ import annotations

import re
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.core.errors import CourseError
from bot.fronts.discord import errors
from bot.fronts.discord.client import ColloquyBot
from bot.fronts.discord.errors import reported
from bot.fronts.discord.identity import actor_of, place_of
from bot.fronts.discord.render.duties import ranking_embed
from bot.fronts.discord.reply import redraw, reply
from bot.fronts.discord.text import clip
from bot.services.rankings import Ranking, choice_label

PAGE = 25
"""Sessions a page: as many as a menu has entries."""


class AddSelect(discord.ui.DynamicItem[discord.ui.Select[Any]], template=r"rank:add:(?P<page>\d+)"):
    """Makes the session that is picked the group's next choice."""

    def __init__(self, page: int, options: list[discord.SelectOption]) -> None:
        select: discord.ui.Select[Any] = discord.ui.Select(
            custom_id=f"rank:add:{page}", placeholder="Add the next choice", options=options
        )
        super().__init__(select)
        self.page = page

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> AddSelect:
        assert isinstance(item, discord.ui.Select)
        return cls(int(match["page"]), item.options)

    @reported
    async def callback(self, interaction: discord.Interaction[ColloquyBot]) -> None:
        rankings, place, actor = interaction.client.services.rankings, place_of(interaction), actor_of(interaction)
        try:
            ranking = await rankings.add(place, actor, int(self.item.values[0]), interaction.created_at)
        except CourseError as refusal:
            # The panel is brought up to date for the refused too: what it offered was no longer to be had.
            ranking = await rankings.read(place, actor, interaction.created_at)
            await redraw(interaction, ranking_embed(ranking), _panel(ranking, self.page))
            await reply(interaction, errors.sentence(refusal))
            return
        await redraw(interaction, ranking_embed(ranking), _panel(ranking, self.page))


class PanelButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"rank:(?P<verb>last|clear|page):(?P<page>\d+)"
):
    """Takes the last choice off, or all, or turns the menu's page; shows the ranking as it is then."""

    def __init__(self, verb: str, page: int, label: str = "…", *, disabled: bool = False) -> None:
        super().__init__(discord.ui.Button(label=label, custom_id=f"rank:{verb}:{page}", disabled=disabled))
        self.verb = verb
        self.page = page

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> PanelButton:
        return cls(match["verb"], int(match["page"]))

    @reported
    async def callback(self, interaction: discord.Interaction[ColloquyBot]) -> None:
        rankings = interaction.client.services.rankings
        act = {"last": rankings.remove_last, "clear": rankings.clear, "page": rankings.read}[self.verb]
        ranking = await act(place_of(interaction), actor_of(interaction), interaction.created_at)
        await redraw(interaction, ranking_embed(ranking), _panel(ranking, self.page))


def _panel(ranking: Ranking, number: int) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    pages = max(1, -(-len(ranking.more) // PAGE))
    number = min(max(number, 0), pages - 1)
    if ranking.more and not ranking.full:
        here = ranking.more[number * PAGE : (number + 1) * PAGE]
        options = [discord.SelectOption(label=clip(choice_label(one), 100), value=str(one.session_id)) for one in here]
        view.add_item(AddSelect(number, options))
    nothing = not ranking.ranked
    view.add_item(PanelButton("last", number, "Remove last", disabled=nothing))
    view.add_item(PanelButton("clear", number, "Clear", disabled=nothing))
    if not ranking.full and number > 0:
        view.add_item(PanelButton("page", number - 1, "← Earlier"))
    if not ranking.full and number < pages - 1:
        view.add_item(PanelButton("page", number + 1, "Later →"))
    return view


class Rankings(commands.Cog):
    """Which sessions a group would like to have."""

    def __init__(self, bot: ColloquyBot) -> None:
        self.bot = bot

    @app_commands.command(name="rank-slots", description="Rank the classes your group would like to have")
    async def rank_slots(self, interaction: discord.Interaction) -> None:
        ranking = await self.bot.services.rankings.read(
            place_of(interaction), actor_of(interaction), interaction.created_at
        )
        await reply(interaction, embed=ranking_embed(ranking), view=_panel(ranking, 0))


async def setup(bot: ColloquyBot) -> None:
    bot.add_dynamic_items(AddSelect, PanelButton)
    await bot.add_cog(Rankings(bot))
