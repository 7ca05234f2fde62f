"""Deadlines are computed from sessions and policy, never stored, so a moved class moves them all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Policy:
    """The offsets in force. They mean elapsed time, also across a change of the clocks.

    Source of the defaults: EECS 598 W24, "slides 24 hours before class", "summary within 24 hours after the
    presentation; late: no credit, no extensions", "one question per presented paper before each class".
    """

    slides_before: timedelta = timedelta(hours=24)
    summary_after: timedelta = timedelta(hours=24)
    vote_after: timedelta = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class SessionDeadlines:
    """What hangs on one class meeting (instants in UTC)."""

    slides: datetime
    questions: datetime
    summary: datetime
    vote: datetime


def session_deadlines(starts_at: datetime, ends_at: datetime, policy: Policy) -> SessionDeadlines:
    """The deadlines of a class from `starts_at` to `ends_at` (aware, UTC)."""
    return SessionDeadlines(
        slides=starts_at - policy.slides_before,
        questions=starts_at,
        summary=ends_at + policy.summary_after,
        vote=ends_at + policy.vote_after,
    )
