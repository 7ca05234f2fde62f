"""Invitations on a real database of each kind: the lock to the microsecond, double taps, the last seat."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from bot.core.errors import CourseError
from bot.core.groups import GroupFull, GroupsLocked, InvitationClosed, NotForYou, TooLate
from bot.services.groups import Asking, Groups, Joined
from bot.services.invitations import Invitations
from bot.services.placement import PlacementService
from bot.services.policies import PolicyService
from bot.store import courses, people
from bot.store.database import Database
from tests.conftest import NOW
from tests.support.people import LOCK, PLACE, STAFF, open_course, student

TICK = timedelta(microseconds=1)
UNTIL = LOCK + timedelta(hours=24)


@pytest.fixture
async def groups(database: Database) -> Groups:
    await open_course(database, NOW)
    made = Groups(database)
    await made.create(PLACE, student(0), "Attention", NOW)
    return made


@pytest.fixture
def invitations(database: Database, groups: Groups) -> Invitations:
    return Invitations(database)


async def _invite(invitations: Invitations, number: int) -> int:
    invited = await invitations.invite(PLACE, student(0), student(number), LOCK - TICK)
    assert invited.invitation_id is not None
    assert invited.until == UNTIL
    return invited.invitation_id


async def test_an_invitation_holds_until_the_policys_moment(invitations: Invitations) -> None:
    first, second = await _invite(invitations, 1), await _invite(invitations, 2)
    with pytest.raises(GroupsLocked):
        await invitations.invite(PLACE, student(0), student(3), LOCK)
    assert (await invitations.answer(PLACE, student(1), first, True, UNTIL - TICK)).accepted
    with pytest.raises(TooLate) as refusal:
        await invitations.answer(PLACE, student(2), second, True, UNTIL)
    assert refusal.value.at == UNTIL
    assert not (await invitations.answer(PLACE, student(2), second, False, UNTIL)).accepted


async def test_with_an_invitation_join_group_works_after_the_lock_too(groups: Groups, invitations: Invitations) -> None:
    await _invite(invitations, 1)
    assert isinstance(await groups.join(PLACE, student(1), "Attention", LOCK), Joined)
    with pytest.raises(GroupsLocked):
        await groups.join(PLACE, student(2), "Attention", LOCK)


async def test_a_double_tap_on_accept_is_one_seat_and_no_error(invitations: Invitations) -> None:
    made = await _invite(invitations, 1)
    taps = await asyncio.gather(*(invitations.answer(PLACE, student(1), made, True, NOW) for _ in range(4)))
    assert [len(tap.group.members) for tap in taps] == [2] * 4
    with pytest.raises(InvitationClosed):
        await invitations.answer(PLACE, student(1), made, False, NOW)


async def test_of_two_who_accept_the_last_seat_one_gets_it(groups: Groups, invitations: Invitations) -> None:
    made = {number: await _invite(invitations, number) for number in (1, 2, 3)}
    results = await asyncio.gather(
        *(invitations.answer(PLACE, student(number), one, True, NOW) for number, one in made.items()),
        return_exceptions=True,
    )
    assert [type(one) for one in results].count(GroupFull) == 1
    board = await groups.board(PLACE, "discord", NOW)
    assert [len(group.members) for group in board.groups] == [3]


async def test_who_was_never_met_is_in_the_course_from_the_invitation_on(
    invitations: Invitations, database: Database
) -> None:
    await _invite(invitations, 7)
    assert await database.read(people.without_group, 1, "discord") == ["1007"]


async def test_a_request_is_answered_by_members_at_the_press(
    groups: Groups, invitations: Invitations, database: Database
) -> None:
    await PolicyService(database, lambda: None).put(PLACE, STAFF, "groups.joining", "request", NOW)
    first = await groups.join(PLACE, student(1), "Attention", LOCK - TICK)
    second = await groups.join(PLACE, student(2), "Attention", LOCK - TICK)
    assert isinstance(first, Asking)
    assert isinstance(second, Asking)
    with pytest.raises(NotForYou):
        await invitations.answer(PLACE, student(2), first.request_id, True, NOW)
    await invitations.answer(PLACE, student(0), first.request_id, True, NOW)
    # Who was let in a moment ago is a member like any other; and what was asked in time is answered after the lock.
    assert (await invitations.answer(PLACE, student(1), second.request_id, True, LOCK)).accepted
    with pytest.raises(GroupsLocked):
        await groups.join(PLACE, student(3), "Attention", LOCK)


async def test_nobody_waits_for_more_than_five_groups(groups: Groups, database: Database) -> None:
    await PolicyService(database, lambda: None).put(PLACE, STAFF, "groups.joining", "request", NOW)
    for number in range(1, 6):
        await groups.create(PLACE, student(number), f"Group {number}", NOW)
    for number in range(1, 6):
        await groups.join(PLACE, student(9), f"Group {number}", NOW)
    with pytest.raises(CourseError, match="waiting for 5 groups"):
        await groups.join(PLACE, student(9), "Attention", NOW)


async def test_with_a_roster_only_those_on_it_are_left_over(groups: Groups, database: Database) -> None:
    def enter(tx: Connection) -> None:
        for number in range(4):
            people.add(tx, 1, f"login{number}", f"Roster{number}", "student", NOW, origin="roster")
        people.add(tx, 1, "page:student50", "Student50", "student", NOW, origin="page")
        people.add(tx, 1, "discord:1060", "Student60", "student", NOW, student(60))

    async def left() -> set[str]:
        shown = await PlacementService(database).preview(PLACE, STAFF, NOW)
        joining = [member.name for one in (*shown.filled, *shown.founded) for member in one.joining]
        return {*joining, *(member.name for member in shown.unplaced)}

    await database.write(enter)
    await database.write(courses.settle, 1)
    assert await left() == {"Roster0", "Roster1", "Roster2", "Roster3"}
    await PolicyService(database, lambda: None).put(PLACE, STAFF, "roster_required", "no", NOW)
    assert await left() == {"Roster0", "Roster1", "Roster2", "Roster3", "Student60"}
