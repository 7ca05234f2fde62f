"""Summaries: written together under the template's headings, or given as a link; nothing typed is ever lost."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.core import summaries
from bot.core.deadlines import Work
from bot.core.errors import CourseError
from bot.core.hand_ins import counting
from bot.core.links import read_link
from bot.core.people import Actor
from bot.core.policy import SUMMARY_TEMPLATE
from bot.core.questions import on_time
from bot.core.receipts import Content, Receipt, from_json
from bot.core.summaries import TEXT_MAX, Heading
from bot.services.hand_in_desk import Received, Task, put, received, task
from bot.store import courses, drafts, hand_ins, proposals
from bot.store.database import Database
from bot.store.drafts import DraftRow

_LATE = "late summary"
"""The kind of a kept link that waits for its sender to say that it shall count as late."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form: its heading, what is there now, and the mark of that (`summaries.stamp`)."""

    heading: Heading
    text: str
    stamp: str


@dataclass(frozen=True, slots=True)
class Form:
    """One form of `pages`, the first being 0, for the summary of a class; `template` is the policy it was made by, and
    `first` the number of its first heading."""

    session_id: int
    template: str
    title: str
    page: int
    pages: int
    first: int
    due_at: datetime
    late: bool
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Clash:
    """A heading under which somebody else wrote meanwhile: their text stays, and `mine` was not put in its place."""

    heading: str
    writer: str
    theirs: str
    mine: str


@dataclass(frozen=True, slots=True)
class Writing:
    """A summary in the making: what is written, what is `missing`, and what would happen to it if handed in now.

    `mark` stands for exactly this text. `before` is the receipt of the version that counts so far.
    """

    session_id: int
    title: str
    group: str | None
    template: tuple[Heading, ...]
    pages: int
    written: tuple[tuple[str, str], ...]
    writers: Mapping[str, str]
    missing: tuple[str, ...]
    due_at: datetime
    late: bool
    mark: str
    before: Receipt | None = None
    clashes: tuple[Clash, ...] = ()


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
        return await self._database.read(_form, place, actor, session, page, at)

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
        return await self._database.write(_save, place, actor, session_id, template, typed, at)

    async def writing(self, place: str, actor: Actor, session_id: int, at: datetime) -> Writing:
        """The summary as it stands.

        Raises:
            CourseError: not theirs to summarise.
        """
        return await self._database.read(lambda tx: _writing(tx, task(tx, place, actor, Work.SUMMARY, session_id), at))

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
        return await self._database.write(_set_draft, place, actor, session_id, heading, text, at)


def _template(tx: Connection, mine: Task) -> tuple[str, tuple[Heading, ...]]:
    choice = courses.in_force(tx, mine.course.id)[SUMMARY_TEMPLATE]
    return choice, summaries.TEMPLATES[choice]


def _drafts(tx: Connection, mine: Task) -> dict[str, DraftRow]:
    return drafts.of_owner(tx, mine.subject.about, mine.group_id, mine.person_id)


def _headings(tx: Connection, mine: Task) -> tuple[str, tuple[Heading, ...]]:
    """The template's name, and the headings to be written under.

    Raises:
        CourseError: in this course nothing is written here.
    """
    choice, template = _template(tx, mine)
    if not template:
        raise CourseError(f"In this course a summary is handed in as a {choice}: give the option `{choice}`.")
    return choice, template


def _form(tx: Connection, place: str, actor: Actor, session: str | int, page: int, at: datetime) -> Form:
    mine = task(tx, place, actor, Work.SUMMARY, session)
    choice, template = _headings(tx, mine)
    pages = summaries.pages(template)
    page = min(page, len(pages) - 1)
    there = _drafts(tx, mine)
    texts = [there[one.title].text if one.title in there else "" for one in pages[page]]
    fields = tuple(
        Field(heading, text, summaries.stamp(text)) for heading, text in zip(pages[page], texts, strict=True)
    )
    subject = mine.subject
    late = not on_time(at, subject.due_at)
    first = sum(map(len, pages[:page]))
    return Form(subject.about, choice, subject.title, page, len(pages), first, subject.due_at, late, fields)


def _writing(tx: Connection, mine: Task, at: datetime, clashes: tuple[Clash, ...] = ()) -> Writing:
    _, template = _template(tx, mine)
    there = _drafts(tx, mine)
    texts = {title: row.text for title, row in there.items()}
    written = summaries.parts(template, texts)
    subject = mine.subject
    versions = hand_ins.of_owner(tx, mine.course.id, Work.SUMMARY, subject.about, mine.group_id, mine.person_id)
    counts = counting(versions, subject.due_at)
    return Writing(
        session_id=subject.about,
        title=subject.title,
        group=mine.group,
        template=template,
        pages=len(summaries.pages(template)),
        written=written,
        writers={title: row.writer for title, row in there.items()},
        missing=summaries.missing(template, texts),
        due_at=subject.due_at,
        late=not on_time(at, subject.due_at),
        mark=Content(parts=written).digest()[:16],
        before=from_json(counts.receipt) if counts else None,
        clashes=clashes,
    )


def _save(
    tx: Connection,
    place: str,
    actor: Actor,
    session_id: int,
    template: str,
    typed: Mapping[int, tuple[str, str]],
    at: datetime,
) -> Writing:
    courses.hold(tx, place=place)
    mine = task(tx, place, actor, Work.SUMMARY, session_id)
    # The form's own headings: the staff may have chosen others while it stood open.
    headings, there = summaries.TEMPLATES[template], _drafts(tx, mine)
    clashes = []
    for number, (seen, raw) in sorted(typed.items()):
        heading, text = headings[number].title, raw.replace("\x00", "").strip()
        row = there.get(heading)
        now = row.text if row else ""
        if summaries.overwrites(text, now, seen):
            clashes.append(Clash(heading, row.writer if row else "", now, text))
        elif summaries.keeps(text, now, seen):
            _put(tx, mine, heading, text, at)
    return _writing(tx, mine, at, tuple(clashes))


def _put(tx: Connection, mine: Task, heading: str, text: str, at: datetime) -> None:
    drafts.put(tx, mine.course.id, mine.subject.about, mine.group_id, mine.person_id, heading, text, at)


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
    writing = _writing(tx, mine, at)
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
    choice, _ = _template(tx, mine)
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


def _set_draft(
    tx: Connection, place: str, actor: Actor, session_id: int, heading: str | None, text: str, at: datetime
) -> Writing:
    courses.hold(tx, place=place)
    mine = task(tx, place, actor, Work.SUMMARY, session_id)
    titles = [one.title for one in _headings(tx, mine)[1]]
    wanted = titles[-1] if heading is None else heading
    if wanted not in titles:
        raise CourseError(f"The summary has no heading “{wanted[:80]}”. It has: {', '.join(titles)}.")
    row = _drafts(tx, mine).get(wanted)
    now, added = (row.text if row else ""), text.replace("\x00", "").strip()
    if added and added not in now:
        both = f"{now}\n\n{added}" if now else added
        if len(both) > TEXT_MAX:
            raise CourseError(
                f"Under “{wanted}” there is room for {TEXT_MAX:,} characters, and with what is there it would be "
                f"{len(both):,}. Shorten it with `/submit-summary` first."
            )
        _put(tx, mine, wanted, both, at)
    return _writing(tx, mine, at)
