"""What an importer takes and what it returns: hints in, a plan with warnings out. Nothing here is written anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.core.course import PageSession
from bot.core.errors import CourseError
from bot.core.times import Term


class PageError(CourseError):
    """The page cannot be read as the schedule of this course. The text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class PageWarning:
    """Something staff should look at: the 1-based line of the page, and one sentence."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Milestone:
    """A deadline of the project. A bare date means 23:59 course time; a date-time is aware, in the course's zone."""

    name: str
    due: datetime | date
    line: int = 0


@dataclass(frozen=True, slots=True)
class PageHints:
    """What the configuration knows about the course.

    `meeting_days` are weekdays (Monday is 0), empty when unknown. `staff` are names known as course staff.
    """

    term: Term | None
    zone: ZoneInfo
    meeting_days: frozenset[int] = frozenset()
    staff: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class PagePlan:
    """A page as read: sessions in the page's order, milestones, and every doubt there was (by line)."""

    sessions: tuple[PageSession, ...]
    milestones: tuple[Milestone, ...] = ()
    warnings: tuple[PageWarning, ...] = ()


class Notes:
    """Collects warnings while a page is read; the same sentence about the same line is kept once."""

    def __init__(self) -> None:
        self._seen: dict[PageWarning, None] = {}
        self._told: set[str] = set()

    def add(self, line: int, text: str) -> None:
        """Warn about `line` (1-based)."""
        self._seen.setdefault(PageWarning(max(line, 1), text))

    def add_once(self, what: str, line: int, text: str) -> None:
        """Warn about `line` as the first example of `what`; later ones on the page are not told again."""
        if what not in self._told:
            self._told.add(what)
            self.add(line, text)

    def extend(self, warnings: list[PageWarning]) -> None:
        for warning in warnings:
            self._seen.setdefault(warning)

    def in_order(self) -> tuple[PageWarning, ...]:
        """All warnings by line; those of one line in the order they were made."""
        return tuple(sorted(self._seen, key=lambda warning: warning.line))


def quote(text: str, limit: int = 60) -> str:
    """`text` in quotation marks, on one line, cut to `limit` characters."""
    flat = " ".join(text.split())
    return f"“{flat if len(flat) <= limit else flat[: limit - 1].rstrip() + '…'}”"
