"""Milestones, how people want to be reminded, excuses, what was handed in, and policies that moved deadlines."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.types import Id, UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "milestone",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("source IN ('config', 'page', 'staff')", name=op.f("ck_milestone_source")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_milestone_course_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_milestone")),
    )
    op.create_index(
        "uq_milestone_open_key",
        "milestone",
        ["course_id", "key"],
        unique=True,
        sqlite_where=sa.text("removed_at IS NULL"),
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.create_table(
        "policy_change",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_policy_change_course_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_change")),
    )
    op.create_index("ix_policy_change_course_at", "policy_change", ["course_id", "at"], unique=False)
    op.create_table(
        "excuse",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("session_id", Id, nullable=True),
        sa.Column("milestone_id", Id, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("withdrawn_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "what IN ('questions', 'slides', 'summary', 'milestone', 'attendance', 'all')", name=op.f("ck_excuse_what")
        ),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_excuse_course_id")),
        sa.ForeignKeyConstraint(["milestone_id"], ["milestone.id"], name=op.f("fk_excuse_milestone_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_excuse_person_id")),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_excuse_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_excuse")),
    )
    op.create_index("ix_excuse_course_person", "excuse", ["course_id", "person_id"], unique=False)
    op.create_table(
        "preference",
        sa.Column("person_id", Id, autoincrement=False, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("leads", sa.Text(), nullable=True),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("quiet_from", sa.Integer(), nullable=True),
        sa.Column("quiet_to", sa.Integer(), nullable=True),
        sa.Column("zone", sa.Text(), nullable=True),
        sa.Column("digest_at", sa.Integer(), nullable=True),
        sa.CheckConstraint("via IN ('channel', 'dm')", name=op.f("ck_preference_via")),
        sa.CheckConstraint(
            "(quiet_from IS NULL) = (quiet_to IS NULL) AND quiet_from <> quiet_to", name=op.f("ck_preference_quiet")
        ),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_preference_course_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_preference_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_preference")),
    )
    op.create_table(
        "snooze",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_snooze_course_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_snooze_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snooze")),
        sa.UniqueConstraint("person_id", "subject", name=op.f("uq_snooze_person_id_subject")),
    )
    op.create_table(
        "hand_in",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("session_id", Id, nullable=True),
        sa.Column("milestone_id", Id, nullable=True),
        sa.Column("group_id", Id, nullable=True),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("interaction_id", sa.Text(), nullable=False),
        sa.CheckConstraint("(kind = 'milestone') = (milestone_id IS NOT NULL)", name=op.f("ck_hand_in_milestone")),
        sa.CheckConstraint("(kind = 'milestone') = (session_id IS NULL)", name=op.f("ck_hand_in_session")),
        sa.CheckConstraint("kind IN ('slides', 'summary', 'milestone')", name=op.f("ck_hand_in_kind")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_hand_in_course_id")),
        sa.ForeignKeyConstraint(["group_id"], ["study_group.id"], name=op.f("fk_hand_in_group_id")),
        sa.ForeignKeyConstraint(["milestone_id"], ["milestone.id"], name=op.f("fk_hand_in_milestone_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_hand_in_person_id")),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_hand_in_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_in")),
        sa.UniqueConstraint("course_id", "interaction_id", name=op.f("uq_hand_in_course_id_interaction_id")),
    )
    op.create_index("ix_hand_in_milestone", "hand_in", ["milestone_id"], unique=False)
    op.create_index("ix_hand_in_session", "hand_in", ["session_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_hand_in_session", table_name="hand_in")
    op.drop_index("ix_hand_in_milestone", table_name="hand_in")
    op.drop_table("hand_in")
    op.drop_table("snooze")
    op.drop_table("preference")
    op.drop_index("ix_excuse_course_person", table_name="excuse")
    op.drop_table("excuse")
    op.drop_index("ix_policy_change_course_at", table_name="policy_change")
    op.drop_table("policy_change")
    op.drop_index(
        "uq_milestone_open_key",
        table_name="milestone",
        sqlite_where=sa.text("removed_at IS NULL"),
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.drop_table("milestone")
