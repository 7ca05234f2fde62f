"""When the course is over."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select

from bot.store.tables import milestone, session


def ends_at(tx: Connection, course_id: int) -> datetime | None:
    """The end of the last class, or the last milestone if that is later; None while there are no classes."""
    classes = select(func.max(session.c.ends_at)).where(
        session.c.course_id == course_id, session.c.cancelled_at.is_(None)
    )
    due = select(func.max(milestone.c.due_at)).where(
        milestone.c.course_id == course_id, milestone.c.removed_at.is_(None)
    )
    last = tx.execute(classes).scalar()
    return max(last, tx.execute(due).scalar() or last) if last else None
