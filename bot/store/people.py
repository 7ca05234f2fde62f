"""Queries on people and the accounts they are known by."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, insert, select, update

from bot.core.people import Actor
from bot.store.tables import account, membership, person

_KNOWN = (
    select(person.c.id, person.c.name, person.c.roster_key, person.c.kind)
    .join(account, account.c.person_id == person.c.id)
    .where(
        account.c.course_id == bindparam("course_id"),
        account.c.platform == bindparam("platform"),
        account.c.user_id == bindparam("user_id"),
    )
)
_NEW_PERSON = insert(person).returning(person.c.id)
_NEW_ACCOUNT = insert(account)
_WITHOUT_GROUP = (
    select(account.c.user_id)
    .join(person, person.c.id == account.c.person_id)
    .outerjoin(membership, and_(membership.c.person_id == person.c.id, membership.c.left_at.is_(None)))
    .where(
        person.c.course_id == bindparam("course_id"),
        person.c.kind == "student",
        person.c.dropped_at.is_(None),
        membership.c.id.is_(None),
        account.c.platform == bindparam("platform"),
    )
    .order_by(person.c.id)
)


def find(tx: Connection, course_id: int, actor: Actor) -> int | None:
    """The id of the person behind `actor`, if they are known."""
    row = tx.execute(_KNOWN, _account(course_id, actor)).first()
    return row.id if row else None


def ensure(tx: Connection, course_id: int, actor: Actor, now: datetime) -> int:
    """The id of the person behind `actor`, entered in the course if new.

    For someone no roster names, the name shown by the platform is kept current, and who has become staff is staff.
    """
    row = tx.execute(_KNOWN, _account(course_id, actor)).first()
    if row is None:
        return add(tx, course_id, actor.key, actor.name, "staff" if actor.staff else "student", now, actor)
    kind = "staff" if actor.staff else row.kind
    if row.roster_key == actor.key and (row.name, row.kind) != (actor.name, kind):
        tx.execute(update(person).where(person.c.id == row.id).values(name=actor.name, kind=kind))
    return int(row.id)


def add(
    tx: Connection,
    course_id: int,
    roster_key: str,
    name: str,
    kind: str,
    now: datetime,
    actor: Actor | None = None,
) -> int:
    """Enter a person ("student", "staff" or "guest"), with the account of `actor` if given; returns their id."""
    values = {"course_id": course_id, "roster_key": roster_key, "name": name, "kind": kind, "created_at": now}
    person_id: int = tx.execute(_NEW_PERSON, values).scalar_one()
    if actor is not None:
        tx.execute(_NEW_ACCOUNT, {**_account(course_id, actor), "person_id": person_id, "created_at": now})
    return person_id


def without_group(tx: Connection, course_id: int, platform: str) -> list[str]:
    """The platform's user ids of the students in the course who are in no group."""
    return list(tx.execute(_WITHOUT_GROUP, {"course_id": course_id, "platform": platform}).scalars())


def named(tx: Connection, course_id: int, names: set[str]) -> dict[str, int]:
    """Ids of the people who carry one of `names` and were not met on a chat platform only."""
    rows = tx.execute(
        select(person.c.name, person.c.id)
        .where(
            person.c.course_id == course_id,
            person.c.name.in_(names),
            person.c.roster_key.not_like("discord:%"),
        )
        .order_by(person.c.id.desc())
    )
    return {row.name: row.id for row in rows}


def _account(course_id: int, actor: Actor) -> dict[str, object]:
    return {"course_id": course_id, "platform": actor.platform, "user_id": actor.user_id}
