"""A rota without a solver: role after role by cheapest matching, then swaps while they help.

It obeys the same rules and wishes as the solver, and comes close to it; it proves nothing. The same seed gives the
same rota.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Collection

from bot.core.course import Role
from bot.core.rota import TOP_POINTS, Broken, Rota, RotaProblem, broken_rules
from bot.core.rota_matching import cheapest_matching
from bot.core.rota_score import Score, score, unavoidable, with_reasons
from bot.core.rota_swaps import CROWDED, FLOOR, FORBIDDEN, KEPT, LEFT_OUT, MISSING, POINT, UNEVEN, Desk, improve

ATTEMPTS = 8
"""How often to start again, in another order, while a rule that could hold is broken or a seat moves needlessly."""


def solve(
    problem: RotaProblem,
    *,
    previous: Rota | None = None,
    fair: bool = True,
    seed: int = 0,
    effort: int = 200_000,
    progress: Callable[[str, float], None] | None = None,
) -> tuple[Rota, list[Broken]]:
    """A good rota and the rules it breaks: none, as a rule, where they can all hold.

    Args:
        previous: The rota in force; its seats stay unless a rule needs them moved.
        fair: Whether groups left out, then the worst-off group, come before the total.
        effort: How many changes each attempt may try; the time it takes grows with it.
    """
    chance = random.Random(seed)
    best: tuple[Score, Rota] | None = None
    least, most_kept = unavoidable(problem), _could_stay(problem, previous)
    for attempt in range(ATTEMPTS):
        if progress:
            progress("trying", attempt / ATTEMPTS)
        rota = _attempt(problem, previous, fair, chance, effort, ranked_first=attempt < 3)
        judged = score(problem, rota, previous)
        if best is None or judged.order > best[0].order:
            best = judged, rota
        if judged.missing <= least and judged.kept >= most_kept:
            break
    assert best is not None
    return best[1], broken_rules(problem, best[1])


def _could_stay(problem: RotaProblem, previous: Rota | None) -> int:
    """How many seats of the rota before still exist, with a group that is free to be there."""
    seats = {(slot.session, role) for slot in problem.slots for role, places in slot.seats.items() if places > 0}
    return sum(
        (session, role) in seats and group in problem.groups and (group, session) not in problem.busy
        for session, role, group in (previous.seats() if previous else ())
    )


def _attempt(
    problem: RotaProblem, previous: Rota | None, fair: bool, chance: random.Random, effort: int, *, ranked_first: bool
) -> Rota:
    desk = Desk(problem, previous)
    desk.fair = fair
    roles = list(Role)
    chance.shuffle(roles)
    if ranked_first:
        roles.sort(key=lambda role: role not in problem.policy.ranked)
    for role in roles:
        if fair and role in problem.policy.ranked:
            desk.floor = _highest_floor(desk, role)
        _fill(desk, role)
    improve(desk, chance, effort)
    return with_reasons(problem, desk.keys(), previous)


def _highest_floor(desk: Desk, role: Role) -> int:
    """The most that can be promised to the worst-off group, by halving."""
    low, high = 0, TOP_POINTS
    while low < high:
        desk.floor = (low + high + 1) // 2
        held = _match(desk, role)
        for place, group in held:
            desk.give(place, group)
        reached = all(desk.satisfied(group) for group in desk.caps)
        for place, _ in held:
            desk.give(place, None)
        low, high = (desk.floor, high) if reached else (low, desk.floor - 1)
    return low


def _fill(desk: Desk, role: Role) -> None:
    """Fill the places of a role. Nobody takes two places of one session: then all is matched again without that."""
    twice: set[tuple[int, int]] = set()
    for _ in range(4):
        held = _match(desk, role, twice)
        seen: set[tuple[int, int]] = set()
        again: set[tuple[int, int]] = set()
        for place, group in held:
            pair = group, desk.places[place][0]
            (again if pair in seen else seen).add(pair)
        if not again:
            break
        twice |= again
    for place, group in held:
        if desk.places[place][0] not in desk.sessions(group):
            desk.give(place, group)


def _match(desk: Desk, role: Role, twice: Collection[tuple[int, int]] = ()) -> list[tuple[int, int]]:
    """The cheapest way to give each free place of a role to a group's turn, or to nobody."""
    places = [place for place, holder in enumerate(desk.holders) if holder is None and desk.places[place][1] is role]
    bounds = desk.problem.policy.of(role)
    kept = Counter(group for _, kept_role, group in desk.kept if kept_role is role)
    turns: list[tuple[int, int]] = []  # a group, and which of its turns in this role
    share = 1 + -(-len(places) // max(1, len(desk.mine)))
    for group in desk.mine:
        had = desk.times(group, role)
        last = max(had, bounds.at_least) + max(share, kept[group])
        turns += [(group, turn) for turn in range(had, last if bounds.at_most is None else bounds.at_most)]
    costs = [
        [_cost(desk, place, group, turn, twice) for group, turn in turns] + [MISSING] * len(places) for place in places
    ]
    columns = cheapest_matching(costs)
    return [(place, turns[column][0]) for place, column in zip(places, columns, strict=True) if column < len(turns)]


def _cost(desk: Desk, place: int, group: int, turn: int, twice: Collection[tuple[int, int]]) -> int:
    session, role = desk.places[place]
    sessions, points = desk.sessions(group), desk.points(place, group)
    least = desk.problem.policy.of(role).at_least
    if session in sessions or (group, session) in desk.busy or (turn > 0 and (group, session) in twice):
        return FORBIDDEN
    load = len(sessions) + turn - desk.times(group, role)
    cost = CROWDED * desk.close([*sessions, session]) - POINT * points + load * UNEVEN // 10
    if turn < least:
        cost -= 2 * MISSING
    if turn == 0 and group in desk.caps and points < min(desk.floor, desk.caps[group]):
        cost += FLOOR
    if desk.fair and turn == 0 and group in desk.caps and role in desk.problem.policy.ranked:
        cost -= LEFT_OUT
    if (session, role, group) in desk.kept:
        return cost - KEPT
    return cost + KEPT * sum((session, other, group) in desk.kept for other in Role)
