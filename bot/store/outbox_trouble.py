"""Which destinations take no messages, and what could not be sent in time: what staff are told about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, select

from bot.core.reminders import ReminderKind
from bot.store.tables import fact, outbox
from bot.store.upsert import insert_for

OWN = (ReminderKind.MISSED.value, ReminderKind.CHANNEL_REFUSED.value)
"""The kinds that tell of this. They do not tell of themselves."""

_PREFIX = "outbox.refused/"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A destination in trouble, why, and since when."""

    destination: str
    reason: str
    since: datetime


@dataclass(frozen=True, slots=True)
class UnsentRow:
    """A message that was not sent; where it would go as far as that was known, and why it failed if it was tried."""

    kind: ReminderKind
    subject: str
    destination: str | None
    due_at: datetime
    error: str | None


def refuse(tx: Connection, course_id: int, destination: str, reason: str, now: datetime) -> None:
    """Note that a destination takes nothing; `since` stays the first time."""
    statement = insert_for(tx, fact).values(key=_key(course_id, destination), value=reason, at=now)
    tx.execute(statement.on_conflict_do_update(index_elements=["key"], set_={"value": reason}))


def relieve(tx: Connection, course_id: int, destination: str = "") -> None:
    """Forget the trouble of one destination, or all of a course."""
    key = _key(course_id, destination)
    tx.execute(delete(fact).where(fact.c.key == key if destination else fact.c.key.startswith(key, autoescape=True)))


def refused(tx: Connection, course_id: int) -> list[Refusal]:
    """The destinations in trouble."""
    prefix = _key(course_id, "")
    rows = tx.execute(select(fact).where(fact.c.key.startswith(prefix, autoescape=True)).order_by(fact.c.at))
    return [Refusal(row.key.removeprefix(prefix), row.value, row.at) for row in rows]


def all_refused(tx: Connection) -> set[tuple[int, str]]:
    """Course and destination of all trouble there is."""
    keys = tx.execute(select(fact.c.key).where(fact.c.key.startswith(_PREFIX, autoescape=True))).scalars()
    return {(int(course_id), place) for _, course_id, place in (key.split("/", 2) for key in keys)}


def waiting(tx: Connection, course_id: int, destination: str) -> list[UnsentRow]:
    """The due messages that wait for a destination, as far as is known."""
    return _unsent(
        tx, outbox.c.course_id == course_id, outbox.c.state == "planned", outbox.c.destination == destination
    )


def missed_moments(tx: Connection, course_id: int, since: datetime) -> list[datetime]:
    """When messages were found to be of no use any more, unsent; those found together are one moment."""
    moment = outbox.c.next_try_at
    statement = select(moment).where(*_missed(course_id), moment >= since).distinct().order_by(moment)
    return list(tx.execute(statement).scalars())


def missed_at(tx: Connection, course_id: int, moment: datetime) -> list[UnsentRow]:
    """Those found at `moment`."""
    return _unsent(tx, *_missed(course_id), outbox.c.next_try_at == moment)


def _unsent(tx: Connection, *which: ColumnElement[bool]) -> list[UnsentRow]:
    columns = (outbox.c.kind, outbox.c.subject, outbox.c.destination, outbox.c.due_at, outbox.c.error)
    rows = tx.execute(select(*columns).where(*which).order_by(outbox.c.due_at, outbox.c.id))
    return [UnsentRow(ReminderKind(row.kind), row.subject, row.destination, row.due_at, row.error) for row in rows]


def _missed(course_id: int) -> tuple[ColumnElement[bool], ...]:
    return (outbox.c.course_id == course_id, outbox.c.state == "expired", outbox.c.kind.not_in(OWN))


def _key(course_id: int, destination: str) -> str:
    return f"{_PREFIX}{course_id}/{destination}"
