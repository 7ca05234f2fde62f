"""/my-data as a student uses it: the file, the refusal while others count on them, what goes, what staff hear."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import simcord
from sqlalchemy import select

from bot.core.course import Role
from bot.store.tables import group_space_member, metadata
from tests.support.duty_world import give, group_of, lectures
from tests.support.questions import give_papers
from tests.support.world import World, said, text

NAME = "Quinta"


async def _database(world: World) -> str:
    """Everything in it, as text."""

    def dump(tx: Any) -> str:
        return "\n".join(str(row) for table in metadata.sorted_tables for row in tx.execute(select(table)))

    return await world.app.database.read(dump)


async def _mine(result: Any) -> dict[str, list[dict[str, Any]]]:
    (file,) = said(result).attachments
    with zipfile.ZipFile(io.BytesIO(await file.read())) as zipped:
        assert "Votes are secret" in zipped.read("README.txt").decode()
        held: dict[str, list[dict[str, Any]]] = json.loads(zipped.read("my-data.json"))
        return held


class Course:
    """Quinta and Ben are a group that presents on Jan 25; Cyd is in none. Quinta asked a question."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.quinta = world.guild.add_member(world.env.create_user(NAME))
        self.ben, self.cyd = world.student(2), world.student(3)

    async def open(self) -> Course:
        world = self.world
        self.staff_channel = world.guild.create_text_channel("staff")
        await world.set_up(staff_channel=self.staff_channel)
        await group_of(world, "Attention", self.quinta, self.ben)
        (self.session,) = await lectures(world, 1)
        papers = await world.app.database.write(give_papers, self.session)
        form = await self.quinta.slash(world.general, "ask", session="2024-01-25", paper=str(papers["Orca"]))
        await self.quinta.submit_modal(form, {"text": "Does it scale?"})
        await self.quinta.slash(world.general, "reminders", via="dm", quiet="22:00-07:30")
        return self

    async def my_data(self, who: simcord.MemberActor, what: str) -> Any:
        return await who.slash(self.world.general, f"my-data {what}")


async def test_everything_held_comes_as_a_file_for_the_one_who_asks(world: World) -> None:
    there = await Course(world).open()
    shown = await there.my_data(there.quinta, "export")
    assert said(shown).ephemeral
    assert said(shown).attachments[0].filename == "eecs-598-w24-my-data.zip"
    held = await _mine(shown)
    assert set(held) == {
        "who you are",
        "accounts",
        "groups you were in",
        "groups you founded",
        "questions",
        "how you are reminded",
    }
    assert held["who you are"][0]["name"] == NAME
    assert held["questions"][0]["text"] == "Does it scale?"
    assert held["questions"][0]["reading"] == "Orca"
    assert held["questions"][0]["asked_at"].endswith("-05:00")
    assert held["groups you were in"][0]["group"] == "Attention"
    assert f"{sum(map(len, held.values()))} entries" in text(shown)
    # Asking is not taking part.
    before = await _database(world)
    for what in ("export", "delete"):
        assert "I hold nothing on you" in text(await there.my_data(there.cyd, what))
    assert await _database(world) == before


async def test_who_is_on_duty_is_told_why_it_has_to_wait(world: World) -> None:
    there = await Course(world).open()
    await give(world, there.session, Role.PRESENTER, "Attention")
    refused = await there.my_data(there.quinta, "delete")
    assert said(refused).ephemeral
    assert "you have 1 duty ahead, the first is presenter on January 25" in text(refused)
    assert "Nothing was deleted" in text(refused)
    assert "ask the staff to take you off the course" in text(refused)
    assert "stays on record while the course runs" in text(await there.my_data(world.staff, "delete"))
    # After the course it works, and their seat and duties stay for the grades.
    await world.env.advance_time(timedelta(days=200).total_seconds())
    shown = await there.my_data(there.quinta, "delete")
    assert "You leave the course" not in text(shown)
    await there.quinta.click(said(shown), label="Delete my data")
    assert "Your data is deleted" in text(shown)
    assert NAME not in await _database(world)
    assert "Former student" in await _database(world)


async def test_what_goes_is_shown_then_deleted_and_staff_are_told(world: World) -> None:
    there = await Course(world).open()
    shown = await there.my_data(there.quinta, "delete")
    assert said(shown).ephemeral
    words = text(shown)
    assert "You leave the course by it**, and your seat in **Attention** is free" in words
    assert "Deleted\n• accounts: 1\n• how you are reminded: 1" in words
    assert "Kept for the course, as “Former student" in words
    assert "• questions: 1" in words
    before = await _database(world)
    await there.quinta.click(said(shown), label="Keep it")
    assert "Nothing was deleted" in text(shown)
    assert await _database(world) == before

    shown = await there.my_data(there.quinta, "delete")
    await there.quinta.slash(world.general, "leave-group")
    changed = await there.quinta.click(said(shown), label="Delete my data")
    assert "Things have changed since you looked" in text(changed)
    shown = await there.my_data(there.quinta, "delete")
    await world.restart()
    await there.quinta.click(said(shown), label="Delete my data")
    assert "Your data is deleted" in text(shown)
    assert "You are no longer in the course" in text(shown)
    everything = await _database(world)
    assert NAME not in everything
    assert str(there.quinta.id) not in everything
    assert "Does it scale?" in everything

    await world.app.outbox.tick()
    told = there.staff_channel.last_message.content
    assert "had their own data deleted and left the course" in told
    assert "Former student" in told
    assert NAME not in told
    log = text(await world.staff.slash(world.general, "staff audit"))
    assert "had their own data deleted" in log
    assert NAME not in log
    # A second press finds nothing, and a new command meets somebody new.
    assert "I hold nothing on you" in text(await there.my_data(there.quinta, "export"))
    await there.quinta.slash(world.general, "groups")
    assert set(await _mine(await there.my_data(there.quinta, "export"))) == {"who you are", "accounts"}


async def test_who_was_let_into_a_groups_room_is_forgotten_when_put_out(world: World) -> None:
    there = await Course(world).open()
    shown = await world.staff.slash(world.general, "staff policy", key="groups.role", value="yes")
    if said(shown).components:
        await world.staff.click(said(shown), label="Set it")
    await world.app.bot.spaces.finish()
    held = await _mine(await there.my_data(there.quinta, "export"))
    assert len(held["rooms you were let into"]) == 1
    shown = await there.my_data(there.quinta, "delete")
    await there.quinta.click(said(shown), label="Delete my data")
    await world.app.bot.spaces.finish()
    assert str(there.quinta.id) not in await _database(world)
    left = await world.app.database.read(lambda tx: tx.execute(select(group_space_member)).all())
    assert len(left) == 1
