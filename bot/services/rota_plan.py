"""Planning the rota: what cannot hold, the best that can be done, exactly what changes; put in force, and undone."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from bot.core.course import Kind, Role
from bot.core.errors import CourseError
from bot.core.people import Actor, require_staff
from bot.core.rota import Assignment, Rota, broken_rules
from bot.core.rota_feasibility import Shortfall, feasibility
from bot.services import rota_table
from bot.services.courses import label
from bot.services.rota_desk import Desk, digest, read_desk, seat_whole_groups
from bot.services.rota_solve import Progress, Solved, Solver, best_installed, in_thread
from bot.services.rota_table import Changed, Table
from bot.services.slots import day
from bot.store import audit, courses, duties, proposals, rota
from bot.store.courses import CourseRow
from bot.store.database import Database
from bot.store.rota import Seat

_KIND = "rota-plan"
_PLANNED = "planned"


@dataclass(frozen=True, slots=True)
class Plan:
    """A rota for what lies ahead, beside the one in force.

    `findings` are the shortages that show by counting, `broken` the rules that the planned rota breaks, in sentences;
    `load` the fewest and most duties of a group over the whole course; `solver` what made it, and `optimal` whether
    that proved it to be the best there is. `table` is the whole rota as it would be.
    """

    groups: int
    lectures: int
    findings: tuple[Shortfall, ...]
    broken: tuple[str, ...]
    changes: tuple[Changed, ...]
    load: tuple[int, int]
    optimal: bool
    solver: str
    table: Table


@dataclass(frozen=True, slots=True)
class PlanPreview:
    """A plan waiting for confirmation under `token`; None when it would change nothing."""

    plan: Plan
    token: str | None


@dataclass(frozen=True, slots=True)
class InForce:
    """The cells that a plan has changed; `change_id` undoes it."""

    changes: tuple[Changed, ...]
    change_id: int


class RotaPlans:
    """One plan is made at a time: a solver may take all that the machine has."""

    def __init__(self, database: Database, solver: Solver = best_installed) -> None:
        self._database = database
        self._solver = solver
        self._turn = asyncio.Semaphore(1)

    async def plan(
        self,
        place: str,
        actor: Actor,
        now: datetime,
        *,
        fresh: bool = False,
        fair: bool = True,
        progress: Progress = lambda _goal, _done: None,
    ) -> PlanPreview:
        """Plan what lies ahead of `now`. Nothing is changed until it is confirmed.

        Args:
            fresh: Whether to forget the rota in force, except what groups volunteered for, swapped and staff set.
            fair: Whether the worst-off group comes before the total.
            progress: Called in the solver's thread.

        Raises:
            CourseError: the actor is not staff, there are no groups, or no student lecture lies ahead.
        """
        require_staff(actor)
        # Seating whole groups is rolled back, but it writes meanwhile.
        course, desk = await self._database.write(_desk, place, now)
        previous = None if fresh else desk.rota
        async with self._turn:
            solved = await in_thread(lambda: self._solver(desk.problem, previous, fair, progress))
        return await self._database.write(_keep, place, actor, course, desk, solved, now)

    async def confirm(self, place: str, actor: Actor, token: str, now: datetime) -> InForce:
        """Put the previewed plan in force.

        Raises:
            CourseError: the actor is not staff, the preview is gone, or the rota or schedule has changed since.
        """
        require_staff(actor)
        return await self._database.write(_confirm, place, token, actor.key, now)

    async def undo(self, place: str, actor: Actor, now: datetime, change_id: int | None = None) -> tuple[Changed, ...]:
        """Go back to the seats before the latest plan that is not undone; with `change_id`, only if it is that one.

        Raises:
            CourseError: the actor is not staff, there is no such plan, or the rota has changed since.
        """
        require_staff(actor)
        return await self._database.write(_undo, place, actor.key, change_id, now)


def _desk(tx: Connection, place: str, now: datetime) -> tuple[CourseRow, Desk]:
    """The desk as it is once whole groups have their seats; nothing is written."""
    courses.hold(tx, place=place)
    course = courses.at_place(tx, place)
    with tx.begin_nested() as trial:
        seat_whole_groups(tx, course, now)
        desk = read_desk(tx, course, now)
        trial.rollback()
    if not desk.problem.groups:
        raise CourseError("There are no groups yet, so nobody can have a duty. Students start with `/create-group`.")
    if not any(desk.sessions[one].kind is Kind.STUDENT_LECTURE for one in desk.ahead):
        raise CourseError("No student lecture lies ahead. Bring in the schedule with `/staff import schedule`.")
    return course, desk


def _merged(desk: Desk, solved: Solved) -> Rota:
    """What is past as it was, what lies ahead as planned; a seat that stays keeps its reason."""
    known = {one.key: one for one in desk.rota.assignments}
    past = [one for one in desk.rota.assignments if one.session not in desk.ahead]
    ahead = [known.get(one.key, one) for one in solved.rota.assignments if one.session in desk.ahead]
    return Rota((*past, *ahead))


def _keep(
    tx: Connection, place: str, actor: Actor, course: CourseRow, desk: Desk, solved: Solved, now: datetime
) -> PlanPreview:
    after = _merged(desk, solved)
    load = Counter(dict.fromkeys(desk.problem.groups, 0))
    load.update(one.group for one in after.assignments)
    lectures = [one for one in desk.sessions.values() if one.kind is Kind.STUDENT_LECTURE]
    plan = Plan(
        groups=len(desk.problem.groups),
        lectures=len(lectures),
        findings=tuple(feasibility(desk.problem)),
        broken=tuple(one.text for one in broken_rules(desk.problem, after)),
        changes=rota_table.changes(desk, desk.rota, after),
        load=(min(load.values()), max(load.values())),
        optimal=solved.optimal,
        solver=solved.solver,
        table=rota_table.table(tx, course, replace(desk, rota=after), label(course)),
    )
    if not plan.changes:
        return PlanPreview(plan, None)
    payload = json.dumps([[*one.key, one.reason] for one in after.assignments if one.session in desk.ahead]).encode()
    return PlanPreview(plan, proposals.keep(tx, course.id, _KIND, actor.key, payload, digest(desk), now))


def _confirm(tx: Connection, place: str, token: str, actor: str, now: datetime) -> InForce:
    courses.hold(tx, place=place)
    course = courses.at_place(tx, place)
    payload, expected = proposals.take(tx, course.id, _KIND, token)
    seat_whole_groups(tx, course, now)
    desk = read_desk(tx, course, now)
    if digest(desk) != expected:
        raise CourseError(
            "The rota, the groups or the schedule have changed since this preview. "
            "Give `/staff rota plan` again to plan with what holds now."
        )
    before = _seats_ahead(desk)
    known = {seat.key: seat for seat in before}
    after = []
    for session, role, group, reason in json.loads(payload):
        seat = Seat(session, Role(role), group, _PLANNED, reason)
        after.append(known.get(seat.key, seat))
    changed = _put(tx, desk, before, after, now)
    change_id = rota.record(tx, course.id, actor, before, after, now)
    audit.record(tx, course.id, actor, f"put a rota in force: {len(changed)} cells changed", now)
    return InForce(changed, change_id)


def _undo(tx: Connection, place: str, actor: str, change_id: int | None, now: datetime) -> tuple[Changed, ...]:
    courses.hold(tx, place=place)
    course = courses.at_place(tx, place)
    change = rota.latest(tx, course.id)
    if change is None:
        raise CourseError("There is no plan left to undo. `/staff rota show` shows the rota in force.")
    if change_id not in (None, change.id):
        raise CourseError(
            "This plan is undone already, or a later one was put in force. `/staff rota undo` undoes the latest."
        )
    desk = read_desk(tx, course, now)
    left = [seat for seat in change.after if seat.session in desk.ahead]
    held = _seats_ahead(desk)
    since = rota_table.changes(desk, _rota(left), _rota(held))
    if since:
        cells = [f"{day(one.date)} ({one.role})" for one in since[:10]]
        more = f" and {len(since) - 10} more" if len(since) > 10 else ""
        raise CourseError(
            f"Since this plan the rota has changed on {', '.join(cells)}{more}, so it cannot be undone as a whole. "
            "Change single cells with `/staff rota assign`, or give `/staff rota plan`."
        )
    wanted = [seat for seat in change.before if seat.session in desk.ahead]
    if any(seat.group not in desk.problem.groups for seat in wanted):
        raise CourseError(
            "A group that had a duty before this plan is gone, so it cannot be undone. Give `/staff rota plan` instead."
        )
    changed = _put(tx, desk, held, wanted, now)
    rota.mark_undone(tx, change.id, now)
    audit.record(tx, course.id, actor, f"undid a rota: {len(changed)} cells changed back", now)
    return changed


def _put(
    tx: Connection, desk: Desk, before: Collection[Seat], after: Collection[Seat], now: datetime
) -> tuple[Changed, ...]:
    """Make `after` of `before`, both seats ahead."""
    changed = {seat.key for seat in before} ^ {seat.key for seat in after}
    assert all(session in desk.ahead for session, _, _ in changed), "what is past never changes"
    ids = {(one.session_id, one.role, one.group_id): one.id for one in desk.holdings}
    duties.end(tx, [ids[seat.key] for seat in before if seat.key in changed], now)
    for seat in after:
        if seat.key not in changed:
            continue
        if duties.take(tx, seat.session, seat.role, seat.group, seat.origin, seat.reason, now) is None:
            where = day(desk.sessions[seat.session].date)
            raise CourseError(
                f"There are too few seats for {seat.role} on {where} now. Offer more with `/staff rota seats`."
            )
    return rota_table.changes(desk, _rota(before), _rota(after))


def _seats_ahead(desk: Desk) -> list[Seat]:
    return [
        Seat(one.session_id, one.role, one.group_id, one.origin, one.reason)
        for one in desk.holdings
        if one.session_id in desk.ahead
    ]


def _rota(seats: Collection[Seat]) -> Rota:
    return Rota(tuple(Assignment(*seat.key, seat.reason) for seat in seats))
