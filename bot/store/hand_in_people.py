"""Queries on whose a hand-in is: who may hand in for which group, and whom it concerns."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, and_, bindparam, select

from bot.core.course import Role
from bot.store.courses import CourseRow
from bot.store.hand_ins import HandInRow
from bot.store.tables import account, duty, group_duty, group_space, membership, person, study_group
from bot.store.types import Id

_HOLDS = (
    select(duty.c.session_id, group_duty.c.group_id)
    .outerjoin(group_duty, group_duty.c.id == duty.c.group_duty_id)
    .where(
        duty.c.role == bindparam("role"),
        duty.c.person_id == bindparam("person_id", type_=Id),
        duty.c.ended_at.is_(None),
    )
)
_MEMBERS = (
    select(person.c.id, account.c.user_id)
    .outerjoin(account, and_(account.c.person_id == person.c.id, account.c.platform == bindparam("platform")))
    .order_by(person.c.id)
)
_GROUP = (
    select(study_group.c.name, group_space.c.room_id)
    .outerjoin(group_space, group_space.c.group_id == study_group.c.id)
    .where(study_group.c.id == bindparam("group_id", type_=Id))
)


@dataclass(frozen=True, slots=True)
class Audience:
    """Whose a hand-in is, who did it, and who of them can be told where: their private room, if there is one, and the
    people by id and the platform's user id."""

    owner: str
    by: str
    room: str | None
    people: tuple[tuple[int, str | None], ...]


def duties_of(tx: Connection, person_id: int, role: Role) -> dict[int, int | None]:
    """The sessions in which somebody holds a role, each with the group for which they do (None: on their own)."""
    rows = tx.execute(_HOLDS, {"role": role.value, "person_id": person_id})
    return {row.session_id: row.group_id for row in rows}


def audience(tx: Connection, course: CourseRow, row: HandInRow) -> Audience:
    """Whom a hand-in concerns: the group's members now, or the one person."""
    by = tx.execute(select(person.c.name).where(person.c.id == row.person_id)).scalar_one()
    platform = {"platform": course.platform}
    if row.group_id is None:
        rows = tx.execute(_MEMBERS.where(person.c.id == row.person_id), platform)
        return Audience(by, by, None, tuple((one.id, one.user_id) for one in rows))
    group = tx.execute(_GROUP, {"group_id": row.group_id}).one()
    seated = select(membership.c.person_id).where(membership.c.group_id == row.group_id, membership.c.left_at.is_(None))
    rows = tx.execute(_MEMBERS.where(person.c.id.in_(seated)), platform)
    return Audience(group.name, by, group.room_id, tuple((one.id, one.user_id) for one in rows))
