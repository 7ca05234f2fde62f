"""Questions and votes; what an outbox row is about."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("subject", sa.Text(), server_default="", nullable=False))
    _rewrite_parts(lambda part: {"text": part[0], "mentions": part[1], "buttons": [], "files": []})


def downgrade() -> None:
    _rewrite_parts(lambda part: [part["text"], part["mentions"]])
    op.drop_column("outbox", "subject")


def _rewrite_parts(rewrite) -> None:  # type: ignore[no-untyped-def]
    """Messages frozen by the version before must go out word for word."""
    connection = op.get_bind()
    rows = connection.execute(sa.text("SELECT id, parts FROM outbox WHERE parts IS NOT NULL")).all()
    for row in rows:
        parts = json.dumps([rewrite(part) for part in json.loads(row.parts)], ensure_ascii=False)
        connection.execute(sa.text("UPDATE outbox SET parts = :parts WHERE id = :id"), {"parts": parts, "id": row.id})
