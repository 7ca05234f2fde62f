"""Queries on the sessions that groups would like to have."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Connection, delete, insert, select

from bot.store.tables import ranking


def every(tx: Connection, course_id: int) -> dict[int, tuple[int, ...]]:
    """The sessions of each group that ranked some, best first."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    statement = select(ranking.c.group_id, ranking.c.session_id).where(ranking.c.course_id == course_id)
    for row in tx.execute(statement.order_by(ranking.c.group_id, ranking.c.rank)):
        found[row.group_id].append(row.session_id)
    return {group: tuple(sessions) for group, sessions in found.items()}


def of(tx: Connection, group_id: int) -> tuple[int, ...]:
    """One group's, best first."""
    statement = select(ranking.c.session_id).where(ranking.c.group_id == group_id)
    return tuple(tx.execute(statement.order_by(ranking.c.rank)).scalars())


def put(tx: Connection, course_id: int, group_id: int, sessions: Sequence[int]) -> None:
    """Make them these, best first."""
    tx.execute(delete(ranking).where(ranking.c.group_id == group_id))
    row = {"course_id": course_id, "group_id": group_id}
    if sessions:
        tx.execute(insert(ranking), [{**row, "rank": rank, "session_id": one} for rank, one in enumerate(sessions, 1)])
