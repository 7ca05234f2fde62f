"""To staff, once: somebody had their own data deleted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.core.pseudonyms import DataDeleted
from bot.core.reminders import Planned, ReminderKind
from bot.store import audit
from bot.store.courses import CourseRow
from bot.store.outbox import Claim, Composed

USEFUL_FOR = timedelta(days=7)


class Deletions:
    """One message in the staff channel for each, from what the audit says of it."""

    kind = ReminderKind.DATA_DELETED

    def plan(self, tx: Connection, course: CourseRow, leads: Sequence[timedelta], now: datetime) -> Sequence[Planned]:
        return [
            Planned(
                f"{self.kind}/{course.key}/{id_}", self.kind, at + USEFUL_FOR, at, at + USEFUL_FOR, subject=f"{id_}"
            )
            for id_, at, _ in audit.deletions(tx, course.id, now - USEFUL_FOR)
        ]

    def compose(self, tx: Connection, course: CourseRow, claim: Claim, now: datetime) -> Composed | None:
        for id_, _, sentence in audit.deletions(tx, course.id, now - USEFUL_FOR):
            if str(id_) == claim.subject:
                return Composed(course.staff_channel, DataDeleted(sentence))
        return None
