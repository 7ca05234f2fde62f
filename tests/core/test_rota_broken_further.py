"""What speaks against a change where a rule is broken already."""

from __future__ import annotations

from datetime import date

from bot.core.course import Role
from bot.core.rota import Assignment, Bounds, Rota, RotaPolicy, RotaProblem, Rule, Slot
from bot.core.rota_changes import broken_further, newly_broken

P, S = Role.PRESENTER, Role.SUMMARIZER
POLICY = RotaPolicy(bounds={P: Bounds(2, None), S: Bounds(0, 1)})
SLOTS = tuple(Slot(number, date(2024, 2, 1 + number), {P: 1, S: 1}) for number in range(4))
PROBLEM = RotaProblem({1: "Ada", 2: "Bell"}, SLOTS, policy=POLICY)


def _rota(*seats: tuple[int, Role, int]) -> Rota:
    return Rota(tuple(Assignment(*seat, "planned") for seat in seats))


def _said(before: Rota, after: Rota) -> set[tuple[Rule, int | None]]:
    found = broken_further(PROBLEM, before, after)
    assert len(found) == len(set(found))
    return {(one.rule, one.group) for one in found if one.group}


def test_more_of_what_is_too_often_already() -> None:
    twice, thrice = _rota((0, S, 1), (1, S, 1)), _rota((0, S, 1), (1, S, 1), (2, S, 1))
    assert _said(twice, thrice) == {(Rule.SUMMARISES_TOO_OFTEN, 1)}
    assert not [one for one in newly_broken(PROBLEM, twice, thrice) if one.group]
    assert _said(thrice, twice) == set()
    assert _said(twice, twice) == set()


def test_less_of_what_is_not_enough_already() -> None:
    once, never = _rota((0, P, 1)), _rota()
    assert _said(once, never) == {(Rule.PRESENTS_ENOUGH, 1)}
    assert _said(never, once) == set()


def test_what_is_broken_anew_is_said_once() -> None:
    assert _said(_rota((0, P, 1), (1, P, 1)), _rota((0, P, 1))) == {(Rule.PRESENTS_ENOUGH, 1)}
    assert _said(_rota((0, S, 1)), _rota((0, S, 1), (0, P, 1))) == {(Rule.NOT_OWN_LECTURE, 1)}
