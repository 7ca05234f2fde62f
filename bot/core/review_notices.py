"""What staff say about hand-ins, and what is told of it: pure values, put into words by each front end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.core.deadlines import Work
from bot.core.receipts import Content


class Verdict(StrEnum):
    """What staff decide."""

    APPROVED = "approved"
    CHANGES = "changes"


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict about a version, by a member of staff (the platform's key of theirs), with a note or ""."""

    verdict: Verdict
    note: str
    by: str
    at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class Card:
    """A hand-in as staff decide about it. `decision` is the last about this version, `earlier` the last about another.

    `owner` is the group or person whose it is, `by` who handed it in; `due_at` the deadline as it is now.
    """

    hand_in_id: int
    work: Work
    title: str
    owner: str
    by: str
    version: int
    at: datetime
    due_at: datetime
    content: Content
    code: str
    decision: Decision | None = None
    earlier: Decision | None = None


@dataclass(frozen=True, slots=True)
class ReviewGiven:
    """To those whose hand-in it is, by the platform's ids. Only in their own room (`private`) is it said what was
    decided; elsewhere there is a button for it."""

    hand_in_id: int
    work: Work
    title: str
    decision: Decision
    recipients: tuple[str, ...]
    private: bool


@dataclass(frozen=True, slots=True)
class SummaryPublished:
    """A summary for the whole class, as a Markdown document; it may be a link or files instead."""

    hand_in_id: int
    title: str
    owner: str
    document: str | None
    link: str | None
    files: tuple[str, ...]
