"""Milestones of the project: list items and tables under headings such as "Milestones" or "Important dates"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.importers.columns import heading_words
from bot.importers.dates import find_dates
from bot.importers.document import Document, Row, Table
from bot.importers.dues import due_spans, read_due
from bot.importers.plan import Milestone, Notes, PageError, PageHints, quote

_HEADING = re.compile(
    r"\b(?:milestones?|deadlines?|important dates|key dates|project timeline|project schedule)\b", re.I
)
_DUE = re.compile(r"\b(?:due|deadline|date|when|dates)\b")
_NAME = re.compile(r"\b(?:milestone|deliverable|what|item|task|name|event|assignment)s?\b")
_FILLER = re.compile(
    r"\b(?:is|are|due|deadline|by|on|at|before|no later than)\b\s*:?\s*$|^\s*(?:due|deadline|by|on|at)\b\s*:?\s*", re.I
)
_WEEKDAY = re.compile(r"\b(?:mon|tues?|wednes|thurs?|fri|satur|sun)(?:day)?\b\.?|\bwed\b\.?|\bsat\b\.?", re.I)
_EDGES = " \t,;:–—-|*()[]"


def under_milestones(headings: tuple[str, ...]) -> bool:
    """Whether one of the headings above announces milestones."""
    return any(_HEADING.search(heading) for heading in headings)


def read_milestones(document: Document, hints: PageHints, notes: Notes) -> tuple[Milestone, ...]:
    """Every milestone of the page, in order; what has no readable date is left out with a warning."""
    found: list[Milestone] = []
    for line, name, text in _candidates(document, notes):
        try:
            due, warnings = read_due(text, hints.term, hints.zone, line)
        except PageError as error:
            notes.add(line, f"The milestone {quote(name or text)} is left out. {error}")
            continue
        notes.extend(warnings)
        title = _tidy(name if name is not None else due_spans(text))
        if not title:
            notes.add(line, f"The deadline {quote(text)} has no name: it is left out.")
            continue
        found.append(Milestone(title, due, line))
    return tuple(sorted(found, key=lambda milestone: milestone.line))


def _candidates(document: Document, notes: Notes) -> Iterator[tuple[int, str | None, str]]:
    """Line, name (None: inside the text) and text with a date."""
    for item in document.items:
        if under_milestones(item.headings):
            if find_dates(item.text):
                yield item.line, None, item.text
            else:
                notes.add(item.line, f"{quote(item.text)} stands under milestones but has no date: it is left out.")
    for table in document.tables:
        if under_milestones(table.headings) and table.rows:
            yield from _rows(table)


def _rows(table: Table) -> Iterator[tuple[int, str | None, str]]:
    headings = [heading_words(cell.text) for cell in table.rows[0].cells]
    dues = [index for index, heading in enumerate(headings) if _DUE.search(heading)]
    names = [index for index, heading in enumerate(headings) if _NAME.search(heading) and index not in dues]
    for row in table.rows[1:] if dues else table.rows:
        due = dues[0] if dues else next((at for at, cell in enumerate(row.cells) if find_dates(cell.text)), None)
        if due is None or not row.cell(due).lines:
            continue
        others = names or [index for index in range(len(row.cells)) if index != due]
        yield row.line, _first_text(row, others), row.cell(due).text


def _first_text(row: Row, columns: list[int]) -> str:
    return next((row.cell(index).text for index in columns if row.cell(index).lines), "")


def _tidy(text: str) -> str:
    text = re.sub(r"[(\[]\s*(?:due|by|on|at)?[\s,;:]*[)\]]", " ", _WEEKDAY.sub(" ", text) if find_dates(text) else text)
    for _ in range(4):
        shorter = _FILLER.sub("", " ".join(text.split()).strip(" \t,;:–—-|*"))
        if shorter == text:
            break
        text = shorter
    text = text.strip(" \t,;:–—-|*")
    if text.count("(") != text.count(")"):
        text = text.strip(_EDGES)
    return text[:200]
