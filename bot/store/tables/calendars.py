"""Calendars: secret addresses of feeds, events on the chat platform, and staff's office hours."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text

from bot.store.tables.base import id_column, metadata, of_course, one_open
from bot.store.types import Id, UtcDateTime

# The secret part of a calendar's address: of the course (no group, no person), a group or a person.
feed = Table(
    "feed",
    metadata,
    Column("token", Text, primary_key=True),
    of_course(),
    Column("group_id", Id, ForeignKey("study_group.id")),
    Column("person_id", Id, ForeignKey("person.id")),
    Column("created_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
    CheckConstraint("group_id IS NULL OR person_id IS NULL", name="one_owner"),
    one_open("uq_feed_open_group", "group_id", open_while="revoked_at"),
    one_open("uq_feed_open_person", "person_id", open_while="revoked_at"),
)

# The platform's own event for a session; `digest` is of what it says there.
platform_event = Table(
    "platform_event",
    metadata,
    Column("session_id", Id, ForeignKey("session.id"), primary_key=True, autoincrement=False),
    of_course(),
    Column("event", Text, nullable=False),
    Column("digest", Text, nullable=False),
)

# Office hours that staff published. `host` is a roster key ("discord:123"), and `host_name` how the platform called
# them then; `cancelled_by` is who called them off, with what was told to those who had booked.
office_hours = Table(
    "office_hours",
    metadata,
    id_column(),
    of_course(),
    Column("host", Text, nullable=False),
    Column("host_name", Text, nullable=False),
    Column("starts_at", UtcDateTime, nullable=False),
    Column("ends_at", UtcDateTime, nullable=False),
    Column("slot_minutes", Integer, nullable=False),
    Column("room", Text, nullable=False, server_default=""),
    Column("created_at", UtcDateTime, nullable=False),
    Column("cancelled_at", UtcDateTime),
    Column("cancelled_by", Text),
    Column("reason", Text, nullable=False, server_default=""),
    CheckConstraint("ends_at > starts_at", name="times"),
    CheckConstraint("slot_minutes BETWEEN 5 AND 240", name="slot"),
    Index("ix_office_hours_course_starts", "course_id", "starts_at"),
)

# An appointment: one open booking a slot.
booking = Table(
    "booking",
    metadata,
    id_column(),
    of_course(),
    Column("hours_id", Id, ForeignKey("office_hours.id"), nullable=False),
    Column("starts_at", UtcDateTime, nullable=False),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False),
    Column("note", Text, nullable=False, server_default=""),
    Column("booked_at", UtcDateTime, nullable=False),
    Column("cancelled_at", UtcDateTime),
    one_open("uq_booking_open_slot", "hours_id", "starts_at", open_while="cancelled_at"),
    one_open("uq_booking_open_person", "hours_id", "person_id", open_while="cancelled_at"),
)
