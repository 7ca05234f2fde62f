"""Queries on the roster: its entries, whom a course page names, and the one-time codes of who is not linked yet."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, func, insert, select, update

from bot.core.people import Actor
from bot.core.roster import ALPHABET, CODE_LENGTH, WRONG_CODES_SPAN, Code, Entry, Human, Stored, read_code
from bot.store.tables import account, duty, link_attempt, link_code, membership, person, study_group

_ENTRY = (person.c.roster_key, person.c.name, person.c.email, person.c.section)
_LINKED = exists().where(account.c.person_id == person.c.id)
_AWAITED = and_(person.c.origin == "roster", person.c.dropped_at.is_(None), ~_LINKED)


def stored(tx: Connection, course_id: int) -> list[Stored]:
    """The roster by name, those who were dropped included."""
    statement = select(person.c.id, *_ENTRY, person.c.dropped_at).where(
        person.c.course_id == course_id, person.c.origin == "roster"
    )
    return [
        Stored(row[0], Entry(*row[1:5]), row.dropped_at is not None)
        for row in tx.execute(statement.order_by(person.c.name, person.c.id))
    ]


def on_pages(tx: Connection, course_id: int) -> dict[int, str]:
    """Names of the students whom a course page named and no roster does."""
    statement = select(person.c.id, person.c.name).where(
        person.c.course_id == course_id, person.c.origin == "page", person.c.kind == "student"
    )
    return {row.id: row.name for row in tx.execute(statement)}


def ids(tx: Connection, course_id: int) -> dict[str, int]:
    """Who is on the roster, by key."""
    statement = select(person.c.roster_key, person.c.id).where(
        person.c.course_id == course_id, person.c.origin == "roster"
    )
    return {row.roster_key: row.id for row in tx.execute(statement)}


def add(tx: Connection, course_id: int, entries: Sequence[Entry], now: datetime) -> None:
    """Enter people whom nobody knew before."""
    if entries:
        same = {"course_id": course_id, "kind": "student", "origin": "roster", "created_at": now}
        tx.execute(insert(person), [{**same, **_values(entry)} for entry in entries])


def change(tx: Connection, person_id: int, entry: Entry) -> None:
    """Bring an entry up to date; whoever was dropped is in the course again."""
    tx.execute(update(person).where(person.c.id == person_id).values(**_values(entry), dropped_at=None))


def _values(entry: Entry) -> dict[str, str | None]:
    return {"roster_key": entry.key, "name": entry.name, "email": entry.email, "section": entry.section}


def codes(tx: Connection, course_id: int, now: datetime) -> list[Code]:
    """Everyone on the roster who is not linked yet, by name, each with a code; who had none gets one."""
    here = (person.c.course_id == course_id, _AWAITED)
    without = select(person.c.id).where(*here, ~exists().where(link_code.c.person_id == person.c.id))
    _make(tx, course_id, tx.execute(without).scalars(), now)
    statement = select(*_ENTRY, link_code.c.code).join(link_code, link_code.c.person_id == person.c.id)
    rows = tx.execute(statement.where(*here).order_by(person.c.name, person.c.id))
    return [Code(Entry(*row[:4]), row.code) for row in rows]


def _make(tx: Connection, course_id: int, people: Iterable[int], now: datetime) -> None:
    made = [
        {
            "person_id": person_id,
            "course_id": course_id,
            "code": "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH)),
            "made_at": now,
        }
        for person_id in people
    ]
    if made:
        tx.execute(insert(link_code), made)


def by_code(tx: Connection, course_id: int, typed: str) -> int | None:
    """Whose code was typed."""
    statement = select(link_code.c.person_id).where(
        link_code.c.course_id == course_id, link_code.c.code == read_code(typed)
    )
    return tx.execute(statement).scalar()


def drop_code(tx: Connection, person_id: int) -> None:
    """The code has been used, or is not needed any more."""
    tx.execute(delete(link_code).where(link_code.c.person_id == person_id))


def wrong_codes(tx: Connection, course_id: int, actor: Actor, now: datetime) -> list[datetime]:
    """When the account tried wrong codes lately, oldest first."""
    statement = select(link_attempt.c.at).where(_tries(course_id, actor), link_attempt.c.at > now - WRONG_CODES_SPAN)
    return list(tx.execute(statement.order_by(link_attempt.c.at)).scalars())


def count_wrong_code(tx: Connection, course_id: int, actor: Actor, now: datetime) -> None:
    """One more; those that no longer count are forgotten."""
    tx.execute(delete(link_attempt).where(_tries(course_id, actor), link_attempt.c.at <= now - WRONG_CODES_SPAN))
    values = {"course_id": course_id, "platform": actor.platform, "user_id": actor.user_id, "at": now}
    tx.execute(insert(link_attempt).values(**values))


def forget_wrong_codes(tx: Connection, course_id: int, actor: Actor) -> None:
    """The right one was found."""
    tx.execute(delete(link_attempt).where(_tries(course_id, actor)))


def _tries(course_id: int, actor: Actor) -> ColumnElement[bool]:
    return and_(
        link_attempt.c.course_id == course_id,
        link_attempt.c.platform == actor.platform,
        link_attempt.c.user_id == actor.user_id,
    )


def link(tx: Connection, course_id: int, person_id: int, platform: str, user_id: str, now: datetime) -> None:
    """Tie an account that is tied to nobody to a person who has none."""
    values = {"course_id": course_id, "person_id": person_id, "platform": platform, "user_id": user_id}
    tx.execute(insert(account).values(**values, created_at=now))


def unlink(tx: Connection, course_id: int, platform: str, user_id: str) -> None:
    """Untie an account from whoever has it."""
    tx.execute(
        delete(account).where(
            account.c.course_id == course_id, account.c.platform == platform, account.c.user_id == user_id
        )
    )


def everyone(tx: Connection, course_id: int, platform: str) -> list[Human]:
    """Everyone who was ever in the course, by name, with their account on `platform`."""
    statement = (
        select(
            person.c.id,
            *_ENTRY,
            person.c.origin,
            person.c.dropped_at,
            account.c.user_id,
            study_group.c.name.label("group_name"),
        )
        .outerjoin(account, and_(account.c.person_id == person.c.id, account.c.platform == platform))
        .outerjoin(membership, and_(membership.c.person_id == person.c.id, membership.c.left_at.is_(None)))
        .outerjoin(study_group, study_group.c.id == membership.c.group_id)
        .where(person.c.course_id == course_id)
        .order_by(person.c.name, person.c.id)
    )
    return [
        Human(row[0], Entry(*row[1:5]), row.origin, row.dropped_at is not None, row.user_id, row.group_name)
        for row in tx.execute(statement)
    ]


def duties(tx: Connection, person_id: int) -> int:
    """How many duties someone holds, past ones included."""
    statement = select(func.count()).where(duty.c.person_id == person_id, duty.c.ended_at.is_(None))
    return tx.execute(statement).scalar_one()
