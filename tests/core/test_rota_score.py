"""The numbers a rota is judged by, worked out by hand, and that the fallback's desk reckons by the same."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.course import Role
from bot.core.rota import Bounds, Claim, RotaPolicy, RotaProblem, Slot
from bot.core.rota_score import Score, attainable, close_sessions, even_load, score, unavoidable, with_reasons
from bot.core.rota_swaps import CROWDED, FLOOR, FORBIDDEN, KEPT, LEFT_OUT, MISSING, POINT, UNEVEN, Desk
from tests.core.rota_cases import START, problems

P, S, R = Role.PRESENTER, Role.SUMMARIZER, Role.REVIEWER


def lectures(*days: int, **rest: object) -> RotaProblem:
    """Three groups, and a presenter and a summariser on each of these days of January."""
    slots = tuple(Slot(number, START.replace(day=day), {P: 1, S: 1}) for number, day in enumerate(days))
    bounds = RotaPolicy({P: Bounds(1), S: Bounds(1, 2)})
    return RotaProblem({1: "Ada", 2: "Bell", 3: "Curie"}, slots, **{"policy": bounds, **rest})  # type: ignore[arg-type]


def test_a_score_worked_out_by_hand() -> None:
    problem = lectures(9, 11, 16, 23, rankings={1: (0, 1), 2: (0, 2, 3), 3: (1,)})
    rota = with_reasons(problem, [(0, P, 1), (1, S, 1), (2, S, 1), (2, P, 2), (3, P, 2)])
    # Empty: summaries on days 9 and 23, presenter on 11 (3). Curie does neither duty, Bell no summary (3 x 2).
    # Ada has her first choice (10), Bell her second and third (9 + 8), Curie, who ranked a day, holds nothing.
    # An even load is 2 or 3 each: Curie lacks 2. Ada's 9 + 11 and 11 + 16 are within a week of each other.
    assert even_load(problem) == (2, 3)
    assert score(problem, rota) == Score(missing=9, kept=0, left_out=1, floor=9, total=27, uneven=2, crowded=2)
    before = with_reasons(problem, [(0, P, 1), (1, S, 2), (3, P, 2), (3, S, 3)])
    assert score(problem, rota, before).kept == 2


def test_the_goals_come_in_order() -> None:
    base = Score(missing=1, kept=1, left_out=1, floor=1, total=1, uneven=1, crowded=1)
    better = [
        replace(base, missing=0, kept=0, left_out=9, floor=0, total=0, uneven=9, crowded=9),
        replace(base, kept=2, left_out=9, floor=0, total=0, uneven=9, crowded=9),
        replace(base, left_out=0, floor=0, total=0, uneven=9, crowded=9),
        replace(base, floor=2, total=0, uneven=9, crowded=9),
        replace(base, total=2, uneven=9, crowded=9),
        replace(base, uneven=0, crowded=9),
        replace(base, crowded=0),
    ]
    assert [one.order for one in sorted(better, key=lambda one: one.order, reverse=True)] == [
        one.order for one in better
    ]
    assert all(one.order > base.order for one in better)


def test_points_fall_by_one_a_rank_and_never_to_nothing() -> None:
    problem = lectures(*range(1, 14), rankings={1: tuple(range(12))})
    assert [problem.points(1, session, P) for session in range(13)] == [10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1, 1, 0]
    assert problem.points(1, 0, S) == 0
    assert problem.points(2, 0, P) == 0


def test_what_a_group_could_get_at_most() -> None:
    rankings = {1: (0, 1), 2: (0, 1), 3: (0,)}
    problem = lectures(9, 16, 23, rankings=rankings, claims=(Claim(0, P, 3), Claim(1, S, 1)))
    # Curie has hers by a claim. Its seat is taken for the others; Ada is on another duty on the 16th.
    assert attainable(problem) == {2: 9}
    assert attainable(replace(problem, claims=())) == {1: 10, 2: 10, 3: 10}
    assert attainable(replace(problem, claims=(), busy=frozenset({(1, 0), (3, 0)}))) == {1: 9, 2: 10}


def test_days_are_close_when_fewer_apart_than_the_spacing() -> None:
    problem = lectures(9, 15, 16, 22)
    assert close_sessions(problem) == [frozenset({0, 1}), frozenset({1, 2}), frozenset({2, 3})]
    wider = replace(problem, policy=replace(problem.policy, spacing_days=8))
    assert close_sessions(wider) == [frozenset({0, 1, 2}), frozenset({1, 2, 3})]


def test_what_must_be_missing() -> None:
    assert unavoidable(lectures(9, 16, 23)) == 0
    assert unavoidable(lectures(9, 16)) == 4  # one group too many for either duty, at 2 each
    assert unavoidable(lectures(*range(1, 9))) == 2  # eight summaries, and three groups that write two at most


@pytest.mark.parametrize(("rank", "word"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th")])
def test_a_rank_is_said_in_words(rank: int, word: str) -> None:
    problem = lectures(*range(1, 14), rankings={1: tuple(range(13))})
    (one,) = with_reasons(problem, [(rank - 1, P, 1)]).assignments
    assert one.reason == f"ranked {word} by the group"


@given(problems(), st.data())
def test_the_desk_reckons_like_the_score(problem: RotaProblem, data: st.DataObject) -> None:
    """Whoever sits where: each fault has its price, claims are where they were made, and no session seats one twice."""
    previous = with_reasons(problem, data.draw(st.sets(_seats(problem), max_size=6)))
    desk = Desk(problem, previous)
    desk.floor = data.draw(st.integers(0, 11))
    someone = st.one_of(st.none(), st.sampled_from(sorted(problem.groups)))
    for place in range(desk.fixed, len(desk.places)):
        group, taken = data.draw(someone), set(desk.keys())
        if (*desk.places[place], group) not in taken:
            desk.give(place, group)
    rota = with_reasons(problem, desk.keys())
    judged = score(problem, rota, previous)
    claims = {(claim.session, claim.role, claim.group) for claim in problem.kept_claims()}
    assert claims <= rota.seats()
    sittings = [(one.group, one.session) for one in rota.assignments]
    done = [(one.group, one.role) for one in rota.assignments]
    forbidden = len(sittings) - len(set(sittings)) + sum(pair in problem.busy for pair in sittings)
    for group, role in set(done):
        most = problem.policy.of(role).at_most
        forbidden += max(0, done.count((group, role)) - most) if most is not None else 0
    behind = sum(not desk.satisfied(group) for group in problem.groups)
    assert (behind > 0) == (judged.floor < min(desk.floor, 10))
    assert sum(map(desk.cost, problem.groups)) + MISSING * desk.holders.count(None) == (
        FORBIDDEN * forbidden
        + MISSING * judged.missing
        - KEPT * judged.kept
        + LEFT_OUT * judged.left_out
        + FLOOR * behind
        - POINT * judged.total
        + UNEVEN * judged.uneven
        + CROWDED * judged.crowded
    )
    assert desk.flawed() == (judged.missing > unavoidable(problem))


def _seats(problem: RotaProblem) -> st.SearchStrategy[tuple[int, Role, int]]:
    return st.sampled_from(
        [(slot.session, role, group) for slot in problem.slots for role in slot.seats for group in problem.groups]
    )
