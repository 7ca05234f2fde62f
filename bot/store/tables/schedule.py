"""Class meetings and their readings."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, Date, ForeignKey, Index, Integer, Table, Text

from bot.store.tables.base import id_column, metadata, of_course, one_open
from bot.store.types import Id, UtcDateTime

session = Table(
    "session",
    metadata,
    id_column(),
    of_course(),
    Column("date", Date, nullable=False),
    Column("starts_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    Column("kind", Text, nullable=False),
    Column("title", Text),
    Column("topic", Text),
    Column("room", Text),
    # What staff offer to whoever takes a duty here ("+2 points: nobody has had time yet").
    Column("bonus", Text),
    Column("cancelled_at", UtcDateTime),
    CheckConstraint("ends_at > starts_at", name="times"),
    CheckConstraint(
        "kind IN ('lecture', 'student_lecture', 'guest', 'no_class', 'buffer', 'presentation', 'poster', 'makeup')",
        name="kind",
    ),
    Index("ix_session_course_starts", "course_id", "starts_at"),
)

reading = Table(
    "reading",
    metadata,
    id_column(),
    of_course(),
    Column("session_id", Id, ForeignKey("session.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("url", Text),
    Column("required", Boolean, nullable=False),
    Column("note", Text),
    Column("removed_at", UtcDateTime),
    one_open("uq_reading_open_position", "session_id", "position", open_while="removed_at"),
)

# What each import or staff command did to a session, with the row before and after as JSON.
session_change = Table(
    "session_change",
    metadata,
    id_column(),
    of_course(),
    Column("session_id", Id, ForeignKey("session.id"), nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("before", Text),
    Column("after", Text),
)
