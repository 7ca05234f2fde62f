"""Rows of a schedule -> one draft a dated row: its title, topic, readings and people, still without year and kind."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import time

from bot.core.course import Kind, Role
from bot.importers.calendar import Written
from bot.importers.cells import Draft, Heading, Piece, ReadingsReader, is_nobody
from bot.importers.columns import Column, Columns, repeats_header
from bot.importers.dates import find_dates, find_times, read_date_cell
from bot.importers.document import Cell, Row, Table
from bot.importers.kinds import event_kind, plain_event, stated_kind
from bot.importers.names import Named, Standing, read_names
from bot.importers.plan import Notes, quote

_WEEK = re.compile(r"(?:week|wk|module|unit|part)\.?\s*#?\s*[\divx]+\W*", re.I)
_PLACE = re.compile(
    r"@|\b(?:hall|room|rm|building|bldg|auditorium|atrium|lobby|lab|center|centre|library|campus|theat(?:er|re)|floor|zoom)\b",
    re.I,
)
_ROLES = {
    Column.PRESENTER: Role.PRESENTER,
    Column.LECTURER: Role.PRESENTER,
    Column.SUMMARY: Role.SUMMARIZER,
    Column.REVIEWER: Role.REVIEWER,
}


@dataclass(slots=True)
class SessionDraft:
    """One dated row and the rows below it."""

    written: Written
    title: str | None = None
    topic: str | None = None
    readings: list[Draft] = field(default_factory=list)
    people: dict[Role, list[Named]] = field(default_factory=dict)
    starts: time | None = None
    ends: time | None = None
    room: str | None = None
    kind: Kind | None = None

    @property
    def line(self) -> int:
        return self.written.line


def has_dates(table: Table, columns: Columns) -> bool:
    """Whether any row below the headings has a date."""
    return any(find_dates(row.cell(columns.date).text) for row in table.rows[columns.header + 1 :])


class SessionReader:
    """Reads tables in order; a topic row of one table still holds in the next."""

    def __init__(self, notes: Notes) -> None:
        self.drafts: list[SessionDraft] = []
        self._notes = notes
        self._topic: str | None = None
        self._current: SessionDraft | None = None
        self._reader = ReadingsReader(notes)
        self._lost = False
        self._topic_line = 0

    def read(self, table: Table, columns: Columns) -> None:
        """Add the sessions of one table."""
        self._current, self._lost = None, False
        header = table.rows[columns.header]
        for row in table.rows[columns.header + 1 :]:
            if repeats_header(row, header):
                continue
            cell = row.cell(columns.date)
            when = read_date_cell(cell.text)
            if when.dates and not cell.spanned:
                self._dated(row, columns, Written(row.line, cell.text, when))
            elif cell.spanned or is_nobody(cell.text):
                self._continued(row, columns)
            else:
                self._undated(row, columns, cell)

    def _dated(self, row: Row, columns: Columns, written: Written) -> None:
        draft = SessionDraft(written, topic=self._topic, starts=written.when.starts, ends=written.when.ends)
        self._current, self._lost = draft, False
        self._reader = ReadingsReader(self._notes)
        self.drafts.append(draft)
        own, exact = self._topic_column(row, columns)
        for cell, mode in self._reading_cells(row, columns):
            for piece in self._reader.read(cell, mode):
                self._place(draft, piece)
        self._people(draft, row, columns)
        self._stated(draft, row, columns)
        if own is not None and exact:
            draft.topic = own
        elif own is not None and own != draft.title:
            event = not draft.title and not draft.readings and (plain_event(own) or not draft.people)
            draft.topic, draft.title = (None, own) if event else (own, draft.title)
        elif draft.title is not None:
            draft.topic = None

    def _stated(self, draft: SessionDraft, row: Row, columns: Columns) -> None:
        """What columns of their own say of kind, time and room: it counts for more than the words of a title."""
        for text in self._texts(row, columns, Column.TIME):
            starts, ends = find_times(text)
            if starts and ends:
                draft.starts, draft.ends = starts, ends
            else:
                self._notes.add_once("time", row.line, f"{quote(text)} gives no start and end: it is left out.")
        for text in self._texts(row, columns, Column.ROOM):
            draft.room = text
        for text in self._texts(row, columns, Column.KIND):
            draft.kind = stated_kind(text)
            if draft.kind is None:
                self._notes.add_once("kind", row.line, f"{quote(text)} is no kind of class: it is left out.")

    @staticmethod
    def _texts(row: Row, columns: Columns, column: Column) -> list[str]:
        """What a row says under headings of a kind; text that spans columns, or several rows, says nothing there."""
        cells = [row.cell(index) for index in columns.of(column)]
        return [
            cell.text for cell in cells if cell.lines and not cell.wide and (cell.exact or not is_nobody(cell.text))
        ]

    def _continued(self, row: Row, columns: Columns) -> None:
        filled = [cell for cell in row.cells if cell.lines and not cell.spanned]
        if not filled:
            return
        pieces: list[Piece] = []
        for cell, mode in self._reading_cells(row, columns, below=True):
            pieces.extend(self._reader.read(cell, mode))
        for piece in pieces:
            if isinstance(piece, Heading):
                self._heading(piece)
            elif self._current is None:
                if not self._lost:
                    self._notes.add(row.line, f"{quote(piece.title)} stands before the first date: it is left out.")
            else:
                if self._topic_line > self._current.line:
                    self._notes.add(
                        piece.line,
                        f"{quote(piece.title)} stands below the topic {quote(self._topic or '')} but before the next "
                        f"date: it is counted to {quote(self._current.written.text)}.",
                    )
                self._current.readings.append(piece)
        if self._current is not None:
            self._people(self._current, row, columns, below=True)

    def _heading(self, piece: Heading) -> None:
        """A bold row without a date: the topic of what follows."""
        if event_kind(piece.text) is not None:
            self._notes.add(piece.line, f"{quote(piece.text)} has no date: it is left out. Give its row a date.")
        elif not _WEEK.fullmatch(piece.text):
            self._topic, self._topic_line = piece.text, piece.line

    def _undated(self, row: Row, columns: Columns, cell: Cell) -> None:
        """Text that is no date in the date column: a row across the table, or a date nobody can read."""
        others = [other for other in row.cells if other.lines and other is not cell and not is_nobody(other.text)]
        bold = all(run.bold for line in cell.lines for run in line if run.text.strip())
        if not others and (bold or cell.wide):
            self._heading(Heading(cell.text.rstrip(":"), row.line))
        elif not others:
            if not _WEEK.fullmatch(cell.text):
                self._notes.add(row.line, f"{quote(cell.text)} is neither a date nor a topic in bold: it is left out.")
        else:
            self._current, self._lost = None, True
            self._notes.add(
                row.line, f"The date {quote(cell.text)} cannot be read: this row and those under it are left out."
            )

    def _reading_cells(self, row: Row, columns: Columns, below: bool = False) -> list[tuple[Cell, bool | None]]:
        main = columns.of(Column.READINGS) or columns.of(Column.TOPIC)
        cells: list[tuple[Cell, bool | None]] = [(row.cell(index), None) for index in main]
        cells += [(row.cell(index), False) for index in columns.of(Column.OPTIONAL)]
        filled = [index for index, cell in enumerate(row.cells) if cell.lines and index != columns.date]
        if len(filled) == 1 and row.cell(filled[0]).wide and filled[0] not in main:
            cells = [(row.cell(filled[0]), None)]
        return [(cell, mode) for cell, mode in cells if cell.lines and not (below and cell.spanned)]

    def _topic_column(self, row: Row, columns: Columns) -> tuple[str | None, bool]:
        """What the topic columns say, and whether it is exact."""
        if not columns.of(Column.READINGS):
            return None, False
        cells = [row.cell(index) for index in columns.of(Column.TOPIC)]
        texts = [cell.text for cell in cells if cell.exact or not is_nobody(cell.text)]
        return " / ".join(texts) or None, any(cell.exact for cell in cells)

    def _place(self, draft: SessionDraft, piece: Piece) -> None:
        """Put a piece of a dated row where it belongs: title, place and time, or reading."""
        # Lines in brackets were taken for notes: below a title, "(10:30AM - 12PM)" is a line of its own.
        if isinstance(piece, Heading) and piece.exact and draft.title is None:
            draft.title = piece.text
            return
        lines = [piece.text] if isinstance(piece, Heading) else [piece.title, *piece.notes]
        text = lines[0]
        loose = isinstance(piece, Heading) or (not piece.linked and piece.mark is None and not piece.star)
        if not loose:
            assert isinstance(piece, Draft)
            draft.readings.append(piece)
        elif draft.title is None and (isinstance(piece, Heading) or (not draft.readings and plain_event(text))):
            draft.title = " / ".join(lines)
            self._time_and_place(draft, lines, first=True)
        elif (
            draft.title is not None
            and not draft.readings
            and (isinstance(piece, Heading) or event_kind(draft.title) is not None or self._is_place_or_time(text))
        ):
            draft.title = " / ".join([draft.title, *lines])
            self._time_and_place(draft, lines, first=False)
        elif isinstance(piece, Heading):
            self._notes.add(
                piece.line, f"{quote(text)} in bold below readings is neither a title nor a topic: it is left out."
            )
        else:
            draft.readings.append(piece)

    @staticmethod
    def _is_place_or_time(text: str) -> bool:
        return len(text) <= 60 and (find_times(text)[0] is not None or "@" in text)

    @staticmethod
    def _time_and_place(draft: SessionDraft, lines: Sequence[str], *, first: bool) -> None:
        for at, text in enumerate(lines):
            starts, ends = find_times(text)
            if starts and ends and draft.starts is None:
                draft.starts, draft.ends = starts, ends
            elif (at or not first) and draft.room is None and not starts and len(text) <= 80 and _PLACE.search(text):
                draft.room = text.strip("() ")

    def _people(self, draft: SessionDraft, row: Row, columns: Columns, below: bool = False) -> None:
        filled = [index for index, cell in enumerate(row.cells) if cell.lines and index != columns.date]
        for column, role in _ROLES.items():
            for index in columns.of(column):
                cell = row.cell(index)
                if not cell.lines or (below and cell.spanned) or (len(filled) == 1 and cell.wide):
                    continue
                if not cell.exact and plain_event(cell.text) and draft.title is None and not draft.readings:
                    draft.title, draft.topic = cell.text, None
                    continue
                said = Standing.STAFF if column is Column.LECTURER else None
                held = draft.people.setdefault(role, [])
                held += [
                    Named(person.name, person.said or said)
                    for person in read_names(cell)
                    if person.name not in {known.name for known in held}
                ]
                if not held:
                    del draft.people[role]
