"""A press by itself takes a shorter way to the tables than one in a crowd: what it comes to is the same."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from bot.core.ballots import Method
from bot.core.people import Actor, NotLinked
from bot.services import ballot_box
from bot.services.ballot_box import Cast, Press
from bot.store import ballots, courses, groups, leaving
from bot.store.database import Database
from bot.store.tables import ballot, vote_voter
from tests.support.duties import member
from tests.support.people import PLACE, STAFF, student
from tests.support.voting import END, SOON, START, Hall, enter, voter

TEACHER = Actor("discord", "2", "Staff02", staff=True)
LATECOMER, DROPPED, MOVED, VOTED = voter(77), voter(0), voter(1), voter(2)

Outcome = tuple[type, str, datetime | None] | Cast


class Room:
    """An open vote on a class, polls in every state, and somebody for each reason to be refused."""

    votes: dict[str, int]

    async def fill(self, database: Database) -> Room:
        self.database = database
        hall = await Hall(database).fill()
        await database.write(enter, [TEACHER])
        class_vote = await hall.open_vote()

        async def poll(method: Method = Method.SINGLE) -> int:
            opened = await hall.votes.open_poll(PLACE, STAFF, f"Poll {method}?", "Mon;Tue;Wed", method, 9, START)
            return opened.vote_id

        self.votes = {"class": class_vote, "one": await poll(), "several": await poll(Method.APPROVAL)}
        self.votes |= {"closed": await poll(), "void": await poll(), "none": 9999}
        await hall.cast(VOTED, class_vote, 2)
        await hall.votes.close(PLACE, STAFF, str(self.votes["closed"]), START + timedelta(hours=1))
        await hall.call_off(self.votes["void"], START + timedelta(hours=1))

        def people(tx: Any) -> None:
            enter(tx, [LATECOMER])
            course = courses.at_place(tx, PLACE)
            ids = {
                who: next(iter(ballots.voters(tx, [(course.id, "discord", who.user_id)], [class_vote]).values()))
                for who in (DROPPED, MOVED)
            }
            leaving.drop(tx, course, ids[DROPPED].person_id, STAFF.key, START)
            assert groups.seat_by_staff(tx, course.id, hall.groups[0], ids[MOVED].person_id, START)

        await database.write(people)
        return self

    def come_to(self, presses: list[Press]) -> tuple[Outcome, list[Any], list[Any]]:
        """What the first of these presses, written together, comes to: its outcome and the rows. Nothing is kept."""
        with self.database.engine.connect() as tx, tx.begin() as whole:
            outcome, *_ = ballot_box.cast(tx, presses)
            rows = [
                [tuple(row) for row in tx.execute(select(table).order_by(*table.primary_key.columns))]
                for table in (ballot, vote_voter)
            ]
            whole.rollback()
        if isinstance(outcome, Exception):
            outcome = (type(outcome), str(outcome.args[0]), getattr(outcome, "at", None))
        return outcome, *rows  # type: ignore[return-value]


CASES: list[tuple[Actor, str, tuple[int, ...], str | bool]] = [
    # Who, in which vote, for what; then words of the refusal, or whether they had voted before.
    (voter(3), "class", (1,), False),
    (VOTED, "class", (3,), True),
    (VOTED, "class", (2,), True),
    (voter(3), "one", (2,), False),
    (member(0), "one", (3,), False),
    (TEACHER, "one", (1,), False),
    (voter(3), "several", (3,), False),
    (voter(3), "several", (3, 1), False),
    (voter(3), "one", (1, 2), "This vote is for one choice"),
    (voter(3), "class", (), "You chose nothing"),
    (voter(3), "class", (4,), "not up for this vote"),
    (MOVED, "class", (1,), "You cannot vote for your own group"),
    (MOVED, "class", (2,), False),
    (member(0), "class", (2,), "Your own group performed"),
    (TEACHER, "class", (2,), "Only students vote"),
    (LATECOMER, "class", (2,), "not in the course yet"),
    (student(999), "class", (2,), "not in the course yet"),
    (DROPPED, "class", (2,), "no longer in this course"),
    (voter(3), "closed", (2,), "closed {at}"),
    (voter(3), "void", (2,), "called off by the staff"),
    (voter(3), "none", (2,), "not here any more"),
]


async def test_a_lone_press_comes_to_the_same_as_one_in_a_crowd(database: Database) -> None:
    room = await Room().fill(database)
    seen = []

    def same(press: Press, wanted: str | bool) -> None:
        # Beside it one press that is refused, and then one that counts, in another vote.
        none = Press(PLACE, "discord", voter(4).user_id, 9999, (1,), press.at)
        other = Press(PLACE, "discord", voter(4).user_id, room.votes["several"], (2,), press.at)
        alone = room.come_to([press])
        assert alone == room.come_to([press, none]), press
        outcome, *_ = room.come_to([press, other])
        assert outcome == alone[0], press
        if isinstance(wanted, bool):
            assert isinstance(outcome, Cast), outcome
            assert outcome.again is wanted
            mine = {row for row in alone[1] if row[0] == press.vote_id}
            assert len(mine) == (2 if press.vote_id == room.votes["class"] and not wanted else 1)
        else:
            assert isinstance(outcome, tuple), outcome
            assert wanted in outcome[1]
        seen.append(outcome)

    for who, where, choices, wanted in CASES:
        same(Press(PLACE, "discord", who.user_id, room.votes[where], choices, SOON), wanted)
    someone = voter(3).user_id
    same(Press("discord:2", "discord", someone, room.votes["class"], (1,), SOON), "not here any more")
    same(Press(PLACE, "slack", someone, room.votes["class"], (1,), SOON), "not in the course yet")
    closes = END + timedelta(hours=12)
    same(Press(PLACE, "discord", someone, room.votes["class"], (1,), closes), "closed {at}")
    same(Press(PLACE, "discord", someone, room.votes["class"], (1,), closes - timedelta(microseconds=1)), False)
    assert sum(isinstance(one, Cast) for one in seen) == 10


async def test_where_only_the_roster_takes_part_a_lone_press_is_refused_too(database: Database) -> None:
    room = await Room().fill(database)

    def roster_only(tx: Any) -> None:
        courses.set_policy(tx, 1, "roster_required", "yes", "staff", START)
        courses.settle(tx, 1)

    await database.write(roster_only)
    press = Press(PLACE, "discord", voter(3).user_id, room.votes["class"], (1,), SOON)
    alone = room.come_to([press])
    assert alone == room.come_to([press, Press(PLACE, "discord", voter(4).user_id, 9999, (1,), SOON)])
    assert isinstance(alone[0], tuple)
    assert alone[0][0] is NotLinked
