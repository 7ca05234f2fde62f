"""Opening, casting, closing and calling off votes, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.core.ballots import Method
from bot.core.course import Role
from bot.core.errors import CourseError, NotStaff
from bot.core.people import Actor, NoLongerInCourse
from bot.services.vote_life import bonuses
from bot.services.votes import Votes
from bot.store import audit, ballots, courses, groups, leaving, votes
from bot.store.database import Database
from bot.store.tables import ballot, vote_key, vote_voter
from tests.conftest import NOW
from tests.support.duties import member
from tests.support.people import PLACE, STAFF, student
from tests.support.voting import END, SOON, START, Hall, enter, voter


@pytest.fixture
async def hall(database: Database) -> Hall:
    return await Hall(database).fill()


async def test_a_vote_opens_for_those_who_did_not_perform(hall: Hall) -> None:
    opened = await hall.votes.open_session(PLACE, STAFF, str(hall.sessions[0]), None, START)
    assert (opened.voters, opened.closes_at) == (5, END + timedelta(hours=12))
    assert opened.title == "Thu Jan 25 · Paper of Jan 25"
    panel = await hall.votes.panel(PLACE, voter(0), opened.vote_id, START)
    assert sorted(choice.label for choice in panel.choices) == ["Group 0", "Group 1", "Group 2"]
    assert (panel.voted, panel.turnout.voted, panel.turnout.voters) == (False, 0, 5)
    with pytest.raises(CourseError, match="Your own group performed"):
        await hall.votes.panel(PLACE, member(0), opened.vote_id, START)


async def test_a_ballot_is_changed_until_the_close_and_counted_once(hall: Hall) -> None:
    vote_id = await hall.open_vote()
    first = await hall.cast(voter(0), vote_id, 1)
    assert (first.chosen, first.again) == (("Group 0",), False)
    changed = await hall.cast(voter(0), vote_id, 3, at=SOON)
    assert (changed.chosen, changed.again) == (("Group 2",), True)
    await hall.cast(voter(1), vote_id, 3)
    await hall.cast(voter(2), vote_id, 2)
    assert await hall.counts(vote_id) == [None, None, None]
    closed = await hall.votes.close(PLACE, STAFF, str(vote_id), SOON)
    assert (closed.ballots, await hall.counts(vote_id)) == (3, [0, 1, 2])
    for who in (voter(0), voter(4)):
        with pytest.raises(CourseError, match=r"closed .* no vote can be cast"):
            await hall.cast(who, vote_id, 1, at=SOON)
        with pytest.raises(CourseError, match="closed"):
            await hall.votes.panel(PLACE, who, vote_id, SOON)


async def test_a_press_at_the_closing_time_is_too_late_even_before_the_clock_closes_it(hall: Hall) -> None:
    vote_id = await hall.open_vote()
    at = END + timedelta(hours=12)
    await hall.cast(voter(0), vote_id, 1, at=at - timedelta(microseconds=1))
    with pytest.raises(CourseError, match="closed"):
        await hall.cast(voter(1), vote_id, 1, at=at)
    with pytest.raises(CourseError, match="No vote is open"):
        await hall.votes.find_open(PLACE, None, at)


async def test_each_voter_has_an_order_of_their_own_and_keeps_it(hall: Hall) -> None:
    await hall.database.write(enter, [voter(number) for number in range(10, 40)])
    vote_id = await hall.open_vote()

    async def order(number: int) -> tuple[int, ...]:
        panel = await hall.votes.panel(PLACE, voter(number), vote_id, START)
        return tuple(choice.number for choice in panel.choices)

    orders = [await order(number) for number in range(10, 40)]
    assert len(set(orders)) == 6
    assert [await order(number) for number in range(10, 40)] == orders


async def test_who_came_later_or_is_unknown_or_was_dropped_is_told_so(hall: Hall) -> None:
    vote_id = await hall.open_vote()
    await hall.database.write(enter, [voter(77)])
    for late in (voter(77), student(999)):
        with pytest.raises(CourseError, match="not in the course yet when this vote opened"):
            await hall.cast(late, vote_id, 1)

    def drop(tx):  # type: ignore[no-untyped-def]
        course = courses.at_place(tx, PLACE)
        who = ballots.voters(tx, [(course.id, "discord", voter(0).user_id)], [vote_id])
        leaving.drop(tx, course, next(iter(who.values())).person_id, STAFF.key, START)

    await hall.database.write(drop)
    with pytest.raises(NoLongerInCourse):
        await hall.cast(voter(0), vote_id, 1)
    with pytest.raises(CourseError, match="not here any more"):
        await hall.votes.cast("discord:2", voter(1), vote_id, (1,), START)
    with pytest.raises(CourseError, match="not here any more"):
        await hall.cast(voter(1), 12345, 1)


async def test_staff_do_not_vote_on_a_class(hall: Hall) -> None:
    assistant = Actor("discord", "2", "Staff02", staff=True)
    await hall.database.write(enter, [assistant])
    vote_id = await hall.open_vote()
    with pytest.raises(CourseError, match="Only students"):
        await hall.cast(assistant, vote_id, 1)


async def test_only_the_roster_votes_where_only_the_roster_takes_part(hall: Hall) -> None:
    await hall.policy("roster_required", "yes")
    await hall.database.write(lambda tx: courses.settle(tx, 1))
    with pytest.raises(CourseError, match="nobody could vote"):
        await hall.open_vote()


async def _move_in(hall: Hall, who: Actor, group: int) -> None:
    """By staff, after the vote has opened."""

    def move(tx):  # type: ignore[no-untyped-def]
        found = ballots.voters(tx, [(1, "discord", who.user_id)], [1])
        person_id = next(iter(found.values())).person_id
        assert groups.seat_by_staff(tx, 1, hall.groups[group], person_id, START)

    await hall.database.write(move)


async def test_a_vote_for_ones_own_group_is_refused_and_one_cast_before_is_left_out(hall: Hall) -> None:
    vote_id = await hall.open_vote()
    await hall.cast(voter(0), vote_id, 1)
    await hall.cast(voter(1), vote_id, 2)
    for who in (voter(0), voter(2)):
        await _move_in(hall, who, 0 if who == voter(0) else 1)
    with pytest.raises(CourseError, match="your own group"):
        await hall.cast(voter(0), vote_id, 1)
    panel = await hall.votes.panel(PLACE, voter(2), vote_id, START)
    assert sorted(choice.number for choice in panel.choices) == [1, 3]
    await hall.cast(voter(2), vote_id, 3)
    await hall.votes.close(PLACE, STAFF, str(vote_id), SOON)
    assert (await hall.counts(vote_id), await hall.counted(vote_id)) == ([0, 1, 1], 2)


async def test_who_performed_and_left_the_group_does_not_vote_on_it(hall: Hall) -> None:
    def leave(tx):  # type: ignore[no-untyped-def]
        found = ballots.voters(tx, [(1, "discord", member(0).user_id)], [1])
        who = next(iter(found.values()))
        row = tx.exec_driver_sql(f"SELECT id FROM membership WHERE person_id = {who.person_id}").one()
        groups.remove(tx, row.id, who.group_id, START + timedelta(minutes=1))

    await hall.database.write(leave)
    vote_id = await hall.open_vote(SOON)
    with pytest.raises(CourseError, match="You performed in this class"):
        await hall.cast(member(0), vote_id, 2, at=SOON)


@pytest.mark.parametrize(
    ("groups_on", "voters", "sentence"),
    [(0, 3, "no group performed"), (1, 3, "only one group performed"), (3, 0, "nobody could vote")],
)
async def test_a_vote_that_could_decide_nothing_is_refused(
    database: Database, groups_on: int, voters: int, sentence: str
) -> None:
    hall = await Hall(database).fill(groups_on, voters)
    with pytest.raises(CourseError, match=sentence):
        await hall.open_vote()


async def test_the_policy_says_whose_groups_can_be_voted_for(hall: Hall) -> None:
    await hall.policy("vote.candidates", "presenter,reviewer")
    vote_id = await hall.open_vote()
    panel = await hall.votes.panel(PLACE, member(1), vote_id, START)
    assert {choice.label for choice in panel.choices} == {"Group 0", "Group 2"}


async def test_one_vote_a_session_unless_it_is_called_off(hall: Hall) -> None:
    vote_id = await hall.open_vote()
    with pytest.raises(CourseError, match="is open already"):
        await hall.open_vote()
    await hall.votes.close(PLACE, STAFF, str(vote_id), SOON)
    with pytest.raises(CourseError, match=r"was closed .*call it off with `/staff vote void`"):
        await hall.open_vote(SOON)
    await hall.call_off(vote_id)
    assert await hall.open_vote(SOON) != vote_id


async def test_calling_off_is_previewed_and_leaves_an_audit_entry_and_no_ballot(hall: Hall) -> None:
    vote_id = await hall.open_vote()
    await hall.cast(voter(0), vote_id, 1)
    preview = await hall.votes.preview_void(PLACE, STAFF, str(vote_id), "wrong class", SOON)
    assert preview.voted == 1
    await hall.votes.confirm_void(PLACE, STAFF, preview.token, SOON)
    with pytest.raises(CourseError, match="called off by the staff"):
        await hall.cast(voter(1), vote_id, 1)
    with pytest.raises(CourseError, match="called off already"):
        await hall.votes.preview_void(PLACE, STAFF, str(vote_id), "again", SOON)
    with pytest.raises(CourseError, match=r"confirmed or cancelled|done with"):
        await hall.votes.confirm_void(PLACE, STAFF, preview.token, SOON)
    entry = (await hall.database.read(audit.latest, 1, 1))[0]
    assert entry.what == "called off the vote “Thu Jan 25 · Paper of Jan 25”: wrong class"
    left = [select(func.count()).select_from(table) for table in (ballot, vote_key)]
    assert [await hall.database.read(lambda tx, s=s: tx.execute(s).scalar()) for s in left] == [0, 0]


async def test_a_preview_of_another_state_is_refused(hall: Hall) -> None:
    vote_id = await hall.open_vote()
    preview = await hall.votes.preview_void(PLACE, STAFF, str(vote_id), "wrong class", SOON)
    await hall.votes.close(PLACE, STAFF, str(vote_id), SOON)
    with pytest.raises(CourseError, match="has changed since this preview"):
        await hall.votes.confirm_void(PLACE, STAFF, preview.token, SOON)


async def test_a_poll_asks_everyone_and_takes_several(hall: Hall) -> None:
    everyone = [Actor("discord", "2", "Staff02", staff=True), member(0), voter(0)]
    await hall.database.write(enter, everyone[:1])
    opened = await hall.votes.open_poll(PLACE, STAFF, "When?", "Mon; Tue ;Wed", Method.APPROVAL, 2, START)
    assert (opened.voters, opened.closes_at - START) == (12, timedelta(hours=2))
    for number, who in enumerate(everyone):
        await hall.cast(who, opened.vote_id, 3, number + 1, number + 1)
    with pytest.raises(CourseError, match="chose nothing"):
        await hall.cast(voter(1), opened.vote_id)
    with pytest.raises(CourseError, match="not up for this vote"):
        await hall.cast(voter(1), opened.vote_id, 4)
    await hall.votes.close(PLACE, STAFF, str(opened.vote_id), SOON)
    assert (await hall.counts(opened.vote_id), await hall.counted(opened.vote_id)) == ([1, 1, 3], 3)
    assert (await hall.votes.standings(PLACE, STAFF)).standings == ()


@pytest.mark.parametrize(
    ("choices", "sentence"),
    [
        ("one", "2 to 20 choices"),
        (";".join(str(n) for n in range(21)), "has 21"),
        ("a; A", "are the same"),
        ("a;" + "b" * 81, "at most 80"),
    ],
)
async def test_a_poll_with_bad_choices_is_refused(hall: Hall, choices: str, sentence: str) -> None:
    with pytest.raises(CourseError, match=sentence):
        await hall.votes.open_poll(PLACE, STAFF, "When?", choices, Method.SINGLE, 2, START)


@pytest.mark.parametrize("closes", ["3h", "2024-01-25 15:00"])
async def test_staff_say_when_it_closes(hall: Hall, closes: str) -> None:
    at = END
    opened = await hall.votes.open_session(PLACE, STAFF, str(hall.sessions[0]), closes, at)
    assert opened.closes_at == at + timedelta(hours=3)


@pytest.mark.parametrize(("closes", "sentence"), [("2024-01-20", "is past"), ("soon", "is not a date")])
async def test_a_bad_closing_time_is_refused(hall: Hall, closes: str, sentence: str) -> None:
    with pytest.raises(CourseError, match=sentence):
        await hall.votes.open_session(PLACE, STAFF, str(hall.sessions[0]), closes, START)


async def test_standings_and_bonuses_share_a_tie(database: Database) -> None:
    hall = await Hall(database).fill(groups=4, lectures=2)
    await hall.give(1, Role.PRESENTER, 0)
    await hall.give(1, Role.REVIEWER, 3)
    first = await hall.open_vote()
    for number, choice in enumerate([1, 1, 2, 2, 3]):
        await hall.cast(voter(number), first, choice)
    await hall.votes.close(PLACE, STAFF, str(first), SOON)
    later = START + timedelta(days=7)
    second = await hall.open_vote(later, 1)
    await hall.cast(voter(0), second, 1, at=later)
    await hall.votes.close(PLACE, STAFF, str(second), later + timedelta(hours=1))
    found = await hall.votes.standings(PLACE, STAFF)
    assert [(found.names[one.choice], one.place, one.wins, one.votes) for one in found.standings] == [
        ("Group 0", 1, 2, 3),
        ("Group 1", 2, 1, 2),
        ("Group 2", 3, 0, 1),
        ("Group 3", 4, 0, 0),
    ]
    assert await database.read(bonuses, 1) == {}
    await hall.policy("vote.bonus", "2")
    points = await database.read(bonuses, 1)
    assert sorted(points.values()) == [2, 2, 4, 4]
    await hall.call_off(second)
    assert sorted((await database.read(bonuses, 1)).values()) == [2, 2, 2, 2]


async def test_only_staff_open_close_and_call_off(hall: Hall) -> None:
    services: Votes = hall.votes
    vote_id = str(await hall.open_vote())
    for call in (
        services.open_session(PLACE, voter(0), str(hall.sessions[0]), None, START),
        services.open_poll(PLACE, voter(0), "q", "a;b", Method.SINGLE, 1, START),
        services.close(PLACE, voter(0), vote_id, START),
        services.preview_void(PLACE, voter(0), vote_id, "why", START),
        services.confirm_void(PLACE, voter(0), "token", START),
        services.standings(PLACE, voter(0)),
    ):
        with pytest.raises(NotStaff):
            await call


async def test_suggestions(hall: Hall) -> None:
    (suggested,) = await hall.votes.session_names(PLACE, "jan 25", NOW)
    vote_id = await hall.open_vote()
    assert suggested.value == str(hall.sessions[0])
    assert await hall.votes.session_names(PLACE, "", START) == []
    assert [one.value for one in await hall.votes.open_names(PLACE, "PAPER", START)] == [str(vote_id)]
    assert [one.label[-6:] for one in await hall.votes.names(PLACE, "")] == ["(open)"]
    assert await hall.votes.find_open(PLACE, "paper of", START) == vote_id
    assert await hall.votes.find_open(PLACE, str(vote_id), START) == vote_id
    await hall.votes.open_poll(PLACE, STAFF, "When?", "a;b", Method.SINGLE, 2, START)
    with pytest.raises(CourseError, match="Which vote"):
        await hall.votes.find_open(PLACE, None, START)
    assert await hall.votes.open_names("discord:9", "", START) == []


async def test_turnout_counts_people_and_says_not_who(hall: Hall) -> None:
    vote_id = await hall.open_vote()
    for _ in range(2):
        await hall.cast(voter(0), vote_id, 1)
    await hall.cast(voter(1), vote_id, 1)
    assert await hall.database.read(votes.turnout, vote_id) == votes.Turnout(2, 5)
    marked = select(func.count()).where(vote_voter.c.voted)
    assert await hall.database.read(lambda tx: tx.execute(marked).scalar()) == 2
