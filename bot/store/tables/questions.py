"""Questions to papers, votes for them, the panel in class and its notes."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, ForeignKeyConstraint, Index, Table, Text, UniqueConstraint

from bot.store.tables.base import id_column, metadata, of_course
from bot.store.types import Id, UtcDateTime

question = Table(
    "question",
    metadata,
    id_column(),
    of_course(),
    Column("session_id", Id, ForeignKey("session.id"), nullable=False),
    Column("reading_id", Id, ForeignKey("reading.id"), nullable=False),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False),
    Column("text", Text, nullable=False),
    # When the platform received it: on time or late is judged by this, against the cut-off as it is when asked for.
    Column("asked_at", UtcDateTime, nullable=False),
    Column("edited_at", UtcDateTime),
    Column("withdrawn_at", UtcDateTime),
    # The platform's id of the interaction: a second try of the same submission changes nothing.
    Column("interaction_id", Text, nullable=False),
    # Set when it asks the same as another one; every author keeps the credit.
    Column("under_id", Id, ForeignKey("question.id")),
    Column("state", Text, nullable=False, server_default="waiting"),
    Column("state_at", UtcDateTime),
    CheckConstraint("state IN ('waiting', 'asked', 'answered', 'skipped')", name="state"),
    CheckConstraint("under_id <> id", name="under"),
    UniqueConstraint("course_id", "interaction_id"),
    UniqueConstraint("id", "person_id"),
    Index("ix_question_session", "session_id", "reading_id"),
    Index("ix_question_person", "person_id"),
)

# One a person and question, and none for one's own: the author is part of the reference.
question_vote = Table(
    "question_vote",
    metadata,
    Column("question_id", Id, primary_key=True, autoincrement=False),
    Column("person_id", Id, ForeignKey("person.id"), primary_key=True, autoincrement=False),
    Column("author_id", Id, nullable=False),
    of_course(),
    ForeignKeyConstraint(["question_id", "author_id"], ["question.id", "question.person_id"], onupdate="CASCADE"),
    CheckConstraint("person_id <> author_id", name="not_ones_own"),
)

# The panel of a session: its thread, the question on the table, and the secret part of the projector's address.
# One that was closed before it was opened is only the projector's page, for the check-in.
panel = Table(
    "panel",
    metadata,
    Column("session_id", Id, ForeignKey("session.id"), primary_key=True, autoincrement=False),
    of_course(),
    Column("thread", Text),
    Column("projector", Text, nullable=False, unique=True),
    Column("current_id", Id, ForeignKey("question.id")),
    Column("opened_at", UtcDateTime, nullable=False),
    Column("closed_at", UtcDateTime),
)

# What was said, for the summary's writers; a follow-up is a note that its question's author is told of.
panel_note = Table(
    "panel_note",
    metadata,
    id_column(),
    of_course(),
    Column("session_id", Id, ForeignKey("session.id"), nullable=False),
    Column("question_id", Id, ForeignKey("question.id")),
    Column("person_id", Id, ForeignKey("person.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("interaction_id", Text, nullable=False),
    CheckConstraint("kind IN ('note', 'follow_up')", name="kind"),
    UniqueConstraint("course_id", "interaction_id"),
    Index("ix_panel_note_session", "session_id"),
)
