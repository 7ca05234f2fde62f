"""A course with student lectures and groups, for tests of duties."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection, select

from bot.core.course import Kind, PageSession, Role
from bot.core.people import Actor
from bot.services.duties import Duties
from bot.services.groups import Groups
from bot.services.rankings import Rankings
from bot.services.rota_desk import Desk, read_desk
from bot.services.swaps import Swaps
from bot.store import courses, duties, schedule
from bot.store.database import Database
from bot.store.tables import duty, group_duty, membership
from tests.conftest import NOW
from tests.support.people import DETROIT, PLACE, open_course, student

FIRST = date(2024, 1, 25)


def lecture(number: int) -> date:
    """The date of the student lecture with this number (from 0): Thursdays, from Jan 25 on."""
    return FIRST + timedelta(days=7 * number)


def add_session(
    tx: Connection, on: date, title: str = "", kind: Kind = Kind.STUDENT_LECTURE, place: str = PLACE
) -> int:
    """A class from 10:30 to 12:00."""
    page = PageSession(on, kind, title or f"Paper of {on:%b} {on.day}", None, starts=time(10, 30), ends=time(12))
    return schedule.add(tx, courses.at_place(tx, place).id, page, DETROIT)


def member(group: int, seat: int = 0) -> Actor:
    """Someone in the group with this number."""
    return student(10 * group + seat)


class Course:
    """Groups "Group 0", "Group 1", … of two, and student lectures on `lecture(0)`, `lecture(1)`, …"""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.duties = Duties(database)
        self.rankings = Rankings(database)
        self.swaps = Swaps(database)
        self.sessions: list[int] = []
        self.groups: list[int] = []

    async def open(self, groups: int = 3, lectures: int = 4, size: int = 2) -> Course:
        await open_course(self.database, NOW)
        forming = Groups(self.database)
        for number in range(groups):
            made = await forming.create(PLACE, member(number), f"Group {number}", NOW)
            self.groups.append(made.group.id)
            for seat in range(1, size):
                await forming.join(PLACE, member(number, seat), made.group.id, NOW)
        for number in range(lectures):
            self.sessions.append(await self.database.write(add_session, lecture(number)))
        return self

    async def give(self, number: int, role: Role, group: int, origin: str = "planned") -> int:
        """Put a group in a seat, as a plan does; returns the id of its duty."""

        def give(tx: Connection) -> int | None:
            return duties.take(tx, self.sessions[number], role, self.groups[group], origin, "given", NOW)

        taken = await self.database.write(give)
        assert taken is not None
        return taken

    async def claim(self, group: int, number: int, role: Role, at: datetime = NOW, seat: int = 0):  # type: ignore[no-untyped-def]
        return await self.duties.claim(PLACE, member(group, seat), str(self.sessions[number]), role, at)

    async def policy(self, key: str, value: str) -> None:
        await self.database.write(lambda tx: courses.set_policy(tx, 1, key, value, "staff", NOW))

    async def desk(self, now: datetime = NOW) -> Desk:
        return await self.database.read(lambda tx: read_desk(tx, courses.at_place(tx, PLACE), now))

    async def held(self) -> set[tuple[int, Role, int]]:
        """Lecture, role and group by number of each seat taken, with its members checked."""
        await self.database.read(people_follow)
        desk = await self.desk()
        return {
            (self.sessions.index(one.session), one.role, self.groups.index(one.group)) for one in desk.rota.assignments
        }


def people_follow(tx: Connection) -> None:
    """Fails unless each seat ahead is held by exactly the members of its group."""
    members: defaultdict[int, set[int]] = defaultdict(set)
    for row in tx.execute(select(membership).where(membership.c.left_at.is_(None))):
        members[row.group_id].add(row.person_id)
    people: defaultdict[int, set[int]] = defaultdict(set)
    for row in tx.execute(select(duty).where(duty.c.ended_at.is_(None), duty.c.group_duty_id.is_not(None))):
        people[row.group_duty_id].add(row.person_id)
    wanted = {
        row.id: members[row.group_id] for row in tx.execute(select(group_duty).where(group_duty.c.ended_at.is_(None)))
    }
    assert dict(people) == {id_: who for id_, who in wanted.items() if who}
