"""A deadline as people write it ("6:00PM EST on May 1") -> a date, or an instant in the course's zone."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from bot.core.times import END_OF_DAY, Term, wall
from bot.importers.calendar import day_in_term
from bot.importers.dates import Found, find_dates, find_times, read_date_cell, time_spans
from bot.importers.plan import Notes, PageError, PageWarning, quote

_OFFSETS = {
    "UTC": 0, "GMT": 0, "Z": 0, "AOE": -12, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6,
    "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8, "HST": -10, "CET": 1, "CEST": 2, "WET": 0, "WEST": 1, "BST": 1,
}  # fmt: skip
_GENERIC = {"ET": "EST", "CT": "CST", "MT": "MST", "PT": "PST"}
_ZONE = re.compile(rf"\b({'|'.join([*_OFFSETS, *_GENERIC])})\b|\b(AoE|[Aa]nywhere on [Ee]arth)\b")
_AFTER_TERM = timedelta(days=21)
"""Final reports are due after the last class: no reason to warn."""
_MIDNIGHT = re.compile(r"\b(?:midnight|24:00|12(?::00)?\s*a\.?m\b\.?)", re.I)
_LEADING = re.compile(r"\b(?:is\s+)?(?:due|deadline|by|on|at|before|no later than)\b[\s:]*(?=\0)", re.I)
_END = re.compile(r"\b(?:end of (?:the )?day|EOD|COB)\b", re.I)
_DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def read_due(text: str, term: Term | None, zone: ZoneInfo, line: int) -> tuple[date | datetime, list[PageWarning]]:
    """The deadline in `text`, with what is doubtful about it.

    A date without a time stays a date (it means 23:59 course time). A time is a wall time in `zone`, also where the
    text names the zone's standard time while daylight time is in force; the warning gives both instants. The time of
    another zone is converted.

    Raises:
        PageError: there is no date, or its year cannot be told.
    """
    notes = Notes()
    if (exact := _exact(text)) is not None:
        return exact.astimezone(zone), []
    founds = find_dates(text)
    if not founds:
        raise PageError(f"There is no date in {quote(text)}: write for example “Feb 9” or “May 1, 6:00PM”.")
    day = _day(founds[0], term, text)
    if len(founds) > 1:
        notes.add(line, f"{quote(text)} has more than one date: {day} is taken as the deadline.")
    weekdays = read_date_cell(text).weekdays
    if len(weekdays) == 1 and weekdays[0] != day.weekday():
        notes.add(
            line,
            f"{quote(text)} says {_DAY_NAMES[weekdays[0]]}, but {day} is a "
            f"{_DAY_NAMES[day.weekday()]}: the date is taken.",
        )
    if term is not None and not term.first_day <= day <= term.last_day + _AFTER_TERM:
        notes.add(
            line,
            f"The deadline {quote(text)} is outside the term ({term.first_day} to {term.last_day}): check the date.",
        )
    rest = _without(text, [(found.start, found.end) for found in founds])
    if _MIDNIGHT.search(rest) and not re.search(r"\b12:(?!00)\d\d", rest):
        notes.add(line, f"“Midnight” in {quote(text)} is read as the end of that day, {day} 23:59.")
        return day, list(notes.in_order())
    starts, ends = find_times(rest)
    if ends is not None:
        notes.add(line, f"{quote(text)} has two times: the first is taken as the deadline.")
    if starts is None:
        named = _ZONE.search(rest)
        if not (named and _offset_name(named) == "AOE"):
            return day, list(notes.in_order())
        starts = END_OF_DAY
    return _at(day, starts, rest, zone, line, notes, text), list(notes.in_order())


def _exact(text: str) -> datetime | None:
    """A full ISO instant with its offset, as in "2024-05-01T18:00-04:00"; a dash after a time is no range there."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment if moment.tzinfo is not None and 1990 <= moment.year <= 2100 else None


def due_spans(text: str) -> str:
    """`text` without the date, time and zone: the name of a milestone, not yet tidied."""
    rest = _without(text, [(found.start, found.end) for found in find_dates(text)], "\0")
    rest = _without(rest, time_spans(rest), "\0")
    rest = _LEADING.sub(" ", rest).replace("\0", " ")
    return _END.sub(" ", _MIDNIGHT.sub(" ", _ZONE.sub(" ", rest)))


def _without(text: str, spans: list[tuple[int, int]], filler: str = " ") -> str:
    letters = list(text)
    for start, end in spans:
        letters[start:end] = filler * (end - start)
    return "".join(letters)


def _day(found: Found, term: Term | None, text: str) -> date:
    if term is not None:
        day = day_in_term(found, term)
    elif found.year:
        day = found.on(found.year)
    else:
        raise PageError(f"{quote(text)} has no year: set course.first_day and course.last_day in config.toml.")
    if day is None:
        raise PageError(f"{quote(text)} names a day that does not exist: correct the date.")
    return day


def _offset_name(match: re.Match[str]) -> str:
    return "AOE" if match[2] else match[1].upper()


def _at(day: date, at: time, rest: str, zone: ZoneInfo, line: int, notes: Notes, text: str) -> datetime:
    plain = wall(day, at, zone).astimezone(zone)
    if (plain.hour, plain.minute) != (at.hour, at.minute):
        notes.add(line, f"{at:%H:%M} does not exist on {day}, when the clocks change: {_say(plain)} is taken.")
    match = _ZONE.search(rest)
    if match is None:
        return plain
    name = _offset_name(match)
    name = _GENERIC.get(name, name) if name not in _GENERIC or not _is_local(_GENERIC[name], day, zone) else ""
    if not name or name == (plain.tzname() or "").upper():
        return plain
    literal = datetime.combine(day, at, tzinfo=timezone(timedelta(hours=_OFFSETS[name]))).astimezone(zone)
    if literal.utcoffset() == plain.utcoffset() and literal == plain:
        return plain
    if _is_local(name, day, zone):
        notes.add(
            line,
            f"{quote(text)} says {name}, but {plain.tzname()} is in force on {day}: read as {_say(plain)} by the wall "
            f"clock; {name} to the letter would be {_say(literal)}.",
        )
        return plain
    notes.add(line, f"{quote(text)} is in {name}, not the course's zone: read as {_say(literal)} course time.")
    return literal


def _is_local(name: str, day: date, zone: ZoneInfo) -> bool:
    """Whether `name` is what the zone is called at some time of the year."""
    year = min(max(day.year, 1900), 9000)
    return name in {datetime(year, month, 1, tzinfo=zone).tzname() for month in range(1, 13)}


def _say(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M %Z} ({moment.astimezone(UTC):%H:%M}Z)"
