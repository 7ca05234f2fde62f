"""Hundreds ask and vote at once, some of them twice: each counts once."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict

from sqlalchemy import func, select

from bot.core.errors import CourseError
from bot.store.database import Database
from bot.store.tables import question, question_vote
from tests.support.people import student
from tests.support.questions import Room, asker


async def test_three_hundred_ask_at_once_and_press_twice(database: Database) -> None:
    room = await Room(database).fill(askers=290)
    people = [asker(n) for n in range(290)] + [student(900 + n) for n in range(10)]  # ten were never seen before
    taps = [(n, tap) for n in range(300) for tap in range(2)]
    random.Random(5).shuffle(taps)
    # A double tap reaches the bot as one interaction twice (delivered again), or as two presses of one submission.
    receipts = await asyncio.gather(
        *(room.ask(people[n], f"{_WORDS[n % 7]} {n:b}?", interaction=f"once {n}") for n, _ in taps)
    )
    rows = await room.stored()
    assert sorted(row.text for row in rows) == sorted(f"{_WORDS[n % 7]} {n:b}?" for n in range(300))
    assert len({row.person_id for row in rows}) == 300
    by_text = {row.text: row for row in rows}
    for (n, _), receipt in zip(taps, receipts, strict=True):
        row = by_text[f"{_WORDS[n % 7]} {n:b}?"]
        assert (receipt.question.question_id, row.author) == (row.id, people[n].name)
    assert await database.read(lambda tx: tx.execute(select(func.count()).select_from(question)).scalar()) == 300


_WORDS = ("Why", "How", "What if", "Does it scale", "Who uses it", "Where is the code", "When does it fail")


async def test_three_hundred_vote_at_once_and_press_twice(database: Database) -> None:
    room = await Room(database).fill(askers=300)
    ids = [(await room.ask(asker(n), f"{_WORDS[n]}?")).question.question_id for n in range(6)]
    chance = random.Random(11)
    presses = [(n, chance.randrange(6), True) for n in range(300) for _ in range(2)]
    presses += [(n, chance.randrange(6), chance.random() < 0.5) for n in range(300)]
    outcomes = await asyncio.gather(
        *(room.upvote(asker(n), ids[at], wanted) for n, at, wanted in presses), return_exceptions=True
    )
    wanted: defaultdict[int, set[int]] = defaultdict(set)
    for (n, at, wants), outcome in zip(presses, outcomes, strict=True):
        if n == at:
            assert isinstance(outcome, CourseError)
            continue
        assert outcome is None
        (wanted[at].add if wants else wanted[at].discard)(n)
    assert {row.id: row.votes for row in await room.stored()} == {ids[at]: len(wanted[at]) for at in range(6)}
    stored = select(func.count()).select_from(question_vote)
    assert await database.read(lambda tx: tx.execute(stored).scalar()) == sum(map(len, wanted.values()))
