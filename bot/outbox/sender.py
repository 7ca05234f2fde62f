"""Sending what is due, exactly once, whatever happens in between.

A row goes planned -> claimed (with a lease) -> sent. Its exact text is frozen before the first post. Whoever finds a
claimed row whose lease ran out (the process died, or the platform's answer was lost) cannot know whether the post
arrived: soon after, it posts the frozen text again under the same nonce and the platform drops a double; later, it
looks for the frozen text in the channel's history first.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from bot.core.messages import Part
from bot.core.reminders import nonce
from bot.core.times import Clock
from bot.outbox import planner
from bot.services.ports import DeliveryFailed, Messenger, Unreachable
from bot.store import outbox
from bot.store.database import Database
from bot.store.outbox import Claim

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
NONCE_WINDOW = timedelta(minutes=2)
"""Discord drops a second message with the same nonce for "a few minutes"; this is safely inside."""

_BACKOFF = timedelta(seconds=15)
_BACKOFF_MAX = timedelta(minutes=10)


class Sender:
    """One pass at a time: plan, then send what is due. `checkpoint` is told each step, for fault tests."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        messenger: Messenger,
        leads: Sequence[timedelta],
        checkpoint: Callable[[str], None] = lambda step: None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._messenger = messenger
        self._leads = tuple(leads)
        self._checkpoint = checkpoint

    async def run(self) -> datetime | None:
        """Plan, send everything due, and return when to come back (None: nothing is planned)."""
        moment = await self._database.write(planner.plan_all, self._leads, self._clock.now())
        self._checkpoint("planned")
        unreachable = False
        while claim := await self._database.write(outbox.claim, self._clock.now(), LEASE):
            self._checkpoint("claimed")
            try:
                await self._deliver(claim)
            except Unreachable as error:
                log.info("reminder %s has nobody to take it (%s)", claim.key, error)
                await self._database.write(outbox.close, claim.id, "failed")
                unreachable = True
            except DeliveryFailed as error:
                await self._put_back(claim, error)
        if unreachable:
            return await self.run()  # what is said to them elsewhere is planned now; each row fails once
        due = await self._database.read(outbox.next_due)
        return min((at for at in (moment, due) if at), default=None)

    async def _deliver(self, claim: Claim) -> None:
        now = self._clock.now()
        arrived: dict[int, str] = {}
        parts = list(claim.parts or ())
        destination = claim.destination
        if parts and destination and claim.tried_at and now - claim.tried_at > NONCE_WINDOW:
            arrived = await self._look_back(destination, parts, claim.tried_at)
            if not arrived:
                parts = []  # nothing of it was posted: say it afresh, to those who owe now
        if not parts:
            if now >= claim.expires_at:
                log.warning("reminder %s expired before it could be sent", claim.key)
                await self._database.write(outbox.close, claim.id, "expired")
                return
            composed = await self._database.read(planner.compose, claim, now)
            if composed is None:
                await self._database.write(outbox.close, claim.id, "empty")
                return
            destination = composed.destination
            if destination is None:
                raise DeliveryFailed("no announcement channel is set: use /staff setup")
            # A picture takes a while to draw, and nobody's answer should wait for it.
            parts = await asyncio.to_thread(self._messenger.render, composed.notice)
            await self._database.write(outbox.freeze, claim.id, destination, parts, now)
        assert destination is not None
        self._checkpoint("frozen")
        for index, part in enumerate(parts):
            if index not in arrived:
                arrived[index] = await self._messenger.post(destination, part, nonce(claim.key, index))
        self._checkpoint("posted")
        await self._database.write(outbox.sent, claim.id, [arrived[i] for i in sorted(arrived)], self._clock.now())
        log.info("reminder %s sent", claim.key)

    async def _look_back(self, destination: str, parts: Sequence[Part], since: datetime) -> dict[int, str]:
        found = {index: await self._messenger.find(destination, part, since) for index, part in enumerate(parts)}
        return {index: message_id for index, message_id in found.items() if message_id}

    async def _put_back(self, claim: Claim, error: DeliveryFailed) -> None:
        wait = min(_BACKOFF * 2 ** min(claim.attempts - 1, 10), _BACKOFF_MAX)
        log.warning("reminder %s not delivered (%s); next try in %d s", claim.key, error, wait.total_seconds())
        await self._database.write(outbox.retry, claim.id, str(error), self._clock.now() + wait)
