"""Questions to the papers of a class, and its panel, over a database or in a running bot."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select

from bot.core.course import Reading
from bot.core.people import Actor
from bot.services.calendars import Calendars
from bot.services.panel import Panels
from bot.store import courses, people, schedule
from bot.store.database import Database
from bot.store.tables import account, question, question_vote, reading
from tests.conftest import NOW
from tests.support.clock import ManualClock
from tests.support.people import PLACE, STAFF
from tests.support.voting import START, Hall, voter


def person_of(tx: Connection, actor: Actor) -> int:
    """Their id; they are entered in the course if they are new."""
    found = tx.execute(select(account.c.person_id).where(account.c.user_id == actor.user_id)).scalar()
    if found is not None:
        return int(found)
    course_id = courses.every(tx)[0].id
    return people.add(tx, course_id, actor.key, actor.name, "student", NOW, actor)


def give_papers(tx: Connection, session_id: int, *titles: str) -> list[int]:
    """Let a session have these readings; returns their ids."""
    course_id = courses.every(tx)[0].id
    schedule.set_readings(tx, course_id, session_id, tuple(Reading(title, None, True) for title in titles), NOW)
    found = tx.execute(select(reading.c.id).where(reading.c.session_id == session_id).order_by(reading.c.position))
    return list(found.scalars())


def ask(
    tx: Connection, session_id: int, paper: int, who: Actor, text: str, at: datetime, under: int | None = None
) -> int:
    """A question as it is once asked; returns its id."""
    values = {"course_id": courses.every(tx)[0].id, "session_id": session_id, "reading_id": paper, "text": text}
    values |= {"person_id": person_of(tx, who), "asked_at": at, "interaction_id": f"{who.user_id}/{text[:40]}"}
    return int(tx.execute(insert(question).values(**values, under_id=under).returning(question.c.id)).scalar_one())


def support(tx: Connection, question_id: int, voters: Collection[Actor]) -> None:
    """Let people vote for a question."""
    row = tx.execute(select(question.c.course_id, question.c.person_id).where(question.c.id == question_id)).one()
    values = {"question_id": question_id, "author_id": row.person_id, "course_id": row.course_id}
    tx.execute(insert(question_vote), [{**values, "person_id": person_of(tx, who)} for who in voters])


class Room(Hall):
    """Group 0 presents, 1 summarises, 2 reviews lecture 0, about two papers; five students are in no group."""

    papers: list[int]

    def __init__(self, database: Database, base: str | None = "http://127.0.0.1:8080") -> None:
        super().__init__(database)
        self.panels = Panels(database, base)
        self.clock = ManualClock(START)
        self.served = (self.panels, Calendars(database, base), self.clock)

    async def furnish(self) -> Room:
        await self.fill()
        self.papers = await self.database.write(give_papers, self.sessions[0], "Paper A", "Paper B")
        return self

    @property
    def session(self) -> str:
        return str(self.sessions[0])

    async def ask(self, who: int, text: str, paper: int = 0, votes: int = 0, under: int | None = None) -> int:
        """A question by `voter(who)`; those who vote for it are others."""
        at = START - timedelta(hours=9) + timedelta(minutes=who)
        asked = await self.database.write(ask, self.sessions[0], self.papers[paper], voter(who), text, at, under)
        if votes:
            fans = [replace(voter(100 + n), name=f"Fan{n:02}") for n in range(votes)]
            await self.database.write(support, asked, fans)
        return asked

    async def open_panel(self, at: datetime = START) -> str:
        """Opens it; returns the projector's token."""
        opened = await self.panels.open(PLACE, STAFF, self.session, at)
        assert opened.address is not None
        return opened.address.rsplit("/", 1)[1]

    async def next(self, after: int | None = None, at: datetime = START) -> int:
        return (await self.panels.next(PLACE, STAFF, self.session, after, at)).question.id
