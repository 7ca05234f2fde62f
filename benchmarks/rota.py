"""The rota: the solver on a real course's size and on a large one, and how close the fallback comes to it."""

from __future__ import annotations

import asyncio
import random
import time
from datetime import date, timedelta
from statistics import mean

from bot.core import rota_fallback
from bot.core.course import Role
from bot.core.rota import RotaProblem, Slot
from bot.core.rota_score import score
from bot.solver.highs import Plan, solve


def seminar(groups: int, sessions: int, *, places: int = 1, seed: int = 0, ranks: int = 8) -> RotaProblem:
    """Two classes a week; each group ranks some of them, with more wishes for the dates past the middle of the term."""
    chance = random.Random(seed)
    start = date(2024, 1, 9)
    slots = tuple(
        Slot(number, start + timedelta(days=7 * (number // 2) + 2 * (number % 2)), dict.fromkeys(Role, places))
        for number in range(sessions)
    )
    rankings = {}
    for group in range(groups):
        wish = {number: chance.random() ** (1 + abs(number - sessions * 0.6)) for number in range(sessions)}
        rankings[group] = tuple(sorted(wish, key=lambda number, wish=wish: -wish[number])[:ranks])
    return RotaProblem({group: f"Group {group + 1}" for group in range(groups)}, slots, rankings=rankings)


async def timed(problem: RotaProblem, **options: bool) -> tuple[float, Plan]:
    started = time.perf_counter()
    plan = await asyncio.to_thread(solve, problem, **options)
    return time.perf_counter() - started, plan


async def measure(*, quick: bool) -> dict[str, float | None]:
    """The worst of several courses of 17 groups and 30 sessions, one of 200 groups and 60 sessions, 100 small ones.

    `s17x30_s` is the total alone, `s17x30_fair_s` every goal: the worst-off group first, even load and spacing too.
    A seat of the large one takes 4 groups (720 duties). `optimal` is 1 if each of these plans is proved the best in
    every goal. `fallback_gap` is the worst loss of preferences in any small case; a case in which the fallback breaks
    a rule that the best plan keeps, or leaves the worst-off group worse off, counts in `fallback_behind`.
    """
    await timed(seminar(3, 3))  # the first one loads the library
    total_s, fair_s, proved = [], [], []
    for seed in range(2 if quick else 8):
        problem = seminar(17, 30, seed=seed)
        seconds, plan = await timed(problem, fair=False, spaced=False)
        total_s.append(seconds)
        proved.append(plan.optimal)
        seconds, plan = await timed(problem)
        fair_s.append(seconds)
        proved.append(plan.optimal)
    large_s, plan = await timed(seminar(200, 60, places=4))
    proved.append(plan.optimal)
    gaps, behind = [], 0
    for seed in range(20 if quick else 100):
        chance = random.Random(seed)
        groups = chance.randint(4, 9)
        problem = seminar(groups, chance.randint(groups, 2 * groups), seed=seed, ranks=chance.randint(2, 6))
        best = score(problem, (await timed(problem))[1].rota)
        found = score(problem, rota_fallback.solve(problem)[0])
        gaps.append(1 - found.total / best.total)
        behind += (found.missing, -found.floor) > (best.missing, -best.floor)
    return {
        "s17x30_s": round(max(total_s), 3),
        "s17x30_fair_s": round(max(fair_s), 3),
        "s200x60x4_s": round(large_s, 2),
        "optimal": float(all(proved)),
        "fallback_gap": round(max(gaps), 4),
        "fallback_gap_mean": round(mean(gaps), 4),
        "fallback_behind": float(behind),
    }
