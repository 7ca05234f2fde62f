"""Instants survive the database, in order, to the microsecond."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select
from sqlalchemy.exc import StatementError

from bot.store.database import Database
from bot.store.tables import fact
from bot.store.types import UtcDateTime

_offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
_instants = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=_offsets)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(moments=st.lists(_instants, min_size=1, max_size=5))
def test_what_is_written_is_read_back_in_utc_and_sorts_by_time(url: str, moments: list[datetime]) -> None:
    database = Database(url)
    with database.engine.begin() as tx:
        tx.execute(delete(fact))
        tx.execute(insert(fact), [{"key": str(n), "value": "", "at": at} for n, at in enumerate(moments)])
        read = list(tx.execute(select(fact.c.at).order_by(fact.c.at)).scalars())
    database.close()
    assert read == sorted(moments)
    assert all(at.tzinfo is UTC for at in read)


async def test_a_naive_time_is_refused(database: Database) -> None:
    statement = insert(fact).values(key="a", value="", at=datetime(2024, 1, 1))
    with pytest.raises(StatementError, match="no time zone"):
        await database.write(lambda tx: tx.execute(statement))


def test_an_empty_moment_stays_empty() -> None:
    kind = UtcDateTime()
    assert kind.process_bind_param(None, None) is None  # type: ignore[arg-type]
    assert kind.process_result_value(None, None) is None  # type: ignore[arg-type]
