"""The solver: proved, judged by the independent checker, and never worse than the fallback."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings

from bot.core import rota_fallback
from bot.core.course import Role
from bot.core.rota import Claim, Origin, RotaProblem, Rule
from bot.core.rota_feasibility import feasibility
from bot.core.rota_score import score
from bot.solver.highs import solve
from tests.core.rota_cases import BUFFERS, course, ordinary, problems, without

MISSING = {Rule.SEAT_FILLED, Rule.PRESENTS_ENOUGH, Rule.SUMMARISES_ENOUGH, Rule.REVIEWS_ENOUGH}


@settings(max_examples=60, deadline=None)
@given(problems())
def test_every_plan_is_the_best_and_breaks_only_what_must_be(problem: RotaProblem) -> None:
    plan = solve(problem)
    assert plan.optimal
    assert plan.gap == 0
    claims = {(claim.session, claim.role, claim.group) for claim in problem.kept_claims()}
    assert claims <= plan.rota.seats()
    if not problem.claims:
        assert {broken.rule for broken in plan.broken} <= MISSING
    if feasibility(problem):
        assert plan.broken
    other, broken = rota_fallback.solve(problem, effort=2_000)
    assert score(problem, other).order <= score(problem, plan.rota).order
    assert broken or not plan.broken


@settings(max_examples=40, deadline=None)
@given(problems())
def test_solving_again_with_nothing_changed_changes_nothing(problem: RotaProblem) -> None:
    first = solve(problem)
    assert solve(problem, previous=first.rota).rota == first.rota


@pytest.mark.parametrize("seed", range(30))
def test_the_fallback_is_within_five_percent(seed: int) -> None:
    problem = ordinary(seed)
    plan, (rota, broken) = solve(problem), rota_fallback.solve(problem)
    assert plan.broken == ()
    assert broken == []
    best, found = score(problem, plan.rota), score(problem, rota)
    assert found.floor == best.floor
    assert found.total >= 0.95 * best.total


@pytest.mark.parametrize("group", range(1, 14))
def test_a_drop_changes_no_seat_of_another_group(group: int) -> None:
    problem = course(13, claims=(Claim(0, Role.PRESENTER, 3), Claim(2, Role.REVIEWER, 5, Origin.STAFF)))
    before = solve(problem).rota
    plan = solve(without(problem, group), previous=before)
    assert plan.broken == ()
    assert {key for key in before.seats() if key[2] != group} <= plan.rota.seats()
    assert {one.key: one.reason for one in before.assignments if one.group != group}.items() <= {
        one.key: one.reason for one in plan.rota.assignments
    }.items()


@pytest.mark.parametrize(("seed", "dropped"), [*enumerate(range(0, 45, 3)), (1, 3)])
def test_after_a_drop_both_move_as_few_seats_as_can_be(seed: int, dropped: int) -> None:
    """Any one group of a small course; the solver proves how many of the other seats can stay."""
    problem = ordinary(seed)
    before = solve(problem).rota
    group = dropped % len(problem.groups)
    left = without(problem, group)
    plan, (rota, _) = solve(left, previous=before), rota_fallback.solve(left, previous=before, seed=seed)
    assert plan.optimal
    best, found = score(left, plan.rota, before), score(left, rota, before)
    assert (found.missing, found.kept) == (best.missing, best.kept)


def test_a_moved_class_and_a_new_date_disturb_nobody() -> None:
    problem = course(13)
    before = solve(problem).rota
    moved = tuple(
        replace(slot, on=slot.on + timedelta(days=5)) if slot.session == 4 else slot for slot in problem.slots
    )
    assert solve(replace(problem, slots=moved), previous=before).rota.seats() == before.seats()
    added = (*problem.slots, replace(problem.slots[0], session=99, on=BUFFERS[0]))
    again = solve(replace(problem, slots=added), previous=before)
    assert again.broken == ()
    assert before.seats() < again.rota.seats()


def test_an_infeasible_course_gets_a_rota_and_the_rules_it_breaks() -> None:
    plan = solve(course(17))
    assert plan.optimal
    assert len(plan.rota.assignments) == 3 * 14
    assert sorted(broken.rule for broken in plan.broken) == sorted(
        3 * [Rule.PRESENTS_ENOUGH, Rule.SUMMARISES_ENOUGH, Rule.REVIEWS_ENOUGH]
    )


def test_the_worst_off_group_comes_before_the_total() -> None:
    for seed in range(12):
        problem = ordinary(seed)
        fair, greedy = (score(problem, solve(problem, fair=fair).rota) for fair in (True, False))
        assert fair.floor >= greedy.floor
        assert fair.total <= greedy.total


def test_progress_is_shown_and_only_grows() -> None:
    seen: list[tuple[str, float]] = []
    solve(course(13), progress=lambda goal, done: seen.append((goal, done)))
    assert [done for _, done in seen] == sorted(done for _, done in seen)
    assert seen[-1] == ("done", 1.0)


def test_without_time_the_claims_stand_and_nothing_is_called_proved() -> None:
    plan = solve(course(13, claims=(Claim(0, Role.PRESENTER, 3),)), time_limit=0.0)
    assert not plan.optimal
    assert (0, Role.PRESENTER, 3) in plan.rota.seats()
    assert plan.broken


def test_the_solver_is_loaded_only_when_used_and_prints_nothing() -> None:
    code = (
        "import sys; from bot.solver.highs import solve; from bot.core.rota import RotaProblem\n"
        "assert 'highspy' not in sys.modules and 'numpy' not in sys.modules; solve(RotaProblem({}, ()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
