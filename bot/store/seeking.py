"""Queries on the opt-in board of people who look for a group."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from bot.store.tables import person, seeking, seeking_with
from bot.store.upsert import insert_for


@dataclass(frozen=True, slots=True)
class Seeker:
    """Someone on the board, and whom they would like to be with (ids)."""

    person_id: int
    note: str
    with_: tuple[int, ...]


def put(tx: Connection, course_id: int, person_id: int, note: str | None, at: datetime) -> None:
    """Put a person on the board; a `note` of None leaves the one there is."""
    values = {"course_id": course_id, "note": note or "", "at": at}
    statement = insert_for(tx, seeking).values(person_id=person_id, **values)
    if note is None:
        tx.execute(statement.on_conflict_do_nothing())
    else:
        tx.execute(statement.on_conflict_do_update(index_elements=["person_id"], set_={"note": note, "at": at}))


def wish(tx: Connection, course_id: int, person_id: int, other_id: int) -> None:
    """Someone on the board would like to be with another person."""
    values = {"course_id": course_id, "person_id": person_id, "other_id": other_id}
    tx.execute(insert_for(tx, seeking_with).values(**values).on_conflict_do_nothing())


def wished(tx: Connection, person_id: int) -> int:
    """How many people someone named."""
    return tx.execute(select(func.count()).where(seeking_with.c.person_id == person_id)).scalar_one()


def remove(tx: Connection, person_id: int) -> bool:
    """Take a person off the board; whether they were on it."""
    tx.execute(delete(seeking_with).where(seeking_with.c.person_id == person_id))
    return tx.execute(delete(seeking).where(seeking.c.person_id == person_id)).rowcount == 1


def every(tx: Connection, course_id: int) -> list[Seeker]:
    """Everyone on the board, the newest first."""
    others: defaultdict[int, list[int]] = defaultdict(list)
    named = select(seeking_with.c.person_id, seeking_with.c.other_id).join(
        person, person.c.id == seeking_with.c.other_id
    )
    for row in tx.execute(named.where(seeking_with.c.course_id == course_id).order_by(person.c.name, person.c.id)):
        others[row.person_id].append(row.other_id)
    rows = select(seeking.c.person_id, seeking.c.note).where(seeking.c.course_id == course_id)
    return [
        Seeker(row.person_id, row.note, tuple(others[row.person_id]))
        for row in tx.execute(rows.order_by(seeking.c.at.desc(), seeking.c.person_id))
    ]
