"""Hand-ins with versions, files and marks; attendance; calendars and office hours; recaps."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.types import Id, UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("hand_in")  # nothing wrote to it before
    op.add_column("milestone", sa.Column("changes", sa.Integer(), server_default="0", nullable=False))
    op.create_table(
        "course_secret",
        sa.Column("course_id", Id, autoincrement=False, nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_course_secret_course_id")),
        sa.PrimaryKeyConstraint("course_id", "purpose", name=op.f("pk_course_secret")),
    )
    op.create_table(
        "office_hours",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("host_name", sa.Text(), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("slot_minutes", sa.Integer(), nullable=False),
        sa.Column("room", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("cancelled_at", UtcDateTime(), nullable=True),
        sa.Column("cancelled_by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_office_hours_times")),
        sa.CheckConstraint("slot_minutes BETWEEN 5 AND 240", name=op.f("ck_office_hours_slot")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_office_hours_course_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office_hours")),
    )
    op.create_index("ix_office_hours_course_starts", "office_hours", ["course_id", "starts_at"], unique=False)
    op.create_table(
        "stored_file",
        sa.Column("course_id", Id, autoincrement=False, nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("media", sa.Text(), nullable=False),
        sa.Column("stored_at", UtcDateTime(), nullable=False),
        sa.Column("deleted_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_stored_file_course_id")),
        sa.PrimaryKeyConstraint("course_id", "sha256", name=op.f("pk_stored_file")),
    )
    op.create_table(
        "attendance",
        sa.Column("session_id", Id, autoincrement=False, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("closes_at", UtcDateTime(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_attendance_course_id")),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_attendance_session_id")),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_attendance")),
    )
    op.create_table(
        "booking",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("hours_id", Id, nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("booked_at", UtcDateTime(), nullable=False),
        sa.Column("cancelled_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_booking_course_id")),
        sa.ForeignKeyConstraint(["hours_id"], ["office_hours.id"], name=op.f("fk_booking_hours_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_booking_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking")),
    )
    op.create_index(
        "uq_booking_open_person",
        "booking",
        ["hours_id", "person_id"],
        unique=True,
        sqlite_where=sa.text("cancelled_at IS NULL"),
        postgresql_where=sa.text("cancelled_at IS NULL"),
    )
    op.create_index(
        "uq_booking_open_slot",
        "booking",
        ["hours_id", "starts_at"],
        unique=True,
        sqlite_where=sa.text("cancelled_at IS NULL"),
        postgresql_where=sa.text("cancelled_at IS NULL"),
    )
    op.create_table(
        "check_in_attempt",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_check_in_attempt_course_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_check_in_attempt_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_in_attempt")),
    )
    op.create_index("ix_check_in_attempt_person", "check_in_attempt", ["person_id", "at"], unique=False)
    op.create_table(
        "mark",
        sa.Column("person_id", Id, autoincrement=False, nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("points", sa.Float(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("points >= 0", name=op.f("ck_mark_points")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_mark_course_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_mark_person_id")),
        sa.PrimaryKeyConstraint("person_id", "item", name=op.f("pk_mark")),
    )
    op.create_table(
        "platform_event",
        sa.Column("session_id", Id, autoincrement=False, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_platform_event_course_id")),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_platform_event_session_id")),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_platform_event")),
    )
    op.create_table(
        "recap",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("session_id", Id, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("by_model", sa.Boolean(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_recap_course_id")),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_recap_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recap")),
        sa.UniqueConstraint("session_id", "digest", name=op.f("uq_recap_session_id_digest")),
    )
    op.create_table(
        "recap_opt_out",
        sa.Column("person_id", Id, autoincrement=False, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_recap_opt_out_course_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_recap_opt_out_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_recap_opt_out")),
    )
    op.create_table(
        "recap_source",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("session_id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=True),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("said_at", UtcDateTime(), nullable=False),
        sa.Column("added_by_id", Id, nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["added_by_id"], ["person.id"], name=op.f("fk_recap_source_added_by_id")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_recap_source_course_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_recap_source_person_id")),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_recap_source_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recap_source")),
        sa.UniqueConstraint("course_id", "message", name=op.f("uq_recap_source_course_id_message")),
    )
    op.create_index("ix_recap_source_session", "recap_source", ["session_id"], unique=False)
    op.create_table(
        "recap_spending",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("session_id", Id, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("reserved", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=True),
        sa.CheckConstraint("reserved >= 0 AND (used IS NULL OR used >= 0)", name=op.f("ck_recap_spending_tokens")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_recap_spending_course_id")),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_recap_spending_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recap_spending")),
    )
    op.create_index("ix_recap_spending_course_at", "recap_spending", ["course_id", "at"], unique=False)
    op.create_table(
        "check_in",
        sa.Column("session_id", Id, autoincrement=False, nullable=False),
        sa.Column("person_id", Id, autoincrement=False, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.CheckConstraint("how IN ('code', 'staff')", name=op.f("ck_check_in_how")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_check_in_course_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_check_in_person_id")),
        sa.ForeignKeyConstraint(["session_id"], ["attendance.session_id"], name=op.f("fk_check_in_session_id")),
        sa.PrimaryKeyConstraint("session_id", "person_id", name=op.f("pk_check_in")),
    )
    op.create_table(
        "draft",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("session_id", Id, nullable=False),
        sa.Column("group_id", Id, nullable=True),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("heading", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_draft_course_id")),
        sa.ForeignKeyConstraint(["group_id"], ["study_group.id"], name=op.f("fk_draft_group_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_draft_person_id")),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_draft_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
        sa.UniqueConstraint("session_id", "group_id", "heading", name=op.f("uq_draft_session_id_group_id_heading")),
    )
    op.create_index(
        "uq_draft_own",
        "draft",
        ["session_id", "person_id", "heading"],
        unique=True,
        sqlite_where=sa.text("group_id IS NULL"),
        postgresql_where=sa.text("group_id IS NULL"),
    )
    op.create_table(
        "feed",
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("group_id", Id, nullable=True),
        sa.Column("person_id", Id, nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("group_id IS NULL OR person_id IS NULL", name=op.f("ck_feed_one_owner")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_feed_course_id")),
        sa.ForeignKeyConstraint(["group_id"], ["study_group.id"], name=op.f("fk_feed_group_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_feed_person_id")),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_feed")),
    )
    op.create_index(
        "uq_feed_open_group",
        "feed",
        ["group_id"],
        unique=True,
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_index(
        "uq_feed_open_person",
        "feed",
        ["person_id"],
        unique=True,
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
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
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("interaction_id", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("receipt", sa.Text(), server_default="", nullable=False),
        sa.Column("thread", sa.Text(), nullable=True),
        sa.CheckConstraint("(kind = 'milestone') = (milestone_id IS NOT NULL)", name=op.f("ck_hand_in_milestone")),
        sa.CheckConstraint("(kind = 'milestone') = (session_id IS NULL)", name=op.f("ck_hand_in_session")),
        sa.CheckConstraint("kind IN ('slides', 'summary', 'milestone')", name=op.f("ck_hand_in_kind")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_hand_in_course_id")),
        sa.ForeignKeyConstraint(["group_id"], ["study_group.id"], name=op.f("fk_hand_in_group_id")),
        sa.ForeignKeyConstraint(["milestone_id"], ["milestone.id"], name=op.f("fk_hand_in_milestone_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_hand_in_person_id")),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_hand_in_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_in")),
        sa.UniqueConstraint("course_id", "code", name=op.f("uq_hand_in_course_id_code")),
        sa.UniqueConstraint("course_id", "interaction_id", name=op.f("uq_hand_in_course_id_interaction_id")),
        sa.UniqueConstraint(
            "milestone_id", "group_id", "version", name=op.f("uq_hand_in_milestone_id_group_id_version")
        ),
        sa.UniqueConstraint(
            "session_id", "kind", "group_id", "version", name=op.f("uq_hand_in_session_id_kind_group_id_version")
        ),
    )
    op.create_index(
        "uq_hand_in_own_milestone",
        "hand_in",
        ["milestone_id", "person_id", "version"],
        unique=True,
        sqlite_where=sa.text("group_id IS NULL"),
        postgresql_where=sa.text("group_id IS NULL"),
    )
    op.create_index(
        "uq_hand_in_own_session",
        "hand_in",
        ["session_id", "kind", "person_id", "version"],
        unique=True,
        sqlite_where=sa.text("group_id IS NULL"),
        postgresql_where=sa.text("group_id IS NULL"),
    )
    op.create_table(
        "hand_in_file",
        sa.Column("hand_in_id", Id, autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id", "sha256"],
            ["stored_file.course_id", "stored_file.sha256"],
            name=op.f("fk_hand_in_file_course_id_sha256"),
        ),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_hand_in_file_course_id")),
        sa.ForeignKeyConstraint(["hand_in_id"], ["hand_in.id"], name=op.f("fk_hand_in_file_hand_in_id")),
        sa.PrimaryKeyConstraint("hand_in_id", "position", name=op.f("pk_hand_in_file")),
    )
    op.create_table(
        "review",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("hand_in_id", Id, nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("verdict IN ('approved', 'changes')", name=op.f("ck_review_verdict")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_review_course_id")),
        sa.ForeignKeyConstraint(["hand_in_id"], ["hand_in.id"], name=op.f("fk_review_hand_in_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
    )
    op.create_index("ix_review_hand_in", "review", ["hand_in_id"], unique=False)


def downgrade() -> None:
    op.drop_column("milestone", "changes")
    op.drop_index("ix_review_hand_in", table_name="review")
    op.drop_table("review")
    op.drop_table("hand_in_file")
    op.drop_index(
        "uq_hand_in_own_session",
        table_name="hand_in",
        sqlite_where=sa.text("group_id IS NULL"),
        postgresql_where=sa.text("group_id IS NULL"),
    )
    op.drop_index(
        "uq_hand_in_own_milestone",
        table_name="hand_in",
        sqlite_where=sa.text("group_id IS NULL"),
        postgresql_where=sa.text("group_id IS NULL"),
    )
    op.drop_table("hand_in")
    op.drop_index(
        "uq_feed_open_person",
        table_name="feed",
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.drop_index(
        "uq_feed_open_group",
        table_name="feed",
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.drop_table("feed")
    op.drop_index(
        "uq_draft_own",
        table_name="draft",
        sqlite_where=sa.text("group_id IS NULL"),
        postgresql_where=sa.text("group_id IS NULL"),
    )
    op.drop_table("draft")
    op.drop_table("check_in")
    op.drop_index("ix_recap_spending_course_at", table_name="recap_spending")
    op.drop_table("recap_spending")
    op.drop_index("ix_recap_source_session", table_name="recap_source")
    op.drop_table("recap_source")
    op.drop_table("recap_opt_out")
    op.drop_table("recap")
    op.drop_table("platform_event")
    op.drop_table("mark")
    op.drop_index("ix_check_in_attempt_person", table_name="check_in_attempt")
    op.drop_table("check_in_attempt")
    op.drop_index(
        "uq_booking_open_slot",
        table_name="booking",
        sqlite_where=sa.text("cancelled_at IS NULL"),
        postgresql_where=sa.text("cancelled_at IS NULL"),
    )
    op.drop_index(
        "uq_booking_open_person",
        table_name="booking",
        sqlite_where=sa.text("cancelled_at IS NULL"),
        postgresql_where=sa.text("cancelled_at IS NULL"),
    )
    op.drop_table("booking")
    op.drop_table("attendance")
    op.drop_table("stored_file")
    op.drop_index("ix_office_hours_course_starts", table_name="office_hours")
    op.drop_table("office_hours")
    op.drop_table("course_secret")
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
