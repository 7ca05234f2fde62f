"""The rota as a mixed-integer model: columns, named rows, and what each stage of the solution optimises."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bot.core.course import Role
from bot.core.rota import ENOUGH, TOO_OFTEN, Rota, RotaProblem, Rule
from bot.core.rota_score import SEVERITY, Key, attainable, close_sessions, even_load

INFINITY = float("inf")

Costs = dict[int, float]
"""What one unit of a column costs; columns that cost nothing are left out."""


@dataclass(frozen=True, slots=True)
class Row:
    """One constraint: `lower` <= sum of coefficient x column <= `upper`."""

    name: str
    lower: float
    upper: float
    terms: Mapping[int, float]


@dataclass(slots=True)
class Model:
    """Columns by index, and rows. Slack columns take up what a rule lacks, so that every model has a solution."""

    lower: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    whole: list[bool] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    wishes: list[Row] = field(default_factory=list)
    seats: dict[Key, int] = field(default_factory=dict)
    missing: Costs = field(default_factory=dict)
    moved: Costs = field(default_factory=dict)
    left_out: Costs = field(default_factory=dict)
    points: Costs = field(default_factory=dict)
    wish_costs: Costs = field(default_factory=dict)
    floors: dict[int, list[int]] = field(default_factory=dict)
    """For each floor, the numbers of the rows that demand it once their lower bound is raised from 0 to 1."""

    def column(self, lower: float, upper: float, *, whole: bool) -> int:
        self.lower.append(lower)
        self.upper.append(upper)
        self.whole.append(whole)
        return len(self.lower) - 1

    def row(self, name: str, lower: float, upper: float, terms: Mapping[int, float]) -> None:
        self.rows.append(Row(name, lower, upper, terms))


def build(problem: RotaProblem, previous: Rota | None) -> Model:
    """The model of a problem; `previous` is the rota to disturb as little as can be."""
    model = Model()
    claimed = {(claim.session, claim.role, claim.group) for claim in problem.kept_claims()}
    for slot in problem.slots:
        for role, places in slot.seats.items():
            if places > 0:
                for group in problem.groups:
                    key = (slot.session, role, group)
                    fixed = key in claimed
                    most = 1 if fixed or (group, slot.session) not in problem.busy else 0
                    model.seats[key] = model.column(1 if fixed else 0, most, whole=True)
    _rules(model, problem, claimed)
    _preferences(model, problem)
    _wishes(model, problem)
    if previous:
        model.moved = {model.seats[key]: -1 for key in sorted(previous.seats() & model.seats.keys())}
    return model


def _ones(columns: Iterable[int]) -> dict[int, float]:
    return dict.fromkeys(columns, 1.0)


def _rules(model: Model, problem: RotaProblem, claimed: set[Key]) -> None:
    """The rules. Claims may overstep the rules that limit; what they force is allowed, and no more."""
    by_seat: dict[tuple[int, Role], list[int]] = defaultdict(list)
    by_session: dict[tuple[int, int], list[int]] = defaultdict(list)
    by_role: dict[tuple[int, Role], list[int]] = defaultdict(list)
    for (session, role, group), column in model.seats.items():
        by_seat[session, role].append(column)
        by_session[group, session].append(column)
        by_role[group, role].append(column)
    in_seat = Counter((session, role) for session, role, _ in claimed)
    in_session = Counter((group, session) for session, _, group in claimed)
    in_role = Counter((group, role) for _, role, group in claimed)
    for slot in problem.slots:
        for role, places in slot.seats.items():
            if places > 0:
                columns = by_seat[slot.session, role]
                empty = model.column(0, places, whole=False)
                model.missing[empty] = SEVERITY[Rule.SEAT_FILLED]
                room = max(places, in_seat[slot.session, role])
                model.row(f"{Rule.SEAT_FILLED}:{slot.session}:{role}", room, room, _ones([*columns, empty]))
    for (group, session), columns in by_session.items():
        if len(columns) > 1:
            most = max(1, in_session[group, session])
            model.row(f"{Rule.ONE_DUTY_A_SESSION}:{group}:{session}", -INFINITY, most, _ones(columns))
    for group in problem.groups:
        for role in Role:
            bounds, columns = problem.policy.of(role), by_role[group, role]
            if bounds.at_least > 0:
                lack = model.column(0, bounds.at_least, whole=False)
                model.missing[lack] = SEVERITY[ENOUGH[role]]
                model.row(f"{ENOUGH[role]}:{group}", bounds.at_least, INFINITY, _ones([*columns, lack]))
            if bounds.at_most is not None and columns:
                most = max(bounds.at_most, in_role[group, role])
                model.row(f"{TOO_OFTEN[role]}:{group}", -INFINITY, most, _ones(columns))


def _preferences(model: Model, problem: RotaProblem) -> None:
    """Points, and for each possible floor a row a group: it holds a seat worth so much, or no ranked role at all."""
    ranked: dict[int, dict[int, int]] = defaultdict(dict)
    for (session, role, group), column in model.seats.items():
        if role in problem.policy.ranked:
            points = ranked[group][column] = problem.points(group, session, role)
            if points:
                model.points[column] = -points
    caps = attainable(problem)
    none = {group: model.column(0, 1, whole=True) for group in caps}
    for group in caps:
        everything = _ones(ranked[group]) | {none[group]: float(len(ranked[group]))}
        model.row(f"no_ranked_role:{group}", -INFINITY, len(ranked[group]), everything)
        model.row(f"left_out:{group}", 1, INFINITY, _ones([*ranked[group], none[group]]))
    model.left_out = dict.fromkeys(none.values(), 1.0)
    for floor in sorted({-int(cost) for cost in model.points.values()}):
        model.floors[floor] = []
        for group, cap in caps.items():
            good = [column for column, points in ranked[group].items() if points >= min(floor, cap)]
            model.floors[floor].append(len(model.rows))
            model.row(f"floor:{floor}:{group}", 0, INFINITY, _ones([*good, none[group]]))


def _wishes(model: Model, problem: RotaProblem) -> None:
    """Even load, then spacing: one duty too many or too few outweighs all crowding."""
    low, high = even_load(problem)
    windows = close_sessions(problem)
    held: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for (session, _, group), column in model.seats.items():
        held[group][session].append(column)
    for group in problem.groups:
        duties = [column for columns in held[group].values() for column in columns]
        over, under = model.column(0, INFINITY, whole=False), model.column(0, INFINITY, whole=False)
        model.wishes.append(Row(f"load:{group}", low, high, _ones(duties) | {over: -1.0, under: 1.0}))
        model.wish_costs |= {over: 0, under: 0}
        for number, window in enumerate(windows):
            close = [column for session in window for column in held[group][session]]
            crowd = model.column(0, INFINITY, whole=False)
            model.wishes.append(Row(f"spacing:{group}:{number}", -INFINITY, 1, _ones(close) | {crowd: -1.0}))
            model.wish_costs[crowd] = 1
    most = 1.0 + sum(problem.places(role) for role in Role) * max(
        (sum(slot.session in window for window in windows) for slot in problem.slots), default=0
    )
    model.wish_costs = {column: cost or most for column, cost in model.wish_costs.items()}
