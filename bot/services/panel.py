"""The panel in class: staff put questions on the table, people take notes, the projector shows it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.core.errors import CourseError
from bot.core.people import Actor, require_staff
from bot.services import panel_desk, panel_screen
from bot.services.panel_parts import Closed, FollowedUp, Mark, Marked, Notes, Opened, Put
from bot.services.panel_screen import Screen
from bot.services.vote_desk import Named
from bot.store.database import Database
from bot.store.panels import PanelRow


class Panels:
    """`base` is where the projector's pages are, None while the web server is off. Requests are judged at `now`, the
    moment the platform received them."""

    def __init__(self, database: Database, base: str | None) -> None:
        self._database = database
        self._base = base
        self._watchers: list[Callable[[str], None]] = []

    def watch(self, act: Callable[[str], None]) -> None:
        """Call `act` with a panel's token whenever somebody has changed what its projector shows."""
        self._watchers.append(act)

    def _changed(self, panel: PanelRow) -> None:
        for act in self._watchers:
            act(panel.projector)

    # -- staff -------------------------------------------------------------------------------------------------

    async def open(self, place: str, actor: Actor, session: str, now: datetime) -> Opened:
        """Open the panel of a session (its id); asked again, the same panel.

        Raises:
            CourseError: not staff, or no such session.
        """
        require_staff(actor)
        panel = await self._database.write(panel_desk.open_panel, place, actor, session, now)
        self._changed(panel)
        return await self._database.read(panel_desk.opened, panel.course_id, panel.session_id, self._base)

    async def tie(self, place: str, actor: Actor, session_id: int, thread: str, instead_of: str | None) -> str | None:
        """Keep which thread (the platform's id) is the panel's, in place of `instead_of`; which one is now.

        Raises:
            CourseError: not staff.
        """
        require_staff(actor)
        return await self._database.write(panel_desk.tie, place, session_id, thread, instead_of)

    async def next(self, place: str, actor: Actor, session: str | None, after: int | None, now: datetime) -> Put:
        """Put the next question on the table. `after` is the question whose button was pressed, 0 for none.

        Raises:
            CourseError: not staff, no open panel, no question waits, or somebody has pressed already.
        """
        require_staff(actor)
        put, panel = await self._database.write(panel_desk.next_question, place, session, after, now)
        self._changed(panel)
        return put

    async def mark(self, place: str, actor: Actor, question_id: int, state: Mark, now: datetime) -> Marked:
        """Say what became of a question that was asked; it can be said again, otherwise.

        Raises:
            CourseError: not staff, the panel is over, or the question was withdrawn or not asked yet.
        """
        require_staff(actor)
        marked, panel = await self._database.write(panel_desk.mark, place, question_id, state, now)
        self._changed(panel)
        return marked

    async def close(self, place: str, actor: Actor, session: str | None, now: datetime) -> Closed:
        """End the panel of a session; without one, the panel that is open.

        Raises:
            CourseError: not staff, or no such panel is open.
        """
        require_staff(actor)
        closed, panel = await self._database.write(panel_desk.close, place, actor, session, now)
        self._changed(panel)
        return closed

    async def session_names(self, place: str, typed: str, now: datetime) -> list[Named]:
        """The classes whose name contains `typed`, the nearest first; empty where there is no course."""
        try:
            return await self._database.read(panel_desk.session_names, place, typed, now)
        except CourseError:
            return []

    async def names(self, place: str, typed: str, *, only_open: bool) -> list[Named]:
        """The panels whose class's name contains `typed`, the newest first; empty where there is no course."""
        try:
            return await self._database.read(panel_desk.panel_names, place, typed, only_open=only_open)
        except CourseError:
            return []

    # -- everyone ----------------------------------------------------------------------------------------------

    async def note(
        self,
        place: str,
        actor: Actor,
        session_id: int,
        question_id: int | None,
        text: str,
        interaction_id: str,
        now: datetime,
    ) -> None:
        """Keep a note for those who write the summary; the same submission twice is one note.

        Raises:
            CourseError: not in the course, no panel, nothing in it, or too long.
        """
        await self._database.write(panel_desk.note, place, actor, session_id, question_id, text, interaction_id, now)

    async def follow_up(
        self, place: str, actor: Actor, question_id: int, text: str, interaction_id: str, now: datetime
    ) -> FollowedUp:
        """Keep what somebody adds to a question; the same submission twice is one follow-up.

        Raises:
            CourseError: not in the course, the panel is over, nothing in it, or too long.
        """
        return await self._database.write(panel_desk.follow_up, place, actor, question_id, text, interaction_id, now)

    async def notes(self, place: str, actor: Actor, session: str | None) -> Notes:
        """What was written down in a session; without one, in that of the newest panel.

        Raises:
            CourseError: there was no panel, or the actor is neither staff nor writes the summary.
        """
        return await self._database.read(panel_desk.notes, place, actor, session)

    # -- the projector -----------------------------------------------------------------------------------------

    async def screen(self, token: str, now: datetime) -> Screen | None:
        """What the projector with this secret shows; None when there is no such panel."""
        return await self._database.read(panel_screen.screen, token, now)
