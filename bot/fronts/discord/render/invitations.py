"""Invitations and requests to join, and what becomes of their messages."""

from __future__ import annotations

import discord

from bot.fronts.discord.render.groups import name, names, seats
from bot.fronts.discord.render.schedule import COLOUR
from bot.fronts.discord.text import moment
from bot.services.groups import Asking
from bot.services.invitations import Answered, Invited


def invitation_embed(inviter_id: int, invited: Invited) -> discord.Embed:
    """What the invited person decides on."""
    group = invited.group
    lines = [
        f"<@{inviter_id}> invites you to **{group.name}**: {names(group.members)} ({seats(group)}).",
        "The seat is yours when you accept, if one is still free then.",
    ]
    if invited.until is not None:
        lines.append(f"You can accept until {moment(invited.until)}.")
    return discord.Embed(title="Invitation", description="\n".join(lines), colour=COLOUR)


def request_embed(asker_id: int, asking: Asking) -> discord.Embed:
    """What the group's members decide on."""
    group = asking.group
    lines = [
        f"<@{asker_id}> would like to join **{group.name}** ({seats(group)}).",
        "Any member of the group can say yes.",
    ]
    return discord.Embed(title="Request to join", description="\n".join(lines), colour=COLOUR)


def answered_embed(answered: Answered) -> discord.Embed:
    """The message after the answer. That somebody declined is nobody's business."""
    if not answered.accepted:
        return closed_embed(answered.kind)
    group = answered.group
    text = f"{name(answered.person)} is in **{group.name}** now: {names(group.members)} ({seats(group)})."
    return discord.Embed(description=text, colour=COLOUR)


def closed_embed(kind: str) -> discord.Embed:
    """The message of an invitation ("invite") or request that nobody can answer any more."""
    word = "invitation" if kind == "invite" else "request"
    return discord.Embed(description=f"This {word} is closed.")
