"""The batching writer: one transaction for many, each with their own outcome."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from bot.store.batch import LIMIT, Batches
from bot.store.database import Database
from bot.store.tables import fact
from tests.conftest import NOW


class Log:
    """A kind of work that remembers how many items each transaction brought."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def keep(self, tx: Connection, items: Sequence[str]) -> list[str | Exception]:
        self.sizes.append(len(items))
        good = [item for item in items if not item.startswith("refused")]
        if good:
            tx.execute(insert(fact), [{"key": item, "value": "", "at": NOW} for item in good])
        return [f"kept {item}" if item in good else ValueError(item) for item in items]


async def _stored(database: Database) -> set[str]:
    return await database.read(lambda tx: set(tx.execute(select(fact.c.key)).scalars()))


async def test_those_who_press_together_share_a_transaction(database: Database) -> None:
    log, batches = Log(), Batches(database)
    outcomes = await asyncio.gather(*(batches.put(log.keep, f"k{n}") for n in range(1200)))
    assert outcomes == [f"kept k{n}" for n in range(1200)]
    assert log.sizes == [1, LIMIT, LIMIT, 1199 - 2 * LIMIT]
    assert await _stored(database) >= {f"k{n}" for n in range(1200)}


async def test_an_outcome_is_on_disk_when_the_caller_goes_on(database: Database) -> None:
    log, batches = Log(), Batches(database)
    for n in range(5):
        await batches.put(log.keep, f"k{n}")
        assert f"k{n}" in await _stored(database)


async def test_a_refusal_is_raised_to_its_own_caller_only(database: Database) -> None:
    log, batches = Log(), Batches(database)
    first, second, third = await asyncio.gather(
        *(batches.put(log.keep, item) for item in ("a", "refused b", "c")), return_exceptions=True
    )
    assert (first, third) == ("kept a", "kept c")
    assert isinstance(second, ValueError)


async def test_an_item_that_breaks_the_transaction_does_not_take_the_others_with_it(database: Database) -> None:
    log, batches = Log(), Batches(database)
    await batches.put(log.keep, "there")
    outcomes = await asyncio.gather(
        *(batches.put(log.keep, item) for item in ("a", "there", "c")), return_exceptions=True
    )
    assert (outcomes[0], outcomes[2]) == ("kept a", "kept c")
    assert isinstance(outcomes[1], IntegrityError)
    assert await _stored(database) >= {"a", "there", "c"}


async def test_who_is_cancelled_leaves_nothing_half_done(database: Database) -> None:
    log, batches = Log(), Batches(database)
    tasks = [asyncio.create_task(batches.put(log.keep, f"k{n}")) for n in range(3)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    with pytest.raises(asyncio.CancelledError):
        await tasks[1]
    assert await tasks[0] == "kept k0"
    assert await tasks[2] == "kept k2"
    assert await batches.put(log.keep, "later") == "kept later"
    assert await _stored(database) >= {"k0", "k1", "k2", "later"}


async def test_two_kinds_in_one_batch(database: Database) -> None:
    one, other, batches = Log(), Log(), Batches(database)
    await asyncio.gather(
        *(batches.put((one if n % 2 else other).keep, f"k{n}") for n in range(10)),
    )
    assert sum(one.sizes) == sum(other.sizes) == 5
