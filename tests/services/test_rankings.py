"""A group's ranking of sessions, on a real database of each kind."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.core.course import Kind, Role
from bot.core.errors import CourseError
from bot.core.groups import NotInGroup
from bot.services.rankings import Ranking
from bot.store import rankings, schedule
from bot.store.database import Database
from tests.conftest import NOW
from tests.support.duties import Course, add_session, lecture, member
from tests.support.people import PLACE, student

P, S, R = Role.PRESENTER, Role.SUMMARIZER, Role.REVIEWER


@pytest.fixture
async def course(database: Database) -> Course:
    return await Course(database).open(lectures=6)


def _ranked(course: Course, ranking: Ranking) -> list[int]:
    return [course.sessions.index(one.session_id) for one in ranking.ranked]


def _more(course: Course, ranking: Ranking) -> list[int]:
    return [course.sessions.index(one.session_id) for one in ranking.more]


async def test_choices_are_added_at_the_end_and_taken_off_there(course: Course) -> None:
    empty = await course.rankings.read(PLACE, member(0), NOW)
    assert (empty.group, empty.ranked, empty.most, empty.roles, empty.full) == ("Group 0", (), 5, (P,), False)
    assert _more(course, empty) == [0, 1, 2, 3, 4, 5]
    for seat, number in enumerate((3, 1, 4)):
        ranking = await course.rankings.add(PLACE, member(0, seat % 2), course.sessions[number], NOW)
    assert _ranked(course, ranking) == [3, 1, 4]
    assert _more(course, ranking) == [0, 2, 5]
    again = await course.rankings.add(PLACE, member(0), course.sessions[3], NOW)
    assert _ranked(course, again) == [3, 1, 4]
    assert _ranked(course, await course.rankings.remove_last(PLACE, member(0, 1), NOW)) == [3, 1]
    desk = await course.desk()
    assert desk.problem.rankings == {course.groups[0]: (course.sessions[3], course.sessions[1])}
    assert _ranked(course, await course.rankings.read(PLACE, member(1), NOW)) == []
    assert _ranked(course, await course.rankings.clear(PLACE, member(0), NOW)) == []
    assert _ranked(course, await course.rankings.remove_last(PLACE, member(0), NOW)) == []


async def test_there_is_a_most(course: Course) -> None:
    await course.policy("rota.ranks", "2")
    for number in (0, 1):
        ranking = await course.rankings.add(PLACE, member(0), course.sessions[number], NOW)
    assert ranking.full
    with pytest.raises(CourseError, match="has ranked 2 sessions, the most"):
        await course.rankings.add(PLACE, member(0), course.sessions[2], NOW)
    assert _ranked(course, await course.rankings.read(PLACE, member(0), NOW)) == [0, 1]


async def test_what_cannot_be_had_cannot_be_ranked(course: Course) -> None:
    await course.claim(1, 0, P)
    await course.give(1, P, 1, "planned")  # a plan may still change
    await course.claim(2, 2, S)  # another role
    guest = await course.database.write(add_session, lecture(10), "Guest", Kind.GUEST)
    cancelled = await course.database.write(add_session, lecture(11))
    await course.database.write(schedule.cancel, cancelled, NOW)
    ranking = await course.rankings.read(PLACE, member(0), NOW)
    assert _more(course, ranking) == [1, 2, 3, 4, 5]
    for refused in (course.sessions[0], guest, cancelled, 99999):
        with pytest.raises(CourseError, match="can no longer be ranked"):
            await course.rankings.add(PLACE, member(0), refused, NOW)
    late = NOW + timedelta(days=20)
    with pytest.raises(CourseError, match="can no longer be ranked"):
        await course.rankings.add(PLACE, member(0), course.sessions[1], late)
    with pytest.raises(NotInGroup):
        await course.rankings.add(PLACE, student(999), course.sessions[1], NOW)


async def test_a_choice_that_somebody_claims_keeps_its_rank_and_says_so(course: Course) -> None:
    for number in (0, 1):
        await course.rankings.add(PLACE, member(0), course.sessions[number], NOW)
    await course.claim(1, 0, P)
    ranking = await course.rankings.read(PLACE, member(0), NOW)
    assert [one.open for one in ranking.ranked] == [False, True]
    await course.database.write(schedule.cancel, course.sessions[1], NOW)
    assert _ranked(course, await course.rankings.read(PLACE, member(0), NOW)) == [0]


async def test_the_roles_are_a_policy(course: Course) -> None:
    await course.claim(1, 0, P)
    await course.policy("rota.ranked", "presenter, summarizer")
    ranking = await course.rankings.read(PLACE, member(0), NOW)
    assert ranking.roles == (P, S)
    assert 0 in _more(course, ranking)
    await course.policy("rota.ranked", ",")
    with pytest.raises(CourseError, match="nothing is given out by rankings"):
        await course.rankings.read(PLACE, member(0), NOW)


async def test_presses_of_several_members_at_once_lose_nothing(course: Course) -> None:
    await asyncio.gather(
        *(course.rankings.add(PLACE, member(0, n % 2), session, NOW) for n, session in enumerate(course.sessions)),
        return_exceptions=True,
    )
    stored = await course.database.read(rankings.of, course.groups[0])
    assert len(stored) == len(set(stored)) == 5
