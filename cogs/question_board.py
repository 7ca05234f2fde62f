"""/questions: the board of a class, and votes for what others ask."""

from __future__ import annotations

import re
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.fronts.discord.client import ColloquyBot
from bot.fronts.discord.errors import reported
from bot.fronts.discord.identity import place_of, staff_actor_of
from bot.fronts.discord.render.questions import board_embed
from bot.fronts.discord.reply import redraw, reply
from bot.fronts.discord.text import clip
from bot.services.question_boards import PAGE, Board, Order
from bot.services.question_desk import Named

Asked = discord.Interaction[ColloquyBot]

_ORDERS: dict[str, Order] = {"v": "votes", "t": "time"}


class VoteButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]],
    template=r"questions:vote:(?P<question_id>\d+):(?P<wanted>[01]):(?P<order>[vt]):(?P<page>\d+)",
):
    """Votes for a question or takes the vote back: its id says which, so that a double tap changes nothing."""

    def __init__(
        self,
        question_id: int,
        wanted: bool,
        order: Order,
        page: int,
        label: str = "…",
        *,
        disabled: bool = False,
    ) -> None:
        button: discord.ui.Button[Any] = discord.ui.Button(
            label=label,
            style=discord.ButtonStyle.secondary if wanted else discord.ButtonStyle.success,
            custom_id=f"questions:vote:{question_id}:{int(wanted)}:{order[0]}:{page}",
            disabled=disabled,
            row=0,
        )
        super().__init__(button)
        self.question_id, self.wanted, self.order, self.page = question_id, wanted, order, page

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> VoteButton:
        return cls(int(match["question_id"]), match["wanted"] == "1", _ORDERS[match["order"]], int(match["page"]))

    @reported
    async def callback(self, interaction: Asked) -> None:
        services, at, place = interaction.client.services, interaction.created_at, place_of(interaction)
        actor = await staff_actor_of(interaction, services.courses)
        await services.questions.upvote(place, actor, self.question_id, self.wanted, at)
        board = await services.questions.board_with(place, actor, self.question_id, at, self.order, self.page)
        # By votes it may have moved to another page, where its mark is not seen.
        done = "✓ Your vote counts." if self.wanted else "Your vote is taken back."
        await redraw(interaction, board_embed(board, done), _board_view(board))


class PageButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]],
    template=r"questions:page:(?P<session_id>\d+):(?P<reading_id>\d+):(?P<order>[vt]):(?P<page>\d+)",
):
    """Shows the board as it is now: this paper, in this order, this page."""

    def __init__(self, session_id: int, reading_id: int, order: Order, page: int, label: str = "…") -> None:
        custom_id = f"questions:page:{session_id}:{reading_id}:{order[0]}:{page}"
        super().__init__(discord.ui.Button(label=label, custom_id=custom_id, row=2))
        self.session_id, self.reading_id, self.order, self.page = session_id, reading_id, order, page

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> PageButton:
        order = _ORDERS[match["order"]]
        return cls(int(match["session_id"]), int(match["reading_id"]), order, int(match["page"]))

    @reported
    async def callback(self, interaction: Asked) -> None:
        await _turn(interaction, self.session_id, self.reading_id, self.order, self.page)


class PaperSelect(
    discord.ui.DynamicItem[discord.ui.Select[Any]], template=r"questions:paper:(?P<session_id>\d+):(?P<order>[vt])"
):
    """Switches the board to another paper of the class."""

    def __init__(self, session_id: int, order: Order, board: Board | None = None) -> None:
        options = [
            discord.SelectOption(
                label=clip(tab.title, 90) + f" ({tab.questions})",
                value=str(tab.reading_id),
                default=board is not None and tab == board.tab,
            )
            for tab in (board.tabs[:25] if board else ())
        ]
        custom_id = f"questions:paper:{session_id}:{order[0]}"
        super().__init__(discord.ui.Select(custom_id=custom_id, options=options, row=1))
        self.session_id, self.order = session_id, order

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> PaperSelect:
        return cls(int(match["session_id"]), _ORDERS[match["order"]])

    @reported
    async def callback(self, interaction: Asked) -> None:
        await _turn(interaction, self.session_id, _number(self.item.values), self.order, 0)


async def _turn(interaction: Asked, session_id: int, reading_id: int, order: Order, page: int) -> None:
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    board = await services.questions.board(
        place_of(interaction), actor, str(session_id), interaction.created_at, reading_id, order, page
    )
    await redraw(interaction, board_embed(board), _board_view(board))


def _number(values: list[str]) -> int:
    return int(values[0]) if values and values[0].isdecimal() else 0


def _board_view(board: Board) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    for number, entry in enumerate(board.entries, board.page * PAGE + 1):
        label = f"▲ {number}" if not entry.voted else f"✓ {number}"
        disabled = entry.mine or not board.voting
        view.add_item(VoteButton(entry.question_id, not entry.voted, board.order, board.page, label, disabled=disabled))
    if len(board.tabs) > 1:
        view.add_item(PaperSelect(board.session_id, board.order, board))
    here = (board.session_id, board.tab.reading_id)
    other: Order = "time" if board.order == "votes" else "votes"
    view.add_item(PageButton(*here, other, 0, f"Sort by {other}"))
    if board.page > 0:
        view.add_item(PageButton(*here, board.order, board.page - 1, "← Back"))
    if board.page < board.pages - 1:
        view.add_item(PageButton(*here, board.order, board.page + 1, "More →"))
    return view


def _choices(named: list[Named]) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=clip(" ".join(one.label.split()), 100), value=one.value) for one in named[:25]]


class QuestionBoard(commands.Cog):
    """The board of questions."""

    def __init__(self, bot: ColloquyBot) -> None:
        self.bot = bot

    @app_commands.command(
        name="questions", description="What everybody asks about the papers of a class; vote for some"
    )
    @app_commands.describe(session="The class; the next one by default")
    async def questions(self, interaction: Asked, session: str | None = None) -> None:
        actor = await staff_actor_of(interaction, self.bot.services.courses)
        board = await self.bot.services.questions.board(place_of(interaction), actor, session, interaction.created_at)
        await reply(interaction, embed=board_embed(board), view=_board_view(board))

    @questions.autocomplete("session")
    async def _all_classes(self, interaction: Asked, typed: str) -> list[app_commands.Choice[str]]:
        questions = self.bot.services.questions
        return _choices(await questions.class_names(place_of(interaction), typed, interaction.created_at, all_=True))


async def setup(bot: ColloquyBot) -> None:
    bot.add_dynamic_items(VoteButton, PageButton, PaperSelect)
    await bot.add_cog(QuestionBoard(bot))
