"""Asking, changing, supporting and voting for questions, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.core.errors import CourseError, NotStaff
from bot.core.people import NoLongerInCourse, NotLinked
from bot.exporters.questions import write_csv, write_markdown
from bot.services.question_asking import Withdrawn
from bot.store.database import Database
from bot.store.tables import audit, course, person, question_vote, reading
from bot.store.tables import session as sessions
from tests.conftest import NOW
from tests.support.duties import member
from tests.support.people import PLACE, STAFF, student
from tests.support.questions import END, START, Room, asker, give_papers

MS = timedelta(milliseconds=1)
QUESTION = "How does the policy search find the batch size of a block?"


@pytest.fixture
async def room(database: Database) -> Room:
    return await Room(database).fill()


async def test_a_receipt_says_what_was_received_and_what_is_still_owed(room: Room) -> None:
    first = await room.ask(asker(0), QUESTION)
    one = first.question
    assert (one.paper, one.class_title, one.text) == ("FlexGen", "Thu Jan 25 · Paper of Jan 25", QUESTION)
    assert (one.asked_at, one.on_time, one.editable, one.cut_off) == (NOW, True, True, START)
    assert (first.owed, first.owes_any) == (("Orca",), True)
    assert (await room.ask(asker(0), paper="A Survey")).owed == ("Orca",)
    assert (await room.ask(asker(0), paper="Orca")).owed == ()
    on_duty = await room.ask(member(0), "What did you leave out?", paper="Orca")
    assert (on_duty.owed, on_duty.owes_any) == ((), False)


async def test_the_same_submission_again_changes_nothing(room: Room) -> None:
    first = await room.ask(asker(0), QUESTION, interaction="7")
    again = await room.ask(asker(0), "Something else?", interaction="7")
    assert (again.question.question_id, again.question.text) == (first.question.question_id, QUESTION)
    assert len(await room.stored()) == 1


@pytest.mark.parametrize(
    ("policy", "number", "cut_off"),
    [
        ("start", 0, START),
        ("start-2h", 0, START - timedelta(hours=2)),
        ("15:00 day before", 0, datetime(2024, 1, 24, 20, 0, tzinfo=UTC)),
        # Clocks in Detroit go forward on March 10, 2024; this class is on Thursday, March 14, at 10:30.
        ("15:00 4 days before", 7, datetime(2024, 3, 10, 19, 0, tzinfo=UTC)),
        ("15:00 5 days before", 7, datetime(2024, 3, 9, 20, 0, tzinfo=UTC)),
        ("start-5d", 7, datetime(2024, 3, 9, 14, 30, tzinfo=UTC)),
    ],
)
async def test_on_time_ends_with_the_cut_off(database: Database, policy: str, number: int, cut_off: datetime) -> None:
    room = await Room(database).fill(lectures=number + 1)
    if number:
        room.papers = await database.write(give_papers, room.sessions[number])
    await room.policy("questions.cutoff", policy)
    received = []
    for shift in (-MS, timedelta(0), MS):
        receipt = await room.ask(asker(0), f"{QUESTION} {shift}", at=cut_off + shift, number=number)
        received.append((receipt.question.on_time, receipt.question.editable))
    assert received == [(True, True), (True, True), (False, False)]
    # It is judged against the cut-off as it is now: a class that moves an hour takes the late one with it.
    await room.policy("questions.cutoff", "start")

    def move(tx: Connection) -> None:
        here = sessions.c.id == room.sessions[number]
        row = tx.execute(select(sessions).where(here)).one()
        hour = timedelta(hours=1)
        tx.execute(update(sessions).where(here).values(starts_at=row.starts_at + hour, ends_at=row.ends_at + hour))

    await database.write(move)
    mine = await room.questions.mine(PLACE, asker(0), cut_off)
    assert [one.on_time for group in mine for one in group.questions] == [True, True, True]


async def test_late_ones_are_taken_for_a_day_and_then_refused(room: Room) -> None:
    last = END + timedelta(hours=24)
    assert not (await room.ask(asker(0), at=last)).question.on_time
    with pytest.raises(CourseError, match="were taken until 2024-01-26 17:00 UTC"):
        await room.ask(asker(0), at=last + MS)
    with pytest.raises(CourseError, match="were taken until"):
        await room.questions.form(PLACE, asker(0), "2024-01-25", None, last + MS)


async def test_who_may_not_ask(room: Room) -> None:
    def become(number: int, **values: object) -> object:
        change = update(person).where(person.c.roster_key == asker(number).key).values(**values)
        return room.database.write(lambda tx: tx.execute(change) and None)

    await become(0, kind="guest")
    await become(1, dropped_at=NOW)
    await become(2, origin="roster")
    other = (await room.ask(asker(3))).question.question_id
    with pytest.raises(CourseError, match="as a guest"):
        await room.ask(asker(0))
    with pytest.raises(CourseError, match="as a guest"):
        await room.upvote(asker(0), other)
    for attempt in (room.ask(asker(1)), room.upvote(asker(1), other), room.board(asker(1))):
        with pytest.raises(NoLongerInCourse):
            await attempt
    assert (await room.ask(student(999), "A newcomer's?")).owed == ("Orca",)
    await room.database.write(lambda tx: tx.execute(update(course).values(linked_only=True)) and None)
    for attempt in (room.ask(asker(4)), room.upvote(asker(4), other), room.board(asker(4))):
        with pytest.raises(NotLinked):
            await attempt
    assert (await room.ask(asker(2))).owed == ("Orca",)
    with pytest.raises(CourseError, match="no words"):
        await room.ask(asker(2), "?!")


async def test_a_paper_or_class_that_is_gone_takes_no_question(room: Room) -> None:
    gone = update(reading).where(reading.c.title == "Orca").values(removed_at=NOW)
    await room.database.write(lambda tx: tx.execute(gone) and None)
    with pytest.raises(CourseError, match="no longer on the schedule"):
        await room.ask(asker(0), paper="Orca")
    await room.database.write(lambda tx: tx.execute(update(sessions).values(cancelled_at=NOW)) and None)
    with pytest.raises(CourseError, match="cancelled"):
        await room.ask(asker(0))
    with pytest.raises(CourseError, match="is cancelled, so it takes no questions"):
        await room.questions.form(PLACE, asker(0), "Jan 25", None, NOW)


async def test_the_form_proposes_what_is_still_owed(room: Room) -> None:
    async def proposed() -> str:
        return (await room.questions.form(PLACE, asker(0), None, None, NOW)).paper

    assert await proposed() == "FlexGen"
    await room.ask(asker(0))
    assert await proposed() == "Orca"
    names = await room.questions.paper_names(PLACE, asker(0), None, "", NOW)
    assert [one.label for one in names] == ["● ✓ FlexGen", "● Orca", "A Survey"]
    chosen = await room.questions.form(PLACE, asker(0), "2024-01-25", "survey", NOW)
    assert (chosen.paper, chosen.reading_id) == ("A Survey", room.papers["A Survey"])
    with pytest.raises(CourseError, match=r"is no paper of Thu Jan 25.*FlexGen; Orca; A Survey"):
        await room.questions.form(PLACE, asker(0), None, "Megatron", NOW)


async def test_edit_and_withdraw_until_the_cut_off(room: Room) -> None:
    one = (await room.ask(asker(0), QUESTION)).question.question_id
    other = (await room.ask(asker(0), "Another?", paper="Orca")).question.question_id
    assert (await room.questions.edit_form(PLACE, asker(0), one, START)).text == QUESTION
    changed = await room.questions.edit(PLACE, asker(0), one, " Better?\r\n", START)
    assert (changed.question.text, changed.question.asked_at) == ("Better?", NOW)
    for attempt in (
        room.questions.edit_form(PLACE, asker(0), one, START + MS),
        room.questions.edit(PLACE, asker(0), one, "Too late?", START + MS),
        room.questions.withdraw(PLACE, asker(0), one, START + MS),
    ):
        with pytest.raises(CourseError, match="The cut-off was 2024-01-25 15:30 UTC"):
            await attempt
    for attempt in (
        room.questions.edit(PLACE, asker(1), one, "Not mine?", NOW),
        room.questions.withdraw(PLACE, asker(1), one, NOW),
        room.questions.receipt(PLACE, STAFF, one, NOW),
    ):
        with pytest.raises(CourseError, match="no such question"):
            await attempt
    assert await room.questions.withdraw(PLACE, asker(0), other, START) == Withdrawn("Another?", ("Orca",))
    assert [row.text for row in await room.stored()] == ["Better?"]
    assert (await room.questions.receipt(PLACE, asker(0), one, NOW)).owed == ("Orca",)


async def test_what_is_alike_is_shown_and_support_keeps_the_credit(room: Room) -> None:
    head = (await room.ask(asker(0), QUESTION)).question.question_id
    different = (await room.ask(asker(1), "Is the code available somewhere?")).question.question_id
    assert await room.questions.alike(PLACE, asker(1), different, NOW) is None
    await room.ask(asker(1), QUESTION, paper="Orca")
    alike = await room.ask(asker(2), "How does policy search find the batch size of one block?")
    mine = alike.question.question_id
    shown = await room.questions.alike(PLACE, asker(2), mine, NOW)
    assert shown is not None
    assert [(one.question_id, one.text, one.author) for one in shown.similar] == [(head, QUESTION, None)]
    by_staff = await room.questions.alike(PLACE, replace(asker(2), staff=True), mine, NOW)
    assert by_staff is not None
    assert by_staff.similar[0].author == asker(0).name
    assert [row.under_id for row in await room.stored()] == [None] * 4  # never put together by itself
    await room.upvote(asker(3), mine)
    supported = await room.questions.support(PLACE, asker(2), mine, head, NOW)
    assert (supported.question.under, supported.question.alike, supported.question.votes) == (True, 1, 1)
    assert supported.owed == ("Orca",)  # it is asked all the same
    board = await room.board(asker(4))
    first = board.entries[0]
    assert (first.question_id, first.votes, first.alike) == (head, 1, 1)
    # The group's authors do not vote for it; who voted for one of them is counted once.
    await room.upvote(asker(3), head)
    with pytest.raises(CourseError, match="what you ask yourself"):
        await room.upvote(asker(2), head)
    assert (await room.board(asker(4))).entries[0].votes == 1
    await room.upvote(asker(3), mine, wanted=False)
    assert (await room.board(asker(4))).entries[0].votes == 0
    # The third that is alike is shown the head, not both.
    third = await room.ask(asker(4), "How does the policy search find a batch size for the block?")
    shown = await room.questions.alike(PLACE, asker(4), third.question.question_id, NOW)
    assert shown is not None
    assert [one.question_id for one in shown.similar] in ([head], [mine])
    await room.questions.support(PLACE, asker(4), third.question.question_id, mine, NOW)
    await room.questions.withdraw(PLACE, asker(0), head, NOW)
    assert {row.id: row.under_id for row in await room.stored() if row.id in (mine, third.question.question_id)} == {
        mine: None,
        third.question.question_id: mine,
    }
    with pytest.raises(CourseError, match="not there any more"):
        await room.questions.support(PLACE, asker(2), mine, head, NOW)


async def test_staff_put_together_and_take_apart(room: Room) -> None:
    a, b, c = [(await room.ask(asker(n), f"{word}?")).question.question_id for n, word in enumerate(("A", "B", "C"))]
    other_paper = (await room.ask(asker(0), "D?", paper="Orca")).question.question_id
    await room.upvote(asker(1), a)  # who votes for A asks the same by what staff do next: it counts no more

    async def under() -> dict[int, int | None]:
        return {row.id: row.under_id for row in await room.stored() if row.id != other_paper}

    await room.questions.group(PLACE, STAFF, str(b), str(a), NOW)
    await room.questions.group(PLACE, STAFF, str(c), str(b), NOW)
    assert await under() == {a: None, b: a, c: a}
    assert (await room.stored())[0].votes == 0
    await room.questions.group(PLACE, STAFF, str(a), str(c), NOW)  # C is to stand for all
    assert await under() == {a: c, b: c, c: None}
    with pytest.raises(CourseError, match="stands under no other"):
        await room.questions.group(PLACE, STAFF, str(c), None, NOW)
    await room.questions.group(PLACE, STAFF, str(b), None, NOW)
    assert await under() == {a: c, b: None, c: None}
    with pytest.raises(CourseError, match="different papers"):
        await room.questions.group(PLACE, STAFF, str(a), str(other_paper), NOW)
    with pytest.raises(CourseError, match="same question"):
        await room.questions.group(PLACE, STAFF, str(a), str(a), NOW)
    with pytest.raises(NotStaff):
        await room.questions.group(PLACE, asker(0), str(a), str(b), NOW)
    assert [one.label for one in await room.questions.texts(PLACE, STAFF, "", NOW, grouped=True)] == ["A?"]
    assert await room.questions.texts(PLACE, asker(0), "", NOW) == []
    deeds = await room.database.read(lambda tx: tx.execute(select(audit.c.what)).scalars().all())
    assert [one for one in deeds if "question" in one] == [
        "put the question “B?” under “A?”",
        "put the question “C?” under “B?”",
        "put the question “A?” under “C?”",
        "let the question “B?” stand by itself again",
    ]


async def test_nobody_votes_for_their_own(room: Room) -> None:
    one = (await room.ask(asker(0))).question.question_id
    with pytest.raises(CourseError, match="what you ask yourself"):
        await room.upvote(asker(0), one)
    row = (await room.stored())[0]
    for author in (row.person_id, row.person_id + 1):  # nor by claiming that somebody else asked it
        own = insert(question_vote).values(question_id=one, person_id=row.person_id, author_id=author, course_id=1)
        with pytest.raises(IntegrityError):
            await room.database.write(lambda tx, own=own: tx.execute(own) and None)
    with pytest.raises(CourseError, match="ended 2024-01-25 17:00 UTC"):
        await room.upvote(asker(1), one, at=END + MS)
    with pytest.raises(CourseError, match="not there any more"):
        await room.upvote(asker(1), one + 99)
    await room.upvote(asker(1), one, at=END)
    assert (await room.stored())[0].votes == 1


async def test_the_board_names_nobody_unless_the_policy_does(room: Room) -> None:
    ids = [
        (await room.ask(asker(n), f"What about {word}?")).question.question_id for n, word in enumerate("abcdefg"[:5])
    ]
    late = (await room.ask(member(1), "And this?", at=START + MS)).question.question_id
    await room.upvote(asker(0), ids[3])
    await room.upvote(asker(1), ids[3])
    await room.upvote(asker(0), late)
    seen = await room.board(asker(0))
    assert [one.question_id for one in seen.entries] == [ids[3], late, *ids[:3]]
    assert (seen.pages, seen.tab.questions, [tab.title for tab in seen.tabs]) == (2, 6, ["FlexGen", "Orca", "A Survey"])
    assert [(one.voted, one.mine, one.late) for one in seen.entries[:3]] == [
        (True, False, False),
        (True, False, True),
        (False, True, False),
    ]
    second = await room.board(asker(0), order="time", page=7)
    assert (second.page, [one.question_id for one in second.entries]) == (1, [late])
    assert "Student" not in repr(seen)
    by_staff = await room.board(STAFF)
    assert by_staff.entries[0].authors == (asker(3).name,)
    await room.policy("questions.names", "named")
    assert (await room.board(asker(0))).entries[0].authors == (asker(3).name,)


async def test_who_still_owes_one(room: Room) -> None:
    await room.ask(asker(0))
    await room.ask(asker(0), paper="Orca", at=START + MS)  # late, but asked
    await room.ask(asker(1))
    owed = await room.questions.owed(PLACE, STAFF, None, NOW)
    names = dict(owed.people)
    assert (owed.papers, owed.of) == (("FlexGen", "Orca"), 7)  # five askers and the group without a duty
    assert asker(0).name not in names
    assert names[asker(1).name] == ("Orca",)
    assert names[member(1).name] == ("FlexGen", "Orca")
    assert member(0).name not in names
    with pytest.raises(NotStaff):
        await room.questions.owed(PLACE, asker(0), None, NOW)
    mine = await room.questions.mine(PLACE, asker(1), NOW)
    assert [(one.owed, len(one.questions), one.owes_any) for one in mine] == [(("Orca",), 1, True)]
    assert [(one.owed, one.owes_any) for one in await room.questions.mine(PLACE, member(0), NOW)] == [((), False)]


async def test_the_digest_has_names_only_for_staff(room: Room) -> None:
    head = (await room.ask(asker(0), "=1+1 is a formula? [link](https://example.org)\n# no heading")).question
    under = (await room.ask(asker(1), "The same?")).question
    await room.questions.support(PLACE, asker(1), under.question_id, head.question_id, NOW)
    await room.upvote(asker(2), head.question_id)
    digest = await room.questions.digest(PLACE, STAFF, None, NOW)
    assert [(paper.title, paper.total, len(paper.umbrellas)) for paper in digest.papers] == [
        ("FlexGen", 2, 1),
        ("Orca", 0, 0),
        ("A Survey", 0, 0),
    ]
    page = write_markdown(digest).decode()
    assert "### 1. Votes: 1, Student500" in page
    assert "> =1+1" not in page
    assert "> \\# no heading" in page
    table = write_csv(digest).decode("utf-8-sig").splitlines()
    assert "\"'=1+1 is a formula?" in table[1]
    with pytest.raises(NotStaff):
        await room.questions.digest(PLACE, asker(0), None, NOW)
