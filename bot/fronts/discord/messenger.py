"""The outbox's way into Discord."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import discord

from bot.core.messages import Part
from bot.fronts.discord import text
from bot.fronts.discord.client import ColloquyBot
from bot.fronts.discord.render.notices import RENDERERS
from bot.services.ports import DeliveryFailed, Unreachable

WITHIN = 20.0
"""Seconds that Discord has for one message, waiting for rate limits and second tries included: a request that hangs
must not hold up all reminders. Well inside the lease and the nonce's window, so a message that came late after all is
not doubled."""

_CURES = {
    50001: "the bot cannot see the channel: give it View Channel there",
    50013: "the bot may not write in the channel: give it Send Messages there",
    10003: "the channel is gone: choose another with /staff setup",
}

_CLOSED = 50007
"""Discord's code for direct messages that a person does not take from us."""

DIRECT = "dm:"


class DiscordMessenger:
    """Implements `bot.services.ports.Messenger` over the running client."""

    def __init__(self, bot: ColloquyBot) -> None:
        self._bot = bot

    def render(self, notice: object) -> list[Part]:
        """The notice in messages, their commands clickable."""
        parts = RENDERERS[type(notice)](notice)
        return [replace(part, text=text.clickable(part.text, self._bot.command_ids)) for part in parts]

    async def post(self, destination: str, part: Part, nonce: str) -> str:
        """Post with the nonce; discord.py asks Discord to enforce it."""
        ping = discord.AllowedMentions(
            everyone=False, roles=False, users=[discord.Object(int(user_id)) for user_id in part.mentions]
        )
        more: dict[str, Any] = {}
        if part.buttons:
            more["view"] = _view(part)
        if part.files:
            more["files"] = [
                discord.File(io.BytesIO(one.data), one.name, description=one.description or None) for one in part.files
            ]
        with _failures():
            async with asyncio.timeout(WITHIN):
                channel = await self._channel(destination)
                message = await channel.send(part.text, nonce=nonce, allowed_mentions=ping, **more)
        return str(message.id)

    async def find(self, destination: str, part: Part, since: datetime) -> str | None:
        """Look through what was posted since a minute before `since` (clocks differ a little)."""
        me = self._bot.user
        with _failures():
            async with asyncio.timeout(WITHIN):
                channel = await self._channel(destination)
                async for message in channel.history(after=since - timedelta(minutes=1), limit=200):
                    if me is not None and message.author.id == me.id and _same(message.content, part.text):
                        return str(message.id)
        return None

    async def _channel(self, destination: str) -> discord.abc.Messageable:
        if destination.startswith(DIRECT):
            # Discord gives the same channel each time it is asked to open one.
            return await self._bot.create_dm(discord.Object(int(destination.removeprefix(DIRECT))))
        # Partial: no cache is needed to post, and a channel the bot cannot see fails with Discord's own reason.
        return self._bot.get_partial_messageable(int(destination))


def _view(part: Part) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    for button in part.buttons:
        style = discord.ButtonStyle.primary
        view.add_item(discord.ui.Button(label=button.label, custom_id=button.custom_id, style=style))
    # The presses go to the dynamic items with these ids. A view not stopped would answer them too, with nothing.
    view.stop()
    return view


def _same(posted: str, wanted: str) -> bool:
    """Without message-content rights Discord shows our own messages' text all the same; blanks may be trimmed."""
    return posted.strip() == wanted.strip()


class _failures:
    """Discord's and the network's errors as DeliveryFailed."""

    def __enter__(self) -> Iterator[None] | None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, discord.HTTPException):
            if error.code == _CLOSED:
                raise Unreachable("the person takes no direct messages") from error
            reason = _CURES.get(error.code, f"Discord answered {error.status} (code {error.code})")
            raise DeliveryFailed(reason) from error
        # ValueError: a proxy's page instead of JSON.
        if isinstance(error, aiohttp.ClientError | discord.DiscordException | OSError | TimeoutError | ValueError):
            raise DeliveryFailed(f"no connection to Discord ({type(error).__name__})") from error
