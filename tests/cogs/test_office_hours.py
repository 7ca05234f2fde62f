"""/office-hours and /staff office-hours in the offline Discord."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import simcord

from bot.core.errors import CourseError, NotStaff
from bot.core.people import Actor
from bot.services.office_desk import OfficeDesk
from bot.services.office_hours import OfficeHours
from bot.store.database import Database
from tests.conftest import NOW
from tests.support.people import PLACE, STAFF, open_course, student
from tests.support.world import World, said, text

THU = datetime(2024, 1, 25, 19, tzinfo=UTC)
"""Jan 25, 14:00 in Detroit; the tests begin on Friday, Jan 19."""


def stamp(moment: datetime, style: str = "F") -> str:
    return f"<t:{int(moment.timestamp())}:{style}>"


def parts(message: Any) -> list[Any]:
    return [part for row in message.components for part in row["components"]]


def labels(message: Any) -> list[str]:
    return [part["label"] for part in parts(message) if "label" in part]


def slots_of(message: Any) -> dict[str, str]:
    """The menu: what each entry says, and its value."""
    return {one["label"]: one["value"] for part in parts(message) for one in part.get("options", ())}


async def publish(world: World, when: str = "Thu 14:00-15:00", **options: Any) -> Any:
    shown = await world.staff.slash(world.general, "staff office-hours publish", when=when, **options)
    if "Publish" in labels(said(shown)):
        await world.staff.click(said(shown), label="Publish")
    return shown


async def book(world: World, who: simcord.MemberActor, slot: str, note: str = "") -> tuple[Any, Any]:
    """The message with the office hours, and the answer to the form."""
    page = await who.slash(world.general, "office-hours")
    form = await who.select(said(page), [slots_of(said(page))[slot]])
    assert form.modal is not None, text(form)
    return page, await who.submit_modal(form, {"note": note})


async def test_publish_weekly_book_and_cancel(world: World) -> None:
    await world.set_up()
    ada, ben = world.student(1), world.student(2)
    assert "No office hours are published" in text(await ada.slash(world.general, "office-hours"))
    shown = await world.staff.slash(
        world.general,
        "staff office-hours publish",
        when="Thu 14:00-15:00",
        where="https://meet.example.edu/a_b",
        repeat="weekly",
    )
    assert "Publish these office hours?" in text(shown)
    assert f"• {stamp(THU)}" in text(shown)
    assert "… weekly, 13 times, the last" in text(shown)
    assert stamp(datetime(2024, 4, 18, 18, tzinfo=UTC)) in text(shown)  # summer time: 14:00 is an hour earlier
    assert "4 appointments of 15 minutes each time" in text(shown)
    assert "No office hours" in text(await ada.slash(world.general, "office-hours"))
    await world.restart()
    await world.staff.click(said(shown), label="Publish")
    assert "Students book with </office-hours:" in text(shown)

    page = await ada.slash(world.general, "office-hours")
    assert page.ephemeral
    assert f"**Staff01** {stamp(THU)}" in text(page)
    assert "📍 <https://meet.example.edu/a_b>" in text(page)
    assert f"free (4 of 4): {stamp(THU, 't')} {stamp(THU + timedelta(minutes=15), 't')}" in text(page)
    assert "The menu shows course time (America/Detroit) · Page 1 of 3" in text(page)
    menu = slots_of(said(page))
    assert next(iter(menu)) == "Thu Jan 25, 14:00"
    assert len(menu) == 24
    form = await ada.select(said(page), [menu["Thu Jan 25, 14:15"]])
    assert "Book Thu Jan 25, 14:15" in str(form.modal)
    await world.restart()  # while the form is open
    await ada.submit_modal(form, {"note": "The *proof* of\nTheorem 2"})
    mine = THU + timedelta(minutes=15)
    assert f"✅ **Booked:** {stamp(mine)}" in text(page)
    assert "free (3 of 4)" in text(page)
    assert labels(said(page)) == ["Later →", "Cancel my appointment"]
    second = await ada.select(said(page), [slots_of(said(page))["Thu Jan 25, 14:00"]])
    assert f"You have an appointment in these office hours already ({stamp(mine)}" in text(second)
    await ada.click(said(page), label="Later →")
    assert "Page 2 of 3" in text(page)

    others = await ben.slash(world.general, "office-hours")
    assert "Student01" not in text(others) + str(said(others).components)
    assert "Thu Jan 25, 14:15" not in slots_of(said(others))
    listed = await world.staff.slash(world.general, "staff office-hours list")
    assert listed.ephemeral
    assert f"• {stamp(mine, 't')} Student01: The \\*proof\\* of Theorem 2" in text(listed)
    assert "1 of 4 booked" in text(listed)
    due = text(await ada.slash(world.general, "deadlines"))
    assert f"· **Appointment with Staff01** {stamp(mine)}" in due
    assert "Appointment" not in text(await ben.slash(world.general, "deadlines"))

    await world.restart()
    await ada.click(said(page), label="Cancel my appointment")
    assert f"**Cancelled:** {stamp(mine)}" in text(page)
    assert "Thu Jan 25, 14:15" in slots_of(said(page))
    await book(world, ben, "Thu Jan 25, 14:15")


async def test_too_late_for_a_slot(world: World) -> None:
    await world.set_up()
    ada, ben, cyd = (world.student(n) for n in (1, 2, 3))
    await publish(world, minutes=20)
    page = await ada.slash(world.general, "office-hours")
    form = await ada.select(said(page), [slots_of(said(page))["Thu Jan 25, 14:00"]])
    await book(world, ben, "Thu Jan 25, 14:00")
    refused = await ada.submit_modal(form, {"note": "My thesis"})
    assert refused.ephemeral
    assert (
        "Somebody has just taken that slot. Next free: Thu Jan 25 14:20; Thu Jan 25 14:40 (course time). Take one with "
    ) in text(refused)
    assert "</office-hours:" in text(refused)
    assert "You wrote:\n```\nMy thesis\n```" in text(refused)
    assert "Student02" not in text(refused)
    again = await ada.select(said(page), [slots_of(said(page))["Thu Jan 25, 14:00"]])
    assert "Somebody has just taken that slot" in text(again)
    page, _ = await book(world, ada, "Thu Jan 25, 14:20")
    other = await cyd.slash(world.general, "office-hours")
    late = slots_of(said(page))["Thu Jan 25, 14:40"]
    await world.env.advance_time((THU + timedelta(minutes=20) - NOW).total_seconds())
    assert "too late to cancel it" in text(await ada.click(said(page), label="Cancel my appointment"))
    await world.env.advance_time(timedelta(minutes=20).total_seconds())
    assert "That appointment began" in text(await cyd.select(said(other), [late]))
    assert "nothing free any more" in text(await ben.slash(world.general, "office-hours"))


async def test_staff_call_them_off_with_those_after(world: World) -> None:
    await world.set_up()
    ada = world.student(1)
    await publish(world, repeat="3 weeks")
    overlapping = await publish(world, "2024-02-01 14:30-16:00")
    assert f"Staff01 has office hours then already: they begin {stamp(THU + timedelta(weeks=1))}" in text(overlapping)
    page, _ = await book(world, ada, "Thu Feb 1, 14:30", "Projects")
    first, second, third = await world.staff.autocomplete(world.general, "staff office-hours cancel", "hours", "")
    assert second["name"] == "Thu Feb 1, 14:00-15:00 · Staff01 · 1 booked"
    shown = await world.staff.slash(
        world.general, "staff office-hours cancel", hours=second["value"], reason="A conference", later=True
    )
    assert "Call these office hours off?" in text(shown)
    assert "Student01: Projects" in text(shown)
    assert "Those who booked (1 appointment) will be told" in text(shown)
    assert stamp(THU + timedelta(weeks=2)) in text(shown)
    await book(world, world.student(2), "Thu Feb 8, 14:00")
    refused = await world.staff.click(said(shown), label="Call off")
    assert "have changed since this preview" in text(refused)
    shown = await world.staff.slash(
        world.general, "staff office-hours cancel", hours=second["value"], reason="A conference", later=True
    )
    await world.restart()
    await world.staff.click(said(shown), label="Call off")
    assert "Those who booked (2 appointments) are told" in text(shown)
    assert "There is no such" not in text(shown)
    now = await ada.slash(world.general, "office-hours")
    assert set(slots_of(said(now))) == {f"Thu Jan 25, 14:{at}" for at in ("00", "15", "30", "45")}
    assert "❌ Called off by the staff: " in text(now)
    assert "-# A conference" in text(now)
    assert labels(said(now)) == []
    gone = await ada.click(said(page), label="Cancel my appointment")
    assert "cancelled before" in text(gone)
    assert "called off" in text(await world.staff.slash(world.general, "staff office-hours list", hours=third["value"]))
    told = text(await world.staff.slash(world.general, "staff audit"))
    assert "published office hours of Staff01: Thu Jan 25, 14:00-15:00, weekly, 3 times" in told
    assert "called off office hours of Staff01: Thu Feb 1, 14:00-15:00 and 1 after (A conference)" in told
    assert first["value"] != second["value"]


async def test_who_holds_them_and_what_is_refused(world: World) -> None:
    await world.set_up()
    ada = world.student(1)
    refused = await world.staff.slash(world.general, "staff office-hours publish", when="Thu 14:00-15:00", host=ada)
    assert "held by staff" in text(refused)
    for options, told in (
        ({"when": "Thu 14:00"}, "does not say when"),
        ({"when": "Thu 14:00-18:00", "minutes": 5}, "That makes 48 appointments"),
        ({"when": "Thu 14:00-15:00", "repeat": "often"}, "Write `repeat` as weekly"),
    ):
        assert told in text(await publish(world, **options))
    await publish(world)
    page = await world.staff.slash(world.general, "office-hours")
    refused = await world.staff.select(said(page), [slots_of(said(page))["Thu Jan 25, 14:00"]])
    assert "your own office hours" in text(refused)
    assert "Pick one of the suggestions" in text(
        await world.staff.slash(world.general, "staff office-hours cancel", hours="Thursday")
    )


async def _outcome(service: OfficeHours, who: Actor, starts_at: datetime) -> str:
    try:
        page = await service.book(PLACE, who, 1, starts_at, "", NOW)
    except CourseError as error:
        return str(error)
    return "booked" if page.booked else "nothing"


@pytest.mark.parametrize("slots", [1, 3])
async def test_of_many_who_press_at_once_each_slot_has_one(database: Database, slots: int) -> None:
    """Twelve people, or one person with many hands."""
    await open_course(database, NOW)
    desk, service = OfficeDesk(database, None, lambda: None), OfficeHours(database, lambda: None)
    until = f"Thu 14:00-14:{20 * slots - 1}"
    draft = await desk.preview(PLACE, STAFF, STAFF, until, 15, "", None, NOW)
    await desk.confirm(PLACE, STAFF, draft.token or "", NOW)
    at = [THU + timedelta(minutes=15 * number) for number in range(slots)]
    told = await asyncio.gather(*(_outcome(service, student(n), at[n % slots]) for n in range(12)))
    assert told.count("booked") == slots
    lost = [one for one in told if one != "booked"]
    assert all(one.startswith("Somebody has just taken that slot") for one in lost)
    (row,) = await desk.rows(PLACE, STAFF, None, NOW)
    assert [one.starts_at for one in row.appointments] == at
    mine = row.appointments[0]
    who = next(student(n) for n in range(12) if student(n).name == mine.student)
    again = await asyncio.gather(*(_outcome(service, who, one) for one in at))
    assert again[0] == "booked"  # the same press twice is one appointment
    with pytest.raises(CourseError, match="You have no such appointment"):
        await service.give_back(PLACE, student(99), mine.id, NOW)
    ada = student(1)
    for refused in (
        desk.preview(PLACE, ada, STAFF, until, 15, "", None, NOW),
        desk.rows(PLACE, ada, None, NOW),
        desk.names(PLACE, ada, "", NOW),
        desk.preview_cancel(PLACE, ada, "1", "", NOW, later=False),
        desk.confirm(PLACE, ada, "", NOW),
        desk.confirm_cancel(PLACE, ada, "", NOW),
    ):
        with pytest.raises(NotStaff):
            await refused
    (row,) = await desk.rows(PLACE, STAFF, None, NOW)
    assert sum(one.student == mine.student for one in row.appointments) == 1
