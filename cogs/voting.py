"""/vote and `/staff vote`: ballots, polls and results."""

from __future__ import annotations

import re
from typing import Any, Literal

import discord
from discord import app_commands
from discord.ext import commands

from bot.core.ballots import Method
from bot.core.people import Actor
from bot.core.reminders import ReminderKind
from bot.fronts.discord.client import ColloquyBot
from bot.fronts.discord.confirm import Confirmed, confirm_view
from bot.fronts.discord.errors import reported
from bot.fronts.discord.identity import actor_of, place_of, staff_actor_of
from bot.fronts.discord.live import CATCH_UP, LiveTurnout
from bot.fronts.discord.render.votes import (
    cast_text,
    closed_text,
    opened_text,
    panel_text,
    standings_embed,
    void_embed,
)
from bot.fronts.discord.reply import reply, reword
from bot.fronts.discord.staff_commands import staff_group
from bot.fronts.discord.text import clip, escape
from bot.services.ballot_box import Panel
from bot.services.vote_desk import QUESTION_MAX, Named

BUTTONS_MAX = 20
"""Choices shown as buttons; more are a list, which holds 25."""


Asked = discord.Interaction[ColloquyBot]

_CAST = re.compile(r"vote:cast:(?P<vote_id>\d+):(?P<choice>\d+)")


class OpenButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"vote:open:(?P<vote_id>\d+)"):
    """Hands out a ballot paper. It sits under the announcement of a vote."""

    def __init__(self, vote_id: int) -> None:
        super().__init__(discord.ui.Button(label="Vote", custom_id=f"vote:open:{vote_id}"))
        self.vote_id = vote_id

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> OpenButton:
        return cls(int(match["vote_id"]))

    @reported
    async def callback(self, interaction: discord.Interaction[ColloquyBot]) -> None:
        await _hand_out(interaction, self.vote_id)


class CastButton(discord.ui.Button[Any]):
    """Casts a ballot for one choice. `Voting.cast` answers it."""

    def __init__(self, vote_id: int, choice: int, label: str) -> None:
        custom_id = f"vote:cast:{vote_id}:{choice}"
        super().__init__(label=label, style=discord.ButtonStyle.primary, custom_id=custom_id)


class ChoiceList(discord.ui.DynamicItem[discord.ui.Select[Any]], template=r"vote:pick:(?P<vote_id>\d+)"):
    """Casts a ballot for what is selected."""

    def __init__(self, vote_id: int, panel: Panel | None = None) -> None:
        options = [
            discord.SelectOption(label=clip(choice.label, 100), value=str(choice.number))
            for choice in (panel.choices if panel else ())
        ]
        many = panel is not None and panel.method is not Method.SINGLE
        select: discord.ui.Select[Any] = discord.ui.Select(
            custom_id=f"vote:pick:{vote_id}",
            placeholder="Choose as many as you like" if many else "Choose one",
            max_values=len(options) if many else 1,
            options=options,
        )
        super().__init__(select)
        self.vote_id = vote_id

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> ChoiceList:
        return cls(int(match["vote_id"]))

    @reported
    async def callback(self, interaction: discord.Interaction[ColloquyBot]) -> None:
        chosen = tuple(int(value) for value in self.item.values if value.isdecimal())
        await _cast(interaction, self.vote_id, chosen)


async def _hand_out(interaction: discord.Interaction[ColloquyBot], vote_id: int) -> None:
    votes = interaction.client.services.votes
    panel = await votes.panel(place_of(interaction), actor_of(interaction), vote_id, interaction.created_at)
    view = discord.ui.View(timeout=None)
    if panel.method is Method.SINGLE and len(panel.choices) <= BUTTONS_MAX:
        for choice in panel.choices:
            view.add_item(CastButton(panel.vote_id, choice.number, clip(choice.label, 80)))
    else:
        view.add_item(ChoiceList(panel.vote_id, panel))
    await reply(interaction, panel_text(panel), view=view)


async def _cast(interaction: discord.Interaction[ColloquyBot], vote_id: int, choices: tuple[int, ...]) -> None:
    place, votes = place_of(interaction), interaction.client.services.votes
    cast = await votes.cast(place, actor_of(interaction), vote_id, choices, interaction.created_at)
    # The buttons stay as they are, so they are not sent again: hundreds press at the end of a class.
    await reword(interaction, cast_text(cast))
    if not cast.again:
        _show_on_message(interaction, vote_id)


def _show_on_message(interaction: discord.Interaction[ColloquyBot], vote_id: int) -> None:
    """Have the announcement say how the vote stands; nobody waits for it."""
    cog = interaction.client.get_cog("Voting")
    assert isinstance(cog, Voting)
    cog.turnout.touch(vote_id)


class Voting(commands.Cog):
    """Voting on who did best, and polls."""

    def __init__(self, bot: ColloquyBot) -> None:
        self.bot = bot
        self.turnout = LiveTurnout(bot)

    async def cast(self, interaction: Asked, press: re.Match[str]) -> None:
        """A ballot cast by a button.

        Not a dynamic item: for one of those discord.py first builds the whole message's view anew, a quarter of the
        work of an answer, and hundreds press at the end of a class. Like one, it works after a restart.
        """
        await _cast(interaction, int(press["vote_id"]), (int(press["choice"]),))

    @commands.Cog.listener()
    async def on_outbox_posted(self, kind: ReminderKind, subject: str) -> None:
        """The clock has closed a vote and its result is there: its announcement says so too."""
        if kind is ReminderKind.VOTE_RESULT:
            self.turnout.touch(int(subject.split()[1]))

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """What ended while the bot was away, or just before, and was not said yet."""
        for vote_id in await self.bot.services.votes.ended_since(self.bot.clock.now() - CATCH_UP):
            self.turnout.touch(vote_id)

    async def cog_unload(self) -> None:
        self.turnout.stop()

    @app_commands.command(name="vote", description="Vote on who did best in a class, or in a poll")
    @app_commands.describe(session="Which vote, if several are open")
    async def vote(self, interaction: discord.Interaction[ColloquyBot], session: str | None = None) -> None:
        votes = self.bot.services.votes
        await _hand_out(interaction, await votes.find_open(place_of(interaction), session, interaction.created_at))

    @vote.autocomplete("session")
    async def _open_votes(self, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        votes = self.bot.services.votes
        return _choices(await votes.open_names(place_of(interaction), typed, interaction.created_at))


def _choices(named: list[Named]) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=clip(one.label, 100), value=one.value) for one in named[:25]]


@app_commands.command(name="open", description="Open the vote on a class now")
@app_commands.describe(session="The class", closes="When it closes: 2h from now, or 2024-01-25 18:00 course time")
async def open_vote(interaction: Asked, session: str, closes: str | None = None) -> None:
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    at = interaction.created_at
    opened = await services.votes.open_session(place_of(interaction), actor, session, closes, at)
    await reply(interaction, opened_text(opened))


@open_vote.autocomplete("session")
async def _sessions(interaction: Asked, typed: str) -> list[app_commands.Choice[str]]:
    votes = interaction.client.services.votes
    return _choices(await votes.session_names(place_of(interaction), typed, interaction.created_at))


@app_commands.command(name="close", description="Close a vote now and post the result")
@app_commands.describe(vote="The vote")
async def close_vote(interaction: Asked, vote: str) -> None:
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    closed = await services.votes.close(place_of(interaction), actor, vote, interaction.created_at)
    await reply(interaction, closed_text(closed))
    _show_on_message(interaction, closed.vote_id)


@close_vote.autocomplete("vote")
async def _open_ones(interaction: Asked, typed: str) -> list[app_commands.Choice[str]]:
    votes = interaction.client.services.votes
    return _choices(await votes.open_names(place_of(interaction), typed, interaction.created_at))


@app_commands.command(name="void", description="Call off a vote: it counts for nothing, and can be held again")
@app_commands.describe(vote="The vote", reason="Why; kept in the audit")
async def void_vote(interaction: Asked, vote: str, reason: app_commands.Range[str, 3, 300]) -> None:
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    at = interaction.created_at
    preview = await services.votes.preview_void(place_of(interaction), actor, vote, reason, at)
    view = confirm_view("vote-void", preview.token, "Call it off", danger=True, drop="Keep it")
    await reply(interaction, embed=void_embed(preview), view=view)


@void_vote.autocomplete("vote")
async def _all_votes(interaction: Asked, typed: str) -> list[app_commands.Choice[str]]:
    return _choices(await interaction.client.services.votes.names(place_of(interaction), typed))


@app_commands.command(name="poll", description="Ask everyone in the course")
@app_commands.describe(
    question="What is asked",
    choices="2 to 20 choices, separated by semicolons",
    method="One choice, several, or ranked by approval",
    hours="How long it stays open",
)
async def poll(
    interaction: Asked,
    question: app_commands.Range[str, 3, QUESTION_MAX],
    choices: str,
    method: Literal["single", "multiple", "approval"] = "single",
    hours: app_commands.Range[float, 0.1, 720.0] = 24.0,
) -> None:
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    opened = await services.votes.open_poll(
        place_of(interaction), actor, question, choices, Method(method), hours, interaction.created_at
    )
    await reply(interaction, opened_text(opened))


@app_commands.command(name="results", description="The standings over the term")
async def results(interaction: Asked) -> None:
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    await reply(interaction, embed=standings_embed(await services.votes.standings(place_of(interaction), actor)))


async def _confirm_void(interaction: Asked, actor: Actor, token: str) -> Confirmed:
    votes = interaction.client.services.votes
    voided = await votes.confirm_void(place_of(interaction), actor, token, interaction.created_at)
    _show_on_message(interaction, voided.vote_id)
    told = (
        "A message under the posted result says that it does not count."
        if voided.told
        else "`/staff announce` tells the class."
    )
    done = discord.Embed(
        description=f"**{escape(clip(voided.title, 240))}** is called off, which the announcement of the vote says "
        f"now. {told} A class can be voted on again with `/staff vote open`."
    )
    return done, None


async def setup(bot: ColloquyBot) -> None:
    bot.add_dynamic_items(OpenButton, ChoiceList)
    bot.confirmations["vote-void"] = _confirm_void
    group = staff_group(bot, "vote")
    group.add_command(open_vote)
    group.add_command(close_vote)
    group.add_command(void_vote)
    group.add_command(poll)
    group.add_command(results)
    cog = Voting(bot)
    bot.answer(_CAST, cog.cast)
    await bot.add_cog(cog)
