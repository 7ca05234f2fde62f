"""The buttons under a hand-in: approve it, request changes, open it; and for its group: see what was decided."""

from __future__ import annotations

import re
from typing import Any

import discord
from discord.ext import commands

from bot.core.review_notices import Verdict
from bot.fronts.discord.client import ColloquyBot
from bot.fronts.discord.errors import reported, text_inputs
from bot.fronts.discord.identity import place_of, staff_actor_of
from bot.fronts.discord.render.reviews import card_text, opened, seen_embed
from bot.fronts.discord.reply import reply, reword
from bot.fronts.discord.text import clip
from bot.services.reviews import NOTE_MAX

Pressed = discord.Interaction[ColloquyBot]

_NOTE = re.compile(r"review:note:(?P<hand_in_id>\d+)")
_TEXT = "text"


class ReviewButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]],
    template=r"review:(?P<verb>approve|changes|open|show):(?P<hand_in_id>\d+)",
):
    """One of the four. Who may is asked anew at every press."""

    def __init__(self, verb: str, hand_in_id: int) -> None:
        super().__init__(discord.ui.Button(label="…", custom_id=f"review:{verb}:{hand_in_id}"))
        self.verb, self.hand_in_id = verb, hand_in_id

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> ReviewButton:
        return cls(match["verb"], int(match["hand_in_id"]))

    @reported
    async def callback(self, interaction: Pressed) -> None:
        services, place, at = interaction.client.services, place_of(interaction), interaction.created_at
        actor = await staff_actor_of(interaction, services.courses)
        if self.verb == "approve":
            card = await services.reviews.decide(place, actor, self.hand_in_id, Verdict.APPROVED, "", at)
            await reword(interaction, card_text(card))
        elif self.verb == "changes":
            card = await services.reviews.card(place, actor, self.hand_in_id)
            await _ask_why(interaction, self.hand_in_id, f"{card.owner}: {card.title}")
        elif self.verb == "show":
            await reply(interaction, embed=seen_embed(await services.reviews.seen(place, actor, self.hand_in_id)))
        else:
            await interaction.response.defer(ephemeral=True, thinking=True)
            words, files = opened(await services.files.open(place, actor, self.hand_in_id, at))
            await reply(interaction, words)
            for file in files:  # each may be as large as a message can be
                await reply(interaction, file=file)


async def _ask_why(interaction: Pressed, hand_in_id: int, about: str) -> None:
    modal = discord.ui.Modal(title=clip(f"Changes to {about}", 45), custom_id=f"review:note:{hand_in_id}")
    field: discord.ui.TextInput[Any] = discord.ui.TextInput(
        custom_id=_TEXT, style=discord.TextStyle.paragraph, max_length=NOTE_MAX
    )
    modal.add_item(discord.ui.Label(text="What should change?", description="The group sees this.", component=field))
    # Its answer comes to `Reviews.on_interaction`, after a restart too, so discord.py need not remember it.
    modal.stop()
    await interaction.response.send_modal(modal)


class Reviews(commands.Cog):
    """What staff say about hand-ins."""

    def __init__(self, bot: ColloquyBot) -> None:
        self.bot = bot

    async def noted(self, interaction: Pressed, form: re.Match[str]) -> None:
        """What is to be changed, that was written in a form."""
        services, place, at = self.bot.services, place_of(interaction), interaction.created_at
        actor = await staff_actor_of(interaction, services.courses)
        data: Any = interaction.data
        note = text_inputs(data["components"]).get(_TEXT, "")
        card = await services.reviews.decide(place, actor, int(form["hand_in_id"]), Verdict.CHANGES, note, at)
        await reword(interaction, card_text(card))


async def setup(bot: ColloquyBot) -> None:
    bot.add_dynamic_items(ReviewButton)
    cog = Reviews(bot)
    bot.answer(_NOTE, cog.noted)
    await bot.add_cog(cog)
