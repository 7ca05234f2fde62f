"""A word to the staff channel about what somebody has just done. Best effort: nobody's answer depends on it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import aiohttp
import discord

from bot.fronts.discord.text import clickable, clip

if TYPE_CHECKING:
    from bot.fronts.discord.client import ColloquyBot

log = logging.getLogger(__name__)


async def tell_staff(bot: ColloquyBot, place: str, sentence: str) -> None:
    """Post to the staff channel, if one is set; it pings nobody."""
    channel = await bot.services.courses.staff_channel(place)
    if channel is None:
        return
    try:
        await bot.get_partial_messageable(int(channel)).send(clickable(clip(sentence, 1900), bot.command_ids))
    except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as error:
        log.warning("could not post to the staff channel: %s", error)
