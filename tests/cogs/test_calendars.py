"""The Calendar button under /schedule, as students and staff press it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec
import pytest

from tests.conftest import NOW
from tests.support.calendars import events
from tests.support.world import SAMPLE, World, course_settings, running, said, text


@pytest.fixture
async def served(sqlite_url: str) -> AsyncIterator[World]:
    """With the web server's addresses."""
    settings = course_settings(sqlite_url)
    web = msgspec.structs.replace(settings.web, enabled=True, address="https://seminar.example.edu")
    async with running(msgspec.structs.replace(settings, web=web), NOW) as world:
        await world.set_up()
        await world.import_sample()
        yield world
        assert world.bugs() == []


def addresses(shown: object) -> list[str]:
    """Those to subscribe to, from the message."""
    words = text(shown).replace("```", "").split()
    return [word for word in words if word.startswith("https://")]


async def test_without_the_web_server_there_is_the_file(world: World) -> None:
    await world.set_up()
    await world.import_sample()
    ada = world.student(1)
    await ada.slash(world.general, "create-group", name="Attention")
    listed = await ada.slash(world.general, "schedule")
    shown = await ada.click(listed.response, label="Calendar")
    assert shown.ephemeral
    assert text(shown) == (
        "Your calendar\nThe file has the classes, with your duties, deadlines and appointments, as they are now. After "
        "the schedule has changed, take a new one here."
    )
    assert said(shown).components == []
    (file,) = said(shown).attachments
    assert file.filename == "eecs-598-w24.ics"
    own = events(await file.read())
    assert {"session-1", "milestone-1", "milestone-2"} <= set(own)
    assert sum(key.endswith("-questions") for key in own) > 10


async def test_addresses_to_subscribe_to_and_a_new_one(served: World) -> None:
    ada = served.student(1)
    await ada.slash(served.general, "create-group", name="Attention")
    listed = await ada.slash(served.general, "schedule")
    shown = await ada.click(listed.response, label="Calendar")
    mine, group = addresses(shown)
    assert mine.startswith("https://seminar.example.edu/calendar/")
    assert mine.replace("https", "webcal") in text(shown)
    assert "Your group, Attention" in text(shown)
    assert "whoever has it can read" in text(shown)
    await served.restart()
    await ada.click(said(shown), label="New for the group")
    assert "A new address for your group's calendar?\nThe old address stops at once, for everyone" in text(shown)
    await ada.click(said(shown), label="Keep the old one")
    assert addresses(shown) == [mine, group]
    await ada.click(said(shown), label="New address for me")
    await ada.click(said(shown), label="Make a new address")
    renewed, kept = addresses(shown)
    assert (renewed != mine, kept) == (True, group)
    assert [one.filename for one in said(shown).attachments] == ["eecs-598-w24.ics"]
    calendars = served.app.services.calendars
    assert await calendars.feed(mine[-36:-4], (), NOW) is None
    assert await calendars.feed(renewed[-36:-4], (), NOW) is not None


async def test_staff_have_the_courses_address_too(served: World) -> None:
    listed = await served.staff.slash(served.general, "schedule")
    shown = await served.staff.click(listed.response, label="Calendar")
    assert "The course: its classes alone" in text(shown)
    assert len(addresses(shown)) == 2
    await served.staff.click(said(shown), label="New for the course")
    await served.staff.click(said(shown), label="Make a new address")
    audit = await served.staff.slash(served.general, "staff audit")
    assert "gave the course's calendar a new address" in text(audit)


async def test_a_class_that_becomes_a_day_off_is_cancelled_in_calendars(world: World) -> None:
    await world.set_up()
    await world.import_sample()
    line = next(one for one in SAMPLE.read_bytes().splitlines() if one.startswith(b"| Mar 28 "))
    page = SAMPLE.read_bytes().replace(line, b"| Mar 28  | **No Class**")
    shown = await world.staff.slash(world.general, "staff import schedule", file=("page.md", page))
    await world.staff.click(said(shown), label="Import")
    listed = await world.staff.slash(world.general, "schedule")
    pressed = await world.staff.click(listed.response, label="Calendar")
    exported = await world.staff.slash(world.general, "staff export", format="ics")
    for message in (said(pressed), said(exported)):
        found = events(await message.attachments[0].read())
        off = [one for one in found.values() if "No Class" in one.title]
        assert [(one.sequence, one.status) for one in off] == [(2, "CANCELLED")]
        assert not any("No Lecture" in one.title for one in found.values())  # it never was a class
