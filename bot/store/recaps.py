"""Queries on recaps: what they are made from, who wants no part in them, those made, and the tokens they took."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, ColumnElement, Connection, and_, delete, exists, func, insert, or_, select, update

from bot.core.course import Role
from bot.core.recap import Message
from bot.store.tables import (
    account,
    check_in,
    duty,
    panel_note,
    person,
    question,
    reading,
    recap,
    recap_opt_out,
    recap_source,
    recap_spending,
)
from bot.store.upsert import insert_for


@dataclass(frozen=True, slots=True)
class SaidRow:
    """A note on a panel, or a message that was added. `question_id` is the head of what it is about."""

    kind: str
    text: str
    by: str
    at: datetime
    question_id: int | None = None
    link: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class HeardRow:
    """A question that was asked in class."""

    id: int
    text: str
    paper: str
    by: str


@dataclass(frozen=True, slots=True)
class StoredRecap:
    """A recap as it was made."""

    session_id: int
    body: str
    at: datetime


_HEARD = ("asked", "answered")


def heard(tx: Connection, session_id: int) -> list[HeardRow]:
    """The questions that were asked in class, in the order of their turn, but for those of people who opted out."""
    statement = (
        select(question.c.id, question.c.text, reading.c.title, person.c.name)
        .join(reading, reading.c.id == question.c.reading_id)
        .join(person, person.c.id == question.c.person_id)
        .where(
            question.c.session_id == session_id,
            question.c.state.in_(_HEARD),
            question.c.under_id.is_(None),
            question.c.withdrawn_at.is_(None),
            ~_out(question.c.person_id),
        )
        .order_by(question.c.state_at, question.c.id)
    )
    return [HeardRow(*row) for row in tx.execute(statement)]


def notes(tx: Connection, session_id: int) -> list[SaidRow]:
    """What was noted on the panel, in order, but for the notes of people who opted out."""
    head = func.coalesce(question.c.under_id, question.c.id)
    statement = (
        select(panel_note.c.kind, panel_note.c.text, person.c.name, panel_note.c.at, head)
        .join(person, person.c.id == panel_note.c.person_id)
        .outerjoin(question, question.c.id == panel_note.c.question_id)
        .where(panel_note.c.session_id == session_id, ~_out(panel_note.c.person_id))
        .order_by(panel_note.c.at, panel_note.c.id)
    )
    return [SaidRow(*row) for row in tx.execute(statement)]


def added(tx: Connection, session_id: int) -> list[SaidRow]:
    """The messages that were added, in the order they were said, but for those of people who opted out."""
    statement = (
        select(recap_source.c.text, person.c.name, recap_source.c.said_at, recap_source.c.link, recap_source.c.message)
        .outerjoin(person, person.c.id == recap_source.c.person_id)
        .where(recap_source.c.session_id == session_id, ~_out(recap_source.c.person_id))
        .order_by(recap_source.c.said_at, recap_source.c.id)
    )
    return [
        SaidRow("message", row.text, row.name or "", row.said_at, None, row.link, row.message)
        for row in tx.execute(statement)
    ]


def add(
    tx: Connection, course_id: int, session_id: int, message: Message, author_id: int | None, by_id: int, now: datetime
) -> bool:
    """Keep a message for a session's recap; False if it is kept already."""
    values = {
        "course_id": course_id,
        "session_id": session_id,
        "person_id": author_id,
        "message": message.id,
        "link": message.link,
        "text": message.text,
        "said_at": message.at,
        "added_by_id": by_id,
        "added_at": now,
    }
    statement = insert_for(tx, recap_source).values(**values)
    statement = statement.on_conflict_do_nothing(index_elements=["course_id", "message"])
    return bool(tx.execute(statement).rowcount)


def remove(tx: Connection, course_id: int, message: str, person_id: int | None) -> bool:
    """Forget a message that was added; with `person_id` only one that they wrote or added. False if there is none."""
    where = and_(recap_source.c.course_id == course_id, recap_source.c.message == message)
    if person_id is not None:
        where = and_(where, or_(recap_source.c.person_id == person_id, recap_source.c.added_by_id == person_id))
    return bool(tx.execute(delete(recap_source).where(where)).rowcount)


def opted_out(tx: Connection, course_id: int, platform: str) -> frozenset[str]:
    """The platform's ids of those who want no part in recaps."""
    statement = (
        select(account.c.user_id)
        .join(recap_opt_out, recap_opt_out.c.person_id == account.c.person_id)
        .where(account.c.course_id == course_id, account.c.platform == platform)
    )
    return frozenset(tx.execute(statement).scalars())


def is_out(tx: Connection, person_id: int) -> bool:
    return tx.execute(select(recap_opt_out.c.at).where(recap_opt_out.c.person_id == person_id)).first() is not None


def opt_out(tx: Connection, course_id: int, person_id: int, now: datetime) -> None:
    """Take someone's words out of recaps. The messages of theirs that were added are deleted."""
    values = {"person_id": person_id, "course_id": course_id, "at": now}
    tx.execute(insert_for(tx, recap_opt_out).values(**values).on_conflict_do_nothing(index_elements=["person_id"]))
    tx.execute(delete(recap_source).where(recap_source.c.person_id == person_id))


def opt_in(tx: Connection, person_id: int) -> None:
    tx.execute(delete(recap_opt_out).where(recap_opt_out.c.person_id == person_id))


def names(tx: Connection, course_id: int) -> list[str]:
    """Every name and login of the course, to be hidden."""
    rows = tx.execute(select(person.c.name, person.c.roster_key).where(person.c.course_id == course_id))
    return [text for row in rows for text in (row.name, row.roster_key.removeprefix("page:"))]


def performs(tx: Connection, session_id: int, person_id: int, role: Role) -> bool:
    """Whether someone has this duty in the session."""
    where = and_(duty.c.session_id == session_id, duty.c.person_id == person_id, duty.c.role == role)
    return tx.execute(select(duty.c.id).where(where, duty.c.ended_at.is_(None))).first() is not None


def was_there(tx: Connection, session_id: int, person_id: int) -> bool:
    """Whether someone checked in."""
    where = and_(check_in.c.session_id == session_id, check_in.c.person_id == person_id)
    return tx.execute(select(check_in.c.at).where(where)).first() is not None


def get(tx: Connection, session_id: int, digest: str) -> StoredRecap | None:
    """The recap made from exactly this."""
    statement = select(recap.c.session_id, recap.c.body, recap.c.at)
    row = tx.execute(statement.where(recap.c.session_id == session_id, recap.c.digest == digest)).first()
    return StoredRecap(*row) if row else None


def latest(tx: Connection, course_id: int) -> dict[int, StoredRecap]:
    """The newest recap of each session that has one."""
    statement = select(recap.c.session_id, recap.c.body, recap.c.at).where(recap.c.course_id == course_id)
    return {row.session_id: StoredRecap(*row) for row in tx.execute(statement.order_by(recap.c.at, recap.c.id))}


def first_made(tx: Connection, course_id: int) -> dict[int, datetime]:
    """When each session had its first recap."""
    statement = select(recap.c.session_id, func.min(recap.c.at)).where(recap.c.course_id == course_id)
    return {row[0]: row[1] for row in tx.execute(statement.group_by(recap.c.session_id))}


def put(
    tx: Connection, course_id: int, session_id: int, digest: str, body: str, *, by_model: bool, now: datetime
) -> None:
    """Keep a recap, in place of one made from the same."""
    values = {"course_id": course_id, "session_id": session_id, "digest": digest}
    statement = insert_for(tx, recap).values(**values, by_model=by_model, body=body, at=now)
    fresh = {"by_model": by_model, "body": body, "at": now}
    tx.execute(statement.on_conflict_do_update(index_elements=["session_id", "digest"], set_=fresh))


def spent(tx: Connection, course_id: int, since: datetime | None = None) -> int:
    """Tokens used or set aside, since a moment or ever."""
    statement = select(func.sum(func.coalesce(recap_spending.c.used, recap_spending.c.reserved)))
    statement = statement.where(recap_spending.c.course_id == course_id)
    if since is not None:
        statement = statement.where(recap_spending.c.at >= since)
    return int(tx.execute(statement).scalar() or 0)


def reserve(tx: Connection, course_id: int, session_id: int, tokens: int, now: datetime) -> int:
    """Set tokens aside. Hold the course first."""
    values = {"course_id": course_id, "session_id": session_id, "at": now, "reserved": tokens}
    return int(tx.execute(insert(recap_spending).values(**values).returning(recap_spending.c.id)).scalar_one())


def settle(tx: Connection, reservation: int, used: int) -> None:
    tx.execute(update(recap_spending).where(recap_spending.c.id == reservation).values(used=used))


def _out(column: Column[int]) -> ColumnElement[bool]:
    return exists().where(recap_opt_out.c.person_id == column)
