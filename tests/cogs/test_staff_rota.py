"""/staff rota as staff use it: plan, confirm, undo; single duties; seats, bonuses and the table."""

from __future__ import annotations

import threading
from typing import Any

from sqlalchemy import text as sql

from bot.core.course import Kind, Role
from bot.core.errors import CourseError
from bot.core.rota import Rota, RotaProblem
from bot.services.rota_solve import Progress, Solved, Solver
from bot.store import duties
from tests.support.duties import add_session, lecture
from tests.support.world import World, said, text

P = Role.PRESENTER


async def _course(world: World, groups: int = 3, lectures: int = 4) -> list[int]:
    """Groups of one, "Group 0" and so on, and student lectures; returns the lectures' ids."""
    await world.set_up()
    for number in range(groups):
        await world.student(number).slash(world.general, "create-group", name=f"Group {number}")
    return [await _add(world, number) for number in range(lectures)]


async def _add(world: World, number: int, title: str = "", kind: Kind = Kind.STUDENT_LECTURE) -> int:
    place = f"discord:{world.guild.id}"
    return await world.app.database.write(add_session, lecture(number), title, kind, place)


async def _staff(world: World, command: str, **options: Any) -> Any:
    return await world.staff.slash(world.general, f"staff rota {command}", **options)


async def _held(world: World) -> int:
    return len(await world.app.database.read(duties.holdings, 1))


async def test_plan_then_confirm_then_undo(world: World) -> None:
    await _course(world)
    shown = await _staff(world, "plan")
    assert said(shown).ephemeral
    assert "Put this rota in force?" in text(shown)
    assert "3 groups, 4 student lectures." in text(shown)
    assert "What changes: 12 cells" in text(shown)
    assert "• Jan 25 · presents: nobody → **Group " in text(shown)
    assert "Load of a group\n4 duties" in text(shown)
    assert "HiGHS: proved to be the best there is" in text(shown)
    file = said(shown).attachments[0]
    assert file.filename == "rota.md"
    assert await _held(world) == 0
    done = await world.staff.click(said(shown), label="Put in force")
    assert "The rota is in force" in text(shown)
    assert "12 cells changed" in text(done)
    assert await _held(world) == 12
    assert world.announcements.history() == []
    undone = await world.staff.click(said(shown), label="Undo")
    assert "12 cells changed back" in text(undone)
    assert said(shown).components == []
    assert await _held(world) == 0


async def test_the_buttons_work_after_a_restart(world: World) -> None:
    await _course(world)
    shown = await _staff(world, "plan")
    twin = await _staff(world, "plan", fresh=True, fair=False)
    await world.restart()
    await world.staff.click(said(shown), label="Put in force")
    assert await _held(world) == 12
    assert "have changed since this preview" in text(await world.staff.click(said(twin), label="Put in force"))
    await world.restart()
    assert "changed back" in text(await world.staff.click(said(shown), label="Undo"))
    assert await _held(world) == 0


async def test_undo_by_command_and_twice(world: World) -> None:
    await _course(world)
    shown = await _staff(world, "plan")
    await world.staff.click(said(shown), label="Put in force")
    assert "12 cells changed back" in text(await _staff(world, "undo"))
    assert "no plan left to undo" in text(await _staff(world, "undo"))
    late = await world.staff.click(said(shown), label="Undo")
    assert "no plan left to undo" in text(late)
    assert said(late).ephemeral


async def test_what_cannot_hold_is_said_with_numbers_and_names_of_commands(world: World) -> None:
    await _course(world, groups=5, lectures=4)
    shown = text(await _staff(world, "plan"))
    assert "5 groups should each present at least once, and 4 classes have 4 places for it" in shown
    assert "Ways out: allow two groups in 1 class" in shown
    assert "Two groups in a class: </staff rota seats:" in shown
    assert "does not present" in shown
    refused = await _staff(world, "assign", session="2024-01-25", role="presenter")
    assert "Give a `group`, `people` or both" in text(refused)


async def test_nothing_to_plan_is_said(world: World) -> None:
    await world.set_up()
    assert "There are no groups yet" in text(await _staff(world, "plan"))
    await world.student(1).slash(world.general, "create-group", name="Attention")
    assert "</staff import schedule:" not in text(await _staff(world, "show"))
    assert "No student lecture lies ahead" in text(await _staff(world, "plan"))
    assert "No class has duties yet" in text(await _staff(world, "show"))


async def test_a_plan_that_changes_nothing_has_no_button(world: World) -> None:
    await _course(world)
    await world.staff.click(said(await _staff(world, "plan")), label="Put in force")
    again = await _staff(world, "plan")
    assert "The rota stays as it is" in text(again)
    assert said(again).components == []


def _after_a_report(world: World, then: Solver) -> Solver:
    """A solver that goes on once its first report has gone out to Discord: so the event loop must go on meanwhile."""
    pause = threading.Event()

    def out() -> bool:
        return any("25 % · rules …" in str(one.json) for one in world.env.http_requests)

    def solve(problem: RotaProblem, previous: Rota | None, fair: bool, progress: Progress) -> Solved:
        progress("rules", 0.25)
        assert any(out() or pause.wait(0.01) for _ in range(2000))
        return then(problem, previous, fair, progress)

    return solve


async def test_progress_is_shown_while_the_plan_is_made(world: World) -> None:
    await _course(world)
    plans = world.app.services.rota_plans
    plans._solver = _after_a_report(world, plans._solver)
    shown = await _staff(world, "plan")
    assert "Put this rota in force?" in text(shown)
    await world.staff.click(said(shown), label="Put in force")
    assert await _held(world) == 12


async def test_where_a_plan_fails_its_progress_goes_away(world: World) -> None:
    await _course(world)

    def fails(problem: RotaProblem, previous: Rota | None, fair: bool, progress: Progress) -> Solved:
        raise CourseError("The solver gave up.")

    world.app.services.rota_plans._solver = _after_a_report(world, fails)
    shown = await _staff(world, "plan")
    assert text(shown) == "The solver gave up."
    assert shown.ephemeral
    assert [one.method for one in world.env.http_requests if one.path.endswith("@original")][-1] == "DELETE"


async def test_assign_with_a_guest(world: World) -> None:
    sessions = await _course(world)
    choices = await world.staff.autocomplete(world.general, "staff rota assign", "session", "jan")
    assert choices == [{"name": "Thu Jan 25 · Paper of Jan 25", "value": str(sessions[0])}]
    assert await world.staff.autocomplete(world.general, "staff rota assign", "group", "2") == [
        {"name": "Group 2", "value": "Group 2"}
    ]
    shown = await _staff(
        world, "assign", session=str(sessions[0]), role="presenter", people=f"Dr. Example, <@{world.staff.id}>"
    )
    assert "Change this duty?" in text(shown)
    assert "presents: nobody → **Dr. Example, Staff01**" in text(shown)
    assert "New guest: Dr. Example" in text(shown)
    await world.staff.click(said(shown), label="Change it")
    assert "Duty changed" in text(shown)
    table = text(await _staff(world, "show"))
    assert "presents: Dr. Example, Staff01" in table
    assert "summarises: free" in table


async def test_assign_shows_what_it_would_break_and_release_takes_back(world: World) -> None:
    await _course(world)
    await world.student(7).slash(world.general, "create-group", name="Late")
    await world.staff.click(said(await _staff(world, "plan")), label="Put in force")
    table = text(await _staff(world, "show"))
    assert "**Thu Jan 25 · Paper of Jan 25**" in table
    shown = await _staff(world, "assign", session="2024-01-25", role="presenter", clear=True)
    assert "⚠️ Jan 25 has no presenter." in text(shown)
    await world.staff.click(said(shown), label="Cancel")
    assert await _held(world) == 12
    first = (await world.app.database.read(duties.holdings, 1))[0]
    names = {f"Group {n}" for n in range(3)} | {"Late"}
    refused = [text(await _staff(world, "release", group=name, session="2024-01-25")) for name in sorted(names)]
    assert sum("Change this duty?" in answer for answer in refused) == 3
    assert sum("has no duty on Thu Jan 25" in answer for answer in refused) == 1
    assert first.role is P


async def test_seats_and_bonus(world: World) -> None:
    sessions = await _course(world)
    other = await _add(world, 9, "Ours", Kind.LECTURE)
    lectures = await world.staff.autocomplete(world.general, "staff rota seats", "session", "")
    assert [choice["value"] for choice in lectures] == [str(one) for one in sessions]
    everything = await world.staff.autocomplete(world.general, "staff rota bonus", "session", "")
    assert everything[-1] == {"name": "Thu Mar 28 · Ours", "value": str(other)}
    two = await _staff(world, "seats", session=str(sessions[0]), role="presenter", places=2)
    assert "now has room for two groups as presenter" in text(two).replace("2 groups", "two groups")
    bonus = await _staff(world, "bonus", session=str(sessions[0]), note="*+2* points")
    assert "is offered “\\*+2\\* points”" in text(bonus)
    shown = text(await _staff(world, "show"))
    assert "presents: 2 free" in shown
    assert "🎁 \\*+2\\* points" in shown
    assert "no bonus is offered there" in text(await _staff(world, "bonus", session=str(sessions[0])))


async def test_the_table_has_pages_and_a_file(world: World) -> None:
    await _course(world, lectures=14)
    await _add(world, 20, "A | B\nwith *stars*")
    shown = await _staff(world, "show")
    assert "Page 1 of 3" in text(shown)
    file = await said(shown).attachments[0].read()
    assert "| Thu 2024-06-13 | A \\| B with *stars* | free | free | free |" in file.decode()
    assert len(file.decode().splitlines()) == 17
    await world.staff.click(said(shown), label="Later →")
    await world.restart()
    await world.staff.click(said(shown), label="Later →")
    assert "Page 3 of 3" in text(shown)
    assert "with \\*stars\\*" in text(shown)
    await world.staff.click(said(shown), label="← Earlier")
    assert "Page 2 of 3" in text(shown)


async def test_a_crowded_course_fits_in_the_messages(world: World) -> None:
    await _course(world, groups=1, lectures=0)
    for number in range(40):
        await _add(world, number, "A very long title " * 20)

    def crowd(tx: Any) -> None:
        for n in range(30):
            values = {"n": f"Group with the longest name {n:02} aaaaaaaaa", "k": f"k{n}"}
            tx.execute(
                sql(
                    "INSERT INTO study_group (course_id, name, name_key, created_by, created_at)"
                    " VALUES (1, :n, :k, 1, 0)"
                ),
                values,
            )

    await world.app.database.write(crowd)
    shown = await _staff(world, "plan")
    assert "… and" in text(shown)
    await world.staff.click(said(shown), label="Put in force")
    assert "120 cells changed" in text(shown)
    table = await _staff(world, "show")
    assert "Page 1 of 7" in text(table)


async def test_who_is_not_staff_is_refused_at_every_command_and_every_press(world: World) -> None:
    await _course(world)
    role, other = world.guild.create_role("TA"), world.guild.create_role("Other")
    assistant = world.guild.add_member(world.env.create_user("Staff02"), roles=[role])
    world.guild.set_command_permissions(world.app.bot.command_ids["staff"], {assistant: True})
    await world.set_up(staff_role=role)
    shown = await assistant.slash(world.general, "staff rota plan")
    table = await assistant.slash(world.general, "staff rota show")
    assert said(shown).components
    await world.set_up(staff_role=other)
    presses = [await assistant.click(said(shown), label=label) for label in ("Put in force", "Cancel")]
    where = {"session": "2024-01-25"}
    for command, options in {
        "plan": {},
        "undo": {},
        "show": {},
        "assign": {**where, "role": "presenter", "clear": True},
        "release": {**where, "group": "Group 0"},
        "seats": {**where, "role": "presenter", "places": 2},
        "bonus": {**where, "note": "x"},
    }.items():
        presses.append(await assistant.slash(world.general, f"staff rota {command}", **options))
    assert all("Only the course staff can do this" in text(refused) for refused in presses)
    assert all(said(refused).ephemeral for refused in presses)
    assert await _held(world) == 0
    await world.set_up(staff_role=role)
    await assistant.click(said(shown), label="Put in force")
    await world.set_up(staff_role=other)
    assert "Only the course staff" in text(await assistant.click(said(shown), label="Undo"))
    assert await _held(world) == 12
    assert table.response.ephemeral
