"""Queries on what staff announce: now or at a time, until it is sent or called off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Text, and_, cast, insert, literal, or_, select, update

from bot.store.courses import CourseRow
from bot.store.tables import account, announcement, outbox, person


@dataclass(frozen=True, slots=True)
class AnnouncementRow:
    """Something to be said at `due_at`; `ping` is "nobody" or "students", `actor` who of the staff wrote it."""

    id: int
    text: str
    due_at: datetime
    ping: str
    actor: str


_COLUMNS = [announcement.c[name] for name in AnnouncementRow.__dataclass_fields__]
_OPEN = announcement.c.cancelled_at.is_(None)
_KEY = literal("announcement/") + cast(announcement.c.id, Text)


def key_of(announcement_id: int) -> str:
    """The key of the message in the outbox."""
    return f"announcement/{announcement_id}"


def add(tx: Connection, course_id: int, actor: str, text: str, due_at: datetime, ping: str, now: datetime) -> int:
    values = {"course_id": course_id, "actor": actor, "text": text, "due_at": due_at, "ping": ping, "created_at": now}
    return int(tx.execute(insert(announcement).values(**values).returning(announcement.c.id)).scalar_one())


def get(tx: Connection, course_id: int, announcement_id: int) -> AnnouncementRow | None:
    """One that is not called off."""
    statement = select(*_COLUMNS).where(
        announcement.c.course_id == course_id, announcement.c.id == announcement_id, _OPEN
    )
    row = tx.execute(statement).first()
    return AnnouncementRow(*row) if row else None


def due_since(tx: Connection, course_id: int, at: datetime) -> list[AnnouncementRow]:
    """Those due after `at` that are not called off, in order of time."""
    statement = select(*_COLUMNS).where(announcement.c.course_id == course_id, announcement.c.due_at > at, _OPEN)
    return [AnnouncementRow(*row) for row in tx.execute(statement.order_by(announcement.c.due_at, announcement.c.id))]


def waiting(tx: Connection, course_id: int, since: datetime) -> list[AnnouncementRow]:
    """Those due after `since` that are neither sent, nor being sent, nor called off, in order of time."""
    unsent = or_(outbox.c.id.is_(None), outbox.c.state.in_(["planned", "withdrawn"]))
    statement = (
        select(*_COLUMNS)
        .outerjoin(outbox, outbox.c.key == _KEY)
        .where(announcement.c.course_id == course_id, announcement.c.due_at > since, _OPEN, unsent)
    )
    return [AnnouncementRow(*row) for row in tx.execute(statement.order_by(announcement.c.due_at, announcement.c.id))]


def cancel(tx: Connection, course_id: int, announcement_id: int, now: datetime) -> bool:
    """Call one off; False (and nothing changed) when it is being sent, was sent, or was called off before."""
    message = outbox.c.key == key_of(announcement_id)
    tx.execute(update(outbox).where(message, outbox.c.state == "planned").values(state="withdrawn"))
    if tx.execute(select(outbox.c.state).where(message)).scalar() not in (None, "withdrawn"):
        return False
    mine = and_(announcement.c.course_id == course_id, announcement.c.id == announcement_id, _OPEN)
    return tx.execute(update(announcement).where(mine).values(cancelled_at=now)).rowcount == 1


def students(tx: Connection, course: CourseRow) -> list[str]:
    """The platform's user ids of the students in the course."""
    statement = (
        select(account.c.user_id)
        .join(person, person.c.id == account.c.person_id)
        .where(
            person.c.course_id == course.id,
            person.c.kind == "student",
            person.c.dropped_at.is_(None),
            account.c.platform == course.platform,
        )
    )
    if course.linked_only:
        statement = statement.where(person.c.origin == "roster")
    return list(tx.execute(statement.order_by(person.c.id)).scalars())
