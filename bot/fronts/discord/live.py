"""The posted message of a vote: "23 of 41", brought up to date now and then while people vote, and that it ended."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
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

CATCH_UP = timedelta(days=2)
"""At a start, votes that ended no longer ago are shown as ended: their results may have come just before a stop."""


class LiveTurnout:
    """Collects the votes in which somebody has voted, and edits their messages every so often while people vote.

    Nobody's answer waits for it. It remembers nothing that matters: after a restart the next vote cast brings the
    message up to date, and whatever ended lately is shown once more.
    """

    def __init__(self, bot: ColloquyBot) -> None:
        self._bot = bot
        self._touched: set[int] = set()
        self._shown: dict[int, str] = {}
        self._turns = tasks.loop(seconds=EVERY)(self._turn)

    def touch(self, vote_id: int) -> None:
        """Somebody has voted for the first time in this vote, or it has ended."""
        self._touched.add(vote_id)
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
        """Bring the messages up to date that say something else by now. It raises nothing."""
        touched, self._touched = self._touched, set()
        for vote_id in sorted(touched):
            try:
                async with asyncio.timeout(WITHIN):
                    await self._edit(vote_id)
            except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
                log.warning("could not show the turnout of vote %d: %s", vote_id, error or type(error).__name__)
            except Exception:
                log.exception("could not show the turnout of vote %d", vote_id)

    async def _edit(self, vote_id: int) -> None:
        found = await self._bot.services.votes.live(vote_id)
        if found is None:
            return
        message = self._bot.get_partial_messageable(int(found.posted.channel)).get_partial_message(
            int(found.posted.message)
        )
        ended = found.ended is not None
        words = open_text(found.notice)
        if found.ended is not None:
            words = ended_text(found.notice, found.ended, void=found.state is State.VOID)
        if self._shown.get(vote_id) == words:
            return
        text = clickable(words, self._bot.command_ids)
        await (message.edit(content=text, view=None) if ended else message.edit(content=text))
        self._shown[vote_id] = words
