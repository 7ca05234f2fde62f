"""What staff announce, through the real client to a Discord on loopback: once, at its time, or not at all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.core.errors import CourseError
from bot.core.people import Actor
from bot.store import announcements
from tests.conftest import NOW
from tests.support.clock import ManualClock
from tests.support.seminar import Seminar
from tests.support.world import course_settings

NINE = datetime(2024, 1, 20, 14, tzinfo=UTC)
MESSAGE = "POST /channels/*/messages"


class Office(Seminar):
    """Staff with something to say."""

    @property
    def place(self) -> str:
        return f"discord:{self.server.guild.id}"

    @property
    def actor(self) -> Actor:
        return Actor("discord", str(self.staff.id), "Staff01", staff=True)

    async def announce(self, text: str, at: str | None = None, ping: str = "nobody") -> None:
        service = self.app.services.announcements
        draft = await service.preview(self.place, self.actor, text, at, ping, self.clock.now())
        assert draft.token
        await service.confirm(self.place, self.actor, draft.token, self.clock.now())

    async def waiting(self) -> list[int]:
        rows = await self.app.services.announcements.waiting(self.place, self.actor, self.clock.now())
        return [row.id for row in rows]

    async def cancel(self, which: int) -> None:
        await self.app.services.announcements.cancel(self.place, self.actor, which, self.clock.now())


@pytest.fixture
async def office(sqlite_url: str) -> AsyncIterator[Office]:
    running = Office(course_settings(sqlite_url), ManualClock(NOW))
    try:
        await running.start()
        yield running
    finally:
        await running.stop()


def _mentions(office: Office) -> list[Any]:
    return [request.body["allowed_mentions"] for request in office.server.requests_to(MESSAGE)]


async def test_at_once_word_for_word_and_pinging_nobody(office: Office) -> None:
    await office.meet(*office.students(1))
    await office.announce("Room **changed** for @everyone,\\nsee `/next-class` <@1>")
    await office.tick()
    await office.tick()
    (text,) = office.posted()
    assert text.startswith("📣 Room **changed** for @everyone,\nsee </next-class:")
    (allowed,) = _mentions(office)
    assert allowed["parse"] == []
    assert not allowed.get("users")


async def test_at_its_time_to_the_students_of_then(office: Office) -> None:
    ada, ben = office.students(2)
    await office.meet(ada)
    await office.announce("Bring laptops", "2024-01-20 09:00", "students")
    await office.tick()
    assert office.posted() == []
    assert len(await office.waiting()) == 1
    await office.meet(ben)
    office.clock.advance(NINE - NOW - timedelta(seconds=1))
    await office.tick()
    assert office.posted() == []
    office.forward(seconds=1)
    await office.tick()
    await office.tick()
    assert office.posted() == [f"📣 Bring laptops\n<@{ada.id}> <@{ben.id}>"]
    assert _mentions(office) == [{"parse": [], "users": [ada.id, ben.id]}]
    assert await office.waiting() == []


@pytest.mark.parametrize("away", [timedelta(seconds=61), timedelta(hours=3)], ids=["soon", "later"])
@pytest.mark.parametrize("step", ["planned", "claimed", "frozen", "posted"])
async def test_a_crash_anywhere_neither_loses_nor_doubles_it(office: Office, step: str, away: timedelta) -> None:
    await office.announce("Bring laptops", "in 2h")
    await office.tick()
    office.forward(hours=2)
    await office.tick(kill_at=step)
    office.clock.advance(away)
    await office.restart()
    await office.tick()
    await office.tick()
    (text,) = office.posted()
    assert text.startswith("📣 Bring laptops")
    assert ("late" in text) == (away > timedelta(hours=1) and step != "posted")


async def test_a_crowd_is_pinged_in_several_messages_under_one_text(office: Office) -> None:
    users = office.students(130)
    await office.meet(*users)
    await office.announce("x" * 1800, None, "students")
    await office.tick()
    texts = office.posted()
    assert [text[:3] for text in texts] == ["📣 x", "📣 <", "📣 <", "📣 <"]
    assert all(len(text) <= 2000 for text in texts)
    assert all(sum(text.count(f"<@{user.id}>") for text in texts) == 1 for user in users)
    assert sorted(user for one in _mentions(office) for user in one.get("users", [])) == sorted(u.id for u in users)


async def test_called_off_it_is_never_sent(office: Office) -> None:
    await office.announce("First", "in 1h")
    await office.announce("Second", "in 1h")
    await office.tick()
    first, second = await office.waiting()
    office.forward(hours=1)
    await office.cancel(first)
    assert await office.waiting() == [second]
    for _ in range(3):
        await office.tick()
        office.forward(minutes=1)
    assert office.posted() == ["📣 Second"]
    for gone, why in ((first, "called off already"), (second, "Too late")):
        with pytest.raises(CourseError, match=why):
            await office.cancel(gone)
    assert office.posted() == ["📣 Second"]


@pytest.mark.parametrize("step", ["claimed", "frozen", "posted"])
async def test_what_is_being_sent_cannot_be_called_off(office: Office, step: str) -> None:
    await office.announce("Bring laptops")
    await office.tick(kill_at=step)
    assert await office.waiting() == []
    with pytest.raises(CourseError, match="Too late"):
        await office.cancel(1)
    office.forward(seconds=61)
    await office.tick()
    assert office.posted() == ["📣 Bring laptops"]


async def test_one_called_off_between_planning_and_sending_is_dropped(office: Office) -> None:
    await office.announce("Bring laptops")
    await office.tick(kill_at="planned")
    await office.cancel(1)
    await office.tick()
    assert office.posted() == []
    assert await office.app.database.read(announcements.get, 1, 1) is None


async def test_after_a_day_it_is_not_sent_any_more(office: Office) -> None:
    await office.announce("Bring laptops", "in 1h")
    await office.tick()
    office.forward(hours=26)
    await office.tick()
    assert office.posted() == []
    assert await office.waiting() == []


async def test_the_preview_of_a_moment_gone_by_is_refused(office: Office) -> None:
    service = office.app.services.announcements
    draft = await service.preview(office.place, office.actor, "Hi", "in 1h", "nobody", office.clock.now())
    assert draft.token
    office.forward(hours=1)
    with pytest.raises(CourseError, match="has passed since"):
        await service.confirm(office.place, office.actor, draft.token, office.clock.now())
    for text, why in (("  \\n ", "nothing to announce"), ("`/help` " * 80, "at most 1,800")):
        with pytest.raises(CourseError, match=why):
            await service.preview(office.place, office.actor, text, None, "nobody", office.clock.now())
