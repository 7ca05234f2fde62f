"""Summaries: written together (`summary_drafts`) and handed in, or given as a link."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import Connection

from bot.core.deadlines import Work
from bot.core.errors import CourseError
from bot.core.links import read_link
from bot.core.people import Actor
from bot.core.receipts import Content
from bot.services import summary_drafts
from bot.services.hand_in_desk import Late, Received, confirm_late, put, put_or_ask, received, task
from bot.services.summary_drafts import Form, Writing
from bot.store import courses, hand_ins
from bot.store.database import Database


class Summaries:
    """Every request is judged at `at`, the moment the platform received it. `changed` is called when there is something
    to tell."""

    def __init__(self, database: Database, changed: Callable[[], None]) -> None:
        self._database = database
        self._changed = changed

    async def form(self, place: str, actor: Actor, session: str | int, page: int, at: datetime) -> Form:
        """A form with what the group has written so far.

        Raises:
            CourseError: no such class, not theirs to summarise, or the course wants a link or a file.
        """
        return await self._database.read(summary_drafts.form, place, actor, session, page, at)

    async def save(
        self,
        place: str,
        actor: Actor,
        session_id: int,
        template: str,
        typed: Mapping[int, tuple[str, str]],
        at: datetime,
    ) -> Writing:
        """Keep what was typed in a form of `template`: by number of the heading, the stamp of what it was opened with
        and the text.

        What somebody else wrote meanwhile stays, and comes back with one's own text as a clash.

        Raises:
            CourseError: not theirs to summarise.
        """
        return await self._database.write(summary_drafts.save, place, actor, session_id, template, typed, at)

    async def writing(self, place: str, actor: Actor, session_id: int, at: datetime) -> Writing:
        """The summary as it stands.

        Raises:
            CourseError: not theirs to summarise.
        """
        return await self._database.read(_writing, place, actor, session_id, at)

    async def hand_in(
        self, place: str, actor: Actor, session_id: int, mark: str, late: bool, at: datetime, interaction_id: str
    ) -> Received | Writing:
        """Hand in what was shown under this mark, as late if it was said to be `late`.

        What has changed meanwhile, or has become late, is shown again instead.

        Raises:
            CourseError: not theirs to summarise, or nothing is written.
        """
        done = await self._database.write(_hand_in, place, actor, session_id, mark, late, at, interaction_id)
        self._changed()
        return done

    async def submit_link(
        self, place: str, actor: Actor, session: str, link: str, at: datetime, interaction_id: str
    ) -> Received | Late:
        """Hand in a link; after the deadline it waits for `confirm_late`.

        Raises:
            CourseError: no such class, not theirs to summarise, no link, or the course wants a file.
        """
        done = await self._database.write(_submit_link, place, actor, session, link, at, interaction_id)
        self._changed()
        return done

    async def confirm_late(self, place: str, actor: Actor, token: str, at: datetime, interaction_id: str) -> Received:
        """Hand in a link or a file that came late.

        Raises:
            CourseError: it is done with, somebody else's, no longer theirs to summarise, or its file is kept no longer.
        """
        done = await self._database.write(confirm_late, place, actor, token, at, interaction_id)
        self._changed()
        return done

    async def set_draft(
        self, place: str, actor: Actor, session_id: int, heading: str | None, text: str, at: datetime
    ) -> Writing:
        """Put a text under a heading (None: the last one, on the discussion in class), below what is there already.

        Raises:
            CourseError: not theirs to summarise, no such heading, or it would not fit below what is there.
        """
        return await self._database.write(summary_drafts.set_draft, place, actor, session_id, heading, text, at)


def _writing(tx: Connection, place: str, actor: Actor, session_id: int, at: datetime) -> Writing:
    return summary_drafts.writing(tx, task(tx, place, actor, Work.SUMMARY, session_id), at)


def _hand_in(
    tx: Connection,
    place: str,
    actor: Actor,
    session_id: int,
    mark: str,
    late: bool,
    at: datetime,
    interaction_id: str,
) -> Received | Writing:
    courses.hold(tx, place=place)
    mine = task(tx, place, actor, Work.SUMMARY, session_id)
    writing = summary_drafts.writing(tx, mine, at)
    known = hand_ins.by_interaction(tx, mine.course.id, interaction_id)
    if known is None and (writing.mark != mark or writing.late != late):
        return writing
    content = known.content if known else Content(parts=writing.written)
    return received(mine, put(tx, mine, at, interaction_id, content), content)


def _submit_link(
    tx: Connection, place: str, actor: Actor, session: str, text: str, at: datetime, interaction_id: str
) -> Received | Late:
    courses.hold(tx, place=place)
    mine = task(tx, place, actor, Work.SUMMARY, session)
    choice, _ = summary_drafts.template_of(tx, mine)
    if choice == "file":
        raise CourseError("In this course a summary is handed in as a file: give the option `file`.")
    link = read_link(text)
    return put_or_ask(tx, mine, actor, at, interaction_id, Content(link=link.url), link.hint)
