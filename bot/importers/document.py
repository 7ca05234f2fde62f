"""A page as tables, headings and list items, with the line of the source each came from."""

from __future__ import annotations

import re
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text in one style; `url` is the target as written when the text is a link.

    `exact` text says what it is as it stands: no mark, separator or date is looked for in it.
    """

    text: str
    bold: bool = False
    url: str | None = None
    exact: bool = False


Line = tuple[Run, ...]
"""One visual line of a cell: line breaks, paragraphs and list items start new ones."""


def line_text(line: Line) -> str:
    """The text of a line without its styles."""
    return "".join(run.text for run in line).strip()


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table. `spanned` repeats a cell of an earlier row; `covered` lies under a wide cell to its left."""

    lines: tuple[Line, ...] = ()
    line: int = 0
    header: bool = False
    wide: bool = False
    spanned: bool = False
    covered: bool = False

    @property
    def text(self) -> str:
        return " ".join(line_text(line) for line in self.lines)

    @property
    def exact(self) -> tuple[str, ...]:
        """The stretches of exact text in the cell; empty when there are none."""
        return tuple(run.text.strip() for line in self.lines for run in line if run.exact and run.text.strip())


EMPTY = Cell()


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table; `line` is the 1-based line of the page where it begins."""

    cells: tuple[Cell, ...]
    line: int

    def cell(self, index: int) -> Cell:
        """The cell of a column; an empty one where the row is short."""
        return self.cells[index] if index < len(self.cells) else EMPTY


@dataclass(frozen=True, slots=True)
class Table:
    """A table, and the headings it stands under, outermost first."""

    rows: tuple[Row, ...]
    line: int
    headings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """A list item's own text, without the lists inside it."""

    text: str
    line: int
    headings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """What a page has that can matter: its tables, list items and headings, each with its lines."""

    tables: tuple[Table, ...]
    items: tuple[Item, ...]
    headings: tuple[tuple[int, str], ...]
    """Line and text of every heading, the page's title among them."""
    struck: tuple[tuple[int, str], ...] = ()
    """Line and text of what is crossed out in a table: it is left out of the cells."""


_BLANKS = re.compile(r"[\s\u00a0\u2000-\u200a\u202f\u3000]+")
_INVISIBLE = re.compile("[\u200b\u2060\ufeff\u00ad\u200e\u200f]")


@dataclass(slots=True)
class LineBuilder:
    """Collects runs and breaks into tidy lines."""

    _lines: list[list[Run]] = field(default_factory=lambda: [[]])

    def text(self, text: str, bold: bool, url: str | None, exact: bool = False) -> None:
        text = _BLANKS.sub(" ", _INVISIBLE.sub("", text))
        line = self._lines[-1]
        if not line or line[-1].text.endswith(" "):
            text = text.lstrip(" ") if not line or url is None else text
        if not text:
            return
        if line and (line[-1].bold, line[-1].url, line[-1].exact) == (bold, url, exact):
            line[-1] = Run(line[-1].text + text, bold, url, exact)
        else:
            line.append(Run(text, bold, url, exact))

    def line_break(self) -> None:
        if self._lines[-1]:
            self._lines.append([])

    def lines(self) -> tuple[Line, ...]:
        return tuple(tuple(line) for line in self._lines if any(run.text.strip() for run in line))


@dataclass(slots=True)
class Placed:
    """A cell as written, with how many rows and columns it takes."""

    cell: Cell
    rows: int
    columns: int


MAX_COLUMNS = 60
MAX_ROWS = 5000
"""No schedule is larger."""


def grid(rows: list[tuple[int, list[Placed]]]) -> tuple[Row, ...]:
    """Rows of placed cells as a grid: what spans rows is repeated, what lies under a wide cell is empty."""
    pending: dict[int, tuple[int, Cell]] = {}
    out: list[Row] = []
    for line, placed in rows:
        cells: dict[int, Cell] = {}
        for column, (left, cell) in list(pending.items()):
            cells[column] = cell
            if left > 1:
                pending[column] = (left - 1, cell)
            else:
                del pending[column]
        at = 0
        for item in placed:
            while at in cells:
                at += 1
            for offset in range(item.columns):
                column = at + offset
                if column >= MAX_COLUMNS:
                    break
                first = offset == 0
                cells[column] = item.cell if first else Cell(line=item.cell.line, covered=True)
                if item.rows > 1:
                    below = Cell(
                        item.cell.lines if first else (),
                        item.cell.line,
                        item.cell.header,
                        item.cell.wide,
                        True,
                        not first,
                    )
                    pending[column] = (item.rows - 1, below)
            at += item.columns
        width = max(cells, default=-1) + 1
        out.append(Row(tuple(cells.get(column, EMPTY) for column in range(width)), line))
    return tuple(out)
