"""What is remembered of the nightly backups: when the last was made, and since when and why none could be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select

from bot.store import courses
from bot.store.tables import fact
from bot.store.upsert import insert_for

_MADE, _FAILED = "backup.made", "backup.failed"


@dataclass(frozen=True, slots=True)
class Noted:
    """The name of the last backup or why there is none, and when it was made or first failed."""

    what: str
    at: datetime


def made(tx: Connection, name: str, now: datetime) -> None:
    """Note a backup; a trouble before it is over."""
    courses.set_fact(tx, _MADE, name, now)
    tx.execute(delete(fact).where(fact.c.key == _FAILED))


def failed(tx: Connection, reason: str, now: datetime) -> None:
    """Note a failure; the moment stays that of the first, until a backup is made."""
    statement = insert_for(tx, fact).values(key=_FAILED, value=reason, at=now)
    tx.execute(statement.on_conflict_do_update(index_elements=["key"], set_={"value": reason}))


def last(tx: Connection) -> Noted | None:
    """The last backup made."""
    return _noted(tx, _MADE)


def trouble(tx: Connection) -> Noted | None:
    """Why none can be made, None when all is well."""
    return _noted(tx, _FAILED)


def _noted(tx: Connection, key: str) -> Noted | None:
    row = tx.execute(select(fact.c.value, fact.c.at).where(fact.c.key == key)).first()
    return Noted(row.value, row.at) if row else None
