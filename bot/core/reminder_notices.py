"""What the outbox says about deadlines: pure values, put into words by each front end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.course import Role
from bot.core.deadlines import Moved, Work


@dataclass(frozen=True, slots=True)
class WorkDue:
    """To those who have not done it, by the platform's ids; `groups` are theirs by name.

    `papers` are those a question is owed for. A notice of a duty in some days has its `role` and class begin. In a
    direct message nobody is mentioned, and `snooze` is what its button is about; `unreached`: it stands here because
    their direct messages are closed.
    """

    work: Work
    title: str
    due_at: datetime
    recipients: tuple[str, ...]
    groups: tuple[str, ...]
    late: timedelta
    papers: tuple[str, ...] = ()
    role: Role | None = None
    starts_at: datetime | None = None
    snooze: str | None = None
    direct: bool = False
    unreached: bool = False


@dataclass(frozen=True, slots=True)
class StillMissing:
    """To staff, shortly before the deadline: who has not done it, by name, groups first."""

    work: Work
    title: str
    due_at: datetime
    missing: tuple[str, ...]
    late: timedelta


@dataclass(frozen=True, slots=True)
class Item:
    """One deadline of a person; `done` is None where nothing is handed in (a class they review)."""

    work: Work
    title: str
    due_at: datetime
    done: bool | None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class DailyList:
    """What is due for one person soon; `unreached` (a platform's id) where it could not be sent to them."""

    items: tuple[Item, ...]
    late: timedelta
    unreached: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PolicyChanged:
    """A rule has changed, and with it these deadlines: the first few of `total`."""

    key: str
    about: str
    before: str
    after: str
    moved: tuple[Moved, ...]
    total: int
    late: timedelta
