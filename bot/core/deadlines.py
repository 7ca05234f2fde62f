"""Deadlines are computed from sessions and policy, never stored, so a moved class moves them all."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.core.questions import CutOff

START = CutOff()
UTC = ZoneInfo("UTC")


class Work(StrEnum):
    """What is due."""

    SLIDES = "slides"
    QUESTIONS = "questions"
    REVIEW = "review"
    SUMMARY = "summary"
    VOTE = "vote"
    MILESTONE = "milestone"
    GROUPS = "groups"
    DUTY = "duty"
    APPOINTMENT = "appointment"


@dataclass(frozen=True, slots=True)
class Policy:
    """The offsets in force. They mean elapsed time, also across a change of the clocks; a cut-off for questions may be
    a wall time in `zone`, the course's.

    Source of the defaults: EECS 598 W24, "slides 24 hours before class", "summary within 24 hours after the
    presentation; late: no credit, no extensions", "one question per presented paper before each class".
    """

    slides_before: timedelta = timedelta(hours=24)
    summary_after: timedelta = timedelta(hours=24)
    vote_after: timedelta = timedelta(hours=12)
    cut_off: CutOff = START
    zone: ZoneInfo = UTC


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
        questions=policy.cut_off.at(starts_at, policy.zone),
        summary=ends_at + policy.summary_after,
        vote=ends_at + policy.vote_after,
    )


@dataclass(frozen=True, slots=True)
class Moved:
    """A deadline that a change of policy moves; `title` says of which class."""

    title: str
    work: Work
    before: datetime
    after: datetime


def moved(
    sessions: Iterable[tuple[str, datetime, datetime, frozenset[Work]]], old: Policy, new: Policy, now: datetime
) -> list[Moved]:
    """What changing `old` to `new` moves: for each session (title, start, end, and which work is due for it), the
    deadlines that differ, unless both are past at `now`; in order of the earlier moment."""
    found = []
    for title, starts_at, ends_at, works in sessions:
        before = session_deadlines(starts_at, ends_at, old)
        after = session_deadlines(starts_at, ends_at, new)
        for work in (Work.SLIDES, Work.QUESTIONS, Work.SUMMARY, Work.VOTE):
            was, is_ = getattr(before, work), getattr(after, work)
            if work in works and was != is_ and max(was, is_) > now:
                found.append(Moved(title, work, was, is_))
    return sorted(found, key=lambda one: min(one.before, one.after))


def slug(name: str) -> str:
    """A milestone's key: two spellings of one name that differ in case, blanks or signs have the same."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    return "-".join(re.findall(r"\w+", "".join(c for c in plain if not unicodedata.combining(c)))) or "milestone"
