"""Queries on previewed pages that wait for confirmation."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from bot.store.tables import pending_import as pending


def keep(tx: Connection, token: str, course_id: int, requested_by: str, at: datetime, page: bytes, digest: str) -> None:
    tx.execute(
        insert(pending).values(
            token=token, course_id=course_id, requested_by=requested_by, at=at, page=page, plan_digest=digest
        )
    )


def kept(tx: Connection, course_id: int, token: str) -> tuple[bytes, str] | None:
    """The page and the digest of what it was shown to change."""
    statement = select(pending.c.page, pending.c.plan_digest)
    row = tx.execute(statement.where(pending.c.course_id == course_id, pending.c.token == token)).first()
    return (bytes(row.page), row.plan_digest) if row else None


def forget(tx: Connection, course_id: int, token: str) -> bool:
    """Whether it was still there."""
    statement = delete(pending).where(pending.c.course_id == course_id, pending.c.token == token)
    return tx.execute(statement).rowcount == 1


def forget_before(tx: Connection, course_id: int, moment: datetime) -> None:
    tx.execute(delete(pending).where(pending.c.course_id == course_id, pending.c.at < moment))
