"""Questions to the papers of a class: until when, what text, who still owes one, and whose turn it is."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal, Protocol, TypeVar
from zoneinfo import ZoneInfo

from bot.core.errors import CourseError
from bot.core.times import parse_span, require_aware, wall

TEXT_MAX = 2000
"""The most characters of a question."""

EARLIEST = timedelta(weeks=4)
"""No cut-off lies further before its class than this."""

_ELAPSED = re.compile(r"start(?:\s*-\s*(\d{1,4}\s*[smhdw]))?", re.ASCII)
_DAYS = r"(?:the\s+)?(?:day|(?P<days>\d{1,2})\s+days?)\s+before"
_CLOCK = r"(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)"
_WALL = (re.compile(rf"{_CLOCK}\s+{_DAYS}", re.ASCII), re.compile(rf"{_DAYS}\s+{_CLOCK}", re.ASCII))


@dataclass(frozen=True, slots=True)
class CutOff:
    """Until when a question is on time: `before` the start (elapsed time), or when the wall clock shows `clock`.

    The wall clock is the course zone's, `days` days before the date of the class. Source of the default, the start:
    EECS 598 W24, "one question per presented paper before each class".
    """

    before: timedelta = timedelta(0)
    days: int = 1
    clock: time | None = None

    def at(self, starts_at: datetime, zone: ZoneInfo) -> datetime:
        """The cut-off (UTC) of a class that starts at `starts_at` (aware)."""
        starts_at = require_aware(starts_at)
        if self.clock is None:
            return starts_at - self.before
        return wall(starts_at.astimezone(zone).date() - timedelta(days=self.days), self.clock, zone)


def parse_cut_off(text: str) -> CutOff:
    """A policy such as "start", "start-2h", "15:00 day before" or "2 days before 18:00".

    Raises:
        ValueError: it is none of these, or too far before class; the message says what to write.
    """
    words = text.strip().lower()
    if match := _ELAPSED.fullmatch(words):
        cut_off = CutOff(before=parse_span(match[1]) if match[1] else timedelta(0))
    elif match := _WALL[0].fullmatch(words) or _WALL[1].fullmatch(words):
        clock = time(int(match["hour"]), int(match["minute"]))
        cut_off = CutOff(days=int(match["days"] or 1), clock=clock)
    else:
        raise ValueError("write start, or start-2h for two hours before class, or 15:00 day before")
    if cut_off.before > EARLIEST or not 1 <= cut_off.days <= EARLIEST.days:
        raise ValueError(f"write a moment from 1 to {EARLIEST.days} days before class, or start for none")
    return cut_off


def on_time(asked_at: datetime, cut_off: datetime) -> bool:
    """Whether a question received at `asked_at` is on time: the instant of the cut-off itself still is.

    Both are compared as they are, to the microsecond; a platform that stamps milliseconds rounds down, in favour of
    the person.
    """
    return require_aware(asked_at) <= require_aware(cut_off)  # in UTC: in one zone Python compares the wall clocks


def clean_text(raw: str) -> str:
    """`raw` as a question's text: lines end in a newline, no blanks around it, nothing that cannot be stored.

    Raises:
        CourseError: nothing is left, there is no letter in it (of any script), or it is longer than `TEXT_MAX`.
    """
    lines = raw.replace("\r\n", "\n").replace("\r", "\n")
    text = "".join(c for c in lines if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs")).strip()
    if not text:
        raise CourseError("Your question is empty. Write it in the box and send it again.")
    if not any(c.isalpha() for c in text):
        raise CourseError("Your question has no words in it. Write it out and send it again.")
    if len(text) > TEXT_MAX:
        raise CourseError(
            f"Your question has {len(text):,} characters; at most {TEXT_MAX:,} fit. Shorten it and send it again."
        )
    return text


def owed(required: Sequence[int], asked: Collection[int], on_duty: bool) -> tuple[int, ...]:
    """The required readings for which somebody has yet to ask, in the order given; on duty one owes nothing.

    `asked` are the readings the person has asked about, late or not: a late question is kept and marked, and asking
    again would not make it earlier.
    """
    return () if on_duty else tuple(reading for reading in dict.fromkeys(required) if reading not in asked)


@dataclass(frozen=True, slots=True)
class Owing:
    """Who owes which questions for one session; `asked` are pairs of person and reading."""

    persons: tuple[int, ...]
    required: tuple[int, ...]
    asked: frozenset[tuple[int, int]]
    on_duty: frozenset[int]

    def by(self, person: int) -> tuple[int, ...]:
        """The readings for which `person` still owes a question; somebody not in the course owes none."""
        if person not in self.persons:
            return ()
        asked = {reading for reading in self.required if (person, reading) in self.asked}
        return owed(self.required, asked, person in self.on_duty)

    def people(self) -> dict[int, tuple[int, ...]]:
        """Everyone who still owes something, with the readings, in the order of `persons`."""
        owing = {person: self.by(person) for person in self.persons}
        return {person: readings for person, readings in owing.items() if readings}

    def readings(self) -> dict[int, tuple[int, ...]]:
        """For every required reading, who still owes a question about it."""
        people = self.people()
        return {reading: tuple(p for p, owes in people.items() if reading in owes) for reading in self.required}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question that may be asked in class."""

    id: int
    reading_id: int
    asker_id: int
    votes: int
    asked_at: datetime


def pick_next(waiting: Sequence[Candidate], asked: Sequence[Candidate]) -> Candidate | None:
    """The waiting question to ask next, or None when there is none; `asked` are those asked in class already.

    Of two, the first of these that differs decides: fewer questions of this asker asked already; fewer about this
    paper; more votes; the earlier one; the lower id. So everybody is heard once before anybody is heard twice, the
    papers take turns as far as that allows, and votes choose among those whose turn it is.
    """
    askers = Counter(question.asker_id for question in asked)
    papers = Counter(question.reading_id for question in asked)

    def turn(question: Candidate) -> tuple[int, int, int, datetime, int]:
        heard = askers[question.asker_id], papers[question.reading_id]
        return *heard, -question.votes, question.asked_at, question.id

    return min(waiting, key=turn, default=None)


class Listed(Protocol):
    """What sorting a board needs of a question."""

    @property
    def id(self) -> int: ...
    @property
    def votes(self) -> int: ...
    @property
    def asked_at(self) -> datetime: ...


Q = TypeVar("Q", bound=Listed)


def sort_board(questions: Iterable[Q], by: Literal["votes", "time"] = "votes") -> list[Q]:
    """The questions with most votes first, or the earliest first; what is equal stands by time, then by id."""
    return sorted(questions, key=lambda q: (-q.votes if by == "votes" else 0, q.asked_at, q.id))
