"""How good a rota is beyond its rules, and why each group has its seat. Solvers are compared by these numbers."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from bot.core.course import Role
from bot.core.rota import ENOUGH, TOP_POINTS, VERBS, Assignment, Origin, Rota, RotaProblem, Rule

Key = tuple[int, Role, int]
"""A session, a role and a group."""

SEVERITY = {Rule.SEAT_FILLED: 1} | dict.fromkeys(ENOUGH.values(), 2)
"""What one missing duty weighs when not all rules can hold: a group left out is worse than an empty seat."""


@dataclass(frozen=True, slots=True)
class Score:
    """The numbers a rota is judged by, in order of importance.

    `missing` weighs empty seats and duties that groups lack; `kept` counts the seats that stay as in the rota before,
    if there was one. `left_out` counts the groups that ranked something they could get and hold no ranked role: where
    not all groups can present, those without wishes stand back. `floor` is what the worst-off group of the others
    gets: the points of its best seat, where a group that got the best it could ever get counts as fully satisfied.
    For both, groups that ranked nothing they could get or that claimed their seat do not count. `uneven` counts the
    duties above or below an even load, `crowded` those that follow another of the same group too closely.
    """

    missing: int
    kept: int
    left_out: int
    floor: int
    total: int
    uneven: int
    crowded: int

    @property
    def order(self) -> tuple[int, ...]:
        """Greater is better."""
        return -self.missing, self.kept, -self.left_out, self.floor, self.total, -self.uneven, -self.crowded


def score(problem: RotaProblem, rota: Rota, previous: Rota | None = None) -> Score:
    """Judge a rota."""
    best: dict[int, int] = {}
    held: dict[int, list[int]] = defaultdict(list)
    total = 0
    for one in rota.assignments:
        held[one.group].append(one.session)
        if one.role in problem.policy.ranked:
            points = problem.points(one.group, one.session, one.role)
            total += points
            best[one.group] = max(best.get(one.group, 0), points)
    caps = attainable(problem)
    low, high = even_load(problem)
    windows = close_sessions(problem)
    return Score(
        missing=_missing(problem, rota),
        kept=len(previous.seats() & rota.seats()) if previous else 0,
        left_out=sum(group not in best for group in caps),
        floor=min(
            (best[group] for group, cap in caps.items() if group in best and best[group] < cap), default=TOP_POINTS
        ),
        total=total,
        uneven=sum(max(0, len(held[group]) - high, low - len(held[group])) for group in problem.groups),
        crowded=sum(
            max(0, sum(session in window for session in sessions) - 1)
            for sessions in held.values()
            for window in windows
        ),
    )


def attainable(problem: RotaProblem) -> dict[int, int]:
    """For each group whose ranking counts: the points of the best seat it could get if all others stood back."""
    claims = problem.kept_claims()
    taken = Counter((claim.session, claim.role) for claim in claims)
    busy = problem.busy | {(claim.group, claim.session) for claim in claims}
    settled = {claim.group for claim in claims if claim.role in problem.policy.ranked}
    caps: dict[int, int] = {}
    for group in problem.groups:
        if group in settled:
            continue
        cap = max(
            (
                problem.points(group, slot.session, role)
                for slot in problem.slots
                for role, places in slot.seats.items()
                if taken[slot.session, role] < places and (group, slot.session) not in busy
            ),
            default=0,
        )
        if cap:
            caps[group] = cap
    return caps


def even_load(problem: RotaProblem) -> tuple[int, int]:
    """The fewest and most duties of a group when all are shared out evenly."""
    duties = sum(problem.places(role) for role in Role)
    groups = max(1, len(problem.groups))
    return duties // groups, -(-duties // groups)


def close_sessions(problem: RotaProblem) -> list[frozenset[int]]:
    """The sets of sessions in which a group would rather have one duty only; none lies within another."""
    windows: list[frozenset[int]] = []
    for start in sorted({slot.on for slot in problem.slots}):
        end = start + timedelta(days=problem.policy.spacing_days)
        window = frozenset(slot.session for slot in problem.slots if start <= slot.on < end)
        if len(window) > 1 and not (windows and window <= windows[-1]):
            windows.append(window)
    return windows


def with_reasons(problem: RotaProblem, keys: Iterable[Key], previous: Rota | None = None) -> Rota:
    """The rota that these seats make, in order of date, each with the reason its group has it."""
    chosen = set(keys)
    origins = {(claim.session, claim.role, claim.group): claim.origin for claim in problem.kept_claims()}
    before = {one.key: one.reason for one in previous.assignments} if previous else {}
    often = Counter((role, group) for _, role, group in chosen)
    places = {(slot.session, role): slot.on for slot in problem.slots for role in slot.seats}
    roles = list(Role)

    def reason(key: Key) -> str:
        """A seat held before keeps its reason, unless that was a claim which is none any more."""
        session, role, group = key
        if key in before and (key in origins or before[key] not in set(Origin)):
            return before[key]
        if key in origins:
            return origins[key].value
        if problem.points(group, session, role):
            return f"ranked {_ordinal(problem.rankings[group].index(session) + 1)} by the group"
        if often[role, group] <= problem.policy.of(role).at_least:
            least = problem.policy.of(role).at_least
            return f"each group {VERBS[role]}s at least {'once' if least == 1 else f'{least} times'}"
        return "evens the load"

    ordered = sorted(chosen, key=lambda key: (places[key[0], key[1]], key[0], roles.index(key[1]), key[2]))
    return Rota(tuple(Assignment(*key, reason(key)) for key in ordered))


def unavoidable(problem: RotaProblem) -> int:
    """What must be missing (see `Score`) by counting alone: too few places for the groups, or too few groups."""
    least = 0
    for role in Role:
        bounds, places, groups = problem.policy.of(role), problem.places(role), len(problem.groups)
        least += SEVERITY[ENOUGH[role]] * max(0, bounds.at_least * groups - places)
        if bounds.at_most is not None:
            least += SEVERITY[Rule.SEAT_FILLED] * max(0, places - bounds.at_most * groups)
    return least


def _missing(problem: RotaProblem, rota: Rota) -> int:
    """Counted duty by duty: a seat for four groups that has one lacks three."""
    held = Counter((one.session, one.role) for one in rota.assignments)
    done = Counter((one.group, one.role) for one in rota.assignments)
    empty = sum(
        max(0, places - held[slot.session, role]) for slot in problem.slots for role, places in slot.seats.items()
    )
    lacking = sum(
        max(0, problem.policy.of(role).at_least - done[group, role]) for group in problem.groups for role in Role
    )
    return SEVERITY[Rule.SEAT_FILLED] * empty + SEVERITY[Rule.PRESENTS_ENOUGH] * lacking


def _ordinal(number: int) -> str:
    if 10 <= number % 100 <= 20:
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"
