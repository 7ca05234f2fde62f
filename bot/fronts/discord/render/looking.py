"""The board of people who look for a group."""

from __future__ import annotations

import discord

from bot.fronts.discord.render.groups import name, names, seats
from bot.fronts.discord.render.schedule import COLOUR
from bot.fronts.discord.text import clip, escape, fit
from bot.services.seeking import Offer, Offers


def offers_embed(offers: Offers) -> discord.Embed:
    """The board as one person sees it."""
    embed = discord.Embed(title="Looking for a group", colour=COLOUR)
    if offers.mine:
        embed.description = f"You are on the board: {_words(offers.mine)}\nTake yourself off with `stop`."
    elif offers.my_group:
        embed.description = f"You are in **{offers.my_group}**."
        if not offers.locked and any(group.name == offers.my_group for group in offers.groups):
            embed.description += " It has a free seat: `/invite` offers it to someone on this board."
    else:
        embed.description = "You are not on this board. Say something about yourself with `note` to be on it."
    if offers.locked:
        embed.description += "\n🔒 Groups are locked: the staff place whoever is left, and see whom you named."
    others = [f"• {name(one.person)}{' ⭐' if one.for_you else ''}: {_words(one)}" for one in offers.others]
    embed.add_field(name="People", value=fit(others, 1000) or "Nobody else yet.", inline=False)
    groups = [f"• **{group.name}**: {names(group.members)} ({seats(group)})" for group in offers.groups]
    embed.add_field(name="Groups with a free seat", value=fit(groups, 1000) or "None.", inline=False)
    hint = "⭐ one of you named the other · " if any(one.for_you for one in offers.others) else ""
    embed.set_footer(text=f"{hint}/join-group takes a seat, /create-group and /invite start a new group")
    return embed


def _words(offer: Offer) -> str:
    note = escape(clip(" ".join(offer.note.split()), 300)) or "no note"
    return f"{note} (with {names(offer.with_)})" if offer.with_ else note
