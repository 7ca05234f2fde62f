"""What staff see before and after they place, drop, move or merge."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import discord

from bot.core.course import Role
from bot.core.groups import Member
from bot.fronts.discord.render.groups import name, names, seats
from bot.fronts.discord.render.schedule import COLOUR
from bot.fronts.discord.text import clip, count, escape, fit
from bot.services.group_duties import GroupDuty
from bot.services.placement import Filled, Placing
from bot.services.staff_groups import Merge
from bot.services.students import Drop, Move
from bot.store.leaving import DutyAhead

_RESOLVE = "`/staff rota plan` fills the gaps with the least disturbance to the others."
_DOES = {Role.PRESENTER: "presents", Role.SUMMARIZER: "summarises", Role.REVIEWER: "reviews"}


def placing_embed(placing: Placing, done: bool) -> discord.Embed:
    """The placement as it is proposed, or was made."""
    embed = discord.Embed(title="Placed" if done else "Place them like this?", colour=COLOUR)
    lines = [_filled(one, placing.least) for one in placing.filled]
    lines += [f"{_filled(one, placing.least)} · new" for one in placing.founded]
    embed.description = fit(lines, 3500)
    if placing.wished:
        embed.description += f"\nWishes that come true: {placing.wishes} of {placing.wished}."
    if placing.unplaced:
        embed.add_field(name="No place found", value=_no_place(placing.unplaced), inline=False)
    if not lines:
        embed.title = "Nobody can be placed"
    return embed


def _filled(one: Filled, least: int) -> str:
    before = f"{names(one.before)} + " if one.before else ""
    small = f" ⚠️ fewer than {least}" if one.number < least else ""
    return f"• **{one.name}**: {before}{names(one.joining)} ({one.number} of {one.seats}){small}"


def _no_place(people: Sequence[Member]) -> str:
    who = clip(names(people), 400)
    return (
        f"{who}: no group has a free seat, and there is nobody left to form a group with. Give a group one more seat "
        "with `/staff student move` and `bigger`, or make room with `/staff groups merge`."
    )


def drop_embed(drop: Drop, done: bool) -> discord.Embed:
    """Who leaves, what becomes of each duty, and how to repair their group."""
    dropped = drop.dropped
    who = escape(dropped.name)
    embed = discord.Embed(title=f"Dropped {clip(who, 200)}" if done else f"Drop {clip(who, 200)}?", colour=COLOUR)
    keeps = "What they did so far stays theirs, with its credit."
    if dropped.group_name is None:
        embed.description = f"They are in no group. {keeps}"
    elif dropped.dissolved:
        embed.description = f"**{dropped.group_name}** has no other member and is dissolved. {keeps}"
    else:
        embed.description = f"**{dropped.group_name}** goes on with {count(dropped.left, 'member')}. {keeps}"
    if dropped.duties:
        lines = [f"• {_duty(one)}: {_fate(one, dropped.group_name)}" for one in dropped.duties]
        embed.add_field(name="Duties ahead", value=fit(lines, 1000), inline=False)
    repairs = _repairs(drop)
    if repairs:
        embed.add_field(name="To repair", value=fit(repairs, 1000), inline=False)
    return embed


def _fate(one: DutyAhead, group: str | None) -> str:
    if one.left:
        others = "one other still holds it" if one.left == 1 else f"{one.left} others still hold it"
        return others if one.alone else f"{group} keeps it, {others}"
    return "nobody holds it" if one.alone else f"{group} gives it back"


def _repairs(drop: Drop) -> list[str]:
    dropped, lines = drop.dropped, []
    if drop.short:
        lines.append(f"• {dropped.group_name} has fewer than {drop.least} members then.")
        if drop.homes:
            homes = ", ".join(drop.homes[:8])
            lines.append(f"• It fits into {homes}: `/staff groups merge`.")
        if drop.newcomers:
            free = names(drop.newcomers[:8])
            lines.append(f"• Without a group: {free}. `/staff groups place-leftovers` or `/staff student move`.")
        if not drop.homes and not drop.newcomers:
            lines.append(
                "• No other group has room and nobody is without a group: `/staff groups merge` with `bigger`."
            )
    if any(not one.left for one in dropped.duties):
        lines.append(f"• {_RESOLVE}")
    return lines


def move_embed(move: Move, done: bool) -> discord.Embed:
    """Who goes where, and what becomes of the group they leave."""
    who = name(move.person)
    embed = discord.Embed(title="Moved" if done else "Move this student?", colour=COLOUR)
    source = f" from **{move.source}**" if move.source else ""
    lines = [f"{who}{source} to **{move.target.name}** ({seats(move.target)}{'' if done else ' now'})."]
    if move.bigger:
        lines.append(f"{move.target.name} gets one more seat.")
    if move.left == 0:
        lines.append(f"**{move.source}** has no other member and is dissolved.")
        lines += _given_back(move.given_back)
    elif move.left is not None and move.left < move.least:
        lines.append(f"⚠️ **{move.source}** is left with {move.left}, fewer than {move.least}.")
    shown = [one for one in move.gained if one.label is not None]
    if shown:
        lines.append(f"With {move.target.name} they are on duty:")
        lines += [f"• {_duty(one)}" for one in shown]
    embed.description = fit(lines, 4000)
    return embed


def merge_embed(merge: Merge, done: bool) -> discord.Embed:
    """Who moves, and which duties go with them."""
    embed = discord.Embed(title="Merged" if done else "Merge these groups?", colour=COLOUR)
    target = f"**{merge.target.name}** ({seats(merge.target)}{'' if done else ' now'})"
    lines = [f"{names(merge.source.members)} of **{merge.source.name}** to {target}."]
    if merge.more_seats:
        lines.append(f"{merge.target.name} gets {count(merge.more_seats, 'more seat')}.")
    lines.append(f"**{merge.source.name}** is dissolved.")
    shown = [one for one in merge.handed_over if one.label is not None]
    if shown:
        lines.append(f"{merge.target.name} takes over:")
        lines += [f"• {_duty(one)}" for one in shown]
    lines += _given_back(merge.given_back)
    embed.description = fit(lines, 4000)
    return embed


def _given_back(given_back: Iterable[GroupDuty]) -> list[str]:
    shown = [one for one in given_back if one.label is not None]
    if not shown:
        return []
    return ["These duties are given back:", *(f"• {_duty(one)}" for one in shown), _RESOLVE]


def _duty(one: DutyAhead | GroupDuty) -> str:
    day = f"{one.date:%b} {one.date.day}" if one.date else ""
    return f"{day} {escape(clip(one.label or '', 80))}, {_DOES[one.role]}"
