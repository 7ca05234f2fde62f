"""Queries on questions: those of a class with their votes, who asked about what, and single changes.

Several questions may ask the same: all but one then stand under that one, their head (`under_id`), never under each
other. Votes count for the whole group. What many people send at once is written by `bot.store.question_batches`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, exists, func, or_, select, update

from bot.store.courses import CourseRow
from bot.store.tables import account, duty, group_duty, group_space, person, question, question_vote, reading


@dataclass(frozen=True, slots=True)
class Paper:
    """A reading of a session; `removed` when it is on the schedule no more (its questions stay)."""

    id: int
    session_id: int
    title: str
    url: str | None
    required: bool
    removed: bool


@dataclass(frozen=True, slots=True)
class QuestionRow:
    """A question as asked, not withdrawn. `author` is a name that only staff may see unless the policy says otherwise.

    `votes` are the people who voted for it or for one under it, its own authors left out; 0 for one under another.
    """

    id: int
    session_id: int
    reading_id: int
    reading: str
    person_id: int
    author: str
    text: str
    asked_at: datetime
    edited_at: datetime | None
    under_id: int | None
    state: str
    votes: int


@dataclass(frozen=True, slots=True)
class Text:
    """What a question says, and whose it is."""

    id: int
    head_id: int
    person_id: int
    author: str
    text: str


@dataclass(frozen=True, slots=True)
class Performer:
    """Somebody with a duty in a class, as far as the platform can reach them: the room of the group for which they
    hold it, and their own user id there."""

    person_id: int
    group_id: int | None
    room_id: str | None
    user_id: str | None


_member = question.alias("member")
_voted = question.alias("voted")

_OPEN = question.c.withdrawn_at.is_(None)
_HEAD = func.coalesce(question.c.under_id, question.c.id)
_voted_head = func.coalesce(_voted.c.under_id, _voted.c.id)


def _rows(*, of_heads: bool) -> Select[Any]:
    """The questions of some sessions; `of_heads`, only those of the groups with these heads."""
    # Nobody votes for what they ask themselves, also when staff put the questions together after the vote. The authors
    # are gathered once: a lookup for each vote grows with the square of a class.
    authors = (
        select(func.coalesce(_member.c.under_id, _member.c.id).label("head_id"), _member.c.person_id)
        .where(_member.c.session_id.in_(bindparam("sessions", expanding=True)), _member.c.withdrawn_at.is_(None))
        .distinct()
        .subquery("authors")
    )
    own = and_(authors.c.head_id == _voted_head, authors.c.person_id == question_vote.c.person_id)
    tally = (
        select(_voted_head.label("head_id"), func.count(question_vote.c.person_id.distinct()).label("votes"))
        .join(_voted, _voted.c.id == question_vote.c.question_id)
        .outerjoin(authors, own)
        .where(
            _voted.c.session_id.in_(bindparam("sessions", expanding=True)),
            _voted.c.withdrawn_at.is_(None),
            authors.c.person_id.is_(None),
        )
        .group_by(_voted_head)
    )
    if of_heads:
        tally = tally.where(_voted_head.in_(bindparam("heads", expanding=True)))
    counted = tally.subquery("tally")
    statement = (
        select(
            question.c.id,
            question.c.session_id,
            question.c.reading_id,
            reading.c.title.label("reading"),
            question.c.person_id,
            person.c.name.label("author"),
            question.c.text,
            question.c.asked_at,
            question.c.edited_at,
            question.c.under_id,
            question.c.state,
            func.coalesce(counted.c.votes, 0).label("votes"),
        )
        .join(reading, reading.c.id == question.c.reading_id)
        .join(person, person.c.id == question.c.person_id)
        .outerjoin(counted, counted.c.head_id == question.c.id)
        .where(
            question.c.course_id == bindparam("course_id"),
            question.c.session_id.in_(bindparam("sessions", expanding=True)),
            _OPEN,
        )
        .order_by(question.c.asked_at, question.c.id)
    )
    return statement.where(_HEAD.in_(bindparam("heads", expanding=True))) if of_heads else statement


# Statements are built once: building one costs more than running it.
_ROWS = _rows(of_heads=False)
_GROUP_ROWS = _rows(of_heads=True)
_WHERE = select(question.c.session_id, question.c.reading_id, _HEAD.label("head_id"), question.c.withdrawn_at).where(
    question.c.course_id == bindparam("course_id"), question.c.id == bindparam("question_id")
)
_TEXTS = (
    select(question.c.id, _HEAD, question.c.person_id, person.c.name, question.c.text)
    .join(person, person.c.id == question.c.person_id)
    .where(question.c.session_id == bindparam("session_id"), question.c.reading_id == bindparam("reading_id"), _OPEN)
)
_PAPERS = (
    select(
        reading.c.id,
        reading.c.session_id,
        reading.c.title,
        reading.c.url,
        reading.c.required,
        reading.c.removed_at.is_not(None).label("removed"),
    )
    .where(
        reading.c.session_id.in_(bindparam("sessions", expanding=True)),
        or_(
            reading.c.removed_at.is_(None),
            exists().where(question.c.reading_id == reading.c.id, question.c.withdrawn_at.is_(None)),
        ),
    )
    .order_by(reading.c.removed_at.is_not(None), reading.c.position, reading.c.id)
)
_ON_DUTY = select(duty.c.session_id, duty.c.person_id).where(
    duty.c.session_id.in_(bindparam("sessions", expanding=True)), duty.c.ended_at.is_(None)
)
_ASKED = select(question.c.session_id, question.c.person_id, question.c.reading_id).where(
    question.c.session_id.in_(bindparam("sessions", expanding=True)), _OPEN
)
_PERFORMERS = (
    select(duty.c.person_id, group_duty.c.group_id, group_space.c.room_id, account.c.user_id)
    .outerjoin(group_duty, group_duty.c.id == duty.c.group_duty_id)
    .outerjoin(group_space, group_space.c.group_id == group_duty.c.group_id)
    .outerjoin(account, and_(account.c.person_id == duty.c.person_id, account.c.platform == bindparam("platform")))
    .where(duty.c.session_id == bindparam("session_id"), duty.c.ended_at.is_(None))
    .order_by(duty.c.role, duty.c.position, duty.c.id)
)


def of_session(tx: Connection, course_id: int, session_id: int) -> list[QuestionRow]:
    """The questions of a class in the order they were asked, those withdrawn left out."""
    return of_sessions(tx, course_id, [session_id])


def of_sessions(tx: Connection, course_id: int, session_ids: Collection[int]) -> list[QuestionRow]:
    """The questions of several classes, as `of_session`."""
    rows = tx.execute(_ROWS, {"course_id": course_id, "sessions": sorted(session_ids)})
    return [QuestionRow(**row._mapping) for row in rows]


def papers(tx: Connection, session_ids: Collection[int]) -> dict[int, list[Paper]]:
    """The readings of each session as its page lists them, then those taken off it that have questions."""
    found: defaultdict[int, list[Paper]] = defaultdict(list)
    for row in tx.execute(_PAPERS, {"sessions": sorted(session_ids)}):
        found[row.session_id].append(Paper(*row))
    return found


def on_duty(tx: Connection, session_ids: Collection[int]) -> dict[int, set[int]]:
    """The people who present, summarise or review in each session."""
    found: defaultdict[int, set[int]] = defaultdict(set)
    for session_id, person_id in tx.execute(_ON_DUTY, {"sessions": sorted(session_ids)}):
        found[session_id].add(person_id)
    return found


def performers(tx: Connection, session_id: int, platform: str) -> list[Performer]:
    """Everyone on duty in a class, as `on_duty`, with where they can be reached."""
    rows = tx.execute(_PERFORMERS, {"session_id": session_id, "platform": platform})
    return [Performer(*row) for row in rows]


def asked(tx: Connection, session_ids: Collection[int]) -> dict[int, set[tuple[int, int]]]:
    """For each session, who has asked about which reading: pairs of person and reading."""
    found: defaultdict[int, set[tuple[int, int]]] = defaultdict(set)
    for session_id, person_id, reading_id in tx.execute(_ASKED, {"sessions": sorted(session_ids)}):
        found[session_id].add((person_id, reading_id))
    return found


def class_list(tx: Connection, course: CourseRow, person_id: int | None = None) -> dict[int, str]:
    """Name by id of the students who take part: on the roster, or with an account while there is no roster. With
    `person_id`, only that one, if they are among them."""
    has_account = exists().where(account.c.person_id == person.c.id)
    listed = person.c.origin == "roster" if course.linked_only else or_(person.c.origin == "roster", has_account)
    statement = select(person.c.id, person.c.name).where(
        person.c.course_id == course.id, person.c.kind == "student", person.c.dropped_at.is_(None), listed
    )
    if person_id is not None:
        statement = statement.where(person.c.id == person_id)
    return {row.id: row.name for row in tx.execute(statement.order_by(person.c.name, person.c.id))}


def sessions_of(tx: Connection, person_id: int) -> list[int]:
    """The sessions in which somebody has a question."""
    statement = select(question.c.session_id).where(question.c.person_id == person_id, _OPEN).distinct()
    return list(tx.execute(statement).scalars())


def session_id_of(tx: Connection, course_id: int, question_id: int) -> int | None:
    """The session of a question that is not withdrawn, None when there is none."""
    row = tx.execute(_WHERE, {"course_id": course_id, "question_id": question_id}).first()
    return row.session_id if row and row.withdrawn_at is None else None


def about(tx: Connection, course_id: int, question_id: int) -> tuple[int, int] | None:
    """Session and reading of a question, withdrawn or not."""
    row = tx.execute(_WHERE, {"course_id": course_id, "question_id": question_id}).first()
    return (row.session_id, row.reading_id) if row else None


def group_of(tx: Connection, course_id: int, question_id: int) -> list[QuestionRow]:
    """A question with all that ask the same, in the order asked; empty when there is none, or it was withdrawn."""
    row = tx.execute(_WHERE, {"course_id": course_id, "question_id": question_id}).first()
    if row is None or row.withdrawn_at is not None:
        return []
    values = {"course_id": course_id, "sessions": [row.session_id], "heads": [row.head_id]}
    return [QuestionRow(**one._mapping) for one in tx.execute(_GROUP_ROWS, values)]


def texts(tx: Connection, session_id: int, reading_id: int) -> list[Text]:
    """What was asked about a paper."""
    rows = tx.execute(_TEXTS, {"session_id": session_id, "reading_id": reading_id})
    return [Text(*row) for row in rows]


def asked_by(tx: Connection, session_id: int, person_id: int) -> set[int]:
    """The readings of a session about which somebody has asked."""
    statement = select(question.c.reading_id).where(
        question.c.session_id == session_id, question.c.person_id == person_id, _OPEN
    )
    return set(tx.execute(statement).scalars())


def votes_of(tx: Connection, session_id: int, person_id: int) -> set[int]:
    """The questions of a session that somebody voted for."""
    statement = (
        select(question_vote.c.question_id)
        .join(question, question.c.id == question_vote.c.question_id)
        .where(question_vote.c.person_id == person_id, question.c.session_id == session_id)
    )
    return set(tx.execute(statement).scalars())


def edit(tx: Connection, question_id: int, text: str, at: datetime) -> None:
    tx.execute(update(question).where(question.c.id == question_id).values(text=text, edited_at=at))


def withdraw(tx: Connection, question_id: int, at: datetime) -> None:
    """Take a question back. Of those under it, the earliest becomes the head of the others."""
    under = and_(question.c.under_id == question_id, _OPEN)
    heirs = tx.execute(select(question.c.id).where(under).order_by(question.c.asked_at, question.c.id)).scalars().all()
    if heirs:
        tx.execute(update(question).where(question.c.id == heirs[0]).values(under_id=None))
        tx.execute(update(question).where(question.c.id.in_(heirs[1:])).values(under_id=heirs[0]))
    tx.execute(update(question).where(question.c.id == question_id).values(withdrawn_at=at, under_id=None))


def put_under(tx: Connection, question_id: int, head_id: int) -> None:
    """Let a question, with those under it, stand under another head."""
    moved = or_(question.c.id == question_id, question.c.under_id == question_id)
    tx.execute(update(question).where(moved).values(under_id=head_id))


def stand_alone(tx: Connection, question_id: int) -> None:
    """Take a question out from under its head."""
    tx.execute(update(question).where(question.c.id == question_id).values(under_id=None))
