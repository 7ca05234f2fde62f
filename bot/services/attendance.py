"""Attendance: staff hold the check-in of a class, students check in, nobody but staff sees who is there."""

from __future__ import annotations

from datetime import datetime

from bot.core.errors import CourseError
from bot.core.people import Actor, require_staff
from bot.services import attendance_desk, check_in_box, panel_desk
from bot.services.attendance_desk import Discard, Roll, Sheet
from bot.services.check_in_box import Arrival, CheckedIn
from bot.services.vote_desk import Named
from bot.store.batch import Batches
from bot.store.database import Database


class Attendance:
    """Requests are judged at `now`, the moment the platform received them. `base` is where the projector's pages are,
    None while the web server is off."""

    def __init__(self, database: Database, batches: Batches, base: str | None) -> None:
        self._database = database
        self._batches = batches
        self._base = base

    # -- students ----------------------------------------------------------------------------------------------

    async def check_in(self, place: str, actor: Actor, code: str, now: datetime) -> CheckedIn:
        """Check the actor in. On return it is durable.

        Raises:
            CourseError: not in the course, nothing open, a wrong code, or too many of them.
        """
        return await self._batches.put(check_in_box.check_in, Arrival(place, actor, code, now))

    # -- staff -------------------------------------------------------------------------------------------------

    async def open(self, place: str, actor: Actor, session: str | None, now: datetime) -> Sheet:
        """The check-in of a class (its id or date; None: the one on now), opened if there was none.

        Raises:
            CourseError: not staff, no such class, or it is too early.
        """
        require_staff(actor)
        return await self._database.write(attendance_desk.open, place, actor, session, self._base, now)

    async def sheet(self, place: str, actor: Actor, session_id: int, now: datetime) -> Sheet:
        """The check-in of a class as it stands.

        Raises:
            CourseError: not staff, or it has none.
        """
        require_staff(actor)
        return await self._database.read(attendance_desk.look, place, session_id, self._base, now)

    async def close(self, place: str, actor: Actor, session_id: int, now: datetime) -> Sheet:
        """Take no more codes.

        Raises:
            CourseError: not staff, or the class has no check-in.
        """
        require_staff(actor)
        return await self._database.write(attendance_desk.close, place, actor, session_id, self._base, now)

    async def reopen(self, place: str, actor: Actor, session_id: int, now: datetime) -> Sheet:
        """Take codes again, for as long as a new check-in does.

        Raises:
            CourseError: not staff, or the class has no check-in.
        """
        require_staff(actor)
        return await self._database.write(attendance_desk.reopen, place, actor, session_id, self._base, now)

    async def mark(
        self, place: str, actor: Actor, session: str | None, who: str, now: datetime, *, there: bool
    ) -> Sheet:
        """Mark a student (a suggestion, name or login) as there or not there, whether or not the check-in is open.

        Raises:
            CourseError: not staff, no such class or student, or the class has no check-in.
        """
        require_staff(actor)
        return await self._database.write(attendance_desk.mark, place, actor, session, who, there, self._base, now)

    async def roll(self, place: str, actor: Actor, session_id: int) -> Roll:
        """Who is in and who is not.

        Raises:
            CourseError: not staff, or the class has no check-in.
        """
        require_staff(actor)
        return await self._database.read(attendance_desk.roll, place, session_id)

    async def preview_discard(self, place: str, actor: Actor, session_id: int, now: datetime) -> Discard:
        """What forgetting a check-in that was opened by mistake would lose.

        Raises:
            CourseError: not staff, or the class has no check-in.
        """
        require_staff(actor)
        return await self._database.write(attendance_desk.preview_discard, place, actor, session_id, now)

    async def confirm_discard(self, place: str, actor: Actor, token: str, now: datetime) -> Discard:
        """Forget it: the class then counts for nobody.

        Raises:
            CourseError: not staff, the preview is gone, or more have checked in since.
        """
        require_staff(actor)
        return await self._database.write(attendance_desk.confirm_discard, place, actor, token, now)

    async def session_names(self, place: str, typed: str, now: datetime) -> list[Named]:
        """The classes whose name contains `typed`, the nearest first; empty where there is no course."""
        try:
            return await self._database.read(panel_desk.session_names, place, typed, now)
        except CourseError:
            return []
