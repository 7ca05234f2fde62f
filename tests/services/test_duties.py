"""Claiming seats and giving them back, on a real database of each kind, alone and in a crowd."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from bot.core.course import Kind, Role
from bot.core.errors import CourseError
from bot.core.groups import NotInGroup
from bot.services.duties import Owed
from bot.store import audit, duties, rota, schedule
from bot.store.database import Database
from bot.store.tables import membership
from tests.conftest import NOW
from tests.support.duties import Course, add_session, lecture, member
from tests.support.people import PLACE, student

P, S, R = Role.PRESENTER, Role.SUMMARIZER, Role.REVIEWER
START = datetime(2024, 1, 25, 15, 30, tzinfo=UTC)
"""10:30 in Detroit on the day of the first lecture."""


@pytest.fixture
async def course(database: Database) -> Course:
    return await Course(database).open()


async def test_a_claim_is_the_groups_seat_and_its_members_duty(course: Course) -> None:
    claimed = await course.claim(0, 0, P)
    assert (claimed.group, claimed.date, claimed.role, claimed.already) == ("Group 0", lecture(0), P, False)
    assert claimed.due == START - timedelta(hours=24)
    assert await course.held() == {(0, P, 0)}
    holding = (await course.desk()).holdings[0]
    assert (holding.origin, holding.reason) == ("volunteered", "volunteered")
    assert claimed.returnable
    again = await course.claim(0, 0, P, seat=1)
    assert again.already
    assert await course.held() == {(0, P, 0)}


async def test_a_session_is_named_by_id_or_date_and_shows_its_bonus(course: Course) -> None:
    await course.database.write(rota.set_bonus, course.sessions[1], "+2 points")
    for group, named in enumerate(["2024-02-01", "feb 1", " Thu Feb 1"]):
        role = [P, S, R][group]
        claimed = await course.duties.claim(PLACE, member(group), named, role.upper(), NOW)
        assert (claimed.date, claimed.bonus) == (lecture(1), "+2 points")
    assert (await course.claim(0, 2, S)).bonus is None


async def test_each_refusal_names_what_is_wrong_and_what_is_free(course: Course) -> None:
    await course.database.write(add_session, lecture(6), "Ours", Kind.LECTURE)
    cancelled = await course.database.write(add_session, lecture(7))
    await course.database.write(schedule.cancel, cancelled, NOW)
    for number in (1, 3):
        await course.give(number, S, 1)
    await course.give(0, P, 2)
    for group, session, role, words in [
        (0, "2024-01-25", "presenter", "On Thu Jan 25 Group 2 took the presenter's seat. Free on that day: summarizer"),
        (0, "2024-01-25", "presenter", "Free for a presenter: Thu Feb 1, Thu Feb 8, Thu Feb 15."),
        (0, "2024-01-25", "chair", "There is no role “chair”. Write one of: presenter, summarizer, reviewer."),
        (0, "tomorrow", "presenter", "There is no class “tomorrow”"),
        (0, "99999", "presenter", "There is no class “99999”"),
        (0, lecture(6).isoformat(), "presenter", "has no student talk"),
        (0, str(cancelled), "presenter", "The class on Thu Mar 14 is cancelled"),
        (1, "2024-02-01", "reviewer", "Group 1 has 2 duties on Feb 1 (reviewer, summarizer): one is the most."),
        (1, "2024-02-01", "presenter", "Group 1 would summarise its own lecture on Feb 1."),
        (1, "2024-02-08", "summarizer", "Group 1 would summarise 3 times: twice is the most."),
    ]:
        with pytest.raises(CourseError) as refusal:
            await course.duties.claim(PLACE, member(group), session, role, NOW)
        assert words in str(refusal.value)
    with pytest.raises(NotInGroup):
        await course.duties.claim(PLACE, student(999), "2024-01-25", "reviewer", NOW)
    with pytest.raises(CourseError, match="has begun or is over"):
        await course.claim(0, 0, R, at=START)
    assert await course.held() == {(1, S, 1), (3, S, 1), (0, P, 2)}
    assert not (await course.claim(0, 0, R, at=START - timedelta(microseconds=1))).already


async def test_a_group_that_does_it_too_often_already_cannot_claim_more(course: Course) -> None:
    for number in range(3):
        await course.give(number, S, 0, "staff")
    with pytest.raises(CourseError, match="Group 0 would summarise 4 times: twice is the most"):
        await course.claim(0, 3, S)


async def test_a_seat_that_single_people_hold_is_taken_and_they_are_named(course: Course) -> None:
    page = (await course.desk()).sessions[course.sessions[0]]
    people = await course.duties.mine(PLACE, member(0), NOW)
    assert people.duties == ()
    await course.database.write(rota.put_alone, 1, page.id, P, [1], NOW)  # the first member of Group 0
    with pytest.raises(CourseError, match="On Thu Jan 25 Student00 took the presenter's seat"):
        await course.claim(1, 0, P)
    with pytest.raises(CourseError, match="Group 0 has a member on duty"):
        await course.claim(0, 0, R)
    mine = (await course.duties.mine(PLACE, member(0), NOW)).duties
    assert [(one.role, one.group, one.others) for one in mine] == [(P, None, ())]


async def test_a_role_without_seats_and_a_course_without_free_ones(course: Course) -> None:
    for number, session in enumerate(course.sessions):
        await course.database.write(duties.offer, 1, session, R, 0 if number else 1)
    await course.give(0, R, 2)
    with pytest.raises(
        CourseError, match=r"There is no seat for a reviewer on Thu Feb 1\. Free on that day: presenter"
    ):
        await course.claim(0, 1, R)
    with pytest.raises(
        CourseError, match=r"Group 2 took the reviewer's seat\. Free on that day: presenter, summarizer"
    ):
        await course.claim(0, 0, R)
    for role, group in ((P, 0), (S, 1)):
        await course.give(0, role, group)
    for session in course.sessions[1:]:
        await course.database.write(duties.offer, 1, session, P, 0)
    with pytest.raises(CourseError, match=r"Group 0 took the presenter's seat\. No other seat for a presenter is free"):
        await course.claim(1, 0, P)


async def test_two_hundred_groups_for_one_seat(database: Database) -> None:
    course = await Course(database).open(groups=200, lectures=2, size=1)
    outcomes = await asyncio.gather(*(course.claim(n, 0, P) for n in range(200)), return_exceptions=True)
    refused = [one for one in outcomes if isinstance(one, BaseException)]
    assert Counter(type(one) for one in refused) == {CourseError: 199}
    assert len(await course.held()) == 1
    (_, _, winner) = next(iter(await course.held()))
    assert {str(one) for one in refused} == {
        f"On Thu Jan 25 Group {winner} took the presenter's seat. Free on that day: summarizer, reviewer. "
        "Free for a presenter: Thu Feb 1."
    }


async def test_with_two_seats_two_of_many_get_one(course: Course) -> None:
    await course.database.write(duties.offer, 1, course.sessions[0], R, 2)
    await asyncio.gather(*(course.claim(n, 0, R) for n in range(3)), return_exceptions=True)
    assert [role for _, role, _ in await course.held()] == [R, R]


@pytest.mark.parametrize("attempt", range(3))
async def test_one_group_that_claims_everything_at_once_gets_one_seat_a_session(course: Course, attempt: int) -> None:
    presses = [(seat, number, role) for number in (0, 1) for role in (P, S, R) for seat in (0, 1)]
    outcomes = await asyncio.gather(
        *(course.claim(0, number, role, seat=seat) for seat, number, role in presses), return_exceptions=True
    )
    held = await course.held()
    assert sorted(number for number, _, _ in held) == [0, 1]
    won = [one for one in outcomes if not isinstance(one, BaseException)]
    assert sorted(one.already for one in won) == [False, False, True, True]  # each by one member, then the other
    for one in outcomes:
        if isinstance(one, BaseException):
            assert "one is the most" in str(one) or "its own lecture" in str(one)


async def test_a_claim_is_given_back_until_the_slides_are_due(course: Course) -> None:
    await course.claim(0, 0, P)
    duty = (await course.desk()).holdings[0].id
    late = START - timedelta(hours=24)
    for call in (course.duties.release(PLACE, member(0), str(duty), late), course.claim(1, 0, P, at=late)):
        with pytest.raises(CourseError, match=r"too late to give back|took the presenter's seat"):
            await call
    early = late - timedelta(seconds=1)
    assert [one.value for one in await course.duties.held(PLACE, member(0), "", early, claimed=True)] == [str(duty)]
    assert await course.duties.held(PLACE, member(0), "", late, claimed=True) == []
    released = await course.duties.release(PLACE, member(0, 1), "2024-01-25", early)
    assert (released.group, released.date, released.role) == ("Group 0", lecture(0), P)
    assert await course.held() == set()
    assert (await course.duties.mine(PLACE, member(0), NOW)).duties == ()
    late_claim = await course.claim(1, 0, P, at=late)
    assert (late_claim.already, late_claim.returnable) == (False, False)
    deeds = await course.database.read(audit.latest, 1, 1)
    assert [one.what for one in deeds] == ["Group 0 gave back a claim: presenter on 2024-01-25"]


async def test_only_ones_own_claim_is_given_back(course: Course) -> None:
    planned = await course.give(0, P, 0)
    await course.claim(1, 0, S)
    theirs = next(one.id for one in (await course.desk()).holdings if one.role is S)
    with pytest.raises(CourseError, match="did not claim the presenter's seat"):
        await course.duties.release(PLACE, member(0), str(planned), NOW)
    with pytest.raises(CourseError, match="no such duty ahead"):
        await course.duties.release(PLACE, member(0), str(theirs), NOW)
    with pytest.raises(NotInGroup):
        await course.duties.release(PLACE, student(999), str(theirs), NOW)
    assert await course.held() == {(0, P, 0), (0, S, 1)}


async def test_giving_back_twice_at_once_is_once(course: Course) -> None:
    await course.claim(0, 0, P)
    outcomes = await asyncio.gather(
        *(course.duties.release(PLACE, member(0, seat), "2024-01-25", NOW) for seat in (0, 1)), return_exceptions=True
    )
    assert sum(isinstance(one, CourseError) for one in outcomes) == 1
    deeds = await course.database.read(audit.latest, 1, 5)
    assert sum("gave back" in one.what for one in deeds) == 1


async def test_suggestions(course: Course) -> None:
    await course.database.write(rota.set_bonus, course.sessions[3], "+2")
    for role, group in ((P, 0), (S, 1), (R, 2)):
        await course.give(0, role, group)
    await course.give(1, P, 0)
    found = await course.duties.open_sessions(PLACE, "", NOW)
    assert [one.label for one in found] == [
        "Thu Feb 1 · Paper of Feb 1 · 2 free",
        "Thu Feb 8 · Paper of Feb 8 · 3 free",
        "Thu Feb 15 · Paper of Feb 15 · 3 free · bonus",
    ]
    assert [one.value for one in found] == [str(id_) for id_ in course.sessions[1:]]
    assert [one.value for one in await course.duties.open_sessions(PLACE, "15 feb", NOW)] == [found[2].value]
    assert await course.duties.open_sessions(PLACE, "", NOW + timedelta(days=90)) == []
    assert await course.duties.open_sessions("discord:2", "", NOW) == []
    assert await course.duties.open_roles(PLACE, found[0].value, NOW) == [S, R]
    assert await course.duties.open_roles(PLACE, "2024-01-25", NOW) == []
    assert await course.duties.open_roles(PLACE, "", NOW) == [P, S, R]
    held = await course.duties.held(PLACE, member(0), "", NOW)
    assert [one.label for one in held] == [
        "Thu Jan 25 · Paper of Jan 25 · presenter",
        "Thu Feb 1 · Paper of Feb 1 · presenter",
    ]
    assert len(await course.duties.held(PLACE, member(0), "feb", NOW)) == 1
    assert await course.duties.held(PLACE, member(0), "", NOW, claimed=True) == []
    assert await course.duties.held(PLACE, student(999), "", NOW) == []


async def test_a_long_title_leaves_room_for_what_is_free(course: Course) -> None:
    await course.database.write(add_session, lecture(8), "An exceedingly long title " * 8)
    found = await course.duties.open_sessions(PLACE, "exceedingly", NOW)
    assert len(found[0].label) <= 100
    assert found[0].label.endswith("… · 3 free")


async def test_my_duties_next_first_then_the_past_and_what_is_owed(course: Course) -> None:
    for number, role in ((0, P), (1, S), (2, R), (3, P)):
        await course.give(number, role, 0)
    now = START + timedelta(days=8)  # a day after the second class: its summary was due the day before, at noon + 24 h
    mine = await course.duties.mine(PLACE, member(0), now)
    assert mine.group == "Group 0"
    assert [(one.session.date, one.role, one.past) for one in mine.duties] == [
        (lecture(1), S, False),
        (lecture(2), R, False),
        (lecture(3), P, False),
        (lecture(0), P, True),
    ]
    class_at = [START + timedelta(days=7 * number) for number in range(4)]
    assert [one.due for one in mine.duties] == [
        class_at[1] + timedelta(hours=25.5),
        class_at[2],
        class_at[3] - timedelta(hours=24),
        class_at[0] - timedelta(hours=24),
    ]
    assert [[other.name for other in one.others] for one in mine.duties] == [["Student01"]] * 4
    assert mine.owed == ()
    other = await course.duties.mine(PLACE, member(1), now)
    assert other.duties == ()
    assert other.owed == (Owed(P, 0, 1, True), Owed(S, 0, 1, True), Owed(R, 0, 1, True))
    stranger = await course.duties.mine(PLACE, student(999), now)
    assert (stranger.group, stranger.duties, stranger.owed) == (None, (), ())


async def test_the_past_stays_with_who_did_it(course: Course) -> None:
    await course.give(0, P, 0)
    await course.give(1, S, 0)
    later = START + timedelta(days=1)

    def leave(tx):  # type: ignore[no-untyped-def]
        tx.execute(update(membership).where(membership.c.person_id == 2).values(left_at=later, by_staff=True))
        duties.follow(tx, course.groups[0], later)

    await course.database.write(leave)
    gone = await course.duties.mine(PLACE, member(0, 1), later)
    assert [(one.session.date, one.past) for one in gone.duties] == [(lecture(0), True)]
    assert gone.group is None
    stays = await course.duties.mine(PLACE, member(0), later)
    assert [len(one.others) for one in stays.duties] == [0, 1]
