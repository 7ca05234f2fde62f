"""Which day a date without a year is, and whether the page is of this term at all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.core.times import Term
from bot.importers.dates import DateText, Found
from bot.importers.plan import Notes, PageError, PageHints, quote

_YEAR = re.compile(r"(?<!\d)(20\d\d|19[89]\d)(?!\d)")
_DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_FIX_TERM = "Import the page of this term, or correct course.first_day and course.last_day in config.toml."


@dataclass(frozen=True, slots=True)
class Written:
    """A date cell: its line, its text, and what was read from it."""

    line: int
    text: str
    when: DateText


@dataclass(frozen=True, slots=True)
class Dated:
    """A date cell with its days; empty when none exists in the year."""

    written: Written
    days: tuple[date, ...]


def day_in_term(found: Found, term: Term, day_first: bool = False) -> date | None:
    """The day within the term, else the one nearest to it; None if there is no such day."""
    years = {found.year} if found.year else set(range(term.first_day.year - 1, term.last_day.year + 2))
    days = [day for year in sorted(years) if (day := _on(found, year, day_first)) is not None]
    return min(days, key=lambda day: _distance(day, term), default=None)


def resolve(
    cells: Sequence[Written], headings: Sequence[tuple[int, str]], hints: PageHints, notes: Notes
) -> list[Dated]:
    """The days of every date cell, in order.

    Raises:
        PageError: no year is known, or the page is plainly of another year or term.
    """
    day_first = _day_first(cells, hints, notes)
    dated = (
        [Dated(cell, _days(cell, hints.term, day_first)) for cell in cells]
        if hints.term
        else _by_the_page(cells, headings, day_first)
    )
    _check_year(dated, hints)
    if hints.term:
        _check_term(dated, hints.term)
    return dated


def _days(cell: Written, term: Term, day_first: bool) -> tuple[date, ...]:
    founds = _share_year(cell.when.dates)
    return tuple(day for found in founds if (day := day_in_term(found, term, day_first)) is not None)


def _share_year(founds: Sequence[Found]) -> list[Found]:
    """In "Mar 4 - Mar 8, 2024" the year stands at the end and counts for both, unless the year turns in between."""
    if len(founds) == 2 and founds[1].year and not founds[0].year:
        first, last = founds
        turned = (first.month, first.day) > (last.month, last.day) and not first.numeric
        year = (last.year or 0) - turned
        return [Found(first.month, first.day, year, first.start, first.end, first.numeric), last]
    return list(founds)


def _on(found: Found, year: int, day_first: bool) -> date | None:
    day = found.on(year, day_first)
    return found.on(year, not day_first) if day is None and found.numeric else day


def _by_the_page(cells: Sequence[Written], headings: Sequence[tuple[int, str]], day_first: bool) -> list[Dated]:
    """Years from the page alone: from its dates, else its headings; the turn of the year is followed."""
    explicit = [found.year for cell in cells for found in cell.when.dates if found.year]
    named = {int(year) for _, text in headings for year in _YEAR.findall(text)}
    if explicit:
        year = explicit[0]
    elif len(named) == 1:
        year = named.pop()
    else:
        raise PageError(
            "The dates of the page have no year: set course.first_day and course.last_day in "
            "config.toml and import again."
        )
    dated: list[Dated] = []
    month = 0
    for cell in cells:
        days = []
        for found in _share_year(cell.when.dates):
            if found.year:
                year, month = found.year, 0
            day = _on(found, year, day_first)
            if day is not None and not found.year and month - day.month > 6:
                year += 1
                day = _on(found, year, day_first)
            if day is not None:
                month = day.month
                days.append(day)
        dated.append(Dated(cell, tuple(days)))
    return dated


def _day_first(cells: Sequence[Written], hints: PageHints, notes: Notes) -> bool:
    numeric = [(cell, found) for cell in cells for found in cell.when.dates if found.numeric]
    if not numeric:
        return False
    if any(found.day > 12 for _, found in numeric):
        if odd := next((cell for cell, found in numeric if found.month > 12), None):
            notes.add(odd.line, f"{quote(odd.text)} has the day first, other dates of the page the month: check both.")
        return False
    if any(found.month > 12 for _, found in numeric):
        return True

    def fit(day_first: bool) -> int:
        term = hints.term
        if term is None:
            return 0
        days = [day for _, found in numeric if (day := day_in_term(found, term, day_first)) is not None]
        return sum((day in term) + (day.weekday() in hints.meeting_days) for day in days)

    day_first = fit(True) > fit(False)
    cell = numeric[0][0]
    order = "day" if day_first else "month"
    notes.add(
        cell.line, f"Dates such as {quote(cell.text)} could be read both ways: the {order} is taken to come first."
    )
    return day_first


def _distance(day: date, term: Term) -> int:
    if day in term:
        return 0
    return min(abs((day - term.first_day).days), abs((day - term.last_day).days))


def _check_term(dated: Sequence[Dated], term: Term) -> None:
    days = sorted(day for item in dated for day in item.days[:1])
    outside = [day for day in days if day not in term]
    if len(outside) * 2 > len(days):
        years = ", ".join(str(year) for year in sorted({day.year for day in outside}))
        raise PageError(
            f"Most dates of the page ({days[0]} to {days[-1]}) are outside the term of config.toml "
            f"({term.first_day} to {term.last_day}); they are of {years}. {_FIX_TERM}"
        )


def _check_year(dated: Sequence[Dated], hints: PageHints) -> None:
    """Refuse a page whose days of the week fit another year: it is last year's page, or the term is wrong."""
    judged = [
        (day, frozenset(item.written.when.weekdays[:1]) or hints.meeting_days)
        for item in dated
        if not any(found.year for found in item.written.when.dates)
        for day in item.days[:1]
        if item.written.when.weekdays or hints.meeting_days
    ]
    if len(judged) < 2 or _share(judged, 0) >= 0.5:
        return
    for shift in (-1, 1, -2, 2, -3, 3, -4, 4, -5, 5, -6, 6):
        if _share(judged, shift) >= 0.8:
            shifted = sorted(day for day, _ in judged)
            first, last = shifted[0].year + shift, shifted[-1].year + shift
            fits = str(first) if first == last else f"{first} and {last}"
            says = f"{hints.term.first_day} to {hints.term.last_day}" if hints.term else f"{shifted[0].year}"
            raise PageError(
                f"The page is of another year: its dates fall on the right days of the week in {fits}, "
                f"but the term is {says}. {_FIX_TERM}"
            )


def _share(judged: Sequence[tuple[date, frozenset[int]]], shift: int) -> float:
    good = 0
    for day, wanted in judged:
        try:
            good += day.replace(year=day.year + shift).weekday() in wanted
        except ValueError:
            continue
    return good / len(judged)


def note_oddities(dated: Sequence[Dated], hints: PageHints, notes: Notes) -> None:
    """Warn about weekdays that are not the date's, leftovers, and days outside the term."""
    for item in dated:
        written = item.written
        when = written.when
        if len(when.weekdays) in (1, len(item.days)):
            for day, weekday in zip(item.days, when.weekdays, strict=False):
                if day.weekday() != weekday:
                    notes.add(
                        written.line,
                        f"{quote(written.text)} says {_DAY_NAMES[weekday]}, but {day} is a "
                        f"{_DAY_NAMES[day.weekday()]}: the date is taken.",
                    )
        if any(letter.isalnum() for letter in when.rest):
            notes.add(written.line, f"{quote(when.rest)} beside the date {quote(written.text)} is left out.")
        for day in item.days[:1]:
            if hints.term and day not in hints.term:
                notes.add(
                    written.line,
                    f"{day} is outside the term ({hints.term.first_day} to {hints.term.last_day}): check the date.",
                )


def note_days(days: Sequence[tuple[int, date]], hints: PageHints, notes: Notes) -> None:
    """Warn about days that are no meeting days, fall on a weekend, come twice, or go backwards."""
    off = [(line, day) for line, day in days if hints.meeting_days and day.weekday() not in hints.meeting_days]
    if len(off) > 5:
        notes.add(
            off[0][0],
            f"{len(off)} of {len(days)} dates are not on the course's meeting days, "
            f"the first is {off[0][1]:%a %b} {off[0][1].day}: check course.meetings in config.toml.",
        )
    else:
        for line, day in off:
            notes.add(line, f"{day} is a {_DAY_NAMES[day.weekday()]}, not one of the course's meeting days.")
    if not hints.meeting_days and sum(day.weekday() > 4 for _, day in days) * 4 > len(days) > 3:
        notes.add(days[0][0], "Many dates fall on a weekend: check that the year is right.")
    seen: dict[date, int] = {}
    latest: date | None = None
    for line, day in days:
        if day in seen:
            notes.add(line, f"{day} stands here and on line {seen[day]}: both rows are kept.")
        elif latest is not None and day < latest:
            notes.add(line, f"{day} comes after {latest} on the page: check the date.")
        seen.setdefault(day, line)
        latest = max(latest, day) if latest else day


def days_between(first: date, last: date) -> list[date]:
    """Every day from `first` to `last`, both included."""
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
