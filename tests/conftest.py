"""Fixtures shared by all tests: migrated databases of both kinds, a clock that stands still, the running bot."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.store import migrate
from bot.store.database import Database
from tests.contract.plugin import contract  # noqa: F401 - an autouse fixture
from tests.support import postgres
from tests.support.clock import ManualClock
from tests.support.world import World, course_settings, running

NOW = datetime(2024, 1, 19, 15, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    with postgres.server() as running:
        yield running


def _upgrade(url: str, folder: Path) -> None:
    # In a thread: Alembic's environment runs an event loop, and whoever asks first may be inside one.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(migrate.upgrade, url, backups=folder, now=NOW).result()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file at the newest schema, to be copied."""
    folder = tmp_path_factory.mktemp("migrated")
    _upgrade(f"sqlite:///{folder / 'course.db'}", folder)
    return folder / "course.db"


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: postgres.Server, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a PostgreSQL database at the newest schema, to be used as a template."""
    url = postgres_server.new_database()
    _upgrade(url, tmp_path_factory.mktemp("none"))
    return url.rsplit("/", 1)[1]


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the processes keep their byte code: compiling everything takes each of them seconds."""
    return tmp_path_factory.getbasetemp().parent / "compiled"


@pytest.fixture
def sqlite_url(migrated_file: Path, tmp_path: Path) -> str:
    shutil.copyfile(migrated_file, tmp_path / "course.db")
    return f"sqlite:///{tmp_path / 'course.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a migrated, empty database; the test runs once on each kind."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_url")
        return
    running: postgres.Server = request.getfixturevalue("postgres_server")
    address = running.new_database(request.getfixturevalue("migrated_postgres"))
    yield address
    running.drop_database(address)


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    opened = Database(url)
    yield opened
    await asyncio.to_thread(opened.close)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
async def world(sqlite_url: str) -> AsyncIterator[World]:
    """The bot in an offline Discord, four days before groups lock; every request it makes is checked."""
    async with running(course_settings(sqlite_url), NOW) as running_world:
        yield running_world
        assert running_world.bugs() == []
