"""Each engine setting, shown by what goes wrong without it."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from bot.store import engine as settings
from bot.store.engine import make_engine


def _counter(engine: Engine) -> None:
    with engine.begin() as tx:
        tx.execute(text("CREATE TABLE counter (value INTEGER NOT NULL)"))
        tx.execute(text("INSERT INTO counter VALUES (0)"))


def _twenty_increments(engine: Engine) -> int:
    """Twenty threads read a number and write it plus one, each in a transaction; returns where the number ends."""

    def increment(_: int) -> None:
        with engine.begin() as tx:
            value = tx.execute(text("SELECT value FROM counter")).scalar_one()
            tx.execute(text("UPDATE counter SET value = :value"), {"value": value + 1})

    with ThreadPoolExecutor(20) as pool:
        for future in [pool.submit(increment, n) for n in range(20)]:
            try:
                future.result()
            except DBAPIError:
                continue  # refused as locked: one increment less, and the total tells
    with engine.connect() as tx:
        return int(tx.execute(text("SELECT value FROM counter")).scalar_one())


def test_twenty_concurrent_read_modify_writes_end_at_twenty(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'a.db'}")
    _counter(engine)
    assert _twenty_increments(engine) == 20
    engine.dispose()


def test_with_the_libraries_defaults_increments_are_lost(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'a.db'}", connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _wal(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA journal_mode=WAL")

    _counter(engine)
    assert _twenty_increments(engine) < 20
    engine.dispose()


async def test_the_asynchronous_engine_has_the_same_settings(tmp_path: Path) -> None:
    engine = settings.make_async_engine(f"sqlite:///{tmp_path / 'a.db'}")
    async with engine.begin() as tx:
        found = [(await tx.execute(text(f"PRAGMA {name}"))).scalar() for name in _PRAGMAS]
    await engine.dispose()
    assert found == list(_PRAGMAS.values())


_PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": 2,
    "foreign_keys": 1,
    "busy_timeout": settings.BUSY_TIMEOUT_MS,
    "wal_autocheckpoint": 200,
    "secure_delete": 1,
}


@pytest.mark.parametrize(("name", "value"), _PRAGMAS.items())
def test_every_connection_has_the_pragma(tmp_path: Path, name: str, value: object) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'a.db'}")
    reading = engine.execution_options(**settings.READ_ONLY)
    with reading.connect() as first, reading.connect() as second:
        assert first.execute(text(f"PRAGMA {name}")).scalar() == value
        assert second.execute(text(f"PRAGMA {name}")).scalar() == value
    engine.dispose()


def test_a_reader_is_not_held_up_by_a_writer(tmp_path: Path) -> None:
    """Without WAL a reader of a file that is being written is refused."""
    engine = make_engine(f"sqlite:///{tmp_path / 'a.db'}")
    _counter(engine)
    reading = engine.execution_options(**settings.READ_ONLY)
    with engine.begin() as writer:
        writer.execute(text("UPDATE counter SET value = 7"))
        with reading.connect() as reader:
            assert reader.execute(text("SELECT value FROM counter")).scalar() == 0
    engine.dispose()


def test_a_writer_waits_for_another_process(tmp_path: Path) -> None:
    """Without busy_timeout the second writer is refused at once."""
    path = tmp_path / "a.db"
    engine = make_engine(f"sqlite:///{path}")
    _counter(engine)
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        with ThreadPoolExecutor(1) as pool:

            def write() -> None:
                with engine.begin() as tx:
                    tx.execute(text("UPDATE counter SET value = 3"))

            waiting = pool.submit(write)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.2)
            other.execute("COMMIT")
            waiting.result(timeout=5)
    engine.dispose()


def _log_after(engine: Engine, path: Path, commits: int) -> int:
    """Pages in the write-ahead log after so many commits."""
    page = 4096
    for _ in range(commits):
        with engine.begin() as tx:
            tx.execute(text("UPDATE counter SET value = value + 1"))
    return path.with_name(path.name + "-wal").stat().st_size // page


def test_the_log_is_written_over_early(tmp_path: Path) -> None:
    """By default it grows to a thousand pages first, and a log that grows waits for the disk longer."""
    early, late = tmp_path / "a.db", tmp_path / "b.db"
    engine, slow = make_engine(f"sqlite:///{early}"), make_engine(f"sqlite:///{late}")

    @event.listens_for(slow, "connect")
    def _by_default(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA wal_autocheckpoint=1000")

    for one in (engine, slow):
        _counter(one)
    assert _log_after(engine, early, 400) <= 220
    assert _log_after(slow, late, 400) > 390
    engine.dispose()
    slow.dispose()


def test_a_dangling_reference_is_refused(tmp_path: Path) -> None:
    """SQLite checks foreign keys only when told to."""
    engine = make_engine(f"sqlite:///{tmp_path / 'a.db'}")
    with engine.begin() as tx:
        tx.execute(text("CREATE TABLE a (id INTEGER PRIMARY KEY)"))
        tx.execute(text("CREATE TABLE b (a INTEGER REFERENCES a (id))"))
    with pytest.raises(IntegrityError), engine.begin() as tx:
        tx.execute(text("INSERT INTO b VALUES (1)"))
    engine.dispose()


def test_a_table_change_rolls_back_with_its_transaction(tmp_path: Path) -> None:
    """sqlite3's own transaction handling would leave the table behind."""
    engine = make_engine(f"sqlite:///{tmp_path / 'a.db'}")

    def create_and_fail() -> None:
        with engine.begin() as tx:
            tx.execute(text("CREATE TABLE half_done (id INTEGER)"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        create_and_fail()
    with engine.connect() as tx:
        assert tx.execute(text("SELECT count(*) FROM sqlite_master WHERE name = 'half_done'")).scalar() == 0
    engine.dispose()
