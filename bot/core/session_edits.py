"""What staff write when they change the schedule by hand: days, times, and a session at its new time. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.core.course import Kind, PageSession
from bot.core.errors import CourseError
from bot.core.meetings import Meeting
from bot.core.times import Term, parse_span, wall

LONGEST_WAIT = timedelta(days=366)
"""What is put off for longer than this is taken for a slip."""

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_NAMED = re.compile(
    r"(?:(?P<weekday>[a-z]{3,9})\.?,?\s+)?(?P<month>[a-z]{3,9})\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?(?:,?\s+(?P<year>\d{4}))?",
    re.ASCII,
)
_CLOCK = re.compile(r"(?P<hour>\d{1,2})(?:[:.](?P<minute>[0-5]\d))?\s*(?P<half>[ap]\.?m\.?)?", re.ASCII)
_NOWHERE = frozenset({"none", "-", "no room"})


def read_day(text: str, term: Term | None, today: date) -> date:
    """The day that "2024-01-26", "Jan 26" or "Fri Jan 26" names.

    Without a year it is the term's; where the term touches two, or there is none, the one nearest to `today`.

    Raises:
        CourseError: it names no day, or its weekday is not that of the date.
    """
    words = " ".join(text.casefold().split())
    if match := _ISO.fullmatch(words):
        found = _day(int(match[1]), int(match[2]), int(match[3]))
    elif (match := _NAMED.fullmatch(words)) and match["month"][:3] in _MONTHS:
        month, day = _MONTHS.index(match["month"][:3]) + 1, int(match["day"])
        found = _day(int(match["year"]), month, day) if match["year"] else _in_term(month, day, term, today)
        weekday = match["weekday"]
        if weekday and weekday[:3] not in _DAYS:
            found = None
        elif weekday and found and found.weekday() != _DAYS.index(weekday[:3]):
            raise CourseError(
                f"{found:%b} {found.day}, {found.year} is a {found:%A}, not a {weekday.capitalize()}. Check the date."
            )
    else:
        found = None
    if found is None:
        raise CourseError(f"“{text[:40]}” is not a date. Write it like 2024-01-26, or Jan 26.")
    return found


def read_clock(text: str) -> time:
    """The wall time that "13:00", "1:30 pm" or "1pm" names.

    Raises:
        CourseError: it names none. A bare "1" could be night or day, and is refused too.
    """
    words = " ".join(text.casefold().split())
    if words == "noon":
        return time(12)
    if match := _CLOCK.fullmatch(words):
        hour, minute, half = int(match["hour"]), int(match["minute"] or 0), match["half"]
        if half and 1 <= hour <= 12:
            return time(hour % 12 + (12 if half[0] == "p" else 0), minute)
        if not half and match["minute"] and hour < 24:
            return time(hour, minute)
    raise CourseError(f"“{text[:40]}” is not a time of day. Write it like 13:00, or 1:30 pm.")


def read_moment(text: str, zone: ZoneInfo, term: Term | None, now: datetime) -> datetime:
    """The instant that "2024-01-26 09:00", "Jan 26 9 am" (wall time in `zone`) or "in 2h" names.

    Raises:
        CourseError: it names none, is not ahead of `now`, or lies more than a year ahead.
    """
    words = " ".join(text.casefold().split())
    if words.startswith("in "):
        try:
            at = now + parse_span(words.removeprefix("in "))
        except (ValueError, OverflowError):
            raise CourseError(f"“{text[:40]}” is not a length of time. Write it like in 2h, in 30m or in 3d.") from None
    else:
        day, clock = _split(words, text)
        at = wall(read_day(day, term, now.astimezone(zone).date()), read_clock(clock), zone)
    if at <= now:
        raise CourseError("That is in the past ({at}). Name a moment ahead, or leave it out for now.", at=at)
    if at - now > LONGEST_WAIT:
        raise CourseError("That is more than a year ahead ({at}). Check the date.", at=at)
    return at


def _split(words: str, text: str) -> tuple[str, str]:
    """The day and the time of "jan 26 9:00 am"."""
    for day, clock in _halves(words.replace(" at ", " ")):
        if _CLOCK.fullmatch(clock) and (_ISO.fullmatch(day) or _NAMED.fullmatch(day)):
            return day, clock
    raise CourseError(f"“{text[:40]}” is not a moment. Write it like 2024-01-26 09:00, or in 2h.")


def _halves(words: str) -> list[tuple[str, str]]:
    """Each way to cut `words` in two, the longest second half first ("9:00 am" before "am")."""
    parts = words.replace("t", " ").split() if _ISO.match(words) else words.split()
    return [(" ".join(parts[:cut]), " ".join(parts[cut:])) for cut in range(1, len(parts))]


def _in_term(month: int, day: int, term: Term | None, today: date) -> date | None:
    years = range(term.first_day.year, term.last_day.year + 1) if term else range(today.year - 1, today.year + 2)
    found = [one for year in years if (one := _day(year, month, day))]
    inside = [one for one in found if term and one in term]
    return min(inside or found, key=lambda one: abs((one - today).days), default=None)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Wish:
    """When and where staff want a session; what is None they did not say."""

    day: date | None = None
    starts: time | None = None
    ends: time | None = None
    room: str | None = None


def moved(session: PageSession, wish: Wish) -> PageSession:
    """`session` (with its times) as wished: it keeps its wall times, length and room where nothing else is said.

    Raises:
        CourseError: it would not end on the day it begins, or end before it begins.
    """
    assert session.starts is not None
    assert session.ends is not None
    starts = wish.starts or session.starts
    ends = wish.ends or (_later(starts, _length(session.starts, session.ends)) if wish.starts else session.ends)
    return replace(
        session,
        date=wish.day or session.date,
        starts=starts,
        ends=_after(starts, ends),
        room=_room(wish.room, session.room),
    )


def made(kind: Kind, title: str | None, wish: Wish, pattern: Sequence[Meeting]) -> PageSession:
    """A new session as wished, on a day that is given; what is not said comes from the course's meeting pattern.

    On another day than the pattern's, its first line lends the times, and no room.

    Raises:
        CourseError: there is no pattern to say when, or it would not end later on the same day.
    """
    assert wish.day is not None
    fitting = [meeting for meeting in pattern if wish.day.weekday() in meeting.weekdays]
    usual = next(iter(fitting or pattern), None)
    if usual is None and not (wish.starts and wish.ends):
        raise CourseError("config.toml says nothing of when classes meet, so give this one a `start` and an `end`.")
    starts = wish.starts or (usual.starts if usual else None)
    assert starts is not None
    ends = wish.ends
    if ends is None and usual:
        ends = _later(starts, _length(usual.starts, usual.ends)) if wish.starts else usual.ends
    usual_room = usual.room if usual and fitting and kind.meets else None
    return PageSession(
        date=wish.day,
        kind=kind,
        title=title,
        topic=None,
        starts=starts,
        ends=_after(starts, ends),
        room=_room(wish.room, usual_room),
    )


def _room(wanted: str | None, usual: str | None) -> str | None:
    text = " ".join((wanted or "").split())
    if not text:
        return usual
    return None if text.casefold() in _NOWHERE else text


def _length(starts: time, ends: time) -> timedelta:
    return datetime.combine(date.min, ends) - datetime.combine(date.min, starts)


def _later(starts: time, length: timedelta) -> time | None:
    """None when that is another day."""
    ends = datetime.combine(date.min, starts) + length
    return ends.time() if ends.date() == date.min else None


def _after(starts: time, ends: time | None) -> time:
    if ends is None:
        raise CourseError(f"A class that starts at {starts:%H:%M} would end after midnight. Give it an `end` too.")
    if ends <= starts:
        raise CourseError(f"It would end at {ends:%H:%M}, not after its start at {starts:%H:%M}. Give another `end`.")
    return ends
