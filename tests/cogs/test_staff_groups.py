"""Staff place, drop, move and merge: what they are shown, what they confirm, and what it does."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest
import simcord
from sqlalchemy import Connection

from bot.core.course import Kind, PageSession, Role
from bot.core.errors import NotStaff
from bot.core.people import Actor
from bot.store import audit, courses, duties, groups, schedule
from tests.support.world import World, said, text


async def _group(world: World, name: str, *members: simcord.MemberActor) -> None:
    await members[0].slash(world.general, "create-group", name=name)
    for member in members[1:]:
        await member.slash(world.general, "join-group", group=name)


async def _staff(world: World, command: str, **options: Any) -> Any:
    return await world.staff.slash(world.general, f"staff {command}", **options)


async def _board(world: World) -> dict[str, set[str]]:
    def read(tx: Connection) -> dict[str, set[str]]:
        return {one.name: {member.name for member in one.members} for one in groups.board(tx, 1, "discord")}

    return await world.app.database.read(read)


async def _deeds(world: World) -> list[str]:
    return [entry.what for entry in await world.app.database.read(audit.latest, 1, 9)]


async def _duties(world: World, **held: tuple[int, Role]) -> dict[int, int]:
    """Student lectures on days of February, and groups that present or review there; the sessions' ids by day."""

    def write(tx: Connection) -> dict[int, int]:
        zone = courses.by_id(tx, 1).zone
        days = sorted({day for day, _ in held.values()})
        made = {}
        for day in days:
            page = PageSession(
                date(2024, 2, day), Kind.STUDENT_LECTURE, f"Class {day}", None, starts=time(16), ends=time(18)
            )
            made[day] = schedule.add(tx, 1, page, zone)
        for name, (day, role) in held.items():
            found = groups.find(tx, 1, name.split("_")[0])
            assert found
            duties.take(tx, made[day], role, found[0], "volunteered", "volunteered", world.env.now())
        return made

    return await world.app.database.write(write)


async def _on_duty(world: World, session_id: int) -> dict[Role, tuple[str, ...]]:
    view = await world.app.database.read(schedule.one, 1, session_id)
    assert view
    return view.duties


@pytest.fixture
async def students(world: World) -> list[simcord.MemberActor]:
    await world.set_up()
    return [world.student(n) for n in range(12)]


async def test_leftovers_are_placed_after_the_lock_when_staff_confirm(world: World, students: Any) -> None:
    await _group(world, "Attention", *students[:2])
    await _group(world, "Group 1", *students[2:5])
    for one in students[5:9]:
        await one.slash(world.general, "help")
    await students[8].slash(world.general, "looking-for-group", with_member=students[0])
    await world.env.advance_time(timedelta(days=9).total_seconds())
    shown = await _staff(world, "groups place-leftovers")
    assert said(shown).ephemeral
    assert f"**Attention**: <@{students[0].id}>, <@{students[1].id}> + <@{students[8].id}> (3 of 3)" in text(shown)
    assert "**Group 2**" in text(shown)
    assert "Wishes that come true: 1 of 1." in text(shown)
    assert len(await _board(world)) == 2
    await world.restart()
    await world.staff.click(said(shown), label="Place them")
    assert "Placed" in text(shown)
    assert await _board(world) == {
        "Attention": {"Student00", "Student01", "Student08"},
        "Group 1": {"Student02", "Student03", "Student04"},
        "Group 2": {"Student05", "Student06", "Student07"},
    }
    assert "placed Student08 in Attention" in await _deeds(world)
    assert "nobody is left to place" in text(await _staff(world, "groups place-leftovers"))


async def test_who_finds_no_place_is_reported_with_the_ways_out(world: World, students: Any) -> None:
    await _group(world, "Attention", *students[:3])
    await students[3].slash(world.general, "help")
    shown = await _staff(world, "groups place-leftovers")
    assert "Nobody can be placed" in text(shown)
    assert f"<@{students[3].id}>: no group has a free seat" in text(shown)
    assert said(shown).components == []
    moved = await _staff(world, "student move", person="Student03", group="Attention", bigger=True)
    assert "Attention gets one more seat" in text(moved)
    await world.staff.click(said(moved), label="Move")
    assert len((await _board(world))["Attention"]) == 4


async def test_an_outdated_proposal_is_refused(world: World, students: Any) -> None:
    for one in students[:2]:
        await one.slash(world.general, "help")
    shown = await _staff(world, "groups place-leftovers")
    await _group(world, "Attention", students[0])
    assert "have changed since this preview" in text(await world.staff.click(said(shown), label="Place them"))
    assert await _board(world) == {"Attention": {"Student00"}}


async def test_dropping_shows_each_duty_and_the_repairs_then_gives_back(world: World, students: Any) -> None:
    await _group(world, "Attention", *students[:2])
    await _group(world, "Diffusion", *students[2:4])
    await students[4].slash(world.general, "help")
    made = await _duties(world, Attention_1=(6, Role.PRESENTER), Attention_2=(8, Role.REVIEWER))
    (choice,) = await world.staff.autocomplete(world.general, "staff student drop", "person", "student01")
    assert choice["name"] == "Student01 · Attention"
    shown = await _staff(world, "student drop", person=choice["value"])
    assert "Drop Student01?" in text(shown)
    assert "**Attention** goes on with 1 member." in text(shown)
    assert "Feb 6 Class 6, presents: Attention keeps it" in text(shown)
    assert "Feb 8 Class 8, reviews: Attention keeps it" in text(shown)
    assert "fewer than 2 members" in text(shown)
    assert "It fits into Diffusion" in text(shown)
    assert f"Without a group: <@{students[4].id}>. </staff groups place-leftovers:" in text(shown)
    await world.restart()
    await world.staff.click(said(shown), label="Drop")
    assert "Dropped Student01" in text(shown)
    assert await _on_duty(world, made[6]) == {Role.PRESENTER: ("Student00",)}
    assert (await _board(world))["Attention"] == {"Student00"}
    again = await _staff(world, "student drop", person="Student01")
    assert "was dropped <t:" in text(again)
    assert "no longer in this course" in text(await students[1].slash(world.general, "join-group", group="Attention"))
    await _staff(world, "student restore", person="Student01")
    assert "(2 of 3, 1 free)" in text(await students[1].slash(world.general, "join-group", group="Attention"))
    assert await _on_duty(world, made[6]) == {Role.PRESENTER: ("Student00", "Student01")}


async def test_dropping_the_last_member_ends_the_group(world: World, students: Any) -> None:
    await _group(world, "Attention", students[0])
    made = await _duties(world, Attention=(6, Role.PRESENTER))
    shown = await _staff(world, "student drop", person="Student00")
    assert "has no other member and is dissolved" in text(shown)
    assert "Attention gives it back" in text(shown)
    assert "staff rota plan" in text(shown)
    await world.staff.click(said(shown), label="Drop")
    assert await _on_duty(world, made[6]) == {}
    assert await _board(world) == {}


async def test_moving_the_last_member_says_what_is_given_back(world: World, students: Any) -> None:
    await _group(world, "Attention", students[0])
    await _group(world, "Diffusion", students[1])
    await _group(world, "Full", *students[2:5])
    made = await _duties(world, Attention=(6, Role.PRESENTER), Diffusion=(8, Role.REVIEWER))
    await world.env.advance_time(timedelta(days=9).total_seconds())
    assert "Full is full (3 of 3)" in text(await _staff(world, "student move", person="Student00", group="Full"))
    assert "They are in Attention already" in text(
        await _staff(world, "student move", person="Student00", group="Attention")
    )
    shown = await _staff(world, "student move", person="Student00", group="Diffusion")
    assert "**Attention** has no other member and is dissolved." in text(shown)
    assert "These duties are given back:\n• Feb 6 Class 6, presents" in text(shown)
    assert "With Diffusion they are on duty:\n• Feb 8 Class 8, reviews" in text(shown)
    await world.staff.click(said(shown), label="Move")
    assert "Moved" in text(shown)
    assert (await _on_duty(world, made[6]), await _on_duty(world, made[8])) == (
        {},
        {Role.REVIEWER: ("Student01", "Student00")},
    )
    assert (await _deeds(world))[0] == "moved Student00 from Attention to Diffusion"


async def test_merging_hands_over_what_fits_and_gives_back_the_rest(world: World, students: Any) -> None:
    await _group(world, "Attention", *students[:2])
    await _group(world, "Diffusion", *students[2:4])
    made = await _duties(
        world,
        Attention_1=(6, Role.PRESENTER),
        Attention_2=(8, Role.PRESENTER),
        Diffusion=(8, Role.REVIEWER),
    )
    refused = await _staff(world, "groups merge", group="Attention", into="Diffusion")
    assert "Together they are 4, and Diffusion has 3 seats" in text(refused)
    shown = await _staff(world, "groups merge", group="Attention", into="Diffusion", bigger=True)
    assert "Diffusion gets 1 more seat." in text(shown)
    assert "Diffusion takes over:\n• Feb 6 Class 6, presents" in text(shown)
    assert "given back:\n• Feb 8 Class 8, presents" in text(shown)
    await world.restart()
    await world.staff.click(said(shown), label="Merge")
    assert await _board(world) == {"Diffusion": {"Student00", "Student01", "Student02", "Student03"}}
    assert {role: set(names) for role, names in (await _on_duty(world, made[6])).items()} == {
        Role.PRESENTER: {"Student00", "Student01", "Student02", "Student03"}
    }
    assert set(await _on_duty(world, made[8])) == {Role.REVIEWER}
    (kept,) = [one for one in await world.app.database.read(duties.holdings, 1) if one.session_id == made[6]]
    assert (kept.origin, kept.reason) == ("volunteered", "volunteered")


async def test_renaming(world: World, students: Any) -> None:
    await _group(world, "Attention", students[0])
    await _group(world, "Diffusion", students[1])
    assert "already a group called Diffusion" in text(
        await _staff(world, "groups rename", group="Attention", name="diffusion")
    )
    assert "is called **ATTENTION** now" in text(
        await _staff(world, "groups rename", group="Attention", name="ATTENTION")
    )
    assert set(await _board(world)) == {"ATTENTION", "Diffusion"}


async def test_services_refuse_who_is_not_staff_whatever_discord_showed(world: World, students: Any) -> None:
    await _group(world, "Attention", students[0])
    services, place, now = world.app.services, f"discord:{world.guild.id}", world.env.now()
    ada = Actor("discord", str(students[0].id), "Student00")
    for call in (
        services.placement.preview(place, ada, now),
        services.placement.confirm(place, ada, "token", now),
        services.students.preview_drop(place, ada, "Student00", now),
        services.students.confirm_drop(place, ada, "token", now),
        services.students.restore(place, ada, "Student00", now),
        services.students.preview_move(place, ada, "Student00", "Attention", now),
        services.students.confirm_move(place, ada, "token", now),
        services.staff_groups.preview_merge(place, ada, "Attention", "Attention", now),
        services.staff_groups.confirm_merge(place, ada, "token", now),
        services.staff_groups.rename(place, ada, "Attention", "Mine", now),
    ):
        with pytest.raises(NotStaff):
            await call
    assert await services.students.suggest(place, ada, "") == []
    assert await services.staff_groups.suggest(place, ada, "") == []
