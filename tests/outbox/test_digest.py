"""The digest at the cut-off, through the real client to a Discord on loopback: to whom it belongs, and once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, update

from bot.core.course import Role
from bot.core.people import Actor
from bot.outbox.digest import SETTLE
from bot.store import courses, duties, groups
from bot.store.tables import group_space
from bot.store.tables import session as sessions
from tests.conftest import NOW
from tests.loopback import User
from tests.support.clock import ManualClock
from tests.support.duties import add_session, lecture
from tests.support.questions import START, give_papers
from tests.support.seminar import Seminar
from tests.support.world import course_settings


class Class(Seminar):
    """Ada and ben present on Jan 25 as "Attention", cyd summarises as "Diffusion", dan asks. No rooms yet."""

    async def open(self) -> None:
        self.office = self.server.add_channel("staff")
        self.room = self.server.add_channel("attention")
        self.ada, self.ben, self.cyd, self.dan = self.students(4)
        await self.server.slash(self.ada, "create-group", {"name": "Attention"})
        await self.server.slash(self.ben, "join-group", {"group": "Attention"})
        await self.server.slash(self.cyd, "create-group", {"name": "Diffusion"})
        place = f"discord:{self.server.guild.id}"
        actor = Actor("discord", str(self.staff.id), "Staff01", staff=True)
        await self.app.services.courses.set_up(place, actor, NOW, staff_channel=str(self.office.id))

        def fill(tx: Connection) -> int:
            course = courses.at_place(tx, place)
            session_id = add_session(tx, lecture(0), place=place)
            give_papers(tx, session_id)
            for key, value in (("vote.auto", "no"), ("reminders.leads", "none")):  # their messages would be there too
                courses.set_policy(tx, course.id, key, value, "staff", NOW)
            for name, role in (("Attention", Role.PRESENTER), ("Diffusion", Role.SUMMARIZER)):
                found = groups.find(tx, course.id, name)
                assert found
                duties.take(tx, session_id, role, found[0], "planned", "given", NOW)
            return session_id

        self.session = await self.app.database.write(fill)

    async def ask(self, who: User, text: str) -> None:
        form = await self.server.slash(who, "ask", {"session": str(self.session)})
        await self.server.submit_modal(who, form, {"text": text})

    async def give_room(self) -> None:
        """Attention has a private room from now on."""

        def put(tx: Connection) -> None:
            found = groups.find(tx, 1, "Attention")
            assert found
            row = {"group_id": found[0], "course_id": 1, "room_id": str(self.room.id)}
            tx.execute(insert(group_space).values(row))

        await self.app.database.write(put)

    async def at_the_cut_off(self) -> None:
        """The clock shows it; what was planned a little before is due."""
        self.clock.advance(START - timedelta(hours=1) - self.clock.now())
        await self.tick()
        self.clock.advance(START + SETTLE - self.clock.now())

    def told(self, where: Any) -> list[str]:
        found = self.server.direct_messages(where) if isinstance(where, User) else self.server.history(where)
        return [message["content"] for message in found]


@pytest.fixture
async def room(sqlite_url: str) -> AsyncIterator[Class]:
    running = Class(course_settings(sqlite_url), ManualClock(NOW))
    try:
        await running.start()
        await running.open()
        yield running
    finally:
        await running.stop()


async def _everything(room: Class) -> dict[str, list[str]]:
    places = {"office": room.office, "room": room.room, "ada": room.ada, "ben": room.ben, "cyd": room.cyd}
    return {name: room.told(place) for name, place in (places | {"dan": room.dan}).items()}


async def test_it_goes_to_staff_and_to_those_on_duty_and_names_are_for_staff(room: Class) -> None:
    await room.give_room()
    await room.ask(room.dan, "Why does it work?")
    await room.at_the_cut_off()
    await room.tick()
    await room.tick()
    told = await _everything(room)
    assert {name: len(texts) for name, texts in told.items()} == {
        "office": 1,
        "room": 1,
        "ada": 0,
        "ben": 0,
        "cyd": 1,
        "dan": 0,
    }
    assert room.posted() == []
    for (text,) in (told["office"], told["room"], told["cyd"]):
        assert "**FlexGen**: 1 question\n• ▲ 0 · Why does it work?" in text
    for where, named in ((room.office, True), (room.room, False)):
        (message,) = room.server.history(where)
        (file,) = message["attachments"]
        assert file["filename"] == "questions.md"
        (page,) = (data.decode() for path, data in room.server.cdn.files.items() if path in file["url"])
        assert ("Student03" in page) == named
        assert "Why does it work?" in page


async def test_closed_direct_messages_fall_back_to_one_mention_without_the_questions(room: Class) -> None:
    room.ada.dm_closed = room.cyd.dm_closed = True
    await room.ask(room.dan, "Why does it work?")
    await room.at_the_cut_off()
    await room.tick()
    await room.tick()
    told = await _everything(room)
    assert (len(told["ada"]), len(told["ben"]), len(told["cyd"])) == (0, 1, 0)
    (text,) = room.posted()
    assert f"<@{room.ada.id}>" in text
    assert f"<@{room.cyd.id}>" in text
    assert f"<@{room.ben.id}>" not in text
    assert "</questions:" in text
    assert "Why does it work" not in text
    request = room.server.requests_to("POST /channels/*/messages")[-1]
    assert request.body["allowed_mentions"]["users"] == [room.ada.id, room.cyd.id]


async def test_nobody_asked(room: Class) -> None:
    await room.at_the_cut_off()
    await room.tick()
    (text,) = room.told(room.office)
    assert "Nobody has asked anything" in text
    assert room.told(room.cyd) == []
    assert room.posted() == []


@pytest.mark.parametrize("away", [timedelta(seconds=61), timedelta(minutes=40)], ids=["soon", "later"])
@pytest.mark.parametrize("step", ["planned", "claimed", "frozen", "posted"])
async def test_a_crash_anywhere_neither_loses_nor_doubles_it(room: Class, step: str, away: timedelta) -> None:
    await room.ask(room.dan, "Why does it work?")
    await room.at_the_cut_off()
    await room.tick(kill_at=step)  # at the first message, to the staff channel
    await room.tick(kill_at=step)  # at the next, a direct one: the first is leased
    room.clock.advance(away)
    await room.restart()
    for _ in range(2):
        await room.tick()
        room.forward(seconds=61)
    told = await _everything(room)
    assert {name: len(texts) for name, texts in told.items() if texts} == {"office": 1, "ada": 1, "ben": 1, "cyd": 1}


async def test_a_moved_class_takes_its_digest_along(room: Class) -> None:
    await room.ask(room.dan, "Why does it work?")
    room.clock.advance(START - timedelta(hours=1) - room.clock.now())
    await room.tick()
    later = timedelta(hours=3)

    def move(tx: Connection) -> None:
        row = tx.execute(select(sessions)).one()
        tx.execute(update(sessions).values(starts_at=row.starts_at + later, ends_at=row.ends_at + later))

    await room.app.database.write(move)
    room.clock.advance(START + SETTLE - room.clock.now())
    await room.tick()
    assert room.told(room.office) == []
    # The cut-off is put before now: it goes out at once, and not again when it is put earlier still.
    await room.app.database.write(
        lambda tx: courses.set_policy(tx, 1, "questions.cutoff", "start-3h", "staff", room.clock.now())
    )
    room.forward(seconds=30)
    await room.tick()
    assert len(room.told(room.office)) == 1
    await room.app.database.write(
        lambda tx: courses.set_policy(tx, 1, "questions.cutoff", "start-4h", "staff", room.clock.now())
    )
    room.forward(minutes=1)
    await room.tick()
    assert [len(room.told(place)) for place in (room.office, room.ada, room.ben, room.cyd)] == [1, 1, 1, 1]
