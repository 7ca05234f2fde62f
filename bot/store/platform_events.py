"""Queries on the platform's own events for sessions: which were made, and what they say there."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, delete, select

from bot.store.tables import platform_event
from bot.store.upsert import insert_for

_OF_COURSE = select(platform_event.c.session_id, platform_event.c.event, platform_event.c.digest).where(
    platform_event.c.course_id == bindparam("course_id")
)


def of_course(tx: Connection, course_id: int) -> dict[int, tuple[str, str]]:
    """The event (the platform's id) and the digest of what it says, by session."""
    return {row.session_id: (row.event, row.digest) for row in tx.execute(_OF_COURSE, {"course_id": course_id})}


def keep(tx: Connection, course_id: int, session_id: int, event: str, digest: str) -> None:
    """Note which event a session has, and what it says."""
    values = {"event": event, "digest": digest}
    statement = insert_for(tx, platform_event).values(session_id=session_id, course_id=course_id, **values)
    tx.execute(statement.on_conflict_do_update(index_elements=["session_id"], set_=values))


def forget(tx: Connection, session_id: int) -> None:
    """Note that a session has no event any more."""
    tx.execute(delete(platform_event).where(platform_event.c.session_id == session_id))
