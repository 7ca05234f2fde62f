"""Which column of a schedule holds what, found by its heading."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.importers.document import Row, Table


class Column(StrEnum):
    """What a column of the schedule is read as."""

    DATE = "date"
    READINGS = "readings"
    OPTIONAL = "optional readings"
    TOPIC = "topic"
    PRESENTER = "presenter"
    LECTURER = "lecturer"
    SUMMARY = "summary"
    REVIEWER = "reviewer"
    KIND = "kind"
    TIME = "time"
    ROOM = "room"


# Exact headings come first, in order of preference where a page has several that could be the date.
_DATES = (
    "date",
    "dates",
    "class date",
    "meeting date",
    "when",
    "day",
    "class",
    "meeting",
    "session",
    "week",
    "lecture",
    "#",
)
_EXACT: Mapping[str, Column] = {
    "lead": Column.PRESENTER,
    "leads": Column.PRESENTER,
    "leader": Column.PRESENTER,
    "leaders": Column.PRESENTER,
    "led by": Column.PRESENTER,
    "who": Column.PRESENTER,
    "notes": Column.SUMMARY,
    "note taker": Column.SUMMARY,
    "title": Column.TOPIC,
    "titles": Column.TOPIC,
    "kind": Column.KIND,
    "time": Column.TIME,
    "times": Column.TIME,
    "room": Column.ROOM,
    "location": Column.ROOM,
    "place": Column.ROOM,
    "where": Column.ROOM,
}
# Then words anywhere in the heading; the first that fits wins.
_WORDS: tuple[tuple[re.Pattern[str], Column], ...] = tuple(
    (re.compile(rf"\b(?:{words})\b"), column)
    for words, column in (
        (
            r"companions?|optional|supplement\w*|further reading|additional|recommended|background reading",
            Column.OPTIONAL,
        ),
        (r"summar\w*|scribes?|note ?takers?|notetakers?", Column.SUMMARY),
        (r"reviewers?|reviews?|critics?|critiques?|discussants?|opponents?", Column.REVIEWER),
        (r"lecturers?|instructors?|taught by", Column.LECTURER),
        (
            r"presenters?|presenting|presented by|"
            r"speakers?|discussion leads?|discussion leaders?|lead(?:er)?s?|moderators?|facilitators?",
            Column.PRESENTER,
        ),
        (r"readings?|papers?|articles?|literature", Column.READINGS),
        (r"topics?|themes?|subjects?", Column.TOPIC),
        (r"dates?", Column.DATE),
    )
)
_IGNORED = re.compile(r"[#\W]*|no|nr")
LOOKED_FOR = "Date, Readings, Topic, Presenter, Summary, Reviewer"


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the columns of one table are. `other` are headings that were not understood, with their line."""

    header: int
    date: int
    by: Mapping[Column, tuple[int, ...]]
    date_heading: str
    other: tuple[str, ...] = ()

    def of(self, *columns: Column) -> tuple[int, ...]:
        """Indexes of all columns read as one of `columns`, left to right."""
        return tuple(sorted(index for column in columns for index in self.by.get(column, ())))


def heading_words(text: str) -> str:
    """A heading in the form it is compared in."""
    return " ".join(re.sub(r"[^\w#/ ]+", " ", text.casefold()).split())


def find_columns(table: Table) -> Columns | None:
    """The columns of a table that could be a schedule: a date, and readings, topics or presenters. Else None.

    The heading row is looked for among the first rows: pages put titles above it, or mark no row as a heading.
    """
    for index, row in enumerate(table.rows[:4]):
        if (columns := _match(index, row)) is not None:
            return columns
    return None


def _match(header: int, row: Row) -> Columns | None:
    headings = [heading_words(cell.text) for cell in row.cells]
    dates = [index for index, heading in enumerate(headings) if heading in _DATES]
    dates += [
        index for index, heading in enumerate(headings) if heading not in _DATES and re.search(r"\bdates?\b", heading)
    ]
    if not dates:
        return None
    date = min(dates, key=lambda index: _DATES.index(headings[index]) if headings[index] in _DATES else 3)
    by: dict[Column, list[int]] = {}
    other = []
    for index, heading in enumerate(headings):
        if index == date or not heading or len(heading) > 60:
            continue
        column = _column(heading)
        if column is None or column is Column.DATE:
            if not _IGNORED.fullmatch(heading):
                other.append(row.cells[index].text)
        else:
            by.setdefault(column, []).append(index)
    if not any(column in by for column in (Column.READINGS, Column.TOPIC, Column.PRESENTER, Column.LECTURER)):
        return None
    return Columns(header, date, {column: tuple(at) for column, at in by.items()}, row.cells[date].text, tuple(other))


def _column(heading: str) -> Column | None:
    if heading in _EXACT:
        return _EXACT[heading]
    return next((column for pattern, column in _WORDS if pattern.search(heading)), None)


def repeats_header(row: Row, header: Row) -> bool:
    """Whether `row` is the heading row once more, as long pages have it."""
    said = [heading_words(cell.text) for cell in row.cells]
    return any(said) and said == [heading_words(cell.text) for cell in header.cells]
