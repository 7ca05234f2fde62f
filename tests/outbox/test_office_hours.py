"""Office hours, through the real client to a Discord on loopback: both sides hear of it, once, and nobody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.people import Actor
from bot.outbox.office_hours import OfficeNews, OfficeReminders
from bot.store import courses
from tests.conftest import NOW
from tests.loopback import User
from tests.support.clock import ManualClock
from tests.support.seminar import Seminar
from tests.support.world import course_settings

START = datetime(2024, 1, 25, 19, tzinfo=UTC)
"""Jan 25, 14:00 in Detroit."""

QUARTER = timedelta(minutes=15)
HOUR = timedelta(hours=1)


def stamp(moment: datetime) -> str:
    return f"<t:{int(moment.timestamp())}:F>"


class Office(Seminar):
    """Staff01 holds an hour of office hours on Jan 25; `assistant` is staff too."""

    async def open(self) -> None:
        self.office = self.server.add_channel("staff")
        self.assistant = self.server.add_member("Staff02", staff=True)
        self.ada, self.ben = self.students(2)
        self.place = f"discord:{self.server.guild.id}"
        await self.app.services.courses.set_up(
            self.place, self.by(self.staff, staff=True), NOW, staff_channel=str(self.office.id)
        )
        desk, host = self.app.services.office_desk, self.by(self.staff, staff=True)
        draft = await desk.preview(self.place, host, host, "Thu 14:00-15:00", 15, "133 CHRYS", "2 weeks", NOW)
        await desk.confirm(self.place, host, draft.token or "", NOW)

    def by(self, user: User, *, staff: bool = False) -> Actor:
        return Actor("discord", str(user.id), user.name, staff=staff)

    async def book(self, who: User, at: datetime, note: str = "") -> int:
        service = self.app.services.office_hours
        page = await service.book(self.place, self.by(who), 1, at, note, self.clock.now())
        assert page.booked
        return page.booked.id

    async def give_back(self, who: User, which: int) -> None:
        await self.app.services.office_hours.give_back(self.place, self.by(who), which, self.clock.now())

    async def call_off(self, by: User, reason: str) -> None:
        desk, actor, now = self.app.services.office_desk, self.by(by, staff=True), self.clock.now()
        shown = await desk.preview_cancel(self.place, actor, "1", reason, now, later=False)
        await desk.confirm_cancel(self.place, actor, shown.token or "", now)

    async def at(self, moment: datetime) -> None:
        """A little before, then at that moment."""
        self.clock.advance(moment - timedelta(minutes=1) - self.clock.now())
        await self.tick()
        self.clock.advance(timedelta(minutes=1))
        for _ in range(2):
            await self.tick()

    async def remind(self, leads: str) -> None:
        await self.app.database.write(
            lambda tx: courses.set_policy(tx, 1, "office.reminders", leads, "staff", self.clock.now())
        )

    def told(self, *users: User) -> list[list[str]]:
        return [[one["content"] for one in self.server.direct_messages(user)] for user in users]

    def in_public(self) -> list[str]:
        return self.posted() + [one["content"] for one in self.server.history(self.office)]


@pytest.fixture
async def office(sqlite_url: str) -> AsyncIterator[Office]:
    running = Office(course_settings(sqlite_url), ManualClock(NOW), (OfficeNews(), OfficeReminders()))
    try:
        await running.start()
        await running.open()
        await running.tick()
        yield running
    finally:
        await running.stop()


async def test_the_host_hears_of_bookings_and_both_are_reminded(office: Office) -> None:
    await office.book(office.ada, START + QUARTER, "The *proof*")
    await office.tick()
    second = await office.book(office.ben, START)
    for _ in range(2):
        await office.tick()
    host, ada, ben = office.told(office.staff, office.ada, office.ben)
    assert host[0].startswith(f"🗓️ **{office.ada.name}** booked {stamp(START + QUARTER)}")
    assert host[0].endswith("📍 133 CHRYS\n> The \\*proof\\*")
    assert (len(host), ada, ben) == (2, [], [])
    await office.give_back(office.ben, second)
    await office.tick()
    await office.at(START - HOUR)
    host, ada, ben = office.told(office.staff, office.ada, office.ben)
    assert f"**{office.ben.name}** cancelled the appointment {stamp(START)}" in host[2]
    assert host[3].startswith(f"⏰ Your office hours begin {stamp(START)}")
    assert f"<t:{int((START + QUARTER).timestamp())}:t> **{office.ada.name}**: The \\*proof\\*" in host[3]
    assert office.ben.name not in host[3]
    assert (len(host), ada, ben) == (4, [], [])
    late = await office.book(office.ben, START)  # so late that neither needs a reminder
    await office.at(START - HOUR + QUARTER)
    host, ada, ben = office.told(office.staff, office.ada, office.ben)
    (text,) = ada
    assert text.startswith(f"⏰ Your appointment with **Staff01** begins {stamp(START + QUARTER)}")
    assert "133 CHRYS" in text
    assert (len(host), ben) == (5, [])
    await office.give_back(office.ben, late)
    await office.at(START)
    assert [len(one) for one in office.told(office.staff, office.ada, office.ben)] == [6, 1, 0]
    assert office.in_public() == []


async def test_leads_are_a_policy_and_what_is_given_back_reminds_nobody(office: Office) -> None:
    await office.remind("24h,1h")
    which = await office.book(office.ada, START)
    await office.at(START - 24 * HOUR)
    assert [len(one) for one in office.told(office.staff, office.ada)] == [2, 1]
    await office.remind("none")
    await office.at(START - HOUR)
    assert [len(one) for one in office.told(office.staff, office.ada)] == [2, 1]
    await office.remind("30m")
    await office.tick()
    await office.give_back(office.ada, which)
    await office.at(START - HOUR / 2)
    assert [len(one) for one in office.told(office.staff, office.ada)] == [3, 1]


async def test_a_booking_that_is_given_back_at_once_is_no_news(office: Office) -> None:
    await office.give_back(office.ada, await office.book(office.ada, START))
    await office.tick()
    assert office.told(office.staff, office.ada) == [[], []]


async def test_called_off_tells_each_with_the_reason(office: Office) -> None:
    await office.book(office.ada, START)
    await office.book(office.ben, START + QUARTER)
    await office.tick()
    office.forward(hours=1)
    await office.call_off(office.assistant, "Ill, *sorry*")
    for _ in range(2):
        await office.tick()
    await office.at(START - HOUR)
    host, ada, ben, assistant = office.told(office.staff, office.ada, office.ben, office.assistant)
    (text,) = ada
    assert text.startswith(f"❌ Your appointment with **Staff01** {stamp(START)}")
    assert "was called off.\nReason: Ill, \\*sorry\\*\n</office-hours:" in text
    assert stamp(START + QUARTER) in ben[0]
    assert host[2].startswith(f"❌ Your office hours {stamp(START)}")
    assert [len(one) for one in (host, ada, ben, assistant)] == [3, 1, 1, 0]
    assert office.in_public() == []


async def test_closed_direct_messages_fall_back_to_a_mention_that_says_nothing(office: Office) -> None:
    office.staff.dm_closed = office.ada.dm_closed = office.ben.dm_closed = True
    await office.book(office.ada, START, "Secret")
    await office.book(office.ben, START + QUARTER)
    for _ in range(3):
        await office.tick()
    (text,) = [one["content"] for one in office.server.history(office.office)]
    assert text.startswith(f"<@{office.staff.id}> there is news for you about office hours")
    assert "</staff office-hours list:" in text
    assert office.posted() == []
    await office.call_off(office.staff, "Secret too")
    for _ in range(3):
        await office.tick()
    (text,) = office.posted()
    assert text.startswith(f"<@{office.ada.id}> <@{office.ben.id}> there is news for you about office hours")
    assert "Secret" not in text + str(office.in_public())
    request = office.server.requests_to("POST /channels/*/messages")[-1]
    assert request.body["allowed_mentions"]["users"] == [office.ada.id, office.ben.id]


@pytest.mark.parametrize("step", ["claimed", "posted"])
async def test_a_crash_anywhere_neither_loses_nor_doubles_them(office: Office, step: str) -> None:
    await office.book(office.ada, START)
    await office.tick(kill_at=step)
    office.forward(seconds=61)
    await office.restart()
    await office.tick()
    office.clock.advance(START - HOUR - office.clock.now() - timedelta(minutes=1))
    await office.tick()
    office.forward(hours=0.5)  # the bot was away at the moment of the reminders
    await office.tick(kill_at=step)
    office.forward(seconds=61)
    await office.restart()
    for _ in range(2):
        await office.tick()
        office.forward(seconds=61)
    host, ada = office.told(office.staff, office.ada)
    assert [len(host), len(ada)] == [2, 1]
    assert "minutes late: the bot was away" in ada[0]
    assert office.in_public() == []
