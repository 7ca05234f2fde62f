"""Pseudonymous people and a course for service tests."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bot.core.people import Actor
from bot.services.courses import Courses, CourseSeed
from bot.store.database import Database

PLACE = "discord:1"
DETROIT = ZoneInfo("America/Detroit")
LOCK = datetime(2024, 1, 24, 4, 59, tzinfo=UTC)
"""2024-01-23 23:59 in Detroit."""

SEED = CourseSeed(
    key="eecs-598-w24",
    code="EECS 598",
    title="Systems for Generative AI",
    term="W24",
    zone=DETROIT,
    group_size=3,
    group_min_size=2,
    group_lock_at=LOCK,
)


def student(number: int) -> Actor:
    return Actor("discord", str(1000 + number), f"Student{number:02}")


STAFF = Actor("discord", "1", "Staff01", staff=True)


async def open_course(database: Database, now: datetime) -> Courses:
    """The course, seeded and tied to `PLACE`."""
    courses = Courses(database, SEED.key)
    await courses.seed(SEED, now)
    await courses.set_up(PLACE, STAFF, now, announce_channel="77")
    return courses
