"""Rota problems for tests: tight and loose ones, and a real course's numbers."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta

from hypothesis import strategies as st

from bot.core.course import Role
from bot.core.rota import Bounds, Claim, Origin, RotaPolicy, RotaProblem, Slot

START = date(2024, 1, 9)

LECTURES = [
    date(2024, month, day)
    for month, days in {1: (18, 23, 25), 2: (1, 8, 13, 15, 20), 3: (5, 7, 19, 21, 26), 4: (11,)}.items()
    for day in days
]
"""The student lectures of the EECS 598 seminar of winter 2024."""

BUFFERS = (date(2024, 2, 22), date(2024, 3, 28), date(2024, 4, 9))


def course(groups: int, *, claims: tuple[Claim, ...] = (), sessions: list[date] | None = None) -> RotaProblem:
    """The real course's lectures for so many groups; each ranks five of them."""
    chance = random.Random(groups)
    days = sessions or LECTURES
    slots = tuple(Slot(number, day) for number, day in enumerate(days))
    rankings = {group: tuple(chance.sample(range(len(days)), 5)) for group in range(1, groups + 1)}
    names = {group: f"Group {group}" for group in range(1, groups + 1)}
    return RotaProblem(names, slots, claims, rankings, buffers=BUFFERS)


def ordinary(seed: int) -> RotaProblem:
    """A small course in which the rules can hold: at least as many classes as groups, popular dates in dispute."""
    chance = random.Random(seed)
    groups = chance.randint(4, 9)
    sessions = chance.randint(groups, 2 * groups)
    slots = tuple(
        Slot(number, START + timedelta(days=7 * (number // 2) + 2 * (number % 2))) for number in range(sessions)
    )
    rankings = {}
    for group in range(groups):
        fancy = {number: chance.random() ** (1 + abs(number - sessions * 0.6)) for number in range(sessions)}
        rankings[group] = tuple(sorted(fancy, key=lambda number: -fancy[number])[: chance.randint(2, 6)])
    return RotaProblem({group: f"Group {group + 1}" for group in range(groups)}, slots, rankings=rankings)


def without(problem: RotaProblem, group: int) -> RotaProblem:
    """The same course after a group has dropped."""
    left = {other: name for other, name in problem.groups.items() if other != group}
    return replace(problem, groups=left, claims=tuple(one for one in problem.claims if one.group != group))


@st.composite
def problems(draw: st.DrawFn, *, claims: bool = True) -> RotaProblem:
    """Anything, most of it infeasible."""
    groups = draw(st.integers(1, 6))
    sessions = draw(st.integers(1, 7))
    places = st.sampled_from([0, 1, 1, 1, 2])
    slots = tuple(
        Slot(number, START + timedelta(days=draw(st.integers(0, 40))), {role: draw(places) for role in Role})
        for number in range(sessions)
    )
    claim = st.builds(
        Claim,
        st.integers(0, sessions - 1),
        st.sampled_from(Role),
        st.integers(0, groups - 1),
        st.sampled_from(Origin),
    )
    made = tuple(draw(st.lists(claim, max_size=2))) if claims else ()
    rankings = {
        group: tuple(draw(st.permutations(range(sessions))))[: draw(st.integers(0, sessions))]
        for group in range(groups)
    }
    bounds = {role: Bounds(draw(st.integers(0, 2)), draw(st.sampled_from([None, 2, 3]))) for role in Role}
    policy = RotaPolicy(bounds, draw(st.sampled_from([frozenset({Role.PRESENTER}), frozenset(Role)])))
    pair = st.tuples(st.integers(0, groups - 1), st.integers(0, sessions - 1))
    busy = draw(st.one_of(st.just(frozenset()), st.frozensets(pair, max_size=4)))
    names = {group: f"Group {group}" for group in range(groups)}
    return RotaProblem(names, slots, made, rankings, policy, busy=busy)
