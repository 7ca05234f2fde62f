"""Who did what by staff's rights."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from bot.core.pseudonyms import DELETED, FORMER
from bot.store.tables import audit


@dataclass(frozen=True, slots=True)
class Entry:
    """One deed: `actor` is a platform's key ("discord:123") or the command line's user, `what` a sentence."""

    at: datetime
    actor: str
    what: str


def record(tx: Connection, course_id: int, actor: str, what: str, now: datetime) -> None:
    tx.execute(insert(audit).values(course_id=course_id, at=now, actor=actor, what=what))


def count(tx: Connection, course_id: int) -> int:
    return tx.execute(select(func.count()).where(audit.c.course_id == course_id)).scalar_one()


def latest(tx: Connection, course_id: int, limit: int, offset: int = 0) -> list[Entry]:
    """The newest entries first."""
    statement = select(audit.c.at, audit.c.actor, audit.c.what).where(audit.c.course_id == course_id)
    rows = tx.execute(statement.order_by(audit.c.at.desc(), audit.c.id.desc()).limit(limit).offset(offset))
    return [Entry(row.at, row.actor, row.what) for row in rows]


def deletions(tx: Connection, course_id: int, since: datetime) -> list[tuple[int, datetime, str]]:
    """Id, time and sentence of each entry after `since` about somebody who had their own data deleted."""
    mine = (audit.c.actor.startswith(FORMER), audit.c.what.contains(DELETED), audit.c.at > since)
    rows = tx.execute(select(audit.c.id, audit.c.at, audit.c.what).where(audit.c.course_id == course_id, *mine))
    return [(row.id, row.at, row.what) for row in rows]
