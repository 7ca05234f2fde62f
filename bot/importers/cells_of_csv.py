"""A CSV file as cells that know where they stand in it, so that one can be changed and all else stays to the byte."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.core.errors import CourseError

# A quoted cell may hold line ends, and what some programs write behind its closing quotation mark belongs to it.
_CELL = {
    delimiter: re.compile(rf'(?:"([^"]*+(?:""[^"]*+)*+)")?([^{delimiter}\r\n]*+)({delimiter}|\r\n|\n|\r|\Z)')
    for delimiter in (",", ";", "\t")
}
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


@dataclass(frozen=True, slots=True)
class Place:
    """A cell: its text without the quotation marks, and where it stands with them."""

    text: str
    start: int
    end: int

    @property
    def quoted(self) -> bool:
        """Whether it stands in quotation marks: then it is longer than its text."""
        return self.end - self.start >= len(self.text) + 2


@dataclass(frozen=True, slots=True)
class Record:
    """A record, beginning at the 1-based line `line`."""

    line: int
    cells: tuple[Place, ...]


class Sheet:
    """A file as it came. `encoding` and the errors' handler give its bytes back whatever they were."""

    def __init__(self, data: bytes) -> None:
        """Raises CourseError when it is no text file."""
        self._encoding = next((name for bom, name in _BOMS if data.startswith(bom)), "utf-8")
        # Bytes that are no UTF-8 (a name in Windows-1252) go through and come back as they were.
        self._errors = "strict" if self._encoding.startswith("utf-16") else "surrogateescape"
        try:
            self.text = data.decode(self._encoding, self._errors)
        except UnicodeDecodeError:
            raise CourseError("The file claims to be UTF-16 text but is not. Export it again as CSV.") from None
        if "\0" in self.text or not self.text.strip("\ufeff \r\n"):
            raise CourseError("This is no CSV file. Export the gradebook from Canvas as CSV, and attach that.")

    def records(self, delimiter: str) -> list[Record]:
        """Its records, blank ones too."""
        found, cells = [], []
        at = 1 if self.text.startswith("\ufeff") else 0
        line = first = 1
        while at < len(self.text):
            match = _CELL[delimiter].match(self.text, at)
            assert match is not None  # a quotation mark that is never closed is a sign like others
            inside, rest, stop = match.groups()
            cells.append(Place((inside or "").replace('""', '"') + rest, at, match.start(3)))
            at = match.end()
            line += match[0].count("\n") + match[0].replace("\r\n", "").count("\r")
            if stop != delimiter:
                found.append(Record(first, tuple(cells)))
                cells, first = [], line
        if cells:  # the file ends with a delimiter: an empty cell is behind it
            found.append(Record(first, (*cells, Place("", at, at))))
        return found

    def with_cells(self, changes: Iterable[tuple[Place, str]], delimiter: str) -> bytes:
        """The file with these cells saying something else; a cell that was quoted stays so.

        What they say has no quotation marks and no line ends in it.
        """
        parts, at = [], 0
        for place, text in sorted(changes, key=lambda change: change[0].start):
            if place.quoted or delimiter in text:
                text = f'"{text}"'
            parts += [self.text[at : place.start], text]
            at = place.end
        return "".join([*parts, self.text[at:]]).encode(self._encoding, self._errors)
