"""What the running bot remembers: messages to send, previews, who did what, small facts."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Integer, LargeBinary, Table, Text

from bot.store.tables.base import id_column, metadata, of_course
from bot.store.types import UtcDateTime

outbox = Table(
    "outbox",
    metadata,
    id_column(),
    of_course(),
    # Says what is sent, about which deadline and how long before: the same thing is never planned twice.
    Column("key", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    # What it is about, in the kind's own terms ("session 5").
    Column("subject", Text, nullable=False, server_default=""),
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
    Index("ix_outbox_course_kind_state", "course_id", "kind", "state"),
)

# What staff have to say, now or at a time. Who it pings is worked out when it is sent.
announcement = Table(
    "announcement",
    metadata,
    id_column(),
    of_course(),
    Column("text", Text, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("ping", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("cancelled_at", UtcDateTime),
    CheckConstraint("ping IN ('nobody', 'students')", name="ping"),
    Index("ix_announcement_course_due", "course_id", "due_at"),
)

# What staff were shown and have not confirmed yet: the button must work after a restart. `digest` is of what it was
# shown to change; when that is something else by now, the confirmation is refused.
proposal = Table(
    "proposal",
    metadata,
    Column("token", Text, primary_key=True),
    of_course(),
    Column("kind", Text, nullable=False),
    Column("requested_by", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("digest", Text, nullable=False),
)

# Who did what by staff's rights, in one sentence, for `/staff audit`.
audit = Table(
    "audit",
    metadata,
    id_column(),
    of_course(),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("what", Text, nullable=False),
    Index("ix_audit_course_at", "course_id", "at"),
)

# Small facts about the running bot, such as the digest of the commands last registered.
fact = Table(
    "fact",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)
