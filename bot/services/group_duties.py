"""What groups are on duty for: shared by everything that says what becomes of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from bot.core.course import Role
from bot.store import duties, schedule
from bot.store.courses import CourseRow


@dataclass(frozen=True, slots=True)
class GroupDuty:
    """A group's duty in a session that has not begun; `id` is of its hold on the seat. No label: it is cancelled."""

    id: int
    session_id: int
    date: date | None
    label: str | None
    role: Role


def ahead_of(tx: Connection, course: CourseRow, group_id: int, now: datetime) -> tuple[GroupDuty, ...]:
    """The group's duties ahead in order of time, those in cancelled sessions too."""
    held = duties.held_by(tx, course.id, group_id)
    if not held:
        return ()
    sessions = {one.id: one for one in schedule.every(tx, course.id, cancelled=True)}
    found = []
    for one in held:
        session = sessions[one.session_id]
        if session.starts_at <= now:
            continue
        label = None if session.cancelled else session.as_page(course.zone).label
        found.append(GroupDuty(one.id, session.id, session.date, label, one.role))
    return tuple(found)


def digest(*shown: object) -> str:
    """Two previews with this in common show the same. `shown` must look the same each time it is printed."""
    return hashlib.sha256(repr(shown).encode()).hexdigest()
