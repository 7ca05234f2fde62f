"""Writing a summary together: forms, drafts, and what there is so far. Nothing typed is ever lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.core import summaries
from bot.core.deadlines import Work
from bot.core.errors import CourseError
from bot.core.hand_ins import counting
from bot.core.people import Actor
from bot.core.policy import SUMMARY_TEMPLATE
from bot.core.questions import on_time
from bot.core.receipts import Content, Receipt, from_json
from bot.core.summaries import TEXT_MAX, Heading
from bot.services.hand_in_desk import Task, task
from bot.store import courses, drafts, hand_ins
from bot.store.drafts import DraftRow


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

    `mark` stands for exactly this text, which is `handed_in` when the version that counts says the same; `before` is
    the receipt of that version, and `excused` whether staff have excused the one who looks.
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
    handed_in: bool = False
    clashes: tuple[Clash, ...] = ()
    excused: bool = False


def template_of(tx: Connection, mine: Task) -> tuple[str, tuple[Heading, ...]]:
    """The policy in force, and its headings."""
    choice = courses.in_force(tx, mine.course.id)[SUMMARY_TEMPLATE]
    return choice, summaries.TEMPLATES[choice]


def _drafts(tx: Connection, mine: Task) -> dict[str, DraftRow]:
    return drafts.of_owner(tx, mine.subject.about, mine.group_id, mine.person_id)


def _headings(tx: Connection, mine: Task) -> tuple[str, tuple[Heading, ...]]:
    """The template's name, and the headings to be written under.

    Raises:
        CourseError: in this course nothing is written here.
    """
    choice, template = template_of(tx, mine)
    if not template:
        raise CourseError(f"In this course a summary is handed in as a {choice}: give the option `{choice}`.")
    return choice, template


def form(tx: Connection, place: str, actor: Actor, session: str | int, page: int, at: datetime) -> Form:
    """As `Summaries.form`."""
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


def writing(tx: Connection, mine: Task, at: datetime, clashes: tuple[Clash, ...] = ()) -> Writing:
    """The summary as it stands."""
    _, template = template_of(tx, mine)
    there = _drafts(tx, mine)
    texts = {title: row.text for title, row in there.items()}
    written = summaries.parts(template, texts)
    subject = mine.subject
    versions = hand_ins.of_owner(tx, mine.course.id, Work.SUMMARY, subject.about, mine.group_id, mine.person_id)
    counts = counting(versions, subject.due_at)
    digest = Content(parts=written).digest()
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
        mark=digest[:16],
        before=from_json(counts.receipt) if counts else None,
        handed_in=counts is not None and counts.digest == digest,
        clashes=clashes,
        excused=mine.excused,
    )


def save(
    tx: Connection,
    place: str,
    actor: Actor,
    session_id: int,
    template: str,
    typed: Mapping[int, tuple[str, str]],
    at: datetime,
) -> Writing:
    """As `Summaries.save`."""
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
    return writing(tx, mine, at, tuple(clashes))


def _put(tx: Connection, mine: Task, heading: str, text: str, at: datetime) -> None:
    drafts.put(tx, mine.course.id, mine.subject.about, mine.group_id, mine.person_id, heading, text, at)


def set_draft(
    tx: Connection, place: str, actor: Actor, session_id: int, heading: str | None, text: str, at: datetime
) -> Writing:
    """As `Summaries.set_draft`."""
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
    return writing(tx, mine, at)
