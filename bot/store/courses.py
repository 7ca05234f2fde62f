"""Queries on the course itself: which one belongs to a place, what it was seeded with, what staff set."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, Table, bindparam, delete, insert, select, update

from bot.core.deadlines import Policy
from bot.core.errors import NotSetUp
from bot.core.policy import INVITES_AFTER_LOCK, JOINING, ROSTER_REQUIRED, Policies
from bot.store.tables import course, fact, person, policy
from bot.store.upsert import insert_for


@dataclass(frozen=True, slots=True)
class CourseRow:
    """The course as stored. Channels and the role are the platform's ids as text."""

    id: int
    key: str
    code: str
    title: str
    term: str
    zone: ZoneInfo
    place: str | None
    announce_channel: str | None
    staff_channel: str | None
    staff_role: str | None
    group_size: int
    group_min_size: int
    group_lock_at: datetime | None
    # Until when an invitation from before the lock can be accepted; who joins asks first; only the roster takes part.
    invites_until: datetime | None
    join_by_request: bool
    linked_only: bool

    @property
    def platform(self) -> str:
        """Where the course lives, "" when nowhere yet."""
        return (self.place or "").partition(":")[0]


COURSE_COLUMNS = [course.c[name] for name in CourseRow.__dataclass_fields__]
_ZONE = list(CourseRow.__dataclass_fields__).index("zone")
_BY_PLACE = select(*COURSE_COLUMNS).where(course.c.place == bindparam("place"))
_BY_KEY = select(*COURSE_COLUMNS).where(course.c.key == bindparam("key"))
_BY_ID = select(*COURSE_COLUMNS).where(course.c.id == bindparam("id"))
_ALL = select(*COURSE_COLUMNS).order_by(course.c.id)


def course_row(row: Row[*tuple[Any, ...]]) -> CourseRow:
    """The course from a row that begins with `COURSE_COLUMNS`."""
    values = list(row[: len(COURSE_COLUMNS)])
    values[_ZONE] = ZoneInfo(values[_ZONE])
    return CourseRow(*values)


def at_place(tx: Connection, place: str) -> CourseRow:
    """The course of a server.

    Raises:
        NotSetUp: none is tied to it.
    """
    row = tx.execute(_BY_PLACE, {"place": place}).first()
    if row is None:
        raise NotSetUp
    return course_row(row)


def hold(tx: Connection, **which: object) -> None:
    """Let no other transaction that holds the course (`place=…` or `id=…`) run until this one ends.

    SQLite's writers wait for each other anyway. On PostgreSQL a statement sees what was committed before *it* began:
    without this, a second tap could read "in no group" before the first one commits and "the group is full" after.
    """
    if tx.dialect.name != "sqlite":
        tx.execute(select(course.c.id).filter_by(**which).with_for_update())


def by_key(tx: Connection, key: str) -> CourseRow | None:
    row = tx.execute(_BY_KEY, {"key": key}).first()
    return course_row(row) if row else None


def by_id(tx: Connection, course_id: int) -> CourseRow:
    """The course that a row of another table belongs to."""
    return course_row(tx.execute(_BY_ID, {"id": course_id}).one())


def every(tx: Connection) -> list[CourseRow]:
    return [course_row(row) for row in tx.execute(_ALL)]


def create(tx: Connection, key: str, now: datetime, **values: object) -> None:
    tx.execute(insert(course).values(key=key, created_at=now, **values))


def change(tx: Connection, course_id: int, **values: object) -> None:
    tx.execute(update(course).where(course.c.id == course_id).values(**values))


def release(tx: Connection, place: str) -> None:
    """Untie whichever course `place` holds."""
    tx.execute(update(course).where(course.c.place == place).values(place=None))


def policies(tx: Connection, course_id: int) -> dict[str, tuple[str, str]]:
    """Value and source ("config" or "staff": who set it last) of each policy."""
    rows = tx.execute(select(policy.c.key, policy.c.value, policy.c.source).where(policy.c.course_id == course_id))
    return {row.key: (row.value, row.source) for row in rows}


def set_policy(tx: Connection, course_id: int, key: str, value: str, source: str, now: datetime) -> None:
    values = {"value": value, "source": source, "changed_at": now}
    _upsert(tx, policy, {"course_id": course_id, "key": key}, values)


def drop_policy(tx: Connection, course_id: int, key: str) -> None:
    """Let the default hold again."""
    tx.execute(delete(policy).where(policy.c.course_id == course_id, policy.c.key == key))


def in_force(tx: Connection, course_id: int) -> Policies:
    """The typed policies."""
    return Policies({key: value for key, (value, _) in policies(tx, course_id).items()})


def deadline_policy(tx: Connection, course: CourseRow) -> Policy:
    """What the course's deadlines are computed by."""
    return in_force(tx, course.id).deadlines(course.zone)


def settle(tx: Connection, course_id: int) -> None:
    """Work out anew what the course's row keeps of policies: call it when a policy, the lock or the roster changes."""
    now, row = in_force(tx, course_id), by_id(tx, course_id)
    required = now[ROSTER_REQUIRED]
    if required == "auto":
        named = select(person.c.id).where(person.c.course_id == course_id, person.c.origin == "roster").limit(1)
        required = "yes" if tx.execute(named).first() else "no"
    lock_at = row.group_lock_at
    change(
        tx,
        course_id,
        invites_until=lock_at + now[INVITES_AFTER_LOCK] if lock_at else None,
        join_by_request=now[JOINING] == "request",
        linked_only=required == "yes",
    )


def get_fact(tx: Connection, key: str) -> str | None:
    return tx.execute(select(fact.c.value).where(fact.c.key == key)).scalar()


def fact_since(tx: Connection, key: str) -> tuple[str, datetime] | None:
    """A fact, and when it was last put down."""
    row = tx.execute(select(fact.c.value, fact.c.at).where(fact.c.key == key)).first()
    return (row.value, row.at) if row else None


def set_fact(tx: Connection, key: str, value: str, now: datetime) -> None:
    _upsert(tx, fact, {"key": key}, {"value": value, "at": now})


def _upsert(tx: Connection, table: Table, keys: dict[str, object], values: dict[str, object]) -> None:
    statement = insert_for(tx, table).values(**keys, **values)
    tx.execute(statement.on_conflict_do_update(index_elements=list(keys), set_=values))
