"""kill -9 at every step and at any moment: one reminder in the end, and every acknowledged join is there."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.app import build
from bot.config import Settings, load
from bot.core.people import Actor
from tests.loopback import LoopbackThread, User
from tests.outbox.test_group_lock import A_DAY_BEFORE, LOCK
from tests.support.clock import ManualClock
from tests.support.world import ROOT

SCRIPT = Path(__file__).with_name("outbox_process.py")
MESSAGE = "POST /channels/*/messages"


class Site:
    """A Discord on loopback, and a bot over a database that outlives its processes."""

    def __init__(self, server: LoopbackThread, folder: Path, compiled: Path) -> None:
        self.server = server
        self.discord = server.discord
        self.channel = self.discord.add_channel("announcements")
        self.database = folder / "course.db"
        self._config = folder / "config.toml"
        shown = (ROOT / "config.example.toml").read_text().replace("colloquy.db", "course.db")
        addresses = f'api_base = "{self.discord.api_base}"\ngateway_url = "{self.discord.gateway_url}"\n'
        self._config.write_text(shown.replace("[discord]\n", f"[discord]\n{addresses}"))
        self._environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "PYTHONPYCACHEPREFIX": str(compiled),
            "DISCORD_TOKEN": self.discord.token,
        }

    def configure(self, more: str) -> None:
        """Add a table to config.toml."""
        self._config.write_text(f"{self._config.read_text()}\n{more}")

    @property
    def settings(self) -> Settings:
        return load(self._config)

    @property
    def place(self) -> str:
        return f"discord:{self.discord.guild.id}"

    async def prepare(self, groups: int, users: list[User]) -> None:
        """25 hours before the lock: the course is set up, `users` are known, `groups` groups are there, all planned."""
        clock = ManualClock(LOCK - timedelta(hours=25))
        async with build(self.settings, clock) as app:
            staff = Actor("discord", "1", "Staff01", staff=True)
            await app.services.courses.set_up(self.place, staff, clock.now(), announce_channel=str(self.channel.id))
            for number in range(groups):
                founder = Actor("discord", str(2 + number), f"Founder{number:02}")
                await app.services.groups.create(self.place, founder, f"Group {number:02}", clock.now())
            for user in users:
                await app.services.people.meet(self.place, Actor("discord", str(user.id), user.name), clock.now())
            await app.outbox.tick()

    @contextmanager
    def process(self, at: datetime, *options: str) -> Iterator[subprocess.Popen[str]]:
        """The bot from the moment `at` on; Discord's clock shows the same. It is killed at the end."""
        self.discord.clock_offset = at - datetime.now(UTC)
        command = [sys.executable, str(SCRIPT), str(self._config), "--at", at.isoformat(), *options]
        running = subprocess.Popen(
            command, env=self._environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        try:
            yield running
        finally:
            running.kill()
            running.communicate()

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.database)) as database:
            return database.execute(statement).fetchall()

    def sent(self) -> bool:
        return self.rows("SELECT count(*) FROM outbox WHERE state = 'sent'") == [(1,)]

    def posted(self) -> list[str]:
        return [message["content"] for message in self.discord.history(self.channel)]

    def one_reminder_in_the_end(self, at: datetime, users: list[User]) -> None:
        """A last process finishes what is left to do."""
        with self.process(at):
            _wait(self.sent)
        (text,) = self.posted()
        assert all(text.count(f"<@{user.id}>") == 1 for user in users)
        states = dict(Counter(state for (state,) in self.rows("SELECT state FROM outbox")))
        assert states == {"sent": 1, "planned": 1}


def _wait(condition: Callable[[], bool], within: float = 30) -> None:
    end = time.monotonic() + within
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def _wait_ready(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"


@pytest.fixture
def site(tmp_path: Path, compiled: Path, migrated_file: Path) -> Iterator[Site]:
    with LoopbackThread() as server:
        made = Site(server, tmp_path, compiled)
        made.database.write_bytes(migrated_file.read_bytes())
        yield made


@pytest.fixture
def late(site: Site) -> list[User]:
    """Two who have no group, an hour and more before a reminder is due."""
    users = [site.discord.add_member(f"Student{n:02}") for n in range(2)]
    asyncio.run(site.prepare(0, users))
    return users


DUE = A_DAY_BEFORE + timedelta(seconds=1)
SOON, LATER = timedelta(seconds=62), timedelta(hours=2)


@pytest.mark.parametrize(
    ("step", "away"),
    [
        ("planned", LATER),
        ("claimed", SOON),
        ("frozen", SOON),
        ("frozen", LATER),
        ("posted", SOON),
        ("posted", LATER),
    ],
    ids=str,
)
def test_killed_at_a_step_one_reminder_is_posted_in_the_end(
    site: Site, late: list[User], step: str, away: timedelta
) -> None:
    with site.process(DUE, "--kill-at", step) as first:
        assert first.wait(30) == -signal.SIGKILL
    assert len(site.posted()) == (step == "posted")
    assert not site.sent()
    site.one_reminder_in_the_end(DUE + away, late)


@pytest.mark.parametrize("away", [SOON, LATER], ids=["soon", "later"])
def test_killed_while_discord_answers_one_reminder_is_posted_in_the_end(
    site: Site, late: list[User], away: timedelta
) -> None:
    site.discord.fail("hang", MESSAGE, after=True)
    with site.process(DUE):
        _wait(lambda: bool(site.posted()))
    assert not site.sent()
    site.one_reminder_in_the_end(DUE + away, late)


@pytest.mark.parametrize("seed", range(2))
def test_killed_at_any_moment_again_and_again_one_reminder_is_posted_in_the_end(
    site: Site, late: list[User], seed: int
) -> None:
    chance, at = random.Random(seed), DUE
    for _ in range(3):
        with site.process(at) as bot:
            _wait_ready(bot)
            time.sleep(chance.uniform(0, 0.025))
        at += chance.choice([SOON, timedelta(minutes=4), LATER])
    assert len(site.posted()) <= 1
    site.one_reminder_in_the_end(at, late)
    with site.process(at + timedelta(minutes=10)) as again:
        _wait_ready(again)
        time.sleep(0.1)
    assert len(site.posted()) == 1


@pytest.mark.parametrize("answered", [1, 30])
def test_killed_in_a_storm_of_joins_every_acknowledged_one_is_there(site: Site, answered: int) -> None:
    discord = site.discord
    asyncio.run(site.prepare(25, []))
    # Two free seats in each of 25 groups, and two or three who want them.
    crowd = [(discord.add_member(f"Student{n:02}"), f"Group {n % 25:02}") for n in range(60)]

    async def join(user: User, group: str) -> str:
        return (await discord.slash(user, "join-group", {"group": group})).content

    async def storm(kill: Callable[[], None]) -> dict[str, str]:
        """Everyone at once, then the kill; returns the groups of those who were told that they are in."""
        asking = [asyncio.ensure_future(join(*one)) for one in crowd]
        await discord.wait_until(lambda: sum(asked.done() for asked in asking) >= answered, within=20)
        kill()
        for asked in asking:
            asked.cancel()
        told = await asyncio.gather(*asking, return_exceptions=True)
        return {
            str(user.id): group
            for (user, group), text in zip(crowd, told, strict=True)
            if isinstance(text, str) and text.startswith("You are in **")
        }

    async def again() -> list[str]:
        return await asyncio.gather(*(join(*one) for one in crowd))

    with site.process(A_DAY_BEFORE - timedelta(minutes=30)) as bot:
        _wait_ready(bot)
        acknowledged = site.server.call(storm(bot.kill))
    before = _seats(site)
    assert acknowledged
    assert acknowledged.items() <= before.items()
    with site.process(A_DAY_BEFORE - timedelta(minutes=20)) as bot:
        _wait_ready(bot)
        told = site.server.call(again())
    assert sum(text.startswith("You are already in **") for text in told) == len(before)
    assert sum(text.startswith("You are in **") for text in told) == 50 - len(before)
    assert sum(" is full (3 of 3)" in text for text in told) == 10
    after = _seats(site)
    assert before.items() <= after.items()
    assert set(Counter(after.values()).values()) == {2}


def _seats(site: Site) -> dict[str, str]:
    """The group of everyone in the crowd who has a seat. Nobody has two, and no group has more than three."""
    rows = site.rows(
        "SELECT account.user_id, study_group.name FROM membership "
        "JOIN study_group ON study_group.id = membership.group_id "
        "JOIN account ON account.person_id = membership.person_id WHERE membership.left_at IS NULL"
    )
    assert len({user for user, _ in rows}) == len(rows)
    assert max(Counter(group for _, group in rows).values()) <= 3
    return {str(user): str(group) for user, group in rows if len(str(user)) > 3}
