"""Queries on the outbox: plan, claim, freeze, settle."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, func, or_, select, update

from bot.core.messages import Part, pack, unpack
from bot.core.reminders import Planned, ReminderKind
from bot.store.tables import outbox
from bot.store.upsert import insert_for


@dataclass(frozen=True, slots=True)
class Claim:
    """A row this process may send until its lease ends. `parts` are set once frozen."""

    id: int
    course_id: int
    key: str
    kind: ReminderKind
    subject: str
    deadline_at: datetime
    due_at: datetime
    expires_at: datetime
    attempts: int
    destination: str | None
    parts: list[Part] | None
    tried_at: datetime | None


@dataclass(frozen=True, slots=True)
class Row:
    """What became of a message so far."""

    key: str
    subject: str
    state: str
    deadline_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Composed:
    """Where a message goes (None: staff named no channel), and the notice that the front end puts into words."""

    destination: str | None
    notice: object


def plan(tx: Connection, course_id: int, kind: ReminderKind, wanted: Sequence[Planned], now: datetime) -> None:
    """Make the rows still to be sent those `wanted`: new ones enter unless overdue, others expire or are withdrawn."""
    keys = [item.key for item in wanted]
    gone = and_(
        outbox.c.course_id == course_id,
        outbox.c.kind == kind,
        outbox.c.state == "planned",
        outbox.c.key.not_in(keys),
    )
    tx.execute(update(outbox).where(gone, outbox.c.expires_at <= now).values(state="expired"))
    tx.execute(update(outbox).where(gone, outbox.c.expires_at > now).values(state="withdrawn"))
    new = [item for item in wanted if not item.overdue]
    if not new:
        return
    statement = insert_for(tx, outbox).values(
        [
            {
                "course_id": course_id,
                "key": item.key,
                "kind": item.kind.value,
                "subject": item.subject,
                "deadline_at": item.deadline_at,
                "due_at": item.due_at,
                "expires_at": item.expires_at,
                "next_try_at": item.due_at,
            }
            for item in new
        ]
    )
    # A deadline moved away and back finds its old, unsent row and revives it; what was sent stays sent.
    tx.execute(
        statement.on_conflict_do_update(
            index_elements=["key"], set_={"state": "planned"}, where=outbox.c.state == "withdrawn"
        )
    )


def claim(tx: Connection, now: datetime, lease: timedelta) -> Claim | None:
    """Take the most urgent row that is due, or whose last claimant's lease ran out; None when there is none."""
    ready = or_(
        and_(outbox.c.state == "planned", outbox.c.next_try_at <= now),
        and_(outbox.c.state == "claimed", outbox.c.lease_until <= now),
    )
    first = select(outbox.c.id).where(ready).order_by(outbox.c.deadline_at, outbox.c.id).limit(1)
    statement = (
        update(outbox)
        .where(outbox.c.id == first.with_for_update(skip_locked=True).scalar_subquery())
        .values(state="claimed", lease_until=now + lease, attempts=outbox.c.attempts + 1)
        .returning(outbox)
    )
    row = tx.execute(statement).first()
    if row is None:
        return None
    return Claim(
        id=row.id,
        course_id=row.course_id,
        key=row.key,
        kind=ReminderKind(row.kind),
        subject=row.subject,
        deadline_at=row.deadline_at,
        due_at=row.due_at,
        expires_at=row.expires_at,
        attempts=row.attempts,
        destination=row.destination,
        parts=unpack(row.parts) if row.parts else None,
        tried_at=row.tried_at,
    )


def freeze(tx: Connection, row_id: int, destination: str, parts: Sequence[Part], now: datetime) -> None:
    """Fix what is about to be posted and where, before it is."""
    values = {"destination": destination, "parts": pack(parts), "tried_at": now}
    tx.execute(update(outbox).where(outbox.c.id == row_id).values(**values))


def sent(tx: Connection, row_id: int, message_ids: Sequence[str], now: datetime) -> None:
    values = {"state": "sent", "sent_at": now, "message_ids": json.dumps(list(message_ids)), "error": None}
    tx.execute(update(outbox).where(outbox.c.id == row_id).values(**values))


def close(tx: Connection, row_id: int, state: str) -> None:
    """End a row without sending: "empty" (nobody owes), "expired", or "failed" (they cannot be reached there)."""
    tx.execute(update(outbox).where(outbox.c.id == row_id).values(state=state))


def retry(tx: Connection, row_id: int, error: str, at: datetime) -> None:
    """Put the row back for another try at `at`; what was frozen stays frozen."""
    values = {"state": "planned", "next_try_at": at, "error": error}
    tx.execute(update(outbox).where(outbox.c.id == row_id).values(**values))


def of_kind(tx: Connection, course_id: int, kind: ReminderKind) -> list[Row]:
    """Every row of a kind, the oldest first."""
    statement = select(outbox.c.key, outbox.c.subject, outbox.c.state, outbox.c.deadline_at, outbox.c.due_at).where(
        outbox.c.course_id == course_id, outbox.c.kind == kind
    )
    return [Row(*row) for row in tx.execute(statement.order_by(outbox.c.id))]


def next_due(tx: Connection) -> datetime | None:
    """When the next row wants attention."""
    planned = select(func.min(outbox.c.next_try_at)).where(outbox.c.state == "planned")
    leased = select(func.min(outbox.c.lease_until)).where(outbox.c.state == "claimed")
    # min() over a typed column keeps its type, so both come back as instants.
    found = [moment for moment in (tx.execute(planned).scalar(), tx.execute(leased).scalar()) if moment]
    return min(found, default=None)


def troubles(tx: Connection, course_id: int) -> list[str]:
    """The errors of rows that wait for another try."""
    statement = select(outbox.c.error).where(
        outbox.c.course_id == course_id, outbox.c.state == "planned", outbox.c.error.is_not(None)
    )
    return [str(error) for error in tx.execute(statement.distinct()).scalars()]
