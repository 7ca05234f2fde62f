"""The posted message of a vote: "23 of 41", brought up to date now and then while people vote, and that it ended."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import aiohttp
import discord
from discord.ext import tasks

from bot.core.ballots import State
from bot.fronts.discord.render.votes import ended_text, open_text
from bot.fronts.discord.text import clickable

if TYPE_CHECKING:
    from bot.fronts.discord.client import ColloquyBot

log = logging.getLogger(__name__)

EVERY = 5.0
"""Seconds between two edits of one message: Discord allows about one a second, and nobody needs more than this."""

WITHIN = 10.0
"""Seconds that Discord has for one edit."""


class LiveTurnout:
    """Collects the votes in which somebody has voted, and edits their messages every so often while people vote.

    Nobody's answer waits for it. It remembers nothing that matters: after a restart the next vote cast brings the
    message up to date.
    """

    def __init__(self, bot: ColloquyBot) -> None:
        self._bot = bot
        self._touched: set[tuple[str, int]] = set()
        self._shown: dict[int, int] = {}
        self._turns = tasks.loop(seconds=EVERY)(self._turn)

    def touch(self, place: str, vote_id: int) -> None:
        """Somebody has voted for the first time in this vote, or staff have ended it."""
        self._touched.add((place, vote_id))
        if not self._turns.is_running():
            self._turns.start()

    def stop(self) -> None:
        """Edit no more."""
        self._turns.cancel()

    async def _turn(self) -> None:
        if self._touched:
            await self.show()
        else:
            self._turns.stop()

    async def show(self) -> None:
        """Bring the messages up to date on which the number is another one now. It raises nothing."""
        touched, self._touched = self._touched, set()
        for place, vote_id in sorted(touched):
            try:
                async with asyncio.timeout(WITHIN):
                    await self._edit(place, vote_id)
            except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
                log.warning("could not show the turnout of vote %d: %s", vote_id, error or type(error).__name__)
            except Exception:
                log.exception("could not show the turnout of vote %d", vote_id)

    async def _edit(self, place: str, vote_id: int) -> None:
        found = await self._bot.services.votes.live(place, vote_id)
        if found is None:
            return
        message = self._bot.get_partial_messageable(int(found.posted.channel)).get_partial_message(
            int(found.posted.message)
        )
        if found.ended is not None:
            void = found.state is State.VOID
            words = clickable(ended_text(found.notice, found.ended, void=void), self._bot.command_ids)
            await message.edit(content=words, view=None)
            return
        if self._shown.get(vote_id) == found.notice.voted:
            return
        await message.edit(content=clickable(open_text(found.notice), self._bot.command_ids))
        self._shown[vote_id] = found.notice.voted
