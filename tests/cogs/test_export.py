"""`/staff export`: a file for the one who asked, and only for staff."""

from __future__ import annotations

import pytest

from bot.core.errors import NotStaff
from bot.core.people import Actor
from bot.exporters import Format
from tests.support.world import World, said, text


@pytest.mark.parametrize("form", Format)
async def test_staff_get_the_schedule_as_a_private_file(world: World, form: Format) -> None:
    await world.set_up()
    await world.import_sample()
    shown = await world.staff.slash(world.general, "staff export", format=form.value)
    assert said(shown).ephemeral
    assert "27 sessions" in text(shown)
    (file,) = said(shown).attachments
    assert file.filename == f"eecs-598-w24-schedule.{form}"
    assert file.size > 5000


async def test_what_was_exported_imports_with_nothing_to_change(world: World) -> None:
    await world.set_up()
    await world.import_sample()
    shown = await world.staff.slash(world.general, "staff export", format="md")
    page = await said(shown).attachments[0].read()
    again = await world.staff.slash(world.general, "staff import schedule", file=("page.md", page))
    assert "Nothing to change" in text(again)


async def test_without_a_schedule_and_for_students_there_is_no_file(world: World) -> None:
    await world.set_up()
    shown = await world.staff.slash(world.general, "staff export", format="ics")
    assert "import the course page first" in text(shown)
    assert said(shown).attachments == []
    await world.import_sample()
    services, student = world.app.services, Actor("discord", "5", "Student05")
    with pytest.raises(NotStaff):
        await services.exports.export_for(f"discord:{world.guild.id}", student, Format.CSV, world.env.now())
