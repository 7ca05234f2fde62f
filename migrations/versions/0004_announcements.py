"""What staff announce, now or at a time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from bot.store.types import Id, UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "announcement",
        sa.Column("id", Id, autoincrement=True, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("ping", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("cancelled_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("ping IN ('nobody', 'students')", name=op.f("ck_announcement_ping")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_announcement_course_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcement")),
    )
    op.create_index("ix_announcement_course_due", "announcement", ["course_id", "due_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_announcement_course_due", table_name="announcement")
    op.drop_table("announcement")
