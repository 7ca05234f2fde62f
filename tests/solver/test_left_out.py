"""Where not every group can present, those that ranked classes come first, whoever plans."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.core import rota_fallback
from bot.core.course import Role
from bot.core.rota import Rota, RotaProblem
from bot.core.rota_score import score
from bot.solver.highs import solve
from tests.core.rota_cases import course


@pytest.mark.parametrize(
    "planner", [lambda problem: solve(problem).rota, lambda problem: rota_fallback.solve(problem)[0]]
)
def test_where_not_all_can_present_those_who_ranked_do(planner: Callable[[RotaProblem], Rota]) -> None:
    """Three of 17 groups must stand back. Two want the same day, so that one of them gets a day it did not rank:
    no reason to leave it out and call everyone content."""
    problem = replace(course(17), rankings={1: (0,), 2: (0,), 3: (0, 1)})
    rota = planner(problem)
    presents = {one.group: one.session for one in rota.assignments if one.role is Role.PRESENTER}
    assert {1, 2, 3} <= presents.keys()
    assert presents[3] == 1
    assert 0 in {presents[1], presents[2]}
    assert score(problem, rota).left_out == 0
