"""/create-group, /join-group, /leave-group and the group board."""

from __future__ import annotations

import re
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.core.errors import CourseError
from bot.core.groups import NAME_MAX
from bot.core.people import require_staff
from bot.fronts.discord import errors
from bot.fronts.discord.client import ColloquyBot
from bot.fronts.discord.errors import reported
from bot.fronts.discord.identity import PLATFORM, actor_of, place_of, staff_actor_of
from bot.fronts.discord.invitations import answer_join
from bot.fronts.discord.render.groups import board_embed, board_page, joined_text
from bot.fronts.discord.reply import redraw, reply
from bot.fronts.discord.text import clip
from bot.services.groups import Asking, Board, Joined


class JoinButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"groups:join:(?P<group_id>\d+):(?P<page>\d+)"
):
    """Joins the group it names, or asks to, then brings the board it sits on up to date."""

    def __init__(self, group_id: int, page: int, label: str = "Join") -> None:
        custom_id = f"groups:join:{group_id}:{page}"
        button: discord.ui.Button[Any] = discord.ui.Button(
            label=label, style=discord.ButtonStyle.primary, custom_id=custom_id
        )
        super().__init__(button)
        self.group_id = group_id
        self.page = page

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> JoinButton:
        return cls(int(match["group_id"]), int(match["page"]))

    @reported
    async def callback(self, interaction: discord.Interaction[ColloquyBot]) -> None:
        groups, place, at = interaction.client.services.groups, place_of(interaction), interaction.created_at
        result: Joined | Asking | CourseError
        try:
            result = await groups.join(place, actor_of(interaction), self.group_id, at)
        except CourseError as refusal:
            result = refusal
        # The board is brought up to date for the refused too: what it showed them was no longer true.
        board = await groups.board(place, PLATFORM, at)
        await redraw(interaction, board_embed(board, self.page), _board(board, self.page))
        if isinstance(result, CourseError):
            await reply(interaction, errors.sentence(result))
        else:
            await answer_join(interaction, result)


class BoardPageButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"groups:page:(?P<page>\d+)"):
    """Shows a page of the board as it is now."""

    def __init__(self, page: int, label: str = "…") -> None:
        super().__init__(discord.ui.Button(label=label, custom_id=f"groups:page:{page}"))
        self.page = page

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> BoardPageButton:
        return cls(int(match["page"]))

    @reported
    async def callback(self, interaction: discord.Interaction[ColloquyBot]) -> None:
        groups = interaction.client.services.groups
        board = await groups.board(place_of(interaction), PLATFORM, interaction.created_at)
        await redraw(interaction, board_embed(board, self.page), _board(board, self.page))


def _board(board: Board, number: int) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    groups, number, pages = board_page(board, number)
    if not board.locked:
        for group in groups:
            if group.free:
                label = f"{'Ask to join' if board.by_request else 'Join'} {group.name}"
                view.add_item(JoinButton(group.id, number, clip(label, 80)))
    if number > 0:
        view.add_item(BoardPageButton(number - 1, "← Earlier"))
    if number < pages - 1:
        view.add_item(BoardPageButton(number + 1, "Later →"))
    return view


class Groups(commands.Cog):
    """Forming groups."""

    def __init__(self, bot: ColloquyBot) -> None:
        self.bot = bot

    @app_commands.command(name="create-group", description="Start a group with you as its first member")
    @app_commands.describe(name="What the group is called")
    async def create_group(self, interaction: discord.Interaction, name: app_commands.Range[str, 2, NAME_MAX]) -> None:
        result = await self.bot.services.groups.create(
            place_of(interaction), actor_of(interaction), name, interaction.created_at
        )
        await reply(interaction, joined_text(result))

    @app_commands.command(name="join-group", description="Take a free seat in a group, or ask for it")
    @app_commands.describe(group="A group with a free seat")
    async def join_group(self, interaction: discord.Interaction, group: str) -> None:
        result = await self.bot.services.groups.join(
            place_of(interaction), actor_of(interaction), group, interaction.created_at
        )
        await answer_join(interaction, result)

    @join_group.autocomplete("group")
    async def _open_groups(self, interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        names = await self.bot.services.groups.open_names(
            place_of(interaction), PLATFORM, typed, interaction.created_at
        )
        return [app_commands.Choice(name=name, value=name) for name in names[:25]]

    @app_commands.command(name="leave-group", description="Give up your seat in your group")
    async def leave_group(self, interaction: discord.Interaction) -> None:
        left = await self.bot.services.groups.leave(
            place_of(interaction), actor_of(interaction), interaction.created_at
        )
        after = " It had no other member and is gone." if left.dissolved else ""
        await reply(interaction, f"You have left **{left.name}**.{after}")

    @app_commands.command(name="groups", description="All groups, their members and free seats")
    @app_commands.describe(share="Post the board in the channel for everyone (staff)")
    async def groups(self, interaction: discord.Interaction, share: bool = False) -> None:
        if share:
            require_staff(await staff_actor_of(interaction, self.bot.services.courses))
        board = await self.bot.services.groups.board(place_of(interaction), PLATFORM, interaction.created_at)
        await reply(interaction, embed=board_embed(board, 0), view=_board(board, 0), private=not share)


async def setup(bot: ColloquyBot) -> None:
    bot.add_dynamic_items(JoinButton, BoardPageButton)
    await bot.add_cog(Groups(bot))
