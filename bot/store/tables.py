"""The schema. Constraints here are the rules that hold whatever the code does.

Rows that people may ask about later (memberships, duties, sessions) are ended, not deleted: a partial unique index
over the rows still open keeps the rule, the ended ones keep the history.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.sql.elements import TextClause

from bot.store.types import Id, UtcDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> Column[int]:
    return Column("id", Id, primary_key=True, autoincrement=True)


def _course() -> Column[int]:
    return Column("course_id", Id, ForeignKey("course.id"), nullable=False)


def _one_open(name: str, *columns: str, open_while: str) -> Index:
    """At most one row with these columns is open (its `open_while` column is still empty)."""
    where: TextClause = text(f"{open_while} IS NULL")
    return Index(name, *columns, unique=True, sqlite_where=where, postgresql_where=where)


course = Table(
    "course",
    metadata,
    _id(),
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
    _id(),
    _course(),
    # Names are not keys: a roster login, or where the person was first met ("discord:123", "page:student01").
    Column("roster_key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("dropped_at", UtcDateTime),
    UniqueConstraint("course_id", "roster_key"),
    CheckConstraint("kind IN ('student', 'staff', 'guest')", name="kind"),
)

account = Table(
    "account",
    metadata,
    _id(),
    _course(),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False),
    Column("platform", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("course_id", "platform", "user_id"),
    UniqueConstraint("person_id", "platform"),
)

# "group" is a reserved word in SQL.
study_group = Table(
    "study_group",
    metadata,
    _id(),
    _course(),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False),
    Column("created_by", Id, ForeignKey("person.id"), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("dissolved_at", UtcDateTime),
    _one_open("uq_study_group_open_name", "course_id", "name_key", open_while="dissolved_at"),
)

# A group has as many rows here as it may have members: the cap is a foreign key, not a count.
group_seat = Table(
    "group_seat",
    metadata,
    Column("group_id", Id, ForeignKey("study_group.id"), primary_key=True),
    Column("seat", Integer, primary_key=True, autoincrement=False),
    CheckConstraint("seat >= 1", name="seat"),
)

membership = Table(
    "membership",
    metadata,
    _id(),
    _course(),
    Column("group_id", Id, nullable=False),
    Column("seat", Integer, nullable=False),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False),
    Column("joined_at", UtcDateTime, nullable=False),
    Column("left_at", UtcDateTime),
    # After the lock only staff change groups (store/triggers.py).
    Column("by_staff", Boolean, nullable=False),
    ForeignKeyConstraint(["group_id", "seat"], ["group_seat.group_id", "group_seat.seat"]),
    _one_open("uq_membership_open_person", "course_id", "person_id", open_while="left_at"),
    _one_open("uq_membership_open_seat", "group_id", "seat", open_while="left_at"),
)

session = Table(
    "session",
    metadata,
    _id(),
    _course(),
    Column("date", Date, nullable=False),
    Column("starts_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    Column("kind", Text, nullable=False),
    Column("title", Text),
    Column("topic", Text),
    Column("room", Text),
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
    _id(),
    _course(),
    Column("session_id", Id, ForeignKey("session.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("url", Text),
    Column("required", Boolean, nullable=False),
    Column("note", Text),
    Column("removed_at", UtcDateTime),
    _one_open("uq_reading_open_position", "session_id", "position", open_while="removed_at"),
)

duty = Table(
    "duty",
    metadata,
    _id(),
    _course(),
    Column("session_id", Id, ForeignKey("session.id"), nullable=False),
    Column("role", Text, nullable=False),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("assigned_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    CheckConstraint("role IN ('presenter', 'summarizer', 'reviewer')", name="role"),
    _one_open("uq_duty_open", "session_id", "role", "person_id", open_while="ended_at"),
)

# What each import or staff command did to a session, with the row before and after as JSON.
session_change = Table(
    "session_change",
    metadata,
    _id(),
    _course(),
    Column("session_id", Id, ForeignKey("session.id"), nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("before", Text),
    Column("after", Text),
)

# A page that staff previewed and have not confirmed yet: the button must work after a restart.
pending_import = Table(
    "pending_import",
    metadata,
    Column("token", Text, primary_key=True),
    _course(),
    Column("requested_by", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("page", LargeBinary, nullable=False),
    Column("plan_digest", Text, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    _id(),
    _course(),
    # Says what is sent, about which deadline and how long before: the same thing is never planned twice.
    Column("key", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("deadline_at", UtcDateTime, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("state", Text, nullable=False, server_default="planned"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    # When the frozen parts were first tried: decides between the platform's de-duplication and a look at its history.
    Column("tried_at", UtcDateTime),
    Column("lease_until", UtcDateTime),
    Column("next_try_at", UtcDateTime, nullable=False),
    # The exact parts handed to the platform, frozen before the first is sent: a retry repeats them to the letter.
    Column("parts", Text),
    Column("destination", Text),
    Column("sent_at", UtcDateTime),
    Column("message_ids", Text),
    Column("error", Text),
    CheckConstraint("state IN ('planned', 'claimed', 'sent', 'empty', 'failed', 'expired', 'withdrawn')", name="state"),
    Index("ix_outbox_state_next_try", "state", "next_try_at"),
)

# Small facts about the running bot, such as the digest of the commands last registered.
fact = Table(
    "fact",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)
