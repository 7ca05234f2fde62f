"""Who was there: the check-in of a class, and who checked in."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, LargeBinary, Table, Text

from bot.store.tables.base import id_column, metadata, of_course
from bot.store.types import Id, UtcDateTime

# The check-in of a session. Its codes follow from `key` and the time.
attendance = Table(
    "attendance",
    metadata,
    Column("session_id", Id, ForeignKey("session.id"), primary_key=True, autoincrement=False),
    of_course(),
    Column("key", LargeBinary, nullable=False),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("closes_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
)

# Once a person and session; `how` says whether by the code, or by staff.
check_in = Table(
    "check_in",
    metadata,
    Column("session_id", Id, ForeignKey("attendance.session_id"), primary_key=True, autoincrement=False),
    Column("person_id", Id, ForeignKey("person.id"), primary_key=True, autoincrement=False),
    of_course(),
    Column("at", UtcDateTime, nullable=False),
    Column("how", Text, nullable=False),
    CheckConstraint("how IN ('code', 'staff')", name="how"),
)

# Codes that were wrong: guessing is rate-limited.
check_in_attempt = Table(
    "check_in_attempt",
    metadata,
    id_column(),
    of_course(),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_check_in_attempt_person", "person_id", "at"),
)
