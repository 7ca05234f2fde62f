"""Queries on the outbox: claim, freeze, settle. What should be in it is `bot.store.outbox_plan`."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select, update

from bot.core.messages import Part, pack, unpack
from bot.core.reminders import ReminderKind
from bot.store.tables import outbox


@dataclass(frozen=True, slots=True)
class Claim:
    """A row this process may send until its lease ends. `parts` are set once frozen.

    `attempts` counts the claims, this one included: whoever holds an older number has lost the row.
    """

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


def claim(
    tx: Connection,
    now: datetime,
    lease: timedelta,
    limit: int,
    busy: Collection[str] = (),
    held: Collection[int] = (),
) -> list[Claim]:
    """Take up to `limit` rows that are due, or whose last claimant's lease ran out, the most urgent first.

    Rows known to go to a `busy` destination stay, and so do those of the ids `held`: whatever the clock says of their
    lease, this process has them in hand.
    """
    ready = or_(
        and_(outbox.c.state == "planned", outbox.c.next_try_at <= now),
        and_(outbox.c.state == "claimed", outbox.c.lease_until <= now),
    )
    wanted = select(outbox.c.id).where(ready, outbox.c.id.not_in(held))
    if busy:
        wanted = wanted.where(or_(outbox.c.destination.is_(None), outbox.c.destination.not_in(busy)))
    # A common table expression: PostgreSQL may run a plain subquery twice, and would then take other rows.
    first = wanted.order_by(*_URGENCY).limit(limit).with_for_update(skip_locked=True).cte("first")
    statement = (
        update(outbox)
        .where(outbox.c.id.in_(select(first.c.id)))
        .values(state="claimed", lease_until=now + lease, attempts=outbox.c.attempts + 1)
        .returning(outbox)
    )
    found = [
        Claim(
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
        for row in tx.execute(statement)
    ]
    return sorted(found, key=lambda one: (one.deadline_at, one.due_at, one.id))


_URGENCY = (outbox.c.deadline_at, outbox.c.due_at, outbox.c.id)


def _mine(claim: Claim) -> ColumnElement[bool]:
    return and_(outbox.c.id == claim.id, outbox.c.state == "claimed", outbox.c.attempts == claim.attempts)


def _settle(tx: Connection, claim: Claim, **values: object) -> bool:
    return tx.execute(update(outbox).where(_mine(claim)).values(**values)).rowcount == 1


def renew(tx: Connection, claim: Claim, until: datetime) -> bool:
    """Keep the row until then; False when somebody else has it by now."""
    return _settle(tx, claim, lease_until=until)


def freeze(
    tx: Connection, claim: Claim, destination: str, parts: Sequence[Part], now: datetime, until: datetime
) -> bool:
    """Fix what is about to be posted and where, before it is; False when somebody else has the row by now."""
    return _settle(tx, claim, destination=destination, parts=pack(parts), tried_at=now, lease_until=until)


def sent(tx: Connection, claim: Claim, message_ids: Sequence[str], now: datetime) -> None:
    _settle(tx, claim, state="sent", sent_at=now, message_ids=json.dumps(list(message_ids)), error=None)


def close(tx: Connection, claim: Claim, state: str, now: datetime) -> None:
    """End a row without sending: "empty" (nobody owes), "expired", or "failed" (they cannot be reached there)."""
    _settle(tx, claim, state=state, next_try_at=now)


def retry(tx: Connection, claim: Claim, error: str, at: datetime, *, thaw: bool, destination: str | None) -> None:
    """Put the row back for another try at `at`. What was frozen stays frozen, unless `thaw`: nothing of it arrived."""
    values: dict[str, object] = {"state": "planned", "next_try_at": at, "error": error}
    if thaw:
        values |= {"parts": None, "tried_at": None, "destination": destination}
    _settle(tx, claim, **values)


def put_back(tx: Connection, claims: Iterable[tuple[Claim, str | None]], at: datetime | None) -> None:
    """Put rows back that were not tried, each with where it would go now; until `at`, or to be taken at any time."""
    for one, destination in claims:
        values: dict[str, object] = {"state": "planned", "attempts": outbox.c.attempts - 1}
        if at is not None:
            values["next_try_at"] = at
        if one.parts is None:
            values["destination"] = destination
        _settle(tx, one, **values)


def put_off(tx: Connection, destination: str, now: datetime, at: datetime) -> None:
    """Let what is due and known to go there wait until `at`."""
    waiting = and_(outbox.c.state == "planned", outbox.c.next_try_at <= now, outbox.c.destination == destination)
    tx.execute(update(outbox).where(waiting).values(next_try_at=at))


def redirect(tx: Connection, course_id: int, now: datetime) -> None:
    """Try what waits in a course once more, now and wherever it goes by now: staff have changed its channels."""
    known = and_(
        outbox.c.course_id == course_id,
        outbox.c.state == "planned",
        outbox.c.due_at <= now,
        or_(outbox.c.destination.is_not(None), outbox.c.error.is_not(None)),
    )
    place = case((outbox.c.parts.is_not(None), outbox.c.destination), else_=None)
    tx.execute(update(outbox).where(known).values(destination=place, next_try_at=now))


def clock_changed(tx: Connection, now: datetime, lease: timedelta, patience: timedelta, held: Collection[int]) -> None:
    """Undo what a clock that was ahead left behind: leases and waits that end too far from `now` end at once."""
    ahead = and_(outbox.c.state == "claimed", outbox.c.lease_until > now + lease, outbox.c.id.not_in(held))
    tx.execute(update(outbox).where(ahead).values(lease_until=now))
    waits = and_(
        outbox.c.state == "planned",
        outbox.c.next_try_at > now + patience,
        outbox.c.due_at <= now,
    )
    tx.execute(update(outbox).where(waits).values(next_try_at=now))


def expire(tx: Connection, now: datetime) -> int:
    """End at once whatever is of no use any more and surely was not posted; returns how many."""
    useless = and_(
        outbox.c.state == "planned",
        outbox.c.next_try_at <= now,
        outbox.c.expires_at <= now,
        outbox.c.parts.is_(None),
    )
    # The moment of the last look stays in `next_try_at`: what ended together is told to staff together.
    return tx.execute(update(outbox).where(useless).values(state="expired", next_try_at=now)).rowcount


def to_expire(tx: Connection, now: datetime) -> bool:
    """Whether `expire` has something to do."""
    useless = select(outbox.c.id).where(
        outbox.c.state == "planned",
        outbox.c.next_try_at <= now,
        outbox.c.expires_at <= now,
        outbox.c.parts.is_(None),
    )
    return tx.execute(useless.limit(1)).first() is not None


def of_kind(tx: Connection, course_id: int, kind: ReminderKind) -> list[Row]:
    """Every row of a kind, the oldest first."""
    statement = select(outbox.c.key, outbox.c.subject, outbox.c.state, outbox.c.deadline_at, outbox.c.due_at).where(
        outbox.c.course_id == course_id, outbox.c.kind == kind
    )
    return [Row(*row) for row in tx.execute(statement.order_by(outbox.c.id))]


def posted_there(tx: Connection, destination: str, since: datetime) -> set[str]:
    """The ids of messages known to have been posted to a destination since then."""
    statement = select(outbox.c.message_ids).where(
        outbox.c.state == "sent", outbox.c.destination == destination, outbox.c.sent_at >= since
    )
    return {each for ids in tx.execute(statement).scalars() if ids for each in json.loads(ids)}


def next_due(tx: Connection, held: Collection[int] = ()) -> datetime | None:
    """When the next row wants attention, those of the ids `held` left aside."""
    planned = select(func.min(outbox.c.next_try_at)).where(outbox.c.state == "planned")
    leased = select(func.min(outbox.c.lease_until)).where(outbox.c.state == "claimed", outbox.c.id.not_in(held))
    # min() over a typed column keeps its type, so both come back as instants.
    found = [moment for moment in (tx.execute(planned).scalar(), tx.execute(leased).scalar()) if moment]
    return min(found, default=None)


def troubles(tx: Connection, course_id: int) -> list[str]:
    """The errors of rows that wait for another try."""
    statement = select(outbox.c.error).where(
        outbox.c.course_id == course_id, outbox.c.state == "planned", outbox.c.error.is_not(None)
    )
    return [str(error) for error in tx.execute(statement.distinct()).scalars()]
