"""The gradebook: everybody's components as they stand, as a file of our own or filled into an export of Canvas."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.core.errors import CourseError
from bot.core.gradebook import (
    MARKED,
    Cell,
    Component,
    Piece,
    Standing,
    exact,
    score_cell,
    work_cell,
)
from bot.core.people import Actor, require_staff
from bot.core.policy import GRADE_COLUMNS, GRADE_CREDIT, GRADE_WEIGHTS
from bot.exporters.gradebook import Line, write_csv
from bot.importers.canvas import Book, Filled, fill
from bot.services import participation
from bot.services.standings import Standings
from bot.store import courses, deadlines, marks
from bot.store.courses import CourseRow
from bot.store.database import Database
from bot.store.marks import Listed


@dataclass(frozen=True, slots=True)
class Gradebook:
    """Everybody's cells by the person's id; `students` in alphabetical order."""

    key: str
    students: tuple[Listed, ...]
    cells: Mapping[int, Mapping[Component, Cell]]
    weights: Mapping[Component, int]
    columns: Mapping[Component, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Written:
    """The gradebook as a file of our own."""

    name: str
    data: bytes
    students: int


@dataclass(frozen=True, slots=True)
class CanvasFile:
    """What staff gave, filled; `absent` are the students of the course who are not in the file, by name."""

    name: str
    filled: Filled
    absent: tuple[str, ...]


class Gradebooks:
    """Writing the gradebook, for staff."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def write(self, place: str, actor: Actor, now: datetime) -> Written:
        """The gradebook as it stands, as a table of our own.

        Raises:
            CourseError: the actor is not staff, no course is here, or nobody is in it.
        """
        require_staff(actor)
        book = await self._database.read(_at_place, place, now)
        lines = [
            Line(one.name, one.login or "", one.email or "", one.section or "", one.group or "", book.cells[one.id])
            for one in book.students
        ]
        data = await asyncio.to_thread(write_csv, lines, book.weights)
        return Written(f"{book.key}-gradebook.csv", data, len(lines))

    async def fill(self, place: str, actor: Actor, name: str, data: bytes, now: datetime) -> CanvasFile:
        """The export of Canvas with the name `name`, with our columns filled as they stand.

        Raises:
            CourseError: the actor is not staff, no course is here, nobody is in it, or it is no such file.
        """
        require_staff(actor)
        book = await self._database.read(_at_place, place, now)
        filled = await asyncio.to_thread(fill, data, Book(_known_by(book.students), book.columns, book.cells))
        absent = tuple(one.name for one in book.students if one.id not in filled.found)
        return CanvasFile(name, filled, absent)


def _known_by(students: tuple[Listed, ...]) -> dict[str, int]:
    """Whom each login and e-mail address means; one that two people share means nobody."""
    meant: dict[str, set[int]] = {}
    for one in students:
        for word in (one.login, one.email):
            if word:
                meant.setdefault(word.casefold(), set()).add(one.id)
    return {word: people.pop() for word, people in meant.items() if len(people) == 1}


def _at_place(tx: Connection, place: str, now: datetime) -> Gradebook:
    book = read_gradebook(tx, courses.at_place(tx, place), now)
    if not book.students:
        raise CourseError("Nobody is in the course yet: `/staff import roster` brings the class list in.")
    return book


def read_gradebook(tx: Connection, course: CourseRow, now: datetime) -> Gradebook:
    """Everybody's components at a moment."""
    desk = Standings(tx, course, now)
    students = marks.students(tx, course)
    given = marks.every(tx, course.id)
    taking_part = participation.of_course(tx, course, now)
    groups = {one.id: one.group_id for one in deadlines.students(tx, course)}
    credit = desk.policies[GRADE_CREDIT]

    def piece(person_id: int, item: str, standing: Standing) -> Piece:
        points = given.get((person_id, item))
        return Piece(standing, None if points is None else exact(points))

    def pieces(person_id: int, component: Component) -> list[Piece]:
        if component.of_a_class:
            return [
                piece(person_id, item_of(component, session.id), desk.of_class(component, session, one))
                for session, one in desk.duties.get((person_id, component), ())
            ]
        if component is Component.REPORT:
            standing = desk.of_report(person_id, groups.get(person_id))
        else:
            standing = Standing.EXCUSED if desk.excused_from_all(person_id) else Standing.NOT_DUE
        return [piece(person_id, component.value, standing)]

    cells: dict[int, dict[Component, Cell]] = {}
    for student in students:
        found = {one: work_cell(one, pieces(student.id, one), credit=one in credit) for one in MARKED}
        score = taking_part[student.id].score if student.id in taking_part else None
        found[Component.PARTICIPATION] = score_cell(score, excused=desk.excused_from_all(student.id))
        cells[student.id] = found
    return Gradebook(course.key, tuple(students), cells, desk.policies[GRADE_WEIGHTS], desk.policies[GRADE_COLUMNS])


def item_of(component: Component, session_id: int | None) -> str:
    """What a mark is for, as it is stored."""
    return f"{component} session{session_id}" if component.of_a_class else component.value
