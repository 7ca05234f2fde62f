"""Checking in: a whole room at once, guesses, who may, and what staff do with a check-in."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.core.errors import CourseError, NotStaff
from bot.core.participation import Presence
from bot.services import panel_screen
from bot.services.panel import Panels
from bot.store import courses, people
from bot.store import participation as facts
from bot.store.database import Database
from bot.store.tables import check_in, check_in_attempt, person
from tests.conftest import NOW
from tests.support.attendance import WINDOW, Door, wrong
from tests.support.people import PLACE, STAFF, student
from tests.support.questions import END, START, asker


async def test_three_hundred_check_in_at_once_and_press_twice(database: Database) -> None:
    door = await Door(database).fill(students=290)
    await door.hold()
    code = await door.code()
    people_ = [asker(n) for n in range(290)] + [student(900 + n) for n in range(10)]  # ten were never seen before
    presses = [(n, code) for n in range(300) for _ in range(2)] + [(n, wrong(code)) for n in range(100)]
    random.Random(3).shuffle(presses)
    outcomes = await asyncio.gather(*(door.come(people_[n], typed) for n, typed in presses), return_exceptions=True)
    first = [
        n
        for (n, _), found in zip(presses, outcomes, strict=True)
        if not isinstance(found, Exception) and not found.again
    ]
    assert sorted(first) == list(range(300))
    for (n, typed), found in zip(presses, outcomes, strict=True):
        # Who is in already is told so, whatever they type now.
        assert typed == code or isinstance(found, CourseError) or (found.again and n in first)
    rows = await database.read(lambda tx: tx.execute(select(check_in.c.person_id, check_in.c.how)).all())
    assert len(rows) == len(set(rows)) == 300
    refused = sum(isinstance(found, CourseError) for found in outcomes)
    assert (
        await database.read(lambda tx: tx.execute(select(func.count()).select_from(check_in_attempt)).scalar())
        == refused
    )


async def test_the_moment_of_the_press_decides_and_guessing_ends(database: Database) -> None:
    door = await Door(database).fill()
    with pytest.raises(CourseError, match="No check-in is open now"):
        await door.come(asker(0), "CDFHJK")
    sheet = await door.hold()
    assert (sheet.open, sheet.present, sheet.of, sheet.over_at) == (True, 0, 5, START + timedelta(minutes=20))
    code = await door.code()
    assert (sheet.code, sheet.code_until, sheet.address) == (code, START + WINDOW, None)
    last = START + 2 * WINDOW - timedelta(milliseconds=1)
    assert not (await door.come(asker(0), f" {code.lower()} ", last)).again
    assert (await door.come(asker(0), "whatever", last + WINDOW)).at == last
    with pytest.raises(CourseError, match=r"not shown any more. Type the one that is there now; you have 4 tries left"):
        await door.come(asker(1), code, START + 2 * WINDOW)
    for left in (3, 2, 1):
        with pytest.raises(CourseError, match=f"{left} tr(y|ies) left"):
            await door.come(asker(1), wrong(code), START + 2 * WINDOW)
    with pytest.raises(CourseError, match="For 10 minutes you can try no other"):
        await door.come(asker(1), wrong(code), START + 3 * WINDOW)
    late = START + timedelta(minutes=10)
    with pytest.raises(CourseError, match=r"Too many wrong codes. You can try again 2024-01-25 15:41"):
        await door.come(asker(1), await door.code(window=20), late)
    # Another's guesses are not theirs, and the first four are forgotten a minute later.
    assert (await door.come(asker(2), await door.code(window=20), late)).at == late
    late += timedelta(minutes=1)
    assert not (await door.come(asker(1), await door.code(window=22), late)).again
    over = START + timedelta(minutes=20)
    await door.come(asker(3), await door.code(window=39), over - timedelta(milliseconds=1))
    with pytest.raises(CourseError, match=r"closed 2024-01-25 15:50 UTC. If you were there, ask the staff"):
        await door.come(asker(4), await door.code(window=40), over)


async def test_who_does_not_take_the_course_is_told_so(database: Database) -> None:
    door = await Door(database).fill()
    await door.hold()
    code = await door.code()
    values = {"dropped_at": NOW}
    await database.write(
        lambda tx: tx.execute(person.update().where(person.c.roster_key == asker(1).key).values(values))
    )
    await database.write(lambda tx: people.add(tx, 1, "discord:77", "Guest01", "guest", NOW, student(-923)))
    for who, said in (
        (STAFF, "you are here as staff"),
        (asker(1), "no longer in this course"),
        (student(-923), "as a guest"),
    ):
        with pytest.raises(CourseError, match=said):
            await door.come(who, code)
    await door.policy("roster_required", "yes")
    await database.write(lambda tx: courses.settle(tx, 1))
    with pytest.raises(CourseError, match="on the course's roster yet"):
        await door.come(asker(0), code)
    with pytest.raises(CourseError, match="No course is set up"):
        await door.attendance.check_in("discord:9", asker(0), code, START)


async def test_of_two_open_check_ins_the_code_decides(database: Database) -> None:
    door = await Door(database).fill(lectures=2)
    await door.policy("attendance.closes", "24h")
    await door.policy("attendance.code", "fixed")
    await door.hold()
    week = timedelta(days=7)
    await door.hold(START + week, 1)
    await door.attendance.reopen(PLACE, STAFF, door.sessions[0], START + week)
    second = await door.come(asker(0), await door.code(1), START + week)
    first = await door.come(asker(0), await door.code(0), START + week)
    assert (first.title, second.title) == ("Thu Jan 25 · Paper of Jan 25", "Thu Feb 1 · Paper of Feb 1")


async def test_staff_hold_mark_close_and_discard(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    door = await Door(database, "http://p").fill()
    for act in (door.attendance.open(PLACE, asker(0), None, START), door.attendance.roll(PLACE, asker(0), 1)):
        with pytest.raises(NotStaff):
            await act
    with pytest.raises(CourseError, match=r"can be opened from 2024-01-25 14:30 UTC on"):
        await door.hold(START - timedelta(hours=1, seconds=1))
    with pytest.raises(CourseError, match="No class is on now"):
        await door.attendance.open(PLACE, STAFF, None, END)
    sheet = await door.attendance.open(PLACE, STAFF, None, START - timedelta(minutes=5))
    assert sheet.code is None
    assert sheet.address is not None
    token = sheet.address.removeprefix("http://p/projector/")
    assert (await door.hold()).over_at == START + timedelta(minutes=15)  # the same one

    async def screen(at=START):  # type: ignore[no-untyped-def]
        return await database.read(panel_screen.screen, token, at)

    shown = await screen()
    assert (shown.begun, shown.over, shown.check_in.present) == (False, False, 0)
    assert await database.read(facts.panels, 1) == {}  # a page is no panel
    opened = await Panels(database, "http://p").open(PLACE, STAFF, str(door.sessions[0]), START)
    assert opened.address == sheet.address
    assert (await screen()).begun
    assert list(await database.read(facts.panels, 1)) == door.sessions

    async def mark(who: str, there: bool = True) -> str:
        return (await door.attendance.mark(PLACE, STAFF, str(door.sessions[0]), who, START, there=there)).said

    name, other = asker(0).name, asker(1).name
    assert await mark(name) == f"{name} is marked as there."
    assert await mark(name) == f"{name} was in already; nothing was changed."
    assert await mark(other, False) == f"{other} was not in already; nothing was changed."
    assert (await screen()).check_in.present == 1
    roll = await door.attendance.roll(PLACE, STAFF, door.sessions[0])
    assert [(line.presence, line.by_staff) for line in roll.lines[:2]] == [
        (Presence.PRESENT, True),
        (Presence.SKIPPED, False),
    ]
    assert await mark(name, False) == f"{name} is marked as not there."
    assert not (await door.attendance.close(PLACE, STAFF, door.sessions[0], START)).open
    assert (await screen()).check_in is None
    assert (await door.attendance.reopen(PLACE, STAFF, door.sessions[0], END)).over_at == END + timedelta(minutes=20)
    preview = await door.attendance.preview_discard(PLACE, STAFF, door.sessions[0], END)
    await door.come(asker(2), (await screen(END)).check_in.code, END)
    with pytest.raises(CourseError, match="Somebody has checked in since"):
        await door.attendance.confirm_discard(PLACE, STAFF, preview.token or "", END)
    preview = await door.attendance.preview_discard(PLACE, STAFF, door.sessions[0], END)
    assert (await door.attendance.confirm_discard(PLACE, STAFF, preview.token or "", END)).present == 1
    assert await database.read(facts.held, 1, END + timedelta(days=1)) == []
    database.close()
