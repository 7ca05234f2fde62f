"""A changed schedule is told once, to those concerned, and nothing goes out that hangs on a class as it was."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from bot.core.course import Kind, Role
from bot.core.people import Actor
from bot.core.schedule_notices import News, OnDuty, ScheduleChanged, SessionNews, When
from bot.fronts.discord.render.sessions import schedule_changed
from bot.outbox.corrections import GATHER
from bot.store import courses, duties, groups
from bot.store.tables import outbox, session_change, vote
from tests.conftest import NOW
from tests.support.clock import ManualClock
from tests.support.duties import add_session, lecture
from tests.support.people import DETROIT
from tests.support.questions import give_papers
from tests.support.seminar import Seminar
from tests.support.world import SAMPLE, course_settings

PAGE = SAMPLE.read_bytes()
STEPS = ["planned", "claimed", "frozen", "posted"]
WITH_WORK = (Role.PRESENTER, Role.SUMMARIZER)


def at(text: str) -> datetime:
    """An instant by Detroit's wall clock."""
    return datetime.fromisoformat(text).replace(tzinfo=DETROIT).astimezone(UTC)


def stamp(text: str) -> str:
    seconds = int(at(text).timestamp())
    return f"<t:{seconds}:F> (<t:{seconds}:R>)"


class Class(Seminar):
    """Ada and ben present on Jan 25, cyd summarises; Jan 25 has papers; five classes, from Jan 25 to Feb 22."""

    async def open(self) -> None:
        self.place = f"discord:{self.server.guild.id}"
        self.actor = Actor("discord", str(self.staff.id), "Staff01", staff=True)
        self.ada, self.ben, self.cyd, self.dan = self.students(4)
        await self.server.slash(self.ada, "create-group", {"name": "Attention"})
        await self.server.slash(self.ben, "join-group", {"group": "Attention"})
        await self.server.slash(self.cyd, "create-group", {"name": "Diffusion"})

        def fill(tx: Connection) -> list[int]:
            courses.set_policy(
                tx, courses.at_place(tx, self.place).id, "reminders.leads", "none", "staff", NOW
            )  # their messages would be there too
            there = [add_session(tx, lecture(number), place=self.place) for number in range(5)]
            give_papers(tx, there[0])
            for name, role in (("Attention", Role.PRESENTER), ("Diffusion", Role.SUMMARIZER)):
                found = groups.find(tx, courses.at_place(tx, self.place).id, name)
                assert found
                duties.take(tx, there[0], role, found[0], "planned", "given", NOW)
            return there

        self.ids = await self.app.database.write(fill)

    async def change(self, verb: str, number: int = 0, **said: Any) -> None:
        """Staff change the class with this number, now."""
        service, now = self.app.services.sessions, self.clock.now()
        if verb == "add":
            shown = await service.add(self.place, self.actor, said.pop("kind"), now, **said)
        else:
            shown = await getattr(service, verb)(self.place, self.actor, str(self.ids[number]), now, **said)
        assert shown.token
        await service.confirm(self.place, self.actor, shown.token, now)

    async def later(self, by: timedelta = GATHER) -> None:
        self.clock.advance(by)
        await self.tick()

    def told(self) -> list[str]:
        """The messages about the schedule."""
        return [text for text in self.posted() if text.startswith(("📅", "• "))]

    def pinged(self) -> list[Any]:
        """Whom those messages ping."""
        sent = [request.body for request in self.server.requests_to("POST /channels/*/messages")]
        return [body["allowed_mentions"] for body in sent if body["content"] in self.told()]

    async def rows(self, kind: str) -> list[str]:
        statement = select(outbox.c.state).where(outbox.c.kind == kind).order_by(outbox.c.id)
        return await self.app.database.read(lambda tx: list(tx.execute(statement).scalars()))


@pytest.fixture
async def room(sqlite_url: str) -> AsyncIterator[Class]:
    running = Class(course_settings(sqlite_url), ManualClock(NOW))
    try:
        await running.start()
        await running.open()
        yield running
    finally:
        await running.stop()


async def test_a_moved_class_is_told_once_to_those_on_duty_with_their_new_deadlines(room: Class) -> None:
    await room.change("move", date="Jan 26", start="13:00", room="2 EECS")
    await room.tick()
    assert room.told() == []
    await room.later()
    await room.tick()
    (text,) = room.told()
    seconds = int(at("2024-01-25 10:30").timestamp())
    assert text.startswith(f"📅 **Paper of Jan 25** moves from <t:{seconds}:F> to {stamp('2024-01-26 13:00')}")
    assert "in 2 EECS." in text
    assert f"Presents: <@{room.ada.id}> <@{room.ben.id}> · slides due {stamp('2024-01-25 13:00')}" in text
    assert f"Summarises: <@{room.cyd.id}> · summary due {stamp('2024-01-27 14:30')}" in text
    assert f"Questions until {stamp('2024-01-26 13:00')}" in text
    assert "late" not in text
    assert room.pinged() == [{"parse": [], "users": [room.ada.id, room.ben.id, room.cyd.id]}]
    for _ in range(4):
        await room.later(timedelta(hours=8))
    assert len(room.told()) == 1


async def test_several_changes_at_about_the_same_time_are_one_list(room: Class) -> None:
    await room.change("move", 0, date="Jan 26")
    await room.tick()
    room.forward(seconds=50)
    await room.change("cancel", 1, reason="Snow @everyone")
    await room.tick()
    room.forward(seconds=50)
    await room.change("add", kind=Kind.MAKEUP, date="Feb 2", start="15:00", title="Make-up")
    await room.change("move", 2, room="7 DOW")
    await room.tick()
    assert room.told() == []
    await room.later(timedelta(seconds=20))
    (text,) = room.told()
    lines = text.splitlines()
    assert lines[0] == "📅 **The schedule has changed**"
    assert [line.split("**")[1] for line in lines if line.startswith("•")] == [
        "Paper of Jan 25",
        "Paper of Feb 1",
        "Make-up",
        "Paper of Feb 8",
    ]
    assert "is **cancelled**.\n-# Snow \\@everyone" in text
    assert f"New class: **Make-up**, {stamp('2024-02-02 15:00')}" in text
    assert "now is in 7 DOW." in text
    await room.change("restore", 1)
    await room.later(timedelta(seconds=119))
    assert len(room.told()) == 1
    await room.later(timedelta(seconds=1))
    assert f"**Paper of Feb 1** takes place after all: {stamp('2024-02-01 10:30')}" in room.told()[1]
    assert "Jan 25" not in room.told()[1]


async def test_there_and_back_at_once_is_no_news(room: Class) -> None:
    await room.change("move", 0, date="Jan 26")
    await room.change("cancel", 1)
    await room.change("move", 0, date="Jan 25")
    await room.change("restore", 1)
    await room.change("cancel", 2)
    await room.change("restore", 2, date="Feb 9")
    await room.later()
    (text,) = room.told()
    assert "Paper of Feb 8** moves from" in text
    assert stamp("2024-02-09 10:30") in text
    assert "Jan 25" not in text
    assert "Feb 1*" not in text


@pytest.mark.parametrize("away", [timedelta(seconds=61), timedelta(hours=3)], ids=["soon", "later"])
@pytest.mark.parametrize("step", STEPS)
async def test_a_crash_anywhere_neither_loses_nor_doubles_it(room: Class, step: str, away: timedelta) -> None:
    await room.change("move", date="Jan 26")
    await room.tick()
    room.clock.advance(GATHER)
    await room.tick(kill_at=step)
    assert len(room.told()) == (1 if step == "posted" else 0)
    await room.change("cancel", 1)  # staff go on meanwhile
    room.clock.advance(away)
    await room.restart()
    await room.tick()
    await room.later()
    await room.later(timedelta(seconds=61))
    texts = room.told()
    assert sum("Paper of Jan 25" in text for text in texts) == 1
    assert sum("Paper of Feb 1" in text for text in texts) == 1
    assert ("late" in texts[0]) == (away > timedelta(hours=1) and step != "posted")


async def test_after_a_long_absence_one_message_tells_it_all_as_it_is_now(room: Class) -> None:
    await room.change("move", 0, date="Jan 26")
    room.forward(hours=2)
    await room.change("move", 0, date="Jan 27", start="9:00")
    await room.change("cancel", 1)
    room.forward(hours=1)
    await room.restart()
    await room.tick()
    await room.later()
    (text,) = room.told()
    assert stamp("2024-01-27 09:00") in text
    assert stamp("2024-01-26 10:30") not in text
    assert f"from <t:{int(at('2024-01-25 10:30').timestamp())}:F>" in text
    assert "2 hours late" in text


async def test_what_is_older_than_a_day_is_not_told(room: Class) -> None:
    await room.change("move", 0, date="Jan 26")
    await room.tick()
    room.forward(hours=25)
    await room.tick()
    await room.change("cancel", 1)
    await room.later()
    (text,) = room.told()
    assert "Jan 25" not in text
    assert await room.rows("schedule-change") == ["expired", "sent"]


async def test_a_change_that_was_slow_to_arrive_is_told_by_itself(room: Class) -> None:
    """It was made before the message went out, and committed after."""
    await room.change("move", 0, date="Jan 26")
    await room.later()
    await room.change("cancel", 1)
    await room.app.database.write(
        lambda tx: tx.execute(
            update(session_change).where(session_change.c.session_id == room.ids[1]).values(at=NOW)
        ).close()
    )
    await room.tick()
    await room.tick()
    first, second = room.told()
    assert "Feb 1*" not in first
    assert "Feb 1*" in second
    assert "Jan 25" not in second


async def test_a_channel_that_is_closed_for_a_while_gets_it_once(room: Class) -> None:
    await room.change("move", 0, date="Jan 26")
    room.server.fail("drop", "POST /channels/*/messages", after=True)
    await room.later()
    await room.change("cancel", 1)
    for _ in range(10):
        await room.later(timedelta(seconds=20))
    texts = room.told()
    assert [sum(name in text for text in texts) for name in ("Paper of Jan 25", "Paper of Feb 1")] == [1, 1]


async def test_a_page_that_comes_again_is_told_and_the_first_is_not(sqlite_url: str) -> None:
    running = Class(course_settings(sqlite_url), ManualClock(NOW))
    try:
        await running.start()
        imports = running.app.services.imports
        await imports.apply(PAGE, "test", NOW)
        await running.later()
        await running.later()
        assert running.told() == []
        moved = PAGE.replace(b"| Mar 21  |", b"| Mar 22  |").replace(b"| Jan 18 ", b"| Jan 17 ")
        await imports.apply(moved, "test", running.clock.now())
        await running.later()
        (text,) = running.told()
        assert "moves from" in text
        assert text.count("•") == 0  # Jan 18 is past, and its move no news
        assert "<@" not in text  # nobody whom the page names is here
        line = next(one for one in PAGE.splitlines(keepends=True) if one.startswith((b"| Apr 9 ", b"| Apr  9 ")))
        await imports.apply(moved.replace(line, b""), "test", running.clock.now())
        await running.later()
        assert "is **cancelled**" in running.told()[1]
        await imports.apply(moved, "test", running.clock.now())
        await running.later()
        assert "takes place after all" in running.told()[2]
        assert all(len(text) <= 2000 for text in running.told())
    finally:
        await running.stop()


async def test_a_class_that_a_page_turns_into_a_day_off_is_cancelled_and_one_after_all_is_new(room: Class) -> None:
    head = b"| Date | Topic | Presenter |\n|--|--|--|\n"
    rest = b"".join(b"| Feb %d | **Paper of Feb %d** | |\n" % (day, day) for day in (1, 8, 15, 22))
    imports = room.app.services.imports
    await imports.apply(head + b"| Jan 25 | **Paper of Jan 25** | |\n" + rest, "test", room.clock.now())
    await room.later()
    told = len(room.told())
    off = head + b"| Jan 25 | **No Class: Snow** | |\n" + rest
    plan = await imports.apply(off, "test", room.clock.now())
    assert plan.changes[0].startswith("No class any more: Paper of Jan 25 on Jan 25; room 133 CHRYS → none")
    await room.later()
    text = room.told()[told]
    seconds = int(at("2024-01-25 10:30").timestamp())
    assert text.startswith(f"📅 **Paper of Jan 25** on <t:{seconds}:F> is **cancelled**.\n-# No Class: Snow\n")
    assert f"Presents: <@{room.ada.id}> <@{room.ben.id}> · nothing is due for it now" in text
    assert f"Summarises: <@{room.cyd.id}> · nothing is due" in text
    assert room.pinged()[told] == {"parse": [], "users": [room.ada.id, room.ben.id, room.cyd.id]}
    await imports.apply(head + b"| Jan 25 | **Paper of Jan 25** | |\n" + rest, "test", room.clock.now())
    await room.later()
    assert room.told()[told + 1].startswith(f"📅 New class: **Paper of Jan 25**, {stamp('2024-01-25 10:30')}")
    # There and back before anybody is told is no news.
    await imports.apply(off, "test", room.clock.now())
    await imports.apply(head + b"| Jan 25 | **Paper of Jan 25** | |\n" + rest, "test", room.clock.now())
    await room.later()
    assert len(room.told()) == told + 2


async def test_a_whole_term_that_moves_is_a_list_of_a_few_messages(room: Class) -> None:
    for number in range(5):
        await room.change("move", number, room="9 HALL")
    for number in range(16):
        said = {"start": f"{6 + number}:00", "end": f"{6 + number}:30", "title": f"Make-up of the class {number}"}
        await room.change("add", kind=Kind.MAKEUP, date="Feb 3", **said)
    await room.later()
    texts = room.told()
    assert len(texts) == 2
    assert all(len(text) <= 2000 for text in texts)
    assert sum(line.startswith("• ") for text in texts for line in text.splitlines()) == 21
    assert "What is due moved along: see </my-duties:" in texts[1]
    assert room.pinged() == [
        {"parse": [], "users": [room.ada.id, room.ben.id, room.cyd.id]},
        {"parse": [], "users": []},
    ]


def test_each_of_a_crowd_on_duty_is_pinged_where_they_are_mentioned() -> None:
    people = [str(10**18 + number) for number in range(150)]
    when = When(at("2024-01-26 13:00"), at("2024-01-26 14:30"), "*" * 100)
    duty = [OnDuty(role, tuple(people[50 * n : 50 * n + 50]), when.starts_at) for n, role in enumerate(WITH_WORK)]
    duty.append(OnDuty(Role.REVIEWER, tuple(people[100:]), None))
    news = SessionNews("*" * 300, News.MOVED, replace(when, starts_at=NOW), when, tuple(duty), NOW)
    parts = schedule_changed(ScheduleChanged((news,), timedelta(hours=3)))
    assert all(len(part.text) <= 2000 for part in parts)
    assert all(len(part.mentions) <= 100 for part in parts)
    for part in parts:
        assert re.findall(r"<@(\d+)>", part.text) == list(part.mentions)
    assert [user for part in parts for user in part.mentions] == people


def test_a_day_off_is_said_as_one() -> None:
    when = When(at("2024-01-26 00:00"), at("2024-01-26 23:59"), None)
    for news, before, after, words in (
        (News.ADDED, None, when, "**Snow**: **no class** <t:"),
        (News.CANCELLED, when, None, "no longer a day off"),
    ):
        one = SessionNews("Snow", news, before, after, meets=False)
        (part,) = schedule_changed(ScheduleChanged((one,), timedelta(0)))
        assert words in part.text
    plain = SessionNews("No Class", News.ADDED, None, when, meets=False)
    (part,) = schedule_changed(ScheduleChanged((plain,), timedelta(0)))
    assert part.text.startswith("📅 **No Class** on <t:")


async def test_nothing_goes_out_for_a_class_that_is_cancelled(room: Class) -> None:
    await room.server.slash(room.dan, "create-group", {"name": "Dan"})
    room.clock.advance(at("2024-01-25 08:00") - NOW)
    await room.tick()
    assert "planned" in await room.rows("digest")
    await room.change("cancel")
    for _ in range(12):
        await room.later(timedelta(minutes=30))
    assert set(await room.rows("digest")) == {"withdrawn"}
    assert await room.rows("vote-open") == []
    assert len(room.told()) == 1
    assert "nothing is due for it now" in room.told()[0]


async def test_what_hangs_on_a_moved_class_goes_out_at_its_new_time(room: Class) -> None:
    await room.server.slash(room.dan, "create-group", {"name": "Dan"})
    room.clock.advance(at("2024-01-25 08:00") - NOW)
    await room.tick()
    await room.change("move", start="16:00")
    await room.later()
    for _ in range(14):
        await room.later(timedelta(minutes=30))
    assert set(await room.rows("digest")) == {"withdrawn", "planned"}
    assert await room.rows("vote-open") == []
    room.clock.advance(at("2024-01-25 16:00") + timedelta(seconds=30) - room.clock.now())
    await room.tick()
    assert await room.rows("vote-open") == ["sent"]
    opened = await room.app.database.read(lambda tx: tx.execute(select(vote.c.closes_at)).scalar_one())
    assert opened == at("2024-01-26 05:30")
    assert "planned" not in await room.rows("digest")
