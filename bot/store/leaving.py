"""Someone leaves the course: what they held ahead is given back, what they did stays theirs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, and_, delete, func, select, update

from bot.core.course import Role
from bot.core.errors import CourseError
from bot.store import audit, groups, schedule
from bot.store.courses import CourseRow
from bot.store.tables import booking, duty, invitation, membership, person, seeking, seeking_with, session, study_group


@dataclass(frozen=True, slots=True)
class DutyAhead:
    """A duty in a session that has not begun. `left`: how many others hold it; `alone`: not as a member of a group."""

    session_id: int
    date: date
    label: str
    role: Role
    alone: bool
    left: int


@dataclass(frozen=True, slots=True)
class Dropped:
    """Someone who left the course, or would: their group (None if in none), how many are left in it, and the duties
    ahead that they no longer hold, in order of time. A group with nobody left is dissolved."""

    person_id: int
    name: str
    group_id: int | None
    group_name: str | None
    left: int
    duties: tuple[DutyAhead, ...]

    @property
    def dissolved(self) -> bool:
        return self.group_id is not None and self.left == 0


def touched(tx: Connection, course: CourseRow, person_id: int, now: datetime) -> Dropped:
    """What `drop` would touch; nothing is changed.

    Raises:
        CourseError: the course has no such person.
    """
    row = tx.execute(_WHO.where(person.c.id == person_id, person.c.course_id == course.id)).first()
    if row is None:
        raise CourseError("There is no such person in the course. Pick one of the suggestions.")
    left = 0
    if row.group_id is not None:
        here = (membership.c.group_id == row.group_id, membership.c.left_at.is_(None))
        left = tx.execute(select(func.count()).where(*here, membership.c.person_id != person_id)).scalar_one()
    return Dropped(person_id, row.name, row.group_id, row.group_name, left, _ahead(tx, course, person_id, now))


def drop(tx: Connection, course: CourseRow, person_id: int, actor_key: str, now: datetime) -> Dropped:
    """Take a person off the course: seat, invitations, looking for a group, appointments and duties ahead. Past duties
    stay (credit).

    Recorded in the audit as the deed of `actor_key`. For someone who was dropped before nothing changes. Hold the
    course first.

    Raises:
        CourseError: the course has no such person.
    """
    before = touched(tx, course, person_id, now)
    gone = update(person).where(person.c.id == person_id, person.c.dropped_at.is_(None)).values(dropped_at=now)
    if tx.execute(gone).rowcount == 0:
        return before
    seat = tx.execute(
        select(membership.c.id, membership.c.group_id).where(
            membership.c.person_id == person_id, membership.c.left_at.is_(None)
        )
    ).first()
    if seat is not None:
        groups.remove(tx, seat.id, seat.group_id, now)
    groups.withdraw(tx, now, invitation.c.person_id == person_id)
    tx.execute(delete(seeking_with).where(seeking_with.c.other_id == person_id))
    tx.execute(delete(seeking).where(seeking.c.person_id == person_id))
    ahead = and_(booking.c.person_id == person_id, booking.c.cancelled_at.is_(None), booking.c.starts_at > now)
    tx.execute(update(booking).where(ahead).values(cancelled_at=now))
    later = select(session.c.id).where(session.c.course_id == course.id, session.c.starts_at > now)
    mine = and_(duty.c.person_id == person_id, duty.c.ended_at.is_(None), duty.c.session_id.in_(later))
    tx.execute(update(duty).where(mine).values(ended_at=now))
    was_in = f" (was in {before.group_name})" if before.group_name else ""
    audit.record(tx, course.id, actor_key, f"dropped {before.name}{was_in}", now)
    return before


def restore(tx: Connection, course_id: int, person_id: int, actor_key: str, now: datetime) -> None:
    """Take someone back who was dropped; what they gave up stays given up."""
    back = update(person).where(person.c.id == person_id, person.c.dropped_at.is_not(None))
    name = tx.execute(back.values(dropped_at=None).returning(person.c.name)).scalar_one()
    audit.record(tx, course_id, actor_key, f"took {name} back into the course", now)


_WHO = (
    select(person.c.name, study_group.c.id.label("group_id"), study_group.c.name.label("group_name"))
    .outerjoin(membership, and_(membership.c.person_id == person.c.id, membership.c.left_at.is_(None)))
    .outerjoin(study_group, study_group.c.id == membership.c.group_id)
)


def _ahead(tx: Connection, course: CourseRow, person_id: int, now: datetime) -> tuple[DutyAhead, ...]:
    other = duty.alias("other")
    others = (
        select(func.count())
        .where(
            other.c.session_id == duty.c.session_id,
            other.c.role == duty.c.role,
            other.c.ended_at.is_(None),
            other.c.person_id != person_id,
        )
        .correlate(duty)
        .scalar_subquery()
    )
    rows = tx.execute(
        select(duty.c.session_id, duty.c.role, duty.c.group_duty_id, others.label("others"))
        .join(session, session.c.id == duty.c.session_id)
        .where(
            duty.c.person_id == person_id,
            duty.c.ended_at.is_(None),
            session.c.starts_at > now,
            session.c.cancelled_at.is_(None),
        )
        .order_by(session.c.starts_at, duty.c.role)
    ).all()
    found = []
    for row in rows:
        view = schedule.one(tx, course.id, row.session_id)
        if view is not None:
            label = view.as_page(course.zone).label
            alone = row.group_duty_id is None
            found.append(DutyAhead(row.session_id, view.date, label, Role(row.role), alone, row.others))
    return tuple(found)
