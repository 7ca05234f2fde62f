"""Planning the rota on a real database of each kind: shown, confirmed, undone, and disturbing little."""

from __future__ import annotations

import asyncio
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.core.course import Kind, Role
from bot.core.errors import CourseError, NotStaff
from bot.core.rota import Rota, RotaProblem, broken_rules
from bot.services.groups import Groups
from bot.services.rota_plan import InForce, PlanPreview, RotaPlans
from bot.services.rota_solve import Progress, Solved, with_highs, without_solver
from bot.store import audit, courses, duties, groups, leaving, people, rankings, rota, schedule
from bot.store.database import Database
from bot.store.tables import duty_seat, group_duty, membership, metadata, person
from tests.conftest import NOW
from tests.support.duties import Course, add_session, lecture, member, people_follow
from tests.support.people import DETROIT, PLACE, STAFF, student

P, S, R = Role.PRESENTER, Role.SUMMARIZER, Role.REVIEWER
Seat = tuple[int, Role, int]
AFTER_FIRST = datetime(2024, 1, 25, 20, 0, tzinfo=UTC)
"""Lecture 0 is over."""


async def _plan(course: Course, now: datetime = NOW, **options: bool) -> PlanPreview:
    return await RotaPlans(course.database).plan(PLACE, STAFF, now, **options)


async def _confirm(course: Course, preview: PlanPreview, now: datetime = NOW) -> InForce:
    assert preview.token
    return await RotaPlans(course.database).confirm(PLACE, STAFF, preview.token, now)


async def _in_force(course: Course, now: datetime = NOW, **options: bool) -> PlanPreview:
    """Plan and confirm; what is in force breaks the rules that the preview listed, and no others."""
    preview = await _plan(course, now, **options)
    await _confirm(course, preview, now)
    desk = await course.desk(now)
    assert sorted(one.text for one in broken_rules(desk.problem, desk.rota)) == sorted(preview.plan.broken)
    await course.database.read(people_follow)
    return preview


async def _rows(course: Course) -> dict[str, list[str]]:
    """Every row of every table, but for what waits for confirmation."""

    def rows(tx):  # type: ignore[no-untyped-def]
        return {
            name: sorted(map(repr, tx.execute(select(table)).all()))
            for name, table in metadata.tables.items()
            if name != "proposal"
        }

    return await course.database.read(rows)


async def _dissolve(course: Course, number: int) -> None:
    """Everyone in a group leaves the course."""

    def work(tx):  # type: ignore[no-untyped-def]
        rows = select(membership.c.person_id).where(membership.c.group_id == course.groups[number])
        for person_id in tx.execute(rows.where(membership.c.left_at.is_(None))).scalars().all():
            leaving.drop(tx, courses.at_place(tx, PLACE), person_id, STAFF.key, NOW)

    await course.database.write(work)


async def test_day_one_says_with_numbers_what_cannot_hold_and_what_would_mend_it(database: Database) -> None:
    course = await Course(database).open(groups=17, lectures=14, size=1)
    preview = await _plan(course)
    plan = preview.plan
    assert (plan.groups, plan.lectures) == (17, 14)
    first = plan.findings[0]
    assert (first.needed, first.available) == (17, 14)
    assert "17 groups should each present at least once, and 14 classes have 14 places for it" in first.text
    assert "allow two groups in 3 classes" in first.changes
    assert len([text for text in plan.broken if "does not present" in text]) == 3
    assert len(plan.changes) == 42
    assert plan.load == (2, 3)
    assert plan.optimal
    assert plan.solver == "HiGHS"
    assert [row.cells[P].groups for row in plan.table.rows] == [change.after for change in plan.changes[::3]]
    for number in range(3):
        await database.write(duties.offer, 1, course.sessions[number], P, 2)
    await _in_force(course)
    desk = await course.desk()
    assert len({one.group for one in desk.rota.assignments if one.role is P}) == 17


async def test_a_preview_changes_nothing_and_a_plan_shows_exactly_what_it_changes(database: Database) -> None:
    course = await Course(database).open(groups=4, lectures=5)
    await course.claim(1, 2, P)
    await course.give(0, S, 3)
    before = await _rows(course)
    held = await course.held()
    preview = await _plan(course)
    assert await _rows(course) == before
    result = await _confirm(course, preview)
    assert result.changes == preview.plan.changes
    after = await course.held()
    assert held <= after
    shown = {
        (course.sessions[0] + (one.date - lecture(0)).days // 7 - course.sessions[0], one.role, int(name[-1]))
        for one in preview.plan.changes
        for name, reason in one.after
        if reason
    }
    assert shown == after - held
    dates = [one.date for one in preview.plan.changes]
    assert dates == sorted(dates)
    assert all(one.origin == "planned" for one in (await course.desk()).holdings if one.reason != "volunteered")
    assert (await database.read(audit.latest, 1, 1))[0].what == "put a rota in force: 13 cells changed"
    assert (await _plan(course)).token is None


async def test_the_reason_for_a_seat_is_kept_with_it(database: Database) -> None:
    course = await Course(database).open(groups=3, lectures=3, size=1)
    await database.write(rankings.put, 1, course.groups[0], [course.sessions[2], course.sessions[1]])
    await _in_force(course)
    reasons = {(one.session_id, one.role, one.group_id): one.reason for one in (await course.desk()).holdings}
    assert reasons[course.sessions[2], P, course.groups[0]] == "ranked 1st by the group"
    assert set(reasons.values()) <= {
        "ranked 1st by the group",
        "each group presents at least once",
        "each group summarises at least once",
        "each group reviews at least once",
    }


async def test_fresh_keeps_claims_and_what_staff_set_but_not_what_was_planned(database: Database) -> None:
    course = await Course(database).open(groups=3, lectures=3, size=1)
    await course.claim(1, 0, P)
    await course.give(1, P, 2, "staff")
    for number, role, group in ((0, S, 0), (1, S, 0), (2, S, 0), (2, P, 1)):
        await course.give(number, role, group)
    kept = await _plan(course)
    assert any("Group 0 would summarise 3 times" in text for text in (await _broken(course)))
    assert kept.plan.broken == ()
    await _in_force(course, fresh=True)
    held = await course.held()
    assert {(0, P, 1), (1, P, 2), (2, P, 0)} <= held


async def _broken(course: Course) -> list[str]:
    desk = await course.desk()
    return [one.text for one in broken_rules(desk.problem, desk.rota)]


async def test_what_is_past_never_changes(database: Database) -> None:
    course = await Course(database).open(groups=3, lectures=4, size=1)
    for role in (P, S):
        await course.give(0, role, 0 if role is P else 1)
    await _in_force(course, AFTER_FIRST, fresh=True)
    held = await course.held()
    assert {seat for seat in held if seat[0] == 0} == {(0, P, 0), (0, S, 1)}
    assert len(held) == 2 + 9


async def test_people_on_duty_by_name_keep_their_seat_and_their_group_gets_no_other_that_day(
    database: Database,
) -> None:
    course = await Course(database).open(groups=3, lectures=4)

    def name(tx):  # type: ignore[no-untyped-def]
        ids = {row.name: row.id for row in tx.execute(select(person.c.id, person.c.name))}
        guest = people.add(tx, 1, "page:guest", "Guest", "guest", NOW)
        rota.put_alone(tx, 1, course.sessions[0], P, [guest, ids["Student10"]], NOW)
        rota.put_alone(tx, 1, course.sessions[1], P, [ids["Student21"], ids["Student20"]], NOW)

    await database.write(name)
    before = await _rows(course)
    preview = await _plan(course)
    assert await _rows(course) == before
    await _confirm(course, preview)
    held = await course.held()
    assert not [seat for seat in held if seat[0] == 0 and (seat[1] is P or seat[2] == 1)]
    assert (1, P, 2) in held
    first = (await database.read(schedule.every, 1))[0]
    assert first.duties[P] == ("Guest", "Student10")


async def test_of_two_confirmations_at_once_one_wins(database: Database) -> None:
    course = await Course(database).open(groups=4, lectures=4, size=1)
    plans = RotaPlans(database)
    one, other = [await plans.plan(PLACE, STAFF, NOW) for _ in range(2)]
    assert one.token
    assert other.token
    presses = [plans.confirm(PLACE, STAFF, token, NOW) for token in (one.token, other.token, one.token)]
    outcomes = await asyncio.gather(*presses, return_exceptions=True)
    assert len([one for one in outcomes if isinstance(one, InForce)]) == 1
    assert all(isinstance(one, InForce | CourseError) for one in outcomes)
    assert len(await course.held()) == 12


async def test_a_plan_is_refused_once_anything_it_rests_on_has_changed(database: Database) -> None:
    course = await Course(database).open(groups=4, lectures=5, size=1)

    async def claim() -> None:
        await course.claim(0, 4, R)

    async def offer() -> None:
        await database.write(duties.offer, 1, course.sessions[0], P, 2)

    async def cancel() -> None:
        await database.write(schedule.cancel, course.sessions[4], NOW)

    async def dissolve() -> None:
        await _dissolve(course, 3)

    async def add() -> None:
        await database.write(add_session, lecture(9))

    async def appoint() -> None:
        guest = await database.write(people.add, 1, "page:guest", "Guest", "guest", NOW)
        await database.write(rota.put_alone, 1, course.sessions[1], P, [guest], NOW)

    for happen in (claim, offer, cancel, dissolve, add, appoint):
        preview = await _plan(course)
        await happen()
        held = await database.read(duties.holdings, 1)
        with pytest.raises(CourseError, match="have changed since this preview"):
            await _confirm(course, preview)
        assert await database.read(duties.holdings, 1) == held
    late = await _plan(course)
    with pytest.raises(CourseError, match="have changed since this preview"):  # a class has begun meanwhile
        await _confirm(course, late, AFTER_FIRST)


async def test_undo_goes_back_step_by_step_with_origins_and_reasons(database: Database) -> None:
    course = await Course(database).open(groups=4, lectures=4, size=1)
    plans = RotaPlans(database)
    await course.give(0, P, 0, "staff")
    nothing = await course.desk()
    first = await _confirm(course, await _plan(course))
    planned = await course.desk()
    await database.write(duties.offer, 1, course.sessions[0], P, 2)
    second = await _confirm(course, await _plan(course))
    with pytest.raises(CourseError, match="a later one was put in force"):
        await plans.undo(PLACE, STAFF, NOW, first.change_id)
    undone = await plans.undo(PLACE, STAFF, NOW, second.change_id)
    assert [(one.before, tuple(name for name, _ in one.after)) for one in undone] == [
        (tuple(name for name, _ in one.after), one.before) for one in second.changes
    ]
    with pytest.raises(CourseError, match="undone already"):
        await plans.undo(PLACE, STAFF, NOW, second.change_id)
    await database.write(duties.offer, 1, course.sessions[0], P, 1)

    def seats(desk):  # type: ignore[no-untyped-def]
        return {(one.session_id, one.role, one.group_id, one.origin, one.reason) for one in desk.holdings}

    assert seats(await course.desk()) == seats(planned)
    await plans.undo(PLACE, STAFF, NOW)
    assert seats(await course.desk()) == seats(nothing)
    await database.read(people_follow)
    with pytest.raises(CourseError, match="no plan left to undo"):
        await plans.undo(PLACE, STAFF, NOW)


async def test_undo_is_refused_with_the_cells_that_changed_since(database: Database) -> None:
    course = await Course(database).open(groups=3, lectures=4, size=1)
    await course.give(0, P, 0)
    result = await _confirm(course, await _plan(course))
    held = next(one for one in (await course.desk()).holdings if one.session_id == course.sessions[1] and one.role is S)
    await database.write(duties.end, [held.id], NOW)
    with pytest.raises(CourseError, match=r"changed on Thu Feb 1 \(summarizer\), so it cannot be undone"):
        await RotaPlans(database).undo(PLACE, STAFF, NOW, result.change_id)
    assert len(await course.held()) == 11


async def test_undo_leaves_what_has_passed_since(database: Database) -> None:
    course = await Course(database).open(groups=3, lectures=3, size=1)
    await _confirm(course, await _plan(course))
    changed = await RotaPlans(database).undo(PLACE, STAFF, AFTER_FIRST)
    assert min(one.date for one in changed) == lecture(1)
    assert {seat[0] for seat in await course.held()} == {0}


async def test_of_two_undos_at_once_one_wins(database: Database) -> None:
    course = await Course(database).open(groups=3, lectures=3, size=1)
    result = await _confirm(course, await _plan(course))
    undo = [RotaPlans(database).undo(PLACE, STAFF, NOW, result.change_id) for _ in range(4)]
    outcomes = await asyncio.gather(*undo, return_exceptions=True)
    assert len([one for one in outcomes if isinstance(one, tuple)]) == 1
    assert await course.held() == set()


@pytest.mark.parametrize("dropped", [0, 5, 12])
async def test_when_a_group_is_gone_no_other_loses_a_seat(database: Database, dropped: int) -> None:
    course = await Course(database).open(groups=13, lectures=14, size=1)
    await _in_force(course)
    before = await course.held()
    theirs = {seat for seat in before if seat[2] == dropped}
    await _dissolve(course, dropped)
    preview = await _in_force(course)
    assert preview.plan.broken == ()
    course.groups[dropped] = -1
    after = await course.held()
    assert before - theirs <= after
    assert {seat[:2] for seat in after - before} == {seat[:2] for seat in theirs}
    assert len(preview.plan.changes) == len(theirs)


async def test_a_cancelled_class_moves_only_who_now_lacks_a_duty(database: Database) -> None:
    course = await Course(database).open(groups=13, lectures=14, size=1)
    await _in_force(course)
    before = await course.held()
    lost = {seat for seat in before if seat[0] == 3}
    others = before - lost
    lacking = {seat for seat in lost if not any(seat[1:] == other[1:] for other in others)}
    await database.write(schedule.cancel, course.sessions[3], NOW)
    preview = await _in_force(course)
    after = await course.held()
    assert preview.plan.broken == ()
    # Every seat left is taken: who lacks a duty takes over one from a group that has two.
    assert len(others - after) <= 2 * len(lacking)
    assert lacking or after == others


async def test_a_new_class_and_more_seats_are_filled_without_moving_anyone(database: Database) -> None:
    course = await Course(database).open(groups=13, lectures=14, size=1)
    await _in_force(course)
    before = await course.held()
    course.sessions.append(await database.write(add_session, lecture(20)))
    await database.write(duties.offer, 1, course.sessions[2], R, 2)
    preview = await _in_force(course)
    after = await course.held()
    assert before <= after
    assert sorted(seat[:2] for seat in after - before) == [(2, R), (14, P), (14, R), (14, S)]
    assert [len(one.after) for one in preview.plan.changes] == [2, 1, 1, 1]


async def test_a_moved_class_takes_its_duties_along(database: Database) -> None:
    course = await Course(database).open(groups=5, lectures=6, size=1)
    await _in_force(course)
    moved = await database.read(schedule.one, 1, course.sessions[2])
    page = moved.as_page(DETROIT)
    later = replace(page, date=lecture(2) + timedelta(days=1))
    await database.write(schedule.change, 1, course.sessions[2], later, DETROIT)
    assert (await _plan(course)).token is None


async def test_fewer_seats_disturb_only_who_must_make_room(database: Database) -> None:
    course = await Course(database).open(groups=6, lectures=5, size=1)
    await database.write(duties.offer, 1, course.sessions[0], P, 2)
    await _in_force(course)
    before = await course.held()
    one = next(one for one in (await course.desk()).holdings if one.session_id == course.sessions[0] and one.role is P)
    await database.write(duties.end, [one.id], NOW)
    await database.write(duties.offer, 1, course.sessions[0], P, 1)
    gone = {(0, P, course.groups.index(one.group_id))}
    preview = await _plan(course)
    assert preview.token is None
    assert preview.plan.findings[0].text.startswith("6 groups should each present at least once")
    assert await course.held() == before - gone


async def test_without_the_solver_the_built_in_planner_obeys_the_same_rules(database: Database) -> None:
    course = await Course(database).open(groups=6, lectures=8, size=1)
    await course.claim(2, 3, P)
    plans = RotaPlans(database, without_solver)
    preview = await plans.plan(PLACE, STAFF, NOW)
    assert (preview.plan.solver, preview.plan.optimal, preview.plan.broken) == ("the built-in planner", False, ())
    assert preview.token
    await plans.confirm(PLACE, STAFF, preview.token, NOW)
    assert (3, P, 2) in await course.held()
    assert await _broken(course) == []


async def test_where_the_solver_is_not_installed_the_built_in_planner_takes_over(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = await Course(database).open(groups=3, lectures=3, size=1)
    monkeypatch.setitem(sys.modules, "highspy", None)  # importing it fails, as where it is missing
    preview = await _plan(course)
    assert (preview.plan.solver, preview.plan.broken) == ("the built-in planner", ())
    assert len(preview.plan.changes) == 9


async def test_the_loop_goes_on_while_the_solver_works(database: Database) -> None:
    """Each call of `progress`, in the solver's thread, waits until the event loop has answered it."""
    await Course(database).open(groups=13, lectures=14, size=1)
    loop = asyncio.get_running_loop()
    seen: list[tuple[str, float]] = []

    async def note(goal: str, done: float) -> None:
        seen.append((goal, done))

    def progress(goal: str, done: float) -> None:
        assert threading.current_thread() is not threading.main_thread()
        asyncio.run_coroutine_threadsafe(note(goal, done), loop).result(timeout=20)

    await RotaPlans(database, with_highs).plan(PLACE, STAFF, NOW, progress=progress)
    assert [goal for goal, _ in seen][:1] == ["rules"]
    assert seen[-1] == ("done", 1.0)
    assert [done for _, done in seen] == sorted(done for _, done in seen)


async def test_a_solver_that_fails_fails_the_command_and_changes_nothing(database: Database) -> None:
    course = await Course(database).open(groups=2, lectures=2, size=1)

    def breaks(_problem: RotaProblem, _previous: Rota | None, _fair: bool, _progress: Progress) -> Solved:
        raise ZeroDivisionError

    before = await _rows(course)
    with pytest.raises(ZeroDivisionError):
        await RotaPlans(database, breaks).plan(PLACE, STAFF, NOW)
    assert await _rows(course) == before


async def test_a_plan_needs_staff_groups_and_lectures(database: Database) -> None:
    plans = RotaPlans(database)
    course = await Course(database).open(groups=0, lectures=1)
    for call in (plans.plan(PLACE, student(1), NOW), plans.confirm(PLACE, student(1), "token", NOW)):
        with pytest.raises(NotStaff):
            await call
    with pytest.raises(NotStaff):
        await plans.undo(PLACE, student(1), NOW)
    with pytest.raises(CourseError, match="no groups yet"):
        await _plan(course)
    await course.duties.mine(PLACE, member(0), NOW)
    await Groups(database).create(PLACE, member(0), "Group 0", NOW)
    with pytest.raises(CourseError, match="No student lecture lies ahead"):
        await _plan(course, AFTER_FIRST)


async def test_a_groups_duty_in_a_staff_lecture_counts_and_stays(database: Database) -> None:
    course = await Course(database).open(groups=2, lectures=2, size=1)
    course.sessions.append(await database.write(add_session, lecture(5), "Ours", Kind.LECTURE))

    def review(tx):  # type: ignore[no-untyped-def]
        assert duties.offer(tx, 1, course.sessions[2], R, 1)
        return duties.take(tx, course.sessions[2], R, course.groups[0], "staff", "set by staff", NOW)

    await database.write(review)
    preview = await _in_force(course, fresh=True)
    held = await course.held()
    assert (2, R, 0) in held
    assert preview.plan.lectures == 2
    assert not [text for text in preview.plan.broken if "Group 0 does not review" in text]
    assert await database.read(groups.names, 1)
    count = select(duty_seat.c.place).where(duty_seat.c.session_id == course.sessions[2])
    assert await database.read(lambda tx: tx.execute(count).scalars().all()) == [1]
    ended = select(group_duty.c.id).where(group_duty.c.ended_at.is_not(None))
    assert await database.read(lambda tx: tx.execute(ended).first()) is None
