"""What students did, for a whole course at once: each function is one statement, whatever the course's size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVarTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, func, or_, select

from bot.core.ballots import State
from bot.store.tables import attendance, check_in, panel, panel_note, person, question, session, vote, vote_voter


@dataclass(frozen=True, slots=True)
class Held:
    """A check-in that was held, over at `over_at`."""

    session_id: int
    over_at: datetime


R = TypeVarTuple("R")

_SINCE = select(person.c.id, person.c.created_at).where(person.c.course_id == bindparam("course_id"))
_HELD = select(attendance.c.session_id, attendance.c.closes_at, attendance.c.closed_at).where(
    attendance.c.course_id == bindparam("course_id")
)
_CHECKED_IN = select(check_in.c.session_id, check_in.c.person_id).where(check_in.c.course_id == bindparam("course_id"))
_VOTES = (
    select(vote.c.session_id, vote_voter.c.person_id, vote_voter.c.voted)
    .join(vote_voter, vote_voter.c.vote_id == vote.c.id)
    .where(
        vote.c.course_id == bindparam("course_id"),
        vote.c.state == State.CLOSED.value,
        vote.c.session_id.is_not(None),
    )
)
_PANELS = (
    select(panel.c.session_id, session.c.ends_at)
    .join(session, session.c.id == panel.c.session_id)
    .where(
        panel.c.course_id == bindparam("course_id"),
        session.c.cancelled_at.is_(None),
        or_(panel.c.closed_at.is_(None), panel.c.closed_at >= panel.c.opened_at),
    )
)
_NOTES = (
    select(panel_note.c.person_id, func.count())
    .where(panel_note.c.course_id == bindparam("course_id"))
    .group_by(panel_note.c.person_id)
)


def _of(statement: Select[*R], column: ColumnElement[int], who: int | None) -> Select[*R]:
    return statement if who is None else statement.where(column == who)


def since(tx: Connection, course_id: int, who: int | None) -> dict[int, datetime]:
    """Since when each person is in the course; like those that follow, of one person (`who`) or of all."""
    rows = tx.execute(_of(_SINCE, person.c.id, who), {"course_id": course_id})
    return {row.id: row.created_at for row in rows}


def on_time(
    tx: Connection, course_id: int, required: Mapping[int, tuple[datetime, frozenset[int]]], who: int | None
) -> dict[tuple[int, int], int]:
    """By session and person: about how many of the required readings they asked on time. `required` has for each
    session the cut-off (which itself still is on time) and the ids of those readings."""
    if not required:
        return {}
    # Counted by the database: a term of a large course has tens of thousands of questions.
    counts = or_(
        *(
            and_(question.c.session_id == session_id, question.c.asked_at <= cut_off, question.c.reading_id.in_(ids))
            for session_id, (cut_off, ids) in required.items()
        )
    )
    statement = (
        select(question.c.session_id, question.c.person_id, func.count(question.c.reading_id.distinct()))
        .where(question.c.course_id == course_id, question.c.withdrawn_at.is_(None), counts)
        .group_by(question.c.session_id, question.c.person_id)
    )
    rows = tx.execute(_of(statement, question.c.person_id, who))
    return {(session_id, person_id): number for session_id, person_id, number in rows}


def held(tx: Connection, course_id: int, now: datetime) -> list[Held]:
    """The check-ins that are over."""
    rows = tx.execute(_HELD, {"course_id": course_id})
    every = [Held(row.session_id, min(row.closes_at, row.closed_at or row.closes_at)) for row in rows]
    return [one for one in every if one.over_at <= now]


def checked_in(tx: Connection, course_id: int, who: int | None) -> set[tuple[int, int]]:
    """Who checked in where: pairs of session and person."""
    rows = tx.execute(_of(_CHECKED_IN, check_in.c.person_id, who), {"course_id": course_id})
    return {(row[0], row[1]) for row in rows}


def turnout(tx: Connection, course_id: int, who: int | None) -> list[tuple[int, int, bool]]:
    """Session, person and whether they voted, for everyone who could vote about a class in a vote that counts."""
    rows = tx.execute(_of(_VOTES, vote_voter.c.person_id, who), {"course_id": course_id})
    return [(row[0], row[1], row[2]) for row in rows]


def panels(tx: Connection, course_id: int) -> dict[int, datetime]:
    """The sessions in which a panel was opened, and when each ends."""
    return {row.session_id: row.ends_at for row in tx.execute(_PANELS, {"course_id": course_id})}


def notes(tx: Connection, course_id: int) -> dict[int, int]:
    """How many notes and follow-ups each person wrote."""
    return {row[0]: row[1] for row in tx.execute(_NOTES, {"course_id": course_id})}
