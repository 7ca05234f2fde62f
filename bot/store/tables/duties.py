"""Who presents, summarises and reviews: seats, groups in them, and the people."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
)

from bot.store.tables.base import id_column, metadata, of_course, one_open
from bot.store.types import Id, UtcDateTime

# As many rows as groups may hold a role in a session: first come, first served is a unique index, not a count.
duty_seat = Table(
    "duty_seat",
    metadata,
    Column("session_id", Id, ForeignKey("session.id"), primary_key=True, autoincrement=False),
    Column("role", Text, primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    of_course(),
    CheckConstraint("role IN ('presenter', 'summarizer', 'reviewer')", name="role"),
    CheckConstraint("place >= 1", name="place"),
)

# A group in a seat, and why. The people who hold the duty are rows of `duty`, which follow the group's members.
group_duty = Table(
    "group_duty",
    metadata,
    id_column(),
    of_course(),
    Column("session_id", Id, nullable=False),
    Column("role", Text, nullable=False),
    Column("place", Integer, nullable=False),
    Column("group_id", Id, ForeignKey("study_group.id"), nullable=False),
    Column("origin", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("assigned_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    ForeignKeyConstraint(
        ["session_id", "role", "place"], ["duty_seat.session_id", "duty_seat.role", "duty_seat.place"]
    ),
    CheckConstraint("origin IN ('volunteered', 'staff', 'planned', 'swapped')", name="origin"),
    one_open("uq_group_duty_open_seat", "session_id", "role", "place", open_while="ended_at"),
    # Never two duties in one session: and so never a summary of one's own lecture.
    one_open("uq_group_duty_open_group", "session_id", "group_id", open_while="ended_at"),
    Index("ix_group_duty_group", "group_id"),
)

duty = Table(
    "duty",
    metadata,
    id_column(),
    of_course(),
    Column("session_id", Id, ForeignKey("session.id"), nullable=False),
    Column("role", Text, nullable=False),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("assigned_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    # Set when it is held as a member of a group that has the seat.
    Column("group_duty_id", Id, ForeignKey("group_duty.id")),
    CheckConstraint("role IN ('presenter', 'summarizer', 'reviewer')", name="role"),
    one_open("uq_duty_open", "session_id", "role", "person_id", open_while="ended_at"),
)

# The sessions a group would like to have, best first (rank 1).
ranking = Table(
    "ranking",
    metadata,
    Column("group_id", Id, ForeignKey("study_group.id"), primary_key=True, autoincrement=False),
    Column("rank", Integer, primary_key=True, autoincrement=False),
    of_course(),
    Column("session_id", Id, ForeignKey("session.id"), nullable=False),
    UniqueConstraint("group_id", "session_id"),
    CheckConstraint("rank >= 1", name="rank"),
)

# One group asks another to trade duties, or (without `wanted_id`) to take one over.
swap = Table(
    "swap",
    metadata,
    id_column(),
    of_course(),
    Column("offered_id", Id, ForeignKey("group_duty.id"), nullable=False),
    Column("wanted_id", Id, ForeignKey("group_duty.id")),
    Column("with_group_id", Id, ForeignKey("study_group.id"), nullable=False),
    Column("asked_by", Id, ForeignKey("person.id"), nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("answered_by", Id, ForeignKey("person.id")),
    Column("answered_at", UtcDateTime),
    Column("outcome", Text),
    CheckConstraint("outcome IN ('done', 'declined', 'withdrawn')", name="outcome"),
    CheckConstraint("(outcome IS NULL) = (answered_at IS NULL)", name="answered"),
    one_open("uq_swap_open", "offered_id", open_while="answered_at"),
)

# Each rota that was put in force, with the seats before and after as JSON: what undo goes back to.
rota_change = Table(
    "rota_change",
    metadata,
    id_column(),
    of_course(),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("before", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("undone_at", UtcDateTime),
)
