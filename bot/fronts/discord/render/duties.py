"""Duties as students see them: their own, a claim, the ranking, a swap."""

from __future__ import annotations

import discord

from bot.core.course import Role
from bot.core.rota import VERBS
from bot.fronts.discord.render.schedule import COLOUR
from bot.fronts.discord.text import clip, escape, fit, moment
from bot.services.duties import Claimed, MyDuties, MyDuty, Owed, Released
from bot.services.rankings import Ranking, choice_label
from bot.services.slots import day
from bot.services.swap_views import SwapView, Trade
from bot.services.swaps import SwapOptions

_DUE = {Role.PRESENTER: "Slides due", Role.SUMMARIZER: "Summary due", Role.REVIEWER: "Panel"}
_TIMES = {1: "once", 2: "twice"}
_BODY_MAX = 4000
"""Characters for the text of an embed: Discord takes 4,096."""


def my_duties_embed(mine: MyDuties) -> discord.Embed:
    """What is ahead first, then what the group owes, then what is past."""
    ahead = [_duty(one) for one in mine.duties if not one.past]
    past = [_past(one) for one in mine.duties if one.past]
    blocks = ahead or ["You have no duty ahead."]
    if mine.group is None:
        blocks.append("You are in no group, and groups take the duties: see `/groups`.")
    blocks += [_owed(one) for one in mine.owed]
    if past:
        blocks.append("**Past**\n" + fit(past, 1000))
    embed = discord.Embed(title="Your duties", description=_paragraphs(blocks), colour=COLOUR)
    if mine.group:
        embed.set_footer(text=f"Your group: {mine.group}")
    return embed


def claimed_text(claimed: Claimed) -> str:
    """The seat, what it asks for, and what staff offer for it."""
    group = f"**{escape(claimed.group)}**"
    what = f"{claimed.role} on **{day(claimed.date)}** ({escape(clip(claimed.title, 150))})"
    said = f"Already yours: {group} is {what}." if claimed.already else f"{group} is now {what}."
    said += f"\n{_DUE[claimed.role]} {moment(claimed.due)}."
    if claimed.bonus:
        said += f"\n🎁 {escape(clip(claimed.bonus, 300))}"
    if claimed.returnable:
        said += "\n-# You may give it back with `/release-slot` until the slides of that class are due."
    return said


def released_text(released: Released) -> str:
    return (
        f"**{escape(released.group)}** is no longer {released.role} on **{day(released.date)}** "
        f"({escape(clip(released.title, 150))}). Choose another seat with `/claim-slot`."
    )


def released_for_staff(released: Released) -> str:
    return f"**{escape(released.group)}** gave its claim back: {released.role} on {day(released.date)} is free again."


def ranking_embed(ranking: Ranking) -> discord.Embed:
    """The group's ranking, and what it is for."""
    verbs = " and ".join(VERBS[role] for role in ranking.roles)
    lines = [
        f"{place}. {escape(clip(choice_label(one), 150))}" + ("" if one.open else " *(no longer to be had)*")
        for place, one in enumerate(ranking.ranked, start=1)
    ]
    embed = discord.Embed(title=clip(f"Where {ranking.group} would like to {verbs}", 250), colour=COLOUR)
    embed.description = (
        f"When the rota is made, it gives each group the best of these days to {verbs} that can be had; first the "
        "group that would be worst off. For a seat right now use `/claim-slot`.\n\n"
        + (fit(lines, 3500) if lines else "Nothing is ranked yet: add your first choice below.")
    )
    full = " · full" if ranking.full else ""
    embed.set_footer(
        text=f"{len(ranking.ranked)} of {ranking.most} ranked{full} · any member of the group can change it"
    )
    return embed


def swap_options_embed(options: SwapOptions) -> discord.Embed:
    """What may be asked in return, and which rule speaks against the rest."""
    embed = discord.Embed(title=clip(f"Swap with {options.other}", 250), colour=COLOUR)
    other = escape(options.other)
    blocks = [
        f"You offer your **{_trade(options.offered)}**. Choose what {other} gives you for it; their members are then "
        "asked to accept."
    ]
    if options.refused:
        refused = [f"{way}: {escape(sentence)}" for way, sentence in options.refused]
        blocks.append("Not possible:\n" + fit([f"-# {line}" for line in refused], 2500))
    embed.description = _paragraphs(blocks)
    return embed


def asked_embed(swap: SwapView) -> discord.Embed:
    """For who asked: what happens now."""
    if swap.fresh:
        said = f"Asked **{escape(swap.other)}**: {_what(swap)}. Nothing changes until one of them accepts."
    else:
        said = (
            f"You have asked **{escape(swap.other)}** already: {_what(swap)}. If the message is gone, withdraw the "
            "request and ask again."
        )
    return discord.Embed(title="Swap", description=said, colour=COLOUR)


def swap_embed(swap: SwapView) -> discord.Embed:
    """The request as everyone sees it, open or answered."""
    group, other = escape(swap.group), escape(swap.other)
    ends = {
        None: f"Any member of {other} can accept or decline.",
        "done": f"✅ {other} accepted: it is done.",
        "declined": f"❌ {other} declined: nothing changes.",
        "withdrawn": f"↩️ {group} withdrew the request: nothing changes.",
        "void": "⌛ A duty in it has changed hands or begun, so the request is withdrawn: nothing changes.",
    }
    asked = f"**{group}** asks **{other}**: {_what(swap)}.\n{ends[swap.outcome]}"
    return discord.Embed(title="Swap of duties", description=asked, colour=COLOUR)


def swapped_for_staff(swap: SwapView) -> str:
    return f"**{escape(swap.group)}** and **{escape(swap.other)}** agreed on a swap: {_what(swap)}."


def way_label(trade: Trade | None) -> str:
    """One way to trade as an entry of a menu."""
    return "Nothing in return: they take it over" if trade is None else f"Their {trade.what}"


def _what(swap: SwapView) -> str:
    group, other = escape(swap.group), escape(swap.other)
    if swap.wanted is None:
        return f"{other} takes over the {_trade(swap.offered)} from {group}, for nothing in return"
    return f"{group} gives the {_trade(swap.offered)}, {other} the {_trade(swap.wanted)}"


def _trade(trade: Trade) -> str:
    return f"{trade.what} ({escape(clip(trade.title, 100))})"


def _duty(one: MyDuty) -> str:
    lines = [f"**{day(one.session.date)} · {escape(clip(one.title, 120))}**", f"{_role(one)}"]
    lines.append(f"{_DUE[one.role]} {moment(one.due)}")
    if one.done is not None:
        lines.append(f"✓ {_handed_in(one)}: version {one.done.version}")
    elif one.excused:
        lines.append("➖ You are excused from handing it in")
    if one.due != one.session.starts_at:
        lines.append(f"-# Class {moment(one.session.starts_at)}")
    return "\n".join(lines)


def _past(one: MyDuty) -> str:
    said = f"{day(one.session.date)} · {one.role} · {escape(clip(one.title, 80))}"
    if one.role is Role.REVIEWER:
        return f"✓ {said}"
    sign = "✓" if one.done else "➖" if one.excused else "▢"
    return f"{sign} {said} · {_handed_in(one)}"


def _handed_in(one: MyDuty) -> str:
    if one.done is None:
        return "excused" if one.excused else "nothing handed in"
    if one.done.on_time:
        return "handed in"
    if one.excused:
        return "handed in late, excused"
    return "handed in late" + (": NO CREDIT" if one.role is Role.SUMMARIZER else "")


def _role(one: MyDuty) -> str:
    # In an embed a mention shows the current name and pings nobody.
    others = [f"<@{member.user_id}>" if member.user_id else escape(member.name) for member in one.others]
    company = clip(f" with {', '.join(others)}", 300) if others else ""
    return f"You {VERBS[one.role]}{company}"


def _owed(owed: Owed) -> str:
    if owed.held == 0:
        has = {Role.PRESENTER: "presented", Role.SUMMARIZER: "summarised", Role.REVIEWER: "reviewed"}[owed.role]
        begin = f"Your group has not {has} yet, and no day is set"
    else:
        least = _TIMES.get(owed.at_least, f"{owed.at_least} times")
        begin = f"Each group has to {VERBS[owed.role]} {least}, yours is down for {owed.held}"
    if owed.free:
        return f"{begin}: take a free one with `/claim-slot`."
    return f"{begin}. Every seat is taken now: ask another group with `/swap-duty`, or the staff."


def _paragraphs(blocks: list[str]) -> str:
    """The blocks with a blank line between them, as many as one embed holds."""
    return fit([f"{block}\n" for block in blocks], _BODY_MAX).rstrip()
