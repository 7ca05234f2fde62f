"""What happens around commands: registering them, help, and errors that are bugs."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
import simcord

from bot.store import people
from tests.conftest import NOW
from tests.support import postgres
from tests.support.world import World, course_settings, running, said, text


def _registrations(world: World) -> int:
    return sum(entry.method == "PUT" and entry.path.endswith("/commands") for entry in world.env.http_requests)


async def test_commands_are_registered_once_and_again_only_when_they_changed(world: World) -> None:
    assert _registrations(world) == 1
    await world.restart()
    assert _registrations(world) == 1
    assert "</groups:" in text(await world.student(1).slash(world.general, "help"))
    await world.app.services.facts.put("discord.commands", '{"digest": "of other commands"}', world.env.now())
    await world.restart()
    assert _registrations(world) == 2


async def _help(world: World, who: simcord.MemberActor) -> str:
    """All pages of /help, turned by the button."""
    shown = await who.slash(world.general, "help")
    pages = [text(shown)]
    message = said(shown)
    while "More →" in str(message.components):
        shown = await who.click(message, label="More →")
        assert text(shown) not in pages
        pages.append(text(shown))
        message = said(shown)
    return "\n".join(pages)


async def test_help_lists_what_one_may_use(world: World) -> None:
    student = await _help(world, world.student(1))
    names = {command.qualified_name for command in world.app.bot.tree.walk_commands()}
    leaves = [name for name in names if not any(other.startswith(f"{name} ") for other in names)]
    for name in leaves:
        if not name.startswith("staff "):
            assert f"</{name}:" in student
    assert "staff" not in student.replace("(staff)", "").replace("the staff", "")
    staff = await _help(world, world.staff)
    assert len(leaves) > 40
    for name in leaves:
        assert f"</{name}:" in staff


async def test_the_staff_commands_are_hidden_from_students(world: World) -> None:
    assert not [name for name in world.student(1).available_commands(world.general) if name.startswith("staff")]
    assert "staff doctor" in world.staff.available_commands(world.general)


async def test_a_bug_is_logged_under_the_number_that_the_person_sees(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    await world.set_up()
    await world.app.database.write(lambda tx: tx.exec_driver_sql("UPDATE course SET zone = 'No/Where'").close())
    with caplog.at_level(logging.ERROR):
        answer = await world.student(1).slash(world.general, "create-group", name="A name worth keeping")
    assert answer.ephemeral
    assert "You typed: A name worth keeping" in text(answer)
    incident = text(answer).split("`")[1]
    assert f"incident {incident}" in caplog.text
    assert len(world.bugs()) == 1
    world.env._errors.clear()


async def test_the_same_on_postgresql(postgres_server: postgres.Server, migrated_postgres: str) -> None:
    url = postgres_server.new_database(migrated_postgres)
    async with running(course_settings(url), NOW) as world:
        await world.set_up()
        await world.import_sample()
        ada, ben = world.student(1), world.student(2)
        await ada.slash(world.general, "create-group", name="Attention")
        assert "(2 of 3, 1 free)" in text(await ben.slash(world.general, "join-group", group="attention"))
        assert "GenAI Basics" in text(await ada.slash(world.general, "next-class"))
        doctor = text(await world.staff.slash(world.general, "staff doctor"))
        assert "✅ Database: postgresql" in doctor
        assert "backed up with pg_dump" in doctor
        await world.student(3).slash(world.general, "help")
        await world.app.outbox.tick()
        await world.env.advance_time(timedelta(days=2).total_seconds())
        await world.app.outbox.tick()
        assert "Student03" in world.announcements.last_message.clean_content
        assert world.bugs() == []
    postgres_server.drop_database(url)


async def test_only_the_least_intents_are_asked_for(world: World) -> None:
    intents = world.app.bot.intents
    assert [name for name, asked in intents if asked] == ["guilds"]


async def test_whoever_uses_the_bot_is_in_the_course_staff_as_staff(world: World) -> None:
    """Else the reminder to those without a group would miss exactly those who have not done anything yet."""
    role = world.guild.create_role("TA")
    await world.set_up(staff_role=role)
    assistant = world.guild.add_member(world.env.create_user("Staff02"), roles=[role])
    ada = world.student(1)
    for who in (ada, assistant, world.staff):
        await who.slash(world.general, "help")
    assert await world.app.database.read(people.without_group, 1, "discord") == [str(ada.id)]
