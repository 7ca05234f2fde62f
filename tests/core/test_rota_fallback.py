"""The rota without a solver."""

from __future__ import annotations

import random
from datetime import timedelta
from itertools import combinations, permutations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.course import Role
from bot.core.rota import Bounds, Claim, Origin, RotaPolicy, RotaProblem, Rule, Slot
from bot.core.rota_fallback import solve
from bot.core.rota_matching import cheapest_matching
from bot.core.rota_swaps import MISSING as MISSING_COST
from bot.core.rota_swaps import Desk, improve
from tests.core.rota_cases import START, course, ordinary, problems, without

P = Role.PRESENTER

MISSING = {Rule.SEAT_FILLED, Rule.PRESENTS_ENOUGH, Rule.SUMMARISES_ENOUGH, Rule.REVIEWS_ENOUGH}
"""The rules that give way where not all can hold; the others only give way to claims."""


@given(st.integers(1, 5), st.integers(0, 2), st.randoms(use_true_random=False))
def test_the_matching_is_the_cheapest_of_all(rows: int, more: int, chance: random.Random) -> None:
    costs = [[chance.randint(-9, 9) for _ in range(rows + more)] for _ in range(rows)]
    columns = cheapest_matching(costs)
    assert len(set(columns)) == rows
    found = sum(costs[row][column] for row, column in enumerate(columns))
    assert found == min(
        sum(costs[row][column] for row, column in enumerate(way)) for way in permutations(range(rows + more), rows)
    )


def test_a_matching_needs_a_column_for_each_row() -> None:
    with pytest.raises(ValueError, match="2 rows"):
        cheapest_matching([[1], [2]])


@settings(max_examples=60, deadline=None)
@given(problems(), st.randoms(use_true_random=False))
def test_swaps_go_on_until_none_helps(problem: RotaProblem, chance: random.Random) -> None:
    desk = Desk(problem, None)
    desk.floor = chance.randint(0, 10)
    improve(desk, chance, 10**9)
    places = range(desk.fixed, len(desk.places))
    groups = list(problem.groups)

    def total() -> int:
        return sum(map(desk.cost, groups)) + MISSING_COST * desk.holders.count(None)

    def helps(*changes: tuple[int, int | None]) -> bool:
        before, now = [(place, desk.holders[place]) for place, _ in changes], total()
        for place, group in changes:
            desk.give(place, group)
        then = total()
        for place, group in reversed(before):
            desk.give(place, group)
        return then < now

    assert not any(helps((place, group)) for place in places for group in groups)
    assert not any(helps((one, desk.holders[two]), (two, desk.holders[one])) for one, two in combinations(places, 2))
    if desk.flawed():
        for place, group, third in product(places, groups, groups):
            if group not in (desk.holders[place], third):
                mine = [own for own in desk.mine[group] if own >= desk.fixed]
                assert not any(helps((place, group), (own, third)) for own in mine)


def test_a_place_is_passed_on_where_neither_a_gift_nor_a_swap_helps() -> None:
    """Dirac can only be there in the first week, which Bell has; so Bell takes a week of Ada's."""
    slots = tuple(Slot(number, START + timedelta(days=7 * number), {P: 1}) for number in range(3))
    bounds = RotaPolicy({P: Bounds(1)})
    problem = RotaProblem({1: "Ada", 2: "Bell", 3: "Dirac"}, slots, policy=bounds, busy=frozenset({(3, 1), (3, 2)}))
    desk = Desk(problem, None)
    for place, group in enumerate((2, 1, 1)):
        desk.give(place, group)
    improve(desk, random.Random(0), 1_000)
    assert desk.holders[0] == 3
    assert sorted(group or 0 for group in desk.holders) == [1, 2, 3]


@pytest.mark.parametrize("seed", range(25))
def test_where_the_rules_can_hold_they_hold(seed: int) -> None:
    rota, broken = solve(ordinary(seed))
    assert broken == []
    assert all(one.reason for one in rota.assignments)


@settings(max_examples=60, deadline=None)
@given(problems())
def test_claims_are_kept_and_only_what_is_missing_is_broken(problem: RotaProblem) -> None:
    rota, broken = solve(problem, effort=2_000)
    claims = {(claim.session, claim.role, claim.group) for claim in problem.kept_claims()}
    assert claims <= rota.seats()
    if not problem.claims:
        assert {one.rule for one in broken} <= MISSING


def test_what_cannot_be_filled_is_listed_and_the_rest_is_filled() -> None:
    problem = course(17)
    rota, broken = solve(problem)
    assert len(rota.assignments) == 3 * len(problem.slots)
    assert sorted(one.rule for one in broken) == sorted(
        3 * [Rule.PRESENTS_ENOUGH, Rule.SUMMARISES_ENOUGH, Rule.REVIEWS_ENOUGH]
    )


def test_the_same_seed_gives_the_same_rota() -> None:
    assert solve(course(13), seed=3) == solve(course(13), seed=3)


@pytest.mark.parametrize("group", range(1, 14))
def test_a_group_that_drops_leaves_the_others_in_their_seats(group: int) -> None:
    problem = course(13, claims=(Claim(0, Role.PRESENTER, 3), Claim(2, Role.REVIEWER, 5, Origin.STAFF)))
    rota, _ = solve(problem)
    again, broken = solve(without(problem, group), previous=rota)
    assert broken == []
    assert {key for key in rota.seats() if key[2] != group} <= again.seats()
