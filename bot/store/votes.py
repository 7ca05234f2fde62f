"""Queries on votes: who may vote and what on, fixed when a vote opens, and the counts that are left when it closes."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, func, insert, or_, select, update

from bot.core.ballots import Method, State
from bot.core.course import Kind, Role
from bot.core.reminders import ReminderKind
from bot.store.courses import CourseRow
from bot.store.tables import (
    account,
    duty,
    group_duty,
    membership,
    outbox,
    person,
    session,
    study_group,
    vote,
    vote_choice,
    vote_voter,
)


@dataclass(frozen=True, slots=True)
class VoteRow:
    """A vote as stored; `ballots` is set once it is closed. A poll has no session. `closed_at` is when it was closed,
    and for a void one when it was called off."""

    id: int
    course_id: int
    session_id: int | None
    title: str
    method: Method
    state: State
    opened_by: str
    opened_at: datetime
    closes_at: datetime
    closed_at: datetime | None
    ballots: int | None


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to vote for; `votes` is set once the vote is closed."""

    number: int
    label: str
    group_id: int | None
    votes: int | None = None


@dataclass(frozen=True, slots=True)
class Turnout:
    """How many of those who may vote have."""

    voted: int
    voters: int


@dataclass(frozen=True, slots=True)
class Posted:
    """Where a message about a vote stands, by the platform's ids."""

    channel: str
    message: str


_VOTE = select(*(vote.c[name] for name in VoteRow.__dataclass_fields__))


def get(tx: Connection, course_id: int, vote_id: int, *, hold: bool = False) -> VoteRow | None:
    """One vote; with `hold`, nobody casts a ballot in it or closes it until this transaction ends."""
    statement = _VOTE.where(vote.c.id == vote_id, vote.c.course_id == course_id)
    found = _rows(tx, statement.with_for_update() if hold else statement)
    return found[0] if found else None


def anywhere(tx: Connection, vote_id: int) -> VoteRow | None:
    """A vote of any course, for what the bot does by itself."""
    return next(iter(_rows(tx, _VOTE.where(vote.c.id == vote_id))), None)


def of_course(tx: Connection, course_id: int, *which: ColumnElement[bool]) -> list[VoteRow]:
    """The course's votes for which `which` holds, the newest first."""
    return _rows(tx, _VOTE.where(vote.c.course_id == course_id, *which).order_by(vote.c.opened_at.desc(), vote.c.id))


def open_ones(tx: Connection, course_id: int) -> list[VoteRow]:
    """The votes that are open, the newest first."""
    return of_course(tx, course_id, vote.c.state == State.OPEN.value)


def of_session(tx: Connection, course_id: int, session_id: int) -> list[VoteRow]:
    """Every vote there was about a session, the newest first."""
    return of_course(tx, course_id, vote.c.session_id == session_id)


def closed_since(tx: Connection, course_id: int, since: datetime) -> list[VoteRow]:
    """The votes that were closed at `since` or later and still count."""
    return of_course(tx, course_id, vote.c.state == State.CLOSED.value, vote.c.closed_at >= since)


def called_off_since(tx: Connection, course_id: int, since: datetime) -> list[VoteRow]:
    """The votes that were called off at `since` or later."""
    return of_course(tx, course_id, vote.c.state == State.VOID.value, vote.c.closed_at >= since)


def ended_since(tx: Connection, since: datetime) -> list[int]:
    """The ids of votes that were closed or called off at `since` or later, in any course."""
    return list(tx.execute(select(vote.c.id).where(vote.c.closed_at >= since).order_by(vote.c.id)).scalars())


def counted(tx: Connection, course_id: int) -> list[VoteRow]:
    """The votes about sessions that are closed and count."""
    return of_course(tx, course_id, vote.c.state == State.CLOSED.value, vote.c.session_id.is_not(None))


def choices(tx: Connection, vote_ids: Collection[int]) -> dict[int, list[Choice]]:
    """The choices of each of these votes, by number."""
    found: dict[int, list[Choice]] = {vote_id: [] for vote_id in vote_ids}
    statement = select(vote_choice).where(vote_choice.c.vote_id.in_(vote_ids))
    for row in tx.execute(statement.order_by(vote_choice.c.vote_id, vote_choice.c.choice)):
        found[row.vote_id].append(Choice(row.choice, row.label, row.group_id, row.votes))
    return found


def turnout(tx: Connection, vote_id: int) -> Turnout:
    """How many have voted, of how many."""
    voted = func.count().filter(vote_voter.c.voted)
    row = tx.execute(select(voted, func.count()).where(vote_voter.c.vote_id == vote_id)).one()
    return Turnout(*row)


def missing(tx: Connection, vote_id: int, platform: str) -> list[str]:
    """The platform's ids of those who may vote and have not."""
    statement = (
        select(account.c.user_id)
        .join(person, person.c.id == account.c.person_id)
        .join(vote_voter, vote_voter.c.person_id == person.c.id)
        .where(
            vote_voter.c.vote_id == vote_id,
            ~vote_voter.c.voted,
            person.c.dropped_at.is_(None),
            account.c.platform == platform,
        )
    )
    return list(tx.execute(statement.order_by(person.c.id)).scalars())


# -- opening ---------------------------------------------------------------------------------------------------


def candidates(tx: Connection, session_id: int, roles: Collection[Role]) -> dict[int, str]:
    """The groups in the session's seats of these roles, by id, with their names."""
    statement = (
        select(study_group.c.id, study_group.c.name)
        .join(group_duty, group_duty.c.group_id == study_group.c.id)
        .where(
            group_duty.c.session_id == session_id,
            group_duty.c.role.in_([role.value for role in roles]),
            group_duty.c.ended_at.is_(None),
        )
        .order_by(study_group.c.name_key)
    )
    return {row.id: row.name for row in tx.execute(statement)}


def performers(tx: Connection, session_id: int, groups: Collection[int]) -> set[int]:
    """Who is in one of these groups, or held its duty in the session."""
    now = select(membership.c.person_id).where(membership.c.group_id.in_(groups), membership.c.left_at.is_(None))
    then = (
        select(duty.c.person_id)
        .join(group_duty, group_duty.c.id == duty.c.group_duty_id)
        .where(duty.c.session_id == session_id, duty.c.ended_at.is_(None), group_duty.c.group_id.in_(groups))
    )
    return set(tx.execute(now).scalars()) | set(tx.execute(then).scalars())


def people(tx: Connection, course: CourseRow, *, students_only: bool) -> set[int]:
    """Who is in the course and can press a button: with an account where the course lives."""
    statement = (
        select(person.c.id)
        .join(account, and_(account.c.person_id == person.c.id, account.c.platform == course.platform))
        .where(
            person.c.course_id == course.id,
            person.c.kind.in_(["student"] if students_only else ["student", "staff"]),
            person.c.dropped_at.is_(None),
        )
    )
    if course.linked_only:
        statement = statement.where(or_(person.c.kind == "staff", person.c.origin == "roster"))
    return set(tx.execute(statement).scalars())


def create(
    tx: Connection,
    course_id: int,
    session_id: int | None,
    title: str,
    method: Method,
    choices: Sequence[tuple[str, int | None]],
    voters: Collection[int],
    by: str,
    now: datetime,
    closes_at: datetime,
) -> int:
    """A new open vote on `choices` (label, and group if it is one) for `voters`; returns its id.

    Raises:
        IntegrityError: the session has an open vote.
    """
    values: dict[str, object] = {"opened_by": by, "opened_at": now, "closes_at": closes_at, "session_id": session_id}
    values |= {"course_id": course_id, "title": title, "method": method.value}
    vote_id = int(tx.execute(insert(vote).values(**values).returning(vote.c.id)).scalar_one())
    numbered = enumerate(choices, start=1)
    tx.execute(
        insert(vote_choice),
        [{"vote_id": vote_id, "choice": n, "label": label, "group_id": group} for n, (label, group) in numbered],
    )
    tx.execute(insert(vote_voter), [{"vote_id": vote_id, "person_id": who} for who in sorted(voters)])
    return vote_id


def finish(tx: Connection, vote_id: int, state: State, at: datetime, ballots: int | None = None) -> None:
    """End an open vote; `ballots` is how many were counted."""
    values = {"state": state.value, "closed_at": at, "ballots": ballots}
    tx.execute(update(vote).where(vote.c.id == vote_id, vote.c.state == State.OPEN.value).values(**values))


def annul(tx: Connection, vote_id: int, at: datetime) -> None:
    """Make a closed vote count for nothing, from `at` on."""
    tx.execute(update(vote).where(vote.c.id == vote_id).values(state=State.VOID.value, closed_at=at))


def write_counts(tx: Connection, vote_id: int, counts: Mapping[int, int]) -> None:
    """Keep the votes for each choice."""
    for number, votes in counts.items():
        mine = and_(vote_choice.c.vote_id == vote_id, vote_choice.c.choice == number)
        tx.execute(update(vote_choice).where(mine).values(votes=votes))


# -- time ------------------------------------------------------------------------------------------------------

_LECTURE = and_(session.c.kind == Kind.STUDENT_LECTURE.value, session.c.cancelled_at.is_(None))


def begun(tx: Connection, course_id: int, since: datetime, now: datetime) -> list[tuple[int, datetime]]:
    """Student lectures that began by `now`, ended after `since` and never had a vote, with when they end."""
    statement = (
        select(session.c.id, session.c.ends_at)
        .outerjoin(vote, vote.c.session_id == session.c.id)
        .where(
            session.c.course_id == course_id,
            _LECTURE,
            session.c.starts_at <= now,
            session.c.ends_at > since,
            vote.c.id.is_(None),
        )
        .order_by(session.c.starts_at, session.c.id)
    )
    return [(row.id, row.ends_at) for row in tx.execute(statement)]


def next_moment(tx: Connection, course_id: int, now: datetime) -> datetime | None:
    """When a student lecture begins next, or an open vote closes."""
    starts = select(func.min(session.c.starts_at)).where(
        session.c.course_id == course_id, _LECTURE, session.c.starts_at > now
    )
    closes = select(func.min(vote.c.closes_at)).where(vote.c.course_id == course_id, vote.c.state == State.OPEN.value)
    return min((at for at in (tx.execute(starts).scalar(), tx.execute(closes).scalar()) if at), default=None)


def posted(tx: Connection, vote_id: int, kind: ReminderKind = ReminderKind.VOTE_OPEN) -> Posted | None:
    """The message that announced the vote (or another about it), once it is there."""
    sent = select(outbox.c.destination, outbox.c.message_ids).where(
        outbox.c.kind == kind.value, outbox.c.subject == f"vote {vote_id}", outbox.c.state == "sent"
    )
    row = tx.execute(sent).first()
    return Posted(row.destination, json.loads(row.message_ids)[0]) if row else None


def on_duty(tx: Connection, course_id: int) -> dict[tuple[int, int], set[int]]:
    """Who held the duty of each (session, group)."""
    statement = (
        select(group_duty.c.session_id, group_duty.c.group_id, duty.c.person_id)
        .join(duty, duty.c.group_duty_id == group_duty.c.id)
        .where(group_duty.c.course_id == course_id, group_duty.c.ended_at.is_(None), duty.c.ended_at.is_(None))
    )
    found: defaultdict[tuple[int, int], set[int]] = defaultdict(set)
    for row in tx.execute(statement):
        found[row.session_id, row.group_id].add(row.person_id)
    return dict(found)


def _rows(tx: Connection, statement) -> list[VoteRow]:  # type: ignore[no-untyped-def]
    found = []
    for row in tx.execute(statement):
        values = {name: getattr(row, name) for name in VoteRow.__dataclass_fields__}
        found.append(VoteRow(**{**values, "method": Method(row.method), "state": State(row.state)}))
    return found
