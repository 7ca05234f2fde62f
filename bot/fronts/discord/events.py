"""Discord's scheduled events for the classes ahead, as the policies `events.discord` and `events.ahead` ask.

A pass asks the database what differs; when nothing does, nothing is asked of Discord. Passes run at the start, after
commands (not more often than every few seconds), when a policy or the schedule changes, and every hour: time moves on,
and with it which classes are near.

Each event is noted as soon as it is made. What a crash left without a note is found again: before one is made, the
bot looks for an event of its own with the same name and start that is not noted.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import aiohttp
import discord

from bot.fronts.discord.identity import PLATFORM
from bot.fronts.discord.permissions import event_gap
from bot.services.doctor import Check, Verdict
from bot.services.platform_events import PlatformEvents, WantedEvents, Wish

if TYPE_CHECKING:
    from bot.fronts.discord.client import ColloquyBot

log = logging.getLogger(__name__)

PAUSE = 5.0
"""Seconds between two passes that commands ask for."""
AGAIN = 600.0
"""Seconds after which a pass that Discord did not take is tried again."""
HOUR = 3600.0

_WHY = "the course's schedule"
_FULL_CODE = 30038
_FULL = (
    "The server has as many events as Discord allows (100): some classes go without one. Delete events that nobody "
    "needs, or set `events.ahead` to less with `/staff policy`."
)
_FORBIDDEN = "Discord does not let the bot keep events for the classes: give it Manage Events in the server."
_REFUSED = "Discord does not take the event for a class: “{}”. The bot's log says why."


class EventKeeper:
    """Runs passes in the background, one at a time. What does not work is in `checks`, for `/staff doctor`."""

    def __init__(self, bot: ColloquyBot) -> None:
        self._bot = bot
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._again = False
        self._woken = False
        self._idle = False
        self._quiet_until = 0.0
        self._troubles: dict[int, tuple[str, ...]] = {}

    def wake(self) -> None:
        """The policies or the schedule may have changed: look now."""
        self._idle, self._woken = False, True
        self._quiet_until = 0.0
        self.poke()

    def poke(self) -> None:
        """The schedule may have changed: look soon. Costs nothing while the policy asks for nothing."""
        if self._idle or not self._bot.is_ready():
            return
        wait = self._quiet_until - asyncio.get_running_loop().time()
        if wait > 0:
            self._look_in(wait)
            return
        self._again = True
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())

    def checks(self, guild: discord.Guild | None) -> list[Check]:
        """What does not work on a server, for the staff."""
        return [Check(Verdict.FAIL, one) for one in self._troubles.get(guild.id if guild else 0, ())]

    async def finish(self) -> None:
        """Wait for the pass under way, if there is one, and begin no other by oneself."""
        if self._task is not None:
            await asyncio.wait({self._task})
        if self._timer is not None:
            self._timer.cancel()

    def _look_in(self, seconds: float) -> None:
        """Let the next pass begin so late, unless one is to begin earlier."""
        loop = asyncio.get_running_loop()
        if self._timer is not None and not self._timer.cancelled() and loop.time() < self._timer.when():
            if self._timer.when() <= loop.time() + seconds:
                return
            self._timer.cancel()
        self._timer = loop.call_later(seconds, self.poke)

    async def _run(self) -> None:
        loop, well = asyncio.get_running_loop(), True
        while self._again:
            self._again = self._woken = found = False
            for guild in self._bot.guilds:
                try:
                    found = await self._look_after(guild) or found
                except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as error:
                    log.warning("could not bring the events for the classes up to date: %s", error)
                    found, well = True, False
                except Exception:
                    log.exception("could not bring the events for the classes up to date")
                    found, well = True, False
            self._idle = not found and not self._again
            well = well and not any(self._troubles.values())
            self._again = self._again and (well or self._woken)
        if not self._idle:
            self._quiet_until = loop.time() + (PAUSE if well else AGAIN)
            self._look_in(HOUR if well else AGAIN)

    async def _look_after(self, guild: discord.Guild) -> bool:
        """One pass over a server; whether there is anything to look after."""
        events = self._bot.services.platform_events
        wanted = await events.wanted(f"{PLATFORM}:{guild.id}", self._bot.clock.now())
        self._troubles.pop(guild.id, None)
        if wanted is None:
            return False
        if (wanted.wishes or wanted.gone) and event_gap(guild) is None:
            self._troubles[guild.id] = tuple(await _Pass(events, guild, wanted).run())
        return True


class _Pass:
    """Brings one server's events in line. What is forbidden once is not tried again in the same pass."""

    def __init__(self, events: PlatformEvents, guild: discord.Guild, wanted: WantedEvents) -> None:
        self._events = events
        self._guild = guild
        self._wanted = wanted
        self._troubles: dict[str, None] = {}

    async def run(self) -> list[str]:
        """What staff should know, in sentences."""
        there = {str(event.id): event for event in await self._guild.fetch_scheduled_events(with_counts=False)}
        for session_id, event_id in self._wanted.gone.items():  # what goes makes room
            if _FORBIDDEN not in self._troubles:
                await self._remove(session_id, there.get(event_id))
        for wish in self._wanted.wishes:
            if not {_FORBIDDEN, _FULL} & self._troubles.keys():
                await self._fulfil(wish, there)
        return list(self._troubles)

    async def _remove(self, session_id: int, event: discord.ScheduledEvent | None) -> None:
        try:
            if event is not None:
                await event.delete(reason=_WHY)
        except discord.NotFound:
            pass  # somebody was faster
        except discord.HTTPException as error:
            self._note(error, event.name if event else "")
            return
        await self._events.forget(session_id)

    async def _fulfil(self, wish: Wish, there: dict[str, discord.ScheduledEvent]) -> None:
        event = there.get(wish.event or "") or self._lost(wish, there)
        try:
            if event is None:
                event = await self._guild.create_scheduled_event(
                    name=wish.name,
                    description=wish.text,
                    start_time=wish.starts_at,
                    end_time=wish.ends_at,
                    location=wish.where,
                    entity_type=discord.EntityType.external,
                    privacy_level=discord.PrivacyLevel.guild_only,
                    reason=_WHY,
                )
            else:
                await self._change(event, wish)
        except discord.NotFound:
            return  # deleted this moment: the next pass makes it again
        except discord.HTTPException as error:
            self._note(error, wish.name)
            return
        await self._events.keep(self._wanted.course_id, wish, str(event.id))
        there[str(event.id)] = event

    async def _change(self, event: discord.ScheduledEvent, wish: Wish) -> None:
        if event.status is discord.EventStatus.active:
            # Somebody has begun it by hand, and Discord moves no beginning that has been.
            await event.edit(
                name=wish.name, description=wish.text, end_time=wish.ends_at, location=wish.where, reason=_WHY
            )
            return
        await event.edit(
            name=wish.name,
            description=wish.text,
            start_time=wish.starts_at,
            end_time=wish.ends_at,
            location=wish.where,
            reason=_WHY,
        )

    def _lost(self, wish: Wish, there: dict[str, discord.ScheduledEvent]) -> discord.ScheduledEvent | None:
        """An event that was made for this wish without a note of it."""
        for event_id, event in there.items():
            mine = event.creator_id == self._guild.me.id and event_id not in self._wanted.known
            if mine and (event.name, event.start_time) == (wish.name, wish.starts_at):
                return event
        return None

    def _note(self, error: discord.HTTPException, name: str) -> None:
        """Note a refusal; whatever else it is ends the pass."""
        if error.code == _FULL_CODE:
            self._troubles[_FULL] = None
        elif error.status == 403:
            self._troubles[_FORBIDDEN] = None
        elif error.status == 400:
            log.warning("Discord does not take an event: %s", error)
            self._troubles[_REFUSED.format(name)] = None
        else:
            raise error
