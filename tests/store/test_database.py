"""The unit of work: all or nothing, whatever happens to whoever waits for it."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.store.database import Database
from bot.store.tables import fact

NOW = datetime(2024, 1, 1, tzinfo=UTC)


def _put(tx: Connection, key: str, value: str = "") -> None:
    tx.execute(insert(fact).values(key=key, value=value, at=NOW))


def _count(tx: Connection) -> int:
    return int(tx.execute(select(func.count()).select_from(fact)).scalar_one())


async def test_it_commits_on_return(database: Database) -> None:
    await database.write(_put, "a")
    assert await database.read(_count) == 1


async def test_it_rolls_back_on_error(database: Database) -> None:
    def half(tx: Connection) -> None:
        _put(tx, "a")
        raise LookupError

    with pytest.raises(LookupError):
        await database.write(half)
    assert await database.read(_count) == 0


async def test_twenty_concurrent_read_modify_writes_end_at_twenty(database: Database) -> None:
    await database.write(_put, "n", "0")

    def increment(tx: Connection) -> None:
        value = tx.execute(select(fact.c.value).where(fact.c.key == "n").with_for_update()).scalar_one()
        tx.execute(update(fact).where(fact.c.key == "n").values(value=str(int(value) + 1)))

    await asyncio.gather(*(database.write(increment) for _ in range(20)))
    assert await database.read(lambda tx: tx.execute(select(fact.c.value)).scalar_one()) == "20"


async def test_a_cancelled_caller_leaves_a_whole_transaction(database: Database) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(tx: Connection) -> None:
        _put(tx, "a")
        begun.set()
        go_on.wait(5)
        _put(tx, "b")

    waiting = asyncio.create_task(database.write(slow))
    await asyncio.to_thread(begun.wait, 5)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    go_on.set()
    await database.write(_put, "c")  # on SQLite this waits behind the first
    for _ in range(500):
        if await database.read(_count) == 3:
            break
        await asyncio.sleep(0.01)
    assert await database.read(_count) == 3


async def test_a_reader_sees_one_moment(database: Database) -> None:
    await database.write(_put, "a")
    begun, go_on = threading.Event(), threading.Event()

    def twice(tx: Connection) -> tuple[int, int]:
        first = _count(tx)
        begun.set()
        go_on.wait(5)
        return first, _count(tx)

    reading = asyncio.create_task(database.read(twice))
    await asyncio.to_thread(begun.wait, 5)
    await database.write(_put, "b")
    go_on.set()
    assert await reading == (1, 1)


async def test_a_broken_rule_is_raised_in_the_end(database: Database) -> None:
    """PostgreSQL's unique violations are tried again, because the other transaction may explain them; not for ever."""
    await database.write(_put, "a")
    with pytest.raises(IntegrityError):
        await database.write(_put, "a")


async def test_errors_do_not_tell_what_was_written(database: Database) -> None:
    await database.write(_put, "a")
    with pytest.raises(IntegrityError) as refusal:
        await database.write(_put, "a", "something personal")
    assert "something personal" not in str(refusal.value)
