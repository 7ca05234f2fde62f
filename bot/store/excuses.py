"""Queries on what people are excused from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, bindparam, select

from bot.core.deadlines import Work
from bot.store.tables import excuse

_OPEN = select(excuse.c.person_id, excuse.c.what, excuse.c.session_id, excuse.c.milestone_id).where(
    excuse.c.course_id == bindparam("course_id"), excuse.c.withdrawn_at.is_(None)
)


@dataclass(frozen=True, slots=True)
class Excuses:
    """Person, what ("all" for everything), session, milestone; without the last two it holds for all of them."""

    rows: frozenset[tuple[int, str, int | None, int | None]]

    def cover(
        self,
        person_id: int,
        work: Work | Literal["attendance"],
        *,
        session_id: int | None = None,
        milestone_id: int | None = None,
    ) -> bool:
        """Whether the person need not do this."""
        about = {(None, None), (session_id, None), (None, milestone_id)}
        return any((person_id, what, *ids) in self.rows for what in (work, "all") for ids in about)


def every(tx: Connection, course_id: int) -> Excuses:
    """All that are in force."""
    return Excuses(frozenset(tuple(row) for row in tx.execute(_OPEN, {"course_id": course_id})))
