"""Solving a rota off the event loop: with HiGHS where it is installed, without it otherwise."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from bot.core import rota_fallback
from bot.core.rota import Broken, Rota, RotaProblem

T = TypeVar("T")

TIME_LIMIT = 30.0
"""Seconds a plan may take: a course of 200 sessions is proved in ten, and an interaction lasts for fifteen minutes."""

Progress = Callable[[str, float], None]
"""What is being worked on, and how much of the whole is done (0 to 1). Called in the solver's thread."""


@dataclass(frozen=True, slots=True)
class Solved:
    """A rota, the rules it breaks, whether it is proved to be the best there is, and what made it."""

    rota: Rota
    broken: tuple[Broken, ...]
    optimal: bool
    solver: str


Solver = Callable[[RotaProblem, Rota | None, bool, Progress], Solved]
"""Solves a problem, disturbing the rota given as little as can be; the flag is for "the worst-off group first"."""


def with_highs(problem: RotaProblem, previous: Rota | None, fair: bool, progress: Progress) -> Solved:
    """Raises ImportError where the extra `[solver]` is not installed."""
    import highspy  # noqa: F401 - heavy (it brings numpy), and not everywhere

    from bot.solver.highs import solve

    plan = solve(problem, previous=previous, fair=fair, time_limit=TIME_LIMIT, progress=progress)
    return Solved(plan.rota, plan.broken, plan.optimal, "HiGHS")


def without_solver(problem: RotaProblem, previous: Rota | None, fair: bool, progress: Progress) -> Solved:
    """Greedy and swaps: obeys the same rules, comes close to the best, and proves nothing."""
    rota, broken = rota_fallback.solve(problem, previous=previous, fair=fair, progress=progress)
    return Solved(rota, tuple(broken), False, "the built-in planner")


def best_installed(problem: RotaProblem, previous: Rota | None, fair: bool, progress: Progress) -> Solved:
    try:
        return with_highs(problem, previous, fair, progress)
    except ImportError:
        return without_solver(problem, previous, fair, progress)


async def in_thread(work: Callable[[], T]) -> T:
    """Run `work` in a thread of its own.

    Not `asyncio.to_thread`: the process waits for its threads before it ends, and a stop must not take as long as a
    solver may. Nothing is lost with this thread: what it computes is written later.
    """
    loop = asyncio.get_running_loop()
    result: asyncio.Future[T] = loop.create_future()

    def settle(value: T | None, error: BaseException | None) -> None:
        if result.done():  # who waited has given up
            return
        if error is not None:
            result.set_exception(error)
        else:
            result.set_result(value)  # type: ignore[arg-type]

    def run() -> None:
        value: T | None = None
        error: BaseException | None = None
        try:
            value = work()
        except Exception as caught:
            error = caught
        with suppress(RuntimeError):  # the loop is closed: the bot has stopped meanwhile
            loop.call_soon_threadsafe(settle, value, error)

    threading.Thread(target=run, name="rota-solver", daemon=True).start()
    return await result
