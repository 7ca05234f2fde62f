"""Participation: what a course expects of each student, what they did, and the points that come of it.

The rules are in docs/participation.md. Everything here is worked out from what is stored, each time it is asked for: a
moved class, an excuse or a changed policy changes it all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

FULL = 100
"""The most points there are, bonus included."""

QUESTIONS_RISK = Fraction(1, 2)
"""Who has asked less than this share of the questions expected on time is at risk."""


class Part(StrEnum):
    """What participation is made of."""

    QUESTIONS = "questions"
    ATTENDANCE = "attendance"
    VOTES = "votes"
    NOTES = "notes"


class Presence(StrEnum):
    """Where somebody was when a class's check-in was held."""

    PRESENT = "present"
    EXCUSED = "excused"
    SKIPPED = "skipped"


class Risk(StrEnum):
    """Why staff should look at somebody."""

    SKIPS = "skips"
    QUESTIONS = "questions"
    SUMMARY = "summary"


@dataclass(frozen=True, slots=True)
class Tally:
    """How much of what was `expected` somebody has `done`; what they were `excused` from is not expected."""

    done: int = 0
    expected: int = 0
    excused: int = 0


@dataclass(frozen=True, slots=True)
class Rules:
    """The policies. Source of the defaults: EECS 598 W24, questions before each class and "up to 2 skips"."""

    weights: Mapping[Part, int]
    skips: int
    notes: int


@dataclass(frozen=True, slots=True)
class ClassRecord:
    """One class and one person. `questions` are those on time for its required papers, empty until the cut-off;
    `presence` is None while no check-in is over, or before the person was in the course."""

    session_id: int
    questions: Tally
    presence: Presence | None


@dataclass(frozen=True, slots=True)
class Participation:
    """One student's participation. `free` skips are allowed; `score` is out of 100 with the `bonus` in it, to two
    decimals, and None while nothing is expected yet."""

    questions: Tally
    attendance: Tally
    votes: Tally
    notes: Tally
    free: int
    bonus: int
    score: float | None

    @property
    def skipped(self) -> int:
        """Classes missed without an excuse, those that cost nothing included."""
        return self.attendance.expected - self.attendance.done

    def part(self, part: Part) -> Tally:
        """One of the four."""
        tally: Tally = getattr(self, part)
        return tally

    def share(self, part: Part) -> float | None:
        """How much of a part counts as done, from 0 to 1; None while nothing is expected of it."""
        found = _share(part, self.part(part), self.free)
        return None if found is None else float(found)


def questions_of(required: int, on_time: int, *, on_duty: bool, excused: bool, here: bool) -> Tally:
    """What a class whose cut-off is past makes of its `required` papers, `on_time` of which somebody asked about.

    On duty one owes nothing, and excused neither. Who was not `here` yet, in the course, owes nothing but keeps the
    credit for what they did.
    """
    if on_duty:
        return Tally()
    if excused:
        return Tally(excused=required)
    return Tally(on_time, required if here else on_time)


def presence_of(*, checked_in: bool, excused: bool, here: bool) -> Presence | None:
    """What a class whose check-in is over makes of one person; None: they were not `here` yet, in the course."""
    if checked_in:
        return Presence.PRESENT
    if excused:
        return Presence.EXCUSED
    return Presence.SKIPPED if here else None


def participation(
    classes: Sequence[ClassRecord], votes: Tally, written: int, panels: int, bonus: int, rules: Rules
) -> Participation:
    """One student's participation. `written` is how many notes they wrote; `panels` how many panels were held while
    they were in the course: one note is expected for each, up to the number that is enough."""
    presences = [one.presence for one in classes if one.presence is not None]
    present, excused = presences.count(Presence.PRESENT), presences.count(Presence.EXCUSED)
    notes = min(panels, rules.notes)
    parts = {
        Part.QUESTIONS: Tally(
            sum(one.questions.done for one in classes),
            sum(one.questions.expected for one in classes),
            sum(one.questions.excused for one in classes),
        ),
        Part.ATTENDANCE: Tally(present, len(presences) - excused, excused),
        Part.VOTES: votes,
        Part.NOTES: Tally(min(written, notes), notes),
    }
    return Participation(
        **{part.value: tally for part, tally in parts.items()},
        free=rules.skips,
        bonus=bonus,
        score=_score(parts, bonus, rules),
    )


def _share(part: Part, tally: Tally, free: int) -> Fraction | None:
    if not tally.expected:
        return None
    # A skip that costs nothing counts like being there.
    counted = min(tally.done + free, tally.expected) if part is Part.ATTENDANCE else tally.done
    return Fraction(counted, tally.expected)


def _score(parts: Mapping[Part, Tally], bonus: int, rules: Rules) -> float | None:
    shares = {part: _share(part, tally, rules.skips) for part, tally in parts.items()}
    counted = {part: share for part, share in shares.items() if share is not None and rules.weights.get(part, 0)}
    if not counted:
        return None
    total = sum(rules.weights[part] for part in counted)
    points = sum((FULL * rules.weights[part] * share for part, share in counted.items()), Fraction(0)) / total
    return float(round(min(points + bonus, Fraction(FULL)), 2))


def risks(found: Participation, missed_summaries: int) -> tuple[Risk, ...]:
    """Why staff should look at this student: more skips than allowed, less than half of the questions on time, a
    summary that was not handed in on time."""
    reasons = []
    if found.skipped > found.free:
        reasons.append(Risk.SKIPS)
    questions = found.questions
    if questions.expected and Fraction(questions.done, questions.expected) < QUESTIONS_RISK:
        reasons.append(Risk.QUESTIONS)
    if missed_summaries:
        reasons.append(Risk.SUMMARY)
    return tuple(reasons)


def parse_weights(text: str) -> dict[Part, int]:
    """Weights such as "questions=50, attendance=30": what is left out weighs nothing; they need not add up to 100.

    Raises:
        ValueError: it is something else, names a part twice, or nothing weighs anything; the message says what to
            write.
    """
    found: dict[Part, int] = {}
    for piece in text.split(","):
        match = re.fullmatch(r"([a-z]+)\s*=\s*(\d{1,4})", piece.strip(), re.ASCII)
        if not match or match[1] not in list(Part) or Part(match[1]) in found:
            raise ValueError(f"write each of {', '.join(Part)} once, like questions=50, attendance=30")
        found[Part(match[1])] = int(match[2])
    if not any(found.values()):
        raise ValueError("give at least one of them a weight above 0")
    return found
