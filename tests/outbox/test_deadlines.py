"""Reminders of deadlines, through the real client to a Discord on loopback: who owes, when, where, and once."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, update

from bot.core.course import Role
from bot.core.people import Actor
from bot.services.preferences import Wish
from bot.store import courses, duties, groups, milestones
from bot.store.tables import account, excuse, group_space, hand_in, person
from bot.store.tables import session as sessions
from tests.conftest import NOW
from tests.loopback import User
from tests.support.clock import ManualClock
from tests.support.duties import add_session, lecture
from tests.support.people import DETROIT
from tests.support.questions import END, START, give_papers
from tests.support.seminar import Seminar
from tests.support.world import course_settings

DAY = timedelta(days=1)
SLIDES = START - DAY
SUMMARY = END + DAY


class Class(Seminar):
    """Ada and ben present on Jan 25 as "Attention", cyd summarises as "Diffusion"; dan is in no group."""

    async def open(self) -> None:
        self.office = self.server.add_channel("staff")
        self.room = self.server.add_channel("attention")
        self.ada, self.ben, self.cyd, self.dan = self.students(4)
        self.place = f"discord:{self.server.guild.id}"
        self.staff_actor = Actor("discord", str(self.staff.id), "Staff01", staff=True)
        self._numbers = itertools.count(1)
        await self.server.slash(self.ada, "create-group", {"name": "Attention"})
        await self.server.slash(self.ben, "join-group", {"group": "Attention"})
        await self.server.slash(self.cyd, "create-group", {"name": "Diffusion"})
        await self.meet(self.dan)
        courses_service = self.app.services.courses
        await courses_service.set_up(self.place, self.staff_actor, NOW, staff_channel=str(self.office.id))

        def fill(tx: Connection) -> int:
            session_id = add_session(tx, lecture(0), place=self.place)
            give_papers(tx, session_id)
            courses.set_policy(tx, 1, "vote.auto", "no", "staff", NOW)
            courses.change(tx, 1, group_lock_at=None)
            for name, role in (("Attention", Role.PRESENTER), ("Diffusion", Role.SUMMARIZER)):
                duties.take(tx, session_id, role, self.group(tx, name), "planned", "given", NOW)
            return session_id

        self.session = await self.app.database.write(fill)

    def group(self, tx: Connection, name: str) -> int:
        found = groups.find(tx, 1, name)
        assert found
        return found[0]

    def person(self, tx: Connection, user: User) -> int:
        return int(tx.execute(select(account.c.person_id).where(account.c.user_id == str(user.id))).scalar_one())

    async def hand_in(self, kind: str, who: User, group: str | None = None, milestone: int | None = None) -> None:
        def write(tx: Connection) -> None:
            row = {"session_id": None if milestone else self.session, "milestone_id": milestone}
            row |= {"group_id": self.group(tx, group) if group else None, "person_id": self.person(tx, who)}
            more = {"version": 1, "at": NOW, "interaction_id": f"i{next(self._numbers)}"}
            tx.execute(insert(hand_in).values(course_id=1, kind=kind, due_at=NOW, digest="d", code=kind, **row, **more))

        await self.app.database.write(write)

    async def wish(self, who: User, **choices: str) -> None:
        actor = Actor("discord", str(who.id), who.name)
        await self.app.services.preferences.change(self.place, actor, Wish(**choices), self.clock.now())

    async def ask(self, who: User) -> None:
        for paper in ("FlexGen", "Orca"):
            form = await self.server.slash(who, "ask", {"session": str(self.session), "paper": paper})
            await self.server.submit_modal(who, form, {"text": f"Why does {paper} work?"})

    async def at(self, moment: datetime) -> None:
        """The clock shows `moment`, and what is due then is sent; what was said before is cleared away."""
        self.clock.advance(moment - timedelta(minutes=1) - self.clock.now())
        await self.tick()
        self.server.messages.clear()
        self.clock.advance(timedelta(minutes=1))
        await self.tick()
        await self.tick()

    async def move(self, days: int) -> None:
        start = START + timedelta(days=days)
        values = {"date": start.date(), "starts_at": start, "ends_at": start + timedelta(minutes=90)}
        await self.app.database.write(lambda tx: tx.execute(update(sessions).values(**values)) and None)

    def told(self, where: Any) -> list[str]:
        found = self.server.direct_messages(where) if isinstance(where, User) else self.server.history(where)
        return [message["content"] for message in found]


@pytest.fixture
async def room(sqlite_url: str) -> AsyncIterator[Class]:
    running = Class(course_settings(sqlite_url), ManualClock(NOW))
    try:
        await running.start()
        await running.open()
        await running.tick()  # the groups hear of their duties
        running.server.messages.clear()
        yield running
    finally:
        await running.stop()


def of(texts: list[str], words: str) -> list[str]:
    return [text for text in texts if words in text]


def stamp(moment: datetime) -> str:
    return f"<t:{int(moment.timestamp())}:F> (<t:{int(moment.timestamp())}:R>)"


async def test_slides_are_asked_of_the_presenters_until_they_are_handed_in(room: Class) -> None:
    await room.at(SLIDES - 3 * DAY)
    (text,) = of(room.posted(), "Slides of")
    assert f"⏰ **Slides of Thu Jan 25 · Paper of Jan 25** due {stamp(SLIDES)}." in text
    assert "Still to come from: Attention" in text
    assert f"<@{room.ada.id}> <@{room.ben.id}>" in text
    assert str(room.cyd.id) not in text
    await room.hand_in("slides", room.ben, "Attention")
    for hours in (24, 3, 1):
        await room.at(SLIDES - timedelta(hours=hours))
        assert (room.posted(), room.told(room.office)) == ([], [])


async def test_the_summary_is_asked_for_after_class_with_what_happens_if_it_is_late(room: Class) -> None:
    for moment, times in ((END - DAY, 0), (END - timedelta(hours=3), 0), (END, 1), (SUMMARY - timedelta(hours=3), 1)):
        await room.at(moment)
        found = of(room.posted(), "Summary of")
        assert len(found) == times
        for text in found:
            assert f"<@{room.cyd.id}>" in text
            assert "Late: no credit, no extensions." in text
            assert "the bot was away" not in text
    await room.at(SUMMARY - timedelta(hours=1))
    assert room.posted() == []
    (missing,) = of(room.told(room.office), "🔔 **Summary: Thu Jan 25")
    assert "Still missing: Diffusion (Student02)" in missing


async def test_in_the_final_hour_staff_see_who_is_missing_unless_the_policy_says_none(room: Class) -> None:
    await room.at(SLIDES - timedelta(hours=1))
    (text,) = room.told(room.office)
    assert "🔔 **Slides: Thu Jan 25" in text
    assert "Still missing: Attention (Student00, Student01)" in text
    await room.app.database.write(courses.set_policy, 1, "reminders.escalate", "none", "staff", NOW)
    await room.at(SUMMARY - timedelta(minutes=30))
    assert room.told(room.office) == []


async def test_questions_are_asked_of_those_without_a_duty_who_still_owe_one(room: Class) -> None:
    eve, fay = (room.server.add_member(f"Student{n:02}") for n in (10, 11))
    await room.meet(eve, fay)
    await room.ask(eve)
    await room.at(START - 3 * DAY)
    assert of(room.posted(), "Questions for") == []
    await room.at(START - DAY)
    (text,) = of(room.posted(), "Questions for")
    assert f"until {stamp(START)}" in text
    assert "Papers: FlexGen, Orca" in text
    assert "</ask:" in text
    assert f"<@{room.dan.id}> <@{fay.id}>" in text
    for who in (room.ada, room.ben, room.cyd, eve):
        assert str(who.id) not in text
    await room.ask(room.dan)

    def leave(tx: Connection) -> None:
        tx.execute(update(person).where(person.c.id == room.person(tx, fay)).values(dropped_at=NOW))

    await room.app.database.write(leave)
    await room.at(START - timedelta(hours=3))
    assert of(room.posted(), "Questions for") == []


async def test_who_is_excused_is_left_out(room: Class) -> None:
    def write(tx: Connection) -> None:
        for who, what in ((room.ada, "slides"), (room.dan, "all")):
            why = {"reason": "ill", "by": "discord:1", "at": NOW}
            tx.execute(insert(excuse).values(course_id=1, person_id=room.person(tx, who), what=what, **why))

    await room.app.database.write(write)
    await room.at(SLIDES - timedelta(hours=3))
    (text,) = of(room.posted(), "Slides of")
    assert str(room.ada.id) not in text
    assert str(room.ben.id) in text
    await room.at(START - timedelta(hours=3))
    assert of(room.posted(), "Questions for") == []


async def test_a_milestone_is_asked_of_the_groups_that_still_owe_it(room: Class) -> None:
    due = NOW + 2 * DAY
    about = await room.app.database.write(milestones.put, 1, "Poster", due, "staff")
    await room.hand_in("milestone", room.cyd, "Diffusion", about)
    await room.at(due - DAY)
    (text,) = of(room.posted(), "**Poster** is due")
    assert stamp(due) in text
    assert "Still to come from: Attention" in text
    assert f"<@{room.ada.id}> <@{room.ben.id}> <@{room.dan.id}>" in text
    assert "Milestone of" not in text


async def test_a_group_hears_of_its_duty_a_week_before_and_once_though_the_class_moves(room: Class) -> None:
    def later(tx: Connection) -> None:
        session_id = add_session(tx, lecture(2), place=room.place)
        duties.take(tx, session_id, Role.REVIEWER, room.group(tx, "Attention"), "planned", "given", NOW)

    await room.app.database.write(later)
    start = START + 14 * DAY
    await room.at(start - 7 * DAY - timedelta(minutes=1))
    assert of(room.posted(), "📌") == []
    await room.at(start - 7 * DAY)
    (text,) = of(room.posted(), "📌")
    assert f"📌 **Thu Feb 8 · Paper of Feb 8** on {stamp(start)}: you review in class, {stamp(start)}." in text
    assert "For: Attention" in text
    assert f"<@{room.ada.id}> <@{room.ben.id}>" in text
    assert "</my-duties:" in text
    await room.move(16)
    for days in (5, 4, 2):
        await room.at(start - days * DAY)
        assert of(room.posted(), "📌") == []


async def test_a_class_that_moves_takes_its_reminders_with_it(room: Class) -> None:
    await room.at(SLIDES - 3 * DAY - timedelta(hours=1))
    await room.move(2)
    await room.at(SLIDES - 3 * DAY)
    assert of(room.posted(), "Slides of") == []
    await room.at(SLIDES - DAY)
    (text,) = of(room.posted(), "Slides of")
    assert stamp(SLIDES + 2 * DAY) in text


async def test_a_group_with_a_room_is_reminded_there(room: Class) -> None:
    def give(tx: Connection) -> None:
        row = {"group_id": room.group(tx, "Attention"), "course_id": 1, "room_id": str(room.room.id)}
        tx.execute(insert(group_space).values(row))

    await room.app.database.write(give)
    await room.at(SLIDES - timedelta(hours=3))
    assert of(room.posted(), "Slides of") == []
    (text,) = of(room.told(room.room), "Slides of")
    assert f"<@{room.ada.id}> <@{room.ben.id}>" in text


async def test_direct_messages_take_the_place_of_the_mention_and_have_a_snooze_button(room: Class) -> None:
    await room.wish(room.ada, via="dm", leads="5h")
    await room.at(SLIDES - DAY)
    (text,) = of(room.posted(), "Slides of")
    assert str(room.ada.id) not in text
    assert room.told(room.ada) == []
    await room.at(SLIDES - timedelta(hours=5))
    (direct,) = room.told(room.ada)
    assert f"**Slides of Thu Jan 25 · Paper of Jan 25** due {stamp(SLIDES)}." in direct
    assert "<@" not in direct
    (message,) = room.server.direct_messages(room.ada)
    done = await room.server.click(room.ada, message, "Snooze 3 h")
    assert "put off until" in done.text
    await room.at(SLIDES - timedelta(hours=2))
    (again,) = room.server.direct_messages(room.ada)
    assert "Slides of" in again["content"]
    room.clock.advance(timedelta(hours=1, minutes=50))
    refused = await room.server.click(room.ada, again, "Snooze 3 h")
    assert "due too soon" in refused.text
    await room.at(SLIDES)
    assert room.told(room.ada) == []


async def test_closed_direct_messages_fall_back_to_one_mention(room: Class) -> None:
    await room.wish(room.ada, via="dm")
    await room.wish(room.ben, via="dm")
    room.ada.dm_closed = room.ben.dm_closed = True
    await room.at(SLIDES - timedelta(hours=3))
    (text,) = of(room.posted(), "Slides of")
    assert f"<@{room.ada.id}> <@{room.ben.id}>" in text
    assert "Your direct messages are closed" in text
    await room.tick()
    assert len(of(room.posted(), "Slides of")) == 1


async def test_quiet_hours_delay_a_direct_message_to_their_end(room: Class) -> None:
    # 24 hours before the slides are due it is 10:30 in Detroit, 03:30 there.
    await room.wish(room.ada, via="dm", leads="24h", quiet="22:00-07:30", zone="Pacific/Auckland")
    night = SLIDES - DAY
    assert night.astimezone(DETROIT).hour == 10
    await room.at(night)
    assert room.told(room.ada) == []
    await room.at(datetime(2024, 1, 23, 18, 29, tzinfo=UTC))
    assert room.told(room.ada) == []
    await room.at(datetime(2024, 1, 23, 18, 30, tzinfo=UTC))
    assert len(room.told(room.ada)) == 1
    for hours in (3, 1, 0):
        await room.at(SLIDES - timedelta(hours=hours))
        assert room.told(room.ada) == []
        assert all(str(room.ada.id) not in text for text in room.posted())


async def test_what_quiet_hours_would_swallow_stands_in_the_channel_in_time(room: Class) -> None:
    await room.wish(room.ada, via="dm", leads="3h", quiet="06:00-10:00")
    await room.at(SLIDES - timedelta(hours=3))  # 07:30; at ten only half an hour would be left
    assert room.told(room.ada) == []
    mentioned = [text for text in of(room.posted(), "Slides of") if str(room.ada.id) in text]
    assert len(mentioned) == 1
    assert str(room.ben.id) not in mentioned[0]
    await room.at(SLIDES - timedelta(hours=1))
    assert room.told(room.ada) == []
    assert room.posted() == []


async def test_who_switches_to_direct_messages_is_not_told_again_at_once(room: Class) -> None:
    await room.at(SLIDES - timedelta(hours=3))
    assert str(room.ada.id) in of(room.posted(), "Slides of")[-1]
    await room.wish(room.ada, via="dm")
    await room.at(SLIDES - timedelta(hours=2))
    assert room.told(room.ada) == []


async def test_a_daily_list_takes_the_place_of_all_single_ones(room: Class) -> None:
    await room.wish(room.ada, digest="08:00")
    await room.wish(room.dan, digest="08:00", zone="Europe/Berlin")
    await room.at(datetime(2024, 1, 24, 7, 0, tzinfo=UTC))
    (text,) = room.told(room.dan)
    assert text.startswith("🗒️ **Due in the next 48 hours**")
    assert f"▢ **Questions: Thu Jan 25 · Paper of Jan 25** {stamp(START)}" in text
    assert room.told(room.ada) == []
    await room.at(datetime(2024, 1, 24, 13, 0, tzinfo=UTC))
    (text,) = of(room.told(room.ada), "Slides: Thu Jan 25")
    assert f"▢ **Slides: Thu Jan 25 · Paper of Jan 25** {stamp(SLIDES)}" in text
    assert room.told(room.dan) == []
    for moment in (SLIDES - timedelta(hours=1), START - DAY, START - timedelta(hours=3)):
        await room.at(moment)
        assert all(str(who.id) not in text for text in room.posted() for who in (room.ada, room.dan))


async def test_after_an_absence_todays_list_is_sent_late_and_one_chosen_too_late_tomorrow(room: Class) -> None:
    await room.wish(room.dan, digest="08:00")
    await room.tick()
    room.clock.advance(datetime(2024, 1, 24, 15, 0, tzinfo=UTC) - room.clock.now())
    await room.wish(room.ada, digest="08:00")
    room.server.messages.clear()
    await room.tick()
    await room.tick()
    (text,) = room.told(room.dan)
    assert "Sent 2 hours late" in text
    assert room.told(room.ada) == []


async def test_a_daily_list_that_cannot_be_delivered_is_a_mention(room: Class) -> None:
    await room.wish(room.dan, digest="08:00")
    room.dan.dm_closed = True
    await room.at(datetime(2024, 1, 24, 13, 0, tzinfo=UTC))
    (text,) = of(room.posted(), "your daily list could not be delivered")
    assert f"<@{room.dan.id}>" in text


async def test_a_changed_rule_is_announced_once_with_what_it_moves(room: Class) -> None:
    service = room.app.services.policies
    shown = await service.put(room.place, room.staff_actor, "slides.before", "48h", room.clock.now())
    assert (shown.total, bool(shown.token)) == (1, True)
    await room.tick()
    assert of(room.posted(), "📐") == []
    await service.confirm(room.place, room.staff_actor, shown.token or "", room.clock.now())
    await room.tick()
    await room.tick()
    (text,) = of(room.posted(), "📐")
    assert "`slides.before`: `24h` → `48h`. This moves 1 deadline:" in text
    was, is_ = int(SLIDES.timestamp()), int((SLIDES - DAY).timestamp())
    assert f"• Slides of Thu Jan 25 · Paper of Jan 25: <t:{was}:f> → <t:{is_}:f>" in text


@pytest.mark.parametrize("step", ["planned", "claimed", "frozen", "posted"])
async def test_a_crash_anywhere_neither_loses_nor_doubles(room: Class, step: str) -> None:
    await room.wish(room.ada, via="dm")
    await room.at(SLIDES - timedelta(hours=4))
    room.server.messages.clear()
    room.forward(hours=1)
    await room.tick(kill_at=step)
    room.forward(seconds=61)
    await room.restart()
    await room.tick()
    await room.tick()
    assert len(of(room.posted(), "Slides of")) == 1
    assert len(of(room.told(room.ada), "Slides of")) == 1
