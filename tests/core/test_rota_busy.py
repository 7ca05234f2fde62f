"""A group one of whose members has a duty of their own in a session gets no duty there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.course import Role
from bot.core.rota import Bounds, Claim, Origin, RotaPolicy, RotaProblem, Rule, Slot, broken_rules
from bot.core.rota_fallback import solve
from bot.core.rota_feasibility import feasibility
from bot.core.rota_score import attainable, score, with_reasons
from tests.core.rota_cases import START, course, ordinary

P, S, R = Role.PRESENTER, Role.SUMMARIZER, Role.REVIEWER
NO_BOUNDS = RotaPolicy(dict.fromkeys(Role, Bounds(0, None)))


def weeks(*seats: dict[Role, int], groups: int = 2, **rest: object) -> RotaProblem:
    """A session a week with these seats, from Jan 9 on."""
    slots = tuple(Slot(number, START.replace(day=9 + 7 * number), places) for number, places in enumerate(seats))
    names = dict(zip(range(1, groups + 1), ("Ada", "Bell", "Curie", "Dirac"), strict=False))
    return RotaProblem(names, slots, **{"policy": NO_BOUNDS, **rest})  # type: ignore[arg-type]


def test_the_checker_says_who_is_on_duty_twice() -> None:
    problem = weeks({P: 1}, {P: 1}, busy=frozenset({(1, 0), (2, 0)}))
    (broken,) = broken_rules(problem, with_reasons(problem, [(0, P, 1), (1, P, 2)]))
    assert (broken.rule, broken.group, broken.session) == (Rule.ONE_DUTY_A_SESSION, 1, 0)
    assert broken.text == "Ada has a member on duty of their own on Jan 9: one duty a session is the most."
    assert broken_rules(problem, with_reasons(problem, [(0, P, 9)])) != []


def test_a_class_seats_no_more_groups_than_are_free() -> None:
    problem = weeks({P: 1, S: 1}, {P: 1, S: 1}, busy=frozenset({(2, 1)}))
    (short,) = feasibility(problem)
    assert (short.rule, short.needed, short.available) == (Rule.ONE_DUTY_A_SESSION, 2, 1)
    assert short.text == (
        "Jan 16 has 2 places, and 1 of 2 groups without a member on duty of their own with one duty each a session."
    )
    assert short.changes == ("offer 1 fewer on Jan 16",)
    assert feasibility(replace(problem, busy=frozenset())) == []


def test_a_group_needs_sessions_enough_in_which_it_is_free() -> None:
    bounds = RotaPolicy({P: Bounds(1), S: Bounds(1)})
    problem = weeks({P: 1}, {S: 1}, {P: 1}, {S: 1}, policy=bounds, busy=frozenset({(2, 0), (2, 1), (2, 2)}))
    (short,) = feasibility(problem)
    assert (short.rule, short.needed, short.available) == (Rule.ONE_DUTY_A_SESSION, 2, 1)
    assert short.text == (
        "Bell has at least 2 duties, one a session, and no member on duty of their own in 1 session only."
    )
    assert short.changes == ("take its members off 1 duty of their own",)
    assert feasibility(replace(problem, busy=frozenset({(2, 0), (2, 1)}))) == []


def test_a_claim_stays_beside_a_duty_of_ones_own_and_is_reported() -> None:
    problem = weeks({P: 1}, {P: 1}, claims=(Claim(0, P, 1),), busy=frozenset({(1, 0)}))
    rota, broken = solve(problem)
    assert (0, P, 1) in rota.seats()
    assert [one.rule for one in broken] == [Rule.ONE_DUTY_A_SESSION]
    (short,) = feasibility(problem)
    assert short.text == (
        "Ada holds a duty on Jan 9, and has a member on duty of their own there: one duty a session is the most."
    )
    assert (short.needed, short.available, short.changes) == (2, 1, ("release one of the two",))


def test_what_a_group_cannot_have_is_no_wish_of_its() -> None:
    problem = weeks({P: 1}, {P: 1}, {P: 1}, rankings={1: (0, 2), 2: (1,)}, busy=frozenset({(1, 0), (2, 1)}))
    assert attainable(problem) == {1: 9}
    rota, broken = solve(problem)
    assert broken == []
    assert (2, P, 1) in rota.seats()
    assert score(problem, rota).floor == 10


@pytest.mark.parametrize("seed", range(12))
def test_the_fallback_goes_round_what_single_members_do(seed: int) -> None:
    problem = ordinary(seed)
    busy = frozenset((group, (3 * group + seed) % len(problem.slots)) for group in problem.groups)
    rota, broken = solve(replace(problem, busy=busy), seed=seed)
    assert broken == []
    assert not {(one.group, one.session) for one in rota.assignments} & busy


def test_a_duty_of_ones_own_moves_one_seat_of_a_rota_and_little_else() -> None:
    problem = course(13)
    before, _ = solve(problem)
    session, _, group = before.assignments[0].key
    after, broken = solve(replace(problem, busy=frozenset({(group, session)})), previous=before)
    assert broken == []
    assert (group, session) not in {(one.group, one.session) for one in after.assignments}
    assert len(before.seats() - after.seats()) <= 2


@pytest.mark.parametrize(
    ("origin", "reason", "lost"),
    [
        (Origin.VOLUNTEERED, "volunteered", "Ada volunteered as presenter on Jan 9, and does not hold that seat."),
        (
            Origin.STAFF,
            "set by staff",
            "Jan 9, presenter: the seat was set by staff for Ada, and Ada does not hold it.",
        ),
        (
            Origin.SWAPPED,
            "agreed in a swap",
            "Ada took the seat as presenter on Jan 9 in a swap, and does not hold it.",
        ),
    ],
)
def test_every_kind_of_claim_reads_well(origin: Origin, reason: str, lost: str) -> None:
    problem = weeks({P: 1}, groups=1, claims=(Claim(0, P, 1, origin),))
    rota, _ = solve(problem)
    assert [one.reason for one in rota.assignments] == [reason]
    assert lost in [broken.text for broken in broken_rules(problem, with_reasons(problem, []))]
    # A claim that was given up leaves no trace of itself; a seat planned earlier keeps its reason when it is fixed.
    (freed,) = solve(replace(problem, claims=()), previous=rota)[0].assignments
    assert freed.reason == "evens the load"
    planned = with_reasons(replace(problem, claims=()), [(0, P, 1)])
    assert with_reasons(problem, [(0, P, 1)], planned) == planned
