"""A class with groups that perform and people who vote, over a database or in a running bot."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, select

from bot.core.course import Role
from bot.core.people import Actor
from bot.services.ballot_box import Cast
from bot.services.votes import Votes
from bot.store import ballots, courses, duties, groups, people
from bot.store.batch import Batches
from bot.store.database import Database
from bot.store.tables import vote, vote_choice
from tests.conftest import NOW
from tests.support.duties import Course, add_session, lecture
from tests.support.people import PLACE, STAFF, student

START = datetime(2024, 1, 25, 15, 30, tzinfo=UTC)
"""Lecture 0 begins: 10:30 in Detroit."""
END = datetime(2024, 1, 25, 17, 0, tzinfo=UTC)
SOON = datetime(2024, 1, 25, 16, 50, tzinfo=UTC)
ROLES = tuple(Role)


def voter(number: int) -> Actor:
    """A student in no group."""
    return student(500 + number)


def enter(tx: Connection, actors: Sequence[Actor], place: str = PLACE) -> None:
    """Make people known to the course."""
    course_id = courses.at_place(tx, place).id
    for actor in actors:
        people.add(tx, course_id, actor.key, actor.name, "staff" if actor.staff else "student", NOW, actor)


def prepare_class(tx: Connection, place: str, performers: Sequence[Actor], voters: Sequence[Actor]) -> int:
    """Lecture 0, in which each of `performers` presents, summarises or reviews as a group of one; returns its id."""
    session_id = add_session(tx, lecture(0), place=place)
    course_id = courses.at_place(tx, place).id
    courses.set_policy(tx, course_id, "reminders.leads", "none", "staff", NOW)
    for number, (actor, role) in enumerate(zip(performers, ROLES, strict=False)):
        person_id = people.add(tx, course_id, actor.key, actor.name, "student", NOW, actor)
        group_id = groups.create(tx, course_id, f"Group {number}", 3, person_id, NOW)
        groups.seat_by_staff(tx, course_id, group_id, person_id, NOW)
        duties.take(tx, session_id, role, group_id, "staff", "given", NOW)
    enter(tx, voters, place)
    return session_id


class Hall(Course):
    """Groups 0 … perform in lecture 0, one in each seat; `voters` students are in no group."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.votes = Votes(database, Batches(database), lambda: None)

    async def fill(self, groups: int = 3, voters: int = 5, lectures: int = 1) -> Hall:
        await self.open(groups, lectures)
        for number in range(min(groups, len(ROLES))):
            await self.give(0, ROLES[number], number)
        await self.database.write(enter, [voter(number) for number in range(voters)])
        return self

    async def open_vote(self, at: datetime = START, number: int = 0) -> int:
        return (await self.votes.open_session(PLACE, STAFF, str(self.sessions[number]), None, at)).vote_id

    async def cast(self, who: Actor, vote_id: int, *choices: int, at: datetime = START) -> Cast:
        return await self.votes.cast(PLACE, who, vote_id, choices, at)

    async def call_off(self, vote_id: int, at: datetime = END) -> None:
        """Staff call a vote off."""
        preview = await self.votes.preview_void(PLACE, STAFF, str(vote_id), "a reason", at)
        await self.votes.confirm_void(PLACE, STAFF, preview.token, at)

    async def counts(self, vote_id: int) -> list[int | None]:
        """The votes for each choice, by number; None each while the vote is open."""
        statement = select(vote_choice.c.votes).where(vote_choice.c.vote_id == vote_id).order_by(vote_choice.c.choice)
        return await self.database.read(lambda tx: list(tx.execute(statement).scalars()))

    async def stored(self, vote_id: int) -> dict[bytes, tuple[int, ...]]:
        """The ballots by tag."""
        return await self.database.read(ballots.of_vote, vote_id)

    async def counted(self, vote_id: int) -> int | None:
        statement = select(vote.c.ballots).where(vote.c.id == vote_id)
        return await self.database.read(lambda tx: tx.execute(statement).scalar())
