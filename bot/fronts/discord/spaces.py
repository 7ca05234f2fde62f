"""Each group's Discord role and private channel or thread, as the policies `groups.role` and `groups.room` ask.

A pass compares what the database says with the server, and changes only what differs: passes may come as often as they
like. The bot does not see who is in the server (that would take a privileged intent), so it keeps note of whom it let
in. Each thing is noted as soon as it is made; what a crash left without a note is found again by its name (a channel
by the group's number in its topic, too) if it is younger than the group and gives no permissions. A role or a channel
that people made is never taken over.

What a group no longer needs, because it dissolved or a policy was switched off:
- the role is deleted;
- a channel in which nobody ever wrote is deleted; one with a history is renamed "archived-…", nobody writes in it any
  more, and only the staff and whoever is in the group still read it;
- a thread is locked and archived. Private threads are open to the staff who may manage threads.
Archived rooms are left to the staff from then on: a policy switched on again makes new ones.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import aiohttp
import discord

from bot.fronts.discord.identity import PLATFORM
from bot.fronts.discord.notices import tell_staff
from bot.fronts.discord.space_pass import Memory, Pass

if TYPE_CHECKING:
    from bot.fronts.discord.client import ColloquyBot

log = logging.getLogger(__name__)

_TOLD = "discord.spaces.told:{}"


class SpaceKeeper:
    """Runs passes in the background, one at a time; asked while one runs, it runs another after it."""

    def __init__(self, bot: ColloquyBot) -> None:
        self._bot = bot
        self._memory = Memory()
        self._task: asyncio.Task[None] | None = None
        self._again = False
        self._idle = False

    def wake(self) -> None:
        """The policies may have changed, or what was known of the server may be out of date."""
        self._idle = False
        self._memory.absent.clear()
        self.poke()

    def poke(self) -> None:
        """Groups may have changed: look soon. Costs nothing while the policies ask for nothing."""
        if self._idle or not self._bot.is_ready():
            return
        self._again = True
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def finish(self) -> None:
        """Wait for the pass under way, if there is one."""
        if self._task is not None:
            await asyncio.wait({self._task})

    async def _run(self) -> None:
        while self._again:
            self._again = False
            try:
                found = [await self._look_after(guild) for guild in self._bot.guilds]
                self._idle = not any(found) and not self._again
            except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as error:
                log.warning("could not bring the groups' roles and rooms up to date: %s", error)
            except Exception:
                # The next poke tries again.
                log.exception("could not bring the groups' roles and rooms up to date")

    async def _look_after(self, guild: discord.Guild) -> bool:
        """One pass over a server; whether there is anything to look after."""
        place = f"{PLATFORM}:{guild.id}"
        wanted = await self._bot.services.spaces.wanted(place)
        if wanted is None:
            if self._memory.told:
                await self._tell(place, [])
        else:
            await self._tell(place, await Pass(self._bot.services.spaces, guild, wanted, self._memory).run())
        return wanted is not None

    async def _tell(self, place: str, troubles: list[str]) -> None:
        """Tell staff what does not work, once: the next time when it is something else."""
        facts, key, sentence = self._bot.services.facts, _TOLD.format(place), " ".join(troubles)
        if self._memory.told is None:
            self._memory.told = await facts.get(key) or ""
        if sentence == self._memory.told:
            return
        if sentence:
            await tell_staff(self._bot, place, sentence)
        await facts.put(key, sentence, self._bot.clock.now())
        self._memory.told = sentence
