"""Queries on what staff decided about hand-ins. Rows are only added; the last about a version holds."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select

from bot.core.review_notices import Verdict
from bot.store.tables import review


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """One decision; `by` is the key of the member of staff."""

    id: int
    hand_in_id: int
    verdict: Verdict
    note: str
    by: str
    at: datetime


_COLUMNS = [review.c[name] for name in ReviewRow.__dataclass_fields__]
_OF = select(*_COLUMNS).where(review.c.hand_in_id.in_(bindparam("ids", expanding=True))).order_by(review.c.id)


def add(
    tx: Connection, course_id: int, hand_in_id: int, verdict: Verdict, note: str, by: str, now: datetime
) -> ReviewRow:
    """Keep a decision."""
    values = {"hand_in_id": hand_in_id, "verdict": verdict.value, "note": note, "by": by, "at": now}
    added = insert(review).values(course_id=course_id, **values).returning(review.c.id)
    return ReviewRow(int(tx.execute(added).scalar_one()), hand_in_id, verdict, note, by, now)


def last(tx: Connection, hand_in_ids: Collection[int]) -> dict[int, ReviewRow]:
    """The decision that holds for each of the hand-ins; those without any are left out."""
    rows = tx.execute(_OF, {"ids": list(hand_in_ids)})
    return {row.hand_in_id: _row(row) for row in rows}


def one(tx: Connection, course_id: int, review_id: int) -> ReviewRow | None:
    """The decision with this id."""
    row = tx.execute(select(*_COLUMNS).where(review.c.course_id == course_id, review.c.id == review_id)).first()
    return _row(row) if row else None


def since(tx: Connection, course_id: int, at: datetime) -> list[tuple[int, datetime]]:
    """Id and moment of the decisions after `at`."""
    statement = select(review.c.id, review.c.at).where(review.c.course_id == course_id, review.c.at > at)
    return [(row.id, row.at) for row in tx.execute(statement.order_by(review.c.id))]


def _row(row) -> ReviewRow:  # type: ignore[no-untyped-def]
    return ReviewRow(row.id, row.hand_in_id, Verdict(row.verdict), row.note, row.by, row.at)
