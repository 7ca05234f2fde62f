"""What a recap is made from, and the recaps made."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from bot.store.tables.base import id_column, metadata, of_course
from bot.store.types import Id, UtcDateTime

# A message that somebody added to the recap of a class. `person_id` is its author; None: not in the course.
recap_source = Table(
    "recap_source",
    metadata,
    id_column(),
    of_course(),
    Column("session_id", Id, ForeignKey("session.id"), nullable=False),
    Column("person_id", Id, ForeignKey("person.id")),
    Column("message", Text, nullable=False),
    Column("link", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("said_at", UtcDateTime, nullable=False),
    Column("added_by_id", Id, ForeignKey("person.id"), nullable=False),
    Column("added_at", UtcDateTime, nullable=False),
    UniqueConstraint("course_id", "message"),
    Index("ix_recap_source_session", "session_id"),
)

# Who does not want their words in any recap.
recap_opt_out = Table(
    "recap_opt_out",
    metadata,
    Column("person_id", Id, ForeignKey("person.id"), primary_key=True, autoincrement=False),
    of_course(),
    Column("at", UtcDateTime, nullable=False),
)

# A recap by what it was made from (`digest` of sources and settings): asking again costs nothing.
recap = Table(
    "recap",
    metadata,
    id_column(),
    of_course(),
    Column("session_id", Id, ForeignKey("session.id"), nullable=False),
    Column("digest", Text, nullable=False),
    Column("by_model", Boolean, nullable=False),
    # JSON, as bot/core/recap.py packs it.
    Column("body", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    UniqueConstraint("session_id", "digest"),
)

# Tokens: reserved before a request goes out, settled when its answer is in. What was never settled counts in full.
recap_spending = Table(
    "recap_spending",
    metadata,
    id_column(),
    of_course(),
    Column("session_id", Id, ForeignKey("session.id"), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("reserved", Integer, nullable=False),
    Column("used", Integer),
    CheckConstraint("reserved >= 0 AND (used IS NULL OR used >= 0)", name="tokens"),
    Index("ix_recap_spending_course_at", "course_id", "at"),
)
