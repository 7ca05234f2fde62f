"""The nightly backup: at its wall time, at once after downtime, whole or not at all, and staff hear of trouble once."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.app import App, build
from bot.config import parse
from bot.config_sections import ConfigError
from bot.core import nightly
from bot.core.outbox_notices import BackupFailed
from bot.fronts.discord.render.notices import RENDERERS
from bot.outbox.nightly import Nightly
from bot.outbox.reports import BackupReports
from bot.services.backups import Backups
from bot.store import courses, migrate
from tests.support.clock import ManualClock
from tests.support.people import DETROIT
from tests.support.world import course_settings

NOW = datetime(2024, 3, 8, 15, tzinfo=UTC)
"""Friday, March 8, 10:00 in Detroit; the clocks change in the night to Sunday."""

HALF_PAST_THREE = time(3, 30)


@settings(deadline=None)  # its first example may wait for a busy machine
@given(
    start=st.datetimes(datetime(2024, 1, 1), datetime(2024, 12, 20)),
    steps=st.lists(st.integers(1, 60 * 60), max_size=40),
    at=st.times().map(lambda one: one.replace(second=0, microsecond=0)),
    zone=st.sampled_from([DETROIT, ZoneInfo("Asia/Kolkata")]),
)
def test_whenever_the_bot_looks_there_is_one_backup_a_night(
    start: datetime, steps: list[int], at: time, zone: ZoneInfo
) -> None:
    now = start.replace(tzinfo=UTC)
    names: list[str] = []
    for minutes in [0, *steps]:
        now += timedelta(minutes=minutes)
        due = nightly.due(names, at, zone, now)
        assert now <= due <= now + timedelta(hours=25)
        if due <= now:
            names.append(nightly.name_of(now))
            assert nightly.due(names, at, zone, now) > now
        else:  # not due: there is one since the last such moment
            newest = max(stamp for name in names if (stamp := nightly.made_at(name)))
            assert due - newest < timedelta(hours=26)
            assert due.astimezone(zone).time() == at or due.astimezone(zone).date() == date(2024, 3, 10)
    kept = nightly.surplus([*names, "colloquy-20240101T000000Z.db", "nightly-x.db"], 3)
    assert kept == sorted(names, reverse=True)[3:]


def test_what_is_written_meanwhile_neither_waits_nor_gets_in(sqlite_url: str, tmp_path: Path) -> None:
    source = migrate.sqlite_path(sqlite_url)
    with closing(sqlite3.connect(source)) as live:
        live.execute("INSERT INTO fact (key, value, at) VALUES ('big', ?, 0)", ("x" * 12_000_000,))
        live.commit()
    source.chmod(0o600)
    asked = []

    def write() -> bool:
        asked.append(1)
        with closing(sqlite3.connect(source, timeout=0.1)) as other:
            other.execute("INSERT INTO fact (key, value, at) VALUES (?, '', 0)", (f"during {len(asked)}",))
            other.commit()
        return False

    saved = migrate.backup(sqlite_url, tmp_path / "copies" / "one.db", write)
    assert 2 <= len(asked) < 10
    with closing(sqlite3.connect(saved)) as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert copy.execute("SELECT length(value) FROM fact WHERE key = 'big'").fetchone() == (12_000_000,)
        assert copy.execute("SELECT count(*) FROM fact WHERE key LIKE 'during%'").fetchone() == (0,)
    assert saved.stat().st_mode & 0o777 == 0o600
    with pytest.raises(migrate.Stopped):
        migrate.backup(sqlite_url, tmp_path / "copies" / "two.db", lambda: True)
    assert [one.name for one in saved.parent.iterdir()] == ["one.db"]


class Machine:
    """An app that is not connected, with its backups in `folder`; each `boot` is a new process."""

    def __init__(self, app: App, clock: ManualClock, url: str, folder: Path) -> None:
        self.app, self.clock, self.folder, self._url = app, clock, folder, url
        self.boot()

    def boot(self) -> None:
        service = Backups(self.app.database, self._url, self.folder, HALF_PAST_THREE, 3, DETROIT)
        self.nightly = Nightly(service, self.clock)

    async def look(self, **later: float) -> datetime | None:
        self.clock.advance(timedelta(**later))
        return await self.nightly.tick()

    def files(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir()) if self.folder.is_dir() else []

    async def doctor(self) -> list[str]:
        found = await self.app.services.doctor.examine_course(self.clock.now())
        return [f"{one.verdict} {one.text}" for one in found.checks if "backup" in one.text.casefold()]


@pytest.fixture
async def machine(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Machine]:
    clock = ManualClock(NOW)
    async with build(course_settings(sqlite_url), clock) as app:
        yield Machine(app, clock, sqlite_url, tmp_path / "backups")


async def test_once_a_night_and_at_once_after_downtime(machine: Machine) -> None:
    assert await machine.doctor() == ["ok Backups: each night; the first is made when the bot runs."]
    saturday, sunday = (datetime(2024, 3, day, hour, 30, tzinfo=UTC) for day, hour in ((9, 8), (10, 7)))
    assert await machine.look() == saturday
    assert machine.files() == ["nightly-20240308T150000Z.db"]
    assert await machine.doctor() == ["ok Backups: the last, `nightly-20240308T150000Z.db`, was made {at}."]
    machine.boot()
    assert await machine.look(hours=17, minutes=29) == saturday
    assert len(machine.files()) == 1
    assert await machine.look(minutes=1) == sunday  # 23 hours later: the wall clock says half past three
    assert await machine.look(hours=-2) == saturday  # a clock set back: last night's is there still
    await machine.look(hours=2)
    assert len(machine.files()) == 2
    (machine.folder / "colloquy-20240301T000000Z.db").write_text("kept: made by hand")
    machine.boot()
    await machine.look(days=2)
    assert await machine.doctor() == ["ok Backups: the last, `nightly-20240311T083000Z.db`, was made {at}."]
    await machine.look(days=1)
    await machine.look(days=1)
    assert machine.files() == ["colloquy-20240301T000000Z.db"] + [
        f"nightly-202403{day}T083000Z.db" for day in (11, 12, 13)
    ]
    machine.clock.advance(timedelta(days=3))
    assert await machine.doctor() == ["warn The last nightly backup is from {at}. One is made when the bot runs."]


async def _reports(machine: Machine) -> list[str]:
    """What staff would be told, by the outbox's keys."""
    now = machine.clock.now()

    def plan(tx):  # type: ignore[no-untyped-def]
        return [one.key for one in BackupReports().plan(tx, courses.by_id(tx, 1), [], now)]

    return await machine.app.database.read(plan)


async def test_staff_hear_of_trouble_once(machine: Machine) -> None:
    machine.folder.write_text("not a folder")
    again = await machine.look()
    assert again == NOW + timedelta(hours=1)
    assert await machine.look(minutes=5) == again
    (check,) = await machine.doctor()
    assert check.startswith("fail The nightly backup fails since {at}: ")
    assert str(machine.folder.parent) not in check
    told = await _reports(machine)
    await machine.look(minutes=55)
    assert await _reports(machine) == told
    assert len(told) == 1
    (part,) = RENDERERS[BackupFailed](BackupFailed("No space left on device", again))
    assert f"failed** <t:{int(again.timestamp())}:F>" in part.text
    assert "No space left on device" in part.text
    machine.folder.unlink()
    await machine.look(hours=1)
    assert len(machine.files()) == 1
    assert await _reports(machine) == []
    assert (await machine.doctor())[0].startswith("ok")
    machine.nightly = Nightly(machine.nightly._backups, machine.clock)
    await machine.nightly.stop()
    await machine.look(days=1)
    assert len(machine.files()) == 1  # told to stop, it leaves the copy to the next start


def test_the_configuration_says_when_or_never() -> None:
    here = Path("config.toml")
    assert parse("", here).database.nightly == HALF_PAST_THREE
    assert parse('[database]\nbackup_at = "never"', here).database.nightly is None
    assert parse('[database]\nurl = "postgresql://x/y"', here).database.nightly is None
    with pytest.raises(ConfigError, match="`backup_at` must be a time of day"):
        parse('[database]\nbackup_at = "25:00"', here)
    with pytest.raises(ConfigError, match="keep"):
        parse("[database]\nkeep = 0", here)
