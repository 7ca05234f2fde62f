"""Seats, the groups in them, and the people who follow: on a real database of each kind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import IntegrityError

from bot.core.course import Role
from bot.services.groups import Groups
from bot.store import duties, groups, people, rankings, rota, schedule
from bot.store.database import Database
from bot.store.tables import duty, duty_seat, group_duty, membership, person
from tests.conftest import NOW
from tests.support.duties import Course, lecture, member, people_follow
from tests.support.people import DETROIT, PLACE

P, S, R = Role.PRESENTER, Role.SUMMARIZER, Role.REVIEWER
LATER = NOW + timedelta(days=10)
"""After lectures 0, before lecture 1."""


@pytest.fixture
async def course(database: Database) -> Course:
    return await Course(database).open()


def _on_duty(tx: Connection, session: int, role: Role = P) -> list[str]:
    rows = select(person.c.name).join(duty, duty.c.person_id == person.c.id).order_by(duty.c.position)
    here = rows.where(duty.c.session_id == session, duty.c.role == role.value, duty.c.ended_at.is_(None))
    return list(tx.execute(here).scalars())


def _person(tx: Connection, group: int, seat: int = 0) -> int:
    """The id of a member by the numbers of their group and seat."""
    return tx.execute(select(person.c.id).where(person.c.roster_key == member(group, seat).key)).scalar_one()


async def _do(course: Course, work: Callable[..., Any], *args: Any) -> Any:
    return await course.database.write(work, *args)


async def _take(course: Course, session: int, role: Role, group: int, now: Any = NOW) -> int | None:
    return await course.database.write(
        duties.take, course.sessions[session], role, course.groups[group], "planned", "why", now
    )


async def test_seats_are_taken_in_order_until_none_is_left(course: Course) -> None:
    assert await _do(course, duties.offer, 1, course.sessions[0], P, 2)
    assert await _take(course, 0, P, 0)
    assert await _take(course, 0, P, 1)
    assert await _take(course, 0, P, 2) is None
    held = await _do(course, duties.holdings, 1)
    assert [(one.place, one.group_id, one.origin, one.reason) for one in held] == [
        (1, course.groups[0], "planned", "why"),
        (2, course.groups[1], "planned", "why"),
    ]
    names = await _do(course, _on_duty, course.sessions[0])
    assert names == ["Student00", "Student01", "Student10", "Student11"]


async def test_a_group_has_one_duty_in_a_session(course: Course) -> None:
    await _take(course, 0, P, 0)
    with pytest.raises(IntegrityError):
        await _take(course, 0, S, 0)
    assert await course.held() == {(0, P, 0)}


async def test_a_seat_given_back_is_free_and_its_history_stays(course: Course) -> None:
    first = await _take(course, 0, P, 0)
    await _do(course, duties.end, [first], NOW)
    assert await _do(course, _on_duty, course.sessions[0]) == []
    assert await _take(course, 0, P, 1)
    assert await course.held() == {(0, P, 1)}
    count = text("SELECT count(*) FROM duty WHERE ended_at IS NOT NULL AND group_duty_id IS NOT NULL")
    assert await _do(course, lambda tx: tx.execute(count).scalar()) == 2


async def test_people_follow_their_group_ahead_and_not_in_the_past(course: Course) -> None:
    for session in (0, 1):
        await _take(course, session, P, 0)
    newcomer = await Groups(course.database).join(PLACE, member(0, 2), course.groups[0], NOW)
    assert len(newcomer.group.members) == 3

    def leave(tx: Connection) -> None:
        who = _person(tx, 0, 1)
        gone = membership.update().where(membership.c.person_id == who).values(left_at=LATER, by_staff=True)
        tx.execute(gone)
        duties.follow(tx, course.groups[0], LATER)

    await _do(course, leave)
    assert await _do(course, _on_duty, course.sessions[0]) == ["Student00", "Student01", "Student02"]
    assert await _do(course, _on_duty, course.sessions[1]) == ["Student00", "Student02"]


async def test_a_group_that_is_gone_gives_back_what_lies_ahead(course: Course) -> None:
    for session in (0, 1):
        await _take(course, session, P, 0)

    def dissolve(tx: Connection) -> None:
        tx.execute(
            text("UPDATE study_group SET dissolved_at = assigned_at FROM group_duty WHERE group_id = study_group.id")
        )
        duties.follow(tx, course.groups[0], LATER)

    await _do(course, dissolve)
    held = await _do(course, duties.holdings, 1)
    assert [one.session_id for one in held] == [course.sessions[0]]
    assert await _do(course, _on_duty, course.sessions[1]) == []
    assert await _take(course, 1, P, 1)


async def test_who_holds_a_duty_already_is_tied_to_the_seat_and_keeps_their_place(course: Course) -> None:
    def name(tx: Connection) -> None:
        wanted = {P: (_person(tx, 0, 1), _person(tx, 2, 0), _person(tx, 0, 0))}
        schedule.set_duties(tx, 1, course.sessions[0], wanted, NOW)

    await _do(course, name)
    taken = await _take(course, 0, P, 0)
    assert await _do(course, _on_duty, course.sessions[0]) == ["Student01", "Student20", "Student00"]
    alone = await _do(course, duties.alone, 1)
    assert [(one.name, one.role, one.group_id) for one in alone] == [("Student20", P, course.groups[2])]
    await _do(course, duties.end, [taken], NOW)
    assert await _do(course, _on_duty, course.sessions[0]) == ["Student20"]


async def test_seats_are_offered_and_withdrawn_but_never_from_under_a_group(course: Course) -> None:
    first = course.sessions[0]
    await _do(course, duties.offer, 1, first, P, 3)
    a, b, c = [await _take(course, 0, P, group) for group in range(3)]
    assert not await _do(course, duties.offer, 1, first, P, 2)
    assert (await _do(course, duties.seats, 1))[first, P] == 3
    await _do(course, duties.end, [a], NOW)
    assert await _do(course, duties.offer, 1, first, P, 2)
    held = await _do(course, duties.holdings, 1)
    assert [(one.id, one.place) for one in held] == [(b, 1), (c, 2)]
    assert await _do(course, _on_duty, first) == ["Student10", "Student11", "Student20", "Student21"]
    assert await _take(course, 0, P, 0) is None
    await _do(course, duties.offer, 1, first, P, 3)
    assert await _take(course, 0, P, 0)
    assert (await _do(course, _on_duty, first))[-2:] == ["Student00", "Student01"]


async def test_no_seat_means_no_seat_even_where_there_was_one(course: Course) -> None:
    first = course.sessions[0]
    held = await _take(course, 0, P, 0)
    await _do(course, duties.end, [held], NOW)
    for role in Role:
        assert await _do(course, duties.offer, 1, first, role, 0)
    assert {session for session, _ in await _do(course, duties.seats, 1)} == set(course.sessions[1:])
    assert await _take(course, 0, P, 1) is None
    assert await _take(course, 0, S, 1) is None
    # The page still says that it is a student lecture: what staff took away does not come back by itself.
    page = (await _do(course, schedule.one, 1, first)).as_page(DETROIT)
    await _do(course, schedule.change, 1, first, page, DETROIT)
    assert await _take(course, 0, S, 1) is None
    await _do(course, duties.offer, 1, first, P, 1)
    assert await _take(course, 0, P, 1)
    assert await _take(course, 0, P, 2) is None
    once = await _do(
        course, lambda tx: tx.execute(select(group_duty.c.group_id).order_by(group_duty.c.id)).scalars().all()
    )
    assert once == [course.groups[0], course.groups[1]]
    rows = select(duty_seat.c.place).where(duty_seat.c.session_id == first, duty_seat.c.role == "presenter")
    assert sorted(await _do(course, lambda tx: tx.execute(rows).scalars().all())) == [1]


async def _named(course: Course, session: int, **roles: list[tuple[int, int]]) -> None:
    """As a page does: these members (group, seat) hold these roles."""

    def name(tx: Connection) -> None:
        wanted = {Role(role): tuple(_person(tx, *one) for one in who) for role, who in roles.items()}
        schedule.set_duties(tx, 1, course.sessions[session], wanted, NOW)
        duties.adopt(tx, 1, course.sessions[session], NOW)

    await _do(course, name)


async def test_a_page_that_names_a_whole_group_gives_it_the_seat(course: Course) -> None:
    await _named(course, 0, presenter=[(0, 1), (0, 0)], summarizer=[(1, 0)], reviewer=[(2, 0), (2, 1), (1, 1)])
    assert await course.held() == {(0, P, 0), (0, R, 2)}
    holding = (await _do(course, duties.holdings, 1))[0]
    assert (holding.origin, holding.reason) == ("staff", "as on the course page")
    assert await _do(course, _on_duty, course.sessions[0]) == ["Student01", "Student00"]
    alone = await _do(course, duties.alone, 1)
    assert sorted((one.name, one.role) for one in alone) == [("Student10", S), ("Student11", R)]


async def test_the_page_decides_who_is_on_duty(course: Course) -> None:
    for group, role in enumerate(Role):
        await _take(course, 0, role, group)
    await _named(course, 0, presenter=[(0, 0), (0, 1)], summarizer=[(2, 1), (2, 0)], reviewer=[(1, 0)])
    assert await course.held() == {(0, P, 0), (0, S, 2)}
    assert await _do(course, _on_duty, course.sessions[0], R) == ["Student10"]
    await _named(course, 0, presenter=[(0, 0), (0, 1), (1, 0), (1, 1)])
    assert await course.held() == {(0, P, 0), (0, P, 1)}


async def test_recognising_a_group_takes_no_seat_from_anyone(course: Course) -> None:
    session = course.sessions[0]
    await _take(course, 0, P, 0)

    def excuse_one_and_name_another_group(tx: Connection) -> None:
        ended = duty.update().where(duty.c.person_id == _person(tx, 0, 1)).values(ended_at=NOW)
        tx.execute(ended)
        rota.put_alone(tx, 1, session, S, [_person(tx, 1, 0), _person(tx, 1, 1)], NOW)
        rota.put_alone(tx, 1, session, R, [_person(tx, 0, 0)], NOW)
        duties.recognise(tx, 1, session, "set by staff", NOW)

    await _do(course, excuse_one_and_name_another_group)
    held = {(one.role, one.group_id) for one in await _do(course, duties.holdings, 1)}
    assert held == {(P, course.groups[0]), (S, course.groups[1])}


async def test_people_without_a_group_hold_a_duty_beside_one_that_has_the_seat(course: Course) -> None:
    session = course.sessions[0]
    await _take(course, 0, P, 0)

    def put(tx: Connection, *who: int) -> list[str]:
        rota.put_alone(tx, 1, session, P, who, NOW)
        people_follow(tx)
        return _on_duty(tx, session)

    guest = await _do(course, people.add, 1, "page:guest", "Guest", "guest", NOW)
    one = await _do(course, _person, 1, 0)
    assert await _do(course, put, guest, one) == ["Student00", "Student01", "Guest", "Student10"]
    assert await _do(course, put, one) == ["Student00", "Student01", "Student10"]
    assert await _do(course, rota.roles_of, session, [one, guest]) == {one: [P]}


async def test_rankings_are_kept_best_first(course: Course) -> None:
    a, b = course.groups[:2]
    one, two, three, _ = course.sessions
    await _do(course, rankings.put, 1, a, [three, one])
    await _do(course, rankings.put, 1, b, [two])
    assert await _do(course, rankings.every, 1) == {a: (three, one), b: (two,)}
    await _do(course, rankings.put, 1, a, [one, two, three])
    assert await _do(course, rankings.of, a) == (one, two, three)
    await _do(course, rankings.put, 1, a, [])
    assert await _do(course, rankings.every, 1) == {b: (two,)}


async def test_the_desk_is_what_the_rules_are_about(course: Course) -> None:
    """Past seats are fixed, a role that people hold is taken, cancelled classes and gone groups do not count."""
    await _take(course, 0, P, 0)
    await _take(course, 1, P, 1)
    await course.claim(2, 1, S)
    await _named(course, 2, presenter=[(0, 0)])
    await _do(course, schedule.cancel, course.sessions[3], NOW)
    desk = await course.desk(LATER)
    first, second, third, _ = course.sessions
    assert [slot.on for slot in desk.problem.slots] == [lecture(number) for number in range(3)]
    assert {slot.session: dict(slot.seats) for slot in desk.problem.slots} == {
        first: {P: 1, S: 0, R: 0},
        second: {P: 1, S: 1, R: 1},
        third: {P: 0, S: 1, R: 1},
    }
    assert {(claim.session, claim.role, claim.origin.name) for claim in desk.problem.claims} == {
        (first, P, "STAFF"),
        (second, S, "VOLUNTEERED"),
    }
    assert desk.ahead == {second, third}
    assert desk.problem.busy == {(course.groups[0], third)}
    assert list(desk.problem.groups.values()) == ["Group 0", "Group 1", "Group 2"]
    assert await _do(course, groups.names, 1) == desk.problem.groups
