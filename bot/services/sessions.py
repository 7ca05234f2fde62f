"""Changing the schedule by hand: a class is moved, cancelled, brought back or added. Shown first, done on confirmation.

Duties, readings and questions are tied to the session, and deadlines are computed from it, so all of it moves along.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from bot.core.course import Kind, Role
from bot.core.errors import CourseError
from bot.core.meetings import Meeting
from bot.core.people import Actor, require_staff
from bot.core.schedule_diff import compare
from bot.core.schedule_notices import When
from bot.core.session_edits import Wish, made, moved, read_clock, read_day
from bot.core.times import Term
from bot.services import session_desk
from bot.services.session_desk import Attached, Due, OpenVote
from bot.services.session_orders import Deed, Order, carry_out, pack, refuse_past, unpack
from bot.services.slots import day, fits
from bot.store import courses, proposals
from bot.store.courses import CourseRow
from bot.store.database import Database

_KIND = "session"
REASON_MAX = 300
TITLE_MAX = 200
ROOM_MAX = 100
_NOTHING = Attached({}, 0, ())


@dataclass(frozen=True, slots=True)
class Edit:
    """What a change does to a session, and all that comes with it.

    `before` is None where it did not take place so far, `after` where it will not. `warnings` are sentences; `late`
    the names of deadlines that will have passed already. `token` confirms it; None once it is done.
    """

    deed: Deed
    title: str
    before: When | None
    after: When | None
    dues: tuple[Due, ...]
    on_duty: dict[Role, tuple[str, ...]]
    questions: int
    votes: tuple[OpenVote, ...]
    warnings: tuple[str, ...]
    late: tuple[str, ...]
    reason: str | None
    token: str | None = None


class Sessions:
    """Single sessions by hand. `session` is always an id or a date; times are wall times in the course's zone.

    `pattern` is when classes usually meet, `term` the days it lasts. `changed` is called after a change.
    """

    def __init__(
        self, database: Database, term: Term | None, pattern: Sequence[Meeting], changed: Callable[[], None]
    ) -> None:
        self._database = database
        self._term = term
        self._pattern = tuple(pattern)
        self._changed = changed

    async def move(
        self,
        place: str,
        actor: Actor,
        session: str,
        now: datetime,
        *,
        date: str | None = None,
        start: str | None = None,
        end: str | None = None,
        room: str | None = None,
    ) -> Edit:
        """What it would be to hold a class at another time or in another room ("none" for no room).

        Raises:
            CourseError: the actor is not staff, no such class, it has begun, or the time cannot be.
        """
        require_staff(actor)
        if not (date or start or end or room):
            raise CourseError("Say what changes: give a `date`, a `start`, an `end` or a `room`.")
        said = (date, start, end, room)

        def order(tx: Connection, course: CourseRow) -> Order:
            found = session_desk.find_session(tx, course, session, self._term, now, cancelled=False)
            page = found.as_page(course.zone)
            after = moved(page, self._wish(course, now, *said))
            if not compare(page, after):
                raise CourseError(f"That is how it is already: see `/schedule` for {day(found.date)}.")
            return Order(Deed.MOVE, found.id, page, after)

        return await self._database.write(self._preview, place, actor, order, now)

    async def cancel(self, place: str, actor: Actor, session: str, now: datetime, *, reason: str | None = None) -> Edit:
        """What it would be to call a class off; it keeps its duties and questions.

        Raises:
            CourseError: the actor is not staff, no such class, it is over, or the reason is too long.
        """
        require_staff(actor)
        why = _one_line(reason, REASON_MAX, "reason")

        def order(tx: Connection, course: CourseRow) -> Order:
            found = session_desk.find_session(tx, course, session, self._term, now, cancelled=False)
            return Order(Deed.CANCEL, found.id, found.as_page(course.zone), None, why)

        return await self._database.write(self._preview, place, actor, order, now)

    async def restore(
        self,
        place: str,
        actor: Actor,
        session: str,
        now: datetime,
        *,
        date: str | None = None,
        start: str | None = None,
        end: str | None = None,
        room: str | None = None,
    ) -> Edit:
        """What it would be to hold a cancelled class after all, at its time or another.

        Raises:
            CourseError: the actor is not staff, no such cancelled class, or the time cannot be.
        """
        require_staff(actor)
        said = (date, start, end, room)

        def order(tx: Connection, course: CourseRow) -> Order:
            found = session_desk.find_session(tx, course, session, self._term, now, cancelled=True)
            page = found.as_page(course.zone)
            return Order(Deed.RESTORE, found.id, page, moved(page, self._wish(course, now, *said)))

        return await self._database.write(self._preview, place, actor, order, now)

    async def add(
        self,
        place: str,
        actor: Actor,
        kind: Kind,
        now: datetime,
        *,
        date: str,
        start: str | None = None,
        end: str | None = None,
        room: str | None = None,
        title: str | None = None,
    ) -> Edit:
        """What it would be to add a class; what is not said comes from the meeting pattern.

        Raises:
            CourseError: the actor is not staff, the time cannot be, or the title is too long.
        """
        require_staff(actor)
        name = _one_line(title, TITLE_MAX, "title")
        said = (date, start, end, room)

        def order(tx: Connection, course: CourseRow) -> Order:
            return Order(Deed.ADD, None, None, made(kind, name, self._wish(course, now, *said), self._pattern))

        return await self._database.write(self._preview, place, actor, order, now)

    async def confirm(self, place: str, actor: Actor, token: str, now: datetime) -> Edit:
        """Do what was shown.

        Raises:
            CourseError: the actor is not staff, the preview is gone, or something it showed has changed since.
        """
        require_staff(actor)
        done = await self._database.write(self._confirm, place, actor, token, now)
        self._changed()
        return done

    async def suggest(self, place: str, typed: str, now: datetime, *, cancelled: bool = False) -> list[tuple[str, str]]:
        """Label and id of each session ahead (or each `cancelled` one) that fits what was typed."""

        def found(tx: Connection) -> list[tuple[str, str]]:
            return session_desk.choices(tx, courses.at_place(tx, place), now, cancelled=cancelled)

        try:
            return [one for one in await self._database.read(found) if fits(one[0], typed)]
        except CourseError:
            return []

    def _wish(
        self, course: CourseRow, now: datetime, on: str | None, start: str | None, end: str | None, room: str | None
    ) -> Wish:
        today = now.astimezone(course.zone).date()
        return Wish(
            day=read_day(on, self._term, today) if on else None,
            starts=read_clock(start) if start else None,
            ends=read_clock(end) if end else None,
            room=_one_line(room, ROOM_MAX, "room"),
        )

    def _preview(
        self,
        tx: Connection,
        place: str,
        actor: Actor,
        read_order: Callable[[Connection, CourseRow], Order],
        now: datetime,
    ) -> Edit:
        courses.hold(tx, place=place)
        course = courses.at_place(tx, place)
        order = read_order(tx, course)
        shown = self._look(tx, course, order, now)
        token = proposals.keep(tx, course.id, _KIND, actor.key, pack(order), _digest(shown, order), now)
        return replace(shown, token=token)

    def _confirm(self, tx: Connection, place: str, actor: Actor, token: str, now: datetime) -> Edit:
        courses.hold(tx, place=place)
        course = courses.at_place(tx, place)
        payload, digest = proposals.take(tx, course.id, _KIND, token)
        order = unpack(tx, course, payload)
        shown = self._look(tx, course, order, now)
        if _digest(shown, order) != digest:
            raise CourseError(
                "Something this preview showed has changed since. Give the command again to see what it would do now."
            )
        carry_out(tx, course, order, actor.key, now)
        return shown

    def _look(self, tx: Connection, course: CourseRow, order: Order, now: datetime) -> Edit:
        """What the order does, at `now`.

        Raises:
            CourseError: the class has begun, or would begin in the past.
        """
        page = order.after or order.before
        assert page is not None
        before = session_desk.when_on(order.before, course.zone) if order.before else None
        after = session_desk.when_on(order.after, course.zone) if order.after else None
        refuse_past(order, before, after, now)
        if order.deed is Deed.RESTORE:
            before = None
        hangs = session_desk.attached(tx, course, order.session_id) if order.session_id else _NOTHING
        dues = session_desk.dues(tx, course, page, before, after)
        warnings = (
            session_desk.clashes(tx, course, order.session_id, order.after, self._pattern, self._term)
            if order.after
            else []
        )
        return Edit(
            deed=order.deed,
            title=session_desk.on_what(order.before or page),
            before=before,
            after=after,
            dues=dues,
            on_duty=hangs.on_duty,
            questions=hangs.questions,
            votes=hangs.votes,
            warnings=tuple(warnings),
            late=tuple(due.name for due in dues if due.after and due.after <= now),
            reason=order.reason,
        )


def _one_line(text: str | None, limit: int, what: str) -> str | None:
    """Raises CourseError when it is longer than `limit`."""
    line = " ".join((text or "").split()) or None
    if line and len(line) > limit:
        raise CourseError(f"A {what} has at most {limit} characters; this one has {len(line)}.")
    return line


def _digest(shown: Edit, order: Order) -> str:
    """Of everything shown but what the passing of time alone changes."""
    return hashlib.sha256(repr((replace(shown, late=(), token=None), order)).encode()).hexdigest()
