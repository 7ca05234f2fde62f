"""The unit of work: a function that runs whole, in one transaction, on a database thread.

    result = await database.write(groups.join, course_id, person_id)

`work(tx, …)` is plain synchronous SQLAlchemy Core. It commits when it returns and rolls back when it raises. Being
synchronous it cannot await, so no transaction is ever open across a call to Discord, Slack or an LLM; and a task
that is cancelled while waiting never leaves half a transaction behind: the thread finishes and commits.

Why threads and not an asynchronous session: SQLAlchemy over aiosqlite hops between threads for every statement,
and a durable write took 1.9-4 ms; one hop for the whole transaction takes it under 1 ms (docs/storage.md).
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, Table
from sqlalchemy.exc import DBAPIError

from bot.store.engine import READ_ONLY, make_engine

P = ParamSpec("P")
R = TypeVar("R")

_TRIES = 4
# PostgreSQL: unique_violation (another transaction won; look again), serialization_failure, deadlock_detected.
_RETRY_STATES = frozenset({"23505", "40001", "40P01"})

_DELETED = "colloquy_deleted"

log = logging.getLogger(__name__)


def erase(tx: Connection, *tables: Table) -> None:
    """What this transaction deletes from `tables` shall not be found in the database's files after its commit."""
    tx.info[_DELETED] = tables


class Database:
    """Readers and writers over one engine. SQLite has one writer at a time, so one thread writes."""

    def __init__(self, url: str) -> None:
        self.engine: Engine = make_engine(url)
        sqlite = self.engine.dialect.name == "sqlite"
        isolation = {} if sqlite else {"isolation_level": "REPEATABLE READ"}
        self._reading = self.engine.execution_options(**READ_ONLY, **isolation)
        self._writers = ThreadPoolExecutor(1 if sqlite else 8, thread_name_prefix="db-write")
        self._readers = ThreadPoolExecutor(2 if sqlite else 8, thread_name_prefix="db-read")

    async def write(self, work: Callable[Concatenate[Connection, P], R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run `work(tx, *args, **kwargs)` in one durable transaction and return what it returns."""
        return await self.submit(work, *args, **kwargs)

    def submit(
        self, work: Callable[Concatenate[Connection, P], R], /, *args: P.args, **kwargs: P.kwargs
    ) -> asyncio.Future[R]:
        """`write`, begun at once."""
        return asyncio.get_running_loop().run_in_executor(self._writers, lambda: self._write(work, *args, **kwargs))

    async def read(self, work: Callable[Concatenate[Connection, P], R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run `work(tx, *args, **kwargs)` against one consistent snapshot."""
        return await asyncio.get_running_loop().run_in_executor(
            self._readers, lambda: self._read(work, *args, **kwargs)
        )

    def _write(self, work: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        for left in reversed(range(_TRIES)):
            try:
                with self.engine.connect() as tx:
                    try:
                        with tx.begin():
                            result = work(tx, *args, **kwargs)
                    finally:
                        deleted = tx.info.pop(_DELETED, ())
                    if deleted:
                        _remove_traces(tx, deleted)
                    return result
            except DBAPIError as error:
                if not left or getattr(error.orig, "sqlstate", None) not in _RETRY_STATES:
                    raise
        raise AssertionError("unreachable")

    def _read(self, work: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs) -> R:
        with self._reading.connect() as tx:
            return work(tx, *args, **kwargs)

    def close(self) -> None:
        """Finish what was begun, then close every connection."""
        self._writers.shutdown()
        self._readers.shutdown()
        self.engine.dispose()


def _remove_traces(tx: Connection, tables: Sequence[Table]) -> None:
    """Best effort: what could not be removed now goes with the next such call."""
    try:
        if tx.dialect.name == "sqlite":
            # Deleted rows are zeros in the file already (secure_delete), but the log still holds the old pages. Not by
            # way of the engine, which would begin a transaction.
            driver = tx.connection.driver_connection
            assert driver is not None
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            names = ", ".join(table.name for table in tables)
            tx.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql(f"VACUUM {names}")
    except (DBAPIError, sqlite3.Error) as error:
        log.warning("could not remove the traces of deleted rows yet: %s", error)
