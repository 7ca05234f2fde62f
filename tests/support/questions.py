"""A class with papers and people who ask about them, over a database."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

from sqlalchemy import Connection, select

from bot.core.course import Reading, Role
from bot.core.people import Actor
from bot.services.question_asking import Receipt
from bot.services.question_boards import Board
from bot.services.questions import Questions
from bot.store import courses, questions, schedule
from bot.store.batch import Batches
from bot.store.database import Database
from bot.store.questions import QuestionRow
from bot.store.tables import reading
from tests.conftest import NOW
from tests.support.duties import Course
from tests.support.people import PLACE, student
from tests.support.voting import enter

START = datetime(2024, 1, 25, 15, 30, tzinfo=UTC)
"""Lecture 0 begins: 10:30 in Detroit."""
END = datetime(2024, 1, 25, 17, 0, tzinfo=UTC)

PAPERS = (
    Reading("FlexGen", "https://example.org/flexgen", True),
    Reading("A Survey", "https://example.org/survey", False),
    Reading("Orca", "https://example.org/orca", True),
)


def asker(number: int) -> Actor:
    """A student in no group."""
    return student(500 + number)


def give_papers(tx: Connection, session_id: int, papers: tuple[Reading, ...] = PAPERS) -> dict[str, int]:
    """Put papers on the schedule of a class; their ids by title."""
    schedule.set_readings(tx, 1, session_id, papers, NOW)
    rows = tx.execute(select(reading.c.title, reading.c.id).where(reading.c.session_id == session_id))
    return {row.title: row.id for row in rows}


class Room(Course):
    """Group 0 presents in lecture 0, which has three papers; `askers` students are in no group."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.questions = Questions(database, Batches(database))
        self._interactions = itertools.count(1)

    async def fill(self, askers: int = 5, lectures: int = 1) -> Room:
        await self.open(2, lectures)
        await self.give(0, Role.PRESENTER, 0)
        self.papers = await self.database.write(give_papers, self.sessions[0])
        await self.database.write(enter, [asker(number) for number in range(askers)])
        return self

    async def ask(
        self,
        who: Actor,
        text: str = "Why does it work?",
        paper: str = "FlexGen",
        at: datetime = NOW,
        interaction: str | None = None,
        number: int = 0,
    ) -> Receipt:
        interaction = interaction or f"i{next(self._interactions)}"
        session_id, reading_id = self.sessions[number], self.papers[paper]
        return await self.questions.ask(PLACE, who, session_id, reading_id, text, at, interaction)

    async def upvote(self, who: Actor, question_id: int, wanted: bool = True, at: datetime = NOW) -> None:
        await self.questions.upvote(PLACE, who, question_id, wanted, at)

    async def board(self, who: Actor, paper: str = "FlexGen", **how: object) -> Board:
        at = how.pop("at", NOW)
        return await self.questions.board(PLACE, who, str(self.sessions[0]), at, self.papers[paper], **how)  # type: ignore[arg-type]

    async def stored(self, number: int = 0) -> list[QuestionRow]:
        session_id = self.sessions[number]
        return await self.database.read(lambda tx: questions.of_session(tx, courses.at_place(tx, PLACE).id, session_id))
