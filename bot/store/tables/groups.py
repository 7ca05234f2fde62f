"""Study groups, their seats, invitations, and people who look for a group."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, ForeignKeyConstraint, Integer, Table, Text

from bot.store.tables.base import id_column, metadata, of_course, one_open
from bot.store.types import Id, UtcDateTime

# "group" is a reserved word in SQL.
study_group = Table(
    "study_group",
    metadata,
    id_column(),
    of_course(),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False),
    Column("created_by", Id, ForeignKey("person.id"), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("dissolved_at", UtcDateTime),
    one_open("uq_study_group_open_name", "course_id", "name_key", open_while="dissolved_at"),
)

# A group has as many rows here as it may have members: the cap is a foreign key, not a count.
group_seat = Table(
    "group_seat",
    metadata,
    Column("group_id", Id, ForeignKey("study_group.id"), primary_key=True),
    Column("seat", Integer, primary_key=True, autoincrement=False),
    CheckConstraint("seat >= 1", name="seat"),
)

# A seat offered to a person ("invite"), or asked for by them ("request"). It takes no seat until it is accepted.
invitation = Table(
    "invitation",
    metadata,
    id_column(),
    of_course(),
    Column("group_id", Id, ForeignKey("study_group.id"), nullable=False),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("asked_by", Id, ForeignKey("person.id"), nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("answered_by", Id, ForeignKey("person.id")),
    Column("answered_at", UtcDateTime),
    Column("outcome", Text),
    CheckConstraint("kind IN ('invite', 'request')", name="kind"),
    CheckConstraint("outcome IN ('accepted', 'declined', 'withdrawn')", name="outcome"),
    CheckConstraint("(outcome IS NULL) = (answered_at IS NULL)", name="answered"),
    one_open("uq_invitation_open", "group_id", "person_id", open_while="answered_at"),
)

membership = Table(
    "membership",
    metadata,
    id_column(),
    of_course(),
    Column("group_id", Id, nullable=False),
    Column("seat", Integer, nullable=False),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False),
    Column("joined_at", UtcDateTime, nullable=False),
    Column("left_at", UtcDateTime),
    # After the lock only staff change groups, and invitations sent before it may be accepted for a while
    # (store/triggers.py).
    Column("by_staff", Boolean, nullable=False),
    Column("invitation_id", Id, ForeignKey("invitation.id")),
    ForeignKeyConstraint(["group_id", "seat"], ["group_seat.group_id", "group_seat.seat"]),
    one_open("uq_membership_open_person", "course_id", "person_id", open_while="left_at"),
    one_open("uq_membership_open_seat", "group_id", "seat", open_while="left_at"),
)

# The opt-in board of people who look for a group, and whom they would like to be with.
seeking = Table(
    "seeking",
    metadata,
    Column("person_id", Id, ForeignKey("person.id"), primary_key=True, autoincrement=False),
    of_course(),
    Column("note", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

seeking_with = Table(
    "seeking_with",
    metadata,
    Column("person_id", Id, ForeignKey("seeking.person_id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("other_id", Id, ForeignKey("person.id"), primary_key=True, autoincrement=False),
    of_course(),
    CheckConstraint("person_id <> other_id", name="other"),
)

# What the bot made on the platform for a group: ids as text, None where there is none.
group_space = Table(
    "group_space",
    metadata,
    Column("group_id", Id, ForeignKey("study_group.id"), primary_key=True, autoincrement=False),
    of_course(),
    Column("role_id", Text),
    Column("room_id", Text),
)

# Who was let into a group's space, by the platform's user id: what has to be taken back when they leave.
group_space_member = Table(
    "group_space_member",
    metadata,
    Column("group_id", Id, ForeignKey("group_space.group_id", ondelete="CASCADE"), primary_key=True),
    Column("user_id", Text, primary_key=True),
)
