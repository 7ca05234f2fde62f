"""Questions and votes; what an outbox row is about."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

from bot.store.types import Id, UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TABLES = (
    "vote",
    "ballot",
    "question",
    "vote_choice",
    "vote_key",
    "vote_voter",
    "panel",
    "panel_note",
    "question_vote",
)


def upgrade() -> None:
    op.create_table(
        "vote",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("session_id", Id, nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("opened_by", sa.Text(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("closes_at", UtcDateTime(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("ballots", sa.Integer(), nullable=True),
        sa.CheckConstraint("(state = 'open') = (closed_at IS NULL)", name=op.f("ck_vote_closed")),
        sa.CheckConstraint("method IN ('single', 'multiple', 'approval')", name=op.f("ck_vote_method")),
        sa.CheckConstraint("state IN ('open', 'closed', 'void')", name=op.f("ck_vote_state")),
        sa.CheckConstraint("closes_at > opened_at", name=op.f("ck_vote_times")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_vote_course_id")),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_vote_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vote")),
    )
    op.create_index(
        "uq_vote_open_session",
        "vote",
        ["session_id"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "ballot",
        sa.Column("vote_id", Id, autoincrement=False, nullable=False),
        sa.Column("tag", sa.LargeBinary(), nullable=False),
        sa.Column("choices", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["vote_id"], ["vote.id"], name=op.f("fk_ballot_vote_id")),
        sa.PrimaryKeyConstraint("vote_id", "tag", name=op.f("pk_ballot")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "question",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("session_id", Id, nullable=False),
        sa.Column("reading_id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("edited_at", UtcDateTime(), nullable=True),
        sa.Column("withdrawn_at", UtcDateTime(), nullable=True),
        sa.Column("interaction_id", sa.Text(), nullable=False),
        sa.Column("under_id", Id, nullable=True),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("state_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'asked', 'answered', 'skipped')", name=op.f("ck_question_state")),
        sa.CheckConstraint("under_id <> id", name=op.f("ck_question_under")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_question_course_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_question_person_id")),
        sa.ForeignKeyConstraint(["reading_id"], ["reading.id"], name=op.f("fk_question_reading_id")),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_question_session_id")),
        sa.ForeignKeyConstraint(["under_id"], ["question.id"], name=op.f("fk_question_under_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question")),
        sa.UniqueConstraint("course_id", "interaction_id", name=op.f("uq_question_course_id_interaction_id")),
        sa.UniqueConstraint("id", "person_id", name=op.f("uq_question_id_person_id")),
    )
    op.create_index("ix_question_person", "question", ["person_id"], unique=False)
    op.create_index("ix_question_session", "question", ["session_id", "reading_id"], unique=False)
    op.create_table(
        "vote_choice",
        sa.Column("vote_id", Id, autoincrement=False, nullable=False),
        sa.Column("choice", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("group_id", Id, nullable=True),
        sa.Column("votes", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["group_id"], ["study_group.id"], name=op.f("fk_vote_choice_group_id")),
        sa.ForeignKeyConstraint(["vote_id"], ["vote.id"], name=op.f("fk_vote_choice_vote_id")),
        sa.PrimaryKeyConstraint("vote_id", "choice", name=op.f("pk_vote_choice")),
    )
    op.create_table(
        "vote_key",
        sa.Column("vote_id", Id, autoincrement=False, nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["vote_id"], ["vote.id"], name=op.f("fk_vote_key_vote_id")),
        sa.PrimaryKeyConstraint("vote_id", name=op.f("pk_vote_key")),
    )
    op.create_table(
        "vote_voter",
        sa.Column("vote_id", Id, autoincrement=False, nullable=False),
        sa.Column("person_id", Id, autoincrement=False, nullable=False),
        sa.Column("voted", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_vote_voter_person_id")),
        sa.ForeignKeyConstraint(["vote_id"], ["vote.id"], name=op.f("fk_vote_voter_vote_id")),
        sa.PrimaryKeyConstraint("vote_id", "person_id", name=op.f("pk_vote_voter")),
    )
    op.create_table(
        "panel",
        sa.Column("session_id", Id, autoincrement=False, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("thread", sa.Text(), nullable=True),
        sa.Column("projector", sa.Text(), nullable=False),
        sa.Column("current_id", Id, nullable=True),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_panel_course_id")),
        sa.ForeignKeyConstraint(["current_id"], ["question.id"], name=op.f("fk_panel_current_id")),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_panel_session_id")),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_panel")),
        sa.UniqueConstraint("projector", name=op.f("uq_panel_projector")),
    )
    op.create_table(
        "panel_note",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("session_id", Id, nullable=False),
        sa.Column("question_id", Id, nullable=True),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("interaction_id", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('note', 'follow_up')", name=op.f("ck_panel_note_kind")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_panel_note_course_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_panel_note_person_id")),
        sa.ForeignKeyConstraint(["question_id"], ["question.id"], name=op.f("fk_panel_note_question_id")),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_panel_note_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_note")),
        sa.UniqueConstraint("course_id", "interaction_id", name=op.f("uq_panel_note_course_id_interaction_id")),
    )
    op.create_index("ix_panel_note_session", "panel_note", ["session_id"], unique=False)
    op.create_table(
        "question_vote",
        sa.Column("question_id", Id, autoincrement=False, nullable=False),
        sa.Column("person_id", Id, autoincrement=False, nullable=False),
        sa.Column("author_id", Id, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.CheckConstraint("person_id <> author_id", name=op.f("ck_question_vote_not_ones_own")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_question_vote_course_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_question_vote_person_id")),
        sa.ForeignKeyConstraint(
            ["question_id", "author_id"],
            ["question.id", "question.person_id"],
            name=op.f("fk_question_vote_question_id_author_id"),
            onupdate="CASCADE",
        ),
        sa.PrimaryKeyConstraint("question_id", "person_id", name=op.f("pk_question_vote")),
    )
    op.create_table(
        "person_alias",
        sa.Column("course_id", Id, autoincrement=False, nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_person_alias_course_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_person_alias_person_id")),
        sa.PrimaryKeyConstraint("course_id", "name_key", name=op.f("pk_person_alias")),
    )
    op.add_column("outbox", sa.Column("subject", sa.Text(), server_default="", nullable=False))
    _rewrite_parts(lambda part: {"text": part[0], "mentions": part[1], "buttons": [], "files": []})


def downgrade() -> None:
    op.drop_table("person_alias")
    for table in reversed(_TABLES):
        op.drop_table(table)
    _rewrite_parts(lambda part: [part["text"], part["mentions"]])
    op.drop_column("outbox", "subject")


def _rewrite_parts(rewrite) -> None:  # type: ignore[no-untyped-def]
    """Messages frozen by the version before must go out word for word."""
    connection = op.get_bind()
    rows = connection.execute(sa.text("SELECT id, parts FROM outbox WHERE parts IS NOT NULL")).all()
    for row in rows:
        parts = json.dumps([rewrite(part) for part in json.loads(row.parts)], ensure_ascii=False)
        connection.execute(sa.text("UPDATE outbox SET parts = :parts WHERE id = :id"), {"parts": parts, "id": row.id})
