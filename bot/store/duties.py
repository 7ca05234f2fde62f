"""Queries on duties: seats, the groups in them, and the people, who follow their group.

A seat is taken by a group (`group_duty`); who holds the duty are people (`duty`): the group's members while the session
lies ahead, and whoever they were then once it is past. Staff, guests and single students hold a duty without a seat.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, delete, exists, func, insert, literal, select, update

from bot.core.course import Role
from bot.store.tables import duty, duty_seat, group_duty, membership, person, session, study_group
from bot.store.types import Id, UtcDateTime

CLOSED = 1_000
"""Places from here on are not on offer: where no seat is left, they hold what was once held in one."""

ON_THE_PAGE = "as on the course page"
"""The reason for a seat that a page gave."""


@dataclass(frozen=True, slots=True)
class Holding:
    """A group in a seat; `origin` is "volunteered", "staff", "planned" or "swapped"."""

    id: int
    session_id: int
    role: Role
    place: int
    group_id: int
    origin: str
    reason: str


@dataclass(frozen=True, slots=True)
class Alone:
    """A person who holds a duty without a seat of a group; `group_id` is the group they are in, if any."""

    session_id: int
    role: Role
    person_id: int
    name: str
    group_id: int | None


_SPREAD = 100
"""People are listed by seat: those in one seat of a role have positions so far from those in the next."""

_OPEN = group_duty.c.ended_at.is_(None)
_HOLDINGS = (
    select(*(group_duty.c[name] for name in Holding.__dataclass_fields__))
    .join(session, session.c.id == group_duty.c.session_id)
    .where(group_duty.c.course_id == bindparam("course_id"), _OPEN)
    .order_by(session.c.starts_at, group_duty.c.role, group_duty.c.place)
)
_taken = group_duty.alias("taken")
_TAKE = (
    insert(group_duty)
    .from_select(
        ["course_id", "session_id", "role", "place", "group_id", "origin", "reason", "assigned_at"],
        select(
            duty_seat.c.course_id,
            duty_seat.c.session_id,
            duty_seat.c.role,
            duty_seat.c.place,
            bindparam("group_id", type_=Id),
            bindparam("origin", type_=group_duty.c.origin.type),
            bindparam("reason", type_=group_duty.c.reason.type),
            bindparam("at", type_=UtcDateTime),
        )
        .where(
            duty_seat.c.session_id == bindparam("session_id"),
            duty_seat.c.role == bindparam("role"),
            duty_seat.c.place < CLOSED,
            ~exists().where(
                _taken.c.session_id == duty_seat.c.session_id,
                _taken.c.role == duty_seat.c.role,
                _taken.c.place == duty_seat.c.place,
                _taken.c.ended_at.is_(None),
            ),
        )
        .order_by(duty_seat.c.place)
        .limit(1),
    )
    .returning(group_duty.c.id)
)
_MEMBERS = (
    select(membership.c.group_id, membership.c.person_id, membership.c.seat)
    .where(membership.c.group_id.in_(bindparam("groups", expanding=True)), membership.c.left_at.is_(None))
    .order_by(membership.c.seat)
)


def holdings(tx: Connection, course_id: int) -> list[Holding]:
    """Every group in a seat, in order of time, cancelled sessions included."""
    return [_holding(row) for row in tx.execute(_HOLDINGS, {"course_id": course_id})]


def taken_by_command(tx: Connection, course_id: int) -> dict[int, set[Role]]:
    """The roles, by session, in which a group has a seat that no page gave it."""
    found: defaultdict[int, set[Role]] = defaultdict(set)
    for one in holdings(tx, course_id):
        if one.reason != ON_THE_PAGE:
            found[one.session_id].add(one.role)
    return found


def held_by(tx: Connection, course_id: int, group_id: int) -> list[Holding]:
    """The seats of one group, in order of time."""
    statement = _HOLDINGS.where(group_duty.c.group_id == group_id)
    return [_holding(row) for row in tx.execute(statement, {"course_id": course_id})]


def alone(tx: Connection, course_id: int) -> list[Alone]:
    """Everyone on duty without a seat of a group, cancelled sessions included."""
    statement = (
        select(duty.c.session_id, duty.c.role, duty.c.person_id, person.c.name, membership.c.group_id)
        .join(person, person.c.id == duty.c.person_id)
        .outerjoin(membership, and_(membership.c.person_id == duty.c.person_id, membership.c.left_at.is_(None)))
        .where(duty.c.course_id == course_id, duty.c.ended_at.is_(None), duty.c.group_duty_id.is_(None))
        .order_by(duty.c.session_id, duty.c.role, duty.c.position)
    )
    return [
        Alone(row.session_id, Role(row.role), row.person_id, row.name, row.group_id) for row in tx.execute(statement)
    ]


def seats(tx: Connection, course_id: int) -> dict[tuple[int, Role], int]:
    """How many groups may hold each role in each session that has such seats."""
    statement = select(duty_seat.c.session_id, duty_seat.c.role, func.count().label("places"))
    on_offer = (duty_seat.c.course_id == course_id, duty_seat.c.place < CLOSED)
    rows = tx.execute(statement.where(*on_offer).group_by(duty_seat.c.session_id, duty_seat.c.role))
    return {(row.session_id, Role(row.role)): row.places for row in rows}


def offer(tx: Connection, course_id: int, session_id: int, role: Role, places: int) -> bool:
    """Have `places` seats for a role in a session; False (and nothing changed) when more than that are taken."""
    here = (duty_seat.c.session_id == session_id, duty_seat.c.role == role.value)
    held = tx.execute(
        select(group_duty.c.id, group_duty.c.place)
        .where(group_duty.c.session_id == session_id, group_duty.c.role == role.value, _OPEN)
        .order_by(group_duty.c.place)
    ).all()
    if len(held) > places:
        return False
    there = set(tx.execute(select(duty_seat.c.place).where(*here)).scalars())
    # Without a seat a row stays all the same: it says that staff want none, and keeps the history.
    wanted = range(1, places + 1) if places else [CLOSED]
    missing = [place for place in wanted if place not in there]
    if missing:
        row = {"course_id": course_id, "session_id": session_id, "role": role.value}
        tx.execute(insert(duty_seat), [{**row, "place": place} for place in missing])
    for place, one in enumerate(held, start=1):  # close up from the front: the one before has always moved already
        if one.place != place:
            tx.execute(update(group_duty).where(group_duty.c.id == one.id).values(place=place))
            closer = duty.c.position - (one.place - place) * _SPREAD
            tx.execute(update(duty).where(duty.c.group_duty_id == one.id).values(position=closer))
    # What was once held in a seat that goes moves to one that stays.
    past = (group_duty.c.session_id == session_id, group_duty.c.role == role.value, group_duty.c.ended_at.is_not(None))
    keep = 1 if places else CLOSED
    tx.execute(update(group_duty).where(*past, group_duty.c.place > places).values(place=keep))
    tx.execute(delete(duty_seat).where(*here, duty_seat.c.place > places, duty_seat.c.place != keep))
    return True


def take(
    tx: Connection, session_id: int, role: Role, group_id: int, origin: str, reason: str, now: datetime
) -> int | None:
    """Put a group in the first free seat, and its members on the duty; the id, or None when no seat is free.

    Raises:
        IntegrityError: the group has another duty in this session.
    """
    values = {"session_id": session_id, "role": role.value, "group_id": group_id}
    row = tx.execute(_TAKE, {**values, "origin": origin, "reason": reason, "at": now}).first()
    if row is None:
        return None
    _follow(tx, [int(row.id)], now)
    return int(row.id)


def end(tx: Connection, ids: Iterable[int], now: datetime) -> None:
    """Take groups out of their seats, and their members off the duty."""
    for group_duty_id in ids:
        tx.execute(update(group_duty).where(group_duty.c.id == group_duty_id).values(ended_at=now))
        tx.execute(
            update(duty).where(duty.c.group_duty_id == group_duty_id, duty.c.ended_at.is_(None)).values(ended_at=now)
        )


def follow(tx: Connection, group_id: int, now: datetime) -> None:
    """After a change in a group: its members now hold what lies ahead. A dissolved group gives its seats back."""
    ahead = (
        select(group_duty.c.id)
        .join(session, session.c.id == group_duty.c.session_id)
        .where(group_duty.c.group_id == group_id, _OPEN, session.c.starts_at > now)
    )
    ids = list(tx.execute(ahead).scalars())
    if not ids:
        return
    gone = tx.execute(
        select(literal(True)).where(study_group.c.id == group_id, study_group.c.dissolved_at.is_not(None))
    ).scalar()
    if gone:
        end(tx, ids, now)
    else:
        _follow(tx, ids, now)


def adopt(tx: Connection, course_id: int, session_id: int, now: datetime) -> None:
    """After a page named people: a group all of whose members hold a role has its seat, others have none."""
    whole = _whole_groups(tx, _people(tx, session_id))
    for row in tx.execute(select(group_duty).where(group_duty.c.session_id == session_id, _OPEN)).all():
        if row.group_id in whole.get(row.role, ()):
            _tie(tx, row.id)
        else:
            # The page decides who is on duty: only the seat is given back.
            tx.execute(update(group_duty).where(group_duty.c.id == row.id).values(ended_at=now))
            theirs = and_(duty.c.group_duty_id == row.id, duty.c.ended_at.is_(None))
            tx.execute(update(duty).where(theirs).values(group_duty_id=None))
    recognise(tx, course_id, session_id, ON_THE_PAGE, now)


def recognise(tx: Connection, course_id: int, session_id: int, reason: str, now: datetime) -> None:
    """Give a group all of whose members hold a role its seat, unless it has one in this session. Nobody loses any."""
    seated = select(group_duty.c.group_id).where(group_duty.c.session_id == session_id, _OPEN)
    kept = set(tx.execute(seated).scalars())
    for name, groups in _whole_groups(tx, _people(tx, session_id)).items():
        role = Role(name)
        for group_id in groups:
            if group_id in kept:
                continue
            kept.add(group_id)
            if take(tx, session_id, role, group_id, "staff", reason, now) is None:
                places = seats(tx, course_id).get((session_id, role), 0)
                offer(tx, course_id, session_id, role, places + 1)
                take(tx, session_id, role, group_id, "staff", reason, now)


def _people(tx: Connection, session_id: int) -> dict[str, set[int]]:
    """Who holds each role of a session."""
    statement = select(duty.c.role, duty.c.person_id).where(duty.c.session_id == session_id, duty.c.ended_at.is_(None))
    people: defaultdict[str, set[int]] = defaultdict(set)
    for row in tx.execute(statement.order_by(duty.c.role, duty.c.position)):
        people[row.role].add(row.person_id)
    return dict(people)


def _whole_groups(tx: Connection, people: dict[str, set[int]]) -> dict[str, list[int]]:
    """For each role: the groups all of whose members are among its people."""
    everyone = set().union(*people.values())
    mine = select(membership.c.group_id).where(membership.c.person_id.in_(everyone), membership.c.left_at.is_(None))
    members = _members(tx, sorted(set(tx.execute(mine).scalars()))) if everyone else {}
    return {
        role: [group for group, seated in members.items() if {person for person, _ in seated} <= holders]
        for role, holders in people.items()
    }


def _follow(tx: Connection, ids: Sequence[int], now: datetime) -> None:
    for row in tx.execute(select(group_duty).where(group_duty.c.id.in_(ids))).all():
        wanted = dict(_members(tx, [row.group_id]).get(row.group_id, ()))
        here = tx.execute(
            select(duty.c.id, duty.c.person_id, duty.c.group_duty_id).where(
                duty.c.session_id == row.session_id, duty.c.role == row.role, duty.c.ended_at.is_(None)
            )
        ).all()
        for one in here:
            if wanted.pop(one.person_id, None) is not None:  # they stay where they are in the list
                if one.group_duty_id != row.id:
                    tx.execute(update(duty).where(duty.c.id == one.id).values(group_duty_id=row.id))
            elif one.group_duty_id == row.id:
                tx.execute(update(duty).where(duty.c.id == one.id).values(ended_at=now))
        values = {"course_id": row.course_id, "session_id": row.session_id, "role": row.role}
        for person_id, seat in wanted.items():
            tx.execute(
                insert(duty).values(
                    **values,
                    person_id=person_id,
                    position=(row.place - 1) * _SPREAD + seat,
                    assigned_at=now,
                    group_duty_id=row.id,
                )
            )


def _tie(tx: Connection, group_duty_id: int) -> None:
    """Let the open rows of a group's members point to its seat."""
    row = tx.execute(select(group_duty).where(group_duty.c.id == group_duty_id)).one()
    mine = select(membership.c.person_id).where(membership.c.group_id == row.group_id, membership.c.left_at.is_(None))
    theirs = and_(duty.c.session_id == row.session_id, duty.c.role == row.role, duty.c.ended_at.is_(None))
    tx.execute(update(duty).where(theirs, duty.c.person_id.in_(mine)).values(group_duty_id=group_duty_id))


def _members(tx: Connection, groups: Sequence[int]) -> dict[int, list[tuple[int, int]]]:
    found: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for row in tx.execute(_MEMBERS, {"groups": list(groups)}):
        found[row.group_id].append((row.person_id, row.seat))
    return dict(found)


def _holding(row: object) -> Holding:
    values = {name: getattr(row, name) for name in Holding.__dataclass_fields__}
    return Holding(**{**values, "role": Role(values["role"])})
