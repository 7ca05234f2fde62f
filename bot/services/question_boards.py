"""What everybody sees of the questions to a class, and what staff do with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection

from bot.core.errors import CourseError
from bot.core.people import Actor
from bot.core.question_notices import Asked, Digest, PaperDigest, Umbrella
from bot.core.questions import on_time, sort_board
from bot.services import question_desk as desk
from bot.services.question_desk import Named, Rules, class_title
from bot.services.slots import fits
from bot.store import audit, courses, questions
from bot.store.courses import CourseRow
from bot.store.questions import QuestionRow
from bot.store.schedule import SessionView

PAGE = 5
"""Questions a page: one row of buttons."""

Order = Literal["votes", "time"]


@dataclass(frozen=True, slots=True)
class Tab:
    """A paper on the board, with how many questions there are about it."""

    reading_id: int
    title: str
    required: bool
    questions: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A question on the board. `authors` is empty for who may not know them; `alike` more questions ask the same."""

    question_id: int
    text: str
    votes: int
    alike: int
    authors: tuple[str, ...]
    state: str
    late: bool
    mine: bool
    voted: bool


@dataclass(frozen=True, slots=True)
class Board:
    """One page (from 0) of the questions to one paper, as the person who looks may see it; `passed` says whether the
    cut-off lies behind."""

    session_id: int
    class_title: str
    cut_off: datetime
    passed: bool
    tabs: tuple[Tab, ...]
    tab: Tab
    order: Order
    page: int
    pages: int
    entries: tuple[Entry, ...]
    voting: bool


@dataclass(frozen=True, slots=True)
class Owed:
    """Who still owes a question for a class, by name, with the papers; `of` people owe one at all. `passed` says
    whether the cut-off lies behind."""

    class_title: str
    cut_off: datetime
    passed: bool
    papers: tuple[str, ...]
    people: tuple[tuple[str, tuple[str, ...]], ...]
    of: int


@dataclass(frozen=True, slots=True)
class Grouped:
    """A question that staff put under another, or (`under` None) took out; both by their text."""

    text: str
    under: str | None


def board(
    tx: Connection,
    place: str,
    actor: Actor,
    wanted: str | None,
    reading_id: int | None,
    order: Order,
    page: int,
    at: datetime,
) -> Board:
    """A page of the board; a paper or page that is not there means the first paper, the nearest page."""
    course, known = desk.enter_as_reader(tx, place, actor)
    session = desk.find_class(tx, course, wanted, at)
    rules = desk.rules(tx, course)
    cut_off = rules.cut_off.at(session.starts_at, course.zone)
    rows = questions.of_session(tx, course.id, session.id)
    papers = sorted(questions.papers(tx, [session.id])[session.id], key=lambda paper: not paper.required)
    tabs = tuple(
        Tab(paper.id, paper.title, paper.required, sum(row.reading_id == paper.id for row in rows)) for paper in papers
    )
    tab = next((one for one in tabs if one.reading_id == reading_id), tabs[0])
    groups = desk.by_head([row for row in rows if row.reading_id == tab.reading_id])
    heads = sort_board([group[0] for group in groups.values()], order)
    pages = max(1, -(-len(heads) // PAGE))
    page = min(max(page, 0), pages - 1)
    me = known.id if known else None
    voted = questions.votes_of(tx, session.id, me) if me is not None else set()
    show_names = rules.named or actor.staff
    entries = []
    for head in heads[page * PAGE : (page + 1) * PAGE]:
        group = groups[head.id]
        entries.append(
            Entry(
                head.id,
                head.text,
                head.votes,
                len(group) - 1,
                tuple(dict.fromkeys(row.author for row in group)) if show_names else (),
                head.state,
                not on_time(head.asked_at, cut_off),
                any(row.person_id == me for row in group),
                any(row.id in voted for row in group),
            )
        )
    title = class_title(course, session)
    passed = not on_time(at, cut_off)
    return Board(
        session.id, title, cut_off, passed, tabs, tab, order, page, pages, tuple(entries), at <= session.ends_at
    )


def board_with(
    tx: Connection, place: str, actor: Actor, question_id: int, order: Order, page: int, at: datetime
) -> Board:
    """The board of the paper that a question is about, also when it was withdrawn since."""
    found = questions.about(tx, courses.at_place(tx, place).id, question_id)
    if found is None:
        raise CourseError("This question is not there any more. `/questions` shows what is.")
    session_id, reading_id = found
    return board(tx, place, actor, str(session_id), reading_id, order, page, at)


def owed(tx: Connection, place: str, wanted: str | None, at: datetime) -> Owed:
    course = courses.at_place(tx, place)
    session = desk.find_class(tx, course, wanted, at)
    owing = desk.owing(tx, course, [session.id])[session.id]
    names = questions.class_list(tx, course)
    titles = {paper.id: paper.title for paper in desk.papers_on(tx, session.id)}
    people = tuple(
        (names[person], tuple(titles[reading] for reading in readings)) for person, readings in owing.people().items()
    )
    cut_off = desk.rules(tx, course).cut_off.at(session.starts_at, course.zone)
    of = sum(person not in owing.on_duty for person in owing.persons)
    required = tuple(titles[reading] for reading in owing.required)
    return Owed(class_title(course, session), cut_off, not on_time(at, cut_off), required, people, of)


def digest(tx: Connection, course: CourseRow, session: SessionView, rules: Rules, *, for_staff: bool) -> Digest:
    """Everything asked for a class, with names only for staff or where the policy shows them to all."""
    cut_off = rules.cut_off.at(session.starts_at, course.zone)
    rows = questions.of_session(tx, course.id, session.id)
    named = for_staff or rules.named

    def asked(row: QuestionRow) -> Asked:
        late = not on_time(row.asked_at, cut_off)
        return Asked(row.text, late, row.state, row.author, row.asked_at) if named else Asked(row.text, late, row.state)

    papers = []
    for paper in sorted(questions.papers(tx, [session.id]).get(session.id, []), key=lambda one: not one.required):
        groups = desk.by_head([row for row in rows if row.reading_id == paper.id])
        heads = sort_board([group[0] for group in groups.values()])
        umbrellas = tuple(Umbrella(tuple(asked(row) for row in groups[head.id]), head.votes) for head in heads)
        papers.append(PaperDigest(paper.title, paper.url, paper.required, umbrellas))
    return Digest(class_title(course, session), cut_off, tuple(papers), named)


def digest_now(tx: Connection, place: str, wanted: str | None, at: datetime) -> Digest:
    course = courses.at_place(tx, place)
    session = desk.find_class(tx, course, wanted, at)
    return digest(tx, course, session, desk.rules(tx, course), for_staff=True)


def texts(
    tx: Connection, place: str, typed: str, now: datetime, *, grouped: bool | None = None, beside: str | None = None
) -> list[Named]:
    """Questions to the classes nearest to `now` whose text contains what was typed; only `grouped` ones if given.
    Those that can stand with the question `beside` (its id) are the others about its paper."""
    course = courses.at_place(tx, place)
    one = _known(tx, course, beside) if beside else None
    if one is not None:
        rows = [
            row
            for row in questions.of_session(tx, course.id, one.session_id)
            if row.reading_id == one.reading_id and row.id != one.id
        ]
        rows.sort(key=lambda row: row.asked_at)
    else:
        near = desk.classes(tx, course, now)[:4]
        rows = questions.of_sessions(tx, course.id, [session.id for session in near])
        order = {session.id: place for place, session in enumerate(near)}
        rows.sort(key=lambda row: (order[row.session_id], row.reading_id, row.asked_at))
    chosen = [row for row in rows if grouped is None or (row.under_id is not None) == grouped]
    return [Named(str(row.id), row.text) for row in chosen if fits(f"{row.text} {row.author}", typed)]


def group(tx: Connection, place: str, actor: Actor, wanted: str, under: str | None, now: datetime) -> Grouped:
    """Put a question, with those under it, under another; or (`under` None) let it stand by itself."""
    courses.hold(tx, place=place)
    course = courses.at_place(tx, place)
    one = _find(tx, course, wanted)
    if under is None:
        if one.under_id is None:
            raise CourseError("This question stands under no other. Pick one that does.")
        questions.stand_alone(tx, one.id)
        audit.record(tx, course.id, actor.key, f"let the question “{desk.short(one.text)}” stand by itself again", now)
        return Grouped(one.text, None)
    other = _find(tx, course, under)
    if other.id == one.id:
        raise CourseError("These are the same question. Pick two.")
    if (other.session_id, other.reading_id) != (one.session_id, one.reading_id):
        raise CourseError("These two are about different papers. Pick two about one paper.")
    head_id = other.under_id or other.id
    if head_id == one.id:  # the other stands under this one: they change places
        questions.stand_alone(tx, other.id)
        head_id = other.id
    questions.put_under(tx, one.id, head_id)
    audit.record(
        tx, course.id, actor.key, f"put the question “{desk.short(one.text)}” under “{desk.short(other.text)}”", now
    )
    return Grouped(one.text, other.text)


def _find(tx: Connection, course: CourseRow, wanted: str) -> QuestionRow:
    if (found := _known(tx, course, wanted)) is None:
        raise CourseError(f"There is no question “{wanted[:60]}”. Pick one of the suggestions.")
    return found


def _known(tx: Connection, course: CourseRow, wanted: str) -> QuestionRow | None:
    question_id = int(wanted) if wanted.strip().isdecimal() and len(wanted) < 19 else 0
    session_id = questions.session_id_of(tx, course.id, question_id)
    rows = questions.of_session(tx, course.id, session_id) if session_id is not None else []
    return next((row for row in rows if row.id == question_id), None)
