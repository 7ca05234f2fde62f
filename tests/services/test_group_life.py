"""Whatever people and staff do with groups, in whatever order and all at once: the rules hold."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.store.database import Database
from tests.support import postgres
from tests.support.group_life import VERBS, GroupLife, Step

_number = st.integers(0, 62)
_step = st.builds(
    Step,
    verb=st.sampled_from(VERBS),
    one=_number,
    other=_number,
    yes=st.booleans(),
    odd=st.sampled_from([False] * 7 + [True]),
)
_wait = st.sampled_from([0, 0, 0, 0, 3, 12, 40])
_crowds = st.lists(st.tuples(st.lists(_step, min_size=5, max_size=20), _wait), min_size=1, max_size=4)
_FIXTURE = [HealthCheck.function_scoped_fixture]


@pytest.fixture
def postgres_url(postgres_server: postgres.Server, migrated_postgres: str) -> Iterator[str]:
    address = postgres_server.new_database(migrated_postgres)
    yield address
    postgres_server.drop_database(address)


async def _live(url: str, crowds: Sequence[tuple[Sequence[Step], int]]) -> None:
    """Each crowd acts at once; after it the rules are checked, and some hours pass."""
    database = Database(url)
    try:
        life = GroupLife(database)
        await life.open()
        for crowd, hours in crowds:
            await asyncio.gather(*(life.do(step) for step in crowd))
            await life.check()
            await life.wait(hours)
        await life.check()
    finally:
        await asyncio.to_thread(database.close)


@settings(suppress_health_check=_FIXTURE, deadline=None, max_examples=15)
@given(steps=st.lists(st.tuples(_step, _wait), min_size=10, max_size=40))
def test_no_sequence_breaks_a_rule(sqlite_url: str, steps: list[tuple[Step, int]]) -> None:
    asyncio.run(_live(sqlite_url, [([step], hours) for step, hours in steps]))


@settings(suppress_health_check=_FIXTURE, deadline=None, max_examples=10)
@given(crowds=_crowds)
def test_no_crowd_breaks_a_rule(sqlite_url: str, crowds: list[tuple[list[Step], int]]) -> None:
    asyncio.run(_live(sqlite_url, crowds))


@settings(suppress_health_check=_FIXTURE, deadline=None, max_examples=8)
@given(crowds=_crowds)
def test_no_crowd_breaks_a_rule_on_postgresql(postgres_url: str, crowds: list[tuple[list[Step], int]]) -> None:
    asyncio.run(_live(postgres_url, crowds))
