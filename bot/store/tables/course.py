"""The course, its policies, and who is in it."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from bot.store.tables.base import id_column, metadata, of_course
from bot.store.types import Id, UtcDateTime

course = Table(
    "course",
    metadata,
    id_column(),
    Column("key", Text, nullable=False, unique=True),
    Column("code", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("term", Text, nullable=False),
    Column("zone", Text, nullable=False),
    # Where the course lives, as "<platform>:<server id>"; one server holds one course.
    Column("place", Text, unique=True),
    Column("announce_channel", Text),
    Column("staff_channel", Text),
    Column("staff_role", Text),
    Column("group_size", Integer, nullable=False),
    Column("group_min_size", Integer, nullable=False),
    Column("group_lock_at", UtcDateTime),
    # Policies that nearly every press asks for, worked out when they change (store/courses.py, `settle`).
    Column("invites_until", UtcDateTime),
    Column("join_by_request", Boolean, nullable=False, server_default=false()),
    Column("linked_only", Boolean, nullable=False, server_default=false()),
    Column("created_at", UtcDateTime, nullable=False),
    CheckConstraint("group_min_size >= 1 AND group_min_size <= group_size", name="group_sizes"),
)

policy = Table(
    "policy",
    metadata,
    Column("course_id", Id, ForeignKey("course.id"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
    # "config" values follow config.toml at each start; "staff" values stay until staff change them.
    Column("source", Text, nullable=False),
    Column("changed_at", UtcDateTime, nullable=False),
    CheckConstraint("source IN ('config', 'staff')", name="source"),
)

person = Table(
    "person",
    metadata,
    id_column(),
    of_course(),
    # Names are not keys: a roster login, or where the person was first met ("discord:123", "page:student01").
    Column("roster_key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("email", Text),
    Column("section", Text),
    Column("kind", Text, nullable=False),
    # How they came into the course: by the roster, named by a course page, or met on a chat platform.
    Column("origin", Text, nullable=False, server_default="met"),
    Column("created_at", UtcDateTime, nullable=False),
    Column("dropped_at", UtcDateTime),
    UniqueConstraint("course_id", "roster_key"),
    CheckConstraint("kind IN ('student', 'staff', 'guest')", name="kind"),
    CheckConstraint("origin IN ('roster', 'page', 'met')", name="origin"),
)

account = Table(
    "account",
    metadata,
    id_column(),
    of_course(),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False),
    Column("platform", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("course_id", "platform", "user_id"),
    UniqueConstraint("person_id", "platform"),
)

# Other names by which course pages call a person: what the name was of a row that was merged into theirs.
person_alias = Table(
    "person_alias",
    metadata,
    Column("course_id", Id, ForeignKey("course.id"), primary_key=True, autoincrement=False),
    Column("name_key", Text, primary_key=True),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False),
)

# A roster entry's one-time code for `/link`. It is deleted when used.
link_code = Table(
    "link_code",
    metadata,
    Column("person_id", Id, ForeignKey("person.id"), primary_key=True, autoincrement=False),
    of_course(),
    Column("code", Text, nullable=False),
    Column("made_at", UtcDateTime, nullable=False),
    UniqueConstraint("course_id", "code"),
)

# Codes that were wrong, by account: guessing is rate-limited.
link_attempt = Table(
    "link_attempt",
    metadata,
    id_column(),
    of_course(),
    Column("platform", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_link_attempt_account", "course_id", "platform", "user_id"),
)
