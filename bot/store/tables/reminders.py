"""What is due besides the schedule, how people want to be reminded, and what they are excused from."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from bot.store.tables.base import id_column, metadata, of_course, one_open
from bot.store.types import Id, UtcDateTime

# A dated piece of the project. `source` is who named it last; what staff removed is not brought back by a page or file.
milestone = Table(
    "milestone",
    metadata,
    id_column(),
    of_course(),
    Column("key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("source", Text, nullable=False),
    # How often it was given another name or moment: calendars take the newest.
    Column("changes", Integer, nullable=False, server_default="0"),
    Column("removed_at", UtcDateTime),
    CheckConstraint("source IN ('config', 'page', 'staff')", name="source"),
    one_open("uq_milestone_open_key", "course_id", "key", open_while="removed_at"),
)

# How one person wants to be reminded; who has no row has the course's defaults. Times of day are minutes from midnight.
preference = Table(
    "preference",
    metadata,
    Column("person_id", Id, ForeignKey("person.id"), primary_key=True, autoincrement=False),
    of_course(),
    Column("leads", Text),
    Column("via", Text, nullable=False),
    Column("quiet_from", Integer),
    Column("quiet_to", Integer),
    Column("zone", Text),
    # Set when one list a day takes the place of single messages.
    Column("digest_at", Integer),
    CheckConstraint("via IN ('channel', 'dm')", name="via"),
    CheckConstraint("(quiet_from IS NULL) = (quiet_to IS NULL) AND quiet_from <> quiet_to", name="quiet"),
)

# `subject` is what they do not want to hear of before `until`, as in the outbox ("slides session 5").
snooze = Table(
    "snooze",
    metadata,
    id_column(),
    of_course(),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False),
    Column("subject", Text, nullable=False),
    Column("until", UtcDateTime, nullable=False),
    UniqueConstraint("person_id", "subject"),
)

# What somebody need not do; without a session and a milestone, all of that kind.
excuse = Table(
    "excuse",
    metadata,
    id_column(),
    of_course(),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False),
    Column("what", Text, nullable=False),
    Column("session_id", Id, ForeignKey("session.id")),
    Column("milestone_id", Id, ForeignKey("milestone.id")),
    Column("reason", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("withdrawn_at", UtcDateTime),
    CheckConstraint(
        "what IN ('questions', 'slides', 'summary', 'milestone', 'attendance', 'all')",
        name="what",
    ),
    Index("ix_excuse_course_person", "course_id", "person_id"),
)

# A policy that moved deadlines: what the announcement says is worked out from this when it is sent.
policy_change = Table(
    "policy_change",
    metadata,
    id_column(),
    of_course(),
    Column("key", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Index("ix_policy_change_course_at", "course_id", "at"),
)
