"""Queries on the marks that staff gave, and on who is in the gradebook."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, delete, exists, insert, or_, select

from bot.store.courses import CourseRow
from bot.store.tables import account, mark, membership, person, study_group


@dataclass(frozen=True, slots=True)
class Listed:
    """A student in the gradebook; `login` is the roster's key, None for who is on no roster."""

    id: int
    name: str
    login: str | None
    email: str | None
    section: str | None
    group: str | None


_LISTED = (
    select(
        person.c.id,
        person.c.name,
        person.c.roster_key,
        person.c.origin,
        person.c.email,
        person.c.section,
        study_group.c.name.label("group_name"),
    )
    .outerjoin(membership, and_(membership.c.person_id == person.c.id, membership.c.left_at.is_(None)))
    .outerjoin(study_group, study_group.c.id == membership.c.group_id)
    .where(
        person.c.course_id == bindparam("course_id"),
        person.c.kind == "student",
        person.c.dropped_at.is_(None),
    )
    .order_by(person.c.name, person.c.id)
)
_HAS_ACCOUNT = exists().where(account.c.person_id == person.c.id)
_EVERY = select(mark.c.person_id, mark.c.item, mark.c.points).where(mark.c.course_id == bindparam("course_id"))


def students(tx: Connection, course: CourseRow) -> list[Listed]:
    """Who takes part, by name: those on the roster, and without one whoever has an account."""
    on_roster = person.c.origin == "roster"
    listed = on_roster if course.linked_only else or_(on_roster, _HAS_ACCOUNT)
    return [
        Listed(row.id, row.name, row.roster_key if row.origin == "roster" else None, *row[4:])
        for row in tx.execute(_LISTED.where(listed), {"course_id": course.id})
    ]


def every(tx: Connection, course_id: int) -> dict[tuple[int, str], float]:
    """The points by person and item."""
    return {(row[0], row[1]): row[2] for row in tx.execute(_EVERY, {"course_id": course_id})}


def of(tx: Connection, course_id: int, item: str, people: Collection[int]) -> dict[int, float]:
    """The points for an item of those who have a mark for it."""
    statement = select(mark.c.person_id, mark.c.points).where(
        mark.c.course_id == course_id, mark.c.item == item, mark.c.person_id.in_(people)
    )
    return {row.person_id: row.points for row in tx.execute(statement)}


def remove(tx: Connection, course_id: int, item: str, people: Collection[int]) -> None:
    """Take marks back; who has none stays without."""
    tx.execute(delete(mark).where(mark.c.course_id == course_id, mark.c.item == item, mark.c.person_id.in_(people)))


def put(
    tx: Connection, course_id: int, item: str, people: Collection[int], points: float, note: str, by: str, now: datetime
) -> None:
    """Give people a mark in place of the one they may have. Hold the course first."""
    remove(tx, course_id, item, people)
    same = {"course_id": course_id, "item": item, "points": points, "note": note, "by": by, "at": now}
    if people:
        tx.execute(insert(mark), [{**same, "person_id": person_id} for person_id in people])
