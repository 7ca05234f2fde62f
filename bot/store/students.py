"""Queries on the students of the course: for staff who pick one, and for placing those in no group."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, exists, or_, select

from bot.core.groups import Member
from bot.store.courses import CourseRow
from bot.store.tables import account, membership, person, study_group


@dataclass(frozen=True, slots=True)
class Student:
    """Someone in the course; `login` is None for who is on no roster, the group None for who is in none."""

    id: int
    name: str
    login: str | None
    dropped_at: datetime | None
    membership_id: int | None
    group_id: int | None
    group_name: str | None


_EVERY = (
    select(
        person.c.id,
        person.c.name,
        person.c.roster_key,
        person.c.origin,
        person.c.dropped_at,
        membership.c.id.label("membership_id"),
        membership.c.group_id,
        study_group.c.name.label("group_name"),
    )
    .outerjoin(membership, and_(membership.c.person_id == person.c.id, membership.c.left_at.is_(None)))
    .outerjoin(study_group, study_group.c.id == membership.c.group_id)
    .where(person.c.course_id == bindparam("course_id"), person.c.kind == "student")
    .order_by(person.c.name, person.c.id)
)
_ONE = _EVERY.where(person.c.id == bindparam("person_id"))
_HAS_ACCOUNT = exists().where(account.c.person_id == person.c.id)
_LEFT_OVER = (
    select(person.c.id)
    .where(
        person.c.course_id == bindparam("course_id"),
        person.c.kind == "student",
        person.c.dropped_at.is_(None),
        ~exists().where(membership.c.person_id == person.c.id, membership.c.left_at.is_(None)),
    )
    .order_by(person.c.id)
)
_MEMBER = (
    select(person.c.id, person.c.name, account.c.user_id)
    .outerjoin(account, and_(account.c.person_id == person.c.id, account.c.platform == bindparam("platform")))
    .where(person.c.id.in_(bindparam("ids", expanding=True)))
)


def every(tx: Connection, course_id: int) -> list[Student]:
    """All students by name, those who were dropped too."""
    return [_student(row) for row in tx.execute(_EVERY, {"course_id": course_id})]


def one(tx: Connection, course_id: int, person_id: int) -> Student | None:
    """The student with this id, dropped or not."""
    row = tx.execute(_ONE, {"course_id": course_id, "person_id": person_id}).first()
    return _student(row) if row else None


def left_over(tx: Connection, course: CourseRow) -> list[int]:
    """Ids of the students in no group.

    With a roster those on it, linked or not. Without one whoever has an account: who is only named by the course page
    may be the same human as somebody who was met.
    """
    who = person.c.origin == "roster"
    statement = _LEFT_OVER.where(who if course.linked_only else or_(who, _HAS_ACCOUNT))
    return list(tx.execute(statement, {"course_id": course.id}).scalars())


def members(tx: Connection, ids: list[int], platform: str) -> dict[int, Member]:
    """These people as others see them, by id."""
    rows = tx.execute(_MEMBER, {"ids": ids, "platform": platform})
    return {row.id: Member(row.name, row.user_id) for row in rows}


def member(tx: Connection, person_id: int, platform: str) -> Member:
    """One person as others see them."""
    return members(tx, [person_id], platform)[person_id]


def _student(row: Row[*tuple[Any, ...]]) -> Student:
    login = row.roster_key if row.origin == "roster" else None
    kept = ("dropped_at", "membership_id", "group_id", "group_name")
    return Student(row.id, row.name, login, *(getattr(row, name) for name in kept))
