"""Queries on the milestones of the project. A row is ended, never deleted; a change keeps its id."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update

from bot.core.deadlines import slug
from bot.store.tables import milestone


@dataclass(frozen=True, slots=True)
class MilestoneRow:
    """A milestone; `source` is "config", "page" or "staff": who named it last."""

    id: int
    key: str
    name: str
    due_at: datetime
    source: str


@dataclass(frozen=True, slots=True)
class Change:
    """What bringing milestones in line does to one: `before` is None for a new one, `after` for one that goes."""

    key: str
    before: MilestoneRow | None
    after: tuple[str, datetime] | None


_COLUMNS = tuple(milestone.c[name] for name in MilestoneRow.__dataclass_fields__)
_OPEN = (
    select(*_COLUMNS)
    .where(milestone.c.course_id == bindparam("course_id"), milestone.c.removed_at.is_(None))
    .order_by(milestone.c.due_at, milestone.c.id)
)


def every(tx: Connection, course_id: int) -> list[MilestoneRow]:
    """The milestones in order of time."""
    return [MilestoneRow(*row) for row in tx.execute(_OPEN, {"course_id": course_id})]


def compare(
    tx: Connection, course_id: int, source: str, wanted: Collection[tuple[str, datetime]]
) -> tuple[Change, ...]:
    """What `line_up` would change."""
    there = {row.key: row for row in every(tx, course_id)}
    given_up = set(
        tx.execute(
            select(milestone.c.key).where(
                milestone.c.course_id == course_id,
                milestone.c.source == "staff",
                milestone.c.removed_at.is_not(None),
                milestone.c.key.not_in(there),
            )
        ).scalars()
    )
    # A file goes before a page, and staff's command before both.
    above = {"config": ("staff",), "page": ("staff", "config")}[source]
    found, seen = [], set()
    for name, due_at in wanted:
        key = slug(name)
        row = there.get(key)
        if key in seen or key in given_up or (row and row.source in above):
            continue
        seen.add(key)
        if row is None or (row.name, row.due_at, row.source) != (name, due_at, source):
            found.append(Change(key, row, (name, due_at)))
    return (
        *found,
        *(Change(key, row, None) for key, row in there.items() if row.source == source and key not in seen),
    )


def line_up(
    tx: Connection, course_id: int, source: str, wanted: Collection[tuple[str, datetime]], now: datetime
) -> tuple[Change, ...]:
    """Make the milestones of a source ("config" or "page") those `wanted` (name and moment); returns what changed.

    What staff set or removed by command stays as it is, and what config.toml names goes before a page.
    """
    changes = compare(tx, course_id, source, wanted)
    for one in changes:
        if one.after is None:
            assert one.before is not None
            remove(tx, one.before.id, source, now)
        else:
            put(tx, course_id, *one.after, source)
    return changes


def put(tx: Connection, course_id: int, name: str, due_at: datetime, source: str) -> int:
    """Name a milestone, or give the one with this key another name and moment; returns its id."""
    values = {"name": name, "due_at": due_at, "source": source}
    here = (milestone.c.course_id == course_id, milestone.c.key == slug(name), milestone.c.removed_at.is_(None))
    changes = update(milestone).where(*here).values(**values, changes=milestone.c.changes + 1)
    changed = tx.execute(changes.returning(milestone.c.id)).scalar()
    if changed is not None:
        return int(changed)
    added = insert(milestone).values(course_id=course_id, key=slug(name), **values).returning(milestone.c.id)
    return int(tx.execute(added).scalar_one())


def remove(tx: Connection, milestone_id: int, source: str, now: datetime) -> None:
    """End a milestone, as the word of `source`."""
    tx.execute(update(milestone).where(milestone.c.id == milestone_id).values(removed_at=now, source=source))
