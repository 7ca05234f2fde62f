"""Reminders over the weekend on which the clocks change, and in a zone that leaves them alone."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from sqlalchemy import Connection

from bot.core.course import Kind, PageSession, Role
from bot.core.times import deadline_instant
from bot.store import courses, duties, groups, milestones, schedule
from tests.support.clock import ManualClock
from tests.support.questions import give_papers
from tests.support.seminar import Seminar
from tests.support.world import course_settings

Told = dict[str, list[datetime]]

DETROIT, PHOENIX = "America/Detroit", "America/Phoenix"
SPRING, AUTUMN = date(2024, 3, 10), date(2024, 11, 3)

# Class is on the Saturday before and on the Monday after, 10:30-12:00. Slides are due 36 hours before and summaries 24
# hours after, as time passes; questions at 02:30 of the day before (which does not come on 2024-03-10) and the
# milestone on Sunday at 23:59, by the wall clock. Written down in UTC by hand.
DUE = {
    (DETROIT, SPRING): {
        "Slides of Sat": "2024-03-08 03:30",
        "Questions for Sat": "2024-03-08 07:30",
        "Summary of Sat": "2024-03-10 17:00",
        "Slides of Mon": "2024-03-10 02:30",
        "Questions for Mon": "2024-03-10 07:30",
        "Summary of Mon": "2024-03-12 16:00",
        "Proposal": "2024-03-11 03:59",
    },
    (DETROIT, AUTUMN): {
        "Slides of Sat": "2024-11-01 02:30",
        "Questions for Sat": "2024-11-01 06:30",
        "Summary of Sat": "2024-11-03 16:00",
        "Slides of Mon": "2024-11-03 03:30",
        "Questions for Mon": "2024-11-03 07:30",
        "Summary of Mon": "2024-11-05 17:00",
        "Proposal": "2024-11-04 04:59",
    },
    (PHOENIX, SPRING): {
        "Slides of Sat": "2024-03-08 05:30",
        "Questions for Sat": "2024-03-08 09:30",
        "Summary of Sat": "2024-03-10 19:00",
        "Slides of Mon": "2024-03-10 05:30",
        "Questions for Mon": "2024-03-10 09:30",
        "Summary of Mon": "2024-03-12 19:00",
        "Proposal": "2024-03-11 06:59",
    },
    (PHOENIX, AUTUMN): {
        "Slides of Sat": "2024-11-01 05:30",
        "Questions for Sat": "2024-11-01 09:30",
        "Summary of Sat": "2024-11-03 19:00",
        "Slides of Mon": "2024-11-03 05:30",
        "Questions for Mon": "2024-11-03 09:30",
        "Summary of Mon": "2024-11-05 19:00",
        "Proposal": "2024-11-04 06:59",
    },
}
LEADS = (timedelta(hours=24), timedelta(hours=3))


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class Weekend(Seminar):
    """Ada presents and ben summarises in both classes; nobody hands in anything."""

    told: Told

    async def open(self, zone: ZoneInfo, sunday: date) -> None:
        self.told = defaultdict(list)
        self._read = 0
        ada, ben = self.students(2)
        self.office = self.server.add_channel("staff")
        await self.app.database.write(
            lambda tx: courses.change(tx, 1, group_lock_at=None, staff_channel=str(self.office.id))
        )
        await self.server.slash(ada, "create-group", {"name": "Attention"})
        await self.server.slash(ben, "create-group", {"name": "Diffusion"})

        def fill(tx: Connection) -> None:
            policies = {"reminders.leads": "24h,3h", "slides.before": "36h", "questions.cutoff": "02:30 day before"}
            for key, value in (policies | {"vote.auto": "no"}).items():
                courses.set_policy(tx, 1, key, value, "staff", self.clock.now())
            for days in (-1, 1):
                day = sunday + timedelta(days=days)
                page = PageSession(day, Kind.STUDENT_LECTURE, "A paper", None, starts=time(10, 30), ends=time(12))
                session_id = schedule.add(tx, 1, page, zone)
                give_papers(tx, session_id)
                for name, role in (("Attention", Role.PRESENTER), ("Diffusion", Role.SUMMARIZER)):
                    found = groups.find(tx, 1, name)
                    assert found
                    duties.take(tx, session_id, role, found[0], "planned", "given", self.clock.now())
            milestones.put(tx, 1, "Proposal", deadline_instant(sunday, zone), "staff")

        await self.app.database.write(fill)
        await self.meet(*self.students(1))  # somebody who owes questions

    async def pass_(self) -> datetime | None:
        """One pass of the outbox; notes what it told and when."""
        due = await self.app.outbox.tick()
        posted = self.posted()
        for text in posted[self._read :]:
            if found := re.match(r"⏰ \*\*((?:Slides of|Summary of|Questions for) \w{3}|Proposal)", text):
                self.told[found[1]].append(self.clock.now())
        self._read = len(posted)
        return due

    async def until(self, end: datetime) -> None:
        """The engine wakes when it said it would."""
        while self.clock.now() < end:
            due = await self.pass_()
            self.clock.advance(max(min(due or end, end) - self.clock.now(), timedelta(seconds=1)))
        await self.pass_()


@asynccontextmanager
async def weekend(url: str, zone: str, sunday: date) -> AsyncIterator[Weekend]:
    settings = course_settings(url)
    course = msgspec.structs.replace(settings.course, timezone=zone)
    settings = msgspec.structs.replace(settings, course=course)
    running = Weekend(settings, ManualClock(datetime.combine(sunday, time(15), UTC) - timedelta(days=5)))
    try:
        await running.start()
        await running.open(ZoneInfo(zone), sunday)
        yield running
    finally:
        await running.stop()


@pytest.mark.parametrize(("zone", "sunday"), DUE, ids=lambda one: str(one))
async def test_each_reminder_goes_out_once_and_at_its_instant(sqlite_url: str, zone: str, sunday: date) -> None:
    async with weekend(sqlite_url, zone, sunday) as seminar:
        await seminar.until(datetime.combine(sunday, time(), UTC) + timedelta(days=4))
        wanted = {what: [instant(due) - lead for lead in LEADS] for what, due in DUE[zone, sunday].items()}
        assert seminar.told == wanted
        text = next(text for text in seminar.posted() if "Proposal" in text)
        assert f"<t:{int(instant(DUE[zone, sunday]['Proposal']).timestamp())}:F>" in text


@pytest.mark.parametrize("sunday", [SPRING, AUTUMN], ids=str)
async def test_a_machine_that_slept_through_the_change_says_what_is_of_use_once(sqlite_url: str, sunday: date) -> None:
    async with weekend(sqlite_url, DETROIT, sunday) as seminar:
        saturday = datetime.combine(sunday, time(1), UTC)
        await seminar.until(saturday)
        before = {what: list(when) for what, when in seminar.told.items()}
        seminar.clock.advance(timedelta(days=1))
        await seminar.until(datetime.combine(sunday, time(), UTC) + timedelta(days=4))
        for what, due in DUE[DETROIT, sunday].items():
            moments = [instant(due) - lead for lead in LEADS]
            missed = [at for at in moments if saturday < at <= saturday + timedelta(days=1)]
            late = [saturday + timedelta(days=1)] if missed and instant(due) > saturday + timedelta(days=1) else []
            wanted = [*before.get(what, []), *late, *(at for at in moments if at > saturday + timedelta(days=1))]
            assert seminar.told.get(what, []) == wanted, what
        missed = [one["content"] for one in seminar.server.history(seminar.office) if "in time" in one["content"]]
        assert len(missed) == 1
        assert "the reminder of the summary: **Sat" in missed[0]


@pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(hours=-1)], ids=str)
async def test_a_machine_clock_that_is_set_by_hand_at_the_change_doubles_and_loses_nothing(
    sqlite_url: str, jump: timedelta
) -> None:
    """As if somebody had set the machine's clock, which knows of no zones, along with the wall's."""
    async with weekend(sqlite_url, DETROIT, SPRING) as seminar:
        change = instant("2024-03-10 07:00")
        await seminar.until(change)
        seminar.clock.advance(jump)
        await seminar.until(change + timedelta(days=3))
        assert {what: len(when) for what, when in seminar.told.items()} == dict.fromkeys(DUE[DETROIT, SPRING], 2)
