"""Sending what is due, each destination on its own.

Rows are claimed a few at a time, the most urgent first, and queue up in lanes: one lane for each destination, in order
within it, several lanes at once. A lane that is full takes no more, so a thousand messages for one channel hold up no
other, and never more than a handful are in memory. A destination in trouble is left alone for a while, with all that
goes there; the others go on.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.core.times import Clock
from bot.outbox.delivery import LEASE, Delivery, Moved, Undelivered
from bot.outbox.planner import Planner
from bot.services.ports import DeliveryFailed, Messenger, Refused, Rejected, Unreachable
from bot.store import outbox, outbox_trouble
from bot.store.database import Database
from bot.store.outbox import Claim

log = logging.getLogger(__name__)

IN_HAND = 64
"""Rows claimed and not settled, at most."""
IN_LANE = 8
"""Of these, for one destination. It must be able to post so many while a lease lasts."""
AT_ONCE = 8
"""Destinations posted to at the same time. One that takes longer than `SLOW` does not count."""
SLOW = 2.0
SWEEP = timedelta(seconds=45)
"""How often everything is looked at anew, whatever happens."""

_BACKOFF = timedelta(seconds=15)
_BACKOFF_MAX = timedelta(minutes=5)
_REFUSED = timedelta(minutes=10)
_PATIENCE = timedelta(hours=1)
"""The longest anything waits for another try, whatever the platform asks for."""


@dataclass(slots=True, eq=False)
class _Lane:
    waiting: deque[Claim] = field(default_factory=deque)
    slow: bool = False
    task: asyncio.Task[None] | None = None


class Sender:
    """One pass at a time. `chance` spreads second tries; `checkpoint` is told each step, for fault tests; `posted` each
    message that is there."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        messenger: Messenger,
        planner: Planner,
        chance: random.Random,
        checkpoint: Callable[[str], None] = lambda step: None,
        posted: Callable[[Claim], None] = lambda claim: None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._planner = planner
        self._delivery = Delivery(database, clock, messenger, planner, checkpoint, posted)
        self._chance = chance
        self._checkpoint = checkpoint
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._wake = asyncio.Event()
        self._lanes: dict[str, _Lane] = {}
        self._held: set[int] = set()
        self._shut: dict[str, datetime] = {}
        """Destinations in trouble, and until when they are left alone."""
        self._refused: set[tuple[int, str]] = set()
        """Course and destination of which staff are told."""
        self._quiet_until: datetime | None = None
        self._last_look: datetime | None = None
        self._plan_by: datetime | None = None
        self._stopping = False

    def poke(self) -> None:
        """Something that messages depend on has changed: plan again, in the middle of a pass too."""
        self._plan_by = None
        self._wake.set()

    def stop(self) -> None:
        """Finish the posts under way and begin no more; `run` returns soon."""
        self._stopping = True
        self._wake.set()

    async def run(self) -> datetime | None:
        """Plan, send everything due, and return when to come back (None: nothing is planned)."""
        self._stopping = False
        try:
            if self._last_look is None:
                self._refused = await self._database.read(outbox_trouble.all_refused)
            moment = await self._plan()
            while True:
                self._wake.clear()
                self._reap()
                now = await self._look()
                if self._plan_by is None or now >= self._plan_by:
                    moment = await self._plan()
                if await self._take(now):
                    continue
                if not self._lanes:
                    break
                due = await self._next(moment)
                ahead = (due - self._clock.now()).total_seconds() if due else SWEEP.total_seconds()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), min(max(ahead, 0.5), SWEEP.total_seconds()))
            due = await self._next(moment)
            return max(due, self._quiet_until) if due and self._quiet_until else due
        finally:
            await self._let_go()

    # -- planning --------------------------------------------------------------------------------------------------

    async def _plan(self) -> datetime | None:
        now = await self._look()
        moment = await self._planner.plan(now)
        if self._planner.redirected:
            self._planner.redirected = False
            self._shut.clear()
        soonest = now + timedelta(seconds=1)
        self._plan_by = max(soonest, min(now + SWEEP, moment or now + SWEEP))
        self._checkpoint("planned")
        return moment

    async def _look(self) -> datetime:
        """The clock. When it was ahead before, or in the process before this one, nothing waits for what it said."""
        now, before = self._clock.now(), self._last_look
        self._last_look = now
        if before is None or now < before:
            await self._database.write(outbox.clock_changed, now, LEASE, 2 * _PATIENCE, set(self._held))
            self._planner.forget()
            self._shut.clear()
            self._quiet_until = self._plan_by = None
        return now

    async def _next(self, moment: datetime | None) -> datetime | None:
        due = await self._database.read(outbox.next_due, self._held)
        return min((at for at in (moment, due) if at), default=None)

    # -- claiming --------------------------------------------------------------------------------------------------

    async def _take(self, now: datetime) -> bool:
        """Claim what there is room for and hand it to the lanes; returns whether there was any."""
        room = IN_HAND - len(self._held)
        if self._stopping or room < IN_LANE or self._quiet():
            return False
        busy = {where for where, lane in self._lanes.items() if lane.slow or len(lane.waiting) >= IN_LANE // 2}
        claims = await self._database.write(outbox.claim, now, LEASE, room // 2, busy, set(self._held))
        if not claims:
            return False
        self._held |= {claim.id for claim in claims}
        self._checkpoint("claimed")
        places = await asyncio.gather(*(self._where(claim) for claim in claims))
        back: dict[datetime | None, list[tuple[Claim, str | None]]] = {}
        for claim, place in zip(claims, places, strict=True):
            if place is None:
                self._held.discard(claim.id)
                continue
            lane, shut = self._lanes.get(place), self._shut.get(place)
            if shut and now < shut:
                back.setdefault(shut, []).append((claim, place))
            elif place in busy or (lane and (lane.slow or len(lane.waiting) >= IN_LANE)):
                # Something more urgent may wait for a busy one: nothing goes ahead of it.
                back.setdefault(None, []).append((claim, place))
            else:
                self._enter(place, claim)
        for at, some in back.items():
            await self._put_back(some, at)
        return True

    def _quiet(self) -> bool:
        """Whether the platform wants to be left alone altogether."""
        return self._quiet_until is not None and self._clock.now() < self._quiet_until

    async def _where(self, claim: Claim) -> str | None:
        """The destination; None when the row is settled or waits."""
        try:
            return await self._delivery.destination(claim)
        except Undelivered as failed:
            await self._retry(claim, str(failed), self._clock.now() + _REFUSED, thaw=failed.thaw)
        except Exception:
            await self._stumble(claim)
        return None

    async def _put_back(self, some: Iterable[tuple[Claim, str | None]], at: datetime | None) -> None:
        some = list(some)
        await self._database.write(outbox.put_back, some, at)
        self._held -= {claim.id for claim, _ in some}

    # -- lanes -----------------------------------------------------------------------------------------------------

    def _enter(self, place: str, claim: Claim) -> None:
        lane = self._lanes.setdefault(place, _Lane())
        lane.waiting.append(claim)
        if lane.task is None or lane.task.done():
            if lane.task is not None:
                lane.task.result()  # what ended it by surprise ends the pass
            lane.task = asyncio.create_task(self._serve(place, lane))
            lane.task.add_done_callback(lambda _: self._wake.set())

    async def _serve(self, place: str, lane: _Lane) -> None:
        """Send what waits in a lane, one after the other; the rest goes back when the destination is in trouble."""
        until: datetime | None = None
        while lane.waiting and until is None and not self._stopping and not self._quiet():
            claim = lane.waiting.popleft()
            try:
                await self._one(place, lane, claim)
            except Undelivered as failed:
                until = await self._failed(place, claim, failed)
            except Moved:
                await self._put_back([(claim, None)], None)
            except Exception:
                await self._stumble(claim)
            else:
                await self._well(place, claim)
            self._held.discard(claim.id)
            if len(lane.waiting) == IN_LANE // 2 - 1:
                self._wake.set()
        await self._empty(place, lane, until)

    async def _one(self, place: str, lane: _Lane, claim: Claim) -> None:
        async with self._slots:
            if self._quiet() or self._stopping:
                raise Moved
            task = asyncio.create_task(self._delivery.deliver(claim, place))
            try:
                await asyncio.wait({task}, timeout=SLOW)
            except BaseException:
                task.cancel()
                raise
        # A destination that takes its time gives its place to another, and its queue back.
        if not task.done():
            lane.slow = True
            self._wake.set()
            try:
                await self._empty(place, lane, None)
            except BaseException:
                task.cancel()
                raise
        try:
            await task
        finally:
            lane.slow = False

    async def _empty(self, place: str, lane: _Lane, until: datetime | None) -> None:
        while lane.waiting:  # more may come in while some go back
            rest = [(claim, place) for claim in lane.waiting]
            lane.waiting.clear()
            await self._put_back(rest, until)

    def _reap(self) -> None:
        """Forget lanes that are done. What ended one by surprise ends the pass."""
        for place, lane in list(self._lanes.items()):
            if lane.task is not None and lane.task.done():
                del self._lanes[place]
                lane.task.result()

    async def _let_go(self) -> None:
        tasks = [lane.task for lane in self._lanes.values() if lane.task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._lanes.clear()
        self._held.clear()

    # -- what came of it -------------------------------------------------------------------------------------------

    async def _well(self, place: str, claim: Claim) -> None:
        self._shut.pop(place, None)
        if (claim.course_id, place) in self._refused:
            await self._database.write(outbox_trouble.relieve, claim.course_id, place)
            self._refused.discard((claim.course_id, place))
            self._plan_by = None  # staff need not be told any more

    async def _failed(self, place: str, claim: Claim, failed: Undelivered) -> datetime | None:
        """Settle a row that was not delivered; returns until when its destination is left alone."""
        error, now = failed.cause, self._clock.now()
        if isinstance(error, Unreachable):
            log.info("reminder %s has nobody to take it (%s)", claim.key, error)
            await self._database.write(outbox.close, claim, "failed", now)
            self._plan_by = None  # what is said to them elsewhere is planned now
            return None
        at = now + self._wait(claim.attempts, error)
        log.warning("reminder %s not delivered (%s); next try in %d s", claim.key, error, (at - now).total_seconds())
        await self._retry(claim, str(error), at, thaw=failed.thaw, place=place)
        if isinstance(error, Rejected):
            return None
        if isinstance(error, Refused) and (claim.course_id, place) not in self._refused:
            self._refused.add((claim.course_id, place))
            await self._database.write(outbox_trouble.refuse, claim.course_id, place, str(error), now)
            self._plan_by = None  # staff are told
        if error.everywhere:
            self._quiet_until = at
        self._shut[place] = at
        await self._database.write(outbox.put_off, place, now, at)
        return at

    def _wait(self, attempts: int, error: DeliveryFailed) -> timedelta:
        """Longer each time, and never the same for many at once."""
        spread = self._chance.uniform(0.5, 1)
        if isinstance(error, Refused | Rejected):
            return _REFUSED * spread
        wait: timedelta = min(_BACKOFF * 2 ** min(attempts - 1, 10), _BACKOFF_MAX) * spread
        if error.retry_after is not None:
            wait = max(wait, error.retry_after + wait / 10)
        return min(wait, _PATIENCE)

    async def _stumble(self, claim: Claim) -> None:
        """A bug of ours with one message: the others go on, and this one is tried again later."""
        log.exception("reminder %s could not be sent", claim.key)
        await self._retry(claim, "the bot made an error: its log has more", self._clock.now() + _REFUSED, thaw=False)

    async def _retry(self, claim: Claim, error: str, at: datetime, *, thaw: bool, place: str | None = None) -> None:
        await self._database.write(outbox.retry, claim, error, at, thaw=thaw, destination=place)
