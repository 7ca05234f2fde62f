"""Queries on what people are excused from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, and_, bindparam, insert, select, update

from bot.core.deadlines import Work
from bot.store.tables import excuse, milestone, person

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


@dataclass(frozen=True, slots=True)
class ExcuseRow:
    """An excuse in force: who (`name`), from what, why; `by` is the key of the member of staff who gave it."""

    id: int
    person_id: int
    name: str
    what: str
    session_id: int | None
    milestone_id: int | None
    milestone: str | None
    reason: str
    by: str
    at: datetime


_NAMED = {"name": person.c.name, "milestone": milestone.c.name.label("milestone")}
_COLUMNS = [_NAMED[name] if name in _NAMED else excuse.c[name] for name in ExcuseRow.__dataclass_fields__]
_LISTED = (
    select(*_COLUMNS)
    .join(person, person.c.id == excuse.c.person_id)
    .outerjoin(milestone, milestone.c.id == excuse.c.milestone_id)
    .where(excuse.c.course_id == bindparam("course_id"), excuse.c.withdrawn_at.is_(None))
    .order_by(excuse.c.id.desc())
)


def listed(tx: Connection, course_id: int, person_id: int | None = None) -> list[ExcuseRow]:
    """Those in force, of everybody or of one person, the newest first."""
    statement = _LISTED if person_id is None else _LISTED.where(excuse.c.person_id == person_id)
    return [ExcuseRow(*row) for row in tx.execute(statement, {"course_id": course_id})]


def add(
    tx: Connection,
    course_id: int,
    person_id: int,
    what: str,
    *,
    session_id: int | None,
    milestone_id: int | None,
    reason: str,
    by: str,
    now: datetime,
) -> int:
    """Excuse somebody; returns the excuse's id. Look first whether one like it is in force: hold the course."""
    values = {"course_id": course_id, "person_id": person_id, "what": what, "reason": reason, "by": by, "at": now}
    added = insert(excuse).values(session_id=session_id, milestone_id=milestone_id, **values).returning(excuse.c.id)
    return int(tx.execute(added).scalar_one())


def withdraw(tx: Connection, course_id: int, excuse_id: int, now: datetime) -> None:
    """Let an excuse hold no longer."""
    mine = and_(excuse.c.course_id == course_id, excuse.c.id == excuse_id, excuse.c.withdrawn_at.is_(None))
    tx.execute(update(excuse).where(mine).values(withdrawn_at=now))
