"""/swap-duty: one group asks, the other answers under the message."""

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
from bot.fronts.discord.identity import PLATFORM, actor_of, place_of
from bot.fronts.discord.notices import tell_staff
from bot.fronts.discord.render.duties import (
    asked_embed,
    swap_embed,
    swap_options_embed,
    swapped_for_staff,
    way_label,
)
from bot.fronts.discord.reply import redraw, reply
from bot.fronts.discord.text import clip, escape
from bot.services.swap_views import SwapView
from bot.services.swaps import SwapOptions

_NOTHING = "0"
_STYLES = {"accept": discord.ButtonStyle.success, "decline": discord.ButtonStyle.danger}
_SAID = {"done": "accepted your swap", "declined": "declined your swap"}


class AskSelect(discord.ui.DynamicItem[discord.ui.Select[Any]], template=r"swap:ask:(?P<offered>\d+):(?P<other>\d+)"):
    """Asks the other group for the duty that is picked, or for nothing, in return for the one offered."""

    def __init__(self, offered: int, other: int, options: list[discord.SelectOption]) -> None:
        select: discord.ui.Select[Any] = discord.ui.Select(
            custom_id=f"swap:ask:{offered}:{other}", placeholder="What you get in return", options=options
        )
        super().__init__(select)
        self.offered = offered
        self.other = other

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> AskSelect:
        assert isinstance(item, discord.ui.Select)
        return cls(int(match["offered"]), int(match["other"]), item.options)

    @reported
    async def callback(self, interaction: discord.Interaction[ColloquyBot]) -> None:
        value = self.item.values[0]
        swap = await interaction.client.services.swaps.ask(
            place_of(interaction),
            actor_of(interaction),
            self.offered,
            self.other,
            None if value == _NOTHING else int(value),
            interaction.created_at,
        )
        await redraw(interaction, asked_embed(swap), _buttons(swap, "withdraw"))
        if swap.fresh:
            await reply(
                interaction,
                " ".join(f"<@{user_id}>" for user_id in swap.members),
                embed=swap_embed(swap),
                view=_buttons(swap, "accept", "decline", "withdraw"),
                private=False,
                ping=swap.members,
            )


class AnswerButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]],
    template=r"swap:(?P<verb>accept|decline|withdraw):(?P<swap_id>\d+)",
):
    """Answers a request, then brings its message up to date."""

    def __init__(self, verb: str, swap_id: int) -> None:
        style = _STYLES.get(verb, discord.ButtonStyle.secondary)
        super().__init__(discord.ui.Button(label=verb.capitalize(), style=style, custom_id=f"swap:{verb}:{swap_id}"))
        self.verb = verb
        self.swap_id = swap_id

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> AnswerButton:
        return cls(match["verb"], int(match["swap_id"]))

    @reported
    async def callback(self, interaction: discord.Interaction[ColloquyBot]) -> None:
        swaps, place = interaction.client.services.swaps, place_of(interaction)
        act = {"accept": swaps.accept, "decline": swaps.decline, "withdraw": swaps.withdraw}[self.verb]
        try:
            swap = await act(place, actor_of(interaction), self.swap_id, interaction.created_at)
        except CourseError as refusal:
            swap = await swaps.state(place, PLATFORM, self.swap_id)
            await self._show(interaction, swap)
            await reply(interaction, errors.sentence(refusal))
            return
        await self._show(interaction, swap)
        if not swap.fresh:
            await reply(interaction, "This was settled before; the message now says how.")
            return
        if swap.asker and swap.outcome in _SAID:  # who asked is not looking at the message any more
            said = f"<@{swap.asker}>: {escape(swap.other)} {_SAID[swap.outcome]}."
            await reply(interaction, said, private=False, ping=[swap.asker])
        if swap.outcome == "done":
            await tell_staff(interaction.client, place, swapped_for_staff(swap))

    async def _show(self, interaction: discord.Interaction[ColloquyBot], swap: SwapView) -> None:
        verbs = [] if swap.outcome else ["accept", "decline", "withdraw"]
        await redraw(interaction, swap_embed(swap), _buttons(swap, *verbs))


def _buttons(swap: SwapView, *verbs: str) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    for verb in verbs:
        view.add_item(AnswerButton(verb, swap.id))
    return view


def _menu(options: SwapOptions) -> discord.ui.View:
    # A menu has 25 entries; no group has as many duties ahead that another one may take.
    ways = [*options.trades[:24], *([None] if options.take_over else [])]
    entries = [
        discord.SelectOption(
            label=way_label(way),
            value=str(way.id) if way else _NOTHING,
            description=clip(way.title, 100) if way else None,
        )
        for way in ways
    ]
    view = discord.ui.View(timeout=None)
    view.add_item(AskSelect(options.offered.id, options.other_id, entries))
    return view


class Swaps(commands.Cog):
    """Trading duties between groups."""

    def __init__(self, bot: ColloquyBot) -> None:
        self.bot = bot

    @app_commands.command(name="swap-duty", description="Trade a duty of your group with another group")
    @app_commands.describe(duty="A duty of your group", with_group="The group to ask")
    async def swap_duty(self, interaction: discord.Interaction, duty: str, with_group: str) -> None:
        options = await self.bot.services.swaps.options(
            place_of(interaction),
            actor_of(interaction),
            duty,
            with_group,
            str(interaction.channel_id),
            interaction.created_at,
        )
        await reply(interaction, embed=swap_options_embed(options), view=_menu(options))

    @swap_duty.autocomplete("duty")
    async def _duties(self, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        found = await self.bot.services.duties.held(
            place_of(interaction), actor_of(interaction), typed, interaction.created_at
        )
        return [app_commands.Choice(name=one.label, value=one.value) for one in found[:25]]

    @swap_duty.autocomplete("with_group")
    async def _groups(self, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        found = await self.bot.services.swaps.others(place_of(interaction), actor_of(interaction), typed)
        return [app_commands.Choice(name=one.label, value=one.value) for one in found[:25]]


async def setup(bot: ColloquyBot) -> None:
    bot.add_dynamic_items(AskSelect, AnswerButton)
    await bot.add_cog(Swaps(bot))
