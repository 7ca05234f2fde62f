"""Messages as a recap takes them."""

from __future__ import annotations

import logging

import aiohttp
import discord

from bot.core.recap import Message

log = logging.getLogger(__name__)

MESSAGES_MAX = 5000
"""So many messages of a thread are read, the newest."""


def said_in(message: discord.Message) -> Message:
    """What somebody wrote, where, and when."""
    return Message(
        id=str(message.id),
        author=str(message.author.id),
        author_name=message.author.display_name,
        text=message.content,
        link=message.jump_url,
        at=message.created_at,
    )


async def read_thread(bot: discord.Client, thread: str) -> list[Message]:
    """What people wrote in a thread, the oldest first; nothing where it cannot be read.

    Without the message content intent Discord sends messages without their words; those are left out.
    """
    channel = bot.get_partial_messageable(int(thread))
    found = []
    try:
        async for message in channel.history(limit=MESSAGES_MAX):
            if message.content and not message.author.bot:
                found.append(said_in(message))
    except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as error:
        log.warning("the thread of a class cannot be read for its recap: %s", error or type(error).__name__)
    return found[::-1]
