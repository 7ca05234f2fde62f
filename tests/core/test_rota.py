"""The rules of the rota: each one broken on purpose, and what is counted before a rota is made."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings

from bot.core.course import Role
from bot.core.rota import Assignment, Bounds, Claim, Origin, Rota, RotaPolicy, RotaProblem, Rule, Slot, broken_rules
from bot.core.rota_fallback import solve
from bot.core.rota_feasibility import feasibility
from bot.core.rota_score import close_sessions, score, with_reasons
from tests.core.rota_cases import BUFFERS, START, course, problems

P, S, R = Role.PRESENTER, Role.SUMMARIZER, Role.REVIEWER


def three() -> tuple[RotaProblem, Rota]:
    """Three groups that take turns in three sessions: the smallest course that breaks no rule."""
    slots = tuple(Slot(number, START.replace(day=9 + 7 * number)) for number in range(3))
    problem = RotaProblem({1: "Ada", 2: "Bell", 3: "Curie"}, slots, policy=RotaPolicy())
    keys = [(number, role, 1 + (number + turn) % 3) for number in range(3) for turn, role in enumerate((P, S, R))]
    return problem, with_reasons(problem, keys)


def change(rota: Rota, *, drop: tuple[int, Role, int] | None = None, add: tuple[int, Role, int] | None = None) -> Rota:
    kept = [one for one in rota.assignments if one.key != drop]
    return Rota((*kept, *([Assignment(*add, "set by staff")] if add else [])))


def test_a_rota_that_keeps_all_rules_is_clean() -> None:
    problem, rota = three()
    assert broken_rules(problem, rota) == []


@pytest.mark.parametrize(
    ("drop", "add", "rules", "sentence"),
    [
        ((0, P, 1), None, {Rule.SEAT_FILLED, Rule.PRESENTS_ENOUGH}, "Jan 9 has no presenter."),
        ((0, P, 1), (0, P, 2), {Rule.NOT_OWN_LECTURE, Rule.PRESENTS_ENOUGH}, "Bell would summarise its own lecture"),
        ((0, P, 1), (0, P, 3), {Rule.ONE_DUTY_A_SESSION, Rule.PRESENTS_ENOUGH}, "Curie has 2 duties on Jan 9"),
        (
            None,
            (0, P, 9),
            {Rule.SEAT_EXISTS, Rule.SEAT_NOT_OVERFULL},
            "Group 9 holds a seat, and is not in the course.",
        ),
        (None, (7, P, 1), {Rule.SEAT_EXISTS}, "Ada is presenter on session 7, which has no such seat."),
        ((0, R, 3), (0, R, 4), {Rule.SEAT_EXISTS, Rule.REVIEWS_ENOUGH}, "Curie does not review: each group does so at"),
        ((0, S, 2), None, {Rule.SEAT_FILLED, Rule.SUMMARISES_ENOUGH}, "Bell does not summarise"),
    ],
)
def test_each_rule_is_found_broken(
    drop: tuple[int, Role, int] | None, add: tuple[int, Role, int] | None, rules: set[Rule], sentence: str
) -> None:
    problem, rota = three()
    found = broken_rules(problem, change(rota, drop=drop, add=add))
    assert {broken.rule for broken in found} == rules
    assert any(broken.text.startswith(sentence) for broken in found), found
    assert all(broken.text.endswith(".") for broken in found)


def test_a_claim_that_is_not_kept_and_a_group_that_summarises_too_often() -> None:
    problem, rota = three()
    bounds = {**problem.policy.bounds, P: Bounds(0, 0)}
    strict = replace(problem, claims=(Claim(0, P, 2), Claim(1, S, 1, Origin.STAFF)), policy=RotaPolicy(bounds))
    texts = [broken.text for broken in broken_rules(strict, rota)]
    assert "Bell volunteered as presenter on Jan 9, and does not hold that seat." in texts
    assert "Jan 16, summarizer: the seat was set by staff for Ada, and Ada does not hold it." in texts
    assert "Ada would present once: 0 times is the most." in texts


@settings(max_examples=30, deadline=None)
@given(problems(claims=False))
def test_any_single_seat_taken_from_a_whole_rota_is_noticed(problem: RotaProblem) -> None:
    rota, broken = solve(problem, effort=500)
    for one in rota.assignments:
        assert len(broken_rules(problem, change(rota, drop=one.key))) > len(broken) - 2
        assert any(
            found.rule is Rule.SEAT_FILLED and found.session == one.session
            for found in broken_rules(problem, change(rota, drop=one.key))
        )


def test_every_seat_says_why() -> None:
    problem, rota = three()
    problem = replace(problem, claims=(Claim(0, P, 1), Claim(0, S, 2, Origin.STAFF)), rankings={2: (2, 1)})
    keys = [*rota.seats(), (2, R, 9)]
    reasons = {
        one.key: one.reason
        for one in with_reasons(replace(problem, groups={**problem.groups, 9: "X"}), keys).assignments
    }
    assert reasons[0, P, 1] == "volunteered"
    assert reasons[0, S, 2] == "set by staff"
    assert reasons[1, P, 2] == "ranked 2nd by the group"
    assert reasons[2, P, 3] == "each group presents at least once"
    rota, _ = solve(course(13))
    assert "evens the load" in {one.reason for one in rota.assignments}
    days = [course(13).slots[one.session].on for one in rota.assignments]
    assert all(one <= two for one, two in pairwise(days))


def test_seventeen_groups_cannot_each_present_in_fourteen_lectures() -> None:
    found = feasibility(course(17))
    assert [shortfall.rule for shortfall in found] == [
        Rule.PRESENTS_ENOUGH,
        Rule.SUMMARISES_ENOUGH,
        Rule.REVIEWS_ENOUGH,
    ]
    assert (found[0].needed, found[0].available) == (17, 14)
    assert found[0].text == (
        "17 groups should each present at least once, and 14 classes have 14 places for it: 3 groups would not present."
    )
    assert found[0].changes == ("allow two groups in 3 classes", "use the 3 buffer dates")


def test_the_changes_proposed_are_enough() -> None:
    problem = course(17)
    twice = tuple(replace(slot, seats=dict.fromkeys(Role, 2)) if slot.session < 3 else slot for slot in problem.slots)
    used = tuple(Slot(100 + number, day) for number, day in enumerate(BUFFERS))
    for slots in (twice, problem.slots + used):
        mended = replace(problem, slots=slots)
        assert feasibility(mended) == []
        assert solve(mended)[1] == []


def test_the_real_course_was_feasible_and_so_is_its_rota() -> None:
    problem = course(13)
    assert feasibility(problem) == []
    assert solve(problem)[1] == []


def test_other_shortages_are_counted_too() -> None:
    long = course(5, sessions=[START.replace(day=day) for day in range(9, 22)])
    (short,) = feasibility(long)
    assert short.rule is Rule.SUMMARISES_TOO_OFTEN
    assert short.changes == ("let 3 groups summarise 3 times", "do without a summary in 3 places")
    pair = course(2)
    assert {shortfall.rule for shortfall in feasibility(pair)} >= {Rule.ONE_DUTY_A_SESSION}
    clash = course(13, claims=(Claim(0, P, 1), Claim(0, P, 2), Claim(0, S, 2)))
    texts = " ".join(shortfall.text for shortfall in feasibility(clash))
    assert "Group 1, Group 2 all hold Jan 18 as presenter, which takes 1." in texts
    assert "Group 2 holds 2 duties on Jan 18: one is the most." in texts


def test_close_sessions_are_those_within_the_spacing() -> None:
    slots = tuple(Slot(number, START.replace(day=day)) for number, day in enumerate((9, 11, 16, 18, 30)))
    problem = RotaProblem({1: "Ada"}, slots)
    assert close_sessions(problem) == [frozenset({0, 1}), frozenset({1, 2}), frozenset({2, 3})]
    rota = with_reasons(problem, [(0, P, 1), (1, P, 1), (4, P, 1)])
    assert score(problem, rota).crowded == 1
