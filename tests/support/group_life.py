"""A course in which anything may happen to groups at any time, and what must hold whatever did."""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection, func, select

from bot.core.course import Kind, PageSession, Role
from bot.core.errors import CourseError
from bot.core.people import Actor
from bot.services.groups import Groups
from bot.services.invitations import Invitations
from bot.services.placement import PlacementService
from bot.services.policies import PolicyService
from bot.services.seeking import Seeking
from bot.services.staff_groups import StaffGroups
from bot.services.students import Students
from bot.store import courses, duties, groups, rankings, schedule, students
from bot.store.database import Database
from bot.store.tables import (
    account,
    course,
    duty,
    group_duty,
    group_seat,
    invitation,
    membership,
    metadata,
    person,
    ranking,
    seeking,
    session,
    study_group,
)
from tests.conftest import NOW
from tests.support.people import DETROIT, PLACE, STAFF, open_course, student

NAMES = ("Attention", "Diffusion", "Mamba")
DAYS = (date(2024, 1, 20), date(2024, 1, 25), date(2024, 2, 8))
"""Student lectures: before the lock, just after it, and much later."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that somebody does. What the numbers stand for depends on the verb and on how things are: mostly on
    people who may do it, and for an `odd` step on anybody."""

    verb: str
    one: int
    other: int
    yes: bool
    odd: bool


@dataclass(frozen=True, slots=True)
class People:
    """The students by number, and the groups by name, as they are now."""

    grouped: tuple[int, ...]
    free: tuple[int, ...]
    dropped: tuple[int, ...]
    groups: tuple[str, ...]


VERBS = (
    *("create", "join", "join", "leave", "leave", "invite", "invite", "answer", "answer", "look", "take_back"),
    *("drop", "restore", "move", "merge", "place", "policy", "duty", "duty", "alone"),
)
STUDENTS = 9


class GroupLife:
    """The services over a database that is emptied first; `now` is when everything happens."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now = NOW
        self.settled: dict[int, list[tuple[int, ...]]] = {}
        self.groups = Groups(database)
        self.invitations = Invitations(database)
        self.placement = PlacementService(database)
        self.policies = PolicyService(database, lambda: None)
        self.seeking = Seeking(database)
        self.staff_groups = StaffGroups(database)
        self.students = Students(database)

    async def open(self) -> None:
        await self.database.write(_empty)
        await open_course(self.database, NOW)
        await self.database.write(_sessions)
        for name, *members in (("Attention", 0, 1), ("Diffusion", 2, 3, 4)):
            await self.groups.create(PLACE, student(members[0]), name, NOW)
            for number in members[1:]:
                await self.groups.join(PLACE, student(number), name, NOW)
        for number in (5, 6):
            await self.seeking.post(PLACE, student(number), None, None, NOW)

    async def wait(self, hours: int) -> None:
        """Time passes; who is on duty in a class that has begun is noted."""
        self.now += timedelta(hours=hours)
        for session_id, held in (await self.database.read(_begun, self.now)).items():
            self.settled.setdefault(session_id, held)

    async def do(self, step: Step) -> None:
        """A refusal is an answer; any other error is a bug."""
        with suppress(CourseError):
            await getattr(self, f"_{step.verb}")(step)

    async def check(self) -> None:
        """Raises AssertionError naming what does not hold."""
        await self.database.read(_check, self.now)
        begun = await self.database.read(_begun, self.now)
        assert begun == self.settled, "who was on duty in a past class stays on record"

    async def _create(self, step: Step) -> None:
        await self.groups.create(PLACE, await self._who(step, "free"), NAMES[step.other % len(NAMES)], self.now)

    async def _join(self, step: Step) -> None:
        await self.groups.join(PLACE, await self._who(step, "free"), await self._group(step.other), self.now)

    async def _leave(self, step: Step) -> None:
        await self.groups.leave(PLACE, await self._who(step, "grouped"), self.now)

    async def _invite(self, step: Step) -> None:
        guest = await self._who(replace(step, one=step.other), "free")
        await self.invitations.invite(PLACE, await self._who(step, "grouped"), guest, self.now)

    async def _take_back(self, step: Step) -> None:
        guest = await self._who(replace(step, one=step.other), "free")
        await self.invitations.take_back(PLACE, await self._who(step, "grouped"), guest, self.now)

    async def _answer(self, step: Step) -> None:
        """One of the newest, by somebody who may."""
        found = await self.database.read(_to_answer, step.other)
        if found:
            invitation_id, able = found
            number = able[step.one % len(able)] if able and not step.odd else step.one % STUDENTS
            await self.invitations.answer(PLACE, student(number), invitation_id, step.yes, self.now)

    async def _look(self, step: Step) -> None:
        other = student(step.other % STUDENTS) if step.yes else None
        await self.seeking.post(PLACE, await self._who(step, "free"), "anything", other, self.now)

    async def _drop(self, step: Step) -> None:
        who = await self._who(step, "grouped" if step.yes else "free")
        shown = await self.students.preview_drop(PLACE, STAFF, who.name, self.now)
        await self.students.confirm_drop(PLACE, STAFF, shown.token or "", self.now)

    async def _restore(self, step: Step) -> None:
        await self.students.restore(PLACE, STAFF, (await self._who(step, "dropped")).name, self.now)

    async def _move(self, step: Step) -> None:
        who, name = await self._who(step, "grouped" if step.one % 2 else "free"), await self._group(step.other)
        shown = await self.students.preview_move(PLACE, STAFF, who.name, name, self.now, bigger=step.yes)
        await self.students.confirm_move(PLACE, STAFF, shown.token or "", self.now)

    async def _merge(self, step: Step) -> None:
        source, target = await self._group(step.one), await self._group(step.other)
        shown = await self.staff_groups.preview_merge(PLACE, STAFF, source, target, self.now, bigger=step.yes)
        await self.staff_groups.confirm_merge(PLACE, STAFF, shown.token or "", self.now)

    async def _place(self, step: Step) -> None:
        shown = await self.placement.preview(PLACE, STAFF, self.now)
        await self.placement.confirm(PLACE, STAFF, shown.token or "", self.now)

    async def _policy(self, step: Step) -> None:
        await self.policies.put(PLACE, STAFF, "groups.joining", "open" if step.yes else "request", self.now)

    async def _duty(self, step: Step) -> None:
        await self.database.write(_take, await self._group(step.one), step.other, self.now)

    async def _alone(self, step: Step) -> None:
        who = await self._who(step, "grouped" if step.yes else "free")
        await self.database.write(_take_alone, who.name, step.other, self.now)

    async def _who(self, step: Step, kind: str) -> Actor:
        able = getattr(await self.database.read(_people), kind)
        return student(able[step.one % len(able)] if able and not step.odd else step.one % STUDENTS)

    async def _group(self, number: int) -> str:
        names = (await self.database.read(_people)).groups or NAMES
        return names[number % len(names)]


def _empty(tx: Connection) -> None:
    for table in reversed(metadata.sorted_tables):
        tx.execute(table.delete())


def _sessions(tx: Connection) -> None:
    row = courses.at_place(tx, PLACE)
    for day in DAYS:
        page = PageSession(day, Kind.STUDENT_LECTURE, f"Class of {day}", None, starts=time(16), ends=time(18))
        schedule.add(tx, row.id, page, DETROIT)


def _people(tx: Connection) -> People:
    every = students.every(tx, courses.at_place(tx, PLACE).id)
    numbered = [(int(one.name.removeprefix("Student")), one) for one in every]
    return People(
        grouped=tuple(number for number, one in numbered if one.group_id),
        free=tuple(number for number, one in numbered if not one.group_id and not one.dropped_at),
        dropped=tuple(number for number, one in numbered if one.dropped_at),
        groups=tuple(groups.names(tx, courses.at_place(tx, PLACE).id).values()),
    )


def _to_answer(tx: Connection, back: int) -> tuple[int, list[int]] | None:
    """One of the newest invitations and requests that are open, or were, and the students who may answer it."""
    rows = tx.execute(
        select(invitation).order_by(invitation.c.answered_at.is_(None).desc(), invitation.c.id.desc()).limit(3)
    ).all()
    if not rows:
        return None
    row = rows[back % len(rows)]
    users = select(account.c.user_id).order_by(account.c.id)
    if row.kind == "invite":
        users = users.where(account.c.person_id == row.person_id)
    else:
        here = (membership.c.group_id == row.group_id, membership.c.left_at.is_(None))
        users = users.where(account.c.person_id.in_(select(membership.c.person_id).where(*here)))
    return row.id, [int(user_id) - 1000 for user_id in tx.execute(users).scalars()]


def _ahead(tx: Connection, number: int, now: datetime) -> int | None:
    rows = tx.execute(select(session.c.id, session.c.starts_at).order_by(session.c.starts_at)).all()
    row = rows[number % len(rows)]
    return int(row.id) if row.starts_at > now else None


def _take(tx: Connection, name: str, number: int, now: datetime) -> None:
    courses.hold(tx, place=PLACE)
    row = courses.at_place(tx, PLACE)
    found, session_id = groups.find(tx, row.id, name), _ahead(tx, number, now)
    if found and session_id and session_id not in {one.session_id for one in duties.held_by(tx, row.id, found[0])}:
        duties.take(tx, session_id, list(Role)[number // 3 % 3], found[0], "planned", "evens the load", now)
        rankings.put(tx, row.id, found[0], [session_id])


def _take_alone(tx: Connection, name: str, number: int, now: datetime) -> None:
    courses.hold(tx, place=PLACE)
    row, session_id, role = courses.at_place(tx, PLACE), _ahead(tx, number, now), list(Role)[number // 3 % 3].value
    who = tx.execute(select(person.c.id).where(person.c.name == name, person.c.dropped_at.is_(None))).scalar()
    if who is None or session_id is None:
        return
    here = (duty.c.session_id == session_id, duty.c.role == role, duty.c.person_id == who, duty.c.ended_at.is_(None))
    if tx.execute(select(duty.c.id).where(*here)).first() is None:
        values = {"course_id": row.id, "session_id": session_id, "role": role, "person_id": who}
        tx.execute(duty.insert().values(**values, position=900, assigned_at=now))


def _begun(tx: Connection, now: datetime) -> dict[int, list[tuple[int, ...]]]:
    """Who is on duty in each class that has begun."""
    begun: dict[int, list[tuple[int, ...]]] = {
        one: [] for one in tx.execute(select(session.c.id).where(session.c.starts_at <= now)).scalars()
    }
    rows = select(duty.c.session_id, duty.c.id, duty.c.person_id).where(duty.c.ended_at.is_(None)).order_by(duty.c.id)
    for row in tx.execute(rows):
        if row.session_id in begun:
            begun[row.session_id].append((row.id, row.person_id))
    return begun


def _check(tx: Connection, now: datetime) -> None:
    lock, until = tx.execute(select(course.c.group_lock_at, course.c.invites_until)).one()
    asked = {row.id: row for row in tx.execute(select(invitation))}
    dropped = set(tx.execute(select(person.c.id).where(person.c.dropped_at.is_not(None))).scalars())
    open_groups = set(tx.execute(select(study_group.c.id).where(study_group.c.dissolved_at.is_(None))).scalars())
    members: defaultdict[int, list[int]] = defaultdict(list)
    for row in tx.execute(select(membership)):
        if row.joined_at >= lock and not row.by_staff:
            by = asked[row.invitation_id]
            assert by.outcome == "accepted", "who joins after the lock was invited"
            assert by.asked_at < lock, "an invitation is from before the lock"
            assert row.joined_at < until, "an invitation holds as long as the policy says"
            assert (by.group_id, by.person_id) == (row.group_id, row.person_id), "an invitation is for one person"
        if row.left_at is not None:
            assert row.left_at < lock or row.by_staff, "nobody leaves after the lock"
        else:
            members[row.group_id].append(row.person_id)
    grouped = [one for people in members.values() for one in people]
    assert len(grouped) == len(set(grouped)), "a person is in one group"
    counted = select(group_seat.c.group_id, func.count().label("seats")).group_by(group_seat.c.group_id)
    seats = {row.group_id: row.seats for row in tx.execute(counted)}
    assert all(len(people) <= seats[group] for group, people in members.items()), "a group has a seat for each"
    assert set(members) == open_groups, "a group has members, and a dissolved one has none"
    assert not dropped & set(grouped), "who was dropped is in no group"
    for one in asked.values():
        if one.outcome is None:
            assert one.person_id not in dropped, "who was dropped is invited nowhere"
            assert one.person_id not in grouped, "who is in a group is invited nowhere"
            assert one.group_id in open_groups, "a dissolved group invites nobody"
    looking = set(tx.execute(select(seeking.c.person_id)).scalars())
    assert not looking & (dropped | set(grouped)), "who looks for a group is in the course and in no group"
    assert set(tx.execute(select(ranking.c.group_id)).scalars()) <= open_groups, "a dissolved group ranks nothing"
    _check_duties(tx, now, members, dropped)


def _check_duties(tx: Connection, now: datetime, members: dict[int, list[int]], dropped: set[int]) -> None:
    ahead = set(tx.execute(select(session.c.id).where(session.c.starts_at > now)).scalars())
    holders: defaultdict[int | None, set[int]] = defaultdict(set)
    for row in tx.execute(select(duty).where(duty.c.ended_at.is_(None), duty.c.session_id.in_(ahead))):
        assert row.person_id not in dropped, "who was dropped has no duty ahead"
        holders[row.group_duty_id].add(row.person_id)
    holders.pop(None, None)
    held = select(group_duty).where(group_duty.c.ended_at.is_(None), group_duty.c.session_id.in_(ahead))
    expected = {row.id: set(members.get(row.group_id, ())) for row in tx.execute(held)}
    assert holders == expected, "a group's duties ahead are held by its members"
