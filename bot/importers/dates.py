"""Dates and times as people write them on course pages. Years and order (day or month first) are settled elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, time

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<mon>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_ORD = r"(?:st|nd|rd|th)?"
_TO = r"(?:-|–|—|‒|\bto\b|\bthrough\b|\bthru\b|\buntil\b)"
_SEP = rf"(?P<sep>{_TO}|&|\band\b|/)"
_NOT_CLOCK = r"(?!\d|:\d|\s*[ap]\.?m\b)"
_YEAR = r"(?:\s*,?\s*(?P<year>\d{4}\b(?!:)|['’]\d{2}\b))?"
_FORMS = tuple(
    re.compile(form, re.I)
    for form in (
        r"(?<!\d)(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?!\d)",
        rf"\b{_MONTH}(?:\s*|-)(?P<day>\d{{1,2}}){_ORD}{_NOT_CLOCK}"
        rf"(?:\s*{_SEP}\s*(?P<day2>\d{{1,2}}){_ORD}{_NOT_CLOCK}(?!\s*(?:jan|feb|mar|apr|may|ju|aug|sep|oct|nov|dec)))?{_YEAR}",
        rf"(?<![\d:/])(?:(?P<day>\d{{1,2}}){_ORD}\.?\s*{_SEP}\s*(?P<day2>\d{{1,2}}){_ORD}|(?P<day0>\d{{1,2}}){_ORD})\.?"
        rf"\s*(?:of\s+)?-?\s*{_MONTH}-?{_YEAR}",
        r"(?<![\d/.:])(?P<first>\d{1,2})/(?P<second>\d{1,2})(?:/(?P<year>\d{4}|\d{2}))?(?![\d/])",
        r"(?<![\d/.:-])(?P<first>\d{1,2})-(?P<second>\d{1,2})-(?P<year>\d{4}|\d{2})(?![\d-])",
        r"(?<![\d/.:-])(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4}|\d{2})?(?!\d)",
    )
)
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKDAY = re.compile(
    r"\b(mon(?:day)?|tue(?:s(?:day)?)?|wed(?:s|nesday)?|thu(?:r(?:s(?:day)?)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)\b\.?",
    re.I,
)
_NUMBERING = re.compile(
    r"(?:#\s*\d+[a-z]?|\b(?:week|wk|lecture|lec|class|session|meeting|day|unit|module)\.?\s*#?\s*\d+|\b[LW]\d+\b|^\s*\d{1,2}\s*[.):])",
    re.I,
)
_JOINING = re.compile(rf"{_TO}|&|\band\b|\bat\b", re.I)
_CLOCK = (
    r"(?:(\d{1,2})(?::([0-5]\d))?\s*([ap])\.?\s?m\b\.?|(\d{1,2}):([0-5]\d)(?!\d)|"
    r"(\d{1,2})(?=\s*[-–—]\s*\d{1,2}(?::[0-5]\d)?\s*[ap]\.?m)|\b(noon)\b)"
)
_TIME = re.compile(rf"(?<![\d:/]){_CLOCK}", re.I)
_TIMES = re.compile(rf"(?<![\d:/]){_CLOCK}\s*(?:-|–|—|\bto\b|\buntil\b)\s*{_CLOCK}", re.I)

MAX_TEXT = 400
"""No date cell and no milestone is longer."""


@dataclass(frozen=True, slots=True)
class Found:
    """One date as written. With `numeric`, month and day may stand the other way round."""

    month: int
    day: int
    year: int | None
    start: int
    end: int
    numeric: bool = False

    def on(self, year: int, day_first: bool = False) -> date | None:
        """The day in `year`; None if there is no such day."""
        month, day = (self.day, self.month) if self.numeric and day_first else (self.month, self.day)
        try:
            return date(self.year or year, month, day)
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class DateText:
    """What a date cell says. `ranged`: the dates are the ends of a range. `rest`: digits that were not understood."""

    dates: tuple[Found, ...]
    ranged: bool
    weekdays: tuple[int, ...]
    rest: str
    starts: time | None = None
    ends: time | None = None


def find_dates(text: str) -> list[Found]:
    """Every date in the first `MAX_TEXT` characters of `text`, in order; "Mar 12-14" gives both days."""
    text = text[:MAX_TEXT]
    found: list[Found] = []
    taken: list[tuple[int, int]] = []
    for form in _FORMS:
        for match in form.finditer(text):
            start, end = match.span()
            if any(start < other_end and other_start < end for other_start, other_end in taken):
                continue
            dates = _read(match)
            if dates:
                taken.append((start, end))
                found.extend(dates)
    return sorted(found, key=lambda item: (item.start, item.end))


def _read(match: re.Match[str]) -> list[Found]:
    parts = match.groupdict()
    start, end = match.span()
    year = _year(parts.get("year"))
    if parts.get("first"):
        first, second = int(parts["first"]), int(parts["second"])
        if first == 0 or second == 0 or max(first, second) > 31 or min(first, second) > 12:
            return []
        if year == 0:
            return []
        return [Found(first, second, year, start, end, numeric=True)]
    named = parts.get("mon")
    month = _MONTHS.index(named[:3].lower()) + 1 if named else int(parts["month"])
    days = [int(day) for day in (parts.get("day"), parts.get("day0"), parts.get("day2")) if day]
    if not 1 <= month <= 12 or not all(1 <= day <= 31 for day in days) or year == 0:
        return []
    if len(days) == 1:
        return [Found(month, days[0], year, start, end)]
    return [
        Found(month, days[0], year, start, match.start("sep")),
        Found(month, days[1], year, match.end("sep"), end),
    ]


def _year(text: str | None) -> int | None:
    if not text:
        return None
    number = int(text.strip("'’"))
    number += 2000 if number < 100 else 0
    return number if 1990 <= number <= 2100 else 0


def read_date_cell(text: str) -> DateText:
    """A whole date cell: dates, weekdays, times, and what is left over."""
    text = text[:MAX_TEXT]
    dates = find_dates(text)
    spare = list(text)
    for found in dates:
        spare[found.start : found.end] = " " * (found.end - found.start)
    rest = "".join(spare)
    ranged = False
    if len(dates) == 2:
        between = _WEEKDAY.sub(" ", text[dates[0].end : dates[1].start + 1])
        ranged = re.match(rf"^[\s,(]*{_TO}", between, re.I) is not None
    elif len(dates) == 1:
        # "7/8-12": the second day of a numeric range has no month of its own.
        tail = re.match(rf"\s*{_TO}\s*(\d{{1,2}}){_NOT_CLOCK}(?!\s*/)", text[dates[0].end :])
        if dates[0].numeric and tail and 1 <= int(tail[1]) <= 31:
            first = dates[0]
            dates.append(Found(first.month, int(tail[1]), first.year, first.end, first.end + tail.end(), numeric=True))
            rest = rest[: first.end] + rest[first.end + tail.end() :]
            ranged = True
    starts, ends = find_times(rest)
    rest = _TIME.sub(" ", _TIMES.sub(" ", rest))
    weekdays = tuple(_DAYS.index(match[1][:3].lower()) for match in _WEEKDAY.finditer(rest))
    if dates:
        rest = _JOINING.sub(" ", _NUMBERING.sub(" ", _WEEKDAY.sub(" ", rest)))
    return DateText(tuple(dates), ranged, weekdays, rest.strip(" ,;:.()[]-–—*|/"), starts, ends)


def find_times(text: str) -> tuple[time | None, time | None]:
    """The first range of times in `text`, or the first time alone. "10:30AM - 12PM" is 10:30 to 12:00."""
    if match := _TIMES.search(text):
        ends = _clock(match.groups()[7:], None)
        first = match.groups()[:7]
        starts = _clock(first, None)
        if starts and ends and not first[2] and not first[6] and match[10] and starts.hour < 12 <= ends.hour:
            # "1:30-3pm" leaves the first half of the day to the second time, unless that would turn it around.
            later = starts.replace(hour=starts.hour + 12)
            starts = later if later < ends else starts
        if starts and ends and starts < ends:
            return starts, ends
        return starts, None
    if match := _TIME.search(text):
        return _clock(match.groups(), None), None
    return None, None


def time_spans(text: str) -> list[tuple[int, int]]:
    """Where the times of `find_times` stand."""
    match = _TIMES.search(text) or _TIME.search(text)
    return [match.span()] if match else []


def _clock(parts: tuple[str | None, ...], fallback: time | None) -> time | None:
    hour12, minute12, half, hour24, minute24, bare, noon = parts
    if noon:
        return time(12)
    if half and hour12:
        if not 1 <= int(hour12) <= 12:
            return fallback
        return time(int(hour12) % 12 + (12 if half.lower() == "p" else 0), int(minute12 or 0))
    hour, minute = int(hour24 or bare or 0), int(minute24 or 0)
    return time(hour, minute) if hour < 24 else fallback
