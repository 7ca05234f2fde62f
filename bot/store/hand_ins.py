"""Queries on what was handed in: who has done it, every version with its files, and the key that signs receipts."""

from __future__ import annotations

import json
import secrets
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, func, insert, or_, select, update

from bot.core.deadlines import Work
from bot.core.receipts import KEY_BYTES, Content, FileRef
from bot.store.tables import (
    course_secret,
    hand_in,
    hand_in_file,
)
from bot.store.upsert import insert_for

_RECEIPTS = "receipts"
"""The purpose of the key that signs receipts."""

_LISTED = 200
"""Receipts that are suggested, at most."""

_EVERY = select(
    hand_in.c.kind, hand_in.c.session_id, hand_in.c.milestone_id, hand_in.c.group_id, hand_in.c.person_id
).where(hand_in.c.course_id == bindparam("course_id"))


@dataclass(frozen=True, slots=True)
class HandedIn:
    """Work for a session or a milestone (`about` is its id) that `groups` and, on their own, `people` have done."""

    groups: frozenset[tuple[Work, int, int]]
    people: frozenset[tuple[Work, int, int]]

    def by(self, work: Work, about: int, person_id: int, group_id: int | None) -> bool:
        """Whether it is done for this person, by themselves or by their group."""
        return (work, about, person_id) in self.people or (
            group_id is not None and (work, about, group_id) in self.groups
        )


@dataclass(frozen=True, slots=True)
class Received:
    """When a version was received, of a group or (no `group_id`) of `person_id` alone."""

    work: Work
    about: int
    group_id: int | None
    person_id: int
    version: int
    at: datetime


@dataclass(frozen=True, slots=True)
class HandInRow:
    """One version of what a group, or a person without one (`group_id` is None), handed in; `person_id` did it.

    `due_at` is the deadline that was in force then, `receipt` the signed receipt as JSON, `thread` the platform's id of
    where it is talked about.
    """

    id: int
    work: Work
    session_id: int | None
    milestone_id: int | None
    group_id: int | None
    person_id: int
    version: int
    at: datetime
    due_at: datetime
    interaction_id: str
    content: Content
    digest: str
    code: str
    receipt: str
    thread: str | None

    @property
    def about(self) -> int:
        """The id of the session or milestone."""
        found = self.milestone_id if self.session_id is None else self.session_id
        assert found is not None  # the table's CHECKs
        return found


@dataclass(frozen=True, slots=True)
class Arrived:
    """That a version came, for which group if for one, and when."""

    id: int
    work: Work
    group_id: int | None
    version: int
    at: datetime


def every(tx: Connection, course_id: int) -> HandedIn:
    """All of a course."""
    groups, people = set(), set()
    for row in tx.execute(_EVERY, {"course_id": course_id}):
        work, about = Work(row.kind), row.milestone_id or row.session_id
        people.add((work, about, row.person_id))
        if row.group_id is not None:
            groups.add((work, about, row.group_id))
    return HandedIn(frozenset(groups), frozenset(people))


def received(tx: Connection, course_id: int) -> list[Received]:
    """Every version of everything, without what it says."""
    statement = _EVERY.add_columns(hand_in.c.version, hand_in.c.at)
    return [
        Received(Work(row[0]), row.milestone_id or row.session_id, *row[3:])
        for row in tx.execute(statement, {"course_id": course_id})
    ]


# -- versions --------------------------------------------------------------------------------------------------


def of_owner(
    tx: Connection, course_id: int, work: Work, about: int, group_id: int | None, person_id: int
) -> list[HandInRow]:
    """The versions of one group's work, or (no `group_id`) of one person's own, the oldest first."""
    return _rows(tx, _of_owner(course_id, work, about, group_id, person_id))


def of_course(tx: Connection, course_id: int) -> list[HandInRow]:
    """Every version of everything, in the order in which it was kept."""
    return _rows(tx, hand_in.c.course_id == course_id)


def one(tx: Connection, course_id: int, hand_in_id: int) -> HandInRow | None:
    """The version with this id."""
    return _first(_rows(tx, hand_in.c.course_id == course_id, hand_in.c.id == hand_in_id))


def by_code(tx: Connection, course_id: int, code: str) -> HandInRow | None:
    """The version whose receipt has this code (as `receipts.read_code` gives it)."""
    return _first(_rows(tx, hand_in.c.course_id == course_id, hand_in.c.code == code))


def by_interaction(tx: Connection, course_id: int, interaction_id: str) -> HandInRow | None:
    """The version that came with this interaction."""
    return _first(_rows(tx, hand_in.c.course_id == course_id, hand_in.c.interaction_id == interaction_id))


def arrived(tx: Connection, course_id: int, since: datetime) -> list[Arrived]:
    """What was received at or after `since`, in the order in which it was kept."""
    columns = (hand_in.c.id, hand_in.c.kind, hand_in.c.group_id, hand_in.c.version, hand_in.c.at)
    statement = select(*columns).where(hand_in.c.course_id == course_id, hand_in.c.at >= since).order_by(hand_in.c.id)
    return [Arrived(row.id, Work(row.kind), row.group_id, row.version, row.at) for row in tx.execute(statement)]


def add(tx: Connection, course_id: int, row: HandInRow) -> int:
    """Keep a version with its files, whose contents are there already; returns its id (the row's own is ignored)."""
    values = {
        "course_id": course_id,
        "kind": row.work.value,
        "link": row.content.link,
        "body": json.dumps(row.content.parts, ensure_ascii=False) if row.content.parts else None,
    }
    same = ("session_id", "milestone_id", "group_id", "person_id", "version", "at", "due_at", "interaction_id")
    values |= {name: getattr(row, name) for name in (*same, "digest", "code", "receipt", "thread")}
    hand_in_id = int(tx.execute(insert(hand_in).values(**values).returning(hand_in.c.id)).scalar_one())
    files = [
        {"hand_in_id": hand_in_id, "position": n, "course_id": course_id, "name": one.name, "sha256": one.sha256}
        for n, one in enumerate(row.content.files)
    ]
    if files:
        tx.execute(insert(hand_in_file), files)
    return hand_in_id


def versions_of(tx: Connection, person_id: int, group_ids: Collection[int]) -> dict[tuple[Work, int], list[Arrived]]:
    """What a person without a group and some groups handed in for classes: by work and session."""
    alone = and_(hand_in.c.group_id.is_(None), hand_in.c.person_id == person_id)
    columns = (hand_in.c.id, hand_in.c.kind, hand_in.c.group_id, hand_in.c.version, hand_in.c.at, hand_in.c.session_id)
    statement = select(*columns).where(
        hand_in.c.session_id.is_not(None), or_(alone, hand_in.c.group_id.in_(sorted(group_ids)))
    )
    found: defaultdict[tuple[Work, int], list[Arrived]] = defaultdict(list)
    for row in tx.execute(statement):
        work = Work(row.kind)
        found[work, row.session_id].append(Arrived(row.id, work, row.group_id, row.version, row.at))
    return dict(found)


def receipts_of(tx: Connection, course_id: int, person_id: int | None, group_id: int | None) -> list[str]:
    """The latest receipts, as JSON, of a person and their group, or (no `person_id`) of everyone; the latest first."""
    statement = select(hand_in.c.receipt).where(hand_in.c.course_id == course_id)
    if person_id is not None:
        statement = statement.where(or_(hand_in.c.person_id == person_id, hand_in.c.group_id == group_id))
    return list(tx.execute(statement.order_by(hand_in.c.id.desc()).limit(_LISTED)).scalars())


def next_version(tx: Connection, course_id: int, work: Work, about: int, group_id: int | None, person_id: int) -> int:
    """The number of the version to come. Hold the course first."""
    last = select(func.max(hand_in.c.version)).where(_of_owner(course_id, work, about, group_id, person_id))
    return int(tx.execute(last).scalar() or 0) + 1


def _of_owner(course_id: int, work: Work, about: int, group_id: int | None, person_id: int) -> ColumnElement[bool]:
    whose = hand_in.c.group_id == group_id
    if group_id is None:
        whose = and_(hand_in.c.group_id.is_(None), hand_in.c.person_id == person_id)
    which = hand_in.c.milestone_id if work is Work.MILESTONE else hand_in.c.session_id
    return and_(hand_in.c.course_id == course_id, hand_in.c.kind == work.value, which == about, whose)


def merge(tx: Connection, keep: int, gone: int) -> None:
    """Two people are one: what each handed in alone is numbered on, the versions of `keep` first."""
    mine = and_(hand_in.c.group_id.is_(None), hand_in.c.person_id == keep)
    subject = (hand_in.c.kind, hand_in.c.session_id, hand_in.c.milestone_id)
    last = {
        (row.kind, row.session_id, row.milestone_id): row.last
        for row in tx.execute(
            select(*subject, func.max(hand_in.c.version).label("last")).where(mine).group_by(*subject)
        )
    }
    theirs = select(hand_in).where(hand_in.c.group_id.is_(None), hand_in.c.person_id == gone)
    for row in tx.execute(theirs.order_by(hand_in.c.version.desc())).all():  # the highest first, so that none collide
        version = row.version + last.get((row.kind, row.session_id, row.milestone_id), 0)
        tx.execute(update(hand_in).where(hand_in.c.id == row.id).values(version=version))


def set_thread(tx: Connection, hand_in_id: int, thread: str) -> None:
    """Keep where it is talked about."""
    tx.execute(update(hand_in).where(hand_in.c.id == hand_in_id).values(thread=thread))


def files_of(tx: Connection, hand_in_ids: Sequence[int]) -> dict[int, tuple[FileRef, ...]]:
    """The files of each of the hand-ins, in their order; those without any are left out."""
    statement = (
        select(hand_in_file.c.hand_in_id, hand_in_file.c.name, hand_in_file.c.sha256)
        .where(hand_in_file.c.hand_in_id.in_(bindparam("ids", expanding=True)))
        .order_by(hand_in_file.c.hand_in_id, hand_in_file.c.position)
    )
    found: defaultdict[int, list[FileRef]] = defaultdict(list)
    for row in tx.execute(statement, {"ids": list(hand_in_ids)}):
        found[row.hand_in_id].append(FileRef(row.name, row.sha256))
    return {key: tuple(files) for key, files in found.items()}


def _rows(tx: Connection, *where: Any) -> list[HandInRow]:
    rows = tx.execute(select(hand_in).where(*where).order_by(hand_in.c.id)).all()
    files = files_of(tx, [row.id for row in rows]) if rows else {}
    return [_row(row, files.get(row.id, ())) for row in rows]


def _row(row: Row[Any], files: tuple[FileRef, ...]) -> HandInRow:
    names = [name for name in HandInRow.__dataclass_fields__ if name not in ("work", "content")]
    parts = tuple((heading, text) for heading, text in json.loads(row.body or "[]"))
    values = {name: getattr(row, name) for name in names}
    return HandInRow(**values, work=Work(row.kind), content=Content(row.link, parts, files))


def _first(rows: list[HandInRow]) -> HandInRow | None:
    return rows[0] if rows else None


# -- the key ---------------------------------------------------------------------------------------------------


def signing_key(tx: Connection, course_id: int) -> bytes | None:
    """The key that signs the course's receipts; None while there are none."""
    mine = and_(course_secret.c.course_id == course_id, course_secret.c.purpose == _RECEIPTS)
    return tx.execute(select(course_secret.c.value).where(mine)).scalar()


def make_signing_key(tx: Connection, course_id: int) -> bytes:
    """The key that signs the course's receipts, made if there is none."""
    values = {"course_id": course_id, "purpose": _RECEIPTS, "value": secrets.token_bytes(KEY_BYTES)}
    tx.execute(insert_for(tx, course_secret).values(**values).on_conflict_do_nothing())
    found = signing_key(tx, course_id)
    assert found is not None
    return found
