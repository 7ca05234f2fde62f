"""The outbox by course and kind: planning looks at one kind at a time, beside a term of others."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_outbox_course_kind_state", "outbox", ["course_id", "kind", "state"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_outbox_course_kind_state", table_name="outbox")
