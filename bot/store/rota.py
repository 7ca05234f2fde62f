"""Queries on what staff do with the rota: people on duty by name, a bonus, and each rota that was put in force."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, func, insert, select, update

from bot.core.course import Role
from bot.store.tables import account, duty, person, rota_change, session


@dataclass(frozen=True, slots=True)
class Person:
    """Someone in the course as staff may name them; `user_id` is the platform's, None without an account there."""

    id: int
    name: str
    roster_key: str
    user_id: str | None
    dropped: bool


@dataclass(frozen=True, slots=True)
class Seat:
    """A group in a seat, as a change of the rota keeps it."""

    session: int
    role: Role
    group: int
    origin: str
    reason: str

    @property
    def key(self) -> tuple[int, Role, int]:
        return self.session, self.role, self.group


@dataclass(frozen=True, slots=True)
class Change:
    """A rota that was put in force, with all seats that lay ahead then, before and after."""

    id: int
    before: tuple[Seat, ...]
    after: tuple[Seat, ...]


def everyone(tx: Connection, course_id: int, platform: str) -> list[Person]:
    """All people of the course, those who have left it included."""
    theirs = and_(account.c.person_id == person.c.id, account.c.platform == platform)
    statement = (
        select(person.c.id, person.c.name, person.c.roster_key, account.c.user_id, person.c.dropped_at)
        .outerjoin(account, theirs)
        .where(person.c.course_id == course_id)
        .order_by(person.c.id)
    )
    return [
        Person(row.id, row.name, row.roster_key, row.user_id, row.dropped_at is not None)
        for row in tx.execute(statement)
    ]


def roles_of(tx: Connection, session_id: int, person_ids: Sequence[int]) -> dict[int, list[Role]]:
    """What these people do in a session."""
    statement = select(duty.c.person_id, duty.c.role).where(
        duty.c.session_id == session_id, duty.c.person_id.in_(person_ids), duty.c.ended_at.is_(None)
    )
    found: dict[int, list[Role]] = {}
    for row in tx.execute(statement.order_by(duty.c.id)):
        found.setdefault(row.person_id, []).append(Role(row.role))
    return found


def put_alone(
    tx: Connection, course_id: int, session_id: int, role: Role, wanted: Sequence[int], now: datetime
) -> None:
    """Let these people, and nobody else, hold the role without a seat of a group. Who holds it in one is left alone."""
    here = and_(duty.c.session_id == session_id, duty.c.role == role.value, duty.c.ended_at.is_(None))
    there = {row.person_id: row for row in tx.execute(select(duty).where(here)).all()}
    for row in there.values():
        if row.group_duty_id is None and row.person_id not in wanted:
            tx.execute(update(duty).where(duty.c.id == row.id).values(ended_at=now))
    last = max((row.position for row in there.values()), default=-1)
    values = {"course_id": course_id, "session_id": session_id, "role": role.value, "assigned_at": now}
    for position, person_id in enumerate((one for one in wanted if one not in there), start=last + 1):
        tx.execute(insert(duty).values(person_id=person_id, position=position, **values))


def bonuses(tx: Connection, course_id: int) -> dict[int, str]:
    """What staff offer to whoever takes a duty, by session; only where they offer something."""
    statement = select(session.c.id, session.c.bonus).where(session.c.course_id == course_id)
    return {row.id: row.bonus for row in tx.execute(statement.where(session.c.bonus.is_not(None)))}


def set_bonus(tx: Connection, session_id: int, note: str | None) -> None:
    """What staff offer to whoever takes a duty in a session; None for nothing."""
    tx.execute(update(session).where(session.c.id == session_id).values(bonus=note))


def record(
    tx: Connection, course_id: int, actor: str, before: Iterable[Seat], after: Iterable[Seat], now: datetime
) -> int:
    """Keep that a rota was put in force; returns the id to undo it by."""
    values = {"before": _dump(before), "after": _dump(after)}
    statement = insert(rota_change).values(course_id=course_id, at=now, actor=actor, **values)
    return int(tx.execute(statement.returning(rota_change.c.id)).scalar_one())


def latest(tx: Connection, course_id: int) -> Change | None:
    """The latest change that was not undone."""
    newest = select(func.max(rota_change.c.id)).where(
        rota_change.c.course_id == course_id, rota_change.c.undone_at.is_(None)
    )
    row = tx.execute(select(rota_change).where(rota_change.c.id == newest.scalar_subquery())).first()
    return Change(row.id, _load(row.before), _load(row.after)) if row else None


def mark_undone(tx: Connection, change_id: int, now: datetime) -> None:
    tx.execute(update(rota_change).where(rota_change.c.id == change_id).values(undone_at=now))


def _dump(seats: Iterable[Seat]) -> str:
    return json.dumps([[one.session, one.role, one.group, one.origin, one.reason] for one in seats])


def _load(text: str) -> tuple[Seat, ...]:
    return tuple(
        Seat(session_id, Role(role), group, origin, reason)
        for session_id, role, group, origin, reason in json.loads(text)
    )
