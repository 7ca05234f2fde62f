"""Engines, set up so that what SQLite acknowledges is on disk and read-modify-write is safe.

Every setting here has a test in tests/store/test_engine.py that fails without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, create_engine, event

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

BUSY_TIMEOUT_MS = 2_500
"""How long a writer waits for another process; shorter than the 3 s an interaction has."""

READ_ONLY = {"colloquy_read_only": True}
"""Execution options of a connection that only reads: it begins without taking the write lock."""


def make_engine(url: str) -> Engine:
    """A synchronous engine for `url` ("sqlite:///path" or "postgresql://…"), used from worker threads.

    Its errors do not show the values in a statement: they end in logs, and values are people's names and words.
    """
    if url.startswith("sqlite"):
        engine = create_engine(
            url.replace("sqlite://", "sqlite+pysqlite://", 1),
            connect_args={"check_same_thread": False},
            hide_parameters=True,
        )
    else:
        engine = create_engine(_psycopg(url), pool_size=16, max_overflow=0, pool_pre_ping=True, hide_parameters=True)
    return prepare(engine)


def make_async_engine(url: str) -> AsyncEngine:
    """An asynchronous engine for the same address with the same settings, for migrations."""
    # Half a second of imports, which only a start with a migration to run has to pay.
    from sqlalchemy.ext.asyncio import create_async_engine

    if url.startswith("sqlite"):
        engine = create_async_engine(url.replace("sqlite://", "sqlite+aiosqlite://", 1))
    else:
        engine = create_async_engine(_psycopg(url))
    prepare(engine.sync_engine)
    return engine


def prepare(engine: Engine) -> Engine:
    """Install the settings on `engine`; PostgreSQL needs none."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _on_connect)
        event.listen(engine, "begin", _on_begin)
    return engine


def _psycopg(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def _on_connect(connection: Any, _record: Any) -> None:
    # Python's sqlite3 would begin (deferred) by itself, too late: see _on_begin.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    # NORMAL loses acknowledged commits at a power cut; FULL waits for the disk at each one.
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    # A log that is written over waits for the disk half as long as one that still grows, so it starts over early.
    cursor.execute("PRAGMA wal_autocheckpoint=200")
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    # What is deleted is overwritten with zeros: the keys of closed votes must not lie around in the file.
    cursor.execute("PRAGMA secure_delete=ON")
    cursor.close()


def _on_begin(connection: Connection) -> None:
    # A deferred transaction reads first and asks for the lock at its first write; by then another writer may have
    # committed, and the update is lost or refused. Writers take the lock before they read.
    read_only = connection.get_execution_options().get("colloquy_read_only")
    # By the driver's cursor: by way of SQLAlchemy this takes as long as a query, in every transaction.
    cursor = connection.connection.cursor()
    cursor.execute("BEGIN" if read_only else "BEGIN IMMEDIATE")
    cursor.close()
