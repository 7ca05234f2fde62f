"""Queries on summaries in the making: one text a heading, shared by the group, or of a person without one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select, update

from bot.store.tables import draft, person


@dataclass(frozen=True, slots=True)
class DraftRow:
    """The text under one heading, who wrote there last, and when."""

    heading: str
    text: str
    person_id: int
    writer: str
    at: datetime


def of_owner(tx: Connection, session_id: int, group_id: int | None, person_id: int) -> dict[str, DraftRow]:
    """What is written so far, by heading."""
    statement = (
        select(draft.c.heading, draft.c.text, draft.c.person_id, person.c.name, draft.c.at)
        .join(person, person.c.id == draft.c.person_id)
        .where(_mine(session_id, group_id, person_id))
    )
    return {row.heading: DraftRow(*row) for row in tx.execute(statement)}


def put(
    tx: Connection,
    course_id: int,
    session_id: int,
    group_id: int | None,
    person_id: int,
    heading: str,
    text: str,
    at: datetime,
) -> None:
    """Write under a heading in place of what is there. Hold the course first."""
    values = {"text": text, "person_id": person_id, "at": at}
    there = and_(_mine(session_id, group_id, person_id), draft.c.heading == heading)
    if tx.execute(update(draft).where(there).values(**values)).rowcount == 0:
        keys = {"course_id": course_id, "session_id": session_id, "group_id": group_id, "heading": heading}
        tx.execute(insert(draft).values(**keys, **values))


def merge(tx: Connection, keep: int, gone: int) -> None:
    """Two people are one: under a heading where each has a text of their own, the later one stays."""
    own = and_(draft.c.group_id.is_(None), draft.c.person_id.in_([keep, gone]))
    latest: dict[tuple[int, str], int] = {}
    for row in tx.execute(select(draft).where(own).order_by(draft.c.at, draft.c.person_id != keep, draft.c.id)):
        before = latest.get((row.session_id, row.heading))
        if before is not None:
            tx.execute(delete(draft).where(draft.c.id == before))
        latest[row.session_id, row.heading] = row.id


def _mine(session_id: int, group_id: int | None, person_id: int) -> ColumnElement[bool]:
    whose = draft.c.group_id == group_id
    if group_id is None:
        whose = and_(draft.c.group_id.is_(None), draft.c.person_id == person_id)
    return and_(draft.c.session_id == session_id, whose)
