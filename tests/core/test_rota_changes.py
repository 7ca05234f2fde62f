"""What a change to a rota comes to: the cells that differ, and the rules it would break anew."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.core.course import Role
from bot.core.rota import Assignment, Broken, Rota, RotaProblem, Rule, Slot, broken_rules
from bot.core.rota_changes import CellChange, altered, changed_cells, newly_broken
from bot.core.rota_score import with_reasons
from tests.core.rota_cases import START, problems

P, S, R = Role.PRESENTER, Role.SUMMARIZER, Role.REVIEWER

keys = st.tuples(st.integers(0, 4), st.sampled_from(Role), st.integers(0, 4))
rotas = st.sets(keys, max_size=20).map(lambda held: Rota(tuple(Assignment(*key, "planned") for key in held)))


def three() -> tuple[RotaProblem, Rota]:
    """Three groups that take turns in three sessions; no rule is broken."""
    slots = tuple(Slot(number, START.replace(day=9 + 7 * number)) for number in range(3))
    problem = RotaProblem({1: "Ada", 2: "Bell", 3: "Curie"}, slots)
    held = [(number, role, 1 + (number + turn) % 3) for number in range(3) for turn, role in enumerate((P, S, R))]
    return problem, with_reasons(problem, held)


def test_the_cells_that_differ_are_named_with_who_was_and_is_in_them() -> None:
    before = Rota((Assignment(0, P, 1, "planned"), Assignment(0, P, 2, "planned"), Assignment(1, S, 1, "planned")))
    after = Rota((Assignment(0, P, 2, "set by staff"), Assignment(1, S, 1, "evens the load"), Assignment(1, R, 2, "")))
    assert sorted(changed_cells(before, after), key=lambda change: change.session) == [
        CellChange(0, P, frozenset({1, 2}), frozenset({2})),
        CellChange(1, R, frozenset(), frozenset({2})),
    ]


@given(rotas, rotas)
def test_the_changed_cells_are_exactly_the_difference(before: Rota, after: Rota) -> None:
    changes = changed_cells(before, after)
    assert len({(one.session, one.role) for one in changes}) == len(changes)
    gone = {(one.session, one.role, group) for one in changes for group in one.before}
    come = {(one.session, one.role, group) for one in changes for group in one.after}
    assert (before.seats() - gone) | come == after.seats()
    assert gone <= before.seats()
    assert all(one.before != one.after for one in changes)
    assert changed_cells(before, before) == []
    assert {(one.session, one.role, one.after, one.before) for one in changes} == {
        (one.session, one.role, one.before, one.after) for one in changed_cells(after, before)
    }


@given(rotas, st.sets(keys, max_size=5), st.sets(keys, max_size=5))
def test_altering_gives_up_and_takes_just_what_it_is_told(
    rota: Rota, without: set[tuple[int, Role, int]], plus: set[tuple[int, Role, int]]
) -> None:
    new = plus - rota.seats()
    after = altered(rota, without=iter(without), plus=(Assignment(*key, "set by staff") for key in new))
    assert after.seats() == (rota.seats() - without) | new
    assert len(after.assignments) == len(after.seats())
    assert [one for one in after.assignments if one.key not in new] == [
        one for one in rota.assignments if one.key not in without
    ]
    assert altered(rota) == rota


def test_only_what_the_change_breaks_speaks_against_it() -> None:
    problem, rota = three()
    empty = altered(rota, without=[(2, R, 2)])  # broken before and after: no reason to refuse
    assert [one.rule for one in newly_broken(problem, rota, empty)] == [Rule.SEAT_FILLED, Rule.REVIEWS_ENOUGH]
    emptier = altered(empty, without=[(2, S, 1)])  # another seat of the class that lacks one already
    assert next(one.text for one in newly_broken(problem, empty, emptier)).endswith("has no summarizer.")
    swapped = altered(
        empty,
        without=[(0, P, 1), (1, P, 2)],
        plus=[Assignment(0, P, 2, "agreed in a swap"), Assignment(1, P, 1, "agreed in a swap")],
    )
    found = newly_broken(problem, empty, swapped)
    assert [(one.rule, one.group, one.session) for one in found] == [
        (Rule.NOT_OWN_LECTURE, 2, 0),
        (Rule.ONE_DUTY_A_SESSION, 1, 1),
    ]
    assert newly_broken(problem, empty, rota) == []


def _place(one: Broken) -> tuple[object, ...]:
    return one.rule, one.group, one.session, one.role


@given(problems(), st.data())
def test_a_change_is_judged_by_the_rules_that_held_before(problem: RotaProblem, data: st.DataObject) -> None:
    seats = [(slot.session, role, group) for slot in problem.slots for role in slot.seats for group in problem.groups]
    before, after = (
        Rota(tuple(Assignment(*key, "planned") for key in data.draw(st.sets(st.sampled_from(seats), max_size=12))))
        for _ in range(2)
    )
    found, places = newly_broken(problem, before, after), set(map(_place, broken_rules(problem, before)))
    assert set(found) <= set(broken_rules(problem, after))
    assert all(_place(one) not in places for one in found)
    assert set(map(_place, broken_rules(problem, after))) <= places | set(map(_place, found))
    assert newly_broken(problem, before, before) == []
