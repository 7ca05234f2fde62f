"""The roster: who takes the course, how a new list differs from the stored one, and one-time codes for `/link`."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeVar

T = TypeVar("T")

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: without I, L, O and U, which are misread or make words."""
CODE_LENGTH = 10
"""50 bits: not to be guessed at five tries an hour."""
_MISREAD = str.maketrans("OIL", "011")

WRONG_CODES = 5
"""So many wrong codes an account may try in `WRONG_CODES_SPAN`."""
WRONG_CODES_SPAN = timedelta(hours=1)

FIELDS = frozenset({"login", "email", "section"})
"""What a list may say of a person besides the name."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One person of the roster. `key` is the login, or else the e-mail address, casefolded: names are not keys."""

    key: str
    name: str
    email: str | None = None
    section: str | None = None

    @property
    def login(self) -> str | None:
        """The login; None for someone known by the e-mail address alone."""
        return None if self.email and self.key == self.email.casefold() else self.key


@dataclass(frozen=True, slots=True)
class Stored:
    """An entry as the course has it."""

    id: int
    entry: Entry
    dropped: bool = False


@dataclass(frozen=True, slots=True)
class Human:
    """A row of the course's people as staff see it; `origin` is "roster", "page" or "met"."""

    id: int
    entry: Entry
    origin: str
    dropped: bool
    user_id: str | None
    group: str | None

    @property
    def label(self) -> str:
        """ "Student01 (login01)"."""
        if self.origin == "roster":
            return f"{self.entry.name} ({self.entry.key})"
        return f"{self.entry.name} ({'from the course page' if self.origin == 'page' else 'not on the roster'})"


@dataclass(frozen=True, slots=True)
class Change:
    """A stored entry that becomes another."""

    id: int
    before: Entry
    after: Entry


@dataclass(frozen=True, slots=True)
class RosterDiff:
    """What a list would change. `returned` were dropped before and are named again."""

    added: tuple[Entry, ...] = ()
    returned: tuple[Change, ...] = ()
    changed: tuple[Change, ...] = ()
    dropped: tuple[Stored, ...] = ()
    unchanged: int = 0

    @property
    def empty(self) -> bool:
        return not (self.added or self.returned or self.changed or self.dropped)

    @property
    def drops_most(self) -> bool:
        """Whether more than half of the roster would go: rather the wrong file than a hard term."""
        return 2 * len(self.dropped) > len(self.dropped) + len(self.changed) + self.unchanged


def diff(
    stored: Sequence[Stored],
    entries: Sequence[Entry],
    *,
    fields: Collection[str] = FIELDS,
    unread: Collection[str] = (),
) -> RosterDiff:
    """How `entries` (with different keys) differ from what is `stored`.

    A person is found by key, or else by an e-mail address that only one on each side has: so a list with logins can
    follow one without. What the list has no column for (`fields` it has) stays as stored. Whoever is named by a line
    that could not be taken (`unread` keys and addresses) is not dropped.
    """
    pairs = _pairs(stored, entries)
    returned, changed, unchanged = [], [], 0
    for known, entry in pairs:
        after = _filled(known.entry, entry, fields)
        if known.dropped:
            returned.append(Change(known.id, known.entry, after))
        elif after != known.entry:
            changed.append(Change(known.id, known.entry, after))
        else:
            unchanged += 1
    found = {known.id for known, _ in pairs}
    taken = {entry.key for _, entry in pairs}
    gone = [known for known in stored if known.id not in found and not known.dropped]
    kept = [known for known in gone if {known.entry.key, _address(known.entry)} & set(unread)]
    return RosterDiff(
        added=tuple(entry for entry in entries if entry.key not in taken),
        returned=tuple(returned),
        changed=tuple(changed),
        dropped=tuple(known for known in gone if known not in kept),
        unchanged=unchanged + len(kept),
    )


def _pairs(stored: Sequence[Stored], entries: Sequence[Entry]) -> list[tuple[Stored, Entry]]:
    by_key = {known.entry.key: known for known in stored}
    pairs = [(by_key[entry.key], entry) for entry in entries if entry.key in by_key]
    met = {known.id for known, _ in pairs}
    old = _alone((_address(known.entry), known) for known in stored if known.id not in met)
    new = _alone((_address(entry), entry) for entry in entries if entry.key not in by_key)
    return pairs + [(old[address], entry) for address, entry in new.items() if address in old]


def _alone(pairs: Iterable[tuple[str | None, T]]) -> dict[str, T]:
    """What is found under an address that nothing else is found under."""
    pairs = list(pairs)
    times = Counter(address for address, _ in pairs)
    return {address: thing for address, thing in pairs if address and times[address] == 1}


def _address(entry: Entry) -> str | None:
    return entry.email.casefold() if entry.email else None


def _filled(before: Entry, entry: Entry, fields: Collection[str]) -> Entry:
    return replace(
        entry,
        key=entry.key if entry.login else before.key,  # a login that is known stays when a list has none
        email=entry.email if entry.email or "email" in fields else before.email,
        section=entry.section if "section" in fields else before.section,
    )


def describe(change: Change) -> str:
    """What changes for a person, in words: "Student03: section 001 → 002"."""
    before, after = change.before, change.after
    parts = [
        f"{what} {old or 'none'} → {new or 'none'}"
        for what, old, new in (
            ("name", before.name, after.name),
            ("login", before.login, after.login),
            ("e-mail", before.email, after.email),
            ("section", before.section, after.section),
        )
        if old != new
    ]
    return f"{before.name}: {', '.join(parts)}" if parts else before.name


def same_name(name: str) -> str:
    """What makes two names the same: case, blanks and compatibility forms do not count."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def namesakes(page: Mapping[int, str], roster: Mapping[str, str]) -> dict[int, str]:
    """For people whom a course page names (id: name): the roster's only person (key: name) of that name."""
    here = _alone((same_name(name), id_) for id_, name in page.items())
    there = _alone((same_name(name), key) for key, name in roster.items())
    return {id_: there[name] for name, id_ in here.items() if name in there}


def read_code(typed: str) -> str:
    """What was typed as codes are stored: case, blanks and hyphens do not count, O is 0, I and L are 1."""
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", typed)).upper().translate(_MISREAD)


def show_code(code: str) -> str:
    """K7QX2-M2PDA."""
    return f"{code[: CODE_LENGTH // 2]}-{code[CODE_LENGTH // 2 :]}"


@dataclass(frozen=True, slots=True)
class Code:
    """Someone who is not linked yet, and their one-time code."""

    entry: Entry
    code: str


def codes_csv(codes: Sequence[Code]) -> bytes:
    """Names, addresses and codes for a mail merge. The mark at the beginning tells spreadsheets that it is UTF-8."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["name", "email", "login", "section", "code"])
    for one in codes:
        entry = one.entry
        cells = [entry.name, entry.email or "", entry.login or "", entry.section or "", show_code(one.code)]
        writer.writerow([safe_cell(cell) for cell in cells])
    return text.getvalue().encode("utf-8-sig")


def safe_cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
