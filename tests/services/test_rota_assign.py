"""Single duties set by staff, seats and bonuses offered, on a real database of each kind."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from bot.core.course import Kind, Role
from bot.core.errors import CourseError, NotStaff
from bot.services.rota import RotaService
from bot.services.rota_assign import Assigned, RotaAssign
from bot.services.rota_people import Guest
from bot.services.rota_plan import RotaPlans
from bot.store import audit, duties, people, schedule
from bot.store.database import Database
from bot.store.tables import person
from tests.conftest import NOW
from tests.support.duties import Course, add_session, lecture, member, people_follow
from tests.support.people import PLACE, STAFF, student

P, S, R = Role.PRESENTER, Role.SUMMARIZER, Role.REVIEWER
AFTER_FIRST = datetime(2024, 1, 25, 20, 0, tzinfo=UTC)


@pytest.fixture
async def course(database: Database) -> Course:
    return await Course(database).open(groups=4, lectures=5)


async def _preview(course: Course, number: int, role: Role = P, **options: Any) -> Assigned:
    return await RotaAssign(course.database).preview(PLACE, STAFF, str(course.sessions[number]), role, NOW, **options)


async def _confirm(course: Course, preview: Assigned) -> Assigned:
    assert preview.token
    done = await RotaAssign(course.database).confirm(PLACE, STAFF, preview.token, NOW)
    assert (done.before, done.after) == (preview.before, preview.after)
    await course.database.read(people_follow)
    return done


async def _assign(course: Course, number: int, role: Role = P, **options: Any) -> Assigned:
    return await _confirm(course, await _preview(course, number, role, **options))


async def _duties(course: Course, number: int) -> dict[Role, tuple[str, ...]]:
    session = await course.database.read(schedule.one, 1, course.sessions[number])
    assert session
    return session.duties


async def test_a_group_takes_the_free_seat_for_good(course: Course) -> None:
    shown = await _preview(course, 0, group="group 1")
    assert (shown.day, shown.role, shown.before, shown.after) == ("Thu Jan 25", P, (), ("Group 1",))
    assert shown.warnings == ()
    assert await course.held() == set()
    await _confirm(course, shown)
    assert await course.held() == {(0, P, 1)}
    desk = await course.desk()
    assert [(one.origin, one.reason) for one in desk.holdings] == [("staff", "set by staff")]
    assert (await course.database.read(audit.latest, 1, 1))[0].what == "2024-01-25, presenter: nobody became Group 1"
    plan = await RotaPlans(course.database).plan(PLACE, STAFF, NOW, fresh=True)
    assert plan.plan.table.rows[0].cells[P].groups == (("Group 1", "set by staff"),)


async def test_where_no_seat_is_free_the_planned_group_gives_way_and_every_new_trouble_is_said(course: Course) -> None:
    await course.database.write(duties.offer, 1, course.sessions[0], P, 2)
    await course.give(0, P, 0, "staff")
    await course.claim(1, 0, P)
    await course.give(1, P, 2)
    replaced = await _preview(course, 0, group="Group 3")
    assert replaced.before == ("Group 0", "Group 1")
    assert replaced.after == ("Group 0", "Group 3")
    assert "Group 1 volunteered as presenter on Jan 25, and does not hold that seat." in replaced.warnings
    assert "Group 1 does not present: each group does so at least once." in replaced.warnings
    assert not [text for text in replaced.warnings if "Group 0" in text or "Group 3" in text]
    assert (await _preview(course, 1, group="Group 3")).after == ("Group 3",)


async def test_a_second_duty_in_a_session_is_refused(course: Course) -> None:
    await course.give(0, S, 1)
    with pytest.raises(CourseError, match="Group 1 already has the summary on Thu Jan 25, and a group has one duty"):
        await _preview(course, 0, group="Group 1")
    first = await _preview(course, 0, R, group="Group 2")
    await course.claim(2, 0, P)
    with pytest.raises(CourseError, match="have changed since this preview"):
        await _confirm(course, first)
    assert await course.held() == {(0, S, 1), (0, P, 2)}


async def test_a_planned_seat_can_be_pinned(course: Course) -> None:
    await course.give(0, P, 1)
    pinned = await _assign(course, 0, group="Group 1")
    assert pinned.before == pinned.after == ("Group 1",)
    assert (await course.desk()).holdings[0].origin == "staff"
    with pytest.raises(CourseError, match="That is how it is already"):
        await _preview(course, 0, group="Group 1")


async def test_any_set_of_people_staff_and_a_guest(course: Course) -> None:
    await course.give(0, P, 0)
    await course.database.write(people.add, 1, "discord:77", "Staff02", "staff", NOW, STAFF)
    shown = await _preview(course, 0, people="student10, <@1030>; <@!1>,Dr. Ada Example , dr. ada example")
    assert shown.before == ("Group 0",)
    assert shown.after == ("Student10", "Student30", "Staff02", "Dr. Ada Example")
    assert shown.guests == (Guest("Dr. Ada Example", None),)
    assert "Group 0 does not present: each group does so at least once." in shown.warnings
    everyone = select(person.c.name)
    assert "Dr. Ada Example" not in await course.database.read(lambda tx: tx.execute(everyone).scalars().all())
    await _confirm(course, shown)
    assert await course.held() == set()
    assert (await _duties(course, 0))[P] == shown.after
    entered = select(person.c.kind, person.c.origin, person.c.roster_key).where(person.c.name == "Dr. Ada Example")
    assert tuple(await course.database.read(lambda tx: tx.execute(entered).one())) == (
        "guest",
        "page",
        "page:dr. ada example",
    )
    again = await _assign(course, 1, people="DR. ADA EXAMPLE")
    assert again.guests == ()
    fewer = await _assign(course, 0, people="Dr. Ada Example, Student30")
    assert fewer.after == ("Student30", "Dr. Ada Example")
    desk = await course.desk()
    assert desk.problem.busy == {(course.groups[3], course.sessions[0])}


async def test_a_group_and_people_share_a_duty(course: Course) -> None:
    await _assign(course, 0, group="Group 0", people="Guest")
    assert (await _duties(course, 0))[P] == ("Student00", "Student01", "Guest")
    assert await course.held() == {(0, P, 0)}
    alone = await _assign(course, 0, group="Group 0")
    assert (alone.before, alone.after) == (("Group 0", "Guest"), ("Group 0",))


async def test_a_whole_group_named_one_by_one_has_its_seat(course: Course) -> None:
    shown = await _assign(course, 0, people="Student11, Student10")
    assert shown.after == ("Group 1",)
    assert await course.held() == {(0, P, 1)}


async def test_two_duties_of_a_person_are_allowed_and_said(course: Course) -> None:
    await course.give(0, R, 1)
    shown = await _preview(course, 0, people="Student10")
    assert "Student10 would be reviewer and presenter on Thu Jan 25." in shown.warnings
    await _confirm(course, shown)
    assert await course.held() == {(0, R, 1)}


async def test_clear_and_release(course: Course) -> None:
    await course.database.write(duties.offer, 1, course.sessions[0], P, 2)
    for group in (0, 1):
        await course.give(0, P, group)
    await _assign(course, 0, R, people="Guest")
    shown = await RotaAssign(course.database).release(PLACE, STAFF, "Group 1", "2024-01-25", NOW)
    assert (shown.role, shown.before, shown.after) == (P, ("Group 0", "Group 1"), ("Group 0",))
    assert "Jan 25 has 1 of 2 groups as presenter." in shown.warnings
    await _confirm(course, shown)
    assert await course.held() == {(0, P, 0)}
    with pytest.raises(CourseError, match="Group 1 has no duty on Thu Jan 25"):
        await RotaAssign(course.database).release(PLACE, STAFF, "Group 1", "2024-01-25", NOW)
    cleared = await _assign(course, 0, clear=True)
    assert cleared.after == ()
    await _assign(course, 0, R, clear=True)
    assert await _duties(course, 0) == {}
    with pytest.raises(CourseError, match="That is how it is already"):
        await _preview(course, 0, clear=True)


async def test_a_lecture_of_staff_can_have_reviewers(course: Course) -> None:
    course.sessions.append(await course.database.write(add_session, lecture(9), "Ours", Kind.LECTURE))
    shown = await _preview(course, 5, R, group="Group 2")
    assert shown.warnings == ()
    await _confirm(course, shown)
    assert await course.held() == {(5, R, 2)}
    await _assign(course, 5, R, clear=True)
    assert await course.held() == set()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "Give a `group`, `people` or both"),
        ({"clear": True, "group": "Group 0"}, "Give a `group`, `people` or both"),
        ({"group": "Nowhere"}, "no group “Nowhere”"),
        ({"people": " , ;"}, "Name at least one person"),
        ({"people": "<@999>"}, "does not know <@999> yet"),
        ({"people": "---"}, "“---” is no name"),
        ({"people": "`code`"}, "is no name"),
        ({"people": "@everyone"}, "is no name"),
        ({"people": "x" * 121}, "is no name"),
        ({"people": ",".join(f"Guest {n}" for n in range(21))}, "20 can share a duty"),
    ],
)
async def test_what_cannot_be_done_is_said(course: Course, options: dict[str, Any], words: str) -> None:
    with pytest.raises(CourseError, match=words):
        await _preview(course, 0, **options)


async def test_a_name_of_two_people_or_of_one_who_left_is_refused_and_a_near_miss_is_asked_about(
    course: Course,
) -> None:
    for login in ("ada1", "ada2"):
        await course.database.write(people.add, 1, login, "Ada", "student", NOW, origin="roster")
    with pytest.raises(CourseError, match="2 people are called Ada"):
        await _preview(course, 0, people="Ada")
    assert (await _preview(course, 0, people="ADA2")).after == ("Ada",)
    left = person.update().where(person.c.roster_key == "ada1").values(dropped_at=NOW)
    await course.database.write(lambda tx: tx.execute(left))
    assert (await _preview(course, 0, people="Ada")).after == ("Ada",)
    with pytest.raises(CourseError, match="Ada has left the course"):
        await _preview(course, 0, people="ada1")
    assert (await _preview(course, 0, people="Studnet10")).guests == (Guest("Studnet10", "Student10"),)


async def test_only_classes_ahead(course: Course) -> None:
    assigning = RotaAssign(course.database)
    for text, words in [
        ("2024-01-25", "has begun"),
        ("2024-01-26", "no class “2024-01-26”"),
        ("soon", "no class “soon”"),
    ]:
        with pytest.raises(CourseError, match=words):
            await assigning.preview(PLACE, STAFF, text, P, AFTER_FIRST, clear=True)
    await course.database.write(add_session, lecture(1))
    with pytest.raises(CourseError, match="There are 2 classes on Thu Feb 1"):
        await assigning.preview(PLACE, STAFF, "2024-02-01", P, NOW, clear=True)


async def test_of_two_confirmations_at_once_one_wins(course: Course) -> None:
    assigning = RotaAssign(course.database)
    shown = [await _preview(course, 0, group=f"Group {n}") for n in range(4)]
    presses = [assigning.confirm(PLACE, STAFF, one.token or "", NOW) for one in (*shown, shown[0])]
    outcomes = await asyncio.gather(*presses, return_exceptions=True)
    assert len([one for one in outcomes if isinstance(one, Assigned)]) == 1
    assert all(isinstance(one, Assigned | CourseError) for one in outcomes)
    assert len(await course.held()) == 1


async def test_a_guest_of_two_previews_is_entered_once(course: Course) -> None:
    first, second = await _preview(course, 0, people="Dr. Ada"), await _preview(course, 1, people="Dr. Ada")
    await _confirm(course, first)
    await _confirm(course, second)
    assert (await _duties(course, 0))[P] == (await _duties(course, 1))[P] == ("Dr. Ada",)
    count = select(person.c.id).where(person.c.name == "Dr. Ada")
    assert len(await course.database.read(lambda tx: tx.execute(count).all())) == 1


async def test_seats_are_offered_by_number(course: Course) -> None:
    service = RotaService(course.database)
    offer = await service.seats(PLACE, STAFF, "2024-01-25", P, 2, NOW)
    assert (offer.day, offer.places) == ("Thu Jan 25", 2)
    for group in (0, 1):
        await course.claim(group, 0, P)
    with pytest.raises(CourseError, match="Group 0 and Group 1 already hold this duty on Thu Jan 25"):
        await service.seats(PLACE, STAFF, "2024-01-25", P, 1, NOW)
    assert (await service.seats(PLACE, STAFF, "2024-01-25", R, 0, NOW)).places == 0
    with pytest.raises(CourseError):
        await course.claim(2, 0, R)
    with pytest.raises(CourseError, match="0 to 5 places"):
        await service.seats(PLACE, STAFF, "2024-01-25", P, 6, NOW)
    await course.database.write(add_session, lecture(9), "Ours", Kind.LECTURE)
    with pytest.raises(CourseError, match="is no student lecture"):
        await service.seats(PLACE, STAFF, lecture(9).isoformat(), R, 1, NOW)
    plan = await RotaPlans(course.database).plan(PLACE, STAFF, NOW)
    assert len(plan.plan.table.rows[0].cells[P].groups) == 2
    assert plan.plan.table.rows[0].cells[R].groups == ()


async def test_a_bonus_is_offered_and_taken_back(course: Course) -> None:
    service = RotaService(course.database)
    assert (await service.bonus(PLACE, STAFF, "2024-01-25", " +2  points ", NOW)).bonus == "+2 points"
    assert (await course.claim(0, 0, P)).bonus == "+2 points"
    assert (await service.table(PLACE, STAFF, NOW)).rows[0].bonus == "+2 points"
    assert (await service.bonus(PLACE, STAFF, "2024-01-25", "  ", NOW)).bonus is None
    assert (await course.claim(1, 0, S)).bonus is None
    with pytest.raises(CourseError, match="at most 200 characters; this one has 201"):
        await service.bonus(PLACE, STAFF, "2024-01-25", "x" * 201, NOW)


async def test_the_table_has_everyone_on_duty_and_every_free_seat(course: Course) -> None:
    await course.claim(0, 0, P)
    await _assign(course, 1, R, people="Guest")
    other = await course.database.write(add_session, lecture(9), "Ours", Kind.LECTURE)
    await course.database.write(add_session, lecture(10), "Nobody's", Kind.LECTURE)
    await RotaAssign(course.database).preview(PLACE, STAFF, str(other), P, NOW, people="Guest")
    table = await RotaService(course.database).table(PLACE, STAFF, AFTER_FIRST)
    assert [row.past for row in table.rows] == [True, False, False, False, False]
    first, second = table.rows[0].cells, table.rows[1].cells
    assert first[P].groups == (("Group 0", "volunteered"),)
    assert (second[R].people, second[R].free, second[P].free) == (("Guest",), 0, 1)
    assert sum(cell.free for cell in first.values()) == 0


async def test_suggestions_are_classes_ahead(course: Course) -> None:
    service = RotaService(course.database)
    await course.database.write(add_session, lecture(9), "Switch Transformers", Kind.LECTURE)
    await course.database.write(add_session, lecture(10), "Break", Kind.NO_CLASS)
    found = await service.sessions(PLACE, "", AFTER_FIRST)
    assert found[0] == ("Thu Feb 1 · Paper of Feb 1", str(course.sessions[1]))
    assert found[-1][0] == "Thu Mar 28 · Switch Transformers"
    assert len(found) == 5
    assert [label for label, _ in await service.sessions(PLACE, "switch mar", NOW)] == [found[-1][0]]
    assert len(await service.sessions(PLACE, "", NOW, lectures=True)) == 5
    assert await service.sessions("discord:2", "", NOW) == []
    assert await service.group_names(PLACE, "group 1") == ["Group 1"]
    assert await service.group_names("discord:2", "") == []


async def test_only_staff(course: Course) -> None:
    who, session = student(1), str(course.sessions[0])
    assigning, service = RotaAssign(course.database), RotaService(course.database)
    for call in (
        assigning.preview(PLACE, who, session, P, NOW, clear=True),
        assigning.release(PLACE, who, "Group 0", session, NOW),
        assigning.confirm(PLACE, who, "token", NOW),
        service.table(PLACE, who, NOW),
        service.seats(PLACE, who, session, P, 2, NOW),
        service.bonus(PLACE, member(0), session, "x", NOW),
    ):
        with pytest.raises(NotStaff):
            await call
