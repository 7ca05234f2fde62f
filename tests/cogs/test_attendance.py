"""Attendance on Discord: staff hold a check-in, students type the code, nothing is said in public."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from bot.core.people import Actor
from tests.support.voting import START, prepare_class
from tests.support.world import World, said, text


def _labels(result: Any) -> list[str]:
    return [part["label"] for row in said(result).components for part in row["components"]]


def _code(result: Any) -> str:
    found = re.search(r"The code is `(\w+)`", text(result))
    assert found
    return found[1]


async def test_a_check_in_from_opening_to_who_was_missing(world: World) -> None:
    await world.set_up()
    ada, ben, cyd = (world.student(n) for n in (1, 2, 3))
    actors = [Actor("discord", str(one.id), one.name) for one in (ada, ben, cyd)]
    place = f"discord:{world.guild.id}"
    await world.app.database.write(prepare_class, place, [], actors)

    early = await world.staff.slash(world.general, "staff attendance")
    assert "No class is on now" in text(early)
    nothing = await ada.slash(world.general, "check-in", code="CDFHJK")
    assert "No check-in is open now" in text(nothing)
    await world.env.advance_time((START - world.env.now()).total_seconds())
    (suggested,) = await world.staff.autocomplete(world.general, "staff attendance", "session", "jan 25")
    assert suggested["name"] == "Thu Jan 25 · Paper of Jan 25"

    shown = await world.staff.slash(world.general, "staff attendance", session=suggested["value"])
    assert said(shown).ephemeral
    assert text(shown).startswith("Check-in · Thu Jan 25 · Paper of Jan 25\nThe check-in is open.\nOpen until <t:")
    assert "**0 of 3** are in." in text(shown)
    assert _labels(shown) == ["Refresh", "Who is missing", "Close", "Discard"]
    code = _code(shown)
    done = await ada.slash(world.general, "check-in", code=f"{code[:3]} {code[3:].lower()}")
    assert said(done).ephemeral
    assert text(done).startswith("✅ You are in: **Thu Jan 25 · Paper of Jan 25**.")
    assert text(await ada.slash(world.general, "check-in", code=code)).startswith("You are in already")
    wrong = await ben.slash(world.general, "check-in", code="CCCCCC")
    assert "This is not the code on the screen. Type the one that is there now; you have 4 tries left." in text(wrong)
    await world.restart()
    await world.env.advance_time(timedelta(seconds=60).total_seconds())
    again = await world.staff.click(said(shown), label="Refresh")
    assert "**1 of 3** are in." in text(again)
    assert _code(again) != code
    assert "not shown any more" in text(await ben.slash(world.general, "check-in", code=code))

    (student,) = await world.staff.autocomplete(world.general, "staff attendance", "person", "student03")
    marked = await world.staff.slash(world.general, "staff attendance", person=student["value"])
    assert "Student03 is marked as there." in text(marked)
    taken = await world.staff.slash(world.general, "staff attendance", person=student["value"], there=False)
    assert "Student03 is marked as not there." in text(taken)
    missing = await world.staff.click(said(taken), label="Who is missing")
    assert said(missing).ephemeral
    assert "**2 students missing**\n• Student02\n• Student03" in text(missing)
    assert said(missing).attachments[0].filename == "attendance.csv"

    closed = await world.staff.click(said(taken), label="Close")
    assert "The check-in is closed." in text(closed)
    assert _labels(closed) == ["Refresh", "Who is missing", "Open again", "Discard"]
    assert "closed <t:" in text(await cyd.slash(world.general, "check-in", code=_code(again)))
    reopened = await world.staff.click(said(closed), label="Open again")
    assert "The check-in is open again." in text(reopened)
    preview = await world.staff.click(said(reopened), label="Discard")
    assert "1 student checked in; that is lost." in text(preview)
    gone = await world.staff.click(said(preview), label="Discard")
    assert "counts for nobody's attendance" in text(gone)
    assert "This class has no check-in." in text(await world.staff.click(said(reopened), label="Refresh"))
    assert world.announcements.history() == []
    assert world.general.history() == []
