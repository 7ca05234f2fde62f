"""A rota in the making, what it costs, and the small changes that better it."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from bot.core.course import Role
from bot.core.rota import Rota, RotaProblem
from bot.core.rota_score import Key, attainable, close_sessions, even_load, unavoidable

CROWDED = 1
UNEVEN = 10**4
POINT = 10**8
FLOOR = 10**13
LEFT_OUT = 10**16
KEPT = 10**19
MISSING = 10**23
FORBIDDEN = 10**27
"""What each fault costs: the order of `bot.core.rota_score.Score` as one number, for each group by itself."""


class Desk:
    """All places to fill, and who holds each. The cost is the sum over groups, plus that of the empty places."""

    def __init__(self, problem: RotaProblem, previous: Rota | None) -> None:
        self.problem = problem
        self.places: list[tuple[int, Role]] = []
        self.holders: list[int | None] = []
        self.fixed = 0  # the first so many places are claimed
        self.busy = problem.busy
        self.mine: dict[int, set[int]] = {group: set() for group in problem.groups}
        self.kept = previous.seats() if previous else frozenset()
        self.caps = attainable(problem)
        self.floor = 0
        self.fair = True
        self._unavoidable = unavoidable(problem)
        self._low, self._high = even_load(problem)
        self._windows: dict[int, list[int]] = defaultdict(list)
        for number, window in enumerate(close_sessions(problem)):
            for session in window:
                self._windows[session].append(number)
        self._points = {
            (slot.session, role, group): problem.points(group, slot.session, role)
            for group in problem.rankings
            for slot in problem.slots
            for role in slot.seats
        }
        self._lay_out()

    def _lay_out(self) -> None:
        claims = self.problem.kept_claims()
        for claim in claims:
            self.places.append((claim.session, claim.role))
            self.holders.append(claim.group)
            self.mine[claim.group].add(self.fixed)
            self.fixed += 1
        taken = Counter((claim.session, claim.role) for claim in claims)
        for slot in self.problem.slots:
            for role, places in slot.seats.items():
                self.places += [(slot.session, role)] * (places - taken[slot.session, role])
        self.holders += [None] * (len(self.places) - len(self.holders))

    def keys(self) -> list[Key]:
        return [(*self.places[place], group) for place, group in enumerate(self.holders) if group is not None]

    def points(self, place: int, group: int) -> int:
        return self._points.get((*self.places[place], group), 0)

    def sessions(self, group: int) -> list[int]:
        return [self.places[place][0] for place in self.mine[group]]

    def times(self, group: int, role: Role) -> int:
        return sum(self.places[place][1] is role for place in self.mine[group])

    def ranked(self, group: int) -> list[int]:
        """The places of a group in the roles that rankings are about."""
        return [place for place in self.mine[group] if self.places[place][1] in self.problem.policy.ranked]

    def satisfied(self, group: int) -> bool:
        """Whether a group that holds a ranked role has the floor, or all it could ever get."""
        ranked = self.ranked(group)
        wanted = min(self.floor, self.caps.get(group, 0))
        return not ranked or max(self.points(place, group) for place in ranked) >= wanted

    def close(self, sessions: Iterable[int]) -> int:
        held = Counter(window for session in sessions for window in self._windows[session])
        return sum(number - 1 for number in held.values())

    def uneven(self, load: int) -> int:
        return max(0, load - self._high, self._low - load)

    def cost(self, group: int | None) -> int:
        """What is wrong with this group's duties; for an empty place, nobody's."""
        if group is None:
            return 0
        mine, policy = self.mine[group], self.problem.policy
        sessions = self.sessions(group)
        cost = CROWDED * self.close(sessions) + UNEVEN * self.uneven(len(mine))
        cost += FORBIDDEN * (len(sessions) - len(set(sessions)))
        if self.busy:
            cost += FORBIDDEN * sum((group, session) in self.busy for session in sessions)
        for role in Role:
            bounds, times = policy.of(role), self.times(group, role)
            if times < bounds.at_least:
                cost += 2 * MISSING * (bounds.at_least - times)
            elif bounds.at_most is not None and times > bounds.at_most:
                cost += FORBIDDEN * (times - bounds.at_most)
        for place in mine:
            cost -= POINT * self.points(place, group)
            if (*self.places[place], group) in self.kept:
                cost -= KEPT
        if self.fair and group in self.caps and not self.ranked(group):
            cost += LEFT_OUT
        return cost if self.satisfied(group) else cost + FLOOR

    def give(self, place: int, group: int | None) -> None:
        holder = self.holders[place]
        if holder is not None:
            self.mine[holder].discard(place)
        if group is not None:
            self.mine[group].add(place)
        self.holders[place] = group

    def try_out(self, changes: Sequence[tuple[int, int | None]]) -> bool:
        """Hand over these places; take it back unless the whole gets cheaper."""
        before = [(place, self.holders[place]) for place, _ in changes]
        concerned = {group for _, group in (*before, *changes)}
        old = sum(map(self.cost, concerned)) + MISSING * sum(group is None for _, group in before)
        for place, group in changes:
            self.give(place, group)
        new = sum(map(self.cost, concerned)) + MISSING * sum(group is None for _, group in changes)
        if new < old:
            return True
        for place, group in reversed(before):
            self.give(place, group)
        return False

    def flawed(self) -> bool:
        """Whether a rule is still broken that more swaps might mend."""
        policy = self.problem.policy
        lacks = sum(max(0, policy.of(role).at_least - self.times(group, role)) for group in self.mine for role in Role)
        return 2 * lacks + self.holders.count(None) > self._unavoidable


def improve(desk: Desk, chance: random.Random, effort: int) -> None:
    """Hand over, swap, and where a rule is broken pass on in threes, until nothing helps or `effort` is spent."""
    tried = 0
    groups: list[int] = list(desk.mine)
    places = list(range(desk.fixed, len(desk.places)))
    better = True
    while better and tried < effort:
        better = False
        chance.shuffle(places)
        for number, place in enumerate(places):
            for group in groups:
                if group != desk.holders[place]:
                    better |= desk.try_out([(place, group)])
            for other in places[:number]:
                one, two = desk.holders[place], desk.holders[other]
                if one != two:
                    better |= desk.try_out([(place, two), (other, one)])
            tried += len(groups) + number
            if tried >= effort:
                return
        if not better and desk.flawed():
            better, spent = _pass_on(desk, places, groups, effort - tried)
            tried += spent


def _pass_on(desk: Desk, places: Sequence[int], groups: Sequence[int], effort: int) -> tuple[bool, int]:
    """A place goes to another group, which hands one of its own to a third. The first chain that helps is taken."""
    tried = 0
    for place in places:
        for group in groups:
            if group == desk.holders[place]:
                continue
            for own in sorted(desk.mine[group]):
                if own < desk.fixed:
                    continue
                for third in groups:
                    if third != group:
                        tried += 1
                        if desk.try_out([(place, group), (own, third)]):
                            return True, tried
            if tried >= effort:
                return False, tried
    return False, tried
