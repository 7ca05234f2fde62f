"""One message from its claim to its end: composed, frozen, posted, settled.

A row goes planned -> claimed (with a lease) -> sent. Its exact text is frozen before the first post. Whoever finds a
frozen row cannot know whether it arrived (the process died, or the platform's answer was lost): it looks for the frozen
text in the channel's history; soon after the first try it also posts the same text under the same nonce, and the
platform drops a double; later, if nothing is there, it says it afresh.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from bot.core.messages import Part
from bot.core.reminders import nonce
from bot.core.times import Clock
from bot.outbox.planner import Planner
from bot.services.ports import DeliveryFailed, Messenger, NotTaken, Refused
from bot.store import outbox
from bot.store.database import Database
from bot.store.outbox import Claim

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
NONCE_WINDOW = timedelta(minutes=2)
"""Discord drops a second message with the same nonce for "a few minutes"; this is safely inside."""

CLOCKS_DIFFER = timedelta(days=1)


class Moved(Exception):
    """Not here and now: the message goes to another destination by now, or later."""


class Undelivered(Exception):
    """It was not delivered because of `cause`; with `thaw` nothing of it arrived, and it may be said afresh."""

    def __init__(self, cause: DeliveryFailed, *, thaw: bool) -> None:
        super().__init__(str(cause))
        self.cause = cause
        self.thaw = thaw


class Delivery:
    """`checkpoint` is told each step, for fault tests; `posted` each message that is there, once it is noted down."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        messenger: Messenger,
        planner: Planner,
        checkpoint: Callable[[str], None],
        posted: Callable[[Claim], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._messenger = messenger
        self._planner = planner
        self._checkpoint = checkpoint
        self._posted = posted

    async def destination(self, claim: Claim) -> str | None:
        """Where the message goes; None when it has come to its end without being sent.

        Raises:
            Undelivered: staff have named no channel for it.
        """
        if claim.parts:
            return claim.destination
        found = await self._compose(claim)
        return found[0] if found else None

    async def deliver(self, claim: Claim, destination: str) -> None:
        """Post what is to be posted to `destination`, and settle the row.

        Raises:
            Undelivered: it was not (wholly, or not surely) posted.
            Moved: it goes elsewhere by now.
        """
        parts = list(claim.parts or ())
        arrived: dict[int, str] = {}
        unsure = bool(parts)
        if parts:
            arrived, parts = await self._look_back(claim, destination, parts)
            unsure = bool(parts)
        if not parts:
            composed = await self._compose(claim)
            if composed is None:
                return
            if composed[0] != destination:
                raise Moved
            # A picture takes a while to draw, and nobody's answer should wait for it.
            parts = await asyncio.to_thread(self._messenger.render, composed[1])
            now = self._clock.now()
            if not await self._database.write(outbox.freeze, claim, destination, parts, now, now + LEASE):
                return
        held_at = self._clock.now()
        self._checkpoint("frozen")
        for index, part in enumerate(parts):
            if index in arrived:
                continue
            now = self._clock.now()
            if not timedelta() <= now - held_at <= LEASE / 2:
                # So long: many parts, or the machine slept. Whoever has taken the row meanwhile shall have it.
                if not await self._database.write(outbox.renew, claim, now + LEASE):
                    return
                if now - held_at > NONCE_WINDOW and not arrived and not unsure:
                    raise Undelivered(NotTaken("the machine was asleep"), thaw=True)
                held_at = now
            try:
                arrived[index] = await self._messenger.post(destination, part, nonce(claim.key, index))
            except DeliveryFailed as error:
                gone = isinstance(error, Refused) and error.gone
                nothing = isinstance(error, NotTaken) and not arrived and not unsure
                raise Undelivered(error, thaw=gone or nothing) from error
            self._checkpoint("part posted")
        self._checkpoint("posted")
        ids = [arrived[index] for index in sorted(arrived)]
        await self._database.write(outbox.sent, claim, ids, self._clock.now())
        log.info("reminder %s sent", claim.key)
        self._posted(claim)

    async def _compose(self, claim: Claim) -> tuple[str, object] | None:
        now = self._clock.now()
        if now >= claim.expires_at:
            log.warning("reminder %s is of no use any more and was never sent", claim.key)
            await self._database.write(outbox.close, claim, "expired", now)
            return None
        composed = await self._database.read(self._planner.compose, claim, now)
        if composed is None:
            await self._database.write(outbox.close, claim, "empty", now)
            return None
        if composed.destination is None:
            raise Undelivered(
                NotTaken("no announcement channel is set, or no staff channel: choose one with `/staff setup`"),
                thaw=True,
            )
        return composed.destination, composed.notice

    async def _look_back(self, claim: Claim, destination: str, parts: list[Part]) -> tuple[dict[int, str], list[Part]]:
        """What of a frozen message has arrived, and the message still to be posted: none, if nothing has and the
        platform would not know a double any more."""
        now = self._clock.now()
        since = claim.tried_at or now
        soon = timedelta() <= now - since <= NONCE_WINDOW
        try:
            arrived = await self._arrived(destination, parts, since)
        except DeliveryFailed as error:
            if isinstance(error, Refused) and error.gone:
                return {}, []
            if soon:
                return {}, parts
            if now >= claim.expires_at:
                log.warning("nobody knows whether reminder %s arrived, and it is of no use any more", claim.key)
                await self._database.write(outbox.close, claim, "expired", now)
            raise Undelivered(error, thaw=False) from error
        return arrived, parts if arrived or soon else []

    async def _arrived(self, destination: str, parts: Sequence[Part], since: datetime) -> dict[int, str]:
        known = await self._database.read(outbox.posted_there, destination, since - 2 * CLOCKS_DIFFER)
        arrived: dict[int, str] = {}
        for index, part in enumerate(parts):
            found = await self._messenger.find(destination, part, since, known | set(arrived.values()))
            if found:
                arrived[index] = found
        return arrived
