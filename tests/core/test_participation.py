"""Participation: points by the parts, what is not expected, and who is at risk."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.participation import (
    ClassRecord,
    Part,
    Participation,
    Presence,
    Risk,
    Rules,
    Tally,
    parse_weights,
    participation,
    presence_of,
    questions_of,
    risks,
)

NORMAL = Rules({Part.QUESTIONS: 50, Part.ATTENDANCE: 30, Part.VOTES: 10, Part.NOTES: 10}, skips=2, notes=3)


def tallies(most: int = 4) -> st.SearchStrategy[Tally]:
    return st.integers(0, most).flatmap(
        lambda expected: st.builds(Tally, st.integers(0, expected), st.just(expected), st.integers(0, 2))
    )


RULES = st.builds(
    Rules,
    st.dictionaries(st.sampled_from(Part), st.integers(0, 60), max_size=4),
    st.integers(0, 4),
    st.integers(0, 4),
)
CLASSES = st.lists(
    st.builds(ClassRecord, st.integers(1, 99), tallies(), st.none() | st.sampled_from(Presence)), max_size=8
)
COUNTS = st.integers(0, 6)


def _of(classes: list[ClassRecord], rules: Rules = NORMAL, **rest: object) -> Participation:
    given_: dict[str, object] = {"votes": Tally(), "written": 0, "panels": 0, "bonus": 0, **rest}
    return participation(classes, rules=rules, **given_)  # type: ignore[arg-type]


def _class(done: int = 0, expected: int = 0, presence: Presence | None = None) -> ClassRecord:
    return ClassRecord(1, Tally(done, expected), presence)


@given(CLASSES, tallies(), COUNTS, COUNTS, st.integers(0, 120), RULES)
def test_the_score_is_the_weighted_mean_of_what_is_expected(
    classes: list[ClassRecord], votes: Tally, written: int, panels: int, bonus: int, rules: Rules
) -> None:
    found = participation(classes, votes, written, panels, bonus, rules)
    there = [one.presence for one in classes if one.presence in (Presence.PRESENT, Presence.SKIPPED)]
    free = min(rules.skips, there.count(Presence.SKIPPED))
    notes = min(panels, rules.notes)
    parts = {
        Part.QUESTIONS: (sum(c.questions.done for c in classes), sum(c.questions.expected for c in classes)),
        Part.ATTENDANCE: (there.count(Presence.PRESENT) + free, len(there)),
        Part.VOTES: (votes.done, votes.expected),
        Part.NOTES: (min(notes, written), notes),
    }
    weigh = {part: rules.weights.get(part, 0) for part, (_, expected) in parts.items() if expected}
    if not sum(weigh.values()):
        assert found.score is None
        return
    mean = sum(Fraction(parts[part][0], parts[part][1]) * weight for part, weight in weigh.items())
    assert found.score == float(round(min(100 * mean / sum(weigh.values()) + bonus, Fraction(100)), 2))
    assert 0 <= found.score <= 100


@given(CLASSES, tallies(), COUNTS, COUNTS, RULES, st.data())
def test_doing_more_never_costs_and_an_excuse_never_costs(
    classes: list[ClassRecord], votes: Tally, written: int, panels: int, rules: Rules, data: st.DataObject
) -> None:
    before = participation(classes, votes, written, panels, 0, rules)
    better = [
        ClassRecord(
            one.session_id,
            Tally(data.draw(st.integers(one.questions.done, one.questions.expected)), one.questions.expected),
            data.draw(st.sampled_from((Presence.PRESENT, one.presence))) if one.presence else None,
        )
        for one in classes
    ]
    after = participation(better, votes, written + data.draw(COUNTS), panels, data.draw(COUNTS), rules)
    # Who was excused and came all the same is expected to have been there, and was.
    assert (after.score is None) <= (before.score is None)
    assert before.score is None or after.score is None or after.score >= before.score
    spared = [
        ClassRecord(
            one.session_id, one.questions, Presence.EXCUSED if one.presence is Presence.SKIPPED else one.presence
        )
        for one in classes
    ]
    excused = participation(spared, votes, written, panels, 0, rules)
    assert excused.skipped == 0
    if before.score is not None and excused.attendance.expected:  # with nothing left to attend its weight is spread
        assert excused.score is not None
        assert excused.score >= before.score


@given(COUNTS, COUNTS, st.integers(0, 4))
def test_skips_up_to_the_allowed_number_cost_nothing(present: int, skipped: int, free: int) -> None:
    presences = [Presence.PRESENT] * present + [Presence.SKIPPED] * skipped
    rules = Rules({Part.ATTENDANCE: 1}, free, 0)
    found = _of([_class(presence=one) for one in presences], rules)
    assert found.skipped == skipped
    assert (found.score == 100) == (skipped <= free and bool(presences))
    assert (Risk.SKIPS in risks(found, 0)) == (skipped > free)


def test_what_one_class_asks_of_a_person() -> None:
    normal = {"on_duty": False, "excused": False, "here": True}
    assert questions_of(2, 1, **normal) == Tally(1, 2)
    assert questions_of(2, 1, **{**normal, "excused": True}) == Tally(0, 0, excused=2)
    assert questions_of(2, 2, **{**normal, "on_duty": True}) == Tally()
    assert questions_of(2, 0, **{**normal, "here": False}) == Tally()
    assert questions_of(2, 1, **{**normal, "here": False}) == Tally(1, 1)
    assert presence_of(checked_in=True, excused=True, here=False) is Presence.PRESENT
    assert presence_of(checked_in=False, excused=True, here=True) is Presence.EXCUSED
    assert presence_of(checked_in=False, excused=False, here=True) is Presence.SKIPPED
    assert presence_of(checked_in=False, excused=False, here=False) is None


def test_a_worked_example() -> None:
    """The one of docs/participation.md."""
    classes = [_class(1, 1, Presence.PRESENT) for _ in range(6)]
    classes += [_class(0, 1, Presence.SKIPPED) for _ in range(3)] + [_class(0, 0, Presence.EXCUSED)]
    found = _of(classes, votes=Tally(4, 5), written=2, panels=8, bonus=2)
    assert (found.questions, found.attendance) == (Tally(6, 9), Tally(6, 9, excused=1))
    assert (found.skipped, found.notes) == (3, Tally(2, 3))
    # 50 × 6/9 + 30 × 8/9 + 10 × 4/5 + 10 × 2/3, and 2 more.
    assert found.score == 76.67
    # Without a vote or a panel their weights go to the other two: (50 × 6/9 + 30 × 8/9) / 80.
    assert _of(classes).score == 75.0
    assert _of([]).score is None
    assert _of([], bonus=5).score is None


def test_who_is_at_risk() -> None:
    fine = _of([_class(1, 2, Presence.PRESENT)])
    assert risks(fine, 0) == ()
    assert risks(fine, 1) == (Risk.SUMMARY,)
    assert risks(_of([_class(1, 3)]), 0) == (Risk.QUESTIONS,)
    assert risks(_of([]), 0) == ()


def test_weights_are_read_as_staff_write_them() -> None:
    assert parse_weights("questions=50, attendance=30, votes=10, notes=10") == NORMAL.weights
    assert parse_weights("votes = 1") == {Part.VOTES: 1}
    for wrong in (
        "",
        "questions",
        "questions=0",
        "questions=1,questions=2",
        "speed=3",
        "votes=-1",
        "votes=1.5",
        "votes=²",
    ):
        with pytest.raises(ValueError, match=r"write each|above 0"):
            parse_weights(wrong)
