"""The batching writer: what many people press at once goes into one transaction.

    outcome = await batches.put(ballots.cast, press)

`work(tx, items)` handles all items of its kind with a few set-based statements and returns one outcome for each, in
order; an outcome that is an exception is raised to that caller only. Callers go on after COMMIT: what was
acknowledged is on disk. While one batch is being written the next one gathers, so the more people press, the fewer
commits there are for each of them (docs/storage.md has the figures).
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection

from bot.store.database import Database

I = TypeVar("I")  # noqa: E741 - an item
O = TypeVar("O")  # noqa: E741 - its outcome

Work = Callable[[Connection, Sequence[I]], Sequence[O | Exception]]

LIMIT = 500
"""Items in one transaction: SQLite takes some 30,000 bound values in a statement, and one batch must not take long."""


@dataclass(slots=True)
class _Waiting:
    work: Work[Any, Any]
    item: Any
    done: asyncio.Future[Any]


class Batches:
    """Collects items until the writer is free, then writes them together."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[_Waiting] = []
        self._busy = False
        self._rescues: set[asyncio.Task[None]] = set()

    async def put(self, work: Work[I, O], item: I) -> O:
        """The outcome of `item`, once it is durable.

        Raises:
            Exception: the outcome was one, or the database failed.
        """
        one = _Waiting(work, item, asyncio.get_running_loop().create_future())
        self._waiting.append(one)
        if not self._busy:
            self._write_next()
        # The caller may be cancelled; the item is in the batch all the same, and only its outcome is told to nobody.
        outcome: O = await one.done
        return outcome

    def _write_next(self) -> None:
        # Callbacks instead of a task: a person who presses alone waits for two turns of the event loop less.
        batch, self._waiting = self._waiting[:LIMIT], self._waiting[LIMIT:]
        self._busy = bool(batch)
        if batch:
            self._database.submit(_run, batch).add_done_callback(lambda written: self._written(batch, written))

    def _written(self, batch: Sequence[_Waiting], written: asyncio.Future[list[Any]]) -> None:
        error = written.exception()
        if error is None:
            _settle(batch, written.result())
        elif len(batch) == 1 or not isinstance(error, Exception):
            _settle(batch, [error] * len(batch))
        else:
            # Kept here: the loop itself holds tasks weakly.
            rescue = asyncio.get_running_loop().create_task(self._one_by_one(batch))
            self._rescues.add(rescue)
            rescue.add_done_callback(self._rescues.discard)
            return
        self._write_next()

    async def _one_by_one(self, batch: Sequence[_Waiting]) -> None:
        """One item that breaks the statement must not take the others with it."""
        try:
            for one in batch:
                try:
                    outcomes = await self._database.write(_run, [one])
                except Exception as failure:
                    outcomes = [failure]
                _settle([one], outcomes)
        finally:
            self._write_next()


def _settle(batch: Sequence[_Waiting], outcomes: Sequence[Any]) -> None:
    for one, outcome in zip(batch, outcomes, strict=True):
        if one.done.done():  # who asked has gone
            continue
        if isinstance(outcome, BaseException):
            one.done.set_exception(outcome)
        else:
            one.done.set_result(outcome)


def _run(tx: Connection, batch: Sequence[_Waiting]) -> list[Any]:
    kinds: defaultdict[Work[Any, Any], list[int]] = defaultdict(list)
    for index, one in enumerate(batch):
        kinds[one.work].append(index)
    outcomes: list[Any] = [None] * len(batch)
    for work, indices in kinds.items():
        for index, outcome in zip(indices, work(tx, [batch[index].item for index in indices]), strict=True):
            outcomes[index] = outcome
    return outcomes
