"""Bringing the outbox in line with what should be sent, in steps that never hold the database for long."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import TypeVar

from sqlalchemy import Connection, or_, select, update

from bot.core.reminders import Planned, ReminderKind
from bot.store.tables import outbox
from bot.store.upsert import insert_for

T = TypeVar("T")

STEP = 500
"""Rows changed in one transaction: a few milliseconds in which nobody else can write."""


@dataclass(slots=True)
class Changes:
    """What differs: new rows (or old ones wanted again), rows that moved, and ids no longer wanted."""

    enter: list[Planned] = field(default_factory=list)
    move: list[tuple[int, Planned]] = field(default_factory=list)
    expire: list[int] = field(default_factory=list)
    withdraw: list[int] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.enter or self.move or self.expire or self.withdraw)


def compare(tx: Connection, course_id: int, kind: ReminderKind, wanted: Sequence[Planned], now: datetime) -> Changes:
    """How the rows still to be sent differ from `wanted`. New ones that are overdue do not enter."""
    by_key = {one.key: one for one in wanted}
    found = Changes()
    rows = tx.execute(
        select(
            outbox.c.id,
            outbox.c.key,
            outbox.c.deadline_at,
            outbox.c.due_at,
            outbox.c.expires_at,
            outbox.c.attempts,
        ).where(outbox.c.course_id == course_id, outbox.c.kind == kind.value, outbox.c.state == "planned")
    )
    for row in rows:
        one = by_key.pop(row.key, None)
        if one is None:
            (found.expire if row.expires_at <= now else found.withdraw).append(row.id)
        elif (row.deadline_at, row.expires_at) != (one.deadline_at, one.expires_at) or (
            row.due_at != one.due_at and one.due_at > now and not row.attempts
        ):
            found.move.append((row.id, one))
    for some in _chunks(by_key, STEP):
        known = select(outbox.c.key, outbox.c.state).where(outbox.c.key.in_(some))
        states = {row.key: row.state for row in tx.execute(known)}
        for key in some:
            one, state = by_key[key], states.get(key)
            # Wanted again: a deadline that moved away and back, or a clock that was ahead for a while.
            again = state == "withdrawn" or (state == "expired" and one.expires_at > now)
            if again or (state is None and not one.overdue):
                found.enter.append(one)
    return found


def apply(tx: Connection, course_id: int, changes: Changes, now: datetime) -> bool:
    """Make up to `STEP` of each kind of change; returns whether there are more."""
    for state, ids in (("expired", changes.expire), ("withdrawn", changes.withdraw)):
        if ids:
            gone = update(outbox).where(outbox.c.id.in_(ids[:STEP]), outbox.c.state == "planned")
            tx.execute(gone.values(state=state, next_try_at=now))
    for row_id, one in changes.move[:STEP]:
        values = {"deadline_at": one.deadline_at, "expires_at": one.expires_at}
        if one.due_at > now:
            values |= {"due_at": one.due_at, "next_try_at": one.due_at}
        tx.execute(update(outbox).where(outbox.c.id == row_id, outbox.c.state == "planned").values(**values))
    if changes.enter:
        _enter(tx, course_id, changes.enter[:STEP])
    return any(len(some) > STEP for some in (changes.enter, changes.move, changes.expire, changes.withdraw))


def _enter(tx: Connection, course_id: int, some: Sequence[Planned]) -> None:
    statement = insert_for(tx, outbox).on_conflict_do_update(
        index_elements=["key"],
        set_={"state": "planned", "next_try_at": insert_for(tx, outbox).excluded.next_try_at},
        where=or_(outbox.c.state == "withdrawn", outbox.c.state == "expired"),
    )
    rows = [
        {
            "course_id": course_id,
            "key": one.key,
            "kind": one.kind.value,
            "subject": one.subject,
            "deadline_at": one.deadline_at,
            "due_at": one.due_at,
            "expires_at": one.expires_at,
            "next_try_at": one.due_at,
        }
        for one in some
    ]
    tx.execute(statement, rows)


def _chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some
