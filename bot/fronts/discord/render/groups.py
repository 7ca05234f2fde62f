"""The group board."""

from __future__ import annotations

from collections.abc import Iterable

import discord

from bot.core.groups import GroupView, Member
from bot.fronts.discord.render.schedule import COLOUR
from bot.fronts.discord.text import clip, count, escape, moment
from bot.services.groups import Board, Joined

PAGE = 10
"""Groups a page: two rows of five Join buttons and a row to turn pages."""


def board_page(board: Board, number: int) -> tuple[list[GroupView], int, int]:
    """The groups of page `number` (or the nearest there is), that number, and how many pages there are."""
    pages = max(1, -(-len(board.groups) // PAGE))
    number = min(max(number, 0), pages - 1)
    return list(board.groups[number * PAGE : (number + 1) * PAGE]), number, pages


def board_embed(board: Board, number: int) -> discord.Embed:
    """One page of the board."""
    groups, number, pages = board_page(board, number)
    embed = discord.Embed(title="Groups", colour=COLOUR)
    if board.lock_at is not None:
        embed.description = (
            f"🔒 Locked {moment(board.lock_at)}" if board.locked else f"Groups lock {moment(board.lock_at)}"
        )
    if not groups:
        embed.description = f"{embed.description or ''}\nNo group yet: start one with `/create-group`.".strip()
    for group in groups:
        members = names(group.members) or "nobody yet"
        embed.add_field(
            name=f"{group.name} · {len(group.members)}/{group.size}", value=clip(members, 480), inline=False
        )
    free = sum(group.free for group in board.groups)
    page = f"Page {number + 1} of {pages} · " if pages > 1 else ""
    embed.set_footer(text=f"{page}{count(len(board.groups), 'group')} · {count(free, 'free seat')}")
    return embed


def joined_text(result: Joined) -> str:
    """ "You are in Attention: …" with its members and free seats."""
    group = result.group
    word = "You are already in" if result.already else "You are in"
    return f"{word} **{group.name}**: {names(group.members)} ({seats(group)})."


def seats(group: GroupView) -> str:
    """ "2 of 3, 1 free"."""
    return f"{len(group.members)} of {group.size}, " + (f"{group.free} free" if group.free else "full")


def names(members: Iterable[Member]) -> str:
    """The people, with commas between them."""
    return ", ".join(name(member) for member in members)


def name(member: Member) -> str:
    """A person: in an embed a mention shows the current name and pings nobody."""
    return f"<@{member.user_id}>" if member.user_id else escape(member.name)
