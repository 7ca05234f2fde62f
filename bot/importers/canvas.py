"""A gradebook as Canvas exports it, with our columns filled and everything else as it was, to the byte.

Such a file has a line of headings, sometimes one that says "Manual Posting", one with the Points Possible, and then the
students. Columns and students are never guessed: what does not fit is left as it is, and said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from bot.core.errors import CourseError
from bot.core.gradebook import FULL, Cell, Component, Said, written
from bot.importers.cells_of_csv import Place, Record, Sheet
from bot.importers.plan import quote

MAX_BYTES = 8 * 2**20
"""More than ten thousand students in a hundred assignments."""

_HEADINGS_WITHIN = 20
# By heading without case, blanks and punctuation: what says who a student is. Canvas' own "ID" is the last to be asked.
_IDS = ("sisloginid", "loginid", "login", "uniqname", "netid", "username", "email", "emailaddress", "sisuserid", "id")
_NAMES = ("student", "name", "studentname", "fullname")
_ASSIGNMENT = re.compile(r"\s*\(\d+\)\s*$")
_WORKED_OUT = re.compile(r"(?:current|final|unposted \w+) (?:score|points|grade)$|^override (?:score|grade)$", re.I)
_NOBODY = ("student, test", "test student")
_POINTS_POSSIBLE = "points possible"


@dataclass(frozen=True, slots=True)
class Book:
    """What the file is filled from: whom each login or e-mail address (without case) means, the names of columns to
    look for, and the cells by person."""

    people: Mapping[str, int]
    columns: Mapping[Component, Sequence[str]]
    cells: Mapping[int, Mapping[Component, Cell]]


@dataclass(frozen=True, slots=True)
class Column:
    """A column that was filled; `points` is what it counts in Canvas, None where the file does not say: 100."""

    component: Component
    heading: str
    points: Fraction | None


@dataclass(frozen=True, slots=True)
class Filled:
    """The file, and what was done to it.

    `absent` are components without a column; `strangers` the students whom the course does not know ("Line 7: …");
    `found` who was in the file. Of the cells of ours, `written` say something else now, `replaced` of them said
    something before, and `kept` were left because there is nothing to say yet.
    """

    data: bytes
    columns: tuple[Column, ...]
    absent: tuple[Component, ...]
    strangers: tuple[str, ...]
    found: frozenset[int]
    written: int
    replaced: int
    kept: int


@dataclass(slots=True)
class _Layout:
    """The records of a file, and which columns say what."""

    delimiter: str
    records: list[Record]
    headings: int
    ids: list[int]
    name: int | None
    columns: list[tuple[int, Column]] = field(default_factory=list)

    def text(self, record: Record, column: int | None) -> str:
        return record.cells[column].text.strip() if column is not None and column < len(record.cells) else ""


def fill(data: bytes, book: Book) -> Filled:
    """The same file with our columns filled.

    Raises:
        CourseError: it is no such file; the sentence says what was looked for.
    """
    if len(data) > MAX_BYTES:
        raise CourseError(f"The file has {len(data) / 2**20:.1f} MB; a gradebook has at most {MAX_BYTES // 2**20} MB.")
    sheet = Sheet(data)
    layout = _layout(sheet, book)
    changes: list[tuple[Place, str]] = []
    strangers, found = [], set()
    filled = replaced = kept = 0
    for record in layout.records[layout.headings + 1 :]:
        person = _person(layout, record, book)
        if person is None:
            if label := _stranger(layout, record):
                strangers.append(label)
            continue
        found.add(person)
        for index, column in layout.columns:
            cell = book.cells[person][column.component]
            if cell.said is Said.EMPTY or index >= len(record.cells):
                kept += 1
                continue
            place = record.cells[index]
            text = _text(cell, column.points, comma=_comma(layout, index))
            if _same(place.text, text):
                continue
            changes.append((place, text))
            filled += 1
            replaced += bool(place.text.strip())
    columns = tuple(column for _, column in layout.columns)
    there = {column.component for column in columns}
    absent = tuple(component for component in book.columns if component not in there)
    done = sheet.with_cells(changes, layout.delimiter)
    return Filled(done, columns, absent, tuple(strangers), frozenset(found), filled, replaced, kept)


def _layout(sheet: Sheet, book: Book) -> _Layout:
    trouble: CourseError | None = None
    for delimiter in (",", ";", "\t"):
        records = sheet.records(delimiter)
        for number, record in enumerate(records[:_HEADINGS_WITHIN]):
            headings = [re.sub(r"[\W_]", "", cell.text).casefold() for cell in record.cells]
            ids = [headings.index(heading) for heading in _IDS if heading in headings]
            if not ids:
                continue
            names = [headings.index(heading) for heading in _NAMES if heading in headings]
            layout = _Layout(delimiter, records, number, ids, names[0] if names else None)
            try:
                layout.columns = _columns(layout, book.columns)
            except CourseError as error:
                trouble = trouble or error
                continue
            return layout
    raise trouble or CourseError(
        "I found no line of headings in this file. I looked for SIS Login ID, Login, Email, SIS User ID or ID, to know "
        f"the students by, and for the assignments {_looked_for(book.columns)}."
    )


def _columns(layout: _Layout, names: Mapping[Component, Sequence[str]]) -> list[tuple[int, Column]]:
    record = layout.records[layout.headings]
    assignments = {
        index: cell.text
        for index, cell in enumerate(record.cells)
        if cell.text.strip() and index not in (*layout.ids, layout.name) and _is_assignment(layout, index, cell.text)
    }
    # A column goes to the component whose name fits it best: "Project presentation" is no "Presentation".
    wanted: dict[Component, dict[int, int]] = {}
    for index, heading in assignments.items():
        plain = " ".join(_ASSIGNMENT.sub("", heading).split()).casefold()
        fits = [
            (2 * len(name) + (plain == name.casefold()), component)
            for component, words in names.items()
            for name in words
            if name.casefold() in plain
        ]
        if fits:
            fit, component = max(fits, key=lambda one: one[0])
            wanted.setdefault(component, {})[index] = fit % 2
    if not wanted:
        there = ", ".join(quote(heading) for heading in list(assignments.values())[:8]) or "none"
        raise CourseError(
            f"None of the assignments in this file is ours. I looked for {_looked_for(names)}. There are: {there}. "
            "`/staff policy` with `grades.columns` says what yours are called."
        )
    found = []
    for component, indexes in wanted.items():
        exactly = [index for index, same in indexes.items() if same] or list(indexes)
        if len(exactly) > 1:
            both = ", ".join(quote(assignments[index].strip()) for index in exactly[:4])
            raise CourseError(
                f"More than one column could be the {component}: {both}. Say in `/staff policy`, `grades.columns`, "
                "what its name is and no other's."
            )
        found.append((exactly[0], Column(component, assignments[exactly[0]].strip(), _possible(layout, exactly[0]))))
    return sorted(found, key=lambda one: one[0])


def _is_assignment(layout: _Layout, index: int, heading: str) -> bool:
    """Not one of the columns that Canvas works out: "Summaries Current Score"."""
    return not _WORKED_OUT.search(heading.strip()) and "read only" not in _points_cell(layout, index).casefold()


def _points_cell(layout: _Layout, index: int) -> str:
    """What the line of Points Possible says about a column."""
    for record in layout.records[layout.headings + 1 : layout.headings + 4]:
        if any(cell.text.strip().casefold() == _POINTS_POSSIBLE for cell in record.cells):
            return layout.text(record, index)
    return ""


def _possible(layout: _Layout, index: int) -> Fraction | None:
    text = _points_cell(layout, index)
    if not text:
        return None
    number = text.replace(",", ".")
    if not re.fullmatch(r"\d{1,6}(\.\d{1,6})?", number, re.ASCII):
        heading = layout.records[layout.headings].cells[index].text.strip()
        raise CourseError(f"The Points Possible of {quote(heading)} are {quote(text)}, which is no number.")
    return Fraction(number)


def _comma(layout: _Layout, index: int) -> bool:
    return "," in _points_cell(layout, index)


def _person(layout: _Layout, record: Record, book: Book) -> int | None:
    """Whom the ids of a line mean, all of those that mean anybody; a name proves nothing."""
    meant = {book.people.get(layout.text(record, index).casefold()) for index in layout.ids} - {None}
    return meant.pop() if len(meant) == 1 else None


def _stranger(layout: _Layout, record: Record) -> str | None:
    """How to call somebody unknown; None for a line that is no student's."""
    name = layout.text(record, layout.name)
    ids = [text for index in layout.ids if (text := layout.text(record, index))]
    if not ids or name.casefold() in (_POINTS_POSSIBLE, *_NOBODY):
        return None
    return f"Line {record.line}: {quote(name)} ({ids[0]})" if name else f"Line {record.line}: {ids[0]}"


def _text(cell: Cell, points: Fraction | None, *, comma: bool) -> str:
    if cell.points is None:
        return "EX"
    text = written(cell.points * (FULL if points is None else points) / FULL)
    return text.replace(".", ",") if comma else text


def _same(before: str, after: str) -> bool:
    """Whether two cells say the same: "13.50" is 13.5."""
    before, after = before.strip().replace(",", "."), after.replace(",", ".")
    if re.fullmatch(r"\d{1,6}(\.\d{1,6})?", before, re.ASCII) and after != "EX":
        return Fraction(before) == Fraction(after)
    return before.casefold() == after.casefold()


def _looked_for(names: Mapping[Component, Sequence[str]]) -> str:
    return ", ".join(" or ".join(quote(word) for word in words) for words in names.values())
