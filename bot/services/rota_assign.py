"""Staff put a group or people on duty by hand: shown first with the rules it would break, done on confirmation.

Staff may override every rule but what the database itself forbids: two duties of a group in one session.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from bot.core.course import Role
from bot.core.errors import CourseError
from bot.core.people import Actor, require_staff
from bot.core.rota import ENOUGH, Origin, Rule, broken_rules
from bot.services import rota_people
from bot.services.rota_desk import Desk, read_desk
from bot.services.rota_find import find_group, find_session
from bot.services.rota_people import Guest
from bot.services.slots import NOUNS, day, title
from bot.store import audit, courses, duties, groups, proposals, rota
from bot.store.courses import CourseRow
from bot.store.database import Database
from bot.store.schedule import SessionView

_KIND = "rota-assign"
BY_STAFF = Origin.STAFF.value


@dataclass(frozen=True, slots=True)
class Order:
    """What a cell is to become. `group` takes a seat, `people` (ids, and names of new guests) hold the role besides;
    `release` only gives back the seat of that group. Without any of these nobody holds the role."""

    session: int
    role: Role
    group: int | None = None
    people: tuple[int | str, ...] = ()
    release: int | None = None


@dataclass(frozen=True, slots=True)
class Assigned:
    """The cell of `day` and `title` before and after, in names; `token` confirms it (None once it is done).

    `warnings` are the rules that hold before and would be broken after; `guests` are people new to the course, each
    with a known name much like theirs, if there is one.
    """

    day: str
    title: str
    role: Role
    before: tuple[str, ...]
    after: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    guests: tuple[Guest, ...] = ()
    token: str | None = None


class RotaAssign:
    """Single cells of the rota, by hand. `session` is always an id or a date (2024-01-25)."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def preview(
        self,
        place: str,
        actor: Actor,
        session: str,
        role: Role,
        now: datetime,
        *,
        group: str | None = None,
        people: str | None = None,
        clear: bool = False,
    ) -> Assigned:
        """What it would be to put a group, people (names or mentions with commas between them) or nobody on duty.

        Raises:
            CourseError: the actor is not staff; no such session ahead, group or person; nothing or two opposite things
                are asked for; or the group has another duty in the session.
        """
        require_staff(actor)
        if clear == bool(group or people):
            raise CourseError("Give a `group`, `people` or both; or only `clear` to leave nobody on this duty.")
        return await self._database.write(_preview, place, actor, session, role, group, people, now)

    async def release(self, place: str, actor: Actor, group: str, session: str, now: datetime) -> Assigned:
        """What it would be to take a group off its duty in a session.

        Raises:
            CourseError: the actor is not staff, no such session ahead or group, or it has no duty there.
        """
        require_staff(actor)
        return await self._database.write(_release, place, actor, group, session, now)

    async def confirm(self, place: str, actor: Actor, token: str, now: datetime) -> Assigned:
        """Do what was shown.

        Raises:
            CourseError: the actor is not staff, the preview is gone, or the session's duties have changed since.
        """
        require_staff(actor)
        return await self._database.write(_confirm, place, actor, token, now)


def _preview(
    tx: Connection,
    place: str,
    actor: Actor,
    session_text: str,
    role: Role,
    group: str | None,
    names: str | None,
    now: datetime,
) -> Assigned:
    courses.hold(tx, place=place)
    course = courses.at_place(tx, place)
    session = find_session(tx, course, session_text, now)
    group_id = find_group(tx, course.id, group)[0] if group else None
    named = rota_people.read_people(rota.everyone(tx, course.id, actor.platform), names) if names else []
    guests = tuple(one for one in named if isinstance(one, Guest))
    people = tuple(one.name if isinstance(one, Guest) else one.id for one in named)
    order = Order(session.id, role, group_id, people)
    return replace(_try(tx, course, session, order, actor, now), guests=guests)


def _release(tx: Connection, place: str, actor: Actor, group: str, session_text: str, now: datetime) -> Assigned:
    courses.hold(tx, place=place)
    course = courses.at_place(tx, place)
    session = find_session(tx, course, session_text, now)
    group_id, name = find_group(tx, course.id, group)
    for one in _in_session(tx, course.id, session.id):
        if one.group_id == group_id:
            return _try(tx, course, session, Order(session.id, one.role, release=group_id), actor, now)
    raise CourseError(f"{name} has no duty on {day(session.date)}. `/staff rota show` shows who has.")


def _try(
    tx: Connection, course: CourseRow, session: SessionView, order: Order, actor: Actor, now: datetime
) -> Assigned:
    """Carry the order out to see what comes of it, take it back, and keep it for confirmation."""
    state = _digest(tx, course.id, session.id)
    before = read_desk(tx, course, now)
    cell = _names(tx, course.id, order)
    with tx.begin_nested() as trial:
        warnings = _carry_out(tx, course, session, order, now)
        after = read_desk(tx, course, now)
        result = Assigned(
            day(session.date), title(session, course.zone), order.role, cell, _names(tx, course.id, order)
        )
        changed = _digest(tx, course.id, session.id) != state
        trial.rollback()
    if not changed:
        raise CourseError(f"That is how it is already: see `/staff rota show` for {day(session.date)}.")
    payload = json.dumps(asdict(order)).encode()
    token = proposals.keep(tx, course.id, _KIND, actor.key, payload, state, now)
    broken = _newly_broken(before, after, fewer=len(result.after) < len(cell))
    return replace(result, warnings=(*warnings, *broken), token=token)


def _confirm(tx: Connection, place: str, actor: Actor, token: str, now: datetime) -> Assigned:
    courses.hold(tx, place=place)
    course = courses.at_place(tx, place)
    payload, state = proposals.take(tx, course.id, _KIND, token)
    values = json.loads(payload)
    order = Order(**{**values, "role": Role(values["role"]), "people": tuple(values["people"])})
    session = find_session(tx, course, str(order.session), now)
    if _digest(tx, course.id, session.id) != state:
        raise CourseError(f"The duties on {day(session.date)} have changed since this preview. Give the command again.")
    before = _names(tx, course.id, order)
    _carry_out(tx, course, session, order, now)
    after = _names(tx, course.id, order)
    on = f"{session.date.isoformat()}, {order.role}"
    audit.record(
        tx, course.id, actor.key, f"{on}: {', '.join(before) or 'nobody'} became {', '.join(after) or 'nobody'}", now
    )
    return Assigned(day(session.date), title(session, course.zone), order.role, before, after)


def _carry_out(tx: Connection, course: CourseRow, session: SessionView, order: Order, now: datetime) -> list[str]:
    """Do it; returns warnings about single people.

    Raises:
        CourseError: the group has another duty in this session.
    """
    held = [one for one in _in_session(tx, course.id, session.id) if one.role is order.role]
    if order.release is not None:
        duties.end(tx, [one.id for one in held if one.group_id == order.release], now)
        return []
    if order.group is None:
        duties.end(tx, [one.id for one in held], now)
    else:
        _seat(tx, course.id, session, order.role, order.group, held, now)
    people = rota_people.enter(tx, course.id, order.people, now)
    rota.put_alone(tx, course.id, session.id, order.role, people, now)
    duties.recognise(tx, course.id, session.id, BY_STAFF, now)
    return _two_at_once(tx, course.id, session, people)


def _seat(
    tx: Connection,
    course_id: int,
    session: SessionView,
    role: Role,
    group: int,
    held: list[duties.Holding],
    now: datetime,
) -> None:
    """Give the group a seat: its own, a free one, a new one where there is none, or that of a group it replaces.

    Raises:
        CourseError: it has another duty in this session.
    """
    for one in _in_session(tx, course_id, session.id):
        if one.group_id == group and one.role is role and one.origin == "staff":
            return
        if one.group_id == group and one.role is role:  # from now on because staff say so
            duties.end(tx, [one.id], now)
            held.remove(one)
            continue
        if one.group_id == group:
            name = groups.names(tx, course_id)[group]
            raise CourseError(
                f"{name} already has the {NOUNS[one.role]} on {day(session.date)}, and a group has one duty a session. "
                "Take it off that one first with `/staff rota release`."
            )
    places = duties.seats(tx, course_id).get((session.id, role), 0)
    if not places:
        duties.offer(tx, course_id, session.id, role, 1)
    elif len(held) >= places:
        # A group that was only planned there gives way before one that volunteered or was set.
        planned = [one for one in held if one.origin == "planned"]
        duties.end(tx, [(planned or held)[-1].id], now)
    taken = duties.take(tx, session.id, role, group, "staff", BY_STAFF, now)
    assert taken is not None, "a seat was just made free"


def _two_at_once(tx: Connection, course_id: int, session: SessionView, people: list[int]) -> list[str]:
    names = {one.id: one.name for one in rota.everyone(tx, course_id, "")}
    return [
        f"{names[person]} would be {' and '.join(roles)} on {day(session.date)}."
        for person, roles in rota.roles_of(tx, session.id, people).items()
        if len(roles) > 1
    ]


def _newly_broken(before: Desk, after: Desk, *, fewer: bool) -> list[str]:
    """What holds before and is broken after, or more so; `fewer` when the cell loses people.

    What groups chose counts as chosen even where staff override it.
    """
    chosen = tuple(claim for claim in before.problem.claims if claim.origin is not Origin.STAFF)
    known = {one.text for one in broken_rules(before.problem, before.rota)}
    more = after.rota.seats() - before.rota.seats()
    better = {(ENOUGH[role], group) for _, role, group in more}
    return [
        one.text
        for one in broken_rules(replace(after.problem, claims=chosen), after.rota)
        if one.text not in known and (one.rule, one.group) not in better and (fewer or one.rule is not Rule.SEAT_FILLED)
    ]


def _in_session(tx: Connection, course_id: int, session_id: int) -> list[duties.Holding]:
    return [one for one in duties.holdings(tx, course_id) if one.session_id == session_id]


def _names(tx: Connection, course_id: int, order: Order) -> tuple[str, ...]:
    """Who holds the cell: groups, then people without a group's seat."""
    names = groups.names(tx, course_id)
    held = [one for one in _in_session(tx, course_id, order.session) if one.role is order.role]
    alone = [
        one.name for one in duties.alone(tx, course_id) if (one.session_id, one.role) == (order.session, order.role)
    ]
    return (*(names.get(one.group_id, "a group that is gone") for one in held), *alone)


def _digest(tx: Connection, course_id: int, session_id: int) -> str:
    """Everyone on duty in a session."""
    held = [[one.role, one.group_id, one.origin] for one in _in_session(tx, course_id, session_id)]
    alone = [[one.role, one.person_id] for one in duties.alone(tx, course_id) if one.session_id == session_id]
    return hashlib.sha256(json.dumps([held, alone]).encode()).hexdigest()
