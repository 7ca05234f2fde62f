"""The outbox's way into Discord."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import discord

from bot.core.messages import Part
from bot.fronts.discord import text
from bot.fronts.discord.client import ColloquyBot
from bot.fronts.discord.render.notices import RENDERERS
from bot.services.ports import DeliveryFailed, NotTaken, Refused, Rejected, Unreachable

WITHIN = 20.0
"""Seconds that Discord has for one message, waiting for rate limits and second tries included: a request that hangs
must not hold up all reminders. Well inside the lease and the nonce's window, so a message that came late after all is
not doubled."""

RATE = 45.0
"""Messages a second. Discord allows 50 requests, and some are left to answer people."""

SCAN = 1000
"""Messages of a channel's history that are looked through, at most."""

_CURES = {
    50001: "the bot cannot see {place}: give it *View Channel* there",
    50013: "the bot may not write in {place}: give it *Send Messages* there",
    10003: "{place} is gone: choose another channel with `/staff setup`",
    50083: "{place} is archived: open it again",
    160005: "{place} is locked: unlock it",
}
_GONE = 10003

_CLOSED = frozenset({50007, 50278, 10013})
"""Discord's codes for direct messages that do not reach a person: closed, no server in common, no such user."""

DIRECT = "dm:"


class DiscordMessenger:
    """Implements `bot.services.ports.Messenger` over the running client."""

    def __init__(self, bot: ColloquyBot) -> None:
        self._bot = bot
        self._pace = _Pace()

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
        async with self._request(destination):
            channel = await self._channel(destination)
            await self._pace.turn()
            async with asyncio.timeout(WITHIN):
                message = await channel.send(part.text, nonce=nonce, allowed_mentions=ping, **more)
        return str(message.id)

    async def find(self, destination: str, part: Part, since: datetime, known: Collection[str]) -> str | None:
        """Look through what was posted since a minute before `since`; then, in case one of the clocks was wrong, since
        a day before."""
        self._check_history(destination)
        async with self._request(destination):
            channel = await self._channel(destination)
            for margin, limit in ((timedelta(minutes=1), 200), (timedelta(days=1), SCAN)):
                async with asyncio.timeout(WITHIN):
                    async for message in channel.history(after=since - margin, limit=limit, oldest_first=True):
                        if self._ours(message, part) and str(message.id) not in known:
                            return str(message.id)
        return None

    def _ours(self, message: discord.Message, part: Part) -> bool:
        me = self._bot.user
        return me is not None and message.author.id == me.id and _same(message.content, part.text)

    def _check_history(self, destination: str) -> None:
        """Without the right to read back Discord shows an empty history, and what is there would be posted again."""
        if destination.startswith(DIRECT):
            return
        channel = self._bot.get_channel(int(destination))
        if isinstance(channel, discord.abc.GuildChannel | discord.Thread):
            held = channel.permissions_for(channel.guild.me)
            if held.view_channel and not held.read_message_history:
                raise Refused(f"the bot may not read back in <#{destination}>: give it *Read Message History* there")

    async def _channel(self, destination: str) -> discord.abc.Messageable:
        if destination.startswith(DIRECT):
            user = discord.Object(int(destination.removeprefix(DIRECT)))
            # Discord gives the same channel each time it is asked to open one; the client remembers some.
            await self._pace.turn()
            async with asyncio.timeout(WITHIN):
                return await self._bot.create_dm(user)
        # Partial: no cache is needed to post, and a channel the bot cannot see fails with Discord's own reason.
        return self._bot.get_partial_messageable(int(destination))

    @asynccontextmanager
    async def _request(self, destination: str) -> AsyncIterator[None]:
        """Discord's and the network's errors as DeliveryFailed."""
        try:
            yield
        except discord.RateLimited as error:
            raise NotTaken(
                "Discord asks the bot to slow down", retry_after=timedelta(seconds=error.retry_after)
            ) from error
        except discord.HTTPException as error:
            raise _told(error, destination) from error
        except TimeoutError as error:
            self._end_global_wait()
            raise DeliveryFailed("Discord did not answer in time") from error
        # ValueError: a proxy's page instead of JSON.
        except (aiohttp.ClientError, discord.DiscordException, OSError, ValueError) as error:
            raise DeliveryFailed(f"no connection to Discord ({type(error).__name__})") from error

    def _end_global_wait(self) -> None:
        """discord.py holds all requests while one waits for the end of a global limit, and for ever if that one is
        cancelled, which is what we did when it took too long."""
        over = getattr(self._bot.http, "_global_over", None)
        if isinstance(over, asyncio.Event) and not over.is_set():
            asyncio.get_running_loop().call_later(1.0, over.set)


class _Pace:
    """Lets requests through at `RATE` a second, evenly; after a pause not more than a few at once."""

    def __init__(self) -> None:
        self._next = 0.0

    async def turn(self) -> None:
        now = asyncio.get_running_loop().time()
        mine = max(self._next, now - 0.1)
        self._next = mine + 1 / RATE
        if mine > now:
            await asyncio.sleep(mine - now)


def _told(error: discord.HTTPException, destination: str) -> DeliveryFailed:
    """What Discord's answer means for this message and its destination."""
    direct = destination.startswith(DIRECT)
    place = "a direct message" if direct else f"<#{destination}>"
    if error.code in _CLOSED or (direct and error.status == 403):
        return Unreachable("the person takes no direct messages")
    said = f"Discord answered with the error {error.status} (code {error.code})"
    if error.status == 429:
        # discord.py has waited and tried several times, or the proxy in front has banned this address for a while.
        asked = error.response.headers.get("Retry-After", "")
        after = timedelta(seconds=float(asked)) if asked.replace(".", "", 1).isdigit() else None
        banned = "Via" not in error.response.headers
        return NotTaken(said, retry_after=after, everywhere=banned and after is not None)
    if error.code in _CURES or error.status in (403, 404):
        reason = _CURES.get(error.code, said + " for {place}: look at the bot's permissions there").format(place=place)
        return Refused(reason, gone=error.code == _GONE)
    if 400 <= error.status < 500 and error.status not in (401, 408):
        return Rejected(f"{said} to a message for {place}")
    return DeliveryFailed(said)


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
