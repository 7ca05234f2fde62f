"""Forming groups on a real database of each kind, alone and in a crowd."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from bot.core.errors import CourseError, NotSetUp
from bot.core.groups import (
    AlreadyInGroup,
    GroupFull,
    GroupsLocked,
    NameTaken,
    NoSuchGroup,
    NotInGroup,
)
from bot.services.groups import Groups
from bot.store.database import Database
from bot.store.tables import membership
from tests.conftest import NOW
from tests.support.people import LOCK, PLACE, open_course, student


@pytest.fixture
async def groups(database: Database) -> Groups:
    await open_course(database, NOW)
    return Groups(database)


async def test_two_hundred_for_three_seats(groups: Groups, database: Database) -> None:
    created = await groups.create(PLACE, student(0), "Attention", NOW)
    # An empty group: the founder's membership ends without dissolving it, as when staff prepare groups.
    await database.write(lambda tx: tx.execute(membership.update().values(left_at=NOW)))
    outcomes = await asyncio.gather(
        *(groups.join(PLACE, student(n), created.group.id, NOW) for n in range(1, 201)), return_exceptions=True
    )
    refusals = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    assert len(outcomes) - len(refusals) == 3
    assert Counter(type(refusal) for refusal in refusals) == {GroupFull: 197}
    assert {str(one) for one in refusals} == {"Attention is full (3 of 3). See `/groups` for one with a free seat."}
    board = await groups.board(PLACE, "discord", NOW)
    assert [len(group.members) for group in board.groups] == [3]


async def test_a_crowd_over_several_groups_fills_each_and_doubles_nobody(groups: Groups) -> None:
    names = [f"Group {n}" for n in range(5)]
    for n, name in enumerate(names):
        await groups.create(PLACE, student(n), name, NOW)
    presses = [(who, name) for who in range(5, 45) for name in names]
    await asyncio.gather(
        *(groups.join(PLACE, student(who), name, NOW) for who, name in presses), return_exceptions=True
    )
    board = await groups.board(PLACE, "discord", NOW)
    members = [member.user_id for group in board.groups for member in group.members]
    assert [len(group.members) for group in board.groups] == [3] * 5
    assert len(set(members)) == len(members) == 15


async def test_a_double_tap_is_one_seat_and_no_error(groups: Groups) -> None:
    await groups.create(PLACE, student(0), "Attention", NOW)
    first, second = await asyncio.gather(*(groups.join(PLACE, student(1), "attention", NOW) for _ in range(2)))
    assert sorted([first.already, second.already]) == [False, True]
    assert len(second.group.members) == 2


async def test_creating_twice_is_one_group(groups: Groups) -> None:
    first, second = await asyncio.gather(*(groups.create(PLACE, student(0), "Attention", NOW) for _ in range(2)))
    assert first.group.id == second.group.id


async def test_each_refusal_says_what_to_do(groups: Groups) -> None:
    await groups.create(PLACE, student(0), "Attention", NOW)
    await groups.create(PLACE, student(1), "Diffusion", NOW)
    for refusal, call in [
        (AlreadyInGroup, groups.join(PLACE, student(0), "Diffusion", NOW)),
        (AlreadyInGroup, groups.create(PLACE, student(0), "Third", NOW)),
        (NameTaken, groups.create(PLACE, student(2), "ATTENTION", NOW)),
        (NoSuchGroup, groups.join(PLACE, student(2), "Nowhere", NOW)),
        (NoSuchGroup, groups.join(PLACE, student(2), 99999, NOW)),
        (NotInGroup, groups.leave(PLACE, student(2), NOW)),
        (NotSetUp, groups.join("discord:2", student(2), "Attention", NOW)),
        (CourseError, groups.create(PLACE, student(2), "@everyone", NOW)),
    ]:
        with pytest.raises(refusal, match=r"`/|letters, digits"):
            await call


async def test_the_lock_is_judged_by_when_the_press_was_received(groups: Groups) -> None:
    await groups.create(PLACE, student(0), "Attention", LOCK - timedelta(seconds=2))
    joined = await groups.join(PLACE, student(1), "Attention", LOCK - timedelta(microseconds=1))
    assert len(joined.group.members) == 2
    for call in (
        groups.join(PLACE, student(2), "Attention", LOCK),
        groups.create(PLACE, student(3), "Late", LOCK),
        groups.leave(PLACE, student(1), LOCK),
    ):
        with pytest.raises(GroupsLocked) as refusal:
            await call
        assert refusal.value.at == LOCK
    board = await groups.board(PLACE, "discord", LOCK)
    assert board.locked
    assert [len(group.members) for group in board.groups] == [2]


async def test_leaving_frees_the_seat_and_the_last_one_out_ends_the_group(groups: Groups) -> None:
    await groups.create(PLACE, student(0), "Attention", NOW)
    for n in (1, 2):
        await groups.join(PLACE, student(n), "Attention", NOW)
    assert not (await groups.leave(PLACE, student(1), NOW)).dissolved
    assert (await groups.join(PLACE, student(3), "Attention", NOW)).group.free == 0
    for n in (0, 2):
        assert not (await groups.leave(PLACE, student(n), NOW)).dissolved
    assert (await groups.leave(PLACE, student(3), NOW)).dissolved
    assert (await groups.board(PLACE, "discord", NOW)).groups == ()
    again = await groups.create(PLACE, student(5), "Attention", NOW)
    assert [member.name for member in again.group.members] == ["Student05"]


async def test_history_is_kept(groups: Groups, database: Database) -> None:
    await groups.create(PLACE, student(0), "Attention", NOW)
    await groups.leave(PLACE, student(0), NOW + timedelta(hours=1))
    ended = text("SELECT count(*) FROM membership WHERE left_at IS NOT NULL")
    assert await database.read(lambda tx: tx.execute(ended).scalar()) == 1


async def test_suggestions_are_open_groups_that_fit(groups: Groups) -> None:
    await groups.create(PLACE, student(0), "Attention", NOW)
    await groups.create(PLACE, student(1), "Diffusion", NOW)
    for n in (2, 3):
        await groups.join(PLACE, student(n), "Diffusion", NOW)
    assert await groups.open_names(PLACE, "discord", "", NOW) == ["Attention"]
    assert await groups.open_names(PLACE, "discord", "TEN", NOW) == ["Attention"]
    assert await groups.open_names(PLACE, "discord", "fus", NOW) == []
    assert await groups.open_names("discord:2", "discord", "", NOW) == []


_steps = st.lists(
    st.tuples(st.sampled_from(["create", "join", "leave"]), st.integers(0, 7), st.sampled_from(["Ab", "Cd", "Ef"])),
    max_size=30,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(steps=_steps, together=st.booleans())
def test_no_sequence_of_presses_breaks_a_rule(url: str, steps: list[tuple[str, int, str]], together: bool) -> None:
    async def run() -> None:
        database = Database(url)
        with database.engine.begin() as tx:
            for table in ("audit", "membership", "group_seat", "study_group", "account", "person", "policy", "course"):
                tx.execute(text(f"DELETE FROM {table}"))
        await open_course(database, NOW)
        groups = Groups(database)

        async def press(step: tuple[str, int, str]) -> None:
            verb, who, name = step
            try:
                if verb == "create":
                    await groups.create(PLACE, student(who), name, NOW)
                elif verb == "join":
                    await groups.join(PLACE, student(who), name, NOW)
                else:
                    await groups.leave(PLACE, student(who), NOW)
            except CourseError:
                return  # a refusal is an answer; anything else fails the test

        if together:
            await asyncio.gather(*(press(step) for step in steps))
        else:
            for step in steps:
                await press(step)
        board = await groups.board(PLACE, "discord", NOW)
        members = [member.user_id for group in board.groups for member in group.members]
        assert all(1 <= len(group.members) <= 3 for group in board.groups)
        assert len(set(members)) == len(members)
        await asyncio.to_thread(database.close)

    asyncio.run(run())


@pytest.mark.parametrize("attempt", range(5))
async def test_a_double_tap_for_the_last_seat_is_never_told_that_the_group_is_full(
    groups: Groups, attempt: int
) -> None:
    await groups.create(PLACE, student(0), "Attention", NOW)
    for n in (1, 2):
        await groups.join(PLACE, student(n), "Attention", NOW)
    # Student 2 is known already, so no clash over entering them makes the taps wait for each other.
    await groups.leave(PLACE, student(2), NOW)
    taps = await asyncio.gather(*(groups.join(PLACE, student(2), "Attention", NOW) for _ in range(6)))
    assert [tap.already for tap in taps].count(False) == 1
    assert {len(tap.group.members) for tap in taps} == {3}
