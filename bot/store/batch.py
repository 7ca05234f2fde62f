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
        self._writing: asyncio.Task[None] | None = None

    async def put(self, work: Work[I, O], item: I) -> O:
        """The outcome of `item`, once it is durable.

        Raises:
            Exception: the outcome was one, or the database failed.
        """
        one = _Waiting(work, item, asyncio.get_running_loop().create_future())
        self._waiting.append(one)
        if self._writing is None:
            self._writing = asyncio.get_running_loop().create_task(self._write())
        # The caller may be cancelled; the item is in the batch all the same, and only its outcome is told to nobody.
        outcome: O = await one.done
        return outcome

    async def _write(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:LIMIT], self._waiting[LIMIT:]
                try:
                    outcomes = await self._database.write(_run, batch)
                except Exception as error:
                    outcomes = await self._one_by_one(batch, error)
                for one, outcome in zip(batch, outcomes, strict=True):
                    if one.done.cancelled():
                        continue
                    if isinstance(outcome, Exception):
                        one.done.set_exception(outcome)
                    else:
                        one.done.set_result(outcome)
        finally:
            self._writing = None

    async def _one_by_one(self, batch: Sequence[_Waiting], error: Exception) -> list[Any]:
        """One item that breaks the statement must not take the others with it."""
        if len(batch) == 1:
            return [error]
        outcomes: list[Any] = []
        for one in batch:
            try:
                outcomes += await self._database.write(_run, [one])
            except Exception as failure:
                outcomes.append(failure)
        return outcomes


def _run(tx: Connection, batch: Sequence[_Waiting]) -> list[Any]:
    kinds: defaultdict[Work[Any, Any], list[int]] = defaultdict(list)
    for index, one in enumerate(batch):
        kinds[one.work].append(index)
    outcomes: list[Any] = [None] * len(batch)
    for work, indices in kinds.items():
        for index, outcome in zip(indices, work(tx, [batch[index].item for index in indices]), strict=True):
            outcomes[index] = outcome
    return outcomes
