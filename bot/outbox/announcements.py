"""What staff announce: each once, when its time has come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.core.reminders import Planned, ReminderKind
from bot.core.schedule_notices import STUDENTS, Announcement
from bot.services.announcements import USEFUL_FOR
from bot.store import announcements
from bot.store.courses import CourseRow
from bot.store.outbox import Claim, Composed


class Announcements:
    """One message, or as many as it takes to mention all students."""

    kind = ReminderKind.ANNOUNCEMENT

    def plan(self, tx: Connection, course: CourseRow, leads: Sequence[timedelta], now: datetime) -> Sequence[Planned]:
        return [
            Planned(
                announcements.key_of(one.id),
                self.kind,
                one.due_at,
                one.due_at,
                one.due_at + USEFUL_FOR,
                subject=f"announcement {one.id}",
            )
            for one in announcements.due_since(tx, course.id, now - USEFUL_FOR)
        ]

    def compose(self, tx: Connection, course: CourseRow, claim: Claim, now: datetime) -> Composed | None:
        found = announcements.get(tx, course.id, int(claim.subject.split()[1]))
        if found is None:
            return None
        pinged = tuple(announcements.students(tx, course)) if found.ping == STUDENTS else ()
        return Composed(course.announce_channel, Announcement(found.text, pinged, now - claim.due_at))
