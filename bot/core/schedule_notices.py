"""What is announced about the schedule, and by staff: pure values, put into words by each front end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.core.course import Role

NOBODY, STUDENTS = "nobody", "students"
"""Whom an announcement pings."""


class News(StrEnum):
    """What became of a session, in the end, for those who knew of it."""

    MOVED = "moved"
    CANCELLED = "cancelled"
    RESTORED = "restored"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class When:
    """When and where a class meets."""

    starts_at: datetime
    ends_at: datetime
    room: str | None


@dataclass(frozen=True, slots=True)
class OnDuty:
    """Who has a role in a class: the platform's ids of those it can reach, and when their work is due, if at a time
    of its own."""

    role: Role
    people: tuple[str, ...]
    due: datetime | None


@dataclass(frozen=True, slots=True)
class SessionNews:
    """One session: `before` is None for a new one, `after` for a cancelled one. `questions` is their cut-off, where
    there are papers to ask about. Without `meets` it is a day off."""

    title: str
    news: News
    before: When | None
    after: When | None
    on_duty: tuple[OnDuty, ...] = ()
    questions: datetime | None = None
    reason: str | None = None
    meets: bool = True


@dataclass(frozen=True, slots=True)
class ScheduleChanged:
    """Everything that changed since the last such message; `late` is how long after its moment it goes out."""

    sessions: tuple[SessionNews, ...]
    late: timedelta


@dataclass(frozen=True, slots=True)
class Announcement:
    """What staff have to say, and whom it pings, by the platform's ids."""

    text: str
    recipients: tuple[str, ...]
    late: timedelta
