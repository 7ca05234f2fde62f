"""The panel: what is picked, what two presses at once do, marks, notes, and what the projector is told."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.core.errors import CourseError, NotStaff
from bot.services.panel import Panels
from bot.services.panel_parts import CastMember
from bot.store import panels, questions
from bot.store.database import Database
from bot.store.tables import panel_note
from bot.store.votes import Turnout
from tests.support.duties import member
from tests.support.panels import Room
from tests.support.people import PLACE, STAFF, student
from tests.support.voting import END, START, voter

LATER = START + timedelta(minutes=5)


@pytest.fixture
async def room(database: Database) -> Room:
    return await Room(database).furnish()


async def test_opening_names_the_cast_and_asked_again_shows_the_same_panel(room: Room) -> None:
    await room.ask(0, "Why?")
    first, second = await asyncio.gather(*(room.panels.open(PLACE, STAFF, room.session, START) for _ in range(2)))
    assert first == second
    assert first.address is not None
    token = first.address.removeprefix("http://127.0.0.1:8080/projector/")
    assert len(token) == 22
    assert first.authors == (
        CastMember("Group 0", ("Student00", "Student01")),
        CastMember("Group 1", ("Student10", "Student11")),
    )
    assert first.reviewers == (CastMember("Group 2", ("Student20", "Student21")),)
    assert (first.title, first.parent, first.waiting) == ("Thu Jan 25 · Paper of Jan 25", "77", 1)
    assert (await Panels(room.database, None).open(PLACE, STAFF, room.session, START)).address is None


async def test_next_picks_by_votes_and_spreads_over_askers_and_papers(room: Room) -> None:
    most = await room.ask(0, "most wanted", votes=3)
    again = await room.ask(0, "the same person's second", paper=1, votes=2)
    other = await room.ask(1, "another's on the same paper", votes=1)
    fresh = await room.ask(2, "another's on the other paper", paper=1)
    await room.open_panel()
    order = [await room.next(at=START + timedelta(minutes=n)) for n in range(4)]
    assert order == [most, fresh, other, again]
    with pytest.raises(CourseError, match="No question is waiting"):
        await room.next(at=END)


async def test_votes_for_what_is_put_under_a_question_count_for_it(room: Room) -> None:
    alone = await room.ask(0, "alone", votes=2)
    head = await room.ask(1, "head", votes=1)
    under = await room.ask(2, "asks the same", under=head, votes=4)
    token = await room.open_panel()
    put = await room.panels.next(PLACE, STAFF, room.session, 0, START)
    assert (put.question.id, put.question.votes, put.waiting) == (head, 4, 1)  # Fan00 wants both, and is one person
    rows = await room.database.read(questions.of_session, 1, room.sessions[0])
    assert {row.id: row.state for row in rows} == {alone: "waiting", head: "asked", under: "asked"}
    shown = await room.panels.screen(token, START)
    assert shown is not None
    assert [one.id for one in shown.queue] == [alone]


async def test_of_two_who_press_at_once_one_moves_on(room: Room) -> None:
    first, second = await room.ask(0, "first"), await room.ask(1, "second")
    await room.open_panel()
    results = await asyncio.gather(
        *(room.panels.next(PLACE, STAFF, room.session, 0, START) for _ in range(8)), return_exceptions=True
    )
    assert [put.question.id for put in results if not isinstance(put, BaseException)] == [first]
    told = [str(error) for error in results if isinstance(error, CourseError)]
    assert len(told) == 7
    assert all("Somebody pressed first: “first”" in sentence for sentence in told)
    # By command nobody says after which question: what comes within seconds is the same press.
    with pytest.raises(CourseError, match="Somebody pressed first"):
        await room.next(at=START + timedelta(seconds=2))
    assert await room.next(at=START + timedelta(seconds=3)) == second


async def test_marks_can_be_changed_and_a_skipped_one_was_not_heard(room: Room) -> None:
    first = await room.ask(0, "first", votes=2)
    more = await room.ask(0, "the same person's second", votes=1)
    other = await room.ask(1, "another's", paper=0)
    token = await room.open_panel()
    with pytest.raises(CourseError, match="has not been asked yet"):
        await room.panels.mark(PLACE, STAFF, first, "answered", START)
    await room.next(0)
    answered = await room.panels.mark(PLACE, STAFF, first, "answered", START)
    assert (answered.question.state, answered.current) == ("answered", True)
    await room.panels.mark(PLACE, STAFF, first, "skipped", START)
    shown = await room.panels.screen(token, START)
    assert shown is not None
    assert shown.current is None
    assert await room.next(first, at=LATER) == more  # nothing of this person was heard yet
    put = await room.panels.next(PLACE, STAFF, room.session, more, LATER)
    assert put.question.id == other
    assert put.former is not None
    assert (put.former.id, put.former.state) == (more, "asked")
    late = await room.panels.mark(PLACE, STAFF, more, "answered", LATER)
    assert (late.question.state, late.current) == ("answered", False)


async def test_a_withdrawn_question_is_not_shown(room: Room) -> None:
    asked = await room.ask(0, "a slip")
    token = await room.open_panel()
    await room.next(0)
    await room.database.write(questions.withdraw, asked, START)
    shown = await room.panels.screen(token, START)
    assert shown is not None
    assert (shown.current, shown.queue) == (None, ())
    for call in (
        room.panels.mark(PLACE, STAFF, asked, "answered", START),
        room.panels.follow_up(PLACE, voter(1), asked, "and?", "i1", START),
    ):
        with pytest.raises(CourseError, match="withdrawn"):
            await call


async def test_the_projector_shows_the_queue_in_turn_and_the_turnout_and_no_name(room: Room) -> None:
    for number in range(4):
        await room.ask(number, f"question {number}", paper=number % 2, votes=4 - number)
    token = await room.open_panel()
    waiting = await room.panels.screen(token, START)
    assert waiting is not None
    assert (waiting.current, waiting.waiting, waiting.vote, waiting.check_in) == (None, 4, None, None)
    vote_id = await room.open_vote()
    await room.cast(voter(0), vote_id, 1)
    current = await room.next(0)
    shown = await room.panels.screen(token, START)
    assert shown is not None
    assert shown.current is not None
    assert (shown.current.id, shown.current.paper, shown.current.votes) == (current, "Paper A", 4)
    assert [one.text for one in shown.queue] == ["question 1", "question 2", "question 3"]
    assert shown.vote == Turnout(1, 5 + 4)  # those with an account when the vote opened
    assert {one.author for one in (shown.current, *shown.queue)} == {None}
    await room.policy("questions.names", "named")
    shown = await room.panels.screen(token, START)
    assert shown is not None
    assert shown.current is not None
    assert shown.current.author == voter(0).name
    await room.panels.close(PLACE, STAFF, None, END)
    over = await room.panels.screen(token, START)
    assert over is not None
    assert over.over
    assert await room.panels.screen("x" * 22, START) is None


async def test_every_press_wakes_the_projector(room: Room) -> None:
    woken: list[str] = []
    room.panels.watch(woken.append)
    asked = await room.ask(0, "why")
    token = await room.open_panel()
    await room.next(0)
    await room.panels.mark(PLACE, STAFF, asked, "answered", START)
    await room.panels.close(PLACE, STAFF, room.session, END)
    assert woken == [token] * 4


async def test_a_closed_panel_takes_nothing_until_it_is_opened_again(room: Room) -> None:
    asked = await room.ask(0, "why")
    await room.ask(1, "how")
    token = await room.open_panel()
    await room.next(0)
    closed = await room.panels.close(PLACE, STAFF, None, END)
    assert closed.counts == {"asked": 1, "answered": 0, "skipped": 0, "waiting": 1}
    for call in (
        room.panels.next(PLACE, STAFF, room.session, asked, END),
        room.panels.mark(PLACE, STAFF, asked, "answered", END),
        room.panels.follow_up(PLACE, voter(1), asked, "and?", "i1", END),
        room.panels.close(PLACE, STAFF, room.session, END),
    ):
        with pytest.raises(CourseError, match="This panel ended"):
            await call
    await room.panels.note(PLACE, voter(1), room.sessions[0], None, "still worth noting", "i2", END)
    with pytest.raises(CourseError, match="No panel is open"):
        await room.panels.next(PLACE, STAFF, None, None, END)
    assert await room.open_panel(END) == token
    assert await room.next(asked, at=END) != asked


async def test_notes_are_kept_once_and_shown_to_those_who_write_the_summary(room: Room) -> None:
    asked = await room.ask(0, "why")
    await room.open_panel()
    await room.next(0)
    for _ in range(2):
        await room.panels.note(PLACE, member(2), room.sessions[0], asked, "because\x00 of 👩‍🔬", "n1", START)
    done = [await room.panels.follow_up(PLACE, voter(3), asked, "and then?", "n2", LATER) for _ in range(2)]
    assert [one.fresh for one in done] == [True, False]
    assert await room.database.read(lambda tx: tx.execute(select(func.count()).select_from(panel_note)).scalar()) == 2
    for reader in (member(1), STAFF):
        found = await room.panels.notes(PLACE, reader, room.session)
        assert [(one.kind, one.text, one.by, one.question) for one in found.notes] == [
            ("note", "because of 👩‍🔬", "Student20", "why"),
            ("follow_up", "and then?", "Student503", "why"),
        ]
    for reader in (member(0), voter(3), student(999)):
        with pytest.raises(CourseError, match="for those who write"):
            await room.panels.notes(PLACE, reader, None)
    with pytest.raises(CourseError, match="nothing in it"):
        await room.panels.note(PLACE, voter(1), room.sessions[0], asked, " \n\x07 ", "n3", START)
    with pytest.raises(CourseError, match="2,001 characters"):
        await room.panels.follow_up(PLACE, voter(1), asked, "x" * 2001, "n4", START)


async def test_a_follow_up_reaches_who_asked_and_never_its_writer(room: Room) -> None:
    head = await room.ask(0, "why")
    under = await room.ask(1, "why, too", under=head)
    await room.open_panel()
    await room.next(0)

    async def told(who: int, about: int) -> tuple[str, ...]:
        name = f"{who}/{about}"
        return (await room.panels.follow_up(PLACE, voter(who), about, name, name, START)).askers

    assert await told(2, head) == (voter(0).user_id, voter(1).user_id)
    assert await told(0, head) == (voter(1).user_id,)
    assert await told(1, under) == (voter(0).user_id,)
    for one in (head, under):
        found = await room.database.read(panels.follow_ups, one)
        assert [(note.by, note.text) for note in found][:2] == [
            ("Student502", f"2/{head}"),
            ("Student500", f"0/{head}"),
        ]


async def test_only_staff_lead_the_panel(room: Room) -> None:
    asked = await room.ask(0, "why")
    await room.open_panel()
    for call in (
        room.panels.open(PLACE, voter(0), room.session, START),
        room.panels.next(PLACE, voter(0), room.session, 0, START),
        room.panels.mark(PLACE, voter(0), asked, "answered", START),
        room.panels.close(PLACE, voter(0), room.session, START),
        room.panels.tie(PLACE, voter(0), room.sessions[0], "1", None),
    ):
        with pytest.raises(NotStaff):
            await call
    with pytest.raises(CourseError, match="no panel yet"):
        await room.panels.next(PLACE, STAFF, "999", None, START)


async def test_suggestions(room: Room) -> None:
    assert [one.value for one in await room.panels.session_names(PLACE, "jan 25", START)] == [room.session]
    assert await room.panels.names(PLACE, "", only_open=True) == []
    await room.open_panel()
    assert [one.value for one in await room.panels.names(PLACE, "paper", only_open=True)] == [room.session]
    await room.panels.close(PLACE, STAFF, None, END)
    assert await room.panels.names(PLACE, "", only_open=True) == []
    assert len(await room.panels.names(PLACE, "", only_open=False)) == 1
    assert await room.panels.session_names("discord:9", "", START) == []
