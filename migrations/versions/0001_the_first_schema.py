"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.types import Id, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# As they were: bot/store/triggers.py has the newest.
_SQLITE = (
    """
    CREATE TRIGGER membership_lock_join BEFORE INSERT ON membership
    WHEN NOT NEW.by_staff AND NEW.joined_at >= (SELECT group_lock_at FROM course WHERE id = NEW.course_id)
    BEGIN SELECT RAISE(ABORT, 'groups_locked'); END
    """,
    """
    CREATE TRIGGER membership_lock_leave BEFORE UPDATE OF left_at ON membership
    WHEN NEW.left_at IS NOT NULL AND NOT NEW.by_staff
         AND NEW.left_at >= (SELECT group_lock_at FROM course WHERE id = NEW.course_id)
    BEGIN SELECT RAISE(ABORT, 'groups_locked'); END
    """,
)

_POSTGRESQL = (
    """
    CREATE FUNCTION membership_lock() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NOT NEW.by_staff AND COALESCE(NEW.left_at, NEW.joined_at)
            >= (SELECT group_lock_at FROM course WHERE id = NEW.course_id)
        THEN RAISE EXCEPTION 'groups_locked' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    """
    CREATE TRIGGER membership_lock BEFORE INSERT OR UPDATE OF left_at ON membership
    FOR EACH ROW EXECUTE FUNCTION membership_lock()
    """,
)


def upgrade() -> None:
    op.create_table(
        "course",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("term", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("announce_channel", sa.Text(), nullable=True),
        sa.Column("staff_channel", sa.Text(), nullable=True),
        sa.Column("staff_role", sa.Text(), nullable=True),
        sa.Column("group_size", sa.Integer(), nullable=False),
        sa.Column("group_min_size", sa.Integer(), nullable=False),
        sa.Column("group_lock_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("group_min_size >= 1 AND group_min_size <= group_size", name=op.f("ck_course_group_sizes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course")),
        sa.UniqueConstraint("key", name=op.f("uq_course_key")),
        sa.UniqueConstraint("place", name=op.f("uq_course_place")),
    )
    op.create_table(
        "fact",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_fact")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("deadline_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.Text(), server_default="planned", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("tried_at", UtcDateTime(), nullable=True),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("next_try_at", UtcDateTime(), nullable=False),
        sa.Column("parts", sa.Text(), nullable=True),
        sa.Column("destination", sa.Text(), nullable=True),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("message_ids", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('planned', 'claimed', 'sent', 'empty', 'failed', 'expired', 'withdrawn')",
            name=op.f("ck_outbox_state"),
        ),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_outbox_course_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),
    )
    op.create_index("ix_outbox_state_next_try", "outbox", ["state", "next_try_at"], unique=False)

    op.create_table(
        "pending_import",
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("page", sa.LargeBinary(), nullable=False),
        sa.Column("plan_digest", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_pending_import_course_id")),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_pending_import")),
    )
    op.create_table(
        "person",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("roster_key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("dropped_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("kind IN ('student', 'staff', 'guest')", name=op.f("ck_person_kind")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_person_course_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("course_id", "roster_key", name=op.f("uq_person_course_id_roster_key")),
    )
    op.create_table(
        "policy",
        sa.Column("course_id", Id, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("source IN ('config', 'staff')", name=op.f("ck_policy_source")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_policy_course_id")),
        sa.PrimaryKeyConstraint("course_id", "key", name=op.f("pk_policy")),
    )
    op.create_table(
        "session",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("topic", sa.Text(), nullable=True),
        sa.Column("room", sa.Text(), nullable=True),
        sa.Column("cancelled_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('lecture', 'student_lecture', 'guest', 'no_class', 'buffer', 'presentation', 'poster', 'makeup')",
            name=op.f("ck_session_kind"),
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_session_times")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_session_course_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
    )
    op.create_index("ix_session_course_starts", "session", ["course_id", "starts_at"], unique=False)

    op.create_table(
        "account",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_account_course_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_account_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("course_id", "platform", "user_id", name=op.f("uq_account_course_id_platform_user_id")),
        sa.UniqueConstraint("person_id", "platform", name=op.f("uq_account_person_id_platform")),
    )
    op.create_table(
        "duty",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("session_id", Id, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("assigned_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("role IN ('presenter', 'summarizer', 'reviewer')", name=op.f("ck_duty_role")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_duty_course_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_duty_person_id")),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_duty_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty")),
    )
    op.create_index(
        "uq_duty_open",
        "duty",
        ["session_id", "role", "person_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )

    op.create_table(
        "reading",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("session_id", Id, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_reading_course_id")),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_reading_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading")),
    )
    op.create_index(
        "uq_reading_open_position",
        "reading",
        ["session_id", "position"],
        unique=True,
        sqlite_where=sa.text("removed_at IS NULL"),
        postgresql_where=sa.text("removed_at IS NULL"),
    )

    op.create_table(
        "session_change",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("session_id", Id, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_session_change_course_id")),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_session_change_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_change")),
    )
    op.create_index(op.f("ix_session_change_session_id"), "session_change", ["session_id"], unique=False)

    op.create_table(
        "study_group",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("created_by", Id, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("dissolved_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_study_group_course_id")),
        sa.ForeignKeyConstraint(["created_by"], ["person.id"], name=op.f("fk_study_group_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_study_group")),
    )
    op.create_index(
        "uq_study_group_open_name",
        "study_group",
        ["course_id", "name_key"],
        unique=True,
        sqlite_where=sa.text("dissolved_at IS NULL"),
        postgresql_where=sa.text("dissolved_at IS NULL"),
    )

    op.create_table(
        "group_seat",
        sa.Column("group_id", Id, nullable=False),
        sa.Column("seat", sa.Integer(), autoincrement=False, nullable=False),
        sa.CheckConstraint("seat >= 1", name=op.f("ck_group_seat_seat")),
        sa.ForeignKeyConstraint(["group_id"], ["study_group.id"], name=op.f("fk_group_seat_group_id")),
        sa.PrimaryKeyConstraint("group_id", "seat", name=op.f("pk_group_seat")),
    )
    op.create_table(
        "membership",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("group_id", Id, nullable=False),
        sa.Column("seat", sa.Integer(), nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("joined_at", UtcDateTime(), nullable=False),
        sa.Column("left_at", UtcDateTime(), nullable=True),
        sa.Column("by_staff", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_membership_course_id")),
        sa.ForeignKeyConstraint(
            ["group_id", "seat"], ["group_seat.group_id", "group_seat.seat"], name=op.f("fk_membership_group_id_seat")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_membership_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
    )
    op.create_index(
        "uq_membership_open_person",
        "membership",
        ["course_id", "person_id"],
        unique=True,
        sqlite_where=sa.text("left_at IS NULL"),
        postgresql_where=sa.text("left_at IS NULL"),
    )
    op.create_index(
        "uq_membership_open_seat",
        "membership",
        ["group_id", "seat"],
        unique=True,
        sqlite_where=sa.text("left_at IS NULL"),
        postgresql_where=sa.text("left_at IS NULL"),
    )

    for statement in _POSTGRESQL if op.get_bind().dialect.name == "postgresql" else _SQLITE:
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER membership_lock ON membership")
        op.execute("DROP FUNCTION membership_lock()")
    else:
        op.execute("DROP TRIGGER membership_lock_join")
        op.execute("DROP TRIGGER membership_lock_leave")
    op.drop_table("membership")
    op.drop_table("group_seat")
    op.drop_table("study_group")
    op.drop_table("session_change")
    op.drop_table("reading")
    op.drop_table("duty")
    op.drop_table("account")
    op.drop_table("session")
    op.drop_table("policy")
    op.drop_table("person")
    op.drop_table("pending_import")
    op.drop_table("outbox")
    op.drop_table("fact")
    op.drop_table("course")
