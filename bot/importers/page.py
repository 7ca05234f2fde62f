"""A course page, Markdown or HTML, into a plan: sessions, milestones, and a warning for every doubt."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from bot.core.course import Kind, PageSession, Reading, Role
from bot.core.times import Term
from bot.importers.calendar import Dated, days_between, note_days, note_oddities, resolve
from bot.importers.cells import Draft, shorten_title
from bot.importers.columns import LOOKED_FOR, Columns, find_columns, heading_words
from bot.importers.document import MAX_ROWS, Document, Table
from bot.importers.kinds import Casting, read_standings, session_kind
from bot.importers.milestones import read_milestones, under_milestones
from bot.importers.names import Standing
from bot.importers.plan import Milestone, Notes, PageError, PageHints, PagePlan, PageWarning, quote
from bot.importers.sessions import SessionDraft, SessionReader, has_dates
from bot.importers.source import read_text

__all__ = ["Milestone", "PageError", "PageHints", "PagePlan", "PageWarning", "read_page"]

_STAR_OPTIONAL = re.compile(r"[*★✱]\s*(?:=|:|-|–|means|denotes|indicates|marks|is|are)?\s*optional", re.I)
_LECTURES = (Kind.LECTURE, Kind.STUDENT_LECTURE, Kind.GUEST)


def read_page(data: bytes, hints: PageHints) -> PagePlan:
    """The schedule and milestones that a course page publishes.

    Raises:
        PageError: this is no page, has no schedule, or is plainly of another term.
    """
    notes = Notes()
    text = read_text(data, notes)
    document = _document(text)
    drafts = _drafts(document, notes)
    for line, struck in document.struck:
        notes.add(line, f"{quote(struck)} is crossed out: it is left out.")
    dated = resolve([draft.written for draft in drafts], document.headings, hints, notes)
    note_oddities(dated, hints, notes)
    sessions = _sessions(drafts, dated, hints, notes, _STAR_OPTIONAL.search(text) is not None)
    if hints.term is None and sessions:
        days = [session.date for session in sessions]
        hints = replace(hints, term=Term(min(days) - timedelta(days=30), max(days) + timedelta(days=30)))
    milestones = read_milestones(document, hints, notes)
    return PagePlan(sessions, milestones, notes.in_order())


def _document(text: str) -> Document:
    # The parsers take a third of a second to import, which a bot that starts has no use for.
    from bot.importers.html import read_html
    from bot.importers.markdown import looks_like_html, read_markdown

    return read_html(text) if looks_like_html(text) else read_markdown(text)


def _drafts(document: Document, notes: Notes) -> list[SessionDraft]:
    fitting = [
        (table, columns)
        for table in document.tables
        if not under_milestones(table.headings[-1:]) and (columns := find_columns(table)) is not None
    ]
    if not fitting:
        raise PageError(_no_table(document))
    reader = SessionReader(notes)
    used: list[tuple[Table, Columns]] = []
    for table, columns in fitting:
        if len(table.rows) > MAX_ROWS:
            raise PageError(
                f"The table at line {table.line} has {len(table.rows)} rows: no schedule has over {MAX_ROWS}."
            )
        # Office hours have days and names too, but no dates.
        if has_dates(table, columns):
            reader.read(table, columns)
            used.append((table, columns))
            _note_columns(table, columns, notes)
    if not used:
        table, columns = fitting[0]
        raise PageError(
            f"The schedule at line {table.line} has no row with a date: none was found under "
            f"{quote(columns.date_heading)}. Write dates like “Jan 18” or “2024-01-18”."
        )
    if len(used) > 1:
        lines = ", ".join(str(table.line) for table, _ in used)
        notes.add(
            used[1][0].line,
            f"{len(used)} tables look like the schedule (lines {lines}): they are read one after the other.",
        )
    return reader.drafts


def _no_table(document: Document) -> str:
    if not document.tables:
        return (
            f"The page has no table: the schedule must be a table with headings such as {LOOKED_FOR}. "
            "If the page builds it with scripts, save it from the browser as HTML first."
        )
    tops = [
        ", ".join(cell.text for cell in table.rows[0].cells if cell.lines)
        for table in document.tables[:3]
        if table.rows
    ]
    return (
        f"No table of the page is a schedule: one needs a Date column and one of Readings, Topic or Presenter "
        f"(looked for: {LOOKED_FOR}). "
        f"Found: {'; '.join(quote(top) for top in tops if top) or 'tables without headings'}."
    )


def _note_columns(table: Table, columns: Columns, notes: Notes) -> None:
    line = table.rows[columns.header].line
    if columns.other:
        notes.add(line, f"Not understood and left out: the columns {', '.join(quote(name) for name in columns.other)}.")
    if not re.search(r"\bdates?\b|^when$|^day$", heading_words(columns.date_heading)):
        notes.add(line, f"No column is headed Date: dates are read from {quote(columns.date_heading)}.")
    header = table.rows[columns.header]
    for row in table.rows[columns.header + 1 :]:
        beyond = [
            cell for at, cell in enumerate(row.cells) if cell.lines and not header.cell(at).lines and at != columns.date
        ]
        if beyond and not header.cell(row.cells.index(beyond[0])).covered and not any(cell.wide for cell in row.cells):
            notes.add(row.line, f"{quote(beyond[0].text)} stands in a column without a heading: it is left out.")
            return


def _sessions(
    drafts: Sequence[SessionDraft], dated: Sequence[Dated], hints: PageHints, notes: Notes, star_optional: bool
) -> tuple[PageSession, ...]:
    castings = [
        Casting(
            draft.line,
            draft.title,
            draft.people.get(Role.PRESENTER, ()),
            [*draft.people.get(Role.SUMMARIZER, ()), *draft.people.get(Role.REVIEWER, ())],
        )
        for draft in drafts
    ]
    standings = read_standings(castings, hints.staff, notes)
    default = _default_mark(drafts, notes, star_optional)
    usual = hints.meeting_days or frozenset(item.days[0].weekday() for item in dated if len(item.days) == 1)
    sessions: list[PageSession] = []
    met: list[tuple[int, date]] = []
    for draft, item in zip(drafts, dated, strict=True):
        session = _session(draft, standings, default, star_optional, notes)
        days = _meetings(item, session.kind, usual, notes)
        if session.kind is Kind.NO_CLASS and item.written.when.ranged:
            met += [(draft.line, day) for day in days if day.weekday() in usual]
        else:
            met += [(draft.line, day) for day in days]
        sessions += [replace(session, date=day) for day in days]
    if not sessions:
        raise PageError("No date of the schedule exists in the calendar: check the dates and the year of the term.")
    lax = [s for s in sessions if s.kind in _LECTURES and s.readings and not any(r.required for r in s.readings)]
    if lax:
        days_listed = ", ".join(f"{session.date:%b} {session.date.day}" for session in lax)
        notes.add(lax[0].line, f"Of these classes no reading is required: {days_listed}.")
    note_days(met, hints, notes)
    return tuple(sessions)


def _session(
    draft: SessionDraft, standings: Mapping[str, Standing], default: bool, star_optional: bool, notes: Notes
) -> PageSession:
    presenters = draft.people.get(Role.PRESENTER, [])
    readings: dict[tuple[str, str | None], Reading] = {}
    for item in draft.readings:
        reading = Reading(shorten_title(item, notes), item.url, _required(item, default, star_optional), item.note)
        if readings.setdefault((reading.title, reading.url), reading) is not reading:
            notes.add(
                item.line, f"{quote(reading.title)} stands twice on {quote(draft.written.text)}: it is kept once."
            )
    kind = draft.kind or session_kind(draft.title, presenters, standings, bool(readings))
    if not (draft.title or readings or draft.people):
        notes.add(
            draft.line,
            f"{quote(draft.written.text)} has no reading, title or presenter: it is read as an open lecture.",
        )
    return PageSession(
        date=date.min,
        kind=kind,
        title=draft.title,
        topic=draft.topic,
        readings=tuple(readings.values()),
        duties={role: tuple(person.name for person in people) for role, people in draft.people.items()},
        starts=draft.starts if draft.ends else None,
        ends=draft.ends,
        room=draft.room,
        line=draft.line,
    )


def _required(draft: Draft, default: bool, star_optional: bool) -> bool:
    if draft.mark is not None:
        return draft.mark
    return not star_optional if draft.star else default


def _default_mark(drafts: Sequence[SessionDraft], notes: Notes, star_optional: bool) -> bool:
    """Whether a reading that says nothing is required: not on a page that marks the required ones."""
    readings = [reading for draft in drafts for reading in draft.readings]
    starred = next((reading for reading in readings if reading.star and reading.mark is None), None)
    if starred is not None:
        meaning = "optional, as the page explains" if star_optional else "required"
        notes.add(starred.line, f"A star beside a reading, as at {quote(starred.title)}, is read as {meaning}.")
    marks = {reading.mark for reading in readings if reading.mark is not None}
    if starred is not None:
        marks.add(not star_optional)
    unmarked = next((reading for reading in readings if reading.mark is None and not reading.star), None)
    if readings and not marks:
        notes.add(readings[0].line, "The page marks no reading as required or optional: all are read as required.")
    elif marks == {True, False} and unmarked is not None:
        notes.add(
            unmarked.line,
            f"The page marks required and optional readings, but not {quote(unmarked.title)} and perhaps others: "
            "those without a mark are read as optional.",
        )
    return True not in marks


def _meetings(item: Dated, kind: Kind, usual: frozenset[int], notes: Notes) -> list[date]:
    """The days a row stands for. A range without class is one row on its first day; else one for each meeting day."""
    written, days = item.written, list(item.days)
    if len(days) < len(written.when.dates):
        notes.add(written.line, f"{quote(written.text)} names a day that does not exist: it is left out.")
        return days
    if not written.when.ranged:
        if len(days) > 1:
            notes.add(
                written.line, f"{quote(written.text)} names {len(days)} days: the row is read as one class on each."
            )
        return days
    first, last = days
    if kind is Kind.NO_CLASS:
        notes.add(written.line, f"{quote(written.text)} is a range without class: it is kept as one row on {first}.")
        return [first]
    if not 0 < (last - first).days <= 31:
        notes.add(
            written.line, f"The range {quote(written.text)} ends before it starts or is too long: only {first} is read."
        )
        return [first]
    between = [day for day in days_between(first, last) if not usual or day.weekday() in usual] or [first]
    listed = ", ".join(f"{day:%b} {day.day}" for day in between)
    notes.add(
        written.line, f"{quote(written.text)} is a range: it is read as one class on each meeting day ({listed})."
    )
    return between
