"""Discord's events for the classes ahead: made once, kept in step, taken away, and what stands in the way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete

from bot.core.people import Actor
from bot.fronts.discord import events as keeping
from bot.services.sessions import Edit
from bot.store.tables import platform_event
from tests.cogs.test_spaces import lay_off, requests
from tests.support.world import World, text

EVENTS = "/guilds/*/scheduled-events"
TUESDAY, THURSDAY, NEXT_THURSDAY = (f"2024-{day}T15:30:00+00:00" for day in ("01-23", "01-25", "02-01"))


@pytest.fixture
async def classes(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A schedule, and a bot that looks after every command."""
    monkeypatch.setattr(keeping, "PAUSE", 0.0)
    await world.set_up()
    await world.import_sample()
    return world


async def policy(world: World, key: str, value: str) -> None:
    await world.staff.slash(world.general, "staff policy", key=key, value=value)
    await world.app.bot.events.finish()


async def look(world: World) -> None:
    """What the next command brings about."""
    await world.staff.slash(world.general, "schedule")
    await world.app.bot.events.finish()


async def change(world: World, deed: str, session: str, **what: str) -> None:
    """`/staff session …`, confirmed."""
    place, staff = f"discord:{world.guild.id}", Actor("discord", str(world.staff.id), "Staff01", staff=True)
    sessions, now = world.app.services.sessions, world.env.now()
    edit: Edit = await getattr(sessions, deed)(place, staff, session, now, **what)
    await sessions.confirm(place, staff, edit.token or "", now)
    await world.app.bot.events.finish()


def made(world: World) -> dict[str, Any]:
    """The server's events by when they start."""
    found = world.env.backend.guilds[world.guild.id].scheduled_events.values()
    return {one.scheduled_start_time: one for one in found}


def asked(world: World, since: int = 0) -> list[str]:
    """What the bot asked of Discord about events, without the server's and the events' ids."""
    found = [one.split() for one in requests(world, since) if "/scheduled-events" in one]
    return [method if path.endswith("s") else f"{method} one" for method, path in found]


async def test_events_are_made_when_staff_ask_for_them_and_when_a_class_comes_near(classes: World) -> None:
    assert (made(classes), asked(classes)) == ({}, [])
    await policy(classes, "events.discord", "yes")
    assert sorted(made(classes)) == [TUESDAY, THURSDAY, NEXT_THURSDAY]
    event = made(classes)[TUESDAY]
    assert event.name == "EECS 598: Visual Instruction Tuning"
    assert event.scheduled_end_time == "2024-01-23T17:00:00+00:00"
    assert (event.entity_type, event.entity_metadata) == (3, {"location": "133 CHRYS"})
    assert event.description.startswith("Topic: GenAI Basics\n- Visual Instruction Tuning https://arxiv.org/abs/2304")
    assert event.description.endswith("\nSummary: Student09, Student07, Student08")
    since = len(classes.env.http_requests)
    await look(classes)
    await classes.restart()
    await look(classes)
    assert asked(classes, since) == []
    await policy(classes, "events.ahead", "21d")
    assert sorted(made(classes))[3:] == ["2024-02-06T15:30:00+00:00", "2024-02-08T15:30:00+00:00"]
    await classes.env.advance_time(timedelta(days=5).total_seconds())
    await look(classes)
    assert sorted(made(classes))[5:] == ["2024-02-13T15:30:00+00:00"]
    assert len(made(classes)) == 6  # Discord itself ends those that are over


async def test_an_event_follows_its_class(classes: World) -> None:
    await policy(classes, "events.discord", "yes")
    first = made(classes)[TUESDAY].id
    await change(classes, "move", "2024-01-23", date="2024-01-24", start="13:00", room="Aud 3")
    event = made(classes)["2024-01-24T18:00:00+00:00"]
    assert (event.id, event.scheduled_end_time) == (first, "2024-01-24T19:30:00+00:00")
    assert event.entity_metadata == {"location": "Aud 3"}
    # Out of the window it is still the same event.
    await change(classes, "move", "2024-01-24", date="2024-03-22")
    assert made(classes)["2024-03-22T17:00:00+00:00"].id == first
    await change(classes, "cancel", "2024-03-22")
    assert sorted(made(classes)) == [THURSDAY, NEXT_THURSDAY]
    await change(classes, "restore", "2024-03-22", date="2024-01-26")
    assert "2024-01-26T18:00:00+00:00" in made(classes)
    await policy(classes, "events.discord", "no")
    assert made(classes) == {}
    since = len(classes.env.http_requests)
    await look(classes)
    assert asked(classes, since) == []


async def test_what_was_deleted_by_hand_stays_so_and_what_lost_its_note_is_found(classes: World) -> None:
    await policy(classes, "events.discord", "yes")
    before = {start: one.id for start, one in made(classes).items()}
    await classes.app.database.write(lambda tx: tx.execute(delete(platform_event)))  # as a crash may leave it
    await classes.restart()
    await look(classes)
    assert {start: one.id for start, one in made(classes).items()} == before
    for start in (TUESDAY, THURSDAY):
        classes.env.backend.delete_scheduled_event(classes.guild.id, before[start])
    await look(classes)
    await classes.restart()
    await look(classes)
    assert sorted(made(classes)) == [NEXT_THURSDAY]
    await change(classes, "move", "2024-01-23", room="Aud 3")
    assert made(classes)[TUESDAY].entity_metadata == {"location": "Aud 3"}
    await change(classes, "cancel", "2024-01-25")
    assert sorted(made(classes)) == [TUESDAY, NEXT_THURSDAY]


async def test_a_missing_permission_breaks_nothing_and_the_doctor_says_so(classes: World) -> None:
    await lay_off(classes, manage_events=False, create_events=False, administrator=False)
    await policy(classes, "events.discord", "yes")
    assert asked(classes) == []
    said = "❌ Each class should have an event, and the bot lacks Manage Events: give it that in the server."
    assert said in text(await classes.staff.slash(classes.general, "staff doctor"))
    await lay_off(classes, manage_events=True)
    await look(classes)
    assert len(made(classes)) == 3
    assert "event" not in text(await classes.staff.slash(classes.general, "staff doctor"))


FAULTS = (
    ({"status": 400, "code": 30038}, 1, "as many events as Discord allows (100)"),
    ({"status": 403, "code": 50013}, 1, "Discord does not let the bot keep events"),
    ({"status": 400, "code": 50035}, 3, "Discord does not take the event for a class: “EECS 598: Visual Instruction"),
)


async def test_a_refusal_is_told_by_the_doctor_and_not_tried_again_and_again(classes: World) -> None:
    wishes = (("events.discord", "yes"), ("events.ahead", "13d"), ("events.ahead", "15d"))
    for (fault, tries, told), wish in zip(FAULTS, wishes, strict=True):
        classes.env.inject_error("POST", EVENTS, message="No", times=None, **fault)
        since = len(classes.env.http_requests)
        await policy(classes, *wish)  # what staff change is looked at now, whatever there was
        await look(classes)
        await look(classes)
        assert asked(classes, since) == ["GET", *["POST"] * tries]
        assert told in text(await classes.staff.slash(classes.general, "staff doctor"))
        classes.env.backend.faults.clear()
    classes.env.inject_error("GET", EVENTS, status=503, times=None)
    await policy(classes, "events.ahead", "9d")
    assert made(classes) == {}
    classes.env.backend.faults.clear()
    await policy(classes, "events.ahead", "14d")
    assert sorted(made(classes)) == [TUESDAY, THURSDAY, NEXT_THURSDAY]
    assert "event" not in text(await classes.staff.slash(classes.general, "staff doctor"))
