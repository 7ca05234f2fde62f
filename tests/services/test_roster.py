"""Importing class lists on a real database of each kind: what is written, dropped, merged and kept."""

from __future__ import annotations

import asyncio
from datetime import date, time, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select, text

from bot.core.course import Kind, PageSession, Role
from bot.core.errors import CourseError, NotStaff
from bot.core.people import NoLongerInCourse, NotLinked
from bot.core.roster import Code
from bot.services.groups import Groups
from bot.services.linking import Linking
from bot.services.policies import PolicyService
from bot.services.roster import Roster, RosterImported, RosterPreview
from bot.store import audit, courses, people, roster, schedule
from bot.store.database import Database
from bot.store.tables import duty, person
from tests.conftest import NOW
from tests.support.people import DETROIT, PLACE, STAFF, open_course, student

HEAD = "Name,Email,Login,Section\n"


def _list(*numbers: int, section: str = "001") -> bytes:
    lines = (f"Student{n:02},s{n:02}@uni.edu,login{n:02},{section}\n" for n in numbers)
    return (HEAD + "".join(lines)).encode()


@pytest.fixture
async def service(database: Database) -> Roster:
    await open_course(database, NOW)
    return Roster(database)


async def _import(service: Roster, data: bytes) -> RosterImported:
    preview = await service.preview(PLACE, STAFF, data, NOW)
    assert preview.token
    return await service.confirm(PLACE, STAFF, preview.token, NOW)


async def _roster(database: Database) -> dict[str, tuple[str, str | None, bool]]:
    stored = await database.read(roster.stored, 1)
    return {one.entry.key: (one.entry.name, one.entry.section, one.dropped) for one in stored}


async def test_a_first_list_is_shown_then_entered_and_closes_the_course(service: Roster, database: Database) -> None:
    preview = await service.preview(PLACE, STAFF, _list(1, 2), NOW)
    assert (len(preview.plan.diff.added), preview.plan.closes) == (2, True)
    assert await _roster(database) == {}
    done = await service.confirm(PLACE, STAFF, preview.token or "", NOW)
    assert await _roster(database) == {
        "login01": ("Student01", "001", False),
        "login02": ("Student02", "001", False),
    }
    assert [one.entry.login for one in done.codes] == ["login01", "login02"]
    course = await database.read(courses.at_place, PLACE)
    assert course.linked_only
    (entry, _set_up) = await database.read(audit.latest, 1, 9)
    assert (entry.actor, entry.what) == (STAFF.key, "imported a roster: 2 added")
    with pytest.raises(NotLinked):
        await Groups(database).create(PLACE, student(9), "Attention", NOW)


async def test_importing_again_is_a_diff(service: Roster, database: Database) -> None:
    await _import(service, _list(1, 2, 3, 4))
    assert (await service.preview(PLACE, STAFF, _list(4, 3, 2, 1), NOW)).token is None
    again = _list(1, 2, 5) + _list(3, section="002").removeprefix(HEAD.encode())
    plan = (await _import(service, again)).plan
    assert [one.name for one in plan.diff.added] == ["Student05"]
    assert [one.entry.name for one in plan.diff.dropped] == ["Student04"]
    assert [(one.before.section, one.after.section) for one in plan.diff.changed] == [("001", "002")]
    assert (plan.diff.unchanged, plan.closes) == (2, False)
    stored = await _roster(database)
    assert stored["login04"] == ("Student04", "001", True)
    assert stored["login03"] == ("Student03", "002", False)
    back = await _import(service, _list(1, 2, 3, 4, 5))
    assert [one.after.name for one in back.plan.diff.returned] == ["Student04"]
    assert not any(dropped for _, _, dropped in (await _roster(database)).values())


async def test_codes_stay_until_they_are_used(service: Roster) -> None:
    first = await _import(service, _list(1, 2))
    second = await _import(service, _list(1, 2, 3))
    assert second.codes[:2] == first.codes
    assert await service.codes(PLACE, STAFF, NOW) == second.codes
    assert len({one.code for one in second.codes}) == 3
    third = await _import(service, _list(2, 3))
    assert [one.entry.key for one in third.codes] == ["login02", "login03"]


async def test_who_is_dropped_gives_up_group_and_duties_ahead(service: Roster, database: Database) -> None:
    groups, linking = Groups(database), Linking(database)
    codes = {one.entry.key: one.code for one in (await _import(service, _list(1, 2))).codes}
    for n in (1, 2):
        await linking.link(PLACE, student(n), codes[f"login{n:02}"], NOW)
    await groups.create(PLACE, student(1), "Attention", NOW)
    await groups.join(PLACE, student(2), "Attention", NOW)
    await _import(service, _list(2, 3))
    board = await groups.board(PLACE, "discord", NOW)
    assert [member.name for member in board.groups[0].members] == ["Student02"]
    with pytest.raises(NoLongerInCourse):
        await groups.join(PLACE, student(1), "Attention", NOW)
    deeds = [entry.what for entry in await database.read(audit.latest, 1, 9)]
    assert deeds[:2] == ["imported a roster: 1 added, 1 dropped", "dropped Student01 (was in Attention)"]
    await _import(service, _list(1, 2, 3))
    assert (await groups.join(PLACE, student(1), "Attention", NOW)).group.free == 1


async def _named_by_a_page(database: Database, *names: str) -> int:
    def work(tx: Connection) -> int:
        page = PageSession(date(2024, 2, 8), Kind.STUDENT_LECTURE, None, "Training", starts=time(16), ends=time(18))
        session_id = schedule.add(tx, 1, page, DETROIT)
        found = tuple(
            people.add(tx, 1, f"page:{name.casefold()}", name, "student", NOW, origin="page") for name in names
        )
        schedule.set_duties(tx, 1, session_id, {Role.PRESENTER: found}, NOW)
        return session_id

    return await database.write(work)


def _presenters(tx: Connection) -> list[tuple[str, str]]:
    rows = select(person.c.name, person.c.origin).join(duty, duty.c.person_id == person.c.id)
    return [tuple(row) for row in tx.execute(rows.where(duty.c.ended_at.is_(None)).order_by(person.c.name))]


async def test_people_of_the_course_page_become_their_roster_entries(service: Roster, database: Database) -> None:
    await _named_by_a_page(database, "student  ONE", "Student Two", "Stranger")
    data = (HEAD + "Student One,,one,\nStudent Two,,two,\nStudent two,,two2,\n").encode()
    plan = (await _import(service, data)).plan
    assert sorted(plan.joined.values()) == ["one"]
    assert await database.read(_presenters) == [
        ("Stranger", "page"),
        ("Student One", "roster"),
        ("Student Two", "page"),
    ]
    later = await service.preview(PLACE, STAFF, (HEAD + "Student One,,one,\nStudent Two,,two,\n").encode(), NOW)
    assert sorted(later.plan.joined.values()) == ["two"]


async def test_a_page_alone_can_be_the_news(service: Roster, database: Database) -> None:
    await _import(service, _list(1))
    await _named_by_a_page(database, "STUDENT01")
    preview = await service.preview(PLACE, STAFF, _list(1), NOW)
    assert preview.plan.diff.empty
    await service.confirm(PLACE, STAFF, preview.token or "", NOW)
    assert await database.read(_presenters) == [("Student01", "roster")]


async def test_two_who_cannot_be_one_are_left_for_staff(service: Roster, database: Database) -> None:
    """A page's Student01 and the roster's are linked to different accounts: the import goes on without merging them."""
    linking = Linking(database)
    await PolicyService(database, lambda: None).put(PLACE, STAFF, "roster_required", "no", NOW)
    (code,) = (await _import(service, _list(1))).codes
    await linking.link(PLACE, student(1), code.code, NOW)
    await _named_by_a_page(database, "student01")
    await linking.link_by_hand(PLACE, STAFF, "page:student01", student(2), NOW)
    plan = (await _import(service, _list(1, 2))).plan
    assert (plan.joined, len(plan.diff.added)) == ({}, 1)


async def test_a_preview_serves_once_and_only_while_it_is_true(service: Roster) -> None:
    first = await service.preview(PLACE, STAFF, _list(1), NOW)
    twin = await service.preview(PLACE, STAFF, _list(1), NOW)
    await service.confirm(PLACE, STAFF, first.token or "", NOW)
    with pytest.raises(CourseError, match="done with"):
        await service.confirm(PLACE, STAFF, first.token or "", NOW)
    with pytest.raises(CourseError, match="has changed since this preview"):
        await service.confirm(PLACE, STAFF, twin.token or "", NOW)


async def test_two_who_confirm_at_once_import_once(service: Roster, database: Database) -> None:
    preview = await service.preview(PLACE, STAFF, _list(1, 2), NOW)
    results = await asyncio.gather(
        *(service.confirm(PLACE, STAFF, preview.token or "", NOW) for _ in range(4)), return_exceptions=True
    )
    assert sum(isinstance(one, RosterImported) for one in results) == 1
    assert all(isinstance(one, RosterImported | CourseError) for one in results)
    assert len(await _roster(database)) == 2


async def test_only_staff_import(service: Roster) -> None:
    preview = await service.preview(PLACE, STAFF, _list(1), NOW)
    for call in (
        service.preview(PLACE, student(1), _list(1), NOW),
        service.confirm(PLACE, student(1), preview.token or "", NOW),
        service.codes(PLACE, student(1), NOW),
    ):
        with pytest.raises(NotStaff):
            await call


async def test_whoever_is_named_by_a_bad_line_is_not_dropped(service: Roster) -> None:
    await _import(service, _list(1, 2))
    data = _list(1) + b"Student02,not an address,login02,001\n"
    preview = await service.preview(PLACE, STAFF, data, NOW)
    assert (preview.plan.diff.dropped, preview.token) == ((), None)
    assert [warning.line for warning in preview.plan.file.warnings] == [3]


async def test_a_large_course_is_imported_in_a_moment(service: Roster) -> None:
    data = _list(*range(1, 1001))
    done = await asyncio.wait_for(_import(service, data), 10)
    assert len({one.code for one in done.codes}) == 1000
    await service.codes(PLACE, STAFF, NOW + timedelta(days=1))


_person = st.tuples(
    st.sampled_from("abcdef"),
    st.sampled_from(["One", "Two", "Three"]),
    st.sampled_from(["", "x@uni.edu", "y@uni.edu", "z@uni.edu"]),
    st.sampled_from(["", "001", "002"]),
)
_people = st.lists(_person, min_size=1, max_size=6, unique_by=lambda one: one[0])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=10)
@given(lists=st.lists(_people, min_size=1, max_size=4), pages=st.sets(st.sampled_from(["one", "TWO", "Three"])))
def test_whatever_was_before_a_list_leaves_nothing_to_change(
    url: str, lists: list[list[tuple[str, str, str, str]]], pages: set[str]
) -> None:
    async def run() -> None:
        database = Database(url)
        with database.engine.begin() as tx:
            for table in (
                "audit",
                "proposal",
                "link_code",
                "account",
                "duty",
                "session",
                "person_alias",
                "person",
                "policy",
                "course",
            ):
                tx.execute(text(f"DELETE FROM {table}"))
        await open_course(database, NOW)
        service = Roster(database)
        course = await database.read(courses.at_place, PLACE)
        for name in pages:
            await database.write(people.add, course.id, f"page:{name}", name, "student", NOW, origin="page")
        codes: tuple[Code, ...] = ()
        for at in lists:
            data = (
                HEAD + "".join(f"{name},{email},{login},{section}\n" for login, name, email, section in at)
            ).encode()
            preview: RosterPreview = await service.preview(PLACE, STAFF, data, NOW)
            if preview.token:
                codes = (await service.confirm(PLACE, STAFF, preview.token, NOW)).codes
            assert (await service.preview(PLACE, STAFF, data, NOW)).token is None
            present = [one for one in await database.read(roster.stored, course.id) if not one.dropped]
            assert {(one.entry.name, one.entry.email or "", one.entry.section or "") for one in present} == {
                one[1:] for one in at
            }
            assert sorted(one.entry.key for one in codes) == sorted(one.entry.key for one in present)
        await asyncio.to_thread(database.close)

    asyncio.run(run())
