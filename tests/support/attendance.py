"""A class whose check-in is held, over a database."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.core.attendance import code_of
from bot.core.people import Actor
from bot.services.attendance import Attendance
from bot.services.attendance_desk import Sheet
from bot.services.check_in_box import CheckedIn
from bot.store import attendance, courses
from bot.store.batch import Batches
from bot.store.database import Database
from tests.support.duties import Course
from tests.support.people import PLACE, STAFF
from tests.support.questions import START, asker
from tests.support.voting import enter

WINDOW = timedelta(seconds=30)


class Door(Course):
    """Lecture 0, with `students` (`asker(0)`, …) in no group."""

    def __init__(self, database: Database, base: str | None = None) -> None:
        super().__init__(database)
        self.attendance = Attendance(database, Batches(database), base)

    async def fill(self, students: int = 5, lectures: int = 1) -> Door:
        await self.open(0, lectures)
        await self.database.write(enter, [asker(number) for number in range(students)])
        return self

    async def hold(self, at: datetime = START, number: int = 0) -> Sheet:
        """Staff open the check-in of a lecture."""
        return await self.attendance.open(PLACE, STAFF, str(self.sessions[number]), at)

    async def code(self, number: int = 0, window: int = 0) -> str:
        """What the screen shows in that window."""

        def find(tx: Connection) -> str:
            row = attendance.get(tx, courses.at_place(tx, PLACE).id, self.sessions[number])
            assert row is not None
            return code_of(row.key, window)

        return await self.database.read(find)

    async def come(self, who: Actor, code: str, at: datetime = START) -> CheckedIn:
        return await self.attendance.check_in(PLACE, who, code, at)


def wrong(code: str) -> str:
    """A code that is not this one."""
    return re.sub(r"^.", "C" if code[0] != "C" else "D", code)
