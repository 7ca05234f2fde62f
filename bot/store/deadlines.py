"""Queries on who has something due: those on duty in classes, everyone in the course, policies that moved deadlines."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, insert, or_, select

from bot.core.course import Role
from bot.store.courses import CourseRow
from bot.store.tables import (
    account,
    duty,
    group_duty,
    group_space,
    membership,
    person,
    policy_change,
    session,
    study_group,
    vote,
    vote_voter,
)


@dataclass(frozen=True, slots=True)
class Someone:
    """A student in the course with their group (for a duty: the one that has it), its private room, their account."""

    id: int
    name: str
    user_id: str | None
    group_id: int | None
    group: str | None
    room_id: str | None


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """A policy that moved deadlines, with its values as staff wrote them."""

    id: int
    key: str
    before: str
    after: str
    at: datetime


_ACCOUNT = and_(account.c.person_id == person.c.id, account.c.platform == bindparam("platform"))
_SOMEONE = (
    person.c.id,
    person.c.name,
    account.c.user_id,
    study_group.c.id.label("group_id"),
    study_group.c.name.label("group_name"),
    group_space.c.room_id,
)
_STUDENT = and_(person.c.course_id == bindparam("course_id"), person.c.kind == "student", person.c.dropped_at.is_(None))
_ON_DUTY = (
    select(duty.c.session_id, duty.c.role, *_SOMEONE)
    .join(session, session.c.id == duty.c.session_id)
    .join(person, person.c.id == duty.c.person_id)
    .outerjoin(group_duty, group_duty.c.id == duty.c.group_duty_id)
    .outerjoin(study_group, study_group.c.id == group_duty.c.group_id)
    .outerjoin(group_space, group_space.c.group_id == study_group.c.id)
    .outerjoin(account, _ACCOUNT)
    .where(_STUDENT, duty.c.ended_at.is_(None), session.c.cancelled_at.is_(None))
    .order_by(duty.c.session_id, duty.c.role, duty.c.position, duty.c.id)
)
_STUDENTS = (
    select(*_SOMEONE)
    .outerjoin(membership, and_(membership.c.person_id == person.c.id, membership.c.left_at.is_(None)))
    .outerjoin(study_group, study_group.c.id == membership.c.group_id)
    .outerjoin(group_space, group_space.c.group_id == study_group.c.id)
    .outerjoin(account, _ACCOUNT)
    .order_by(study_group.c.id.is_(None), study_group.c.id, membership.c.seat, person.c.id)
)


def on_duty(tx: Connection, course: CourseRow) -> dict[tuple[int, Role], list[Someone]]:
    """The students on duty by session and role; cancelled sessions are left out."""
    found: defaultdict[tuple[int, Role], list[Someone]] = defaultdict(list)
    for session_id, role, *who in tx.execute(_ON_DUTY, {"course_id": course.id, "platform": course.platform}):
        found[session_id, Role(role)].append(Someone(*who))
    return dict(found)


def students(tx: Connection, course: CourseRow) -> list[Someone]:
    """The students who take part, group by group, those in none last."""
    has_account = account.c.user_id.is_not(None)
    listed = person.c.origin == "roster" if course.linked_only else or_(person.c.origin == "roster", has_account)
    rows = tx.execute(_STUDENTS.where(_STUDENT, listed), {"course_id": course.id, "platform": course.platform})
    return [Someone(*row) for row in rows]


def note_change(tx: Connection, course_id: int, key: str, before: str, after: str, by: str, now: datetime) -> None:
    """Keep that a policy moved deadlines."""
    values = {"key": key, "before": before, "after": after, "by": by, "at": now}
    tx.execute(insert(policy_change).values(course_id=course_id, **values))


def changes_since(tx: Connection, course_id: int, since: datetime) -> list[PolicyChange]:
    """The policies that moved deadlines, the oldest first."""
    columns = (policy_change.c[name] for name in PolicyChange.__dataclass_fields__)
    statement = select(*columns).where(policy_change.c.course_id == course_id, policy_change.c.at >= since)
    return [PolicyChange(*row) for row in tx.execute(statement.order_by(policy_change.c.id))]


def open_votes(tx: Connection, person_id: int) -> list[tuple[str, datetime, bool]]:
    """The open votes in which somebody may vote: title, close, and whether they have."""
    statement = (
        select(vote.c.title, vote.c.closes_at, vote_voter.c.voted)
        .join(vote_voter, vote_voter.c.vote_id == vote.c.id)
        .where(vote_voter.c.person_id == person_id, vote.c.closed_at.is_(None))
    )
    return [(row.title, row.closes_at, row.voted) for row in tx.execute(statement.order_by(vote.c.id))]
