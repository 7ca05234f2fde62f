"""Queries on calendars that people subscribe to: their secret addresses, and what belongs in whose."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, case, func, insert, or_, select, update

from bot.core.course import Role
from bot.store.tables import (
    account,
    booking,
    duty,
    feed,
    group_duty,
    milestone,
    office_hours,
    person,
    policy_change,
    study_group,
)


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose calendar it is: a person's, a group's or, without either, the course's. `name` is theirs."""

    course_id: int
    group_id: int | None = None
    person_id: int | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class MilestoneDue:
    """A milestone, removed ones included; `changes` is how often it was changed."""

    id: int
    name: str
    due_at: datetime
    removed: bool
    changes: int


@dataclass(frozen=True, slots=True)
class Appointment:
    """A slot in office hours, cancelled ones included. `with_name` is the other side."""

    id: int
    starts_at: datetime
    minutes: int
    with_name: str
    room: str
    note: str
    cancelled: bool


_OPEN = feed.c.revoked_at.is_(None)
_FIND = (
    select(feed.c.course_id, feed.c.group_id, feed.c.person_id, study_group.c.name, person.c.name)
    .outerjoin(study_group, study_group.c.id == feed.c.group_id)
    .outerjoin(person, person.c.id == feed.c.person_id)
    .where(
        feed.c.token == bindparam("token"), _OPEN, study_group.c.dissolved_at.is_(None), person.c.dropped_at.is_(None)
    )
)
_OWN_DUTIES = select(duty.c.session_id, duty.c.role).where(
    duty.c.person_id == bindparam("person_id"), duty.c.ended_at.is_(None)
)
_GROUP_DUTIES = select(group_duty.c.session_id, group_duty.c.role).where(
    group_duty.c.group_id == bindparam("group_id"), group_duty.c.ended_at.is_(None)
)
_MILESTONES = (
    select(
        milestone.c.id, milestone.c.name, milestone.c.due_at, milestone.c.removed_at.is_not(None), milestone.c.changes
    )
    .where(milestone.c.course_id == bindparam("course_id"))
    .order_by(milestone.c.id)
)
_STEPS = (
    select(policy_change.c.key, func.count().label("steps"))
    .where(policy_change.c.course_id == bindparam("course_id"))
    .group_by(policy_change.c.key)
)


def _appointments(host: bool) -> Select[Any]:
    """A person's appointments: as the `host`, or as who booked them."""
    called_off = or_(booking.c.cancelled_at.is_not(None), office_hours.c.cancelled_at.is_not(None))
    found = (
        select(
            booking.c.id,
            booking.c.starts_at,
            office_hours.c.slot_minutes,
            person.c.name if host else office_hours.c.host_name,
            office_hours.c.room,
            booking.c.note,
            case((called_off, True), else_=False),
        )
        .join(office_hours, office_hours.c.id == booking.c.hours_id)
        .join(person, person.c.id == booking.c.person_id)
    )
    if not host:
        return found.where(booking.c.person_id == bindparam("person_id")).order_by(booking.c.id)
    mine = and_(
        account.c.course_id == office_hours.c.course_id,
        account.c.person_id == bindparam("person_id"),
        office_hours.c.host == account.c.platform + ":" + account.c.user_id,
    )
    return found.join(account, mine).order_by(booking.c.id)


_BOOKED, _HOSTED = _appointments(host=False), _appointments(host=True)


def find(tx: Connection, token: str) -> Owner | None:
    """Whose calendar is at this address. None when there is none (any more): it was replaced, the person is no longer
    in the course, or the group has dissolved."""
    row = tx.execute(_FIND, {"token": token}).first()
    if row is None:
        return None
    course_id, group_id, person_id, group, name = row
    return Owner(course_id, group_id, person_id, group or name or "")


def token_of(tx: Connection, owner: Owner, now: datetime) -> str:
    """The secret part of the owner's address, made if there is none. Hold the course first."""
    found = tx.execute(select(feed.c.token).where(_OPEN, *_of(owner))).scalar()
    return found or renew(tx, owner, now)


def renew(tx: Connection, owner: Owner, now: datetime) -> str:
    """A new address for the owner's calendar; the old one stops. Hold the course first."""
    tx.execute(update(feed).where(_OPEN, *_of(owner)).values(revoked_at=now))
    token = secrets.token_urlsafe(24)
    ids = {"course_id": owner.course_id, "group_id": owner.group_id, "person_id": owner.person_id}
    tx.execute(insert(feed).values(token=token, created_at=now, **ids))
    return token


def duties(tx: Connection, owner: Owner) -> set[tuple[int, Role]]:
    """The sessions in which the owner has a role, those of cancelled sessions included."""
    if owner.person_id is not None:
        rows = tx.execute(_OWN_DUTIES, {"person_id": owner.person_id})
    else:
        rows = tx.execute(_GROUP_DUTIES, {"group_id": owner.group_id})
    return {(session_id, Role(role)) for session_id, role in rows}


def milestones(tx: Connection, course_id: int) -> list[MilestoneDue]:
    """Every milestone there is and was."""
    return [MilestoneDue(*row) for row in tx.execute(_MILESTONES, {"course_id": course_id})]


def appointments(tx: Connection, person_id: int) -> list[Appointment]:
    """A person's appointments in office hours: those they booked, and those that others booked with them."""
    return [
        Appointment(*row) for statement in (_BOOKED, _HOSTED) for row in tx.execute(statement, {"person_id": person_id})
    ]


def policy_steps(tx: Connection, course_id: int) -> dict[str, int]:
    """How often each policy has moved deadlines."""
    return {row.key: row.steps for row in tx.execute(_STEPS, {"course_id": course_id})}


def _of(owner: Owner) -> tuple[ColumnElement[bool], ...]:
    return (
        feed.c.course_id == owner.course_id,
        feed.c.group_id.is_not_distinct_from(owner.group_id),
        feed.c.person_id.is_not_distinct_from(owner.person_id),
    )
