"""One's calendar: the file, and the addresses to subscribe to."""

from __future__ import annotations

import re

import discord

from bot.fronts.discord.render.schedule import COLOUR
from bot.fronts.discord.text import clip, escape
from bot.services.calendars import Address, MyCalendar, Which

_WHOSE = {Which.PERSON: "your own", Which.GROUP: "your group's", Which.COURSE: "the course's"}
_READERS = {
    Which.PERSON: "The old address stops at once: what you subscribed to with it stays as it is now, or disappears.",
    Which.GROUP: "The old address stops at once, for everyone in your group: each subscribes to the new one again.",
    Which.COURSE: "The old address stops at once, for everyone who has it: each subscribes to the new one again.",
}


def calendar_embed(mine: MyCalendar) -> discord.Embed:
    """What the file is good for, and each address with what to do with it."""
    embed = discord.Embed(title="Your calendar", colour=COLOUR)
    holds = "The file has the classes, with your duties, deadlines and appointments"
    if not mine.addresses:
        embed.description = f"{holds}, as they are now. After the schedule has changed, take a new one here."
        return embed
    embed.description = (
        f"Subscribe to an address, and your calendar follows whenever a class moves. {holds} as they are now: it does "
        "not follow.\n\n**Google**: Other calendars → From URL. **Apple**, **Outlook**: open the one with `webcal`.\n"
        "An address is a secret: whoever has it can read the calendar."
    )
    for one in mine.addresses:
        webcal = re.sub(r"^https?", "webcal", one.url)
        embed.add_field(name=_title(one), value=clip(f"```\n{one.url}\n{webcal}\n```", 1024), inline=False)
    return embed


def renew_embed(which: Which) -> discord.Embed:
    """What a new address does, before there is one."""
    return discord.Embed(
        title=f"A new address for {_WHOSE[which]} calendar?", description=_READERS[which], colour=COLOUR
    )


def _title(one: Address) -> str:
    if one.which is Which.GROUP:
        return clip(f"Your group, {escape(one.name)}: its classes, duties and deadlines", 256)
    if one.which is Which.COURSE:
        return "The course: its classes alone"
    return "Yours: classes, duties, deadlines and appointments"
