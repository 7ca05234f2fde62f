"""Groups lock soon: to those who are in none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.core.policy import LEADS
from bot.core.reminders import GroupLockReminder, Planned, ReminderKind, plan
from bot.store import courses, people
from bot.store.courses import CourseRow
from bot.store.outbox import Claim, Composed


class GroupLock:
    """One message in the announcement channel that mentions everyone without a group."""

    kind = ReminderKind.GROUP_LOCK

    def plan(self, tx: Connection, course: CourseRow, leads: Sequence[timedelta], now: datetime) -> Sequence[Planned]:
        if not leads or course.group_lock_at is None:  # switched off in config.toml, or no lock
            return []
        usual = courses.in_force(tx, course.id)[LEADS]
        return plan(self.kind, course.key, course.group_lock_at, usual, now)

    def compose(self, tx: Connection, course: CourseRow, claim: Claim, now: datetime) -> Composed | None:
        recipients = people.without_group(tx, course.id, course.platform)
        if not recipients:
            return None
        return Composed(
            course.announce_channel,
            GroupLockReminder(
                lock_at=claim.deadline_at,
                recipients=tuple(recipients),
                group_size=course.group_size,
                late=now - claim.due_at,
            ),
        )
