"""Office hours: when they are, as staff write it; their slots; how they are told of. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.core.errors import CourseError
from bot.core.session_edits import LONGEST_WAIT, read_clock, read_day
from bot.core.times import Term, wall

SLOT_MIN, SLOT_MAX = 5, 240
"""Minutes of an appointment."""

SLOTS_MAX = 25
"""Appointments in one row of office hours: so many fit into a menu."""

WEEKS_MAX = 26
"""So often office hours are repeated at most."""

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CLOCK = r"(?:\d{1,2}(?:[:.]\d{2})?\s*(?:[ap]\.?m\.?)?|noon)"
_WHEN = re.compile(rf"(?P<day>.+?)[\s,]+(?:from\s+|at\s+)?(?P<from>{_CLOCK})\s*(?:-|–|—|to|until)\s*(?P<to>{_CLOCK})")
_BARE = re.compile(r"\d{1,2}(?:[:.]\d{2})?")
_WEEKS = re.compile(r"(?:every week for\s+|weekly for\s+)?(\d{1,2})\s*(?:weeks?|times|x)?")
_UNTIL_THE_END = frozenset({"weekly", "every week", "term", "weekly until the term ends", "until the term ends"})
WEEKLY = "weekly"
"""What `repeat` says for: each week until the term ends."""


@dataclass(frozen=True, slots=True)
class Span:
    """One row of office hours (instants in UTC)."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Pattern:
    """The wall times of the first row: a day, and from when until when on it."""

    day: date
    starts: time
    ends: time

    def spans(self, weeks: int, zone: ZoneInfo) -> list[Span]:
        """One row a week, always at the same wall time in `zone`, whatever the clocks do in between."""
        found = []
        for week in range(weeks):
            day = self.day + timedelta(weeks=week)
            starts_at, ends_at = wall(day, self.starts, zone), wall(day, self.ends, zone)
            if ends_at > starts_at:  # else the clocks skip all of it
                found.append(Span(starts_at, ends_at))
        return found


def read_when(text: str, zone: ZoneInfo, term: Term | None, now: datetime) -> Pattern:
    """What "Thu 14:00-16:00", "2024-02-08 14:00-15:30" or "Feb 8 2-3:30 pm" names, in wall times of `zone`.

    A weekday alone is the next one on which the hours have not begun; a date without a year is the term's.

    Raises:
        CourseError: it names no day and times, they would not end after their start on the same day, or they begin in
            the past or more than a year ahead.
    """
    words = " ".join(text.casefold().split())
    match = _WHEN.fullmatch(words)
    if match is None:
        raise CourseError(
            f"“{text[:40]}” does not say when. Write a day and two times, like Thu 14:00-16:00 or "
            "2024-02-08 14:00-15:30."
        )
    starts, ends = _times(match["from"], match["to"])
    if ends <= starts:
        raise CourseError(f"They would end at {ends:%H:%M}, not after their start at {starts:%H:%M}. Check the times.")
    today = now.astimezone(zone).date()
    weekday = _weekday(match["day"])
    if match["day"] in ("today", "tomorrow"):
        day = today + timedelta(days=match["day"] == "tomorrow")
    elif weekday is not None:
        day = today + timedelta(days=(weekday - today.weekday()) % 7)
        if wall(day, starts, zone) <= now:
            day += timedelta(weeks=1)
    else:
        day = read_day(match["day"], term, today)
    starts_at = wall(day, starts, zone)
    if starts_at <= now:
        raise CourseError("They would begin in the past ({at}). Check the day and the time.", at=starts_at)
    if starts_at - now > LONGEST_WAIT:
        raise CourseError("That is more than a year ahead ({at}). Check the date.", at=starts_at)
    return Pattern(day, starts, ends)


def read_weeks(text: str | None, first: date, term: Term | None) -> int:
    """How many rows `text` asks for, the first included: "weekly" is until the term ends, "4" or "4 weeks" four.

    Raises:
        CourseError: it asks for neither, for too many, or the course does not say when its term ends.
    """
    words = " ".join((text or "").casefold().split())
    if words in ("", "no", "none", "once"):
        return 1
    if words in _UNTIL_THE_END:
        if term is None:
            raise CourseError("config.toml does not say when the term ends. Say for how many weeks, like 8 weeks.")
        if first > term.last_day:
            raise CourseError(f"The term ends on {term.last_day}, before these. Leave `repeat` out, or say how often.")
        return min((term.last_day - first).days // 7 + 1, WEEKS_MAX)
    match = _WEEKS.fullmatch(words)
    if match is None or not 1 <= int(match[1]) <= WEEKS_MAX:
        raise CourseError(f"Write `repeat` as {WEEKLY} (until the term ends), or like 8 weeks, at most {WEEKS_MAX}.")
    return int(match[1])


def slots(starts_at: datetime, ends_at: datetime, minutes: int) -> list[datetime]:
    """When each appointment begins; one that would not end in time is none."""
    length = timedelta(minutes=minutes)
    return [starts_at + number * length for number in range((ends_at - starts_at) // length)]


def check_slots(span: Span, minutes: int) -> None:
    """Raises CourseError when not even one appointment fits, or more than a menu shows."""
    there = len(slots(span.starts_at, span.ends_at, minutes))
    if there == 0:
        raise CourseError(f"An appointment of {minutes} minutes does not fit in there. Make it shorter.")
    if there > SLOTS_MAX:
        raise CourseError(
            f"That makes {there} appointments, and one menu shows {SLOTS_MAX}. Make them longer, or publish two rows."
        )


def free(all_slots: Sequence[datetime], taken: Collection[datetime], now: datetime) -> list[datetime]:
    """Those that can still be booked: not taken and not begun."""
    return [at for at in all_slots if at > now and at not in taken]


def pages(sizes: Sequence[int], rows: int) -> list[tuple[int, int]]:
    """Which office hours are shown together, as (first, end): at most `rows`, and no more free slots (`sizes`) than one
    menu shows. There is always one page."""
    found, first, room = [], 0, SLOTS_MAX
    for number, size in enumerate(sizes):
        if number > first and (size > room or number - first == rows):
            found.append((first, number))
            first, room = number, SLOTS_MAX
        room -= size
    return [*found, (first, len(sizes))]


def _times(first: str, last: str) -> tuple[time, time]:
    """In "2-3:30 pm" both are in the afternoon; in "11-1 pm" only one can be."""
    ends = read_clock(last)
    half = last.lstrip("0123456789:. ")
    if not half or last == "noon" or not _BARE.fullmatch(first):
        return read_clock(first), ends
    same = read_clock(f"{first} {half}")
    return (same if same < ends else read_clock(f"{first} am")), ends


def _weekday(text: str) -> int | None:
    """Monday is 0; "Thu", "Thurs.", "Thursday" and "Thursdays" name the same."""
    word = text.rstrip(".").removesuffix("s")
    fitting = [number for number, name in enumerate(_WEEKDAYS) if len(word) >= 3 and name.startswith(word)]
    return fitting[0] if fitting else None
