"""What should be sent, derived from the course as it is now and kept in the outbox's table.

A look costs a few reads, which hold up nobody. Only what differs is written, one kind of message at a time and in short
transactions, each of which looks again before it changes anything.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.core.reminders import Planned, ReminderKind
from bot.outbox.kinds import CHORES, KINDS, Chore, DeskKind, Kind
from bot.services.due_work import Desk
from bot.store import courses, outbox, outbox_plan, outbox_trouble
from bot.store.courses import CourseRow
from bot.store.database import Database
from bot.store.outbox import Claim, Composed

log = logging.getLogger(__name__)


class Planner:
    """Plans and composes messages of the given `kinds`; `leads` are the default times before a deadline."""

    def __init__(
        self,
        database: Database,
        leads: Sequence[timedelta],
        kinds: Sequence[Kind] = KINDS,
        chores: Sequence[Chore] = CHORES,
    ) -> None:
        self._database = database
        self._leads = tuple(leads)
        self._kinds = {one.kind: one for one in kinds}
        self._chores = tuple(chores)
        # What the table was brought in line with last, and the channels each course had then.
        self._known: dict[tuple[int, ReminderKind], Sequence[Planned]] = {}
        self._channels: dict[int, tuple[str | None, str | None]] = {}
        self.redirected = False
        """Whether messages may go elsewhere since this was last set to False."""

    def forget(self) -> None:
        """Compare everything anew next time: the clock was wrong, and so may be what was withdrawn or expired."""
        self._known.clear()

    async def plan(self, now: datetime) -> datetime | None:
        """Do what the clock demands, then bring the outbox in line with every course that has a place to post to.

        Returns when the clock will demand something next. Trouble with one kind of message is logged and leaves the
        others alone.
        """
        moments: list[datetime | None] = []
        for course in await self._database.read(courses.every):
            for chore in self._chores:
                try:
                    moments.append(await self._database.write(_do, chore, course.id, now))
                except Exception:
                    log.exception("what the clock demands could not be done")
            await self._redirect(course, now)
        if await self._database.read(outbox.to_expire, now):
            count = await self._database.write(outbox.expire, now)
            log.warning("%d reminders are of no use any more and were never sent", count)
        for course in await self._database.read(courses.every):
            looked = await self._look(course, now)
            for one in self._kinds.values():
                try:
                    await self._keep_in_line(course, one, now, looked.get(one.kind))
                except Exception:
                    log.exception("messages of the kind %s could not be planned", one.kind)
        return min((at for at in moments if at), default=None)

    def compose(self, tx: Connection, claim: Claim, now: datetime) -> Composed | None:
        """Where `claim` goes and what it says to whom now; None when nobody is concerned."""
        kind = self._kinds.get(claim.kind)
        return kind.compose(tx, courses.by_id(tx, claim.course_id), claim, now) if kind else None

    async def _redirect(self, course: CourseRow, now: datetime) -> None:
        """When staff have chosen other channels, nothing waits any longer for the old ones. At a start neither."""
        channels = (course.announce_channel, course.staff_channel)
        before = self._channels.get(course.id)
        if before != channels:
            await self._database.write(outbox.redirect, course.id, now)
            if before is not None:
                await self._database.write(outbox_trouble.relieve, course.id)
            self._channels[course.id] = channels
            self.redirected = True

    async def _look(self, course: CourseRow, now: datetime) -> dict[ReminderKind, Sequence[Planned]]:
        """What the kinds want that look at the same things, in one transaction. Nothing when one of them stumbles: then
        each looks by itself, and only that one does without."""
        if not course.place:
            return {}
        try:
            return await self._database.read(self._at_desk, course, now)
        except Exception:
            log.debug("planning one by one", exc_info=True)
            return {}

    def _at_desk(self, tx: Connection, course: CourseRow, now: datetime) -> dict[ReminderKind, Sequence[Planned]]:
        desk = Desk(tx, course, now)
        kinds = [one for one in self._kinds.values() if isinstance(one, DeskKind)]
        return {one.kind: list(one.plan_at(desk, self._leads)) for one in kinds}

    async def _keep_in_line(
        self, course: CourseRow, one: Kind, now: datetime, looked: Sequence[Planned] | None
    ) -> None:
        key = (course.id, one.kind)
        wanted = await self._database.read(self._wanted, course, one, now) if looked is None else looked
        if wanted == self._known.get(key):
            return
        if await self._database.read(outbox_plan.compare, course.id, one.kind, wanted, now):
            more = True
            while more:
                wanted, more = await self._database.write(self._change, course.id, one, now)
        self._known[key] = wanted

    def _wanted(self, tx: Connection, course: CourseRow, one: Kind, now: datetime) -> Sequence[Planned]:
        return list(one.plan(tx, course, self._leads, now)) if course.place else []

    def _change(self, tx: Connection, course_id: int, one: Kind, now: datetime) -> tuple[Sequence[Planned], bool]:
        wanted = self._wanted(tx, courses.by_id(tx, course_id), one, now)
        changes = outbox_plan.compare(tx, course_id, one.kind, wanted, now)
        return wanted, outbox_plan.apply(tx, course_id, changes, now)


def _do(tx: Connection, chore: Chore, course_id: int, now: datetime) -> datetime | None:
    return chore(tx, courses.by_id(tx, course_id), now)
