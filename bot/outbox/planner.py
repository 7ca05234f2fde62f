"""What should be sent, derived from the course as it is now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.core.reminders import Reminder, ReminderKind, plan
from bot.services.courses import label
from bot.store import courses, outbox, people
from bot.store.outbox import Claim


def plan_all(tx: Connection, leads: Sequence[timedelta], now: datetime) -> None:
    """Bring the outbox in line with every course that has a place to post to."""
    for course in courses.every(tx):
        lock_at = course.group_lock_at if course.place else None
        wanted = plan(ReminderKind.GROUP_LOCK, course.key, lock_at, leads, now) if lock_at else []
        outbox.plan(tx, course.id, ReminderKind.GROUP_LOCK, wanted, now)


def compose(tx: Connection, claim: Claim, now: datetime) -> tuple[str | None, Reminder] | None:
    """Where `claim` goes (None: staff named no channel) and what it says to whom now; None when nobody owes."""
    course = courses.by_id(tx, claim.course_id)
    platform = (course.place or "").partition(":")[0]
    recipients = people.without_group(tx, course.id, platform)
    if not recipients:
        return None
    return course.announce_channel, Reminder(
        kind=claim.kind,
        course=label(course),
        deadline_at=claim.deadline_at,
        recipients=tuple(recipients),
        group_size=course.group_size,
        late=now - claim.due_at,
    )
