"""What staff name when they change the rota: a class ahead, a group."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from bot.core.errors import CourseError
from bot.services.slots import day
from bot.store import groups, schedule
from bot.store.courses import CourseRow
from bot.store.schedule import SessionView


def find_session(tx: Connection, course: CourseRow, text: str, now: datetime) -> SessionView:
    """The class ahead with this id or date ("2024-01-25").

    Raises:
        CourseError: there is none, or more than one.
    """
    wanted = text.strip()
    found = [
        session
        for session in schedule.every(tx, course.id)
        if session.kind.meets and wanted in (str(session.id), session.date.isoformat())
    ]
    if not found:
        raise CourseError(f"There is no class “{wanted[:40]}”. Pick a suggestion, or write a date like 2024-01-25.")
    if len(found) > 1:
        raise CourseError(f"There are {len(found)} classes on {day(found[0].date)}. Pick one of the suggestions.")
    if found[0].starts_at <= now:
        raise CourseError(f"The class on {day(found[0].date)} has begun: who was on duty there stays.")
    return found[0]


def find_group(tx: Connection, course_id: int, name: str) -> tuple[int, str]:
    """Raises CourseError when there is no such group."""
    found = groups.find(tx, course_id, name.strip())
    if found is None:
        raise CourseError(f"There is no group “{name.strip()[:80]}”. `/groups` lists them.")
    return found
