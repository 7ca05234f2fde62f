"""Hundreds press at once, some twice: one ballot each, and the tally is what they pressed."""

from __future__ import annotations

import asyncio
import random
from collections import Counter

from sqlalchemy import func, select

from bot.core.ballots import tag
from bot.store import ballots
from bot.store.database import Database
from bot.store.tables import account, vote_voter
from tests.support.people import PLACE, STAFF
from tests.support.voting import SOON, Hall, voter


async def test_a_thousand_presses_of_three_hundred_people(database: Database) -> None:
    hall = await Hall(database).fill(voters=300)
    vote_id = await hall.open_vote()
    chance = random.Random(7)
    pressed = [(n if n < 300 else chance.randrange(300), chance.randint(1, 3)) for n in range(1000)]
    told = await asyncio.gather(*(hall.cast(voter(who), vote_id, choice) for who, choice in pressed))
    for (_, choice), cast in zip(pressed, told, strict=True):
        assert cast.chosen == (f"Group {choice - 1}",)
    assert sum(not cast.again for cast in told) == 300

    key = await database.read(ballots.key_of, vote_id)
    people = await database.read(lambda tx: {r.user_id: r.person_id for r in tx.execute(select(account))})
    stored = await hall.stored(vote_id)
    assert key is not None
    # They were all put at once, and what is put later in a batch wins: each one's last press.
    last = dict(pressed)
    assert stored == {tag(key, vote_id, people[voter(who).user_id]): (choice,) for who, choice in last.items()}
    voted = select(func.count()).where(vote_voter.c.voted)
    assert await database.read(lambda tx: tx.execute(voted).scalar()) == 300

    await hall.votes.close(PLACE, STAFF, str(vote_id), SOON)
    counts = Counter(last.values())
    assert (await hall.counts(vote_id), await hall.counted(vote_id)) == ([counts[n] for n in (1, 2, 3)], 300)


async def test_a_close_in_the_middle_of_a_storm_counts_what_was_acknowledged(database: Database) -> None:
    hall = await Hall(database).fill(voters=300)
    vote_id = await hall.open_vote()
    presses = [asyncio.ensure_future(hall.cast(voter(n % 300), vote_id, 1 + n % 3)) for n in range(900)]
    await asyncio.wait(presses, return_when=asyncio.FIRST_COMPLETED)
    await hall.votes.close(PLACE, STAFF, str(vote_id), SOON)
    outcomes = await asyncio.gather(*presses, return_exceptions=True)
    counted = {n % 300: 1 + n % 3 for n, outcome in enumerate(outcomes) if not isinstance(outcome, BaseException)}
    assert all(isinstance(one, BaseException) or one.vote_id == vote_id for one in outcomes)
    assert {str(one) for one in outcomes if isinstance(one, BaseException)} <= {
        "The vote on Thu Jan 25 · Paper of Jan 25 closed 2024-01-25 16:50 UTC, so no vote can be cast in it any more."
    }
    found = Counter(counted.values())
    assert (await hall.counts(vote_id), await hall.counted(vote_id)) == ([found[n] for n in (1, 2, 3)], len(counted))
    assert await hall.stored(vote_id) == {}
