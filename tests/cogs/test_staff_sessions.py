"""/staff session and /staff announce as staff use them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from bot.core.course import Role
from bot.store import schedule
from tests.support.duty_world import give, group_of, lectures
from tests.support.people import DETROIT
from tests.support.questions import give_papers
from tests.support.world import World, said, text


async def _staff(world: World, command: str, **options: Any) -> Any:
    return await world.staff.slash(world.general, f"staff {command}", **options)


async def _dates(world: World) -> list[date]:
    views = await world.app.database.read(lambda tx: schedule.every(tx, 1))
    return [view.date for view in views]


def stamp(moment: str) -> str:
    seconds = int(datetime.fromisoformat(moment).replace(tzinfo=DETROIT).timestamp())
    return f"<t:{seconds}:F> (<t:{seconds}:R>)"


async def test_a_class_is_moved_after_a_look_at_what_moves_along(world: World) -> None:
    await world.set_up()
    ids = await lectures(world, 2)
    await group_of(world, "Attention", world.student(1), world.student(2))
    await give(world, ids[0], Role.PRESENTER, "Attention")
    (choice,) = await world.staff.autocomplete(world.general, "staff session move", "session", "jan 25")
    assert choice == {"name": "Thu Jan 25 · Paper of Jan 25", "value": str(ids[0])}
    shown = await _staff(
        world, "session move", session=choice["value"], date="Fri Jan 26", start="1 pm", room="2 *EECS*"
    )
    assert said(shown).ephemeral
    words = text(shown)
    assert "Move this class?" in words
    assert f"From {stamp('2024-01-25 10:30')}" in words
    assert f"to {stamp('2024-01-26 13:00')}" in words
    assert "in 2 \\*EECS\\*" in words
    assert "⚠️ Fri Jan 26 is not one of the course's meeting days." in words
    assert f"→ {stamp('2024-01-25 13:00')}" in words
    assert "Presents: Student01, Student02\n-# They keep their duties." in words
    assert date(2024, 1, 25) in await _dates(world)
    await world.restart()
    done = await world.staff.click(said(shown), label="Move it")
    assert "Class moved" in text(done)
    assert await _dates(world) == [date(2024, 1, 26), date(2024, 2, 1)]
    assert said(shown).components == []
    assert "Moved: Paper of Jan 25 from Jan 25 to Jan 26, time 10:30-12:00 → 13:00-14:30" in text(
        await _staff(world, "audit")
    )


async def test_cancel_and_restore_and_drop_a_preview(world: World) -> None:
    await world.set_up()
    ids = await lectures(world, 2)
    shown = await _staff(world, "session cancel", session=str(ids[0]), reason="Snow [day](x)")
    assert "Reason: Snow \\[day\\](x)" in text(shown)
    assert "→ no longer" in text(shown)
    await world.staff.click(said(shown), label="Keep the class")
    assert text(shown) == "Nothing was changed."
    assert len(await _dates(world)) == 2
    shown = await _staff(world, "session cancel", session="Jan 25")
    await world.staff.click(said(shown), label="Cancel the class")
    assert await _dates(world) == [date(2024, 2, 1)]
    again = await world.staff.slash(world.general, "staff session cancel", session="Jan 25")
    assert "is cancelled" in text(again)
    assert "</staff session restore:" in text(again)
    (choice,) = await world.staff.autocomplete(world.general, "staff session restore", "session", "")
    shown = await _staff(world, "session restore", session=choice["value"], date="Jan 30")
    assert "Hold this class after all?" in text(shown)
    await world.staff.click(said(shown), label="Restore it")
    assert await _dates(world) == [date(2024, 1, 30), date(2024, 2, 1)]


async def test_questions_stay_with_a_cancelled_class_and_say_that_it_is(world: World) -> None:
    await world.set_up()
    (first,) = await lectures(world, 1)
    await world.app.database.write(give_papers, first)
    ada = world.student(1)
    form = await ada.slash(world.general, "ask", session=str(first), paper="Orca")
    await ada.submit_modal(form, {"text": "Why?"})
    shown = await _staff(world, "session cancel", session=str(first))
    assert "1 question stays with the class." in text(shown)
    assert "on time until" in text(await ada.slash(world.general, "my-questions"))
    await world.staff.click(said(shown), label="Cancel the class")
    mine = text(await ada.slash(world.general, "my-questions"))
    assert "**Thu Jan 25 · Paper of Jan 25** · does not take place; your questions stay\n• Why?" in mine


async def test_a_friday_make_up_is_added(world: World) -> None:
    await world.set_up()
    await lectures(world, 1)
    shown = await _staff(
        world, "session add", date="2024-02-02", kind="makeup", start="15:00", end="16:15", title="Make-up <@1>"
    )
    assert "Make-up \\<\\@1\\>" in text(shown)
    assert stamp("2024-02-02 15:00") in text(shown)
    await world.staff.click(said(shown), label="Add it")
    assert await _dates(world) == [date(2024, 1, 25), date(2024, 2, 2)]
    refused = await _staff(world, "session add", date="Feb 30", kind="lecture")
    assert "“Feb 30” is not a date. Write it like 2024-01-26, or Jan 26." in text(refused)


async def test_students_are_refused_whatever_discord_lets_them_see(world: World) -> None:
    await world.set_up()
    ids = await lectures(world, 1)
    someone = world.student(1)
    world.guild.set_command_permissions(world.app.bot.command_ids["staff"], {someone: True})
    for command, options in (
        ("session move", {"session": str(ids[0]), "room": "1"}),
        ("session cancel", {"session": str(ids[0])}),
        ("session restore", {"session": str(ids[0])}),
        ("session add", {"date": "Jan 26", "kind": "makeup"}),
        ("announce", {"text": "Hi"}),
        ("announcements", {}),
    ):
        refused = await someone.slash(world.general, f"staff {command}", **options)
        assert "Only the course staff" in text(refused), command


async def test_an_announcement_waits_and_is_called_off(world: World) -> None:
    await world.set_up()
    await world.student(1).slash(world.general, "create-group", name="Attention")
    shown = await _staff(world, "announce", text="Bring laptops", at="2024-01-26 09:00", ping="students")
    words = text(shown)
    assert "📣 Bring laptops" in words
    assert stamp("2024-01-26 09:00") in words
    assert f"<#{world.announcements.id}>" in words
    assert "the students (1 now)" in words
    await world.staff.click(said(shown), label="Announce it")
    assert "It will be announced" in text(shown)
    second = await _staff(world, "announce", text="And chargers", at="in 2h")
    await world.staff.click(said(second), label="Announce it")
    listed = await _staff(world, "announcements")
    assert "**1.**" in text(listed)
    assert text(listed).index("And chargers") < text(listed).index("Bring laptops")
    await world.restart()
    left = await world.staff.click(said(listed), label="Cancel 1")
    assert "And chargers" not in text(left)
    assert "Bring laptops" in text(left)
    await world.staff.click(said(listed), label="Cancel 1")
    assert "None. </staff announce:" in text(await _staff(world, "announcements"))
    assert world.announcements.history() == []


async def test_an_announcement_needs_a_channel_and_a_moment_ahead(world: World) -> None:
    await world.staff.slash(world.general, "staff setup")
    assert "no announcement channel yet" in text(await _staff(world, "announce", text="Hi"))
    await world.set_up()
    assert "in the past" in text(await _staff(world, "announce", text="Hi", at="2024-01-01 09:00"))
    assert "is not a moment" in text(await _staff(world, "announce", text="Hi", at="soon"))
