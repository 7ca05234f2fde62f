"""What staff are told about the outbox itself, each thing once: what was missed, and which channel takes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from bot.core.outbox_notices import ChannelRefused, Missed, MissedOne
from bot.core.reminders import Planned, ReminderKind
from bot.store import outbox_trouble
from bot.store.courses import CourseRow
from bot.store.outbox import Claim, Composed

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
        missed = tuple(MissedOne(kind.replace("-", " "), due_at, until) for kind, due_at, until in rows)
        return Composed(course.staff_channel, Missed(missed)) if missed else None


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
                count = outbox_trouble.waiting(tx, course.id, trouble.destination)
                return Composed(course.staff_channel, ChannelRefused(trouble.reason, count))
        return None
