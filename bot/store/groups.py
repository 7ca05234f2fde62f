"""Queries on groups. The cap, one group a person and the lock date are constraints (tables.py, triggers.py)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Boolean, Connection, and_, bindparam, delete, exists, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.elements import ColumnElement

from bot.core.groups import GroupsLocked, GroupView, Member, name_key, name_order
from bot.core.placement import OpenGroup
from bot.store import duties
from bot.store.tables import (
    account,
    group_duty,
    group_seat,
    invitation,
    membership,
    person,
    ranking,
    seeking,
    study_group,
    swap,
)
from bot.store.triggers import LOCKED
from bot.store.types import Id, UtcDateTime

_OPEN = study_group.c.dissolved_at.is_(None)

_BY_NAME = select(study_group.c.id, study_group.c.name).where(
    study_group.c.course_id == bindparam("course_id"), study_group.c.name_key == bindparam("key"), _OPEN
)
_BY_ID = select(study_group.c.id, study_group.c.name).where(
    study_group.c.course_id == bindparam("course_id"), study_group.c.id == bindparam("group_id"), _OPEN
)

_held = membership.alias("held")
_TAKE_SEAT = (
    insert(membership)
    .from_select(
        ["course_id", "group_id", "seat", "person_id", "joined_at", "by_staff", "invitation_id"],
        select(
            bindparam("course_id", type_=Id),
            group_seat.c.group_id,
            group_seat.c.seat,
            bindparam("person_id", type_=Id),
            bindparam("at", type_=UtcDateTime),
            bindparam("by_staff", type_=Boolean),
            bindparam("invitation_id", type_=Id),
        )
        .where(
            group_seat.c.group_id == bindparam("group_id"),
            ~exists().where(
                _held.c.group_id == group_seat.c.group_id,
                _held.c.seat == group_seat.c.seat,
                _held.c.left_at.is_(None),
            ),
        )
        .order_by(group_seat.c.seat)
        .limit(1),
    )
    .returning(membership.c.seat)
)

_BOARD = (
    select(
        study_group.c.id,
        study_group.c.name,
        select(func.count())
        .where(group_seat.c.group_id == study_group.c.id)
        .correlate(study_group)
        .scalar_subquery()
        .label("size"),
        person.c.name.label("member"),
        person.c.id.label("person_id"),
        account.c.user_id,
    )
    .outerjoin(membership, and_(membership.c.group_id == study_group.c.id, membership.c.left_at.is_(None)))
    .outerjoin(person, person.c.id == membership.c.person_id)
    .outerjoin(account, and_(account.c.person_id == person.c.id, account.c.platform == bindparam("platform")))
    .where(study_group.c.course_id == bindparam("course_id"), _OPEN)
    .order_by(study_group.c.name_key, membership.c.seat)
)
_ONE = _BOARD.where(study_group.c.id == bindparam("group_id"))


def find(tx: Connection, course_id: int, group: int | str) -> tuple[int, str] | None:
    """Id and name of the group with this id or name."""
    if isinstance(group, int):
        row = tx.execute(_BY_ID, {"course_id": course_id, "group_id": group}).first()
    else:
        row = tx.execute(_BY_NAME, {"course_id": course_id, "key": name_key(group)}).first()
    return (row.id, row.name) if row else None


def names(tx: Connection, course_id: int) -> dict[int, str]:
    """Every group's name by id."""
    statement = select(study_group.c.id, study_group.c.name).where(study_group.c.course_id == course_id, _OPEN)
    rows = sorted(tx.execute(statement), key=lambda row: (name_order(row.name), row.id))
    return {row.id: row.name for row in rows}


def create(tx: Connection, course_id: int, name: str, seats: int, person_id: int, at: datetime) -> int:
    """A new group with `seats` empty seats; returns its id."""
    values = {"course_id": course_id, "name": name, "name_key": name_key(name)}
    group_id: int = tx.execute(
        insert(study_group).values(**values, created_by=person_id, created_at=at).returning(study_group.c.id)
    ).scalar_one()
    tx.execute(insert(group_seat), [{"group_id": group_id, "seat": seat} for seat in range(1, seats + 1)])
    return group_id


def take_seat(
    tx: Connection,
    course_id: int,
    group_id: int,
    person_id: int,
    at: datetime,
    *,
    by_staff: bool = False,
    invitation_id: int | None = None,
) -> bool:
    """Seat the person at the first free seat; False (and nothing changed) when the group is full.

    Who has a seat looks for none: their other invitations and requests are withdrawn, and they are off the board of
    people who look for a group. The group's duties ahead are theirs too from now on.

    Raises:
        GroupsLocked: the course's lock date is not after `at`, and it is neither by staff nor by a valid invitation.
    """
    values = {"course_id": course_id, "group_id": group_id, "person_id": person_id, "at": at}
    with _locked_as_course_error():
        row = tx.execute(_TAKE_SEAT, {**values, "by_staff": by_staff, "invitation_id": invitation_id}).first()
    if row is None:
        return False
    withdraw(tx, at, invitation.c.person_id == person_id)
    tx.execute(delete(seeking).where(seeking.c.person_id == person_id))
    duties.follow(tx, group_id, at)
    return True


def seat_by_staff(tx: Connection, course_id: int, group_id: int, person_id: int, now: datetime) -> bool:
    """`take_seat` by staff's right: the lock does not matter."""
    return take_seat(tx, course_id, group_id, person_id, now, by_staff=True)


def leave(tx: Connection, membership_id: int, group_id: int, at: datetime) -> bool:
    """End a membership; an emptied group is dissolved. Returns whether it was.

    Raises:
        GroupsLocked: the course's lock date is not after `at`.
    """
    return _end(tx, membership_id, group_id, at, by_staff=False)


def remove(tx: Connection, membership_id: int, group_id: int, now: datetime) -> bool:
    """`leave` by staff's right: the lock does not matter."""
    return _end(tx, membership_id, group_id, now, by_staff=True)


def _end(tx: Connection, membership_id: int, group_id: int, at: datetime, *, by_staff: bool) -> bool:
    with _locked_as_course_error():
        tx.execute(update(membership).where(membership.c.id == membership_id).values(left_at=at, by_staff=by_staff))
    empty = ~exists().where(membership.c.group_id == group_id, membership.c.left_at.is_(None))
    statement = update(study_group).where(study_group.c.id == group_id, empty).values(dissolved_at=at)
    dissolved = tx.execute(statement).rowcount == 1
    if dissolved:
        _clear(tx, group_id, at)
    duties.follow(tx, group_id, at)
    return dissolved


def add_seats(tx: Connection, group_id: int, number: int) -> None:
    """Let the group have so many more members."""
    last = tx.execute(select(func.max(group_seat.c.seat)).where(group_seat.c.group_id == group_id)).scalar() or 0
    tx.execute(insert(group_seat), [{"group_id": group_id, "seat": last + n} for n in range(1, number + 1)])


def rename(tx: Connection, group_id: int, name: str) -> None:
    tx.execute(update(study_group).where(study_group.c.id == group_id).values(name=name, name_key=name_key(name)))


def merge(tx: Connection, course_id: int, source: int, target: int, handed_over: Sequence[int], now: datetime) -> None:
    """Move everyone of one group to another by staff's right; the emptied group is dissolved.

    `handed_over` are the `group_duty` rows that go with them; the others that lie ahead are given back. The target must
    have the seats, and no other duty in those sessions.
    """
    _clear(tx, source, now)
    tx.execute(update(group_duty).where(group_duty.c.id.in_(handed_over)).values(group_id=target))
    here = (membership.c.group_id == source, membership.c.left_at.is_(None))
    people = list(tx.execute(select(membership.c.person_id).where(*here).order_by(membership.c.seat)).scalars())
    # All at once, and the duties after that: nobody who goes with a duty gives it up for a moment.
    tx.execute(update(membership).where(*here).values(left_at=now, by_staff=True))
    tx.execute(update(study_group).where(study_group.c.id == source).values(dissolved_at=now))
    values = {"course_id": course_id, "group_id": target, "at": now, "by_staff": True, "invitation_id": None}
    for person_id in people:
        tx.execute(_TAKE_SEAT, {**values, "person_id": person_id}).one()
    duties.follow(tx, source, now)
    duties.follow(tx, target, now)


def _clear(tx: Connection, group_id: int, at: datetime) -> None:
    """What a group that is no more had under way: invitations, rankings, swaps."""
    withdraw(tx, at, invitation.c.group_id == group_id)
    tx.execute(delete(ranking).where(ranking.c.group_id == group_id))
    mine = select(group_duty.c.id).where(group_duty.c.group_id == group_id)
    theirs = or_(swap.c.with_group_id == group_id, swap.c.offered_id.in_(mine))
    closed = {"answered_at": at, "outcome": "withdrawn"}
    tx.execute(update(swap).where(swap.c.answered_at.is_(None), theirs).values(**closed))


def withdraw(tx: Connection, at: datetime, which: ColumnElement[bool]) -> None:
    """Close the open invitations and requests for which `which` holds."""
    statement = update(invitation).where(invitation.c.answered_at.is_(None), which)
    tx.execute(statement.values(answered_at=at, outcome="withdrawn"))


def board(tx: Connection, course_id: int, platform: str) -> list[GroupView]:
    """Every group, by name, with its members by seat."""
    views = _views(tx, _BOARD, {"course_id": course_id, "platform": platform})
    return sorted(views, key=lambda one: name_order(one.name))


def open_groups(tx: Connection, course_id: int) -> list[OpenGroup]:
    """Every group by name, with the ids of its members by seat."""
    found: dict[int, tuple[str, int, list[int]]] = {}
    for row in tx.execute(_BOARD, {"course_id": course_id, "platform": ""}):
        members = found.setdefault(row.id, (row.name, row.size, []))[2]
        if row.person_id is not None:
            members.append(row.person_id)
    return [OpenGroup(id_, name, tuple(members), size) for id_, (name, size, members) in found.items()]


def view(tx: Connection, course_id: int, group_id: int, platform: str) -> GroupView:
    """One group."""
    return _views(tx, _ONE, {"course_id": course_id, "group_id": group_id, "platform": platform})[0]


def _views(tx: Connection, statement, values: dict[str, object]) -> list[GroupView]:  # type: ignore[no-untyped-def]
    found: dict[int, tuple[str, int, list[Member]]] = {}
    for row in tx.execute(statement, values):
        members = found.setdefault(row.id, (row.name, row.size, []))[2]
        if row.member is not None:
            members.append(Member(row.member, row.user_id))
    return [GroupView(id_, name, size, tuple(members)) for id_, (name, size, members) in found.items()]


class _locked_as_course_error:
    """The trigger's refusal as the error people see; the date was checked before, so this is a rare race."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: object, _trace: object) -> None:
        if isinstance(error, IntegrityError) and LOCKED in str(error.orig):
            raise GroupsLocked(None) from error
