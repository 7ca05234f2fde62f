"""The outbox's way into Discord."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta

import aiohttp
import discord

from bot.core.reminders import Reminder, ReminderKind
from bot.core.times import say_roughly
from bot.fronts.discord import text
from bot.fronts.discord.client import ColloquyBot
from bot.services.ports import DeliveryFailed, Part

MENTIONS = 60
"""People mentioned in one message: Discord allows 100, and 60 ids leave room for the words in 2,000 characters."""

WITHIN = 20.0
"""Seconds that Discord has for one message, waiting for rate limits and second tries included: a request that hangs
must not hold up all reminders. Well inside the lease and the nonce's window, so a message that came late after all is
not doubled."""

_CURES = {
    50001: "the bot cannot see the channel: give it View Channel there",
    50013: "the bot may not write in the channel: give it Send Messages there",
    10003: "the channel is gone: choose another with /staff setup",
}
_LATE = timedelta(minutes=5)


class DiscordMessenger:
    """Implements `bot.services.ports.Messenger` over the running client."""

    def __init__(self, bot: ColloquyBot) -> None:
        self._bot = bot

    def render(self, reminder: Reminder) -> list[Part]:
        """The reminder as messages that mention at most `MENTIONS` people each."""
        people = reminder.recipients
        chunks = [people[start : start + MENTIONS] for start in range(0, len(people), MENTIONS)]
        return [self._part(reminder, chunk) for chunk in chunks]

    def _part(self, reminder: Reminder, people: tuple[str, ...]) -> Part:
        mentions = " ".join(f"<@{user_id}>" for user_id in people)
        if reminder.kind is ReminderKind.GROUP_LOCK:
            lines = [
                f"⏰ **Groups lock {text.moment(reminder.deadline_at)}.**",
                f"Still without a group: {mentions}",
                f"Join one with `/join-group`, see who has a free seat with `/groups`, or start your own with "
                f"`/create-group`. A group has {reminder.group_size} seats. After the lock the staff place whoever is "
                "left.",
            ]
        if reminder.late >= _LATE:
            lines.append(f"-# Sent {say_roughly(reminder.late)} late: the bot was away.")
        return Part(text.clickable("\n".join(lines), self._bot.command_ids), people)

    async def post(self, destination: str, part: Part, nonce: str) -> str:
        """Post with the nonce; discord.py asks Discord to enforce it."""
        ping = discord.AllowedMentions(
            everyone=False, roles=False, users=[discord.Object(int(user_id)) for user_id in part.mentions]
        )
        with _failures():
            async with asyncio.timeout(WITHIN):
                message = await self._channel(destination).send(part.text, nonce=nonce, allowed_mentions=ping)
        return str(message.id)

    async def find(self, destination: str, part: Part, since: datetime) -> str | None:
        """Look through what was posted since a minute before `since` (clocks differ a little)."""
        me = self._bot.user
        with _failures():
            history = self._channel(destination).history(after=since - timedelta(minutes=1), limit=200)
            async with asyncio.timeout(WITHIN):
                async for message in history:
                    if me is not None and message.author.id == me.id and _same(message.content, part.text):
                        return str(message.id)
        return None

    def _channel(self, destination: str) -> discord.PartialMessageable:
        # Partial: no cache is needed to post, and a channel the bot cannot see fails with Discord's own reason.
        return self._bot.get_partial_messageable(int(destination))


def _same(posted: str, wanted: str) -> bool:
    """Without message-content rights Discord shows our own messages' text all the same; blanks may be trimmed."""
    return posted.strip() == wanted.strip()


class _failures:
    """Discord's and the network's errors as DeliveryFailed."""

    def __enter__(self) -> Iterator[None] | None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, discord.HTTPException):
            reason = _CURES.get(error.code, f"Discord answered {error.status} (code {error.code})")
            raise DeliveryFailed(reason) from error
        # ValueError: a proxy's page instead of JSON.
        if isinstance(error, aiohttp.ClientError | discord.DiscordException | OSError | TimeoutError | ValueError):
            raise DeliveryFailed(f"no connection to Discord ({type(error).__name__})") from error
