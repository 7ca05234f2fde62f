"""Voting: staff open, close and call off; students vote; everybody sees what came out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.core.ballots import Method
from bot.core.errors import CourseError
from bot.core.people import Actor, require_staff
from bot.services import ballot_box, vote_desk
from bot.services.ballot_box import Cast, Panel, Press
from bot.services.vote_desk import Closed, Live, Named, Opened, Standings, Voided, VoidPreview
from bot.store import votes
from bot.store.batch import Batches
from bot.store.database import Database


class Votes:
    """Every request is judged at `at`, the moment the platform received it. `changed` is called when something that
    messages depend on has changed."""

    def __init__(self, database: Database, batches: Batches, changed: Callable[[], None]) -> None:
        self._database = database
        self._batches = batches
        self._changed = changed

    # -- students ----------------------------------------------------------------------------------------------

    async def cast(self, place: str, actor: Actor, vote_id: int, choices: tuple[int, ...], at: datetime) -> Cast:
        """Cast a ballot, in place of an earlier one. On return it is durable.

        Raises:
            CourseError: it does not count: no such vote, closed, not eligible, one's own group, too many choices.
        """
        press = Press(place, actor.platform, actor.user_id, vote_id, choices, at)
        return await self._batches.put(ballot_box.cast, press)

    async def panel(self, place: str, actor: Actor, vote_id: int, at: datetime) -> Panel:
        """The actor's ballot paper.

        Raises:
            CourseError: they may not vote, and why.
        """
        return await self._database.read(ballot_box.panel, place, actor, vote_id, at)

    async def find_open(self, place: str, typed: str | None, now: datetime) -> int:
        """The open vote that `typed` (an id, or a part of its title) means; the only one when nothing was typed.

        Raises:
            CourseError: none is open, or it could be several.
        """
        return await self._database.read(vote_desk.find_open, place, typed, now)

    async def open_names(self, place: str, typed: str, now: datetime) -> list[Named]:
        """The open votes whose title contains `typed`; empty where there is no course."""
        try:
            return await self._database.read(vote_desk.open_names, place, typed, now)
        except CourseError:
            return []

    # -- staff -------------------------------------------------------------------------------------------------

    async def open_session(self, place: str, actor: Actor, session: str, closes: str | None, now: datetime) -> Opened:
        """Open the vote about a session (its id). `closes` is "2h" from now, or "2024-01-25 18:00" course time.

        Raises:
            CourseError: not staff, no such session, a vote is there, no candidates, no voters, a bad time.
        """
        require_staff(actor)
        opened = await self._database.write(vote_desk.open_session, place, actor, session, closes, now)
        self._changed()
        return opened

    async def open_poll(
        self, place: str, actor: Actor, question: str, choices: str, method: Method, hours: float, now: datetime
    ) -> Opened:
        """Ask everyone in the course. `choices` are separated by semicolons.

        Raises:
            CourseError: not staff, fewer than 2 or more than 20 choices, two alike, or one that is too long.
        """
        require_staff(actor)
        labels = vote_desk.read_choices(choices)
        opened = await self._database.write(
            vote_desk.open_poll, place, actor, question.strip(), labels, method, hours, now
        )
        self._changed()
        return opened

    async def close(self, place: str, actor: Actor, vote_id: str, now: datetime) -> Closed:
        """Close a vote now; its ballots are counted and destroyed.

        Raises:
            CourseError: not staff, no such vote, or it is not open.
        """
        require_staff(actor)
        closed = await self._database.write(vote_desk.close, place, actor, vote_id, now)
        self._changed()
        return closed

    async def preview_void(self, place: str, actor: Actor, vote_id: str, reason: str, now: datetime) -> VoidPreview:
        """What calling off a vote would do; nothing is changed.

        Raises:
            CourseError: not staff, no such vote, or it is void already.
        """
        require_staff(actor)
        return await self._database.write(vote_desk.preview_void, place, actor, vote_id, reason, now)

    async def confirm_void(self, place: str, actor: Actor, token: str, now: datetime) -> Voided:
        """Call off the previewed vote.

        Raises:
            CourseError: not staff, the preview is gone, or the vote has changed since.
        """
        require_staff(actor)
        done = await self._database.write(vote_desk.confirm_void, place, actor, token, now)
        self._changed()
        return done

    async def standings(self, place: str, actor: Actor) -> Standings:
        """The standings over the term.

        Raises:
            CourseError: not staff, or no course here.
        """
        require_staff(actor)
        return await self._database.read(vote_desk.standings, place)

    async def session_names(self, place: str, typed: str, now: datetime) -> list[Named]:
        """Sessions with groups to vote for and no vote yet, those nearest to `now` first."""
        try:
            return await self._database.read(vote_desk.session_names, place, typed, now)
        except CourseError:
            return []

    async def names(self, place: str, typed: str) -> list[Named]:
        """Votes that are not void, the newest first."""
        try:
            return await self._database.read(vote_desk.names, place, typed)
        except CourseError:
            return []

    # -- the posted message ------------------------------------------------------------------------------------

    async def live(self, vote_id: int) -> Live | None:
        """A vote with its turnout and its posted message; None when there is none, or it is not posted yet."""
        return await self._database.read(vote_desk.live, vote_id)

    async def ended_since(self, since: datetime) -> list[int]:
        """The votes that were closed or called off at `since` or later."""
        return await self._database.read(votes.ended_since, since)
