"""The fallback's first rota, before any swap (`effort=0`): already good, and close to the rota before."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings

from bot.core.course import Role
from bot.core.rota import ENOUGH, Bounds, Claim, RotaPolicy, RotaProblem, Rule, Slot
from bot.core.rota_fallback import solve
from bot.core.rota_score import score, with_reasons
from tests.core.rota_cases import START, course, problems, without

P, S, R = Role.PRESENTER, Role.SUMMARIZER, Role.REVIEWER


def weeks(number: int, seats: dict[Role, int], groups: int, least: int = 0, **rest: object) -> RotaProblem:
    """A session a week, all with these seats."""
    slots = tuple(Slot(week, START + timedelta(days=7 * week), seats) for week in range(number))
    policy = RotaPolicy(dict.fromkeys(seats, Bounds(least)))
    names = {group: f"Group {group}" for group in range(1, groups + 1)}
    return RotaProblem(names, slots, policy=policy, **rest)  # type: ignore[arg-type]


def test_everyone_has_a_turn_before_anyone_has_two() -> None:
    problem = weeks(2, {P: 1}, 2, least=1, rankings={1: (0, 1)})
    rota, broken = solve(problem, effort=0)
    assert broken == []
    assert (0, P, 1) in rota.seats()


def worth(**points: int) -> tuple[int, ...]:
    """A ranking in which session 0 is worth `s0` points and so on; between them are sessions that are no more."""
    by_rank = {10 - value: int(name[1:]) for name, value in points.items()}
    return tuple(by_rank.get(rank, 90 + rank) for rank in range(10))


def test_the_worst_off_comes_first() -> None:
    """Two pairs in dispute. Group 2 gets the little that it can get at most, which holds nobody else down."""
    rankings = {1: worth(s0=10, s1=7), 2: worth(s0=2, s1=1), 3: worth(s2=10, s3=6), 4: worth(s2=6, s3=3)}
    problem = weeks(4, {P: 1}, 4, least=1, rankings=rankings)
    fair, greedy = (solve(problem, effort=0, fair=fair)[0] for fair in (True, False))
    assert fair.seats() == {(1, P, 1), (0, P, 2), (3, P, 3), (2, P, 4)}
    assert greedy.seats() == {(0, P, 1), (1, P, 2), (2, P, 3), (3, P, 4)}


@pytest.mark.parametrize("points", range(2, 8))
def test_no_floor_is_passed_over(points: int) -> None:
    rankings = {1: worth(s0=10, s1=points), 2: worth(s0=points + 1, s1=points - 1)}
    problem = weeks(2, {P: 1}, 2, least=1, rankings=rankings)
    assert score(problem, solve(problem, effort=0)[0]).floor == points


def test_places_of_one_session_go_to_different_groups() -> None:
    """Also where one group would like both."""
    rota, broken = solve(weeks(2, {P: 2}, 3, rankings={1: (0,)}), effort=0)
    assert broken == []
    assert len(rota.seats()) == 4


@settings(max_examples=100, deadline=None)
@given(problems(claims=False))
def test_only_what_is_missing_is_broken_before_any_swap(problem: RotaProblem) -> None:
    """The rules that limit hold from the start."""
    assert {one.rule for one in solve(problem, effort=0)[1]} <= {Rule.SEAT_FILLED, *ENOUGH.values()}


def test_duties_are_shared_out_and_apart() -> None:
    problem = weeks(4, {P: 1}, 2)
    assert score(problem, solve(problem, effort=0)[0]).uneven == 0
    slots = tuple(Slot(day, START + timedelta(days=day), {P: 1} if day % 2 else {S: 1}) for day in (0, 1, 20, 21))
    tight = replace(problem, slots=slots, policy=RotaPolicy({P: Bounds(1), S: Bounds(0)}))
    for early, late in ((1, 2), (2, 1)):
        rota, _ = solve(replace(tight, claims=(Claim(0, S, early), Claim(20, S, late))), effort=0)
        assert {(1, P, late), (21, P, early)} <= rota.seats()


@pytest.mark.parametrize("seed", range(4))
def test_after_a_drop_the_others_keep_their_seats(seed: int) -> None:
    problem = course(13)
    before, _ = solve(problem, seed=seed)
    group = 1 + 3 * seed
    after, _ = solve(without(problem, group), previous=before, seed=seed, effort=0)
    assert {key for key in before.seats() if key[2] != group} <= after.seats()


def test_one_group_may_keep_more_than_its_share() -> None:
    problem = weeks(6, {P: 1}, 6)
    before, _ = solve(replace(problem, groups={1: "Group 1"}))
    assert solve(problem, previous=before, effort=0)[0].seats() == before.seats()


def test_a_seat_in_one_role_is_not_lost_to_another_role_that_day() -> None:
    problem = weeks(2, {P: 1, S: 1}, 4, rankings={1: (0,), 2: (1,)})
    before = with_reasons(problem, [(0, S, 1), (1, S, 2)])
    assert before.seats() <= solve(problem, previous=before, effort=0)[0].seats()
