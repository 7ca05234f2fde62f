"""Queries on questions: those of a class with their votes, who asked about what, and single changes.

Several questions may ask the same: all but one then stand under that one, their head (`under_id`), never under each
other. Votes count for the whole group. What many people send at once is written by `bot.store.question_batches`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, exists, func, or_, select, update

from bot.store.courses import CourseRow
from bot.store.tables import account, duty, person, question, question_vote, reading


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


_member = question.alias("member")
_voted = question.alias("voted")

_OPEN = question.c.withdrawn_at.is_(None)
_voted_head = func.coalesce(_voted.c.under_id, _voted.c.id)
# Nobody votes for what they ask themselves, also when staff put the questions together after the vote.
_TALLY = (
    select(_voted_head.label("head_id"), func.count(question_vote.c.person_id.distinct()).label("votes"))
    .join(_voted, _voted.c.id == question_vote.c.question_id)
    .where(
        _voted.c.session_id.in_(bindparam("sessions", expanding=True)),
        _voted.c.withdrawn_at.is_(None),
        ~exists().where(
            _member.c.session_id == _voted.c.session_id,
            func.coalesce(_member.c.under_id, _member.c.id) == _voted_head,
            _member.c.person_id == question_vote.c.person_id,
            _member.c.withdrawn_at.is_(None),
        ),
    )
    .group_by(_voted_head)
    .subquery("tally")
)
_ROWS = (
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
        func.coalesce(_TALLY.c.votes, 0).label("votes"),
    )
    .join(reading, reading.c.id == question.c.reading_id)
    .join(person, person.c.id == question.c.person_id)
    .outerjoin(_TALLY, _TALLY.c.head_id == question.c.id)
    .where(
        question.c.course_id == bindparam("course_id"),
        question.c.session_id.in_(bindparam("sessions", expanding=True)),
        _OPEN,
    )
    .order_by(question.c.asked_at, question.c.id)
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


def asked(tx: Connection, session_ids: Collection[int]) -> dict[int, set[tuple[int, int]]]:
    """For each session, who has asked about which reading: pairs of person and reading."""
    found: defaultdict[int, set[tuple[int, int]]] = defaultdict(set)
    for session_id, person_id, reading_id in tx.execute(_ASKED, {"sessions": sorted(session_ids)}):
        found[session_id].add((person_id, reading_id))
    return found


def class_list(tx: Connection, course: CourseRow) -> dict[int, str]:
    """Name by id of the students who take part: on the roster, or with an account while there is no roster."""
    has_account = exists().where(account.c.person_id == person.c.id)
    listed = person.c.origin == "roster" if course.linked_only else or_(person.c.origin == "roster", has_account)
    statement = select(person.c.id, person.c.name).where(
        person.c.course_id == course.id, person.c.kind == "student", person.c.dropped_at.is_(None), listed
    )
    return {row.id: row.name for row in tx.execute(statement.order_by(person.c.name, person.c.id))}


def sessions_of(tx: Connection, person_id: int) -> list[int]:
    """The sessions in which somebody has a question."""
    statement = select(question.c.session_id).where(question.c.person_id == person_id, _OPEN).distinct()
    return list(tx.execute(statement).scalars())


def session_id_of(tx: Connection, course_id: int, question_id: int) -> int | None:
    """The session of a question that is not withdrawn, None when there is none."""
    statement = select(question.c.session_id).where(
        question.c.course_id == course_id, question.c.id == question_id, _OPEN
    )
    return tx.execute(statement).scalar()


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
    _pass_on(tx, question_id)
    tx.execute(update(question).where(question.c.id == question_id).values(withdrawn_at=at, under_id=None))


def put_under(tx: Connection, question_id: int, head_id: int) -> None:
    """Let a question, with those under it, stand under another head."""
    moved = or_(question.c.id == question_id, question.c.under_id == question_id)
    tx.execute(update(question).where(moved).values(under_id=head_id))


def stand_alone(tx: Connection, question_id: int) -> None:
    """Take a question out of its group; of those it leaves under it, the earliest becomes their head."""
    _pass_on(tx, question_id)
    tx.execute(update(question).where(question.c.id == question_id).values(under_id=None))


def _pass_on(tx: Connection, head_id: int) -> None:
    under = and_(question.c.under_id == head_id, _OPEN)
    heirs: Sequence[int] = (
        tx.execute(select(question.c.id).where(under).order_by(question.c.asked_at, question.c.id)).scalars().all()
    )
    if heirs:
        tx.execute(update(question).where(question.c.id == heirs[0]).values(under_id=None))
        tx.execute(update(question).where(question.c.id.in_(heirs[1:])).values(under_id=heirs[0]))
