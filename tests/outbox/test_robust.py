"""Many messages to many places: trouble in one place stays there, staff hear of it once, and clocks may be wrong."""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.core.people import Actor
from bot.core.reminders import Planned
from bot.fronts.discord import messenger
from bot.outbox.kinds import KINDS, Kind
from bot.outbox.reports import MissedReports, RefusalReports
from bot.store.tables import outbox
from tests.loopback.state import READ_HISTORY, SEND_MESSAGES, Channel
from tests.outbox.test_group_lock import LOCK
from tests.support.bulk import FIRST, Bulk
from tests.support.seminar import Seminar, running_seminar
from tests.support.world import course_settings

NOW = LOCK - timedelta(hours=25)
MESSAGE = "POST /channels/*/messages"


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messenger, "RATE", 2000.0)


class Rooms:
    """A seminar with several channels and nothing to send but `bulk` and what staff are told."""

    def __init__(self, seminar: Seminar, kinds: list[Kind]) -> None:
        self.seminar = seminar
        self.server = seminar.server
        self.kinds = kinds
        self.channels = [self.server.add_channel(f"room-{n}") for n in range(12)]
        self.staff_room = self.server.add_channel("staff")

    async def send(self, count: int, rooms: int, **options: Any) -> Bulk:
        """`count` messages that are due now, in turn to the first `rooms` channels."""
        bulk = Bulk(count, [str(one.id) for one in self.channels[:rooms]], self.seminar.clock.now(), **options)
        self.kinds[0] = bulk
        await self.seminar.restart()
        return bulk

    async def set_up(self, **channels: Channel) -> None:
        place = f"discord:{self.server.guild.id}"
        staff = Actor("discord", str(self.seminar.staff.id), "Staff01", staff=True)
        chosen = {name: str(channel.id) for name, channel in channels.items()}
        await self.seminar.app.services.courses.set_up(place, staff, self.seminar.clock.now(), **chosen)

    def arrived(self, *channels: Channel) -> list[int]:
        """The numbers of the messages in these channels (all of them, if none is given), in order of arrival."""
        places = {one.id for one in channels or self.channels}
        found = [one for one in self.server.messages.created if one.channel_id in places]
        return [int(re.findall(r"<@(\d+)>", one.content)[0]) - FIRST for one in found]

    def told(self) -> list[str]:
        return [one["content"] for one in self.server.history(self.staff_room)]

    async def states(self) -> dict[str, int]:
        statement = select(outbox.c.state, func.count()).where(outbox.c.key.like("bulk/%")).group_by(outbox.c.state)
        return await self.seminar.app.database.read(lambda tx: {row[0]: row[1] for row in tx.execute(statement)})


@pytest.fixture
async def rooms(sqlite_url: str) -> AsyncIterator[Rooms]:
    kinds: list[Kind] = [KINDS[0], MissedReports(), RefusalReports()]
    async with running_seminar(course_settings(sqlite_url), NOW, kinds) as seminar:
        made = Rooms(seminar, kinds)
        await made.set_up(staff_channel=made.staff_room)
        yield made


# -- several places --------------------------------------------------------------------------------------------


async def test_many_go_out_once_each_in_order_of_urgency(rooms: Rooms) -> None:
    await rooms.send(240, rooms=6)
    await rooms.seminar.tick()
    arrived = rooms.arrived()
    assert sorted(arrived) == list(range(240))
    for channel in rooms.channels[:6]:
        assert rooms.arrived(channel) == sorted(rooms.arrived(channel))
    # Between channels too: nothing goes out long before what is more urgent.
    assert all(abs(place - number) < 100 for place, number in enumerate(arrived))
    assert await rooms.states() == {"sent": 240}


async def test_a_channel_that_hangs_holds_up_no_other(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messenger, "WITHIN", 1.0)
    await rooms.send(120, rooms=12)
    hanging, *others = rooms.channels
    fault = rooms.server.fail("hang", f"POST /channels/{hanging.id}/messages", times=None)
    passing = asyncio.create_task(rooms.seminar.tick())
    await rooms.server.wait_until(lambda: len(rooms.arrived(*others)) == 110, within=4)
    await passing
    assert fault.struck == 1  # all that goes there waits, not only the message that was tried
    rooms.server.faults.clear()
    rooms.seminar.forward(seconds=20)
    await rooms.seminar.tick()
    assert sorted(rooms.arrived()) == list(range(120))


async def test_a_thousand_for_a_channel_in_trouble_do_not_delay_the_one_for_another(rooms: Rooms) -> None:
    bulk = await rooms.send(1001, rooms=1)
    bulk.destinations = [str(rooms.channels[0].id)] * 1000 + [str(rooms.channels[1].id)]
    rooms.server.world.deny(rooms.channels[0], rooms.server.world.bot, SEND_MESSAGES)
    await rooms.seminar.tick()
    assert rooms.arrived() == [1000]
    # The forbidden channel is not knocked at a thousand times: Discord bans who does that.
    assert rooms.server.invalid_requests <= 3


async def test_staff_are_told_once_of_a_forbidden_channel_and_all_goes_out_when_it_is_mended(rooms: Rooms) -> None:
    world, bot = rooms.server.world, rooms.server.world.bot
    await rooms.send(40, rooms=4)
    world.deny(rooms.channels[1], bot, SEND_MESSAGES)
    for _ in range(4):
        await rooms.seminar.tick()
        rooms.seminar.forward(minutes=10)
    assert sorted(rooms.arrived()) == [n for n in range(40) if n % 4 != 1]
    (told,) = rooms.told()
    assert f"<#{rooms.channels[1].id}>" in told
    assert "Messages are held up: the bot may not write in <#" in told
    assert "give it *Send Messages* there" in told
    assert f"- the reminder that groups lock, in <#{rooms.channels[1].id}>; due to go out" in told
    report = await rooms.server.slash(rooms.seminar.staff, "staff doctor")
    assert "Send Messages" in report.text
    await rooms.seminar.restart()
    await rooms.seminar.tick()
    assert len(rooms.told()) == 1
    world.deny(rooms.channels[1], bot, 0)
    rooms.seminar.forward(minutes=10)
    await rooms.seminar.tick()
    assert sorted(rooms.arrived()) == list(range(40))
    report = await rooms.server.slash(rooms.seminar.staff, "staff doctor")
    assert "waits" not in report.text
    # The next time it is forbidden is news again.
    await rooms.send(44, rooms=4)
    world.deny(rooms.channels[1], bot, SEND_MESSAGES)
    await rooms.seminar.tick()
    assert len(rooms.told()) == 2


async def test_messages_for_a_deleted_channel_go_to_the_one_staff_choose_instead(rooms: Rooms) -> None:
    bulk = await rooms.send(20, rooms=1)
    rooms.server.world.remove_channel(rooms.channels[0])
    await rooms.seminar.tick()
    (told,) = rooms.told()
    assert "is gone: choose another channel with" in told
    bulk.destinations = [str(rooms.channels[1].id)]
    await rooms.set_up(announce_channel=rooms.channels[1])
    await rooms.seminar.tick()
    assert rooms.arrived(rooms.channels[1]) == list(range(20))


async def test_a_message_that_may_have_arrived_is_not_said_again_elsewhere(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messenger, "WITHIN", 0.2)
    bulk = await rooms.send(1, rooms=1)
    rooms.server.fail("hang", MESSAGE, after=True)
    await rooms.seminar.tick()
    bulk.destinations = [str(rooms.channels[1].id)]
    await rooms.set_up(announce_channel=rooms.channels[1])
    rooms.seminar.forward(minutes=10)
    await rooms.seminar.tick()
    assert rooms.arrived() == [0]
    assert await rooms.states() == {"sent": 1}


async def test_a_message_that_discord_rejects_holds_up_no_other_in_its_channel(rooms: Rooms) -> None:
    await rooms.send(10, rooms=1)
    rooms.server.fail("error", MESSAGE, status=400, code=50035)
    await rooms.seminar.tick()
    assert rooms.arrived() == list(range(1, 10))
    rooms.seminar.forward(minutes=10)
    await rooms.seminar.tick()
    assert sorted(rooms.arrived()) == list(range(10))


async def test_a_bug_in_one_kind_of_message_stops_no_other(rooms: Rooms) -> None:
    class Broken(MissedReports):
        def plan(self, *_: object) -> list[Planned]:
            raise KeyError("a bug")

    rooms.kinds[1] = Broken()
    await rooms.send(3, rooms=1)
    await rooms.seminar.tick()
    assert rooms.arrived() == [0, 1, 2]


# -- limits ----------------------------------------------------------------------------------------------------


async def test_when_discords_proxy_bans_us_everything_waits_as_long_as_it_says(rooms: Rooms) -> None:
    await rooms.send(60, rooms=12)
    rooms.server.fail("rate_limit", MESSAGE, via=False, retry_after=300, times=8)
    due = await rooms.seminar.app.outbox.tick()
    assert due is not None
    assert due - rooms.seminar.clock.now() >= timedelta(minutes=5)
    tried = len(rooms.server.requests_to(MESSAGE))
    rooms.seminar.forward(minutes=4)
    await rooms.seminar.tick()
    assert len(rooms.server.requests_to(MESSAGE)) == tried
    rooms.seminar.forward(minutes=2)
    for _ in range(3):
        await rooms.seminar.tick()
        rooms.seminar.forward(minutes=6)
    assert sorted(rooms.arrived()) == list(range(60))


async def test_a_global_limit_that_outlasts_our_patience_does_not_silence_the_bot(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messenger, "WITHIN", 0.3)
    await rooms.send(1, rooms=1)
    rooms.server.fail("rate_limit", MESSAGE, scope="global", retry_after=60)
    await rooms.seminar.tick()
    rooms.seminar.forward(minutes=1)
    await asyncio.sleep(1.1)
    await rooms.seminar.tick()
    assert rooms.arrived() == [0]


async def test_posts_keep_to_the_rate_and_the_loop_goes_on(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messenger, "RATE", 45.0)
    rooms.server.faults.global_limit = 50
    await rooms.send(90, rooms=12)
    began = time.perf_counter()
    await rooms.seminar.tick()
    took = time.perf_counter() - began
    assert rooms.server.invalid_requests == 0
    assert 1.7 < took < 4
    assert sorted(rooms.arrived()) == list(range(90))


async def test_what_changes_during_a_long_pass_is_planned_in_its_midst(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messenger, "RATE", 45.0)
    bulk = await rooms.send(90, rooms=2)
    urgent = Planned("bulk/0-urgent", bulk.kind, NOW + timedelta(days=1), NOW, NOW + timedelta(days=1), subject="5000")
    passing = asyncio.create_task(rooms.seminar.tick())
    await rooms.server.wait_until(lambda: len(rooms.arrived()) >= 10)
    bulk.planned.append(urgent)
    rooms.seminar.app.outbox.poke()
    await passing
    assert rooms.arrived().index(5000) < 60


async def test_a_stop_in_a_long_pass_is_quick_and_leaves_the_rest_for_the_next_start(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    await rooms.send(300, rooms=4)
    monkeypatch.setattr(messenger, "RATE", 45.0)
    rooms.seminar.app.outbox.start()
    await rooms.server.wait_until(lambda: len(rooms.arrived()) >= 10)
    began = time.perf_counter()
    await rooms.seminar.app.outbox.stop()
    assert time.perf_counter() - began < 1
    states = await rooms.states()
    assert states["planned"] + states["sent"] == 300
    assert states["planned"] > 200
    monkeypatch.setattr(messenger, "RATE", 2000.0)
    await rooms.seminar.tick()
    assert sorted(rooms.arrived()) == list(range(300))


# -- too late --------------------------------------------------------------------------------------------------


async def test_what_came_too_late_is_told_to_staff_once_in_one_message(rooms: Rooms) -> None:
    await rooms.send(5, rooms=2, useful_for=timedelta(hours=3))
    await rooms.seminar.tick(kill_at="planned")
    rooms.seminar.forward(hours=4)
    for _ in range(3):
        await rooms.seminar.restart()
        await rooms.seminar.tick()
        rooms.seminar.forward(minutes=5)
    assert rooms.arrived() == []
    (told,) = rooms.told()
    assert "5 messages could not be sent in time.** They are of no use any more, so they will not be sent:" in told
    stamp = f"<t:{int(NOW.timestamp())}:F>"
    assert f"- the reminder that groups lock; due to go out {stamp}" in told
    assert "(5 messages)" in told
    assert "**Why:** the bot was not running then" in told
    assert "**What to do:** if it still matters, say it yourself" in told
    assert await rooms.states() == {"expired": 5}


# -- clocks ----------------------------------------------------------------------------------------------------

JUMPS = [timedelta(hours=-5), timedelta(seconds=-40), timedelta(minutes=-9), timedelta(hours=5), timedelta(days=1)]


@pytest.mark.parametrize("jump", JUMPS, ids=str)
@pytest.mark.parametrize("step", ["planned", "claimed", "frozen", "part posted", "posted"])
async def test_the_clock_jumps_while_the_process_is_dead(rooms: Rooms, step: str, jump: timedelta) -> None:
    await rooms.send(6, rooms=2)
    await rooms.seminar.tick(kill_at=step)
    real = rooms.seminar.clock.now() + timedelta(minutes=10)
    rooms.server.world.now = lambda: real  # Discord's clock is right, and its nonces are forgotten by now
    rooms.server.messages._nonces.clear()
    rooms.seminar.clock.advance(jump)
    await rooms.seminar.restart()
    for _ in range(5):
        await rooms.seminar.tick()
        rooms.seminar.forward(seconds=70)
    if jump < timedelta():
        rooms.seminar.clock.advance(-jump)
        await rooms.seminar.tick()
    assert sorted(rooms.arrived()) == list(range(6))
    assert await rooms.states() == {"sent": 6}


async def test_retries_do_not_wait_for_a_clock_that_was_ahead(rooms: Rooms) -> None:
    await rooms.send(6, rooms=2)
    rooms.seminar.forward(hours=6)
    rooms.server.fail("error", MESSAGE, times=2, status=503)
    await rooms.seminar.tick()
    assert rooms.arrived() == []
    rooms.seminar.forward(hours=-5)
    await rooms.seminar.tick()
    assert sorted(rooms.arrived()) == list(range(6))


async def test_a_clock_that_is_ahead_for_a_while_loses_nothing(rooms: Rooms) -> None:
    due = rooms.seminar.clock.now() + timedelta(hours=2)
    channel = str(rooms.channels[0].id)

    class Coming(Bulk):
        def plan(self, tx: object, course: object, leads: object, now: datetime) -> list[Planned]:
            return [one for one in self.planned if one.expires_at > now]

    rooms.kinds[0] = Coming(4, [channel], due, timedelta(hours=1))
    await rooms.seminar.restart()
    await rooms.seminar.tick()
    rooms.seminar.forward(days=3)
    await rooms.seminar.tick()
    assert rooms.arrived() == []
    assert await rooms.states() == {"expired": 4}
    rooms.seminar.forward(days=-3)
    await rooms.seminar.tick()
    rooms.seminar.forward(hours=2)
    await rooms.seminar.tick()
    assert sorted(rooms.arrived()) == list(range(4))


async def test_a_machine_suspended_between_freezing_and_posting_says_how_late_it_is(rooms: Rooms) -> None:
    await rooms.send(1, rooms=1)

    def sleep(step: str) -> None:
        if step == "frozen" and not rooms.server.requests_to(MESSAGE) and not slept:
            slept.append(step)
            rooms.seminar.forward(days=1)

    slept: list[str] = []
    rooms.seminar.app.outbox._sender._delivery._checkpoint = sleep
    await rooms.seminar.tick()
    rooms.seminar.forward(minutes=1)
    await rooms.seminar.tick()
    assert rooms.arrived() == [0]
    assert "late" in rooms.server.history(rooms.channels[0])[0]["content"]


async def test_without_the_right_to_read_back_nothing_is_doubled(rooms: Rooms) -> None:
    await rooms.send(1, rooms=1)
    await rooms.seminar.tick(kill_at="posted")
    rooms.server.world.deny(rooms.channels[0], rooms.server.world.bot, READ_HISTORY)
    rooms.seminar.forward(hours=1)
    await rooms.seminar.restart()
    await rooms.seminar.tick()
    assert rooms.arrived() == [0]
    (told,) = rooms.told()
    assert "Read Message History" in told
    rooms.server.world.deny(rooms.channels[0], rooms.server.world.bot, 0)
    rooms.seminar.forward(minutes=10)
    await rooms.seminar.tick()
    assert rooms.arrived() == [0]
    assert await rooms.states() == {"sent": 1}


async def test_messages_that_read_the_same_are_told_apart(rooms: Rooms) -> None:
    """The first is known to be the first; the second never arrived."""
    bulk = await rooms.send(1, rooms=1)
    await rooms.seminar.tick()
    one = bulk.planned[0]
    bulk.planned.append(Planned("bulk/again", one.kind, one.deadline_at, one.due_at, one.expires_at, subject="0"))
    await rooms.seminar.restart()
    rooms.seminar.forward(seconds=10)
    await rooms.seminar.tick(kill_at="frozen")
    rooms.seminar.forward(minutes=3)
    await rooms.seminar.restart()
    await rooms.seminar.tick()
    assert rooms.arrived() == [0, 0]
    assert Counter(await rooms.states()) == {"sent": 2}
