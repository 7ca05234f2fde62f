"""A class list as CSV -> entries of the roster, with a warning for each line that cannot be taken."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.core.errors import CourseError
from bot.core.roster import FIELDS, Entry
from bot.importers.plan import Notes, PageWarning, quote

MAX_BYTES = 2 * 1024 * 1024
MAX_ENTRIES = 5_000

_NAME_MAX = 120
_SECTION_MAX = 120
_HEADING_WITHIN = 20
"""Rows above the headings: a title, a blank line."""

# By heading, without case, blanks and punctuation. Of several logins the first in this order is the key: Canvas calls
# the login "SIS Login ID", and its "ID" and "SIS User ID" are numbers that nobody types.
_HEADINGS: dict[str, tuple[str, ...]] = {
    "name": ("student", "name", "fullname", "studentname", "displayname"),
    "first": ("firstname", "first", "givenname", "givennames", "forename"),
    "last": ("lastname", "last", "surname", "familyname"),
    "preferred": ("preferredname", "preferredfirstname", "chosenname"),
    "email": ("email", "emailaddress", "mail", "emails", "studentemail", "campusemail"),
    "login": (
        *("sisloginid", "loginid", "login", "loginname", "uniqname", "uniquename", "username", "netid"),
        *("userid", "user", "sisuserid"),
    ),
    "section": ("section", "sections", "sectionname", "classsection"),
}
_LOOKED_FOR = (
    "a name (Student, Name, or First name and Last name) and a login (SIS Login ID, Login, Uniqname, Username, NetID "
    "or User ID) or an e-mail address (Email); Section may be there too"
)
_EMAIL = re.compile(r"[^\s@,;:<>()\"\\]+@[^\s@,;:<>()\"\\]+\.[^\s@,;:<>()\"\\.]{2,}")
_LOGIN = re.compile(r"[^\s:,;<>\"]{1,100}")
_SUFFIX = re.compile(r"(?:jr|sr|ii|iii|iv|v|ph\.?d)\.?", re.I)
_NOBODY = {"points possible", "student, test", "test student"}
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


@dataclass(frozen=True, slots=True)
class RosterFile:
    """A list as read: entries in its order, what it has columns for, and every doubt there was (by line).

    `unread` are the keys and e-mail addresses on lines that could not be taken.
    """

    entries: tuple[Entry, ...]
    fields: frozenset[str]
    unread: frozenset[str] = frozenset()
    warnings: tuple[PageWarning, ...] = ()


@dataclass(frozen=True, slots=True)
class _Row:
    """A record of the file, beginning at the 1-based line `line` and ending at `last`."""

    line: int
    last: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Table:
    """Which column holds what, how many columns have headings, and the records below that are not blank."""

    columns: dict[str, int]
    width: int
    rows: tuple[_Row, ...]


def read_roster(data: bytes) -> RosterFile:
    """The entries of a CSV file: with commas, semicolons or tabs; UTF-8, UTF-16 or Windows-1252.

    Raises:
        CourseError: it is no such file, too large, or has no usable line; the sentence says what was looked for.
    """
    if len(data) > MAX_BYTES:
        raise CourseError(f"The file has {len(data) / 2**20:.1f} MB; a roster has at most {MAX_BYTES // 2**20} MB.")
    notes = Notes()
    text = _decode(data, notes).replace("\r\n", "\n").replace("\r", "\n")
    table = _table(text)
    if len(table.rows) > MAX_ENTRIES:
        raise CourseError(f"The file has {len(table.rows)} lines of people; a roster has at most {MAX_ENTRIES}.")
    return _Reader(table, notes).read()


def _decode(data: bytes, notes: Notes) -> str:
    if not data.strip():
        raise CourseError("The file is empty. Export the class list as CSV and import that.")
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            try:
                return data[len(bom) :].decode(encoding)
            except UnicodeDecodeError:
                raise CourseError(f"The file claims to be {encoding.upper()} text but is not. Save it again.") from None
    if b"\0" in data:
        head = data[:1000]
        if data.startswith(b"PK") or not (head[1::2].strip(b"\0") == b"" or head[::2].strip(b"\0") == b""):
            raise CourseError("This is not a text file. Open the class list and save it as CSV, then import that.")
        return data.decode("utf-16-le" if head[1:2] == b"\0" else "utf-16-be", errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        notes.add(line, "The file is not UTF-8: read as Windows-1252 (Latin 1), so check the accents in names.")
        return data.decode("cp1252", errors="replace")


def _table(text: str) -> _Table:
    """The file read with the delimiter that makes most sense of its headings."""
    best: _Table | None = None
    trouble: CourseError | None = None
    for delimiter in ",;\t":
        try:
            rows = list(_rows(text, delimiter))
        except CourseError as error:
            trouble = trouble or error
            continue
        for number, row in enumerate(rows[:_HEADING_WITHIN]):
            columns = _columns(row.cells)
            if columns and (best is None or len(columns) > len(best.columns)):
                below = tuple(row for row in rows[number + 1 :] if any(cell.strip() for cell in row.cells))
                best = _Table(columns, len(row.cells), below)
    if best is None:
        raise trouble or CourseError(f"I found no line with headings in this file. I looked for {_LOOKED_FOR}.")
    return best


def _rows(text: str, delimiter: str) -> Iterator[_Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    line = 1
    try:
        for cells in reader:
            yield _Row(line, reader.line_num, tuple(cells))
            line = reader.line_num + 1
    except csv.Error:
        raise CourseError(
            f"Line {line} cannot be read: a quotation mark there is never closed. Correct it and import again."
        ) from None


def _columns(cells: Sequence[str]) -> dict[str, int]:
    """Where the headings say that things are; empty when these are no headings of a roster."""
    seen: dict[str, int] = {}
    for index, cell in enumerate(cells):
        seen.setdefault(re.sub(r"[\W_]", "", cell).casefold(), index)
    found = {
        what: next(seen[heading] for heading in headings if heading in seen)
        for what, headings in _HEADINGS.items()
        if any(heading in seen for heading in headings)
    }
    named = "name" in found or ("last" in found and ("first" in found or "preferred" in found))
    return found if named and ("login" in found or "email" in found) else {}


class _Reader:
    """Reads the records of one file."""

    def __init__(self, table: _Table, notes: Notes) -> None:
        self._table = table
        self._notes = notes
        self._lines: dict[str, int] = {}
        self._unread: set[str] = set()

    def read(self) -> RosterFile:
        entries = [entry for row in self._table.rows if (entry := self._entry(row))]
        warnings = self._notes.in_order()
        if not entries:
            why = f" Line {warnings[0].line}: {warnings[0].text}" if warnings else ""
            raise CourseError(f"No line of this file names a person that I can enter.{why} I looked for {_LOOKED_FOR}.")
        fields = FIELDS & set(self._table.columns)
        return RosterFile(tuple(entries), fields, frozenset(self._unread - set(self._lines)), warnings)

    def _entry(self, row: _Row) -> Entry | None:
        cells = [*row.cells, *[""] * self._table.width]
        raw = {what: cells[index].strip() for what, index in self._table.columns.items()}
        if not any(raw.values()) or raw.get("name", "").casefold() in _NOBODY:
            return None
        login, email = raw.get("login", ""), raw.get("email", "")
        if not email and _EMAIL.fullmatch(login):
            email = login
        key = (login or email).casefold()
        problem = self._shape(row, raw) or _key_problem(login, email)
        name = _name(raw)
        if not problem and not name:
            problem = "there is no name"
        if not problem and len(name) > _NAME_MAX:
            problem = f"a name of {len(name)} characters: {quote(name)}"
        if not problem and key in self._lines:
            problem = f"{quote(key)} is on line {self._lines[key]} already"
        if problem:
            self._notes.add(row.line, f"{problem[0].upper()}{problem[1:]}. Left out.")
            self._unread |= {login.casefold(), email.casefold()} - {""}
            return None
        self._lines[key] = row.line
        if row.last > row.line:
            self._notes.add(row.line, f"This entry goes on to line {row.last}: is a quotation mark missing?")
        section = " ".join(raw.get("section", "").split())
        return Entry(key, name, email or None, section[:_SECTION_MAX].rstrip() or None)

    def _shape(self, row: _Row, raw: dict[str, str]) -> str | None:
        width = self._table.width
        if any(cell.strip() for cell in row.cells[width:]):
            return f"{len(row.cells)} cells under {width} headings: a name with a comma needs quotation marks"
        if any("\n" in cell for cell in raw.values()):
            return f"a cell goes on to line {row.last}, so a quotation mark seems to be missing"
        return None


def _key_problem(login: str, email: str) -> str | None:
    if email and not _EMAIL.fullmatch(email):
        return f"{quote(email)} is no e-mail address"
    if len(email) > 254:
        return "the e-mail address is too long"
    if login and not _LOGIN.fullmatch(login):
        return f"{quote(login)} is no login"
    return None if login or email else "there is neither a login nor an e-mail address"


def _name(raw: dict[str, str]) -> str:
    """The name as people say it: a preferred name before the registered one, "Last, First" turned round."""
    first, last, whole = (" ".join(raw.get(what, "").split()) for what in ("first", "last", "name"))
    preferred = _turned(" ".join(raw.get("preferred", "").split()))[0]
    turned, family = _turned(whole)
    last = last or family
    if " " in preferred:
        return preferred
    if preferred and last:
        return f"{preferred} {last}"
    return turned or " ".join(part for part in (first or preferred, last) if part)


def _turned(name: str) -> tuple[str, str]:
    """ "Last, First" as "First Last", and the last name if there was a comma to tell it by."""
    parts = [part.strip() for part in name.split(",") if part.strip()]
    suffix = [part for part in parts if _SUFFIX.fullmatch(part)]
    parts = [part for part in parts if part not in suffix]
    if len(parts) == 2 and len(suffix) <= 1:
        return " ".join([parts[1], parts[0], *suffix]), " ".join([parts[0], *suffix])
    return name.strip(", "), ""
