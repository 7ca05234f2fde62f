"""A course page into the database and again: a diff, with history kept and nothing doubled."""

from __future__ import annotations

import asyncio
import json
from datetime import date, time, timedelta

import pytest
from sqlalchemy import func, select

from bot.app import page_hints
from bot.config import load
from bot.core.course import Role
from bot.core.errors import CourseError
from bot.core.meetings import Meeting
from bot.core.people import Actor
from bot.services.imports import Imports
from bot.store import schedule
from bot.store.database import Database
from bot.store.schedule import SessionView
from bot.store.tables import duty, metadata, person, reading, session, session_change
from tests.conftest import NOW
from tests.support.people import PLACE, SEED, STAFF, open_course
from tests.support.world import ROOT, SAMPLE

PAGE = SAMPLE.read_bytes()
PATTERN = [Meeting(frozenset({1, 3}), time(10, 30), time(12), "133 CHRYS")]


@pytest.fixture
async def imports(database: Database) -> Imports:
    await open_course(database, NOW)
    return Imports(database, SEED.key, page_hints(load(ROOT / "config.example.toml")), PATTERN)


async def _sessions(database: Database, cancelled: bool = False) -> dict[date, SessionView]:
    views = await database.read(lambda tx: schedule.every(tx, 1, cancelled=cancelled))
    return {view.date: view for view in views}


async def _dump(database: Database) -> str:
    """Every row of every table, as text."""

    def rows(tx):  # type: ignore[no-untyped-def]
        return {name: sorted(map(repr, tx.execute(select(table)).all())) for name, table in metadata.tables.items()}

    return json.dumps(await database.read(rows))


async def test_the_sample_is_stored_as_published(imports: Imports, database: Database) -> None:
    plan = await imports.apply(PAGE, "test", NOW)
    stored = await _sessions(database)
    assert len(stored) == 27
    assert sum(len(view.readings) for view in stored.values()) == 65
    assert sum(item.required for view in stored.values() for item in view.readings) == 38
    for page in plan.plan.sessions:
        assert stored[page.date].readings == page.readings
        assert stored[page.date].duties == page.duties
        assert (stored[page.date].title, stored[page.date].topic) == (page.title, page.topic)
    first = stored[date(2024, 1, 11)]
    assert (first.starts_at.isoformat(), first.room) == ("2024-01-11T15:30:00+00:00", "133 CHRYS")
    assert stored[date(2024, 3, 12)].starts_at.isoformat() == "2024-03-12T14:30:00+00:00"  # daylight time by then


async def test_people_are_entered_once_by_what_they_do(imports: Imports, database: Database) -> None:
    await imports.apply(PAGE, "test", NOW)
    statement = select(person.c.kind, func.count()).where(person.c.name != STAFF.name).group_by(person.c.kind)
    counts = dict(await database.read(lambda tx: tx.execute(statement).all()))
    assert counts == {"staff": 1, "guest": 2, "student": 37}


async def test_importing_again_changes_not_one_row(imports: Imports, database: Database) -> None:
    await imports.apply(PAGE, "test", NOW)
    before = await _dump(database)
    again = await imports.apply(PAGE, "test", NOW + timedelta(days=1))
    assert again.changes == ()
    assert again.diff.unchanged == 27
    assert await _dump(database) == before


async def test_a_moved_class_keeps_its_readings_duties_and_history(imports: Imports, database: Database) -> None:
    await imports.apply(PAGE, "test", NOW)
    before = (await _sessions(database))[date(2024, 3, 21)]
    moved = await imports.apply(PAGE.replace(b"| Mar 21  |", b"| Mar 22  |"), "test", NOW)
    assert len(moved.changes) == 1
    after = (await _sessions(database))[date(2024, 3, 22)]
    assert after.id == before.id
    assert (after.readings, after.duties) == (before.readings, before.duties)
    rows = await database.read(
        lambda tx: tx.execute(select(session_change).where(session_change.c.session_id == after.id)).all()
    )
    assert [row.what for row in rows] == ["added", "moved"]
    assert json.loads(rows[1].before)["date"] == "2024-03-21"
    assert json.loads(rows[1].after)["date"] == "2024-03-22"


async def test_two_classes_that_change_places_are_two_moves(imports: Imports, database: Database) -> None:
    await imports.apply(PAGE, "test", NOW)
    before = await _sessions(database)
    page = PAGE.replace(b"| Mar 19  |", b"| Mar XX  |").replace(b"| Mar 21  |", b"| Mar 19  |")
    lines = page.decode().splitlines(keepends=True)
    start = next(n for n, line in enumerate(lines) if line.startswith("| Mar XX"))
    middle = next(n for n, line in enumerate(lines) if line.startswith("| Mar 19"))
    end = next(n for n, line in enumerate(lines) if line.startswith("| Mar 26"))
    swapped = lines[:start] + lines[middle:end] + lines[start:middle] + lines[end:]
    await imports.apply("".join(swapped).replace("| Mar XX", "| Mar 21").encode(), "test", NOW)
    after = await _sessions(database)
    assert after[date(2024, 3, 19)].id == before[date(2024, 3, 21)].id
    assert after[date(2024, 3, 21)].id == before[date(2024, 3, 19)].id


async def test_a_class_that_left_the_page_is_cancelled_and_comes_back_as_itself(
    imports: Imports, database: Database
) -> None:
    await imports.apply(PAGE, "test", NOW)
    before = (await _sessions(database))[date(2024, 4, 9)]
    without = b"".join(
        line for line in PAGE.splitlines(keepends=True) if not line.startswith((b"| Apr 9 ", b"| Apr  9 "))
    )
    gone = await imports.apply(without, "test", NOW)
    assert len(gone.changes) == 1
    assert date(2024, 4, 9) not in await _sessions(database)
    assert (await _sessions(database, cancelled=True))[date(2024, 4, 9)].cancelled
    await imports.apply(PAGE, "test", NOW)
    assert (await _sessions(database))[date(2024, 4, 9)].id == before.id


async def test_a_reassigned_duty_ends_the_old_and_keeps_it(imports: Imports, database: Database) -> None:
    await imports.apply(PAGE, "test", NOW)
    page = PAGE.replace(b"[Student33, Student32](/Slides/032124.pdf)", b"[Student33, Student09](/Slides/032124.pdf)")
    await imports.apply(page, "test", NOW + timedelta(days=1))
    view = (await _sessions(database))[date(2024, 3, 21)]
    assert view.duties[Role.PRESENTER] == ("Student33", "Student09")
    statement = (
        select(person.c.name, duty.c.ended_at)
        .join(person, person.c.id == duty.c.person_id)
        .where(duty.c.session_id == view.id, duty.c.role == "presenter")
        .order_by(duty.c.id)
    )
    rows = await database.read(lambda tx: [tuple(row) for row in tx.execute(statement)])
    assert rows == [("Student33", None), ("Student32", NOW + timedelta(days=1)), ("Student09", None)]


async def test_a_reading_that_stays_keeps_its_id(imports: Imports, database: Database) -> None:
    await imports.apply(PAGE, "test", NOW)
    statement = select(reading.c.url, reading.c.id).where(reading.c.removed_at.is_(None))
    before = dict(await database.read(lambda tx: [tuple(row) for row in tx.execute(statement)]))
    line = next(line for line in PAGE.splitlines(keepends=True) if b"ZeRO-Infinity" in line)
    changed = await imports.apply(
        PAGE.replace(line, b"|         | [A New Paper](https://example.org/new) (Required)\n"), "t", NOW
    )
    after = dict(await database.read(lambda tx: [tuple(row) for row in tx.execute(statement)]))
    assert len(changed.changes) == 1
    assert set(after) - set(before) == {"https://example.org/new"}
    assert all(after[url] == before[url] for url in set(before) & set(after))
    assert len(set(before) - set(after)) == 1


async def test_an_unreadable_page_changes_nothing(imports: Imports, database: Database) -> None:
    await imports.apply(PAGE, "test", NOW)
    before = await _dump(database)
    for page in (b"", b"\x00" * 99, b"words", b"<table></table>"):
        with pytest.raises(CourseError):
            await imports.apply(page, "test", NOW)
    assert await _dump(database) == before


async def test_without_a_meeting_pattern_nobody_guesses_a_time(database: Database) -> None:
    await open_course(database, NOW)
    imports = Imports(database, SEED.key, page_hints(load(ROOT / "config.example.toml")), [])
    with pytest.raises(CourseError, match=r"\[\[course.meetings\]\]"):
        await imports.apply(PAGE, "test", NOW)


async def test_two_people_confirming_at_once_import_once(imports: Imports, database: Database) -> None:
    preview = await imports.preview(PLACE, STAFF, PAGE, NOW)
    other = Actor("discord", "2", "Staff02", staff=True)
    assert preview.token is not None
    outcomes = await asyncio.gather(
        *(imports.confirm(PLACE, who, preview.token, NOW) for who in (STAFF, other)), return_exceptions=True
    )
    assert [isinstance(outcome, CourseError) for outcome in outcomes].count(True) == 1
    count = select(func.count()).select_from(session)
    assert await database.read(lambda tx: tx.execute(count).scalar()) == 27


async def test_two_imports_at_once_add_each_class_once(imports: Imports, database: Database) -> None:
    await asyncio.gather(*(imports.apply(PAGE, "test", NOW) for _ in range(4)))
    count = select(func.count()).select_from(session)
    assert await database.read(lambda tx: tx.execute(count).scalar()) == 27


async def test_a_preview_is_forgotten_after_a_week(imports: Imports) -> None:
    old = await imports.preview(PLACE, STAFF, PAGE, NOW)
    await imports.preview(PLACE, STAFF, PAGE, NOW + timedelta(days=8))
    assert old.token is not None
    with pytest.raises(CourseError, match="too old"):
        await imports.confirm(PLACE, STAFF, old.token, NOW + timedelta(days=8))
