"""The schedule as a file: a page to publish, a table for spreadsheets, a calendar."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.core.errors import CourseError
from bot.core.meetings import Meeting
from bot.core.people import Actor, require_staff
from bot.exporters import Format
from bot.importers.plan import PageHints
from bot.services.calendars import class_meetings, in_calendars
from bot.services.courses import label
from bot.store import courses, schedule
from bot.store.courses import CourseRow
from bot.store.database import Database
from bot.store.schedule import SessionView


@dataclass(frozen=True, slots=True)
class Exported:
    """A file: the name to save it under, its content, and how many sessions are in it."""

    name: str
    data: bytes
    sessions: int


@dataclass(frozen=True, slots=True)
class _Stored:
    course: CourseRow
    sessions: list[SessionView]
    classes: list[SessionView]
    changes: dict[int, int]


class Exports:
    """Writing the schedule. `hints` and `pattern` are what whoever imports the page again knows besides it."""

    def __init__(self, database: Database, key: str, hints: PageHints, pattern: Sequence[Meeting]) -> None:
        self._database = database
        self._key = key
        self._hints = hints
        self._pattern = tuple(pattern)

    async def export(self, form: Format, now: datetime) -> Exported:
        """The schedule of the course, for whoever runs the command line; `now` is written into calendars.

        Raises:
            CourseError: there is no course, or no session in it.
        """
        return await self._export(form, await self._database.read(_by_key, self._key), now)

    async def export_for(self, place: str, actor: Actor, form: Format, now: datetime) -> Exported:
        """The same, for a member of staff.

        Raises:
            CourseError: as `export`; or the actor is not staff.
        """
        require_staff(actor)
        return await self._export(form, await self._database.read(_at_place, place), now)

    async def _export(self, form: Format, stored: _Stored, now: datetime) -> Exported:
        if not any(not view.cancelled for view in stored.sessions):
            raise CourseError("There is no schedule to export yet: import the course page first.")
        data = await asyncio.to_thread(self._write, form, stored, now)
        shown = sum(1 for view in stored.sessions if not view.cancelled)
        return Exported(f"{stored.course.key}-schedule.{form.value}", data, shown)

    def _write(self, form: Format, stored: _Stored, now: datetime) -> bytes:
        # Each writer is loaded when it is asked for: a bot that starts has no use for any of them.
        if form is Format.ICS:
            return _calendar(stored, now)
        zone = stored.course.zone
        pages = [view.as_page(zone) for view in stored.sessions if not view.cancelled]
        if form is Format.CSV:
            from bot.exporters.csv import write_csv

            return write_csv(pages)
        from bot.exporters.html import write_html
        from bot.exporters.markdown import write_markdown
        from bot.exporters.page import CourseFacts

        write = write_markdown if form is Format.MARKDOWN else write_html
        return write(pages, CourseFacts(label(stored.course), self._hints, self._pattern))


def _calendar(stored: _Stored, now: datetime) -> bytes:
    from bot.exporters.ics import CalendarCourse, write_ics

    course = stored.course
    meetings = class_meetings(stored.classes, stored.changes, course.zone, {})
    return write_ics(meetings, CalendarCourse(course.key, course.code, label(course), course.zone), now)


def _by_key(tx: Connection, key: str) -> _Stored:
    course = courses.by_key(tx, key)
    if course is None:
        raise CourseError("The database has no course yet: run `python -m bot db upgrade` first.")
    return _stored(tx, course)


def _at_place(tx: Connection, place: str) -> _Stored:
    return _stored(tx, courses.at_place(tx, place))


def _stored(tx: Connection, course: CourseRow) -> _Stored:
    sessions = schedule.every(tx, course.id, cancelled=True)
    return _Stored(course, sessions, in_calendars(tx, course.id), schedule.change_counts(tx, course.id))
