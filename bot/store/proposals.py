"""Queries on what staff were shown and have not confirmed yet."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from bot.core.errors import CourseError
from bot.store.tables import proposal

KEPT_FOR = timedelta(days=7)
"""A preview that nobody confirmed is forgotten after this."""


def keep(
    tx: Connection, course_id: int, kind: str, requested_by: str, payload: bytes, digest: str, now: datetime
) -> str:
    """Keep a preview; returns the token that its buttons carry."""
    tx.execute(delete(proposal).where(proposal.c.course_id == course_id, proposal.c.at < now - KEPT_FOR))
    token = secrets.token_urlsafe(12)
    values = {"course_id": course_id, "kind": kind, "requested_by": requested_by, "at": now}
    tx.execute(insert(proposal).values(token=token, payload=payload, digest=digest, **values))
    return token


def kept(tx: Connection, course_id: int, kind: str, token: str) -> tuple[bytes, str]:
    """The payload, and the digest of what it was shown to change.

    Raises:
        CourseError: it is done with, or too old.
    """
    statement = select(proposal.c.payload, proposal.c.digest).where(
        proposal.c.course_id == course_id, proposal.c.kind == kind, proposal.c.token == token
    )
    row = tx.execute(statement).first()
    if row is None:
        raise CourseError("This preview is done with or too old. Give the command again.")
    return bytes(row.payload), row.digest


def take(tx: Connection, course_id: int, kind: str, token: str) -> tuple[bytes, str]:
    """`kept`, for the one who confirms: of two presses at once only the first gets it.

    Raises:
        CourseError: it has been confirmed or cancelled.
    """
    found = kept(tx, course_id, kind, token)
    if not forget(tx, course_id, token):
        raise CourseError("This preview has just been confirmed or cancelled by someone else.")
    return found


def forget(tx: Connection, course_id: int, token: str) -> bool:
    """Whether it was still there."""
    statement = delete(proposal).where(proposal.c.course_id == course_id, proposal.c.token == token)
    return tx.execute(statement).rowcount == 1
