"""What was handed in, with every version, its files, drafts of summaries, what staff said, and marks."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from bot.store.tables.base import id_column, metadata, of_course
from bot.store.types import Id, UtcDateTime


def _of_one_person(name: str, *columns: str) -> Index:
    """Unique among the rows that belong to no group; rows of a group have a constraint of their own."""
    alone = text("group_id IS NULL")
    return Index(name, *columns, unique=True, sqlite_where=alone, postgresql_where=alone)


# One version of what a group, or one person without a group, handed in. It is never changed afterwards.
hand_in = Table(
    "hand_in",
    metadata,
    id_column(),
    of_course(),
    Column("kind", Text, nullable=False),
    Column("session_id", Id, ForeignKey("session.id")),
    Column("milestone_id", Id, ForeignKey("milestone.id")),
    Column("group_id", Id, ForeignKey("study_group.id")),
    # Who did it, for the group or for themselves.
    Column("person_id", Id, ForeignKey("person.id"), nullable=False),
    Column("version", Integer, nullable=False),
    # When the platform received it, and the deadline in force then (what the receipt says; whether it is on time is
    # worked out from the schedule as it is when asked).
    Column("at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    # The platform's id of the interaction: a second try of the same submission changes nothing.
    Column("interaction_id", Text, nullable=False),
    Column("link", Text),
    # A summary's parts, as JSON: [[heading, text], ...].
    Column("body", Text),
    # SHA-256 over all of the content (core/receipts.py), and the receipt's short code.
    Column("digest", Text, nullable=False),
    Column("code", Text, nullable=False),
    # The signed receipt as it was given, as JSON.
    Column("receipt", Text, nullable=False, server_default=""),
    # Where staff and the group talk about it.
    Column("thread", Text),
    CheckConstraint("kind IN ('slides', 'summary', 'milestone')", name="kind"),
    CheckConstraint("(kind = 'milestone') = (milestone_id IS NOT NULL)", name="milestone"),
    CheckConstraint("(kind = 'milestone') = (session_id IS NULL)", name="session"),
    UniqueConstraint("course_id", "interaction_id"),
    UniqueConstraint("course_id", "code"),
    UniqueConstraint("session_id", "kind", "group_id", "version"),
    UniqueConstraint("milestone_id", "group_id", "version"),
    _of_one_person("uq_hand_in_own_session", "session_id", "kind", "person_id", "version"),
    _of_one_person("uq_hand_in_own_milestone", "milestone_id", "person_id", "version"),
)

# A file's content, kept outside the database under its hash. `deleted_at`: gone by policy, the row stays as proof.
stored_file = Table(
    "stored_file",
    metadata,
    Column("course_id", Id, ForeignKey("course.id"), primary_key=True, autoincrement=False),
    Column("sha256", Text, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("media", Text, nullable=False),
    Column("stored_at", UtcDateTime, nullable=False),
    Column("deleted_at", UtcDateTime),
)

hand_in_file = Table(
    "hand_in_file",
    metadata,
    Column("hand_in_id", Id, ForeignKey("hand_in.id"), primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    of_course(),
    Column("name", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    ForeignKeyConstraint(["course_id", "sha256"], ["stored_file.course_id", "stored_file.sha256"]),
)

# What staff decided about a hand-in; the last one holds.
review = Table(
    "review",
    metadata,
    id_column(),
    of_course(),
    Column("hand_in_id", Id, ForeignKey("hand_in.id"), nullable=False),
    Column("verdict", Text, nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    Column("by", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    CheckConstraint("verdict IN ('approved', 'changes')", name="verdict"),
    Index("ix_review_hand_in", "hand_in_id"),
)

# A summary in the making: one text a heading, shared by the group. `person_id` is who wrote there last.
draft = Table(
    "draft",
    metadata,
    id_column(),
    of_course(),
    Column("session_id", Id, ForeignKey("session.id"), nullable=False),
    Column("group_id", Id, ForeignKey("study_group.id")),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False),
    Column("heading", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    UniqueConstraint("session_id", "group_id", "heading"),
    _of_one_person("uq_draft_own", "session_id", "person_id", "heading"),
)

# A mark that staff gave: `item` is what for ("report", "presentation session5").
mark = Table(
    "mark",
    metadata,
    Column("person_id", Id, ForeignKey("person.id"), primary_key=True, autoincrement=False),
    Column("item", Text, primary_key=True),
    of_course(),
    Column("points", Float, nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    Column("by", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    CheckConstraint("points >= 0", name="points"),
)

# Keys of the course that never leave the machine: what signs receipts.
course_secret = Table(
    "course_secret",
    metadata,
    Column("course_id", Id, ForeignKey("course.id"), primary_key=True, autoincrement=False),
    Column("purpose", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)
