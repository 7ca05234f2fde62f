"""Queries on swaps: one group asks another to trade duties, or to take one over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, exists, insert, select, update

from bot.core.course import Role
from bot.store.tables import account, group_duty, group_space, person, study_group, swap


@dataclass(frozen=True, slots=True)
class SwapSeat:
    """A seat that changes hands, as it was when the swap was asked for; `held` while that group still has it."""

    id: int
    session_id: int
    role: Role
    group_id: int
    group: str
    held: bool


@dataclass(frozen=True, slots=True)
class SwapRow:
    """One request. `wanted` is None when nothing is asked in return; `outcome` is None while it is open, then "done",
    "declined" or "withdrawn". `answered_by` is None also for one that the bot withdrew. `asked_user` is the platform's
    user id of who asked."""

    id: int
    offered: SwapSeat
    wanted: SwapSeat | None
    with_id: int
    with_group: str
    asked_by: int
    asked_user: str | None
    answered_by: int | None
    outcome: str | None


_seat = (
    select(group_duty, study_group.c.name)
    .join(study_group, study_group.c.id == group_duty.c.group_id)
    .where(group_duty.c.id == bindparam("id"))
)
_ONE = (
    select(swap, study_group.c.name, account.c.user_id)
    .join(study_group, study_group.c.id == swap.c.with_group_id)
    .join(person, person.c.id == swap.c.asked_by)
    .outerjoin(account, and_(account.c.person_id == person.c.id, account.c.platform == bindparam("platform")))
    .where(swap.c.course_id == bindparam("course_id"), swap.c.id == bindparam("swap_id"))
)


def find(tx: Connection, course_id: int, swap_id: int, platform: str) -> SwapRow | None:
    """The request with this id."""
    row = tx.execute(_ONE, {"course_id": course_id, "swap_id": swap_id, "platform": platform}).first()
    if row is None:
        return None
    return SwapRow(
        id=row.id,
        offered=_read_seat(tx, row.offered_id),
        wanted=_read_seat(tx, row.wanted_id) if row.wanted_id is not None else None,
        with_id=row.with_group_id,
        with_group=row.name,
        asked_by=row.asked_by,
        asked_user=row.user_id,
        answered_by=row.answered_by,
        outcome=row.outcome,
    )


def open_for(tx: Connection, offered_id: int) -> tuple[int, int | None, int] | None:
    """The open request about this seat: its id, what it wants, and of which group. There is at most one."""
    columns = (swap.c.id, swap.c.wanted_id, swap.c.with_group_id)
    row = tx.execute(select(*columns).where(swap.c.offered_id == offered_id, swap.c.answered_at.is_(None))).first()
    return (row.id, row.wanted_id, row.with_group_id) if row else None


def ask(
    tx: Connection,
    course_id: int,
    offered_id: int,
    wanted_id: int | None,
    with_id: int,
    person_id: int,
    now: datetime,
) -> int:
    """A new request; returns its id.

    Raises:
        IntegrityError: there is an open one about this seat.
    """
    values = {"offered_id": offered_id, "wanted_id": wanted_id, "with_group_id": with_id}
    statement = insert(swap).values(course_id=course_id, asked_by=person_id, asked_at=now, **values)
    return int(tx.execute(statement.returning(swap.c.id)).scalar_one())


def answer(tx: Connection, swap_id: int, person_id: int | None, outcome: str, now: datetime) -> None:
    """Close an open request; one that was answered before stays as it is."""
    open_ = and_(swap.c.id == swap_id, swap.c.answered_at.is_(None))
    tx.execute(update(swap).where(open_).values(answered_by=person_id, answered_at=now, outcome=outcome))


def is_room(tx: Connection, course_id: int, room_id: str) -> bool:
    """Whether this is the private room of a group."""
    here = exists().where(group_space.c.course_id == course_id, group_space.c.room_id == room_id)
    return bool(tx.execute(select(here)).scalar())


def _read_seat(tx: Connection, group_duty_id: int) -> SwapSeat:
    row = tx.execute(_seat, {"id": group_duty_id}).one()
    return SwapSeat(row.id, row.session_id, Role(row.role), row.group_id, row.name, row.ended_at is None)
