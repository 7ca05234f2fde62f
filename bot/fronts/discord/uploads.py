"""Files that come with a command, fetched from Discord at once: their addresses expire."""

from __future__ import annotations

import asyncio

import aiohttp
import discord

from bot.core.errors import CourseError
from bot.core.files import check_size
from bot.fronts.discord.text import clip, escape
from bot.services.files import Upload

WITHIN = 60.0
"""Seconds that one file may take. Defer the answer before."""


async def fetch(file: discord.Attachment, max_mb: int) -> Upload:
    """The file with all that is in it. Discord says beforehand how large it is, so nothing larger is ever read.

    Raises:
        CourseError: it is empty, larger than `max_mb` MiB, or cannot be had whole.
    """
    check_size(file.filename, file.size, max_mb)
    try:
        async with asyncio.timeout(WITHIN):
            data = await file.read()
    except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as error:
        raise _failed(file) from error
    if len(data) != file.size:
        raise _failed(file)
    return Upload(file.filename, data)


def _failed(file: discord.Attachment) -> CourseError:
    name = escape(clip(file.filename, 80))
    return CourseError(f"I could not get “{name}” from Discord, so nothing was handed in. Give the command again.")
