"""One person's questions: the form, the receipt, changing and withdrawing, and saying that one asks the same."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from bot.core.course import Kind
from bot.core.errors import CourseError
from bot.core.people import Actor
from bot.core.questions import on_time, owed
from bot.services import question_desk as desk
from bot.services.question_desk import Named, Rules, class_title
from bot.services.slots import fits
from bot.store import courses, panels, people, questions, schedule
from bot.store.courses import CourseRow
from bot.store.questions import Paper, QuestionRow, Text
from bot.store.schedule import SessionView

AHEAD = 3
"""So many next classes are shown with what somebody still owes for them."""

_NEWCOMER = 0
"""Stands for somebody who is not entered yet: nobody has this id."""

REQUIRED, ASKED = "●", "✓"
"""Marks in suggestions: a required paper, one that the person has asked about already."""


@dataclass(frozen=True, slots=True)
class Form:
    """What a question would be to; `text` is what it says now, when it is to be changed."""

    session_id: int
    reading_id: int
    paper: str
    class_title: str
    cut_off: datetime
    zone: ZoneInfo
    late: bool
    text: str = ""


@dataclass(frozen=True, slots=True)
class Similar:
    """A question that asks much the same; `author` is None for who may not know it."""

    question_id: int
    text: str
    author: str | None


@dataclass(frozen=True, slots=True)
class Mine:
    """A question of one's own as it stands. `alike` are the others who ask the same, `editable` until the cut-off.

    `follow_ups` are what was added to it in class: who, and the words.
    """

    question_id: int
    paper: str
    class_title: str
    text: str
    asked_at: datetime
    on_time: bool
    cut_off: datetime
    editable: bool
    votes: int
    alike: int
    under: bool
    state: str
    follow_ups: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """A question that was received, and the papers of the class for which one is still owed."""

    question: Mine
    owed: tuple[str, ...]
    owes_any: bool
    similar: tuple[Similar, ...] = ()


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What a question said that was taken back, and the papers of the class for which one is owed now."""

    text: str
    owed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MyClass:
    """One's questions to a class, and what one still owes for it; `owes_any` is False for those with a duty in it.
    `passed` says whether the cut-off lies behind, `held` is False for one that is cancelled."""

    class_title: str
    cut_off: datetime
    passed: bool
    questions: tuple[Mine, ...]
    owed: tuple[str, ...]
    owes_any: bool
    held: bool = True


def form(tx: Connection, place: str, actor: Actor, wanted: str | None, paper: str | None, at: datetime) -> Form:
    """What `/ask` opens; without a paper, the first required one that the actor has yet to ask about."""
    course, known = desk.enter_as_reader(tx, place, actor)
    desk.refuse_guest(known)
    session = desk.find_class(tx, course, wanted, at)
    desk.check_open(course, session, at)
    papers = desk.papers_on(tx, session.id)
    if paper and paper.strip():
        chosen = desk.find_paper(papers, paper, class_title(course, session))
    else:
        asked = {reading for person, reading in _asked(tx, session.id) if known and person == known.id}
        chosen = next((one for one in papers if one.required and one.id not in asked), papers[0])
    cut_off = desk.rules(tx, course).cut_off.at(session.starts_at, course.zone)
    late = not on_time(at, cut_off)
    return Form(session.id, chosen.id, chosen.title, class_title(course, session), cut_off, course.zone, late)


def class_names(tx: Connection, place: str, typed: str, now: datetime, *, all_: bool) -> list[Named]:
    """The classes with papers; those that still take questions, or `all_`."""
    course = courses.at_place(tx, place)
    found = [one for one in desk.classes(tx, course, now) if all_ or now <= one.ends_at + desk.LATE_FOR]
    named = [Named(str(one.id), class_title(course, one)) for one in found]
    return [one for one in named if fits(one.label, typed)]


def paper_names(tx: Connection, place: str, actor: Actor, wanted: str | None, typed: str, now: datetime) -> list[Named]:
    """The papers of a class, the required ones first, with marks."""
    course, known = people.who(tx, place, actor)
    session = desk.find_class(tx, course, wanted, now)
    asked = {reading for person, reading in _asked(tx, session.id) if known and person == known.id}

    def label(paper: Paper) -> str:
        marks = [REQUIRED] if paper.required else []
        marks += [ASKED] if paper.id in asked else []
        return " ".join([*marks, paper.title])

    named = [Named(str(one.id), label(one)) for one in desk.papers_on(tx, session.id)]
    return [one for one in named if fits(one.label, typed)]


def receipt(tx: Connection, place: str, actor: Actor, question_id: int, at: datetime) -> Receipt:
    """One of the actor's questions, and what they still owe for that class. Reads little: hundreds ask at once."""
    course, group, row, session = own(tx, place, actor, question_id)
    return Receipt(
        _mine(course, session, desk.rules(tx, course), row, group, at), *_left(tx, course, session.id, row.person_id)
    )


def _left(tx: Connection, course: CourseRow, session_id: int, person_id: int) -> tuple[tuple[str, ...], bool]:
    """The titles of the papers for which somebody still owes a question in a class, and whether they owe any at all."""
    on_duty = person_id in questions.on_duty(tx, [session_id]).get(session_id, ())
    owes_any = not on_duty and bool(questions.class_list(tx, course, person_id))
    required = [paper for paper in desk.papers_on(tx, session_id) if paper.required]
    left = owed([paper.id for paper in required], questions.asked_by(tx, session_id, person_id), not owes_any)
    return tuple(paper.title for paper in required if paper.id in left), owes_any


def others(tx: Connection, place: str, question_id: int) -> tuple[str, dict[int, Text], bool]:
    """A question's text; what other people asked about the same paper, by id; and whether names are shown."""
    course = courses.at_place(tx, place)
    where = questions.about(tx, course.id, question_id)
    there = {one.id: one for one in questions.texts(tx, *where)} if where else {}
    mine = there.get(question_id)
    if mine is None:
        return "", {}, False
    theirs = {key: one for key, one in there.items() if one.person_id != mine.person_id}
    return mine.text, theirs, desk.rules(tx, course).named


def edit_form(tx: Connection, place: str, actor: Actor, question_id: int, at: datetime) -> Form:
    """The form with what the question says now; refused after the cut-off."""
    course, _, row, session = own(tx, place, actor, question_id)
    cut_off = _check_editable(tx, course, row, session, at)
    title = class_title(course, session)
    return Form(session.id, row.reading_id, row.reading, title, cut_off, course.zone, False, row.text)


def edit(tx: Connection, place: str, actor: Actor, question_id: int, text: str, at: datetime) -> None:
    courses.hold(tx, place=place)
    course, _, row, session = own(tx, place, actor, question_id)
    _check_editable(tx, course, row, session, at)
    if text != row.text:
        questions.edit(tx, question_id, text, at)


def withdraw(tx: Connection, place: str, actor: Actor, question_id: int, at: datetime) -> Withdrawn:
    courses.hold(tx, place=place)
    course, _, row, session = own(tx, place, actor, question_id)
    _check_editable(tx, course, row, session, at)
    questions.withdraw(tx, question_id, at)
    return Withdrawn(row.text, _left(tx, course, session.id, row.person_id)[0])


def support(tx: Connection, place: str, actor: Actor, question_id: int, other_id: int, at: datetime) -> None:
    """Put one's own question under another about the same paper; both authors keep the credit."""
    courses.hold(tx, place=place)
    course, _, row, session = own(tx, place, actor, question_id)
    desk.check_open(course, session, at)
    theirs = questions.group_of(tx, course.id, other_id)
    other = next((one for one in theirs if one.id == other_id and one.reading_id == row.reading_id), None)
    if other is None:
        raise CourseError("That question is not there any more; yours stands on its own.")
    head_id = other.under_id or other.id
    if head_id not in (row.id, row.under_id):
        questions.put_under(tx, row.id, head_id)


def mine(tx: Connection, place: str, actor: Actor, at: datetime) -> list[MyClass]:
    """The actor's questions by class, the next ones first, with what they owe for the next classes."""
    course, known = desk.enter_as_reader(tx, place, actor)
    if known is None and actor.staff:
        return []
    # Whom the course does not know yet is entered as a student when this is answered, and owes as everyone does.
    me = known.id if known else _NEWCOMER
    rules = desk.rules(tx, course)
    every = {one.id: one for one in schedule.every(tx, course.id, cancelled=True)}
    with_mine = set(questions.sessions_of(tx, me))
    next_ones = [one.id for one in every.values() if _takes_questions(one) and one.ends_at > at and not one.cancelled][
        :AHEAD
    ]
    chosen = sorted(with_mine.union(next_ones), key=lambda key: _distance(every[key], at))
    rows = questions.of_sessions(tx, course.id, chosen)
    papers, owing = questions.papers(tx, chosen), desk.owing(tx, course, chosen)
    if known is None:
        owing = {key: replace(one, persons=(*one.persons, me)) for key, one in owing.items()}
    found = []
    for session_id in chosen:
        session, titles = every[session_id], {paper.id: paper.title for paper in papers.get(session_id, [])}
        here = [row for row in rows if row.session_id == session_id]
        my_rows = [row for row in here if row.person_id == me]
        on_duty = me in owing[session_id].on_duty
        left = owing[session_id].by(me) if session_id in next_ones else ()
        if my_rows or left or (session_id in next_ones and on_duty):
            cut_off = rules.cut_off.at(session.starts_at, course.zone)
            found.append(
                MyClass(
                    class_title(course, session),
                    cut_off,
                    not on_time(at, cut_off),
                    tuple(_with_follow_ups(tx, _mine(course, session, rules, row, here, at)) for row in my_rows),
                    tuple(titles[reading] for reading in left),
                    me in owing[session_id].persons and not on_duty,
                    session.kind.meets and not session.cancelled,
                )
            )
    return found


def own(
    tx: Connection, place: str, actor: Actor, question_id: int
) -> tuple[CourseRow, list[QuestionRow], QuestionRow, SessionView]:
    """The actor's question with this id, with all that ask the same.

    Raises:
        CourseError: there is none, or it is somebody else's.
    """
    course, known = desk.enter_as_reader(tx, place, actor)
    group = questions.group_of(tx, course.id, question_id)
    row = next((one for one in group if one.id == question_id), None)
    if row is None or known is None or row.person_id != known.id:
        raise CourseError("You have no such question any more. `/my-questions` lists what you asked.")
    return course, group, row, desk.open_class(tx, course, row.session_id)


def _check_editable(
    tx: Connection, course: CourseRow, row: QuestionRow, session: SessionView, at: datetime
) -> datetime:
    cut_off = desk.rules(tx, course).cut_off.at(session.starts_at, course.zone)
    if not on_time(at, cut_off):
        raise CourseError(
            "The cut-off was {at}, so this question stays as it is. You can ask another one with `/ask`.", at=cut_off
        )
    return cut_off


def _mine(
    course: CourseRow, session: SessionView, rules: Rules, row: QuestionRow, rows: list[QuestionRow], at: datetime
) -> Mine:
    cut_off = rules.cut_off.at(session.starts_at, course.zone)
    head_id = row.under_id or row.id
    group = desk.by_head([one for one in rows if (one.under_id or one.id) == head_id])[head_id]
    return Mine(
        row.id,
        row.reading,
        class_title(course, session),
        row.text,
        row.asked_at,
        on_time(row.asked_at, cut_off),
        cut_off,
        on_time(at, cut_off) and not session.cancelled,
        group[0].votes,
        len({one.person_id for one in group} - {row.person_id}),
        row.under_id is not None,
        row.state if row.under_id is None else group[0].state,
    )


def _with_follow_ups(tx: Connection, mine: Mine) -> Mine:
    if mine.state == "waiting":  # it has not been on the table
        return mine
    return replace(mine, follow_ups=tuple((note.by, note.text) for note in panels.follow_ups(tx, mine.question_id)))


def _asked(tx: Connection, session_id: int) -> set[tuple[int, int]]:
    return questions.asked(tx, [session_id]).get(session_id, set())


def _takes_questions(session: SessionView) -> bool:
    return session.kind is not Kind.NO_CLASS and bool(session.readings)


def _distance(session: SessionView, at: datetime) -> tuple[bool, timedelta]:
    """Those ahead first, the nearest of either first."""
    return session.ends_at <= at, abs(session.starts_at - at)
