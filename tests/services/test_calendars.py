"""Calendars of the course, a group and a person: what is in them, what moves, and who may know which address."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import time, timedelta

import pytest
from sqlalchemy import Connection, insert, select, update

from bot.core.course import Kind
from bot.core.errors import CourseError
from bot.core.people import Actor
from bot.core.times import wall
from bot.services.calendars import Address, MyCalendar, Which
from bot.services.groups import Groups
from bot.store import merge, milestones, schedule
from bot.store.database import Database
from bot.store.tables import account, booking, excuse, office_hours, person
from tests.conftest import NOW
from tests.support.calendars import BASE, PROPOSAL, Subscribed, events
from tests.support.duties import lecture, member
from tests.support.people import DETROIT, PLACE, STAFF, student

HOUR = timedelta(hours=1)
START = [wall(lecture(number), time(10, 30), DETROIT) for number in range(3)]


@pytest.fixture
async def course(sqlite_url: str) -> AsyncIterator[Subscribed]:
    database = Database(sqlite_url)
    yield await Subscribed(database).furnish()
    await asyncio.to_thread(database.close)


@pytest.fixture
async def either(database: Database) -> Subscribed:
    """The same on both kinds of database."""
    return await Subscribed(database).furnish()


def token(mine: MyCalendar, which: Which = Which.PERSON) -> str:
    return address(mine, which).url.removeprefix(f"{BASE}/calendar/").removesuffix(".ics")


def address(mine: MyCalendar, which: Which = Which.PERSON) -> Address:
    return next(one for one in mine.addresses if one.which is which)


async def person_id(course: Subscribed, who: Actor) -> int:
    found = select(account.c.person_id).where(account.c.user_id == who.user_id)
    return await course.database.read(lambda tx: tx.execute(found).scalar_one())


async def confirm(course: Subscribed, edit: object) -> None:
    await course.classes.confirm(PLACE, STAFF, edit.token, NOW)  # type: ignore[attr-defined]


async def test_each_calendar_has_what_belongs_in_it(either: Subscribed) -> None:
    mine = await either.calendars.mine(PLACE, member(0), NOW)
    first, second, third = (f"session-{one}" for one in either.sessions)
    own = await either.at(token(mine))
    assert {key: (one.title, one.starts) for key, one in own.items()} == {
        first: ("EECS 598: Paper of Jan 25 (you present)", START[0]),
        second: ("EECS 598: Paper of Feb 1 (you summarise)", START[1]),
        third: ("EECS 598: Paper of Feb 8", START[2]),
        f"{first}-slides": ("EECS 598: Slides due · Paper of Jan 25", START[0] - 24 * HOUR),
        f"{second}-summary": ("EECS 598: Summary due · Paper of Feb 1", START[1] + 25.5 * HOUR),
        f"{third}-questions": ("EECS 598: Questions due · Paper of Feb 8", START[2]),
        "milestone-1": ("EECS 598: Project proposal due", PROPOSAL),
    }
    assert {one.ends - one.starts for one in own.values() if one.ends} == {1.5 * HOUR}
    assert {one.ends for key, one in own.items() if key not in (first, second, third)} == {None}
    group = await either.at(token(mine, Which.GROUP))
    assert group == {key: one for key, one in own.items() if not key.endswith("-questions")}
    assert events(mine.data) == own
    assert [one.which for one in mine.addresses] == [Which.PERSON, Which.GROUP]
    staff = await either.calendars.mine(PLACE, STAFF, NOW)
    assert [one.which for one in staff.addresses] == [Which.PERSON, Which.COURSE]
    everyone = await either.at(token(staff, Which.COURSE))
    assert set(everyone) == {first, second, third}
    assert not [one.title for one in everyone.values() if "you" in one.title]
    assert set(await either.at(token(staff))) == {first, second, third}


async def test_what_hangs_on_a_class_moves_with_it_and_the_sequence_only_grows(course: Subscribed) -> None:
    mine = token(await course.calendars.mine(PLACE, member(0), NOW))
    steps = [await course.at(mine)]

    async def step() -> dict[str, object]:
        steps.append(await course.at(mine))
        before, after = steps[-2:]
        assert set(before) <= set(after)
        for key, old in before.items():
            new = after[key]
            assert new.sequence >= old.sequence
            if (new.starts, new.status) != (old.starts, old.status):
                assert new.sequence > old.sequence, key
        return {
            key: (one.starts - before[key].starts, one.status)
            for key, one in after.items()
            if key in before and (one.starts, one.status) != (before[key].starts, before[key].status)
        }

    first = str(course.sessions[0])
    slides = f"session-{first}-slides"
    await confirm(course, await course.classes.move(PLACE, STAFF, first, NOW, date="2024-01-26"))
    assert await step() == dict.fromkeys((f"session-{first}", slides), (24 * HOUR, "CONFIRMED"))
    await confirm(course, await course.classes.cancel(PLACE, STAFF, first, NOW))
    still = timedelta(0)
    assert await step() == dict.fromkeys((f"session-{first}", slides), (still, "CANCELLED"))
    await confirm(course, await course.classes.restore(PLACE, STAFF, first, NOW))
    assert await step() == dict.fromkeys((f"session-{first}", slides), (still, "CONFIRMED"))
    await course.policy_by_staff("slides.before", "48h")
    assert await step() == {slides: (-24 * HOUR, "CONFIRMED")}
    await course.policy_by_staff("slides.before", "24h")
    assert await step() == {slides: (24 * HOUR, "CONFIRMED")}
    await course.policy_by_staff("questions.cutoff", "15:00 day before")
    assert await step() == {f"session-{course.sessions[2]}-questions": (-19.5 * HOUR, "CONFIRMED")}
    await course.milestone("Project Proposal", PROPOSAL + HOUR)
    assert await step() == {"milestone-1": (HOUR, "CONFIRMED")}
    await course.database.write(milestones.remove, 1, "staff", NOW)
    assert await step() == {"milestone-1": (still, "CANCELLED")}
    for key in (f"session-{course.sessions[2]}", f"session-{course.sessions[2]}-questions"):
        assert steps[-1][key].status == "CONFIRMED"

    def day_off(tx: Connection) -> None:
        view = schedule.one(tx, 1, course.sessions[1])
        assert view is not None
        before = view.as_page(DETROIT)
        after = replace(before, kind=Kind.NO_CLASS)
        schedule.change(tx, 1, view.id, after, DETROIT)
        schedule.record(tx, 1, view.id, "staff", "meets or not, renamed", before, after, NOW)

    await course.database.write(day_off)
    off = await course.at(mine)
    for key in (f"session-{course.sessions[1]}", f"session-{course.sessions[1]}-summary"):
        assert off[key].status == "CANCELLED"
        assert off[key].sequence == steps[-1][key].sequence + 1


async def test_who_is_excused_on_duty_or_a_guest_owes_nothing(course: Subscribed) -> None:
    who = await person_id(course, member(0))
    rows = [{"what": "slides", "session_id": course.sessions[0]}, {"what": "milestone", "milestone_id": 1}]
    for row in rows:
        values = {"course_id": 1, "person_id": who, "reason": "ill", "by": STAFF.key, "at": NOW, **row}
        await course.database.write(lambda tx, values=values: tx.execute(insert(excuse).values(**values)))
    mine = await course.calendars.mine(PLACE, member(0), NOW)
    own = await course.at(token(mine))
    assert [key for key in own if "-" in key.partition("-")[2]] == [
        f"session-{course.sessions[1]}-summary",
        f"session-{course.sessions[2]}-questions",
    ]
    assert "milestone-1" not in own
    other = await course.at(token(await course.calendars.mine(PLACE, member(1), NOW)))
    assert sum(key.endswith("-questions") for key in other) == 3
    assert not [key for key in other if key.endswith(("-slides", "-summary"))]


async def test_office_hours_are_on_both_sides_calendars(either: Subscribed) -> None:
    await either.calendars.mine(PLACE, STAFF, NOW)
    who = await person_id(either, member(0))
    hours = {"host": STAFF.key, "host_name": "Staff01", "starts_at": NOW + HOUR, "ends_at": NOW + 2 * HOUR}
    hours |= {"course_id": 1, "slot_minutes": 15, "room": "4917 BBB", "created_at": NOW}
    slot = {"course_id": 1, "hours_id": 1, "starts_at": NOW + HOUR, "person_id": who, "note": "Our proposal"}
    await either.database.write(lambda tx: tx.execute(insert(office_hours).values(**hours)))
    await either.database.write(lambda tx: tx.execute(insert(booking).values(**slot, booked_at=NOW)))
    mine = token(await either.calendars.mine(PLACE, member(0), NOW))
    staff = token(await either.calendars.mine(PLACE, STAFF, NOW))
    seen = (await either.at(mine))["appointment-1"]
    assert (seen.title, seen.starts, seen.ends) == (
        "EECS 598: Office hours · Staff01",
        NOW + HOUR,
        NOW + 1.25 * HOUR,
    )
    assert (await either.at(staff))["appointment-1"].title == "EECS 598: Office hours · Student00"
    await either.database.write(lambda tx: tx.execute(update(office_hours).values(cancelled_at=NOW)))
    gone = (await either.at(mine))["appointment-1"]
    assert (gone.status, gone.sequence) == ("CANCELLED", 1)


async def test_an_address_is_made_once_and_replaced_by_those_it_belongs_to(either: Subscribed) -> None:
    mine = await either.calendars.mine(PLACE, member(0), NOW)
    assert (await either.calendars.mine(PLACE, member(0), NOW)).addresses == mine.addresses
    mate = await either.calendars.mine(PLACE, member(0, 1), NOW)
    assert address(mate, Which.GROUP) == address(mine, Which.GROUP)
    assert address(mate).url != address(mine).url
    renewed = await either.calendars.renew(PLACE, member(0), Which.PERSON, address(mine).mark, NOW)
    assert token(renewed) != token(mine)
    assert address(renewed, Which.GROUP) == address(mine, Which.GROUP)
    assert await either.calendars.feed(token(mine), (), NOW) is None
    # Pressed twice, or on a message from before: the address that is there by now stays.
    again = await either.calendars.renew(PLACE, member(0), Which.PERSON, address(mine).mark, NOW)
    assert token(again) == token(renewed)
    await either.calendars.renew(PLACE, member(0, 1), Which.GROUP, address(mate, Which.GROUP).mark, NOW)
    assert await either.calendars.feed(token(mine, Which.GROUP), (), NOW) is None
    with pytest.raises(CourseError, match="Only the course staff"):
        await either.calendars.renew(PLACE, member(0), Which.COURSE, "", NOW)
    with pytest.raises(CourseError, match="in no group"):
        await either.calendars.renew(PLACE, student(99), Which.GROUP, "", NOW)
    staff = await either.calendars.mine(PLACE, STAFF, NOW)
    changed = await either.calendars.renew(PLACE, STAFF, Which.COURSE, address(staff, Which.COURSE).mark, NOW)
    assert await either.calendars.feed(token(staff, Which.COURSE), (), NOW) is None
    assert await either.at(token(changed, Which.COURSE))
    assert len(token(mine)) == 32


async def test_calendars_end_with_their_owner(course: Subscribed) -> None:
    lone = await course.calendars.mine(PLACE, member(1), NOW)
    mine = await course.calendars.mine(PLACE, member(0), NOW)
    dropped = update(person).where(person.c.id == await person_id(course, member(0))).values(dropped_at=NOW)
    await course.database.write(lambda tx: tx.execute(dropped))
    assert await course.calendars.feed(token(mine), (), NOW) is None
    with pytest.raises(CourseError, match="no longer in this course"):
        await course.calendars.mine(PLACE, member(0), NOW)
    assert await course.calendars.feed(token(mine, Which.GROUP), (), NOW) is not None
    for one in (member(1), member(1, 1)):
        await Groups(course.database).leave(PLACE, one, NOW)
    assert await course.calendars.feed(token(lone, Which.GROUP), (), NOW) is None
    assert await course.calendars.feed(token(lone), (), NOW) is not None


async def test_of_two_calendars_of_one_person_one_stays(course: Subscribed) -> None:
    keep = token(await course.calendars.mine(PLACE, member(0), NOW))
    lost = token(await course.calendars.mine(PLACE, student(99), NOW))
    ids = [await person_id(course, who) for who in (member(0), student(99))]
    gone = account.c.person_id == ids[1]
    await course.database.write(lambda tx: (tx.execute(account.delete().where(gone)), merge.merge(tx, *ids, NOW)))
    assert await course.at(keep)
    assert await course.calendars.feed(lost, (), NOW) is None
