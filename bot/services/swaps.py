"""Two groups trade duties: one asks, the other accepts, and the rules of the rota are judged at both moments."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from bot.core.errors import CourseError
from bot.core.groups import NoSuchGroup, name_key
from bot.core.people import Actor
from bot.core.rota import Assignment
from bot.core.rota_changes import altered, broken_further
from bot.services.rota_desk import Desk, read_desk
from bot.services.slot_suggestions import Suggestion
from bot.services.slots import duties_ahead, find_duty, fits, in_group
from bot.services.swap_views import SwapView, Trade, accounts_in, trade_of, view_of
from bot.store import audit, courses, duties, groups, people, swaps
from bot.store.courses import CourseRow
from bot.store.database import Database
from bot.store.duties import Holding
from bot.store.swaps import SwapRow

SWAPPED = "swapped"


@dataclass(frozen=True, slots=True)
class SwapOptions:
    """What can be asked of `other` in return for `offered`, without breaking a rule.

    `take_over`: whether they may take it for nothing. `refused` are the ways that break a rule, each with the sentence.
    """

    offered: Trade
    group: str
    other_id: int
    other: str
    trades: tuple[Trade, ...]
    take_over: bool
    refused: tuple[tuple[str, str], ...]


class Swaps:
    """Every request is judged at `at`, the moment the platform received it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def options(self, place: str, actor: Actor, duty: str, other: str, room: str, now: datetime) -> SwapOptions:
        """The ways to hand a duty of the actor's group to the group called `other`; `room` is where it is asked.

        Raises:
            CourseError: in no group, no such duty ahead or group, nobody there could answer, every way breaks a rule
                (it is named), or the other group cannot read the room.
        """
        return await self._database.read(_options, place, actor, duty, other, room, now)

    async def ask(
        self, place: str, actor: Actor, offered_id: int, other_id: int, wanted_id: int | None, at: datetime
    ) -> SwapView:
        """Ask the other group; an open request about the same duty is withdrawn. Asking the same again is not `fresh`.

        Raises:
            CourseError: in no group, a duty is not held or not ahead any more, or a rule forbids it.
        """
        return await self._database.write(_ask, place, actor, offered_id, other_id, wanted_id, at)

    async def accept(self, place: str, actor: Actor, swap_id: int, at: datetime) -> SwapView:
        """Exchange the seats, if the request is open: everything is judged anew.

        Raises:
            CourseError: the actor is not of the group that was asked, or a rule forbids it by now.
        """
        return await self._database.write(_accept, place, actor, swap_id, at)

    async def decline(self, place: str, actor: Actor, swap_id: int, at: datetime) -> SwapView:
        """Close an open request without exchanging anything.

        Raises:
            CourseError: the actor is not of the group that was asked.
        """
        return await self._database.write(_decline, place, actor, swap_id, at)

    async def withdraw(self, place: str, actor: Actor, swap_id: int, at: datetime) -> SwapView:
        """Take back an open request.

        Raises:
            CourseError: the actor is not of the group that asked.
        """
        return await self._database.write(_withdraw, place, actor, swap_id, at)

    async def state(self, place: str, platform: str, swap_id: int) -> SwapView:
        """The request as it stands.

        Raises:
            CourseError: there is none.
        """
        return await self._database.read(_state, place, platform, swap_id)

    async def others(self, place: str, actor: Actor, typed: str) -> list[Suggestion]:
        """The other groups, by name; empty for someone in no group."""
        try:
            return await self._database.read(_others, place, actor, typed)
        except CourseError:
            return []


def _options(tx: Connection, place: str, actor: Actor, duty: str, other: str, room: str, now: datetime) -> SwapOptions:
    course, known, group_id = in_group(tx, place, actor)
    desk = read_desk(tx, course, now)
    offered = find_duty(desk, group_id, duty)
    found = groups.find(tx, course.id, other)
    if found is None:
        raise NoSuchGroup(other)
    other_id, name = found
    if other_id == group_id:
        raise CourseError("That is your own group. Choose the group that you would like to trade with.")
    if swaps.is_room(tx, course.id, room):
        raise CourseError(f"{name} cannot read this room. Use `/swap-duty` in a channel that both groups can see.")
    _reachable(tx, course, other_id, name, actor)
    trades, refused = [], []
    for theirs in duties_ahead(desk, other_id):
        trade = trade_of(course, desk.sessions[theirs.session_id], theirs)
        against = _against(desk, offered, theirs, other_id)
        if against:
            refused.append((f"their {trade.what}", against))
        else:
            trades.append(trade)
    against = _against(desk, offered, None, other_id)
    if against:
        refused.append(("nothing in return", against))
        if not trades:
            said = " · ".join(dict.fromkeys(sentence for _, sentence in refused[:3]))
            raise CourseError(f"Your group and {name} cannot trade this duty: {said}")
    mine = trade_of(course, desk.sessions[offered.session_id], offered)
    return SwapOptions(mine, known.group_name or "", other_id, name, tuple(trades), against is None, tuple(refused))


def _ask(
    tx: Connection, place: str, actor: Actor, offered_id: int, other_id: int, wanted_id: int | None, at: datetime
) -> SwapView:
    courses.hold(tx, place=place)
    course, known, group_id = in_group(tx, place, actor)
    desk = read_desk(tx, course, at)
    offered = find_duty(desk, group_id, str(offered_id))
    if other_id not in desk.problem.groups or other_id == group_id:
        raise NoSuchGroup("that was here")
    wanted = _ahead(desk, wanted_id, other_id) if wanted_id is not None else None
    if wanted_id is not None and wanted is None:
        raise CourseError("They no longer hold that duty. Start again with `/swap-duty`.")
    against = _against(desk, offered, wanted, other_id)
    if against:
        raise CourseError(f"{against} Start again with `/swap-duty`.")
    _reachable(tx, course, other_id, desk.problem.groups[other_id], actor)
    there = swaps.open_for(tx, offered.id)
    if there and there[1:] == (wanted_id, other_id):
        return view_of(tx, course, there[0], actor.platform)
    if there:
        swaps.answer(tx, there[0], known.id, "withdrawn", at)
    swap_id = swaps.ask(tx, course.id, offered.id, wanted_id, other_id, known.id, at)
    return view_of(tx, course, swap_id, actor.platform, fresh=True)


def _accept(tx: Connection, place: str, actor: Actor, swap_id: int, at: datetime) -> SwapView:
    courses.hold(tx, place=place)
    course, row, person_id = _for(tx, place, actor, swap_id, asked=True)
    if row.outcome is not None:
        return view_of(tx, course, swap_id, actor.platform)
    desk = read_desk(tx, course, at)
    offered = _ahead(desk, row.offered.id, row.offered.group_id)
    wanted = _ahead(desk, row.wanted.id, row.with_id) if row.wanted else None
    if offered is None or (row.wanted and wanted is None):
        swaps.answer(tx, swap_id, None, "withdrawn", at)
        return view_of(tx, course, swap_id, actor.platform, fresh=True)
    against = _against(desk, offered, wanted, row.with_id)
    if against:
        raise CourseError(f"This would break a rule of the rota by now: {against} Decline it, or ask the staff.")
    _exchange(tx, row, offered, wanted, at)
    swaps.answer(tx, swap_id, person_id, "done", at)
    audit.record(tx, course.id, actor.key, _deed(desk, row, offered, wanted), at)
    return view_of(tx, course, swap_id, actor.platform, fresh=True)


def _exchange(tx: Connection, row: SwapRow, offered: Holding, wanted: Holding | None, at: datetime) -> None:
    # Both are ended before either is taken: a group holds one seat in a session, and a seat has one group.
    duties.end(tx, [one.id for one in (offered, wanted) if one], at)
    given = f"swapped with {row.offered.group}" if wanted else f"taken over from {row.offered.group}"
    moves = [(offered, row.with_id, given)]
    if wanted:
        moves.append((wanted, row.offered.group_id, f"swapped with {row.with_group}"))
    for seat, group_id, reason in moves:
        if duties.take(tx, seat.session_id, seat.role, group_id, SWAPPED, reason, at) is None:
            raise RuntimeError(f"the seat of group_duty {seat.id} was just given up and is not free")


def _decline(tx: Connection, place: str, actor: Actor, swap_id: int, at: datetime) -> SwapView:
    return _close(tx, place, actor, swap_id, at, "declined", asked=True)


def _withdraw(tx: Connection, place: str, actor: Actor, swap_id: int, at: datetime) -> SwapView:
    return _close(tx, place, actor, swap_id, at, "withdrawn", asked=False)


def _close(
    tx: Connection, place: str, actor: Actor, swap_id: int, at: datetime, outcome: str, *, asked: bool
) -> SwapView:
    courses.hold(tx, place=place)
    course, row, person_id = _for(tx, place, actor, swap_id, asked=asked)
    swaps.answer(tx, swap_id, person_id, outcome, at)
    return view_of(tx, course, swap_id, actor.platform, fresh=row.outcome is None)


def _for(tx: Connection, place: str, actor: Actor, swap_id: int, *, asked: bool) -> tuple[CourseRow, SwapRow, int]:
    """The request, for a member of the group that was `asked` (or else of the one that asked), and their id."""
    course, known = people.who(tx, place, actor)
    row = swaps.find(tx, course.id, swap_id, actor.platform)
    if row is None:
        raise CourseError("There is no such request any more. Start again with `/swap-duty`.")
    group_id, name = (row.with_id, row.with_group) if asked else (row.offered.group_id, row.offered.group)
    if known is None or known.group_id != group_id:
        raise CourseError(f"Only members of {name} can do this.")
    return course, row, known.id


def _state(tx: Connection, place: str, platform: str, swap_id: int) -> SwapView:
    return view_of(tx, courses.at_place(tx, place), swap_id, platform)


def _others(tx: Connection, place: str, actor: Actor, typed: str) -> list[Suggestion]:
    course, _, group_id = in_group(tx, place, actor)
    names = groups.names(tx, course.id)
    return [Suggestion(name, name) for id_, name in names.items() if id_ != group_id and fits(name_key(name), typed)]


def _ahead(desk: Desk, holding_id: int, group_id: int) -> Holding | None:
    """The duty with this id, if that group holds it and its session has not begun."""
    return next((one for one in duties_ahead(desk, group_id) if one.id == holding_id), None)


def _against(desk: Desk, offered: Holding, wanted: Holding | None, other_id: int) -> str | None:
    """The rule that handing `offered` to the other group, for `wanted`, would break: its sentence."""
    if wanted and (wanted.session_id, wanted.role) == (offered.session_id, offered.role):
        return "Both duties are the same."
    gone = {(one.session_id, one.role, one.group_id) for one in (offered, wanted) if one}
    plus = [Assignment(offered.session_id, offered.role, other_id, SWAPPED)]
    if wanted:
        plus.append(Assignment(wanted.session_id, wanted.role, offered.group_id, SWAPPED))
    # Both groups agree to give up what they claimed or were given.
    claims = tuple(one for one in desk.problem.claims if (one.session, one.role, one.group) not in gone)
    problem = replace(desk.problem, claims=claims)
    for broken in broken_further(problem, desk.rota, altered(desk.rota, without=gone, plus=plus)):
        if broken.group in (offered.group_id, other_id):
            return broken.text
    return None


def _reachable(tx: Connection, course: CourseRow, group_id: int, name: str, actor: Actor) -> None:
    if not accounts_in(tx, course, group_id, actor.platform):
        raise CourseError(f"Nobody in {name} has an account here, so nobody could accept. Ask the staff.")


def _deed(desk: Desk, row: SwapRow, offered: Holding, wanted: Holding | None) -> str:
    given = f"{offered.role} on {desk.sessions[offered.session_id].date}"
    if wanted is None:
        return f"{row.with_group} took over from {row.offered.group}: {given}"
    back = f"{wanted.role} on {desk.sessions[wanted.session_id].date}"
    return f"{row.offered.group} and {row.with_group} swapped: {given} for {back}"
