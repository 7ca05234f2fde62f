"""Every row of a course as plain values, and back: what the export and import of a whole course are made of.

Rows come table by table, those referred to first, each table in the order of its primary key, with the ids they have.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Column, Connection, Date, LargeBinary, Table, delete, func, insert, select, text, update

from bot.core.ballots import KEY_BYTES
from bot.core.errors import CourseError
from bot.store import triggers
from bot.store.erasing import of_course
from bot.store.tables import (
    attendance,
    ballot,
    course,
    course_secret,
    fact,
    feed,
    link_code,
    metadata,
    milestone,
    panel,
    policy,
    proposal,
    vote,
    vote_key,
    vote_voter,
)
from bot.store.types import UtcDateTime

Row = dict[str, Any]
"""Values as JSON has them: instants as text in UTC, bytes in base 64."""

NEVER = frozenset({ballot, vote_key, proposal, fact})
"""An open vote's key beside its ballots would say who voted for what; previews and facts are the running bot's own."""

KEYS_ONLY = frozenset({link_code, course_secret, feed})
"""Rows that are secrets. They are apart from the rest, for who restores the course and not for who reads it."""

SECRETS: dict[Column[Any], Callable[[], object]] = {
    panel.c.projector: lambda: secrets.token_urlsafe(16),
    attendance.c.key: lambda: secrets.token_bytes(32),
}
"""Secret cells in rows that are none, with what makes new ones where they were left out."""

_SEEDED = frozenset({course, policy, milestone, fact})
"""What a start writes by itself: a database with nothing else in it is empty."""


def tables() -> list[Table]:
    """The tables of an export without keys."""
    return [table for table in metadata.sorted_tables if table not in NEVER | KEYS_ONLY]


def rows(tx: Connection, course_id: int, table: Table) -> list[Row]:
    """The rows of one of `tables`, without their secret cells.

    Who has voted in a vote that is still open is left out as well: without the ballots they vote again.
    """
    hidden = [column.name for column in SECRETS if column.table is table]
    found = [{name: row[name] for name in row if name not in hidden} for row in _plain(tx, course_id, table)]
    if table is vote_voter:
        still = set(tx.execute(select(vote.c.id).where(vote.c.state == "open")).scalars())
        found = [row | {"voted": row["voted"] and row["vote_id"] not in still} for row in found]
    return found


def keys(tx: Connection, course_id: int) -> dict[str, list[Row]]:
    """The secret rows by table, and for secret cells the row's primary key with the cell."""
    found = {table.name: _plain(tx, course_id, table) for table in metadata.sorted_tables if table in KEYS_ONLY}
    for column in SECRETS:
        names = [*column.table.primary_key.columns.keys(), column.name]
        found[column.table.name] = [{name: row[name] for name in names} for row in _plain(tx, course_id, column.table)]
    return found


def open_votes(tx: Connection, course_id: int) -> int:
    """How many votes are open: their ballots are in no export."""
    still = select(func.count()).select_from(vote).where(vote.c.course_id == course_id, vote.c.state == "open")
    return tx.execute(still).scalar_one()


def _plain(tx: Connection, course_id: int, table: Table) -> list[Row]:
    statement = select(table).where(of_course(table, course_id)).order_by(*table.primary_key.columns)
    return [{name: _encode(value) for name, value in row._mapping.items()} for row in tx.execute(statement)]


def _encode(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def _decode(column: Column[Any], value: Any) -> object:
    if value is None:
        return None
    if isinstance(column.type, UtcDateTime):
        return datetime.fromisoformat(value)
    if isinstance(column.type, Date):
        return date.fromisoformat(value)
    return base64.b64decode(value, validate=True) if isinstance(column.type, LargeBinary) else value


def others(tx: Connection, key: str) -> list[str]:
    """The keys of the courses in the database besides this one."""
    return list(tx.execute(select(course.c.key).where(course.c.key != key).order_by(course.c.id)).scalars())


def is_empty(tx: Connection) -> bool:
    """Whether there is nothing in the database but what a start writes there."""
    used = (table for table in metadata.sorted_tables if table not in _SEEDED)
    return not any(tx.execute(select(func.count()).select_from(table)).scalar_one() for table in used)


def load(tx: Connection, exported: Mapping[str, Sequence[Row]], secret: Mapping[str, Sequence[Row]] | None) -> None:
    """Put an export in the place of whatever is in the database; without keys, secrets are made anew.

    Raises:
        CourseError: a row does not fit its table.
    """
    # The lock date holds for those who join now, not for what is on record.
    for statement in triggers.drop(tx.dialect.name):
        tx.execute(text(statement))
    _clear(tx)
    given = secret or {}
    for table in metadata.sorted_tables:
        if table in NEVER:
            continue
        source = given if table in KEYS_ONLY else exported
        _insert(tx, table, _with_secrets(table, source.get(table.name, []), given.get(table.name, [])))
    for (vote_id,) in tx.execute(select(vote.c.id).where(vote.c.state == "open")).all():
        tx.execute(insert(vote_key).values(vote_id=vote_id, key=secrets.token_bytes(KEY_BYTES)))
    _set_counters(tx)
    for statement in triggers.create(tx.dialect.name):
        tx.execute(text(statement))


def _clear(tx: Connection) -> None:
    for table in reversed(metadata.sorted_tables):
        for column in _to_itself(table):
            tx.execute(update(table).values({column.name: None}))
        tx.execute(delete(table))


def _with_secrets(table: Table, found: Sequence[Row], cells: Sequence[Row]) -> list[Row]:
    columns = [column for column in SECRETS if column.table is table]
    if not columns:
        return list(found)
    ids = table.primary_key.columns.keys()
    known = {tuple(cell[name] for name in ids): cell for cell in cells}
    return [
        {column.name: _encode(SECRETS[column]()) for column in columns}
        | row
        | known.get(tuple(row[name] for name in ids), {})
        for row in found
    ]


def _insert(tx: Connection, table: Table, found: Sequence[Row]) -> None:
    loops = _to_itself(table)
    decoded = []
    for row in found:
        if set(row) != set(table.c.keys()):
            odd = ", ".join(sorted(set(row) ^ set(table.c.keys())))
            raise CourseError(f"the rows of {table.name} do not fit this version's table ({odd})")
        try:
            decoded.append({name: _decode(table.c[name], value) for name, value in row.items()})
        except (ValueError, TypeError) as error:
            raise CourseError(f"a row of {table.name} has a value that cannot be read: {error}") from None
    if decoded:
        tx.execute(insert(table), [row | {column.name: None for column in loops} for row in decoded])
    for column in loops:
        for row in decoded:
            if row[column.name] is not None:
                tx.execute(update(table).where(table.c.id == row["id"]).values({column.name: row[column.name]}))


def _to_itself(table: Table) -> list[Column[Any]]:
    return [column for column in table.c if any(key.column.table is table for key in column.foreign_keys)]


def _set_counters(tx: Connection) -> None:
    """Ids of new rows go on after the highest; SQLite does that by itself."""
    if tx.dialect.name == "sqlite":
        return
    for table in metadata.sorted_tables:
        if table.autoincrement_column is not None:
            name = table.autoincrement_column.name
            counter = tx.execute(text(f"SELECT pg_get_serial_sequence('{table.name}', '{name}')")).scalar()
            if counter:
                highest = select(func.coalesce(func.max(table.c[name]), 0) + 1).scalar_subquery()
                tx.execute(select(func.setval(counter, highest, False)))
