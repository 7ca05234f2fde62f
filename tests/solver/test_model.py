"""The model's costs and floors, without a solver: a rota costs there what its score says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hypothesis import given
from hypothesis import strategies as st

from bot.core.course import Role
from bot.core.rota import RotaProblem
from bot.core.rota_score import close_sessions, score, with_reasons
from bot.solver.model import Model, Row, build
from tests.core.rota_cases import problems


def held(row: Row, chosen: Iterable[int]) -> float:
    return sum(row.terms.get(column, 0) for column in chosen)


def cost(costs: Mapping[int, float], rows: Iterable[Row], chosen: Iterable[int]) -> float:
    """What the slacks of these rows have to take up, at their price."""
    total = 0.0
    for row in rows:
        for column in row.terms.keys() & costs.keys():
            short, over = row.lower - held(row, chosen), held(row, chosen) - row.upper
            total += costs[column] * max(0.0, short if row.terms[column] > 0 else over)
    return total


def worst_off(model: Model, problem: RotaProblem, chosen: set[int], level: int) -> bool:
    """Whether the rows of a floor hold, where a group without any ranked role is let off."""
    ranked = {
        group: any(model.seats[key] in chosen for key in model.seats if key[1:] in _ranked(problem, group))
        for group in problem.groups
    }
    rows = (model.rows[number] for number in model.floors[level])
    return all(held(row, chosen) >= 1 for row in rows if ranked[int(row.name.rsplit(":", 1)[1])])


def _ranked(problem: RotaProblem, group: int) -> set[tuple[Role, int]]:
    return {(role, group) for role in problem.policy.ranked}


@given(problems(), st.data())
def test_a_rota_costs_in_the_model_what_its_score_says(problem: RotaProblem, data: st.DataObject) -> None:
    seats = [
        (slot.session, role, group)
        for slot in problem.slots
        for role, places in slot.seats.items()
        for group in problem.groups
        if places
    ]
    some = st.sets(st.sampled_from(seats), max_size=12) if seats else st.just(set())
    previous = with_reasons(problem, data.draw(some))
    claims = {(claim.session, claim.role, claim.group) for claim in problem.kept_claims()}
    rota = with_reasons(problem, data.draw(some) | claims)
    model, judged = build(problem, previous), score(problem, rota, previous)
    chosen = {model.seats[key] for key in rota.seats()}
    windows = close_sessions(problem)
    places = sum(problem.places(role) for role in Role)
    an_uneven = 1 + places * max((sum(slot.session in one for one in windows) for slot in problem.slots), default=0)
    assert cost(model.missing, model.rows, chosen) == judged.missing
    assert sum(model.points.get(column, 0) for column in chosen) == -judged.total
    assert sum(model.moved.get(column, 0) for column in chosen) == -judged.kept
    assert cost(model.left_out, model.rows, chosen) == judged.left_out
    assert cost(model.wish_costs, model.wishes, chosen) == an_uneven * judged.uneven + judged.crowded
    for level in model.floors:
        assert worst_off(model, problem, chosen, level) == (judged.floor >= level)
    free = {key for key, column in model.seats.items() if model.upper[column] == 1}
    assert free == {key for key in seats if (key[2], key[0]) not in problem.busy or key in claims}
    assert {key for key, column in model.seats.items() if model.lower[column] == 1} == claims
