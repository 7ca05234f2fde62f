"""Queries on duties as one person sees them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import Connection, and_, bindparam, select

from bot.core.course import Role
from bot.core.groups import Member
from bot.store.tables import account, duty, group_duty, person, session, study_group


@dataclass(frozen=True, slots=True)
class PersonDuty:
    """A duty that somebody holds: for which group (None: alone), and who else holds it."""

    session_id: int
    role: Role
    group: str | None
    others: tuple[Member, ...]


_MINE = (
    select(duty.c.session_id, duty.c.role, study_group.c.name.label("group_name"))
    .join(session, session.c.id == duty.c.session_id)
    .outerjoin(group_duty, group_duty.c.id == duty.c.group_duty_id)
    .outerjoin(study_group, study_group.c.id == group_duty.c.group_id)
    .where(
        duty.c.person_id == bindparam("person_id"),
        duty.c.ended_at.is_(None),
        session.c.cancelled_at.is_(None),
    )
    .order_by(session.c.starts_at, duty.c.role)
)
_OTHERS = (
    select(duty.c.session_id, duty.c.role, person.c.name, account.c.user_id)
    .join(person, person.c.id == duty.c.person_id)
    .outerjoin(account, and_(account.c.person_id == person.c.id, account.c.platform == bindparam("platform")))
    .where(
        duty.c.session_id.in_(bindparam("sessions", expanding=True)),
        duty.c.ended_at.is_(None),
        duty.c.person_id != bindparam("person_id"),
    )
    .order_by(duty.c.position)
)


def of_person(tx: Connection, person_id: int, platform: str) -> list[PersonDuty]:
    """What they hold and held in sessions that are not cancelled, in order of time."""
    mine = tx.execute(_MINE, {"person_id": person_id}).all()
    if not mine:
        return []
    others: defaultdict[tuple[int, str], list[Member]] = defaultdict(list)
    values = {"sessions": [row.session_id for row in mine], "person_id": person_id, "platform": platform}
    for row in tx.execute(_OTHERS, values):
        others[row.session_id, row.role].append(Member(row.name, row.user_id))
    return [
        PersonDuty(row.session_id, Role(row.role), row.group_name, tuple(others[row.session_id, row.role]))
        for row in mine
    ]
