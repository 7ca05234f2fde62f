"""Roster and codes, invitations, seats with groups in them, previews of every kind, the audit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store import triggers
from bot.store.types import Id, UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# The triggers as they were before, in 0001.
_V1 = {
    "sqlite": (
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
    ),
    "postgresql": (
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
    ),
}

_TABLES = (
    "audit",
    "link_attempt",
    "proposal",
    "rota_change",
    "duty_seat",
    "link_code",
    "seeking",
    "group_duty",
    "group_space",
    "invitation",
    "ranking",
    "seeking_with",
    "group_space_member",
    "swap",
)


def upgrade() -> None:
    # Previews are short-lived: staff ask for a new one.
    op.drop_table("pending_import")
    op.create_table(
        "audit",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_audit_course_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_course_at", "audit", ["course_id", "at"], unique=False)
    op.create_table(
        "link_attempt",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_link_attempt_course_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_attempt")),
    )
    op.create_index("ix_link_attempt_account", "link_attempt", ["course_id", "platform", "user_id"], unique=False)
    op.create_table(
        "proposal",
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_proposal_course_id")),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_proposal")),
    )
    op.create_table(
        "rota_change",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("undone_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_rota_change_course_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rota_change")),
    )
    op.create_table(
        "duty_seat",
        sa.Column("session_id", Id, autoincrement=False, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.CheckConstraint("role IN ('presenter', 'summarizer', 'reviewer')", name=op.f("ck_duty_seat_role")),
        sa.CheckConstraint("place >= 1", name=op.f("ck_duty_seat_place")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_duty_seat_course_id")),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_duty_seat_session_id")),
        sa.PrimaryKeyConstraint("session_id", "role", "place", name=op.f("pk_duty_seat")),
    )
    op.create_table(
        "link_code",
        sa.Column("person_id", Id, autoincrement=False, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_link_code_course_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_link_code_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_link_code")),
        sa.UniqueConstraint("course_id", "code", name=op.f("uq_link_code_course_id_code")),
    )
    op.create_table(
        "seeking",
        sa.Column("person_id", Id, autoincrement=False, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_seeking_course_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_seeking_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_seeking")),
    )
    op.create_table(
        "group_duty",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("session_id", Id, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("group_id", Id, nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("assigned_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "origin IN ('volunteered', 'staff', 'planned', 'swapped')", name=op.f("ck_group_duty_origin")
        ),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_group_duty_course_id")),
        sa.ForeignKeyConstraint(["group_id"], ["study_group.id"], name=op.f("fk_group_duty_group_id")),
        sa.ForeignKeyConstraint(
            ["session_id", "role", "place"],
            ["duty_seat.session_id", "duty_seat.role", "duty_seat.place"],
            name=op.f("fk_group_duty_session_id_role_place"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_duty")),
    )
    op.create_index("ix_group_duty_group", "group_duty", ["group_id"], unique=False)
    op.create_index(
        "uq_group_duty_open_group",
        "group_duty",
        ["session_id", "group_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "uq_group_duty_open_seat",
        "group_duty",
        ["session_id", "role", "place"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "group_space",
        sa.Column("group_id", Id, autoincrement=False, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("role_id", sa.Text(), nullable=True),
        sa.Column("room_id", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_group_space_course_id")),
        sa.ForeignKeyConstraint(["group_id"], ["study_group.id"], name=op.f("fk_group_space_group_id")),
        sa.PrimaryKeyConstraint("group_id", name=op.f("pk_group_space")),
    )
    op.create_table(
        "invitation",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("group_id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("asked_by", Id, nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("answered_by", Id, nullable=True),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.CheckConstraint("kind IN ('invite', 'request')", name=op.f("ck_invitation_kind")),
        sa.CheckConstraint("outcome IN ('accepted', 'declined', 'withdrawn')", name=op.f("ck_invitation_outcome")),
        sa.CheckConstraint("(outcome IS NULL) = (answered_at IS NULL)", name=op.f("ck_invitation_answered")),
        sa.ForeignKeyConstraint(["answered_by"], ["person.id"], name=op.f("fk_invitation_answered_by")),
        sa.ForeignKeyConstraint(["asked_by"], ["person.id"], name=op.f("fk_invitation_asked_by")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_invitation_course_id")),
        sa.ForeignKeyConstraint(["group_id"], ["study_group.id"], name=op.f("fk_invitation_group_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_invitation_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
    )
    op.create_index(
        "uq_invitation_open",
        "invitation",
        ["group_id", "person_id"],
        unique=True,
        sqlite_where=sa.text("answered_at IS NULL"),
        postgresql_where=sa.text("answered_at IS NULL"),
    )
    op.create_table(
        "ranking",
        sa.Column("group_id", Id, autoincrement=False, nullable=False),
        sa.Column("rank", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("session_id", Id, nullable=False),
        sa.CheckConstraint("rank >= 1", name=op.f("ck_ranking_rank")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_ranking_course_id")),
        sa.ForeignKeyConstraint(["group_id"], ["study_group.id"], name=op.f("fk_ranking_group_id")),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_ranking_session_id")),
        sa.PrimaryKeyConstraint("group_id", "rank", name=op.f("pk_ranking")),
        sa.UniqueConstraint("group_id", "session_id", name=op.f("uq_ranking_group_id_session_id")),
    )
    op.create_table(
        "seeking_with",
        sa.Column("person_id", Id, autoincrement=False, nullable=False),
        sa.Column("other_id", Id, autoincrement=False, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.CheckConstraint("person_id <> other_id", name=op.f("ck_seeking_with_other")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_seeking_with_course_id")),
        sa.ForeignKeyConstraint(["other_id"], ["person.id"], name=op.f("fk_seeking_with_other_id")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["seeking.person_id"], name=op.f("fk_seeking_with_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "other_id", name=op.f("pk_seeking_with")),
    )
    op.create_table(
        "group_space_member",
        sa.Column("group_id", Id, nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["group_space.group_id"], name=op.f("fk_group_space_member_group_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("group_id", "user_id", name=op.f("pk_group_space_member")),
    )
    op.create_table(
        "swap",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("offered_id", Id, nullable=False),
        sa.Column("wanted_id", Id, nullable=True),
        sa.Column("with_group_id", Id, nullable=False),
        sa.Column("asked_by", Id, nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("answered_by", Id, nullable=True),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.CheckConstraint("outcome IN ('done', 'declined', 'withdrawn')", name=op.f("ck_swap_outcome")),
        sa.CheckConstraint("(outcome IS NULL) = (answered_at IS NULL)", name=op.f("ck_swap_answered")),
        sa.ForeignKeyConstraint(["answered_by"], ["person.id"], name=op.f("fk_swap_answered_by")),
        sa.ForeignKeyConstraint(["asked_by"], ["person.id"], name=op.f("fk_swap_asked_by")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_swap_course_id")),
        sa.ForeignKeyConstraint(["offered_id"], ["group_duty.id"], name=op.f("fk_swap_offered_id")),
        sa.ForeignKeyConstraint(["wanted_id"], ["group_duty.id"], name=op.f("fk_swap_wanted_id")),
        sa.ForeignKeyConstraint(["with_group_id"], ["study_group.id"], name=op.f("fk_swap_with_group_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_swap")),
    )
    op.create_index(
        "uq_swap_open",
        "swap",
        ["offered_id"],
        unique=True,
        sqlite_where=sa.text("answered_at IS NULL"),
        postgresql_where=sa.text("answered_at IS NULL"),
    )
    # ### end Alembic commands ###
    op.add_column("course", sa.Column("invites_until", UtcDateTime(), nullable=True))
    for name in ("join_by_request", "linked_only"):
        op.add_column("course", sa.Column(name, sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("person", sa.Column("email", sa.Text(), nullable=True))
    op.add_column("person", sa.Column("section", sa.Text(), nullable=True))
    op.add_column("session", sa.Column("bonus", sa.Text(), nullable=True))
    # SQLite adds a column with its constraint only in one statement; PostgreSQL takes the same one.
    op.execute(
        "ALTER TABLE person ADD COLUMN origin TEXT DEFAULT 'met' NOT NULL "
        "CONSTRAINT ck_person_origin CHECK (origin IN ('roster', 'page', 'met'))"
    )
    op.execute("UPDATE person SET origin = 'page' WHERE roster_key LIKE 'page:%'")
    _reference("membership", "invitation_id", "invitation")
    _reference("duty", "group_duty_id", "group_duty")
    for role in ("presenter", "summarizer", "reviewer"):
        op.execute(
            "INSERT INTO duty_seat (session_id, role, place, course_id) "
            f"SELECT id, '{role}', 1, course_id FROM session WHERE kind = 'student_lecture'"
        )
    _replace_triggers()


def downgrade() -> None:
    dialect = op.get_bind().dialect.name
    for statement in triggers.drop(dialect):
        op.execute(statement)
    for statement in _V1[dialect]:
        op.execute(statement)
    for table, column in (
        ("duty", "group_duty_id"),
        ("membership", "invitation_id"),
        ("person", "origin"),
        ("session", "bonus"),
        ("person", "section"),
        ("person", "email"),
        ("course", "linked_only"),
        ("course", "join_by_request"),
        ("course", "invites_until"),
    ):
        op.drop_column(table, column)
    for table in reversed(_TABLES):
        op.drop_table(table)
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


def _reference(table: str, column: str, other: str) -> None:
    kind = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind} CONSTRAINT fk_{table}_{column} REFERENCES {other} (id)")


def _replace_triggers() -> None:
    dialect = op.get_bind().dialect.name
    for statement in (*triggers.drop(dialect), *triggers.create(dialect)):
        op.execute(statement)
