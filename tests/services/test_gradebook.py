"""The gradebook over a database: what hand-ins, excuses, marks and moved classes make of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from sqlalchemy import Connection, event, insert, select, update

from bot.core.course import Role
from bot.core.deadlines import Work
from bot.core.errors import CourseError
from bot.core.gradebook import EMPTY, EXCUSED, Cell, Component, Said
from bot.core.people import NotStaff
from bot.core.receipts import Content
from bot.services import hand_in_box
from bot.services.gradebook import Gradebooks, read_gradebook
from bot.services.marks import Marks
from bot.store import courses, milestones, people
from bot.store.database import Database
from bot.store.tables import account, excuse, membership, person, session
from tests.conftest import NOW
from tests.support.duties import Course, member
from tests.support.people import PLACE, STAFF, student

P, S, A, R, T = Component
DUE = datetime(2024, 1, 26, 17, 0, tzinfo=UTC)
"""The summary of lecture 0: a day after 12:00 in Detroit."""
MS = timedelta(milliseconds=1)
LATER = DUE + timedelta(days=1)


def _points(number: float) -> Cell:
    return Cell(Said.POINTS, Fraction(str(number)))


NO_CREDIT = Cell(Said.NO_CREDIT, Fraction(0))


class Term(Course):
    """Group 0 summarises and group 1 presents in lecture 0."""

    async def fill(self) -> Term:
        await self.open(3, 2)
        await self.give(0, Role.SUMMARIZER, 0)
        await self.give(0, Role.PRESENTER, 1)
        self.marks = Marks(self.database)
        return self

    async def person(self, group: int, seat: int = 0) -> int:
        statement = select(account.c.person_id).where(account.c.user_id == member(group, seat).user_id)
        return await self.database.read(lambda tx: tx.execute(statement).scalar_one())

    async def hand_in(self, group: int, at: datetime, number: int | None = 0, work: Work = Work.SUMMARY) -> None:
        """For lecture `number`, or the first milestone."""

        def put(tx: Connection) -> None:
            course = courses.at_place(tx, PLACE)
            if number is None:
                subject = hand_in_box.of_milestone(tx, course, milestones.every(tx, course.id)[0].id)
            else:
                subject = hand_in_box.of_session(tx, course, work, self.sessions[number])
            _, known = people.who(tx, PLACE, member(group))
            assert known
            owner = hand_in_box.owner(tx, known, subject)
            hand_in_box.put(
                tx,
                course,
                subject=subject,
                group_id=owner,
                person_id=known.id,
                at=at,
                interaction_id=f"{at} {group}",
                content=Content("https://example.org/work", (), ()),
            )

        await self.database.write(put)

    async def excuse(self, person_id: int, what: str, session_id: int | None = None) -> None:
        values = {"course_id": 1, "person_id": person_id, "what": what, "session_id": session_id}
        await self.database.write(lambda tx: tx.execute(insert(excuse).values(**values, reason="ill", by="x", at=NOW)))

    async def cells(self, group: int, seat: int = 0, at: datetime = LATER) -> dict[Component, Cell]:
        who = await self.person(group, seat)
        book = await self.database.read(lambda tx: read_gradebook(tx, courses.at_place(tx, PLACE), at))
        return dict(book.cells[who])

    async def mark(self, who: str, item: str, points: str | None, at: datetime = LATER, session: str = "") -> object:
        given = await self.marks.give(PLACE, STAFF, who, item, session, points, "", at)
        if given.token:
            return await self.marks.confirm(PLACE, STAFF, given.token, at)
        return given


@pytest.fixture
async def term(database: Database) -> Term:
    return await Term(database).fill()


async def test_a_summary_on_the_boundary_and_a_class_that_moves(term: Term) -> None:
    assert (await term.cells(0, at=DUE))[S] == EMPTY
    assert (await term.cells(0, at=DUE + MS))[S] == NO_CREDIT
    await term.hand_in(0, DUE + MS)
    assert (await term.cells(0))[S] == NO_CREDIT
    # The class is held an hour later: its deadline moves, and what was late is on time.
    hour = timedelta(hours=1)
    await term.database.write(
        lambda tx: tx.execute(
            update(session)
            .where(session.c.id == term.sessions[0])
            .values(starts_at=DUE - timedelta(hours=25) + hour, ends_at=DUE - timedelta(hours=24) + hour)
        )
    )
    assert (await term.cells(0))[S] == _points(100)
    assert (await term.cells(0, 1))[S] == _points(100)  # for the whole group
    assert (await term.cells(1))[S] == (await term.cells(2))[S] == EMPTY


async def test_exactly_at_the_deadline_is_on_time_and_a_late_version_takes_nothing_away(term: Term) -> None:
    await term.hand_in(0, DUE)
    await term.hand_in(0, DUE + timedelta(hours=3))
    assert (await term.cells(0))[S] == _points(100)
    await term.mark("Group 0", "summary", "17/20")
    assert (await term.cells(0, 1))[S] == _points(85)
    await term.database.write(lambda tx: courses.set_policy(tx, 1, "grades.credit", "none", "staff", NOW))
    await term.mark("Group 0", "summary", None)
    assert (await term.cells(0))[S] == EMPTY


async def test_an_excuse_is_the_only_way_round_no_credit(term: Term) -> None:
    await term.hand_in(0, DUE + MS)
    with pytest.raises(CourseError, match=r"not handed in on time, so it has no credit.*excuse` is the only way"):
        await term.mark("Group 0", "summary", "90")
    first = await term.person(0)
    await term.excuse(first, "summary", term.sessions[0])
    assert (await term.cells(0))[S] == EXCUSED
    assert (await term.cells(0, 1))[S] == NO_CREDIT
    shown = await term.marks.give(PLACE, STAFF, "Group 0", "summary", "", "90", "", LATER)
    assert [one.person_id for one in shown.people] == [first]
    assert shown.without_credit == (member(0, 1).name,)
    assert shown.token
    await term.marks.confirm(PLACE, STAFF, shown.token, LATER)
    assert (await term.cells(0))[S] == _points(90)
    await term.excuse(await term.person(0, 1), "all")
    assert await term.cells(0, 1) == {P: EMPTY, S: EXCUSED, A: EXCUSED, R: EXCUSED, T: EXCUSED}


async def test_presentation_talks_and_report(term: Term) -> None:
    assert (await term.cells(1))[P] == EMPTY
    await term.mark("Group 1", "presentation", "13/15")
    assert (await term.cells(1, 1))[P] == _points(86.67)
    await term.mark(member(1).name, "talks", "70")
    assert (await term.cells(1))[T] == _points(70)
    assert (await term.cells(1, 1))[T] == EMPTY
    with pytest.raises(CourseError, match="presents nothing in this course"):
        await term.mark("Group 0", "presentation", "1")
    await term.database.write(lambda tx: milestones.put(tx, 1, "Project report", DUE, "staff"))
    assert (await term.cells(1))[R] == EMPTY  # nobody has handed one in here
    await term.hand_in(0, DUE, number=None)
    assert (await term.cells(0))[R] == EMPTY
    assert (await term.cells(1))[R] == NO_CREDIT
    await term.mark(member(1).name, "report", "55")
    assert (await term.cells(1))[R] == _points(55)


async def test_marks_are_previewed_for_a_group_and_taken_back(term: Term) -> None:
    shown = await term.marks.give(PLACE, STAFF, "#g1", "report", "", "80", "fine", LATER)
    assert (shown.group, shown.of_class, [one.before for one in shown.people]) == ("Group 0", None, [None, None])
    assert (await term.cells(0))[R] == EMPTY
    await term.mark(member(0).name, "report", "60")
    assert shown.token
    with pytest.raises(CourseError, match="changed since this preview"):
        await term.marks.confirm(PLACE, STAFF, shown.token, LATER)
    done = await term.mark("#g1", "report", "80")
    assert [one.before for one in done.people] == [60.0, None]  # type: ignore[attr-defined]
    await term.mark("Group 0", "report", None)
    assert (await term.cells(0))[R] == EMPTY
    with pytest.raises(CourseError, match="nothing to take back"):
        await term.mark("Group 0", "report", None)
    with pytest.raises(CourseError, match=r"“lots” are no points: write points out of 100"):
        await term.mark("Group 0", "report", "lots")
    with pytest.raises(NotStaff):
        await term.marks.give(PLACE, student(1), "Group 0", "report", "", "80", "", LATER)
    assert await term.marks.suggest(PLACE, student(1), "") == []
    for reading in (Gradebooks(term.database).write, Gradebooks(term.database).fill):
        with pytest.raises(NotStaff):
            await reading(PLACE, student(1), *(("g.csv", b"") if reading.__name__ == "fill" else ()), LATER)  # type: ignore[operator]


async def test_which_class_is_asked_for_where_there_are_several(term: Term) -> None:
    await term.give(1, Role.PRESENTER, 1)
    with pytest.raises(CourseError, match=r"Which class is meant\? Group 1 presents in: Thu Jan 25 · Paper of Jan 25;"):
        await term.mark("Group 1", "presentation", "50")
    found = await term.marks.suggest_classes(PLACE, STAFF, "Group 1", "presentation", "feb", LATER)
    assert found == [("Thu Feb 1 · Paper of Feb 1", str(term.sessions[1]))]
    await term.mark("Group 1", "presentation", "50", session="2024-01-25")
    await term.mark("Group 1", "presentation", "100", session=found[0][1])
    assert (await term.cells(1))[P] == _points(75)


@contextmanager
def _counted(database: Database) -> Iterator[list[str]]:
    seen: list[str] = []

    def count(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(database.engine, "before_cursor_execute", count)
    try:
        yield seen
    finally:
        event.remove(database.engine, "before_cursor_execute", count)


async def test_a_large_course_takes_as_many_statements_as_a_small_one(term: Term) -> None:
    gradebooks = Gradebooks(term.database)
    await term.hand_in(0, DUE)
    with _counted(term.database) as few:
        await gradebooks.write(PLACE, STAFF, LATER)

    def crowd(tx: Connection) -> None:
        same = {"course_id": 1, "kind": "student", "origin": "roster", "created_at": NOW}
        rows = [{**same, "roster_key": f"login{n}", "name": f"Human{n:04}"} for n in range(1000)]
        tx.execute(insert(person), rows)

    await term.database.write(crowd)
    with _counted(term.database) as many:
        written = await gradebooks.write(PLACE, STAFF, LATER)
    assert written.students == 1006
    assert len(many) == len(few)


async def test_who_has_left_is_not_in_it(term: Term) -> None:
    gone = await term.person(0)
    await term.database.write(
        lambda tx: (
            tx.execute(update(person).where(person.c.id == gone).values(dropped_at=NOW)),
            tx.execute(update(membership).where(membership.c.person_id == gone).values(left_at=NOW)),
        )
    )
    book = await term.database.read(lambda tx: read_gradebook(tx, courses.at_place(tx, PLACE), LATER))
    assert gone not in book.cells
    with pytest.raises(CourseError, match="was dropped"):
        await term.mark(f"#{gone}", "talks", "50")
