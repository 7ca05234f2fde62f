"""Solve a rota with HiGHS, goal after goal, each proved before the next.

The goals are those of `bot.core.rota_score.Score`, in its order. Plain synchronous code: call it in a thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.core.rota import Broken, Rota, RotaProblem, broken_rules
from bot.core.rota_score import with_reasons
from bot.solver.model import INFINITY, Costs, Model, Row, build

_WITHIN = 0.999
"""All costs are whole numbers: a solution within less than one of the bound is the best."""

Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """A solved rota. `optimal` means proved for every goal; `gap` is the widest one left, relative; 0 when proved.

    `seconds` says how long each goal took.
    """

    rota: Rota
    broken: tuple[Broken, ...]
    optimal: bool
    gap: float
    seconds: dict[str, float]


def solve(
    problem: RotaProblem,
    *,
    previous: Rota | None = None,
    fair: bool = True,
    spaced: bool = True,
    time_limit: float = 30.0,
    progress: Progress | None = None,
) -> Plan:
    """The best rota there is, or the best found within `time_limit` seconds.

    Args:
        previous: The rota in force; its seats stay unless a rule needs them moved.
        fair: Whether groups left out, then the worst-off group, come before the total.
        spaced: Whether to go on to even load and spacing.
        progress: Called with what is being worked on, and how much of the whole is done, from 0 to 1.
    """
    run = _Run(build(problem, previous), time_limit, progress or (lambda _goal, _done: None))
    run.goal("rules", 0.0, run.model.missing)
    if previous:
        run.goal("least disturbance", 0.2, run.model.moved)
    if fair:
        run.goal("nobody left out", 0.3, run.model.left_out)
        run.floor(0.4)
    run.goal("preferences", 0.6, run.model.points)
    if spaced:
        run.add_wishes()
        run.goal("even load and spacing", 0.8, run.model.wish_costs)
    rota = with_reasons(problem, run.chosen(), previous)
    run.progress("done", 1.0)
    return Plan(rota, tuple(broken_rules(problem, rota)), run.gap == 0.0, run.gap, run.seconds)


class _Run:
    """One model in HiGHS, and the best solution so far."""

    def __init__(self, model: Model, time_limit: float, progress: Progress) -> None:
        import highspy  # heavy (it brings numpy), and only needed where a rota is planned
        import numpy

        self.model, self.progress = model, progress
        self.until = time.monotonic() + time_limit
        self.gap, self.seconds = 0.0, dict[str, float]()
        self.values: Sequence[float] = ()
        self._highspy, self._numpy = highspy, numpy

        class Quiet(highspy.Highs):
            def enableCallbacks(self) -> None:
                self.silent()  # before the constructor's call to this prints a banner
                super().enableCallbacks()  # type: ignore[no-untyped-call]

        self._highs = Quiet()  # type: ignore[no-untyped-call]
        for option, value in {"mip_rel_gap": 0.0, "mip_abs_gap": _WITHIN}.items():
            self._highs.setOptionValue(option, value)
        self._load()

    def _load(self) -> None:
        model, kinds = self.model, self._highspy.HighsVarType
        columns = len(model.lower)
        lower, upper = self._floats(model.lower), self._floats(model.upper)
        self._highs.addVars(columns, lower, upper)
        whole = [column for column, is_whole in enumerate(model.whole) if is_whole]
        self._highs.changeColsIntegrality(len(whole), self._ints(whole), self._kinds(kinds.kInteger, len(whole)))
        self.add(model.rows)

    def _floats(self, values: Iterable[float]) -> Any:
        return self._numpy.array(list(values), dtype=self._numpy.float64)

    def _ints(self, values: Iterable[int]) -> Any:
        return self._numpy.array(list(values), dtype=self._numpy.int32)

    def _kinds(self, kind: Any, number: int) -> Any:
        return self._numpy.full(number, int(kind), dtype=self._numpy.uint8)

    def add(self, rows: Sequence[Row]) -> None:
        """Add constraints under their names."""
        if not rows:
            return
        first = self._highs.getNumRow()
        starts, indices, values = [], list[int](), list[float]()
        for row in rows:
            starts.append(len(indices))
            indices.extend(row.terms.keys())
            values.extend(row.terms.values())
        lower, upper = self._floats(row.lower for row in rows), self._floats(row.upper for row in rows)
        self._highs.addRows(
            len(rows), lower, upper, len(indices), self._ints(starts), self._ints(indices), self._floats(values)
        )
        for number, row in enumerate(rows):
            self._highs.passRowName(first + number, row.name)

    def add_wishes(self) -> None:
        """Start counting unevenness and crowding, in the solution so far as well."""
        self.add(self.model.wishes)
        values = list(self.values)
        for row in self.model.wishes if values else ():
            slack = {column: sign for column, sign in row.terms.items() if column in self.model.wish_costs}
            held = sum(values[column] for column in row.terms if column not in slack)
            for column, sign in slack.items():
                values[column] = max(0.0, held - row.upper if sign < 0 else row.lower - held)
        self.values = values

    def goal(self, name: str, done: float, costs: Costs) -> None:
        """Minimise `costs`, and hold what was reached for the goals that follow."""
        self.progress(name, done)
        started = time.monotonic()
        if costs and self.values and min(costs.values()) > 0 and self._total(costs, self.values) < 1e-6:
            self._hold(name, costs, 0)  # as good as can be already
        elif costs and self.until > started:
            self._solve(costs)
            if self.values:
                self._hold(name, costs, round(self._total(costs, self.values)))
        elif costs:
            self.gap = max(self.gap, 1.0)
        self.seconds[name] = time.monotonic() - started

    def floor(self, done: float) -> None:
        """Raise what the worst-off group gets, halving the range of floors that may be reachable."""
        started = time.monotonic()
        levels = sorted(self.model.floors) if self.values else []
        low, high = 0, len(levels)  # levels[:low] are reachable, levels[high:] are not
        while low < high:
            self.progress("worst-off group", done + 0.2 * (1 - (high - low) / len(levels)))
            middle = (low + high) // 2
            self._demand(levels[middle], 1.0)
            if self._holds(levels[middle]) or self._solve({}):
                low = middle + 1
                continue
            refuted = self._highs.getModelStatus() == self._highspy.HighsModelStatus.kInfeasible
            self._demand(levels[middle], 0.0)
            if not refuted:  # out of time
                self.gap = max(self.gap, (high - low) / len(levels))
                break
            high = middle
        self.seconds["worst-off group"] = time.monotonic() - started

    def _holds(self, level: int) -> bool:
        """Whether the solution so far has this floor."""
        rows = (self.model.rows[row] for row in self.model.floors[level])
        return all(sum(self.values[column] for column in row.terms) > 0.5 for row in rows)

    def _demand(self, level: int, lower: float) -> None:
        for row in self.model.floors[level]:
            self._highs.changeRowBounds(row, lower, INFINITY)

    def _set_costs(self, costs: Costs) -> None:
        everything = self._numpy.zeros(len(self.model.lower))
        for column, cost in costs.items():
            everything[column] = cost
        self._highs.changeColsCost(len(everything), self._ints(range(len(everything))), everything)

    def _hold(self, name: str, costs: Costs, reached: int) -> None:
        if reached == 0 and min(costs.values()) > 0:
            for column in costs:
                self._highs.changeColBounds(column, 0.0, 0.0)
        else:
            self.add([Row(f"held:{name}", -INFINITY, reached, {c: float(cost) for c, cost in costs.items()})])

    def _solve(self, costs: Costs) -> bool:
        """Run from scratch; whether there is a solution.

        Without a warm start: HiGHS 1.16 can prove a better solution and hand back the one it was given. The solution
        before still stands if time runs out without a better one, and what is handed back is reckoned up here.
        """
        self._highs.clearSolver()
        self._set_costs(costs)
        self._highs.setOptionValue("time_limit", self._highs.getRunTime() + max(0.05, self.until - time.monotonic()))
        self._highs.run()
        info = self._highs.getInfo()
        found = info.primal_solution_status == self._highspy.SolutionStatus.kSolutionStatusFeasible
        if found:
            values = list(self._highs.getSolution().col_value)
            if not (costs and self.values) or self._total(costs, values) <= self._total(costs, self.values):
                self.values = values
        if costs and self.values:
            total = self._total(costs, self.values)
            behind = total - (info.mip_dual_bound if self.model.seats else info.objective_function_value)
            if behind > _WITHIN or self._highs.getModelStatus() != self._highspy.HighsModelStatus.kOptimal:
                self.gap = max(self.gap, min(1.0, max(1e-9, behind / max(1.0, abs(total)))))
        elif costs:
            self.gap = 1.0
        return found

    def _total(self, costs: Costs, values: Sequence[float]) -> float:
        return sum(cost * values[column] for column, cost in costs.items())

    def chosen(self) -> list[tuple[int, Any, int]]:
        """The seats of the best solution; without any, the claims alone."""
        values = self.values or self.model.lower
        return [key for key, column in self.model.seats.items() if values[column] > 0.5]
