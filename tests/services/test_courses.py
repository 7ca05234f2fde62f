"""The course: seeded from config.toml, changed by staff, followed by the next term's."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.errors import CourseError, NotStaff
from bot.services.courses import Courses
from bot.store import courses
from bot.store.database import Database
from tests.conftest import NOW
from tests.support.people import LOCK, PLACE, SEED, STAFF, open_course, student


async def _lock(database: Database) -> object:
    return (await database.read(courses.at_place, PLACE)).group_lock_at


async def test_a_changed_config_takes_effect_at_the_next_start(database: Database) -> None:
    course = await open_course(database, NOW)
    later = LOCK + timedelta(days=2)
    await course.seed(replace(SEED, title="A new title", group_lock_at=later), NOW)
    row = await database.read(courses.at_place, PLACE)
    assert (row.title, row.group_lock_at) == ("A new title", later)
    assert row.announce_channel == "77"


async def test_what_staff_set_outlives_the_config(database: Database) -> None:
    course = await open_course(database, NOW)
    await course.set_up(PLACE, STAFF, NOW, lock="2024-01-30 12:00")
    set_by_staff = await _lock(database)
    await course.seed(SEED, NOW)
    assert await _lock(database) == set_by_staff
    assert set_by_staff != LOCK


async def test_the_next_terms_course_takes_over_the_server(database: Database) -> None:
    await open_course(database, NOW)
    following = Courses(database, "eecs-598-f24")
    await following.seed(replace(SEED, key="eecs-598-f24", term="F24"), NOW)
    await following.set_up(PLACE, STAFF, NOW)
    assert (await database.read(courses.at_place, PLACE)).term == "F24"
    assert len(await database.read(courses.every)) == 2


async def test_a_course_stays_with_its_server(database: Database) -> None:
    course = await open_course(database, NOW)
    with pytest.raises(CourseError, match="another server"):
        await course.set_up("discord:2", STAFF, NOW)
    with pytest.raises(NotStaff):
        await course.set_up(PLACE, student(1), NOW)


@pytest.mark.parametrize("lock", ["", "soon", "2024-13-01", "2024-01-32", "2024-01-23 25:00", "23.1.2024"])
async def test_a_lock_that_is_no_date_is_shown_back(database: Database, lock: str) -> None:
    course = await open_course(database, NOW)
    with pytest.raises(CourseError, match="Write it like 2024-01-23") as refusal:
        await course.set_up(PLACE, STAFF, NOW, lock=lock)
    assert f"“{lock}”" in str(refusal.value)
    assert await _lock(database) == LOCK
