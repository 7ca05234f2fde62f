"""Whatever groups claim, give back and swap, whatever staff do in between: no rule is broken by it."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError

from bot.core.course import Role
from bot.core.errors import CourseError
from bot.store import duties
from bot.store.database import Database
from bot.store.tables import membership, metadata
from tests.conftest import NOW
from tests.support.duties import Course, lecture, member
from tests.support.people import PLACE

P, S, R = Role.PRESENTER, Role.SUMMARIZER, Role.REVIEWER
Held = set[tuple[int, Role, int]]

LIMITS = {P: (1, 9), S: (1, 2), R: (1, 9)}
"""How often a group does each duty: the course's policies."""

groups, lectures, roles = st.integers(0, 2), st.integers(0, 3), st.sampled_from(list(Role))
_steps = st.lists(
    st.one_of(
        st.tuples(st.just("claim"), groups, lectures, roles),
        st.tuples(st.just("claim"), groups, lectures, roles),
        st.tuples(st.just("release"), groups, lectures),
        st.tuples(st.just("swap"), groups, st.integers(0, 3), groups, st.integers(0, 3)),
        st.tuples(st.just("swap"), groups, st.integers(0, 3), groups, st.integers(0, 3)),
        st.tuples(st.just("staff end"), lectures, roles),
        st.tuples(st.just("staff give"), groups, lectures, roles),
        st.tuples(st.just("leave"), groups),
    ),
    max_size=18,
)


def _too_often(held: Held) -> set[tuple[int, Role]]:
    done = Counter((group, role) for _, role, group in held)
    return {key for key, times in done.items() if times > LIMITS[key[1]][1]}


def _lacking(held: Held) -> set[tuple[int, Role]]:
    done = Counter((group, role) for _, role, group in held)
    return {(group, role) for group in range(3) for role in Role if done[group, role] < LIMITS[role][0]}


async def _swap(course: Course, asking: int, mine: int, other: int, wanted: int) -> str | None:
    """Ask for the other group's duty with this number, or for nothing, and let it accept: what becomes of it."""
    desk = await course.desk()
    offers = [one for one in desk.holdings if one.group_id == course.groups[asking]]
    theirs = [one for one in desk.holdings if one.group_id == course.groups[other]]
    if mine >= len(offers):
        return "done"
    back = theirs[wanted].id if wanted < len(theirs) else None
    asked = await course.swaps.ask(PLACE, member(asking), offers[mine].id, course.groups[other], back, NOW)
    return (await course.swaps.accept(PLACE, member(other), asked.id, NOW)).outcome


async def _by_staff(course: Course, verb: str, *what: Any) -> None:
    def act(tx):  # type: ignore[no-untyped-def]
        if verb == "staff give":
            group, number, role = what
            duties.take(tx, course.sessions[number], role, course.groups[group], "staff", "set by staff", NOW)
        elif verb == "staff end":
            number, role = what
            there = (course.sessions[number], role)
            duties.end(tx, [one.id for one in duties.holdings(tx, 1) if (one.session_id, one.role) == there], NOW)
        else:
            last = membership.c.group_id == course.groups[what[0]], membership.c.seat == 2
            tx.execute(update(membership).where(*last).values(left_at=NOW, by_staff=True))
            duties.follow(tx, course.groups[what[0]], NOW)

    try:
        await course.database.write(act)
    except IntegrityError:
        return  # a group has one duty in a session, whoever gives it another


async def _step(course: Course, verb: str, *what: Any) -> None:
    before = await course.held()
    try:
        if verb == "claim":
            group, number, role = what
            claimed = await course.claim(group, number, role)
            assert claimed.already == ((number, role, group) in before)
            assert await course.held() == before | {(number, role, group)}
        elif verb == "release":
            group, number = what
            await course.duties.release(PLACE, member(group), lecture(number).isoformat(), NOW)
            assert {(one[0], one[2]) for one in before - await course.held()} == {(number, group)}
        elif verb == "swap":
            assert await _swap(course, *what) == "done"
            assert _lacking(await course.held()) <= _lacking(before)
        else:
            await _by_staff(course, verb, *what)
            await course.held()
            return
    except CourseError:
        assert await course.held() == before  # a refusal changes nothing
    after = await course.held()
    assert _too_often(after) <= _too_often(before)
    assert max(Counter((number, group) for number, _, group in after).values(), default=1) == 1
    assert max(Counter((number, role) for number, role, _ in after).values(), default=1) == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=15)
@given(steps=_steps)
def test_no_sequence_of_claims_and_swaps_breaks_a_rule(url: str, steps: list[tuple[Any, ...]]) -> None:
    async def run() -> None:
        database = Database(url)
        with database.engine.begin() as tx:
            for table in reversed(metadata.sorted_tables):
                tx.execute(delete(table))
        course = await Course(database).open()
        for step in steps:
            await _step(course, *step)
        await asyncio.to_thread(database.close)

    asyncio.run(run())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=8)
@given(steps=_steps)
def test_nor_do_they_all_at_once(url: str, steps: list[tuple[Any, ...]]) -> None:
    async def run() -> None:
        database = Database(url)
        with database.engine.begin() as tx:
            for table in reversed(metadata.sorted_tables):
                tx.execute(delete(table))
        course = await Course(database).open()

        async def press(verb: str, *what: Any) -> None:
            try:
                if verb == "claim":
                    await course.claim(*what)
                elif verb == "release":
                    await course.duties.release(PLACE, member(what[0]), lecture(what[1]).isoformat(), NOW)
                elif verb == "swap":
                    await _swap(course, *what)
            except CourseError:
                return  # a refusal is an answer; anything else fails the test

        await asyncio.gather(*(press(*step) for step in steps))
        held = await course.held()
        assert not _too_often(held)
        assert max(Counter((number, group) for number, _, group in held).values(), default=1) == 1
        await asyncio.to_thread(database.close)

    asyncio.run(run())
