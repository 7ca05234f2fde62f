"""How far people are: one's own progress, and for staff everybody's, those at risk first."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection

from bot.core.course import Role
from bot.core.deadlines import Work
from bot.core.errors import CourseError
from bot.core.hand_ins import counting
from bot.core.participation import ClassRecord, Participation, Presence, Risk, risks
from bot.core.people import Actor, require_staff
from bot.core.policy import PROGRESS_SCORES
from bot.core.questions import on_time
from bot.core.reminder_notices import Item
from bot.services import my_deadlines, participation
from bot.services.due_work import Desk
from bot.services.excuses import Excused, of_person
from bot.services.participation import Book
from bot.services.question_desk import class_title, enter_as_reader
from bot.services.slots import day
from bot.store import courses, hand_ins, people, students
from bot.store.database import Database
from bot.store.deadlines import Someone
from bot.store.hand_ins import HandInRow

SPAN = timedelta(days=14)
"""So far ahead it is listed what is still owed."""


class State(StrEnum):
    """What became of something to hand in."""

    ON_TIME = "on time"
    LATE = "late"
    NO_CREDIT = "NO CREDIT"
    MISSING = "missing"
    OPEN = "not yet"
    EXCUSED = "excused"


@dataclass(frozen=True, slots=True)
class Handed:
    """Something to hand in: slides and summaries of a class, a milestone. `at` is when what counts was received."""

    work: Work
    title: str
    due_at: datetime
    state: State
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Missed:
    """A class whose questions somebody did not all ask on time, or which they skipped."""

    title: str
    asked: int
    required: int
    skipped: bool


@dataclass(frozen=True, slots=True)
class Mine:
    """One's own progress. `owed` is what is due soon and not done, `excused` what staff excuse them from; the score in
    `found` is shown only if `scores`."""

    name: str
    found: Participation
    scores: bool
    missed: tuple[Missed, ...]
    owed: tuple[Item, ...]
    handed: tuple[Handed, ...]
    excused: tuple[Excused, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One student as staff see them; `login` and `group` where there are any."""

    name: str
    login: str | None
    group: str | None
    found: Participation
    missed_summaries: int
    risks: tuple[Risk, ...]
    records: tuple[ClassRecord, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """Everybody, those at risk first. `classes` are short names ("Jan 25") of those with anything to show; the rows'
    records are of these, in this order."""

    course: str
    at: datetime
    classes: tuple[str, ...]
    rows: tuple[Row, ...]


class Progress:
    """Everything is as it stands at `now`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def mine(self, place: str, actor: Actor, now: datetime) -> Mine:
        """The actor's own.

        Raises:
            CourseError: no course here, or they do not take it.
        """
        found = await self._database.read(_mine, place, actor, now)
        if found is None:
            # Who is new is in the course from their first command on.
            await self._database.write(_enter, place, actor, now)
            found = await self._database.read(_mine, place, actor, now)
            assert found is not None
        return found

    async def overview(self, place: str, actor: Actor, now: datetime) -> Overview:
        """Everybody's.

        Raises:
            CourseError: not staff, or no course here.
        """
        require_staff(actor)
        return await self._database.read(_overview, place, now)


def _enter(tx: Connection, place: str, actor: Actor, now: datetime) -> None:
    courses.hold(tx, place=place)
    course, known = people.who(tx, place, actor)
    people.enter(tx, course, actor, known, now)


def _mine(tx: Connection, place: str, actor: Actor, now: datetime) -> Mine | None:
    course, known = enter_as_reader(tx, place, actor)
    if known is None:
        return None
    book = participation.book(tx, course, now, known.id)
    if known.id not in book.found:
        raise CourseError("This is for students. `/staff grades progress` shows the staff how everybody is doing.")
    desk = Desk(tx, course, now)
    one = next(who for who in desk.students if who.id == known.id)
    owed = [item for item in my_deadlines.personal(desk, one, now + SPAN) if item.done is False]
    titles = {view.id: class_title(course, view) for view in book.classes}
    return Mine(
        name=known.name,
        found=book.found[known.id],
        scores=courses.in_force(tx, course.id)[PROGRESS_SCORES] == "shown",
        missed=tuple(_missed(titles, book.records[known.id])),
        owed=tuple(owed),
        handed=tuple(sorted(_handed(desk, book, one), key=lambda found: found.due_at)),
        excused=tuple(of_person(tx, course, known.id)),
    )


def _missed(titles: Mapping[int, str], records: Sequence[ClassRecord]) -> Iterator[Missed]:
    for record in records:
        asked, skipped = record.questions, record.presence is Presence.SKIPPED
        if skipped or asked.done < asked.expected:
            yield Missed(titles[record.session_id], asked.done, asked.expected, skipped)


class _Shelf:
    """What was handed in, found by whose it is."""

    def __init__(self, tx: Connection, course_id: int) -> None:
        self._rows: defaultdict[tuple[Work, int], list[HandInRow]] = defaultdict(list)
        for row in hand_ins.of_course(tx, course_id):
            self._rows[row.work, row.about].append(row)

    def counting(self, work: Work, about: int, one: Someone, due_at: datetime) -> HandInRow | None:
        """The version that counts for somebody, of their group's and their own."""
        theirs = [
            row
            for row in self._rows.get((work, about), ())
            if row.person_id == one.id or (row.group_id is not None and row.group_id == one.group_id)
        ]
        return counting(theirs, due_at)


def _handed(desk: Desk, book: Book, one: Someone) -> Iterator[Handed]:
    shelf = _Shelf(desk.tx, desk.course.id)
    for view in desk.sessions.values():
        for work, role in ((Work.SLIDES, Role.PRESENTER), (Work.SUMMARY, Role.SUMMARIZER)):
            # With the group that has this duty, which need not be the one they are in now.
            mine = next((who for who in desk.on_duty.get((view.id, role), ()) if who.id == one.id), None)
            if mine is not None:
                times, spared = desk.times(view), book.excuses.cover(one.id, work, session_id=view.id)
                due_at = times.slides if work is Work.SLIDES else times.summary
                found = shelf.counting(work, view.id, mine, due_at)
                state = _state(work, found, due_at, desk.now, excused=spared)
                yield Handed(work, desk.title(view), due_at, state, found.at if found else None)
    for milestone in desk.milestones:
        spared = book.excuses.cover(one.id, Work.MILESTONE, milestone_id=milestone.id)
        found = shelf.counting(Work.MILESTONE, milestone.id, one, milestone.due_at)
        state = _state(Work.MILESTONE, found, milestone.due_at, desk.now, excused=spared)
        yield Handed(Work.MILESTONE, milestone.name, milestone.due_at, state, found.at if found else None)


def _state(work: Work, found: HandInRow | None, due_at: datetime, now: datetime, *, excused: bool) -> State:
    if found is not None and on_time(found.at, due_at):
        return State.ON_TIME
    if excused:
        return State.EXCUSED
    if found is None:
        return State.OPEN if on_time(now, due_at) else State.MISSING
    return State.NO_CREDIT if work is Work.SUMMARY else State.LATE


def _overview(tx: Connection, place: str, now: datetime) -> Overview:
    course = courses.at_place(tx, place)
    book = participation.book(tx, course, now)
    missed = _missed_summaries(Desk(tx, course, now), book)
    known = {one.id: one for one in students.every(tx, course.id)}
    shown = [
        index
        for index, view in enumerate(book.classes)
        if any(_says_anything(records[index]) for records in book.records.values())
    ]
    rows = [
        Row(
            name=name,
            login=known[person_id].login,
            group=known[person_id].group_name,
            found=book.found[person_id],
            missed_summaries=missed[person_id],
            risks=risks(book.found[person_id], missed[person_id]),
            records=tuple(book.records[person_id][index] for index in shown),
        )
        for person_id, name in book.names.items()
    ]
    return Overview(
        course=course.code or course.title,
        at=now,
        classes=tuple(day(book.classes[index].date)[4:] for index in shown),
        rows=tuple(sorted(rows, key=_urgency)),
    )


def _says_anything(record: ClassRecord) -> bool:
    return record.presence is not None or record.questions.expected > 0 or record.questions.excused > 0


def _urgency(row: Row) -> tuple[int, float, str]:
    score = row.found.score
    return -len(row.risks), 101 if score is None else score, row.name


def _missed_summaries(desk: Desk, book: Book) -> Counter[int]:
    """How many summaries each person owed and did not hand in on time."""
    shelf = _Shelf(desk.tx, desk.course.id)
    missed: Counter[int] = Counter()
    for view in desk.sessions.values():
        due_at = desk.times(view).summary
        if on_time(desk.now, due_at):
            continue
        for one in desk.on_duty.get((view.id, Role.SUMMARIZER), ()):
            found = shelf.counting(Work.SUMMARY, view.id, one, due_at)
            spared = book.excuses.cover(one.id, Work.SUMMARY, session_id=view.id)
            if _state(Work.SUMMARY, found, due_at, desk.now, excused=spared) in (State.MISSING, State.NO_CREDIT):
                missed[one.id] += 1
    return missed
