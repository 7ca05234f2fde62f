"""A change to one session: as it is kept until staff confirm it, and as it is carried out."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from enum import StrEnum

from sqlalchemy import Connection

from bot.core.course import Kind, PageSession
from bot.core.errors import CourseError
from bot.core.schedule_diff import Change, SessionChange, compare
from bot.core.schedule_notices import When
from bot.core.schedule_words import describe
from bot.services.slots import day
from bot.store import audit, duties, schedule, session_changes
from bot.store.courses import CourseRow


class Deed(StrEnum):
    """What staff do to a session."""

    MOVE = "move"
    CANCEL = "cancel"
    RESTORE = "restore"
    ADD = "add"


@dataclass(frozen=True, slots=True)
class Order:
    """A change as it is kept until it is confirmed. `after` is None for a session to be cancelled."""

    deed: Deed
    session_id: int | None
    before: PageSession | None
    after: PageSession | None
    reason: str | None = None


def refuse_past(order: Order, before: When | None, after: When | None, now: datetime) -> None:
    """Raises CourseError when the class has begun (to move it), is over (to cancel it), or would begin in the past."""
    if order.deed is Deed.MOVE and before and before.starts_at <= now:
        raise CourseError("That class has begun ({at}), so it cannot be moved any more.", at=before.starts_at)
    if order.deed is Deed.CANCEL and before and before.ends_at <= now:
        raise CourseError("That class is over since {at}, so it cannot be cancelled any more.", at=before.ends_at)
    if after and after.starts_at <= now:
        instead = " Give the new `date`." if order.deed is Deed.RESTORE else ""
        raise CourseError(f"The class would begin in the past ({{at}}).{instead}", at=after.starts_at)


def carry_out(tx: Connection, course: CourseRow, order: Order, actor: str, now: datetime) -> None:
    """Do it, and keep a record of it. Hold the course first."""
    before, after, session_id = order.before, order.after, order.session_id
    if session_id is None:
        assert after is not None
        changes = frozenset({Change.ADDED})
        session_id = schedule.add(tx, course.id, after, course.zone)
    elif after is None:
        changes = frozenset({Change.CANCELLED})
        schedule.cancel(tx, session_id, now)
    else:
        assert before is not None
        changes = compare(before, after) | ({Change.RESTORED} if order.deed is Deed.RESTORE else frozenset())
        schedule.change(tx, course.id, session_id, after, course.zone)
        if order.deed is Deed.RESTORE:
            # Its groups may have changed since the time at which it was to be, when their members stayed on duty.
            for held in duties.holdings(tx, course.id):
                if held.session_id == session_id:
                    duties.follow(tx, held.group_id, now)
    what = session_changes.written(changes, order.reason)
    schedule.record(tx, course.id, session_id, actor, what, before, after, now)
    sentence = describe(SessionChange(session_id, before, after, changes))
    audit.record(tx, course.id, actor, sentence + (f" ({order.reason})" if order.reason else ""), now)


def pack(order: Order) -> bytes:
    """The order as it is kept; of the session it keeps what the order changes."""
    after = order.after
    return json.dumps(
        {
            "deed": order.deed,
            "session": order.session_id,
            "reason": order.reason,
            "after": after
            and {
                "date": after.date.isoformat(),
                "starts": after.starts and after.starts.isoformat(),
                "ends": after.ends and after.ends.isoformat(),
                "room": after.room,
                "kind": after.kind,
                "title": after.title,
            },
        }
    ).encode()


def unpack(tx: Connection, course: CourseRow, payload: bytes) -> Order:
    """The order for the session as it is now.

    Raises:
        CourseError: the session is no longer in the schedule the way it was.
    """
    values = json.loads(payload)
    deed, session_id, wanted = Deed(values["deed"]), values["session"], values["after"]
    found = next((one for one in schedule.every(tx, course.id, cancelled=True) if one.id == session_id), None)
    if found is not None and found.cancelled is not (deed is Deed.RESTORE):
        state = "cancelled" if found.cancelled else "no longer cancelled"
        raise CourseError(f"The class on {day(found.date)} is {state} by now. Give the command again.")
    before = found.as_page(course.zone) if found else None
    after = None
    if wanted:
        base = before or PageSession(date.min, Kind(wanted["kind"]), wanted["title"], None)
        after = replace(
            base,
            date=date.fromisoformat(wanted["date"]),
            starts=time.fromisoformat(wanted["starts"]),
            ends=time.fromisoformat(wanted["ends"]),
            room=wanted["room"],
        )
    return Order(deed, session_id, before, after, values["reason"])
