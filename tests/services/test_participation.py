"""Participation and progress over a database: what counts for whom, and that a large course costs no more questions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, event, insert

from bot.core.ballots import Method
from bot.core.course import Role
from bot.core.deadlines import Work
from bot.core.errors import CourseError, NotStaff
from bot.core.participation import Participation, Risk, Tally
from bot.core.people import Actor
from bot.core.receipts import Content
from bot.services import hand_in_box, participation
from bot.services.attendance import Attendance
from bot.services.panel import Panels
from bot.services.progress import Mine, Missed, Overview, Progress, State
from bot.services.votes import Votes
from bot.store import courses, milestones, schedule
from bot.store.batch import Batches
from bot.store.database import Database
from bot.store.tables import excuse, milestone, person
from tests.conftest import NOW
from tests.support.duties import member
from tests.support.panels import person_of
from tests.support.people import PLACE, STAFF
from tests.support.questions import END, START, Room, asker, give_papers
from tests.support.voting import enter

LATER = START + timedelta(days=14)
"""Both lectures are over, and all that hangs on them is due."""


class Term(Room):
    """Two lectures: group 0 presents in the first, group 1 summarises it; three students are in no group."""

    async def fill(self, askers: int = 3, lectures: int = 2) -> Term:
        await super().fill(askers, lectures)
        await self.give(0, Role.SUMMARIZER, 1)
        batches = Batches(self.database)
        self.attendance = Attendance(self.database, batches, None)
        self.votes = Votes(self.database, batches, lambda: None)
        self.panels = Panels(self.database, None)
        self.progress = Progress(self.database)
        return self

    async def mine(self, who: Actor, at: datetime = LATER) -> Mine:
        return await self.progress.mine(PLACE, who, at)

    async def found(self, who: Actor, at: datetime = LATER) -> Participation:
        """As the whole course's, which must say the same as one's own."""
        everyone = await self.database.read(lambda tx: participation.of_course(tx, courses.at_place(tx, PLACE), at))
        ids = await self.database.read(lambda tx: person_of(tx, who))
        assert everyone[ids] == (await self.mine(who, at)).found
        return everyone[ids]

    async def overview(self, at: datetime = LATER) -> Overview:
        return await self.progress.overview(PLACE, STAFF, at)

    async def spare(self, who: Actor, what: str, number: int | None = None) -> None:
        def write(tx: Connection) -> None:
            session_id = None if number is None else self.sessions[number]
            values = {"person_id": person_of(tx, who), "what": what, "session_id": session_id}
            tx.execute(insert(excuse).values(course_id=1, reason="ill", by="x", at=NOW, **values))

        await self.database.write(write)

    async def check_in(self, *who: Actor, number: int = 0) -> None:
        at = START + timedelta(days=7 * number)
        await self.attendance.open(PLACE, STAFF, str(self.sessions[number]), at)
        for one in who:
            code = (await self.attendance.sheet(PLACE, STAFF, self.sessions[number], at)).code
            await self.attendance.check_in(PLACE, one, code or "", at)

    async def hand_in(self, who: Actor, work: Work, at: datetime, group: int | None) -> None:
        def write(tx: Connection) -> None:
            course = courses.at_place(tx, PLACE)
            if work is Work.MILESTONE:
                subject = hand_in_box.of_milestone(tx, course, milestones.every(tx, course.id)[0].id)
            else:
                subject = hand_in_box.of_session(tx, course, work, self.sessions[0])
            hand_in_box.put(
                tx,
                course,
                subject=subject,
                group_id=group,
                person_id=person_of(tx, who),
                at=at,
                interaction_id=f"{work} {at}",
                content=Content("https://example.org/x"),
            )

        await self.database.write(write)


async def test_each_part_counts_what_was_expected_of_this_person(database: Database) -> None:
    term = await Term(database).fill()
    ada, ben, cyd = asker(0), asker(1), asker(2)
    assert (await term.found(ada, START)).score is None  # the cut-off itself is still on time
    await term.ask(ada, at=START)
    await term.ask(ada, "Why twice?", at=NOW)
    await term.ask(ada, paper="Orca", at=START + timedelta(milliseconds=1))
    await term.ask(ada, paper="A Survey")  # not required
    assert (await term.found(ada)).questions == Tally(1, 2)
    assert (await term.found(member(0))).questions == Tally()  # on duty
    await term.spare(ben, "questions", 0)
    assert (await term.found(ben)).questions == Tally(0, 0, 2)

    await term.check_in(ada, member(0))
    await term.check_in(ada, number=1)
    await term.spare(cyd, "all", 1)
    at = START + timedelta(minutes=19)
    assert (await term.found(ben, at)).attendance == Tally()  # it is not over yet
    assert (await term.found(ada)).attendance == Tally(2, 2)
    assert (await term.found(cyd)).attendance == Tally(0, 1, 1)
    assert ((await term.found(ben)).skipped, (await term.found(ben)).score) == (2, 100.0)
    await term.policy("attendance.skips", "1")
    assert ((await term.found(ben)).skipped, (await term.found(ben)).score) == (2, 50.0)

    vote_id = (await term.votes.open_session(PLACE, STAFF, str(term.sessions[0]), None, START)).vote_id
    poll = await term.votes.open_poll(PLACE, STAFF, "Pizza?", "yes; no", Method.SINGLE, 1.0, START)
    await term.votes.cast(PLACE, ada, vote_id, (1,), START)
    await term.votes.cast(PLACE, ada, poll.vote_id, (1,), START)
    assert (await term.found(ada)).votes == Tally()  # not closed yet
    await term.votes.close(PLACE, STAFF, str(vote_id), END)
    assert ((await term.found(ada)).votes, (await term.found(ben)).votes) == (Tally(1, 1), Tally(0, 1))
    assert (await term.found(member(0))).votes == Tally()  # their own group was voted on

    await term.panels.open(PLACE, STAFF, str(term.sessions[0]), START)
    await term.panels.note(PLACE, ada, term.sessions[0], None, "Well said", "n1", START)
    await term.panels.note(PLACE, ada, term.sessions[0], None, "And this", "n2", START)
    assert ((await term.found(ada)).notes, (await term.found(ben)).notes) == (Tally(1, 1), Tally(0, 1))
    await term.policy("participation.notes", "0")
    assert (await term.found(ada)).notes == Tally()
    # 50 × 1/2 + 30 × 2/2 + 10 × 1/1 of 90
    assert (await term.found(ada)).score == 72.22
    await term.policy("vote.bonus", "5")
    assert ((await term.found(member(0))).bonus, (await term.found(member(0), END)).questions) == (5, Tally())

    # A cancelled class counts for nothing, and a moved cut-off judges anew.
    await term.policy("questions.cutoff", "start-0s")
    await database.write(schedule.cancel, term.sessions[0], LATER)
    assert (await term.found(ada)).questions == Tally()
    assert (await term.found(ada)).attendance == Tally(1, 1)


async def test_who_comes_late_owes_what_is_due_from_then_on_and_who_is_gone_is_left_out(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    term = await Term(database).fill()
    await database.write(give_papers, term.sessions[1])
    await term.check_in(asker(0))
    await term.check_in(asker(0), number=1)
    late = datetime(2024, 1, 26, tzinfo=UTC)
    move = person.update().where(person.c.name == asker(1).name).values(created_at=late)
    await database.write(lambda tx: tx.execute(move))
    assert ((await term.found(asker(0))).questions, (await term.found(asker(0))).attendance) == (
        Tally(0, 4),
        Tally(2, 2),
    )
    assert ((await term.found(asker(1))).questions, (await term.found(asker(1))).attendance) == (
        Tally(0, 2),
        Tally(0, 1),
    )
    gone = person.update().where(person.c.name == asker(1).name).values(dropped_at=late)
    await database.write(lambda tx: tx.execute(gone))
    assert asker(1).name not in [row.name for row in (await term.overview()).rows]
    with pytest.raises(CourseError, match="no longer in this course"):
        await term.mine(asker(1))
    await database.write(enter, [STAFF])
    with pytest.raises(CourseError, match="for students"):
        await term.mine(STAFF)
    with pytest.raises(NotStaff):
        await term.progress.overview(PLACE, asker(0), LATER)
    database.close()


async def test_hand_ins_are_listed_and_a_missed_summary_is_a_risk(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    term = await Term(database).fill()
    due = {"course_id": 1, "key": "proposal", "name": "Proposal", "due_at": END, "source": "staff"}
    await database.write(lambda tx: tx.execute(insert(milestone).values(**due)))

    async def states(who: Actor, at: datetime = LATER) -> dict[str, State]:
        return {one.work: one.state for one in (await term.mine(who, at)).handed}

    assert await states(member(0), NOW) == {"slides": State.OPEN, "milestone": State.OPEN}
    await term.hand_in(member(0), Work.SLIDES, START - timedelta(hours=24), term.groups[0])
    assert await states(member(0, 1)) == {"slides": State.ON_TIME, "milestone": State.MISSING}
    day = timedelta(hours=24)
    assert await states(member(1), END + day) == {"summary": State.OPEN, "milestone": State.MISSING}
    assert (await states(member(1)))["summary"] is State.MISSING
    at_risk = [row for row in (await term.overview()).rows if Risk.SUMMARY in row.risks]
    assert [(row.name, row.missed_summaries, row.group) for row in at_risk] == [
        (member(1).name, 1, "Group 1"),
        (member(1, 1).name, 1, "Group 1"),
    ]
    await term.hand_in(member(1), Work.SUMMARY, END + day + timedelta(milliseconds=1), term.groups[1])
    assert (await states(member(1, 1)))["summary"] is State.NO_CREDIT
    await term.spare(member(1, 1), "summary")
    assert (await states(member(1, 1)))["summary"] is State.EXCUSED
    assert [row.name for row in (await term.overview()).rows if Risk.SUMMARY in row.risks] == [member(1).name]
    await term.hand_in(asker(0), Work.MILESTONE, END + day, None)
    assert await states(asker(0)) == {"milestone": State.LATE}
    database.close()


async def test_ones_own_progress_says_what_was_missed_and_what_is_owed(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    term = await Term(database).fill()
    await term.ask(asker(0))
    await term.check_in()
    before = await term.mine(asker(0), START - timedelta(hours=1))
    assert (Work.QUESTIONS, "Orca") in [(item.work, item.detail) for item in before.owed]
    after = await term.mine(asker(0), END)
    assert after.missed == (Missed("Thu Jan 25 · Paper of Jan 25", 1, 2, skipped=True),)
    assert not after.scores
    await term.policy("progress.scores", "shown")
    assert (await term.mine(asker(0), END)).scores
    new = await term.mine(asker(9), END)  # never seen before: in the course from now on, and owes nothing of before
    assert (new.found.questions, new.found.score, new.missed) == (Tally(), None, ())
    database.close()


async def test_a_large_course_takes_no_more_statements(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    term = await Term(database).fill()
    await term.check_in(asker(0))
    counted = [0]
    event.listen(database.engine, "before_cursor_execute", lambda *_: counted.__setitem__(0, counted[0] + 1))

    async def statements() -> int:
        counted[0] = 0
        await term.overview()
        return counted[0]

    few = await statements()
    await database.write(enter, [asker(number) for number in range(10, 60)])
    for number in range(10, 20):
        await term.ask(asker(number))
    assert len((await term.overview()).rows) == 57
    assert await statements() == few
    database.close()
