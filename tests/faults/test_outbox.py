"""A thousand reminders, kill -9 again and again, and a Discord that fails in every way: none lost, none doubled."""

from __future__ import annotations

import asyncio
import random
import re
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from subprocess import Popen

import pytest

from bot.app import build
from bot.core.people import Actor
from tests.faults.test_kill import MESSAGE, SOON, Site, _wait, _wait_ready
from tests.loopback import LoopbackThread
from tests.outbox.test_group_lock import A_DAY_BEFORE
from tests.support.bulk import FIRST
from tests.support.clock import ManualClock

DUE = A_DAY_BEFORE
STEPS = ("planned", "claimed", "frozen", "part posted", "posted")
ROOMS = 20


class Flood:
    """`count` reminders that are due at once, in twenty channels."""

    def __init__(self, site: Site, count: int) -> None:
        self.site = site
        self.count = count
        self.rooms = [site.discord.add_channel(f"room-{n}") for n in range(ROOMS)]
        self.at = DUE + timedelta(seconds=1)
        asyncio.run(self._prepare())

    async def _prepare(self) -> None:
        clock = ManualClock(DUE - timedelta(hours=1))
        async with build(self.site.settings, clock) as app:
            staff = Actor("discord", "1", "Staff01", staff=True)
            await app.services.courses.set_up(
                self.site.place, staff, clock.now(), announce_channel=str(self.site.channel.id)
            )

    def process(self, *options: str) -> AbstractContextManager[Popen[str]]:
        rooms = ",".join(str(room.id) for room in self.rooms)
        bulk = ("--bulk", str(self.count), "--rooms", rooms, "--due", DUE.isoformat(), "--rate", "5000")
        return self.site.process(self.at, *bulk, *options)

    def later(self, by: timedelta) -> None:
        self.at += by

    def numbers(self) -> Counter[int]:
        """How often each reminder arrived."""
        texts = [one.content for one in list(self.site.discord.messages.created)]
        found = [re.search(r"Still without a group: <@(\d+)>", text) for text in texts]
        return Counter(int(match[1]) - FIRST for match in found if match)

    def settled(self) -> bool:
        statement = "SELECT count(*) FROM outbox WHERE key LIKE 'bulk/%' AND state = 'sent'"
        return self.site.rows(statement) == [(self.count,)]

    def finish(self) -> None:
        """Let a last process send what is left, then look at what arrived."""
        with self.process():
            _wait(self.settled, within=60)
        arrived = self.numbers()
        assert sorted(arrived) == list(range(self.count))  # none lost
        assert max(arrived.values()) == 1  # none doubled


@pytest.fixture
def site(tmp_path: Path, compiled: Path, migrated_file: Path) -> Iterator[Site]:
    with LoopbackThread() as server:
        made = Site(server, tmp_path, compiled)
        made.database.write_bytes(migrated_file.read_bytes())
        yield made


def test_killed_at_every_step_and_at_any_moment_a_thousand_arrive_once_each(site: Site) -> None:
    flood, chance = Flood(site, 1000), random.Random(5)
    for kill, step in enumerate((*STEPS, "", "", "")):
        if step:
            skip = 0 if step == "planned" else chance.randint(0, 5 if step == "claimed" else 90)
            with flood.process("--kill-at", step, "--skip", str(skip)) as bot:
                assert bot.wait(30) == -signal.SIGKILL
        else:
            with flood.process() as bot:
                _wait_ready(bot)
                time.sleep(chance.uniform(0, 0.8))
        # Soon, when Discord still knows the nonces, and later, when it has forgotten them.
        flood.later(SOON if kill % 2 else timedelta(minutes=10))
    assert 0 < len(flood.numbers()) < 1000
    flood.finish()


def test_a_discord_that_fails_in_every_way_gets_four_hundred_once_each(site: Site) -> None:
    flood, faults = Flood(site, 400), site.discord.faults
    for skip, after in ((3, False), (40, True)):
        for status in (500, 502, 503):
            faults.add("error", MESSAGE, times=2, skip=skip, status=status, after=after)
        faults.add("rate_limit", MESSAGE, times=4, skip=skip, after=after)
        faults.add("rate_limit", MESSAGE, times=1, skip=skip, after=after, scope="global")
        faults.add("drop", MESSAGE, times=4, skip=skip, after=after)
        faults.add("malformed", MESSAGE, times=2, skip=skip, after=after)
        faults.add("hang", MESSAGE, times=2, skip=skip, after=after)
    planned = list(faults.planned)
    with flood.process() as bot:
        _wait_ready(bot)
        _wait(lambda: len(flood.numbers()) > 250)
    flood.later(SOON)
    with flood.process() as bot:
        _wait_ready(bot)
        _wait(lambda: len(flood.numbers()) > 320 or flood.settled())
    assert all(fault.struck for fault in planned)
    faults.clear()
    flood.later(timedelta(minutes=20))
    flood.finish()
