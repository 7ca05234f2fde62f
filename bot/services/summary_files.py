"""Summaries that are handed in as a file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection

from bot.core.deadlines import Work
from bot.core.errors import CourseError
from bot.core.files import SUMMARY
from bot.core.people import Actor
from bot.core.receipts import Content
from bot.services import summary_drafts
from bot.services.files import FileService, Upload
from bot.services.hand_in_desk import Late, Received, Task, put_or_ask, task
from bot.store import courses
from bot.store.database import Database


class SummaryFiles:
    """`changed` is called when there is something to tell."""

    def __init__(self, database: Database, files: FileService, changed: Callable[[], None]) -> None:
        self._database = database
        self._files = files
        self._changed = changed

    async def check(self, place: str, actor: Actor, session: str) -> None:
        """Whether the actor may hand in a file for this class, before it is fetched.

        Raises:
            CourseError: no such class, not theirs to summarise, or the course wants a link.
        """
        await self._database.read(_task, place, actor, session)

    async def submit(
        self, place: str, actor: Actor, session: str, file: Upload, at: datetime, interaction_id: str
    ) -> Received | Late:
        """Hand in a PDF, a text, Markdown or a Word document; after the deadline it waits for
        `Summaries.confirm_late`.

        Raises:
            CourseError: as `check`, or the file is not taken.
        """
        content = Content(files=await self._files.keep(place, [(file, SUMMARY)], at))
        done = await self._database.write(_submit, place, actor, session, content, at, interaction_id)
        self._changed()
        return done


def _task(tx: Connection, place: str, actor: Actor, session: str) -> Task:
    mine = task(tx, place, actor, Work.SUMMARY, session)
    choice, _ = summary_drafts.template_of(tx, mine)
    if choice == "link":
        raise CourseError("In this course a summary is handed in as a link: give the option `link`.")
    return mine


def _submit(
    tx: Connection, place: str, actor: Actor, session: str, content: Content, at: datetime, interaction_id: str
) -> Received | Late:
    courses.hold(tx, place=place)
    mine = _task(tx, place, actor, session)
    return put_or_ask(tx, mine, actor, at, interaction_id, content)
