"""The schedule out of the database and in again: nothing to change, whoever holds the duties and however."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from bot.app import page_hints
from bot.config import load
from bot.core.course import Role
from bot.core.errors import CourseError, NotStaff
from bot.exporters import Format
from bot.services.exports import Exports
from bot.services.groups import Groups
from bot.services.imports import Imports
from bot.store import courses, duties, schedule
from bot.store.database import Database
from bot.store.tables import person
from tests.conftest import NOW
from tests.services.test_imports import PATTERN
from tests.support.people import PLACE, SEED, STAFF, open_course, student
from tests.support.world import ROOT, SAMPLE

PAGE = SAMPLE.read_bytes()
HINTS = page_hints(load(ROOT / "config.example.toml"))
PAGES = (Format.MARKDOWN, Format.HTML)


@pytest.fixture
async def imports(database: Database) -> Imports:
    await open_course(database, NOW)
    return Imports(database, SEED.key, HINTS, PATTERN)


@pytest.fixture
def exports(database: Database) -> Exports:
    return Exports(database, SEED.key, HINTS, PATTERN)


async def _volunteers(database: Database, day: date, role: Role) -> None:
    """Three students, met on Discord, form a group in this order and take a duty."""
    groups = Groups(database)
    group = (await groups.create(PLACE, student(73), "Attention", NOW)).group
    for number in (71, 72):
        await groups.join(PLACE, student(number), group.id, NOW)

    def take(tx):  # type: ignore[no-untyped-def]
        course = courses.at_place(tx, PLACE)
        session = next(view for view in schedule.every(tx, course.id) if view.date == day)
        assert duties.take(tx, session.id, role, group.id, "volunteered", "volunteered", NOW)

    await database.write(take)


@pytest.mark.parametrize("form", PAGES)
async def test_the_sample_comes_back_with_nothing_to_change(imports: Imports, exports: Exports, form: Format) -> None:
    await imports.apply(PAGE, "test", NOW)
    done = await exports.export(form, NOW)
    assert (done.name, done.sessions) == (f"eecs-598-w24-schedule.{form}", 27)
    assert b"<bdi>" not in done.data
    again = await imports.apply(done.data, "test", NOW)
    assert (again.changes, again.diff.unchanged) == ((), 27)


@pytest.mark.parametrize("form", PAGES)
async def test_a_duty_taken_by_command_is_shown_in_the_groups_order_and_stays(
    imports: Imports, exports: Exports, database: Database, form: Format
) -> None:
    await imports.apply(PAGE, "test", NOW)
    await _volunteers(database, date(2024, 3, 7), Role.REVIEWER)
    done = await exports.export(form, NOW)
    assert "Student73, Student71, Student72" in done.data.decode()
    everyone = select(func.count()).select_from(person)
    people = await database.read(lambda tx: tx.execute(everyone).scalar())
    assert (await imports.apply(done.data, "test", NOW)).changes == ()
    # Edited elsewhere in the same class: those who hold the duty are still the same people, in the same seat.
    edited = done.data.replace(b"MemGPT: Towards", b"MemGPT: On")
    assert len((await imports.apply(edited, "test", NOW)).changes) == 1
    assert await database.read(lambda tx: tx.execute(everyone).scalar()) == people
    held = await database.read(lambda tx: duties.holdings(tx, courses.at_place(tx, PLACE).id))
    assert [(one.role, one.origin) for one in held] == [(Role.REVIEWER, "volunteered")]


@pytest.mark.parametrize("form", PAGES)
async def test_a_moved_class_in_another_room_survives(imports: Imports, exports: Exports, form: Format) -> None:
    page = PAGE.replace(
        b"| Mar 21  | [FlexGen", b"| Mar 22  | **Make-up class**<br>BBB 1670 @North<br>2PM - 3:30PM\n| | [FlexGen"
    )
    assert page != PAGE
    await imports.apply(page, "test", NOW)
    done = await exports.export(form, NOW)
    assert (await imports.apply(done.data, "test", NOW)).changes == ()


async def test_cancelled_classes_are_on_no_page_but_in_the_calendar(imports: Imports, exports: Exports) -> None:
    await imports.apply(PAGE, "test", NOW)
    without = b"".join(line for line in PAGE.splitlines(keepends=True) if not line.startswith(b"| Apr  9 "))
    await imports.apply(without, "test", NOW)
    for form in (*PAGES, Format.CSV):
        done = await exports.export(form, NOW)
        assert done.sessions == 26
        assert b"Apr 9" not in done.data
        assert b"2024-04-09" not in done.data
    events = (await exports.export(Format.ICS, NOW)).data.split(b"BEGIN:VEVENT")[1:]
    (gone,) = (event for event in events if b"20240409" in event)
    assert b"STATUS:CANCELLED" in gone
    assert b"SEQUENCE:2" in gone  # added, cancelled
    assert sum(b"STATUS:CONFIRMED" in event and b"SEQUENCE:1" in event for event in events) == len(events) - 1


async def test_the_spreadsheet_has_every_reading(imports: Imports, exports: Exports) -> None:
    await imports.apply(PAGE, "test", NOW)
    rows = list(csv.DictReader(io.StringIO((await exports.export(Format.CSV, NOW)).data.decode("utf-8-sig"))))
    assert sum(bool(row["Reading"]) for row in rows) == 65
    assert sum(row["Required"] == "yes" for row in rows) == 38
    assert len({row["Date"] for row in rows}) == 27


async def test_only_staff_and_only_what_is_there(imports: Imports, exports: Exports) -> None:
    with pytest.raises(CourseError, match="no schedule to export yet"):
        await exports.export(Format.CSV, NOW)
    await imports.apply(PAGE, "test", NOW)
    with pytest.raises(NotStaff):
        await exports.export_for(PLACE, student(1), Format.CSV, NOW)
    mine = await exports.export_for(PLACE, STAFF, Format.ICS, NOW + timedelta(days=1))
    assert b"DTSTAMP:20240120T150000Z" in mine.data
