"""What staff are told about the bot itself, each thing once: what was missed, which channel is shut, why there is
no backup."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cached_property

from sqlalchemy import Connection

from bot.core.outbox_notices import BackupFailed, ChannelRefused, Missed, Unsent
from bot.core.reminders import Planned, ReminderKind
from bot.services.question_desk import class_title
from bot.store import announcements, backups, milestones, outbox_trouble, schedule, votes
from bot.store.courses import CourseRow
from bot.store.outbox import Claim, Composed
from bot.store.outbox_trouble import UnsentRow

USEFUL_FOR = timedelta(days=7)


class MissedReports:
    """One message in the staff channel for all that was found at the same moment to be too late."""

    kind = ReminderKind.MISSED

    def plan(self, tx: Connection, course: CourseRow, leads: Sequence[timedelta], now: datetime) -> Sequence[Planned]:
        found = []
        for moment in outbox_trouble.missed_moments(tx, course.id, now - USEFUL_FOR):
            until = moment + USEFUL_FOR
            key = f"{self.kind}/{course.key}/{moment.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}"
            found.append(Planned(key, self.kind, until, moment, until, subject=moment.astimezone(UTC).isoformat()))
        return found

    def compose(self, tx: Connection, course: CourseRow, claim: Claim, now: datetime) -> Composed | None:
        rows = outbox_trouble.missed_at(tx, course.id, datetime.fromisoformat(claim.subject))
        reasons = tuple(dict.fromkeys(row.error for row in rows if row.error))
        return Composed(course.staff_channel, Missed(_listed(tx, course, rows), reasons)) if rows else None


class RefusalReports:
    """One message in the staff channel for each channel that takes nothing, with what to do."""

    kind = ReminderKind.CHANNEL_REFUSED

    def plan(self, tx: Connection, course: CourseRow, leads: Sequence[timedelta], now: datetime) -> Sequence[Planned]:
        found = []
        for trouble in outbox_trouble.refused(tx, course.id):
            until = trouble.since + USEFUL_FOR
            if until > now and trouble.destination != course.staff_channel:
                key = f"{self.kind}/{course.key}/{trouble.destination}/{trouble.since.astimezone(UTC):%Y%m%dT%H%M%SZ}"
                found.append(Planned(key, self.kind, until, trouble.since, until, subject=trouble.destination))
        return found

    def compose(self, tx: Connection, course: CourseRow, claim: Claim, now: datetime) -> Composed | None:
        for trouble in outbox_trouble.refused(tx, course.id):
            if trouble.destination == claim.subject:
                rows = outbox_trouble.waiting(tx, course.id, trouble.destination)
                return Composed(course.staff_channel, ChannelRefused(trouble.reason, _listed(tx, course, rows)))
        return None


class BackupReports:
    """One message in the staff channel when the nightly backup fails; the next one after it has worked again."""

    kind = ReminderKind.BACKUP_FAILED

    def plan(self, tx: Connection, course: CourseRow, leads: Sequence[timedelta], now: datetime) -> Sequence[Planned]:
        trouble = backups.trouble(tx)
        if trouble is None or trouble.at + USEFUL_FOR <= now:
            return []
        key = f"{self.kind}/{course.key}/{trouble.at.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}"
        until = trouble.at + USEFUL_FOR
        return [Planned(key, self.kind, until, trouble.at, until)]

    def compose(self, tx: Connection, course: CourseRow, claim: Claim, now: datetime) -> Composed | None:
        trouble = backups.trouble(tx)
        return Composed(course.staff_channel, BackupFailed(trouble.what, trouble.at)) if trouble else None


def _listed(tx: Connection, course: CourseRow, rows: Sequence[UnsentRow]) -> tuple[Unsent, ...]:
    """What the rows were, like put together with like: a reminder often is several messages."""
    names = _Names(tx, course)
    found: dict[object, Unsent] = {}
    for row in rows:
        direct = " person " in f" {row.subject} " or (row.destination or "").startswith("dm:")
        where = "dm" if direct else row.destination
        one = Unsent(row.kind, names.of(row.subject), where, row.due_at)
        same = (one.kind, one.title, where)
        before = found.get(same)
        found[same] = replace(before, count=before.count + 1) if before else one
    return tuple(found.values())


class _Names:
    """The names of what messages are about, read when they are asked for."""

    def __init__(self, tx: Connection, course: CourseRow) -> None:
        self._tx = tx
        self._course = course

    def of(self, subject: str) -> str | None:
        """The class, milestone, vote or announcement in a subject ("session 5", "milestone3 channel")."""
        found = _ABOUT.search(subject)
        if found is None:
            return None
        what, number = found[1], int(found[2])
        if what == "session":
            return self._sessions.get(number)
        if what == "milestone":
            return self._milestones.get(number)
        if what == "vote":
            vote = votes.get(self._tx, self._course.id, number)
            return vote.title if vote else None
        said = announcements.get(self._tx, self._course.id, number)
        return said.text if said else None

    @cached_property
    def _sessions(self) -> dict[int, str]:
        every = schedule.every(self._tx, self._course.id, cancelled=True)
        return {one.id: class_title(self._course, one) for one in every}

    @cached_property
    def _milestones(self) -> dict[int, str]:
        return {one.id: one.name for one in milestones.every(self._tx, self._course.id)}


_ABOUT = re.compile(r"\b(session|milestone|vote|announcement) ?(\d+)")
