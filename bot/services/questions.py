"""Questions to the papers of a class: asking, voting for them, the board, who owes one, the digest."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime

from bot.core.errors import CourseError
from bot.core.people import Actor, require_staff
from bot.core.question_notices import Digest
from bot.core.questions import clean_text
from bot.core.similar import most_similar
from bot.services import question_asking, question_boards, question_box
from bot.services.question_asking import Form, MyClass, Receipt, Similar, Withdrawn
from bot.services.question_boards import Board, Grouped, Order, Owed
from bot.services.question_box import Submission, Upvote
from bot.services.question_desk import Named
from bot.store.batch import Batches
from bot.store.database import Database

ALIKE = 0.35
"""From this likeness on a question is shown to somebody who asks much the same."""
SHOWN = 3


class Questions:
    """Every request is judged at `at`, the moment the platform received it, against the cut-off as it is now."""

    def __init__(self, database: Database, batches: Batches) -> None:
        self._database = database
        self._batches = batches
        self._comparing = asyncio.Lock()

    # -- asking ------------------------------------------------------------------------------------------------

    async def form(self, place: str, actor: Actor, session: str | None, paper: str | None, at: datetime) -> Form:
        """What a question would be to: the class (the next one by default) and the paper (one still owed by default).

        Raises:
            CourseError: no such class or paper, it takes no questions any more, not in the course, a guest.
        """
        return await self._database.read(question_asking.form, place, actor, session, paper, at)

    async def ask(
        self, place: str, actor: Actor, session_id: int, reading_id: int, text: str, at: datetime, interaction_id: str
    ) -> Receipt:
        """Keep a question; on return it is durable. The same interaction again changes nothing.

        Raises:
            CourseError: no text, too long, taken no more, no such paper, not in the course, a guest.
        """
        submission = Submission(place, actor, session_id, reading_id, clean_text(text), at, interaction_id)
        question_id = await self._batches.put(question_box.ask, submission)
        return await self.receipt(place, actor, question_id, at)

    async def receipt(self, place: str, actor: Actor, question_id: int, at: datetime) -> Receipt:
        """One of the actor's questions as it stands.

        Raises:
            CourseError: there is none, or it is somebody else's.
        """
        return await self._database.read(question_asking.receipt, place, actor, question_id, at)

    async def edit_form(self, place: str, actor: Actor, question_id: int, at: datetime) -> Form:
        """The form to change a question.

        Raises:
            CourseError: not theirs, or the cut-off has passed.
        """
        return await self._database.read(question_asking.edit_form, place, actor, question_id, at)

    async def edit(self, place: str, actor: Actor, question_id: int, text: str, at: datetime) -> Receipt:
        """Change a question; when it was asked stays.

        Raises:
            CourseError: no text, too long, not theirs, or the cut-off has passed.
        """
        await self._database.write(question_asking.edit, place, actor, question_id, clean_text(text), at)
        return await self.receipt(place, actor, question_id, at)

    async def withdraw(self, place: str, actor: Actor, question_id: int, at: datetime) -> Withdrawn:
        """Take a question back.

        Raises:
            CourseError: not theirs, or the cut-off has passed.
        """
        return await self._database.write(question_asking.withdraw, place, actor, question_id, at)

    async def support(self, place: str, actor: Actor, question_id: int, other_id: int, at: datetime) -> Receipt:
        """Say that one's own question asks the same as another one; both authors keep the credit.

        Raises:
            CourseError: not theirs, the other is gone, or the class takes no questions any more.
        """
        await self._database.write(question_asking.support, place, actor, question_id, other_id, at)
        return await self.receipt(place, actor, question_id, at)

    async def mine(self, place: str, actor: Actor, at: datetime) -> list[MyClass]:
        """The actor's questions by class, and what they owe for the next classes.

        Raises:
            CourseError: no course here, or not in it.
        """
        return await self._database.read(question_asking.mine, place, actor, at)

    async def alike(self, place: str, actor: Actor, question_id: int, at: datetime) -> Receipt | None:
        """The receipt of one's question with those of others that ask much the same; None when there are none.

        Of 300 long questions it takes a tenth of a second, so it is asked for after the receipt has gone out, and one
        at a time in a thread.
        """
        text, theirs, named = await self._database.read(question_asking.others, place, question_id)
        if not theirs:
            return None
        others = {key: one.text for key, one in theirs.items()}
        async with self._comparing:
            found = await asyncio.to_thread(most_similar, text, others, 10, ALIKE)
        heads: dict[int, int] = {}
        for key, _ in found:
            heads.setdefault(theirs[key].head_id, key)
        similar = [
            Similar(key, theirs[key].text, theirs[key].author if named or actor.staff else None)
            for key in list(heads.values())[:SHOWN]
        ]
        try:
            # As it is now: they may have changed it in the meantime, or withdrawn it.
            receipt = await self.receipt(place, actor, question_id, at)
        except CourseError:
            return None
        return replace(receipt, similar=tuple(similar)) if similar and not receipt.question.under else None

    # -- the board ---------------------------------------------------------------------------------------------

    async def upvote(self, place: str, actor: Actor, question_id: int, wanted: bool, at: datetime) -> None:
        """Vote for a question, or take the vote back; again changes nothing. On return it is durable.

        Raises:
            CourseError: one's own, no longer there, the class is over, not in the course, a guest.
        """
        await self._batches.put(question_box.upvote, Upvote(place, actor, question_id, wanted, at))

    async def board(
        self,
        place: str,
        actor: Actor,
        session: str | None,
        at: datetime,
        reading_id: int | None = None,
        order: Order = "votes",
        page: int = 0,
    ) -> Board:
        """A page of the questions to a class; names only for staff, or where the policy shows them.

        Raises:
            CourseError: no such class, or not in the course.
        """
        return await self._database.read(question_boards.board, place, actor, session, reading_id, order, page, at)

    async def board_with(
        self, place: str, actor: Actor, question_id: int, at: datetime, order: Order, page: int
    ) -> Board:
        """The board of the paper that a question is about.

        Raises:
            CourseError: no such question, or not in the course.
        """
        return await self._database.read(question_boards.board_with, place, actor, question_id, order, page, at)

    # -- staff -------------------------------------------------------------------------------------------------

    async def owed(self, place: str, actor: Actor, session: str | None, at: datetime) -> Owed:
        """Who still owes a question for a class.

        Raises:
            CourseError: not staff, or no such class.
        """
        require_staff(actor)
        return await self._database.read(question_boards.owed, place, session, at)

    async def digest(self, place: str, actor: Actor, session: str | None, at: datetime) -> Digest:
        """All questions of a class as they stand, with names.

        Raises:
            CourseError: not staff, or no such class.
        """
        require_staff(actor)
        return await self._database.read(question_boards.digest_now, place, session, at)

    async def group(self, place: str, actor: Actor, question: str, under: str | None, at: datetime) -> Grouped:
        """Put a question (its id) under another about the same paper, or, without one, out of its group.

        Raises:
            CourseError: not staff, no such question, or about different papers.
        """
        require_staff(actor)
        return await self._database.write(question_boards.group, place, actor, question, under, at)

    # -- suggestions: empty where there is no course -------------------------------------------------------------

    async def class_names(self, place: str, typed: str, now: datetime, *, all_: bool = False) -> list[Named]:
        """Classes with papers that still take questions, or all of them."""
        try:
            return await self._database.read(question_asking.class_names, place, typed, now, all_=all_)
        except CourseError:
            return []

    async def paper_names(
        self, place: str, actor: Actor, session: str | None, typed: str, now: datetime
    ) -> list[Named]:
        """The papers of a class, the required ones first."""
        try:
            return await self._database.read(question_asking.paper_names, place, actor, session, typed, now)
        except CourseError:
            return []

    async def texts(
        self,
        place: str,
        actor: Actor,
        typed: str,
        now: datetime,
        *,
        grouped: bool | None = None,
        beside: str | None = None,
    ) -> list[Named]:
        """Questions by their text, for staff only; with `grouped`, those that stand under another, or do not; with
        `beside`, the others about the paper of that question (its id)."""
        if not actor.staff:
            return []
        try:
            return await self._database.read(question_boards.texts, place, typed, now, grouped=grouped, beside=beside)
        except CourseError:
            return []
