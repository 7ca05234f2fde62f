"""Queries for questions and upvotes that many people send at once: each handles a whole batch in one statement."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, func, select

from bot.core.people import Actor
from bot.store.courses import COURSE_COLUMNS, CourseRow, course_row
from bot.store.people import Known
from bot.store.tables import account, course, membership, person, question, question_vote, session, study_group
from bot.store.upsert import insert_for


@dataclass(frozen=True, slots=True)
class NewQuestion:
    """A question to be stored; `interaction_id` is the platform's, and a second one with it changes nothing."""

    course_id: int
    session_id: int
    reading_id: int
    person_id: int
    text: str
    asked_at: datetime
    interaction_id: str


@dataclass(frozen=True, slots=True)
class Target:
    """A question that is voted for: its head takes the vote. `authors` are all who ask the same."""

    head_id: int
    head_author: int
    course_id: int
    ends_at: datetime
    cancelled: bool
    authors: frozenset[int]


Who = tuple[int, str, str]
"""Course, platform and user id."""

_COURSES = select(*COURSE_COLUMNS).where(course.c.place.in_(bindparam("places", expanding=True)))
_PEOPLE = (
    select(
        account.c.course_id,
        account.c.platform,
        account.c.user_id,
        person.c.id,
        person.c.name,
        person.c.roster_key,
        person.c.kind,
        person.c.origin,
        person.c.dropped_at,
        membership.c.id,
        study_group.c.id,
        study_group.c.name,
    )
    .join(person, person.c.id == account.c.person_id)
    .outerjoin(membership, and_(membership.c.person_id == person.c.id, membership.c.left_at.is_(None)))
    .outerjoin(study_group, study_group.c.id == membership.c.group_id)
    .where(
        account.c.course_id.in_(bindparam("courses", expanding=True)),
        account.c.user_id.in_(bindparam("users", expanding=True)),
    )
)
_STORED = select(question.c.course_id, question.c.interaction_id, question.c.id, question.c.person_id).where(
    question.c.course_id.in_(bindparam("courses", expanding=True)),
    question.c.interaction_id.in_(bindparam("interactions", expanding=True)),
)
_head = question.alias("head")
_member = question.alias("member")
_TARGETS = (
    select(
        question.c.id,
        _head.c.id.label("head_id"),
        _head.c.person_id.label("head_author"),
        _head.c.course_id,
        session.c.ends_at,
        session.c.cancelled_at,
        _member.c.person_id.label("author"),
    )
    .join(_head, _head.c.id == func.coalesce(question.c.under_id, question.c.id))
    .join(session, session.c.id == _head.c.session_id)
    .join(
        _member,
        and_(
            _member.c.session_id == _head.c.session_id,
            func.coalesce(_member.c.under_id, _member.c.id) == _head.c.id,
            _member.c.withdrawn_at.is_(None),
        ),
    )
    .where(question.c.id.in_(bindparam("questions", expanding=True)), question.c.withdrawn_at.is_(None))
)
# Who voted for one of them before they were put together takes that vote back too.
_TAKE_BACK = delete(question_vote).where(
    question_vote.c.question_id.in_(
        select(question.c.id).where(func.coalesce(question.c.under_id, question.c.id) == bindparam("of_head"))
    ),
    question_vote.c.person_id == bindparam("of_person"),
)


def courses_at(tx: Connection, places: Collection[str]) -> dict[str, CourseRow]:
    """The courses of these servers, by place."""
    found = [course_row(row) for row in tx.execute(_COURSES, {"places": sorted(places)})]
    return {row.place: row for row in found if row.place}


def known(tx: Connection, who: Collection[tuple[CourseRow, Actor]]) -> dict[Who, Known]:
    """Those of `who` that their course knows."""
    values = {"courses": sorted({row.id for row, _ in who}), "users": sorted({actor.user_id for _, actor in who})}
    return {(row[0], row[1], row[2]): Known(*tuple(row)[3:]) for row in tx.execute(_PEOPLE, values)} if who else {}


def store(tx: Connection, new: Sequence[NewQuestion]) -> dict[tuple[int, str], tuple[int, int]]:
    """Store the questions that are not there yet; id and author of each, by course and interaction."""
    if not new:
        return {}
    columns = NewQuestion.__dataclass_fields__
    rows = [{name: getattr(one, name) for name in columns} for one in new]
    statement = insert_for(tx, question).on_conflict_do_nothing(index_elements=["course_id", "interaction_id"])
    tx.execute(statement, rows)
    values = {
        "courses": sorted({one.course_id for one in new}),
        "interactions": sorted({one.interaction_id for one in new}),
    }
    return {(row[0], row[1]): (row[2], row[3]) for row in tx.execute(_STORED, values)}


def targets(tx: Connection, question_ids: Collection[int]) -> dict[int, Target]:
    """What a vote for each of these questions goes to; those withdrawn or unknown are left out."""
    rows: dict[int, Any] = {}
    authors: dict[int, set[int]] = {}
    for row in tx.execute(_TARGETS, {"questions": sorted(question_ids)}):
        rows[row.id] = row
        authors.setdefault(row.id, set()).add(row.author)
    return {
        key: Target(
            row.head_id,
            row.head_author,
            row.course_id,
            row.ends_at,
            row.cancelled_at is not None,
            frozenset(authors[key]),
        )
        for key, row in rows.items()
    }


def set_votes(tx: Connection, wanted: Mapping[tuple[Target, int], bool]) -> None:
    """Make each person (by id) vote for each target, or not."""
    cast = [
        {
            "question_id": one.head_id,
            "person_id": person_id,
            "author_id": one.head_author,
            "course_id": one.course_id,
        }
        for (one, person_id), wants in wanted.items()
        if wants
    ]
    taken = [
        {"of_head": one.head_id, "of_person": person_id} for (one, person_id), wants in wanted.items() if not wants
    ]
    # In one order everywhere: two writers that lock rows in different orders wait for each other.
    if cast:
        cast.sort(key=lambda row: (row["question_id"], row["person_id"]))
        statement = insert_for(tx, question_vote).on_conflict_do_nothing(index_elements=["question_id", "person_id"])
        tx.execute(statement, cast)
    if taken:
        tx.execute(_TAKE_BACK, taken)
