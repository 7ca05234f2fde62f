"""Everything held on one person, as readable rows: what `/my-data export` hands out."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from sqlalchemy import Column, Connection, Table, and_, or_, select

from bot.core.pseudonyms import Identity
from bot.store.courses import CourseRow
from bot.store.erasing import belongs, of_course
from bot.store.merge import person_columns
from bot.store.personal import RULES, Rule, hand_ins_of
from bot.store.tables import hand_in, milestone, reading, session, study_group

ME, OTHER = "you", "somebody else"

_PERSON_COLUMNS = {column for _, column in person_columns()}


def held_on(tx: Connection, course: CourseRow, one: Identity) -> dict[str, list[dict[str, Any]]]:
    """By title, every row that is theirs: column by column, times in the course's zone, sessions and groups by name.

    Other people are not named in it.
    """
    names = _names(tx, course.id)
    found: dict[str, list[dict[str, Any]]] = {}
    for rule in RULES:
        where = belongs(rule, one)
        if rule.also == "group":
            where = hand_ins_of(one.person_id)
        elif rule.also == "hand_in":
            mine = select(hand_in.c.id).where(hand_ins_of(one.person_id))
            where = or_(*(each for each in (where, rule.table.c.hand_in_id.in_(mine)) if each is not None))
        if not rule.title or where is None:
            continue
        rows = tx.execute(
            select(rule.table)
            .where(and_(of_course(rule.table, course.id), where))
            .order_by(*rule.table.primary_key.columns)
        )
        shown = [_shown(rule, dict(row._mapping), one, course, names) for row in rows]
        if shown:
            found[rule.title] = shown
    return found


def _shown(
    rule: Rule, row: dict[str, Any], one: Identity, course: CourseRow, names: dict[str, dict[int, str]]
) -> dict[str, Any]:
    keys = {f"{platform}:{user_id}" for platform, user_id in one.accounts}
    shown: dict[str, Any] = {}
    for name, value in row.items():
        column = rule.table.c[name]
        if name in ("course_id", *rule.hidden.split()):
            continue
        if column in _PERSON_COLUMNS and value is not None:
            value = ME if value == one.person_id else OTHER
        elif name in rule.keys.split() and rule.table.name != "person" and value is not None:
            value = ME if value in keys else OTHER
        called = names.get(_refers_to(column), {}).get(value)
        if called is not None:
            shown[name.removesuffix("_id")] = called
        shown[name] = _readable(value, course)
    return shown


def _refers_to(column: Column[Any]) -> str:
    """The table that a column leads to in the end, by way of others too; "" for none."""
    for key in column.foreign_keys:
        return _refers_to(key.column) or key.column.table.name
    return ""


def _readable(value: object, course: CourseRow) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(course.zone).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def _names(tx: Connection, course_id: int) -> dict[str, dict[int, str]]:
    """What to call the things that rows refer to, by table and id."""
    of: dict[Table, Callable[[Any], str]] = {
        session: lambda row: f"{row.date.isoformat()} {row.title or row.topic or row.kind}",
        reading: lambda row: str(row.title),
        study_group: lambda row: str(row.name),
        milestone: lambda row: str(row.name),
    }
    return {
        table.name: {row.id: call(row) for row in tx.execute(select(table).where(table.c.course_id == course_id))}
        for table, call in of.items()
    }
