"""Two groups trade duties, on a real database of each kind, alone and in a crowd."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import delete, insert, select

from bot.core.course import Role
from bot.core.errors import CourseError
from bot.core.groups import NoSuchGroup, NotInGroup
from bot.services.swap_views import SwapView
from bot.store import audit, duties, schedule
from bot.store.database import Database
from bot.store.tables import account, group_space, swap
from tests.conftest import NOW
from tests.support.duties import Course, member
from tests.support.people import PLACE, student

P, S, R = Role.PRESENTER, Role.SUMMARIZER, Role.REVIEWER
ROOM = "500"


class Trading(Course):
    """Group 0 presents the first lecture, Group 1 summarises the second and reviews the third."""

    async def open(self, groups: int = 3, lectures: int = 4, size: int = 2) -> Trading:
        await super().open(groups, lectures, size)
        self.offer = await self.give(0, P, 0)
        self.theirs = await self.give(1, S, 1)
        self.panel = await self.give(2, R, 1)
        # Nobody is obliged to anything, so that each test can break the rule it is about.
        for rule in ("rota.presents", "rota.summarises", "rota.reviews"):
            await self.policy(rule, "0-2")
        return self

    async def ask(self, wanted: int | None, offered: int | None = None, at=NOW) -> SwapView:  # type: ignore[no-untyped-def]
        return await self.swaps.ask(PLACE, member(0), offered or self.offer, self.groups[1], wanted, at)


@pytest.fixture
async def course(database: Database) -> Trading:
    return await Trading(database).open()


async def _outcomes(course: Course) -> list[str | None]:
    return await course.database.read(lambda tx: list(tx.execute(select(swap.c.outcome).order_by(swap.c.id)).scalars()))


async def test_the_ways_to_trade(course: Trading) -> None:
    options = await course.swaps.options(PLACE, member(0, 1), str(course.offer), "group 1", ROOM, NOW)
    assert (options.offered.what, options.offered.id, options.other) == (
        "Thu Jan 25 presentation",
        course.offer,
        "Group 1",
    )
    assert [(one.id, one.what) for one in options.trades] == [
        (course.theirs, "Thu Feb 1 summary"),
        (course.panel, "Thu Feb 8 review"),
    ]
    assert options.take_over
    assert options.refused == ()


async def test_ways_that_break_a_rule_are_named(course: Trading) -> None:
    await course.give(1, R, 0)
    options = await course.swaps.options(PLACE, member(0), "2024-01-25", "Group 1", ROOM, NOW)
    assert [one.id for one in options.trades] == [course.panel]
    assert options.take_over
    assert options.refused == (
        ("their Thu Feb 1 summary", "Group 0 has 2 duties on Feb 1 (reviewer, summarizer): one is the most."),
    )


async def test_giving_away_the_only_presentation_needs_one_in_return(course: Trading) -> None:
    await course.policy("rota.presents", "1-2")
    theirs = await course.give(3, P, 1)
    options = await course.swaps.options(PLACE, member(0), "2024-01-25", "Group 1", ROOM, NOW)
    assert [one.id for one in options.trades] == [theirs]
    assert not options.take_over
    assert dict(options.refused).keys() == {"their Thu Feb 1 summary", "their Thu Feb 8 review", "nothing in return"}
    assert options.refused[-1][1] == "Group 0 does not present: each group does so at least once."


async def test_when_every_way_breaks_a_rule_it_is_refused_with_the_rules(course: Trading) -> None:
    await course.policy("rota.presents", "1-2")
    with pytest.raises(CourseError) as refusal:
        await course.swaps.options(PLACE, member(0), str(course.offer), "Group 1", ROOM, NOW)
    assert "Group 0 does not present: each group does so at least once." in str(refusal.value)


async def test_asking_is_refused_in_words(course: Trading) -> None:
    for words, duty, other, who, room in [
        ("no such duty ahead", str(course.theirs), "Group 1", member(0), ROOM),
        ("no such duty ahead", "2024-02-15", "Group 1", member(0), ROOM),
        ("your own group", str(course.offer), "Group 0", member(0), ROOM),
        ("There is no group “Nobody”", str(course.offer), "Nobody", member(0), ROOM),
    ]:
        with pytest.raises(CourseError, match=words):
            await course.swaps.options(PLACE, who, duty, other, room, NOW)
    with pytest.raises(NotInGroup):
        await course.swaps.options(PLACE, student(999), str(course.offer), "Group 1", ROOM, NOW)
    with pytest.raises(CourseError, match="no such duty ahead"):
        await course.swaps.options(PLACE, member(0), str(course.offer), "Group 1", ROOM, NOW + timedelta(days=7))
    with pytest.raises(NoSuchGroup):
        await course.swaps.ask(PLACE, member(0), course.offer, 99999, None, NOW)
    space = {"group_id": course.groups[0], "course_id": 1, "room_id": ROOM}
    await course.database.write(lambda tx: tx.execute(insert(group_space).values(**space)))
    with pytest.raises(CourseError, match="cannot read this room"):
        await course.swaps.options(PLACE, member(0), str(course.offer), "Group 1", ROOM, NOW)


async def test_a_group_without_accounts_cannot_be_asked(course: Trading) -> None:
    theirs = account.c.user_id.in_([member(1).user_id, member(1, 1).user_id])
    await course.database.write(lambda tx: tx.execute(delete(account).where(theirs)))
    with pytest.raises(CourseError, match="Nobody in Group 1 has an account here"):
        await course.swaps.options(PLACE, member(0), str(course.offer), "Group 1", ROOM, NOW)
    with pytest.raises(CourseError, match="Nobody in Group 1 has an account here"):
        await course.ask(None)


async def test_a_trade_exchanges_both_seats_and_their_people(course: Trading) -> None:
    asked = await course.ask(course.theirs)
    assert (asked.group, asked.other, asked.fresh, asked.outcome) == ("Group 0", "Group 1", True, None)
    assert set(asked.members) == {member(1).user_id, member(1, 1).user_id}
    assert asked.asker == member(0).user_id
    assert await course.held() == {(0, P, 0), (1, S, 1), (2, R, 1)}
    done = await course.swaps.accept(PLACE, member(1, 1), asked.id, NOW)
    assert (done.outcome, done.fresh) == ("done", True)
    assert (done.offered.what, done.wanted and done.wanted.what) == ("Thu Jan 25 presentation", "Thu Feb 1 summary")
    assert await course.held() == {(0, P, 1), (1, S, 0), (2, R, 1)}
    reasons = {(one.role, one.origin, one.reason) for one in (await course.desk()).holdings if one.role is not R}
    assert reasons == {(P, "swapped", "swapped with Group 0"), (S, "swapped", "swapped with Group 1")}
    mine = await course.duties.mine(PLACE, member(0, 1), NOW)
    assert [(one.role, [other.name for other in one.others]) for one in mine.duties] == [(S, ["Student00"])]
    deeds = await course.database.read(audit.latest, 1, 1)
    assert [(one.actor, one.what) for one in deeds] == [
        (
            member(1, 1).key,
            "Group 0 and Group 1 swapped: presenter on 2024-01-25 for summarizer on 2024-02-01",
        )
    ]


async def test_a_take_over_asks_for_nothing(course: Trading) -> None:
    asked = await course.ask(None)
    assert asked.wanted is None
    done = await course.swaps.accept(PLACE, member(1), asked.id, NOW)
    assert done.outcome == "done"
    assert await course.held() == {(0, P, 1), (1, S, 1), (2, R, 1)}
    assert (await course.desk()).holdings[0].reason == "taken over from Group 0"
    deeds = await course.database.read(audit.latest, 1, 5)
    assert deeds[0].what == "Group 1 took over from Group 0: presenter on 2024-01-25"


async def test_two_groups_change_roles_in_one_session(course: Trading) -> None:
    theirs = await course.give(0, S, 1)
    asked = await course.ask(theirs)
    assert (await course.swaps.accept(PLACE, member(1), asked.id, NOW)).outcome == "done"
    assert await course.held() == {(0, P, 1), (0, S, 0), (1, S, 1), (2, R, 1)}


async def test_a_swap_among_several_seats_of_a_role_leaves_each_group_one(course: Trading) -> None:
    await course.database.write(duties.offer, 1, course.sessions[0], P, 3)
    await course.give(0, P, 2)
    asked = await course.ask(course.theirs)
    assert (await course.swaps.accept(PLACE, member(1), asked.id, NOW)).outcome == "done"
    assert await course.held() == {(0, P, 1), (0, P, 2), (1, S, 0), (2, R, 1)}
    same = next(one.id for one in (await course.desk()).holdings if one.group_id == course.groups[2])
    mine = next(one.id for one in (await course.desk()).holdings if one.group_id == course.groups[1])
    with pytest.raises(CourseError, match="Both duties are the same"):
        await course.swaps.ask(PLACE, member(1), mine, course.groups[2], same, NOW)


async def test_claims_may_be_traded_too(course: Trading) -> None:
    await course.claim(0, 3, S)
    claimed = next(one.id for one in (await course.desk()).holdings if one.origin == "volunteered")
    asked = await course.ask(course.panel, offered=claimed)
    assert (await course.swaps.accept(PLACE, member(1), asked.id, NOW)).outcome == "done"
    assert await course.held() == {(0, P, 0), (1, S, 1), (2, R, 0), (3, S, 1)}


async def test_only_the_right_people_answer(course: Trading) -> None:
    asked = await course.ask(course.theirs)
    for who in (member(0), member(2), student(999)):
        for answer in (course.swaps.accept, course.swaps.decline):
            with pytest.raises(CourseError, match="Only members of Group 1 can do this"):
                await answer(PLACE, who, asked.id, NOW)
    for who in (member(1), member(2), student(999)):
        with pytest.raises(CourseError, match="Only members of Group 0 can do this"):
            await course.swaps.withdraw(PLACE, who, asked.id, NOW)
    for answer in (course.swaps.accept, course.swaps.decline, course.swaps.withdraw):
        with pytest.raises(CourseError, match="no such request"):
            await answer(PLACE, member(1), 99999, NOW)
    assert await _outcomes(course) == [None]


async def test_declined_or_withdrawn_is_settled(course: Trading) -> None:
    asked = await course.ask(course.theirs)
    assert (await course.swaps.decline(PLACE, member(1), asked.id, NOW)).outcome == "declined"
    again = await course.swaps.accept(PLACE, member(1, 1), asked.id, NOW)
    assert (again.outcome, again.fresh) == ("declined", False)
    other = await course.ask(course.theirs)
    assert other.fresh
    assert (await course.swaps.withdraw(PLACE, member(0, 1), other.id, NOW)).outcome == "withdrawn"
    assert (await course.swaps.accept(PLACE, member(1), other.id, NOW)).outcome == "withdrawn"
    assert await course.held() == {(0, P, 0), (1, S, 1), (2, R, 1)}


async def test_one_open_request_about_a_duty(course: Trading) -> None:
    first = await course.ask(course.theirs)
    same = await course.ask(course.theirs)
    assert (same.id, same.fresh) == (first.id, False)
    other = await course.ask(None)
    assert other.fresh
    assert await _outcomes(course) == ["withdrawn", None]
    assert (await course.swaps.state(PLACE, "discord", first.id)).outcome == "withdrawn"
    both = await asyncio.gather(*(course.ask(course.panel) for _ in range(4)))
    assert [one.fresh for one in both].count(True) == 1
    assert await _outcomes(course) == ["withdrawn", "withdrawn", None]


@pytest.mark.parametrize("attempt", range(3))
async def test_two_people_who_accept_at_once_accept_once(course: Trading, attempt: int) -> None:
    asked = await course.ask(course.theirs)
    presses = [course.swaps.accept(PLACE, member(1, n % 2), asked.id, NOW) for n in range(6)]
    done = await asyncio.gather(*presses)
    assert [one.fresh for one in done].count(True) == 1
    assert {one.outcome for one in done} == {"done"}
    assert await course.held() == {(0, P, 1), (1, S, 0), (2, R, 1)}
    deeds = await course.database.read(audit.latest, 1, 9)
    assert sum("swapped" in one.what for one in deeds) == 1


async def test_accept_and_withdraw_at_once_agree(course: Trading) -> None:
    asked = await course.ask(course.theirs)
    one, two = await asyncio.gather(
        course.swaps.accept(PLACE, member(1), asked.id, NOW), course.swaps.withdraw(PLACE, member(0), asked.id, NOW)
    )
    assert one.outcome == two.outcome
    swapped = (0, P, 1) in await course.held()
    assert swapped == (one.outcome == "done")


async def test_a_request_whose_duty_went_away_is_withdrawn(course: Trading) -> None:
    for number, lose in enumerate((course.offer, course.theirs)):
        asked = await course.ask(course.theirs)
        await course.database.write(duties.end, [lose], NOW)
        void = await course.swaps.accept(PLACE, member(1), asked.id, NOW)
        assert (void.outcome, void.fresh) == ("void", True)
        again = await course.swaps.accept(PLACE, member(1), asked.id, NOW)
        assert (again.outcome, again.fresh) == ("void", False)
        if number == 0:
            course.offer = await course.give(0, P, 0)
    with pytest.raises(CourseError, match="no longer hold that duty"):
        await course.ask(course.theirs)


async def test_a_request_about_a_class_that_began_or_was_cancelled_is_withdrawn(course: Trading) -> None:
    asked = await course.ask(course.theirs)
    assert (await course.swaps.accept(PLACE, member(1), asked.id, NOW + timedelta(days=7))).outcome == "void"
    asked = await course.ask(course.theirs)
    await course.database.write(schedule.cancel, course.sessions[1], NOW)
    assert (await course.swaps.accept(PLACE, member(1), asked.id, NOW)).outcome == "void"
    assert (await course.swaps.state(PLACE, "discord", asked.id)).outcome == "void"


async def test_what_was_fair_when_asked_may_break_a_rule_when_accepted(course: Trading) -> None:
    asked = await course.ask(None)
    await course.give(0, S, 1, "staff")
    with pytest.raises(CourseError, match="Group 1 would summarise its own lecture on Jan 25"):
        await course.swaps.accept(PLACE, member(1), asked.id, NOW)
    assert await _outcomes(course) == [None]
    assert (await course.swaps.decline(PLACE, member(1), asked.id, NOW)).outcome == "declined"


async def test_it_cannot_be_asked_against_a_rule(course: Trading) -> None:
    await course.give(1, R, 0)
    with pytest.raises(CourseError, match="Group 0 has 2 duties on Feb 1"):
        await course.ask(course.theirs)


async def test_the_other_groups_are_suggested(course: Trading) -> None:
    assert [one.value for one in await course.swaps.others(PLACE, member(0), "")] == ["Group 1", "Group 2"]
    assert [one.value for one in await course.swaps.others(PLACE, member(0), "2 GROUP")] == ["Group 2"]
    assert await course.swaps.others(PLACE, student(999), "") == []
