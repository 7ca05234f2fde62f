"""Summaries: written together (`summary_drafts`) and handed in, or given as a link."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.core.deadlines import Work
from bot.core.errors import CourseError
from bot.core.links import read_link
from bot.core.people import Actor
from bot.core.questions import on_time
from bot.core.receipts import Content
from bot.services import summary_drafts
from bot.services.hand_in_desk import Received, put, received, task
from bot.services.summary_drafts import Form, Writing
from bot.store import courses, hand_ins, proposals
from bot.store.database import Database

_LATE = "late summary"
"""The kind of a kept link that waits for its sender to say that it shall count as late."""


@dataclass(frozen=True, slots=True)
class LateLink:
    """A link that came after the deadline: handed in only if the sender says so (`token`)."""

    token: str
    title: str
    due_at: datetime
    link: str
    hint: str | None


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
    ) -> Received | LateLink:
        """Hand in a link; after the deadline it waits for `confirm_link`.

        Raises:
            CourseError: no such class, not theirs to summarise, no link, or the course wants a file.
        """
        done = await self._database.write(_submit_link, place, actor, session, link, at, interaction_id)
        self._changed()
        return done

    async def confirm_link(self, place: str, actor: Actor, token: str, at: datetime, interaction_id: str) -> Received:
        """Hand in a late link.

        Raises:
            CourseError: it is done with, somebody else's, or no longer theirs to summarise.
        """
        done = await self._database.write(_confirm_link, place, actor, token, at, interaction_id)
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
) -> Received | LateLink:
    courses.hold(tx, place=place)
    mine = task(tx, place, actor, Work.SUMMARY, session)
    choice, _ = summary_drafts.template_of(tx, mine)
    if choice == "file":
        raise CourseError("In this course a summary is handed in as a file: give the option `file`.")
    link = read_link(text)
    if not on_time(at, mine.subject.due_at):
        payload = json.dumps([actor.key, mine.subject.about, link.url]).encode()
        digest = hashlib.sha256(payload).hexdigest()
        token = proposals.keep(tx, mine.course.id, _LATE, actor.key, payload, digest, at)
        return LateLink(token, mine.subject.title, mine.subject.due_at, link.url, link.hint)
    content = Content(link=link.url)
    return received(mine, put(tx, mine, at, interaction_id, content), content, link.hint)


def _confirm_link(tx: Connection, place: str, actor: Actor, token: str, at: datetime, interaction_id: str) -> Received:
    courses.hold(tx, place=place)
    course = courses.at_place(tx, place)
    payload, _ = proposals.kept(tx, course.id, _LATE, token)
    key, session_id, url = json.loads(payload)
    if key != actor.key:
        raise CourseError("Somebody else gave this link. Give yours with `/submit-summary`.")
    mine = task(tx, place, actor, Work.SUMMARY, int(session_id))
    content = Content(link=url)
    done = received(mine, put(tx, mine, at, interaction_id, content), content, read_link(url).hint)
    proposals.forget(tx, course.id, token)
    return done
