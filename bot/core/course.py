"""The course as published: sessions, readings, duties. Pure values, no identity, no storage."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum


class Kind(StrEnum):
    """What happens in one class meeting."""

    LECTURE = "lecture"
    STUDENT_LECTURE = "student_lecture"
    GUEST = "guest"
    NO_CLASS = "no_class"
    BUFFER = "buffer"
    PRESENTATION = "presentation"
    POSTER = "poster"
    MAKEUP = "makeup"

    @property
    def meets(self) -> bool:
        """Whether people come to a room."""
        return self is not Kind.NO_CLASS

    @property
    def said(self) -> str:
        """What it is called in a sentence."""
        return "make-up class" if self is Kind.MAKEUP else self.replace("_", " ")


class Role(StrEnum):
    """A duty on a session."""

    PRESENTER = "presenter"
    SUMMARIZER = "summarizer"
    REVIEWER = "reviewer"


@dataclass(frozen=True, slots=True)
class Reading:
    """One paper or article of a session. `note` is what the page says beside it, e.g. "(Chapters 1 and 2)"."""

    title: str
    url: str | None
    required: bool
    note: str | None = None


@dataclass(frozen=True, slots=True)
class PageSession:
    """One dated row of a published schedule.

    `duties` maps each role the row names to its people, in the page's order, spelled as on the page.
    `starts`, `ends` and `room` are wall times and a place that the page itself gives; None means the course's
    meeting pattern decides. `line` is the 1-based line of the source where the row begins.
    """

    date: date
    kind: Kind
    title: str | None
    topic: str | None
    readings: tuple[Reading, ...] = ()
    duties: dict[Role, tuple[str, ...]] = field(default_factory=dict)
    starts: time | None = None
    ends: time | None = None
    room: str | None = None
    line: int = 0

    @property
    def label(self) -> str:
        """What to call it in one phrase: its title, else its first reading, else its topic."""
        if self.title:
            return self.title
        if self.readings:
            return self.readings[0].title
        return self.topic or self.kind.said
