"""Queries on invitations ("invite") and requests to join ("request"): a seat offered, or asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update
from sqlalchemy.sql.elements import ColumnElement

from bot.store.tables import invitation, person


@dataclass(frozen=True, slots=True)
class Asked:
    """One of them, and who would get the seat; `outcome` is None while it is open."""

    id: int
    group_id: int
    person_id: int
    kind: str
    asked_at: datetime
    outcome: str | None
    person_name: str
    person_origin: str


_COLUMNS = [invitation.c[name] for name in ("id", "group_id", "person_id", "kind", "asked_at", "outcome")]
_PERSON = [person.c.name.label("person_name"), person.c.origin.label("person_origin")]
_ASKED = select(*_COLUMNS, *_PERSON).join(person, person.c.id == invitation.c.person_id)
_OPEN = invitation.c.answered_at.is_(None)


def create(
    tx: Connection, course_id: int, kind: str, group_id: int, person_id: int, asked_by: int, at: datetime
) -> int:
    """A new one; returns its id. There must be none open between the two."""
    values = {"course_id": course_id, "kind": kind, "group_id": group_id, "person_id": person_id}
    statement = insert(invitation).values(**values, asked_by=asked_by, asked_at=at).returning(invitation.c.id)
    return int(tx.execute(statement).scalar_one())


def one(tx: Connection, course_id: int, invitation_id: int) -> Asked | None:
    """The one with this id, open or not."""
    row = tx.execute(_ASKED.where(invitation.c.id == invitation_id, invitation.c.course_id == course_id)).first()
    return _asked(row) if row else None


def between(tx: Connection, group_id: int, person_id: int) -> Asked | None:
    """The open one between a group and a person."""
    here = (invitation.c.group_id == group_id, invitation.c.person_id == person_id, _OPEN)
    row = tx.execute(_ASKED.where(*here)).first()
    return _asked(row) if row else None


def close(tx: Connection, invitation_id: int, outcome: str, by: int, at: datetime) -> None:
    """End it as "accepted", "declined" or "withdrawn"."""
    values = {"answered_by": by, "answered_at": at, "outcome": outcome}
    tx.execute(update(invitation).where(invitation.c.id == invitation_id, _OPEN).values(**values))


def invited(tx: Connection, group_id: int) -> int:
    """How many people have an open invitation to the group."""
    return _count(tx, invitation.c.kind == "invite", invitation.c.group_id == group_id)


def requested(tx: Connection, person_id: int) -> int:
    """How many groups the person waits for."""
    return _count(tx, invitation.c.kind == "request", invitation.c.person_id == person_id)


def open_ones(tx: Connection, course_id: int) -> list[tuple[int, int]]:
    """Group and person of each that is open."""
    statement = select(invitation.c.group_id, invitation.c.person_id).where(invitation.c.course_id == course_id, _OPEN)
    return [(row.group_id, row.person_id) for row in tx.execute(statement.order_by(invitation.c.id))]


def _count(tx: Connection, *which: ColumnElement[bool]) -> int:
    return tx.execute(select(func.count()).where(_OPEN, *which)).scalar_one()


def _asked(row: Row[Any]) -> Asked:
    return Asked(**row._mapping)
