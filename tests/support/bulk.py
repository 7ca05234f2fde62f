"""Many reminders at once, each told from the others by the one person it mentions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.core.reminders import GroupLockReminder, Planned, ReminderKind
from bot.store.courses import CourseRow
from bot.store.outbox import Claim, Composed

FIRST = 10**17
"""The first person's id; the others follow."""


class Bulk:
    """`count` reminders due at `due_at`, dealt out to `destinations` in turn; the first are the most urgent."""

    kind = ReminderKind.GROUP_LOCK

    def __init__(
        self, count: int, destinations: Sequence[str], due_at: datetime, useful_for: timedelta = timedelta(days=30)
    ) -> None:
        self.destinations = list(destinations)
        self.planned = [
            Planned(
                f"bulk/{number}",
                self.kind,
                due_at + useful_for + timedelta(seconds=number),
                due_at,
                due_at + useful_for + timedelta(seconds=number),
                subject=str(number),
            )
            for number in range(count)
        ]

    def plan(self, tx: Connection, course: CourseRow, leads: Sequence[timedelta], now: datetime) -> Sequence[Planned]:
        return self.planned

    def compose(self, tx: Connection, course: CourseRow, claim: Claim, now: datetime) -> Composed | None:
        number = int(claim.subject)
        notice = GroupLockReminder(claim.deadline_at, (str(FIRST + number),), 3, now - claim.due_at)
        return Composed(self.destinations[number % len(self.destinations)], notice)
