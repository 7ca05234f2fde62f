"""Placing whoever is in no group: each aim beside every placement there is."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.placement import EXACT, OpenGroup, Placement, Sizes, Wishes, _Task, cost, place

THREES = Sizes(3, 2)


def _group(number: int, members: int, seats: int = 3) -> OpenGroup:
    return OpenGroup(number, f"G{number}", tuple(100 * number + n for n in range(members)), seats)


def _shape(placement: Placement) -> tuple[dict[int, int], list[int], int]:
    into = {group: len(people) for group, people in placement.into.items()}
    return into, sorted(map(len, placement.new)), len(placement.unplaced)


def _everything(groups: list[OpenGroup], people: list[int], sizes: Sizes) -> Iterator[Placement]:
    """Every way to place these people, good or bad."""

    def go(left: list[int], into: dict[int, list[int]], new: list[list[int]], out: list[int]) -> Iterator[Placement]:
        if not left:
            if all(len(one) >= (1 if sizes.least == 1 else 2) for one in new):
                full = {key: tuple(value) for key, value in into.items() if value}
                yield Placement(full, tuple(map(tuple, new)), tuple(out))
            return
        first, rest = left[0], left[1:]
        for group in groups:
            there = into.get(group.id, [])
            if len(there) < group.free:
                yield from go(rest, {**into, group.id: [*there, first]}, new, out)
        for at, one in enumerate(new):
            if len(one) < sizes.most:
                yield from go(rest, into, [*new[:at], [*one, first], *new[at + 1 :]], out)
        yield from go(rest, into, [*new, [first]], out)
        yield from go(rest, into, new, [*out, first])

    return go(people, {}, [], [])


@st.composite
def _cases(draw: st.DrawFn, most_people: int) -> tuple[list[OpenGroup], list[int], Sizes, Wishes]:
    most = draw(st.integers(1, 4))
    sizes = Sizes(most, draw(st.integers(1, most)))
    groups = [
        _group(number, draw(st.integers(1, 4)), draw(st.integers(1, 4))) for number in range(draw(st.integers(0, 3)))
    ]
    people = list(range(1, draw(st.integers(0, most_people)) + 1))
    others = [*people, *(member for group in groups for member in group.members)]
    wished = {
        one: draw(st.frozensets(st.sampled_from(others), max_size=3)) - {one} for one in people if draw(st.booleans())
    }
    asked = {
        one: draw(st.frozensets(st.sampled_from([group.id for group in groups]), max_size=2))
        for one in people
        if groups and draw(st.booleans())
    }
    return groups, people, sizes, Wishes(wished, asked)


def _whole(groups: list[OpenGroup], people: list[int], sizes: Sizes, found: Placement) -> None:
    """Everyone is somewhere once, and no group has more members than seats."""
    placed = [*(one for group in found.into.values() for one in group), *(one for new in found.new for one in new)]
    assert sorted([*placed, *found.unplaced]) == people
    free = {group.id: group.free for group in groups}
    assert all(0 < len(added) <= free[group] for group, added in found.into.items())
    assert all(0 < len(new) <= sizes.most for new in found.new)


@settings(deadline=None, max_examples=150)
@given(_cases(5))
def test_no_placement_comes_closer_to_the_aims(case: tuple[list[OpenGroup], list[int], Sizes, Wishes]) -> None:
    groups, people, sizes, wishes = case
    found = place(groups, people, sizes, wishes)
    _whole(groups, people, sizes, found)
    best = min(cost(groups, sizes, wishes, one) for one in _everything(groups, people, sizes))
    assert cost(groups, sizes, wishes, found) == best


@settings(deadline=None, max_examples=150)
@given(_cases(5))
def test_the_search_for_many_people_gives_up_nothing_but_wishes(
    case: tuple[list[OpenGroup], list[int], Sizes, Wishes],
) -> None:
    groups, people, sizes, wishes = case
    found = _Task(tuple(groups), tuple(people), sizes, wishes).searched()
    _whole(groups, people, sizes, found)
    best = min(cost(groups, sizes, wishes, one)[:5] for one in _everything(groups, people, sizes))
    assert cost(groups, sizes, wishes, found)[:5] == best


def test_a_group_of_two_gets_its_third_before_a_new_one_is_formed() -> None:
    found = place([_group(1, 2), _group(2, 3)], [1, 2, 3, 4], THREES, Wishes())
    assert _shape(found) == ({1: 1}, [3], 0)


def test_a_lone_founder_gets_company_first() -> None:
    assert _shape(place([_group(1, 2), _group(2, 1)], [1], THREES, Wishes())) == ({2: 1}, [], 0)


def test_two_pairs_rather_than_three_and_one_alone() -> None:
    assert _shape(place([], [1, 2, 3, 4], THREES, Wishes())) == ({}, [2, 2], 0)


def test_a_pair_stays_a_pair_when_its_third_would_leave_someone_alone() -> None:
    assert _shape(place([_group(1, 2)], [1, 2], THREES, Wishes())) == ({}, [2], 0)


def test_a_pair_below_the_smallest_size_is_better_than_two_alone() -> None:
    assert _shape(place([_group(1, 3)], [1, 2], Sizes(3, 3), Wishes())) == ({}, [2], 0)


def test_one_person_and_no_free_seat_is_reported() -> None:
    assert place([_group(1, 3)], [7], THREES, Wishes()) == Placement({}, (), (7,))


def test_a_course_of_single_people_has_groups_of_one() -> None:
    assert _shape(place([], [1, 2, 3], Sizes(1, 1), Wishes())) == ({}, [1, 1, 1], 0)


def test_wishes_decide_who_sits_with_whom() -> None:
    wishes = Wishes({1: frozenset({6}), 6: frozenset({4}), 2: frozenset({200})}, {3: frozenset({1})})
    groups = [_group(1, 2), _group(2, 2)]
    found = place(groups, [1, 2, 3, 4, 6], THREES, wishes)
    assert found.into == {1: (3,), 2: (2,)}
    assert found.new == ((1, 4, 6),)


def test_many_people_with_wishes_are_seated_together() -> None:
    people = list(range(1, 31))
    assert len(people) > EXACT
    # Shuffled triangles: i wants i+10 and i+20.
    wishes = Wishes({n: frozenset({(n + 9) % 30 + 1, (n + 19) % 30 + 1}) for n in people})
    found = place([], people, THREES, wishes)
    assert _shape(found) == ({}, [3] * 10, 0)
    assert wishes_met(found, wishes) == 60


def test_many_people_get_into_the_groups_that_asked_them() -> None:
    groups = [_group(number, 2) for number in range(1, 41)]
    asked = Wishes(groups={n: frozenset({2 * n}) for n in range(1, 13)})
    assert place(groups, list(range(1, 13)), THREES, asked).into == {2 * n: (n,) for n in range(1, 13)}


def wishes_met(found: Placement, wishes: Wishes) -> int:
    return sum(wishes.met(members) for members in found.new)
