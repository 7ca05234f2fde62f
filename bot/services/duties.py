"""A student's own duties: what they hold, claiming a free seat for the group, giving a claim back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from bot.core.course import Role
from bot.core.errors import CourseError
from bot.core.groups import Member
from bot.core.hand_ins import counting
from bot.core.people import Actor
from bot.core.questions import on_time
from bot.core.rota import Assignment
from bot.core.rota_changes import altered, broken_further
from bot.core.times import say_span
from bot.services.hand_in_box import ROLES
from bot.services.rota_desk import Desk, read_desk
from bot.services.slot_suggestions import Suggestion, duties_held, open_roles, open_sessions
from bot.services.slots import (
    VOLUNTEERED,
    can_give_back,
    day,
    due_at,
    find_duty,
    find_lecture,
    free_seats,
    in_group,
    read_role,
    title,
)
from bot.store import (
    audit,
    courses,
    duties,
    excuses,
    groups,
    hand_in_people,
    hand_ins,
    my_duties,
    people,
    rota,
    schedule,
)
from bot.store.database import Database
from bot.store.hand_ins import Arrived
from bot.store.schedule import SessionView


@dataclass(frozen=True, slots=True)
class Done:
    """The version of a hand-in that counts, and whether it is on time."""

    version: int
    on_time: bool


@dataclass(frozen=True, slots=True)
class MyDuty:
    """A duty of a person: for which group (None: alone), with whom, when its work is due, and what is handed in;
    `excused` from that work."""

    session: SessionView
    title: str
    role: Role
    group: str | None
    others: tuple[Member, ...]
    due: datetime
    past: bool
    done: Done | None = None
    excused: bool = False


@dataclass(frozen=True, slots=True)
class Owed:
    """A role that the group holds less often than each group has to; whether any seat of it is `free`."""

    role: Role
    held: int
    at_least: int
    free: bool


@dataclass(frozen=True, slots=True)
class MyDuties:
    """What is ahead, next first, then what is past, latest first. `group` is None for someone in no group."""

    group: str | None
    duties: tuple[MyDuty, ...]
    owed: tuple[Owed, ...]


@dataclass(frozen=True, slots=True)
class Claimed:
    """The group has the seat; `already` when it had it before. `bonus` is what staff offer for it, `returnable` whether
    the claim can still be given back."""

    group: str
    date: date
    title: str
    role: Role
    due: datetime
    bonus: str | None
    already: bool
    returnable: bool


@dataclass(frozen=True, slots=True)
class Released:
    """The seat that the group gave back."""

    group: str
    date: date
    title: str
    role: Role


class Duties:
    """Every request is judged at `at`, the moment the platform received it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def mine(self, place: str, actor: Actor, now: datetime) -> MyDuties:
        """Everything the actor holds or held, and what their group still owes.

        Raises:
            NotSetUp: no course here.
        """
        return await self._database.read(_mine, place, actor, now)

    async def claim(self, place: str, actor: Actor, session: str, role: str, at: datetime) -> Claimed:
        """Take a free seat for the actor's group: first come, first served. A seat it holds already stays its own.

        Args:
            session: The session's id or date.

        Raises:
            CourseError: in no group, no such seat ahead, it is taken, or a rule of the rota forbids it.
        """
        return await self._database.write(_claim, place, actor, session, role, at)

    async def release(self, place: str, actor: Actor, duty: str, at: datetime) -> Released:
        """Give back a seat that the group claimed, until the slides of that session are due.

        Args:
            duty: The id of the group's duty, or its date.

        Raises:
            CourseError: in no group, no such duty, it was not claimed, or it is too late.
        """
        return await self._database.write(_release, place, actor, duty, at)

    async def open_sessions(self, place: str, typed: str, now: datetime) -> list[Suggestion]:
        """Sessions ahead with a free seat, in order of time; empty where there is no course."""
        try:
            return await self._database.read(open_sessions, place, typed, now)
        except CourseError:
            return []

    async def open_roles(self, place: str, session: str, now: datetime) -> list[Role]:
        """The roles that are free in the session; all of them while it names none."""
        try:
            return await self._database.read(open_roles, place, session, now)
        except CourseError:
            return list(Role)

    async def held(
        self, place: str, actor: Actor, typed: str, now: datetime, *, claimed: bool = False
    ) -> list[Suggestion]:
        """The duties ahead of the actor's group, in order of time; `claimed` leaves only those it can give back."""
        try:
            return await self._database.read(duties_held, place, actor, typed, now, claimed=claimed)
        except CourseError:
            return []


def _mine(tx: Connection, place: str, actor: Actor, now: datetime) -> MyDuties:
    course, known = people.who(tx, place, actor)
    if known is None:
        return MyDuties(None, (), ())
    policy = courses.deadline_policy(tx, course)
    sessions = {session.id: session for session in schedule.every(tx, course.id)}
    held = my_duties.of_person(tx, known.id, actor.platform)
    handed_in = _handed_in(tx, known.id, {one.role for one in held})
    excused = excuses.every(tx, course.id)
    works = {role: work for work, role in ROLES.items()}
    ahead: list[MyDuty] = []
    behind: list[MyDuty] = []
    for one in held:
        session = sessions[one.session_id]
        due = due_at(session, one.role, policy)
        past = max(due, session.ends_at) <= now
        done = _done(handed_in.get((one.role, session.id), ()), due)
        work = works.get(one.role)
        spared = work is not None and excused.cover(known.id, work, session_id=session.id)
        name = title(session, course.zone)
        duty = MyDuty(session, name, one.role, one.group, one.others, due, past, done, spared)
        (behind if past else ahead).append(duty)
    owed: list[Owed] = []
    if known.group_id:
        members = len(groups.view(tx, course.id, known.group_id, actor.platform).members)
        owed = _owed(read_desk(tx, course, now), known.group_id, members)
    return MyDuties(known.group_name, (*ahead, *reversed(behind)), tuple(owed))


def _handed_in(tx: Connection, person_id: int, roles: Collection[Role]) -> dict[tuple[Role, int], list[Arrived]]:
    """What somebody or the groups for which they are on duty handed in, by role and session."""
    found = {}
    for work, role in ROLES.items():
        if role not in roles:
            continue
        held = hand_in_people.duties_of(tx, person_id, role)
        every = hand_ins.versions_of(tx, person_id, {group_id for group_id in held.values() if group_id is not None})
        for session_id, group_id in held.items():
            there = every.get((work, session_id), [])
            found[role, session_id] = [one for one in there if one.group_id == group_id]
    return found


def _done(versions: Sequence[Arrived], due: datetime) -> Done | None:
    counts = counting(versions, due)
    return Done(counts.version, on_time(counts.at, due)) if counts else None


def _owed(desk: Desk, group_id: int, members: int) -> list[Owed]:
    held = Counter(one.role for one in desk.rota.assignments if one.group == group_id)
    # A page may name all members one by one; the group has its seat from the next plan on, and owes nothing now.
    named = Counter((one.session_id, one.role) for one in desk.alone if one.group_id == group_id)
    held.update(role for (_, role), people in named.items() if people == members)
    least = {role: desk.problem.policy.of(role).at_least for role in Role}
    free = {role for roles in free_seats(desk).values() for role in roles}
    return [Owed(role, held[role], least[role], role in free) for role in Role if held[role] < least[role]]


def _claim(tx: Connection, place: str, actor: Actor, session: str, role_text: str, at: datetime) -> Claimed:
    courses.hold(tx, place=place)
    course, known, group_id = in_group(tx, place, actor)
    policy = courses.deadline_policy(tx, course)
    role = read_role(role_text)
    desk = read_desk(tx, course, at)
    lecture = find_lecture(tx, course, desk, session)
    already = (lecture.id, role, group_id) in desk.rota.seats()
    if not already:
        _check(desk, lecture, role, group_id)
        if duties.take(tx, lecture.id, role, group_id, VOLUNTEERED, VOLUNTEERED, at) is None:
            raise _taken(desk, lecture, role)
    return Claimed(
        group=known.group_name or "",
        date=lecture.date,
        title=title(lecture, course.zone),
        role=role,
        due=due_at(lecture, role, policy),
        bonus=rota.bonuses(tx, course.id).get(lecture.id),
        already=already,
        returnable=not already and can_give_back(lecture, at, policy),
    )


def _check(desk: Desk, lecture: SessionView, role: Role, group_id: int) -> None:
    if lecture.id not in desk.ahead:
        raise CourseError(
            f"The class on {day(lecture.date)} has begun or is over: its seats are no longer given out. "
            "`/claim-slot` suggests those that are free."
        )
    if role not in free_seats(desk).get(lecture.id, {}):
        raise _taken(desk, lecture, role)
    after = altered(desk.rota, plus=[Assignment(lecture.id, role, group_id, VOLUNTEERED)])
    for broken in broken_further(desk.problem, desk.rota, after):
        if broken.group == group_id:
            raise CourseError(f"{broken.text} Choose another seat with `/claim-slot`.")


def _taken(desk: Desk, lecture: SessionView, role: Role) -> CourseError:
    groups = [
        desk.problem.groups[one.group] for one in desk.rota.assignments if (one.session, one.role) == (lecture.id, role)
    ]
    holders = ", ".join(groups or lecture.duties.get(role, ()))
    on = day(lecture.date)
    free = free_seats(desk)
    here = [other for other in free.get(lecture.id, {}) if other is not role]
    elsewhere = [day(desk.sessions[session].date) for session, roles in free.items() if role in roles]
    said = f"On {on} {holders} took the {role}'s seat." if holders else f"There is no seat for a {role} on {on}."
    if here:
        said += f" Free on that day: {', '.join(here)}."
    if elsewhere:
        said += f" Free for a {role}: {', '.join(elsewhere[:4])}."
    return CourseError(said if here or elsewhere else f"{said} No other seat for a {role} is free.")


def _release(tx: Connection, place: str, actor: Actor, duty: str, at: datetime) -> Released:
    courses.hold(tx, place=place)
    course, known, group_id = in_group(tx, place, actor)
    policy = courses.deadline_policy(tx, course)
    desk = read_desk(tx, course, at)
    holding = find_duty(desk, group_id, duty)
    lecture = desk.sessions[holding.session_id]
    name = f"the {holding.role}'s seat on {day(lecture.date)}"
    if holding.origin != VOLUNTEERED:
        raise CourseError(
            f"Your group did not claim {name}, so it cannot give it back. Trade it with `/swap-duty`, or ask the staff."
        )
    if not can_give_back(lecture, at, policy):
        raise CourseError(
            f"It is too late to give back {name}: that goes until {say_span(policy.slides_before)} before class. "
            "Find a group that takes it over with `/swap-duty`, or tell the staff."
        )
    duties.end(tx, [holding.id], at)
    group = known.group_name or ""
    audit.record(tx, course.id, actor.key, f"{group} gave back a claim: {holding.role} on {lecture.date}", at)
    return Released(group, lecture.date, title(lecture, course.zone), holding.role)
