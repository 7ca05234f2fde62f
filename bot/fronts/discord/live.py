"""Turnout on the posted message of a vote: "23 of 41", brought up to date now and then while people vote."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import aiohttp
import discord

from bot.fronts.discord.render.votes import open_text
from bot.fronts.discord.text import clickable

if TYPE_CHECKING:
    from bot.fronts.discord.client import ColloquyBot

log = logging.getLogger(__name__)

PAUSE = 5.0
"""Seconds between two edits of one message: Discord allows about one a second, and nobody needs more than this."""


class LiveTurnout:
    """Edits the message of a vote after it was told that somebody has voted; nobody's answer waits for it.

    It remembers nothing that matters: after a restart the next vote cast brings the message up to date.
    """

    def __init__(self, bot: ColloquyBot, pause: float = PAUSE) -> None:
        self._bot = bot
        self._pause = pause
        self._shown: dict[int, int] = {}
        self._again: set[int] = set()
        self._running: dict[int, asyncio.Task[None]] = {}

    def touch(self, place: str, vote_id: int) -> None:
        """Somebody has voted for the first time in this vote."""
        if vote_id in self._running:
            self._again.add(vote_id)
            return
        task = asyncio.get_running_loop().create_task(self._keep_up(place, vote_id))
        self._running[vote_id] = task
        task.add_done_callback(lambda _: self._running.pop(vote_id, None))

    def stop(self) -> None:
        """Edit no more."""
        for task in self._running.values():
            task.cancel()

    async def _keep_up(self, place: str, vote_id: int) -> None:
        self._again.add(vote_id)
        while vote_id in self._again:
            self._again.discard(vote_id)
            try:
                await self._show(place, vote_id)
            except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError) as error:
                log.warning("could not show the turnout of vote %d: %s", vote_id, error)
            except Exception:
                log.exception("could not show the turnout of vote %d", vote_id)
            await asyncio.sleep(self._pause)

    async def _show(self, place: str, vote_id: int) -> None:
        found = await self._bot.services.votes.live(place, vote_id)
        if found is None or self._shown.get(vote_id) == found.notice.voted:
            return
        channel = self._bot.get_partial_messageable(int(found.posted.channel))
        words = clickable(open_text(found.notice), self._bot.command_ids)
        await channel.get_partial_message(int(found.posted.message)).edit(content=words)
        self._shown[vote_id] = found.notice.voted
