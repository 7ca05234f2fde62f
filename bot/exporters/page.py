"""A schedule as a page: what stands where, in words that the importer reads back as the same sessions.

A course page says most things by its wording, and the importer has to guess: "Buffer" in bold is a buffer class, who
presents only once a guest, "(Required)" a mark. So the page is written in the plainest words first and read back; what
comes back differently is then said outright, and only that: a column Topic, Kind, Time or Room, dates with their year,
and text in `<bdi>`, which the importer takes as it stands.

By nature a page cannot keep: blanks at the ends of a text or several in a row, line breaks, control and invisible
characters, seconds, links that are no web addresses, a reading that a session has twice, two people of one name in one
duty, years before 1990, and titles of readings over 300 characters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from urllib.parse import urlsplit

from bot.core.course import PageSession, Reading, Role
from bot.core.meetings import Meeting, with_times
from bot.exporters.lines import ROLE_HEADINGS
from bot.importers.cells import is_nobody
from bot.importers.kinds import KIND_WORDS
from bot.importers.page import PageError, read_page
from bot.importers.plan import PageHints


@dataclass(frozen=True, slots=True)
class CourseFacts:
    """What a page says of the course (`label`), and what its reader knows besides: term, staff, when classes meet."""

    label: str
    hints: PageHints
    pattern: tuple[Meeting, ...] = ()


class Field(StrEnum):
    """What may have to be said outright."""

    TITLE = "title"
    TOPIC = "topic"
    READINGS = "readings"
    DUTIES = "duties"
    KIND = "kind"
    WHEN = "when"


@dataclass(frozen=True, slots=True)
class Line:
    """One reading as it is written. `mark` is "(Required)", "(Optional)" or nothing."""

    title: str
    url: str | None
    mark: str
    note: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One session as it is written. `above` is the topic that begins here, `more` the texts of further columns.

    `title` has a part for each line; only the first is bold. The fields in `exact` are written as exact text.
    """

    day: date
    date: str
    above: str
    title: tuple[str, ...]
    readings: tuple[Line, ...]
    people: tuple[tuple[str, ...], ...]
    more: tuple[tuple[str, bool], ...]
    exact: frozenset[Field]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The whole table: its headings, and the sessions in order."""

    label: str
    headings: tuple[str, ...]
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class _Wording:
    """How much is said outright: all years, topics in a column of their own, and fields of single sessions."""

    years: bool = False
    topics: bool = False
    outright: frozenset[tuple[int, Field]] = field(default_factory=frozenset)


def settle(sessions: Sequence[PageSession], facts: CourseFacts, write: Callable[[Sheet], str]) -> str:
    """The plainest page by `write` that reads as these sessions."""
    wording = _Wording()
    while True:
        page = write(_sheet(sessions, facts, wording))
        outright = _more_outright(sessions, facts, wording, page)
        if outright == wording:
            return page
        wording = outright


def is_link(url: str | None) -> bool:
    """Whether an address can stand as a link on a page: the importer, too, takes no others."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return False
    return parts.scheme.lower() in ("http", "https") and bool(parts.netloc) and not re.search(r"\s", url or "")


def _more_outright(sessions: Sequence[PageSession], facts: CourseFacts, wording: _Wording, page: str) -> _Wording:
    """The wording for the next try; the same one when the page reads as it should, or cannot do so at all."""
    if not sessions:
        return wording
    try:
        found = read_page(page.encode(), facts.hints).sessions
    except PageError:
        found = ()
    if [item.date for item in found] != [session.date for session in sessions]:
        if not wording.years:
            return replace(wording, years=True)
        everything = frozenset((at, one) for at in range(len(sessions)) for one in Field)
        return replace(wording, topics=True, outright=everything)
    topics, outright = wording.topics, set(wording.outright)
    for at, (wanted, read) in enumerate(zip(sessions, found, strict=True)):
        for one in _misread(wanted, read, facts.pattern):
            if one is Field.TOPIC and not wording.topics:
                topics = True
            elif one is Field.WHEN and (at, one) in wording.outright:
                outright.add((at, Field.TITLE))  # a title may have times and a room in it
            else:
                outright.add((at, one))
    return replace(wording, topics=topics, outright=frozenset(outright))


def _misread(wanted: PageSession, read: PageSession, pattern: Sequence[Meeting]) -> list[Field]:
    differs = {
        Field.TITLE: wanted.title != read.title,
        Field.TOPIC: wanted.topic != read.topic,
        Field.READINGS: wanted.readings != read.readings,
        Field.DUTIES: _held(wanted) != _held(read),
        Field.KIND: wanted.kind is not read.kind,
        Field.WHEN: _when(wanted, pattern) != _when(read, pattern),
    }
    return [one for one, yes in differs.items() if yes]


def _held(session: PageSession) -> dict[Role, tuple[str, ...]]:
    return {role: people for role, people in session.duties.items() if people}


def _when(session: PageSession, pattern: Sequence[Meeting]) -> tuple[object, ...]:
    """Time and room, with what the weekly pattern says. On other days a class has none but those it is given."""
    if pattern:
        timed, guess = with_times(session, pattern)
        session = session if guess and session.kind.meets else timed
    return session.starts, session.ends, session.room


def _sheet(sessions: Sequence[PageSession], facts: CourseFacts, wording: _Wording) -> Sheet:
    stated = [frozenset(one for one in Field if (at, one) in wording.outright) for at in range(len(sessions))]
    columns: dict[str, Callable[[PageSession, frozenset[Field]], tuple[str, bool]]] = {}
    if wording.topics:
        columns["Topic"] = lambda session, exact: (_flat(session.topic), Field.TOPIC in exact)
    if any(Field.WHEN in one and session.starts for session, one in zip(sessions, stated, strict=True)):
        columns["Time"] = lambda session, exact: (_hours(session) if Field.WHEN in exact else "", False)
    if any(Field.WHEN in one and session.room for session, one in zip(sessions, stated, strict=True)):
        columns["Room"] = lambda session, exact: (
            _flat(session.room) if Field.WHEN in exact else "",
            is_nobody(session.room or ""),
        )
    if any(Field.KIND in one for one in stated):
        columns["Kind"] = lambda session, exact: (KIND_WORDS[session.kind] if Field.KIND in exact else "", False)
    some_required = any(reading.required for session in sessions for reading in session.readings)
    entries: list[Entry] = []
    topic: str | None = None
    for session, exact in zip(sessions, stated, strict=True):
        begins = not wording.topics and session.topic is not None and session.topic != topic
        topic = session.topic if begins else topic
        entries.append(
            Entry(
                day=session.date,
                date=f"{session.date:%b} {session.date.day}" + (f", {session.date.year}" if wording.years else ""),
                above=_flat(session.topic) if begins else "",
                title=_title_lines(session, Field.TITLE in exact),
                readings=tuple(_line(reading, some_required) for reading in session.readings),
                people=tuple(tuple(map(_flat, session.duties.get(role, ()))) for role in ROLE_HEADINGS),
                more=tuple(say(session, exact) for say in columns.values()),
                exact=exact,
            )
        )
    headings = ("Date", "Readings", *ROLE_HEADINGS.values(), *columns)
    return Sheet(_flat(facts.label), headings, tuple(entries))


def _title_lines(session: PageSession, exact: bool) -> tuple[str, ...]:
    """The title; where the room is a part of it, each part on a line of its own, as the importer joined them."""
    title = _flat(session.title)
    parts = title.split(" / ")
    if not exact and session.room is not None and session.room in parts[1:]:
        return tuple(parts)
    return (title,) if title else ()


def _line(reading: Reading, some_required: bool) -> Line:
    """Where some readings are marked as required, the others are optional; else the optional ones are marked."""
    mark = "(Required)" if reading.required else "" if some_required else "(Optional)"
    return Line(_flat(reading.title), reading.url if is_link(reading.url) else None, mark, _flat(reading.note))


def _hours(session: PageSession) -> str:
    return f"{session.starts:%H:%M}-{session.ends:%H:%M}" if session.starts and session.ends else ""


def _flat(text: str | None) -> str:
    """`text` on one line, without control characters."""
    return re.sub(r"[\x00-\x1f\x7f]", "", " ".join((text or "").split()))
