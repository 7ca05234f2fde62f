"""What people see of a swap."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from bot.core.errors import CourseError
from bot.services.slots import NOUNS, day, title
from bot.store import groups, schedule, swaps
from bot.store.courses import CourseRow
from bot.store.duties import Holding
from bot.store.schedule import SessionView


@dataclass(frozen=True, slots=True)
class Trade:
    """A duty that may change hands; `what` is for example "Thu Feb 8 summary"."""

    id: int
    what: str
    title: str


@dataclass(frozen=True, slots=True)
class SwapView:
    """A request as it stands: `group` gives `offered` to `other` for `wanted` (None: for nothing).

    `outcome` is None while it is open, then "done", "declined", "withdrawn", or "void" for one that can no longer be
    done, because a duty changed hands or has begun. `fresh` when this very press made it so. `members` are the
    platform's user ids of the other group, `asker` that of who asked.
    """

    id: int
    group: str
    other: str
    offered: Trade
    wanted: Trade | None
    outcome: str | None
    fresh: bool
    members: tuple[str, ...]
    asker: str | None


def view_of(tx: Connection, course: CourseRow, swap_id: int, platform: str, *, fresh: bool = False) -> SwapView:
    """The request with this id as it stands.

    Raises:
        CourseError: there is none.
    """
    row = swaps.find(tx, course.id, swap_id, platform)
    if row is None:
        raise CourseError("There is no such request any more. Start again with `/swap-duty`.")
    sessions = {one.id: one for one in schedule.every(tx, course.id, cancelled=True)}
    offered, wanted = (
        trade_of(course, sessions[seat.session_id], seat) if seat else None for seat in (row.offered, row.wanted)
    )
    assert offered is not None
    void = row.outcome == "withdrawn" and row.answered_by is None
    members = accounts_in(tx, course, row.with_id, platform)
    outcome = "void" if void else row.outcome
    return SwapView(row.id, row.offered.group, row.with_group, offered, wanted, outcome, fresh, members, row.asked_user)


def accounts_in(tx: Connection, course: CourseRow, group_id: int, platform: str) -> tuple[str, ...]:
    """The platform's user ids of a group's members, as far as they have one."""
    found = [one for one in groups.board(tx, course.id, platform) if one.id == group_id]
    return tuple(member.user_id for group in found for member in group.members if member.user_id)


def trade_of(course: CourseRow, session: SessionView, seat: Holding | swaps.SwapSeat) -> Trade:
    """A seat in words."""
    what = f"{day(session.date)} {NOUNS[seat.role]}"
    return Trade(seat.id, what, title(session, course.zone))
