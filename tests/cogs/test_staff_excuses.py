"""/staff student excuse and unexcuse as staff use them, and what an excuse does to what is owed."""

from __future__ import annotations

from typing import Any

from bot.core.course import Role
from tests.support.duty_world import give, group_of, lectures
from tests.support.world import World, said, text


async def _staff(world: World, command: str, **options: Any) -> Any:
    return await world.staff.slash(world.general, f"staff student {command}", **options)


async def _owing(world: World, who: Any) -> str:
    return text(await who.slash(world.general, "deadlines"))


async def test_an_excuse_ends_what_one_student_owes_and_can_be_taken_back(world: World) -> None:
    await world.set_up()
    ids = await lectures(world, 1)
    first, second = world.student(1), world.student(2)
    await group_of(world, "Attention", first, second)
    await give(world, ids[0], Role.SUMMARIZER, "Attention")
    (person,) = await world.staff.autocomplete(world.general, "staff student excuse", "person", "student01")
    (session,) = await world.staff.autocomplete(world.general, "staff student excuse", "session", "jan 25")
    told = text(
        await _staff(
            world,
            "excuse",
            person=person["value"],
            what="summary",
            session=session["value"],
            reason="ill, [note](x) seen",
        )
    )
    assert "Student01 is excused from the summary of Thu Jan 25 · Paper of Jan 25." in told
    assert "Reason: ill, \\[note\\](x) seen" in told
    assert "</staff student unexcuse:" in told
    assert "Summary" not in await _owing(world, first)
    assert "Summary" in await _owing(world, second)
    mine = text(await first.slash(world.general, "my-progress"))
    assert "**Excused from**\n➖ the summary of Thu Jan 25 · Paper of Jan 25: ill, \\[note\\](x) seen" in mine
    assert "Excused from" not in text(await second.slash(world.general, "my-progress"))
    again = text(await _staff(world, "excuse", person="Student01", what="summary", session="Jan 25", reason="ill"))
    assert "excused from the summary of Thu Jan 25 · Paper of Jan 25 already." in again
    audit = text(await world.staff.slash(world.general, "staff audit"))
    assert "excused Student01 from the summary of Thu Jan 25" in audit
    (choice,) = await world.staff.autocomplete(world.general, "staff student unexcuse", "excuse", "student01 summary")
    assert choice["name"].startswith("Student01 · the summary of Thu Jan 25")
    told = text(await _staff(world, "unexcuse", excuse=choice["value"]))
    assert "Student01 is no longer excused from the summary of Thu Jan 25" in told
    assert "Summary" in await _owing(world, first)
    assert "taken back already" in text(await _staff(world, "unexcuse", excuse=choice["value"]))
    assert await world.staff.autocomplete(world.general, "staff student unexcuse", "excuse", "") == []


async def test_who_is_excused_is_not_told_that_being_late_costs_the_credit(world: World) -> None:
    await world.set_up()
    ids = await lectures(world, 1)
    first, second = world.student(1), world.student(2)
    await group_of(world, "Attention", first, second)
    await give(world, ids[0], Role.SUMMARIZER, "Attention")
    await _staff(world, "excuse", person="Student01", what="summary", session="Jan 25", reason="ill")
    assert "➖ You are excused from handing it in" in text(await first.slash(world.general, "my-duties"))
    assert "excused" not in text(await second.slash(world.general, "my-duties"))
    await world.env.advance_time(8 * 86400)
    late = {"session": str(ids[0]), "link": "https://example.org/a"}
    comfort = "You are excused from it, so being late does not count against you."
    assert comfort not in text(await second.slash(world.general, "submit-summary", **late))
    shown = await first.slash(world.general, "submit-summary", **late)
    assert comfort in text(shown)
    await first.click(said(shown), label="Hand it in late: no credit")
    assert comfort in text(shown)
    assert "✓ Thu Jan 25 · summarizer · Paper of Jan 25 · handed in late, excused" in text(
        await first.slash(world.general, "my-duties")
    )
    assert "handed in late: NO CREDIT" in text(await second.slash(world.general, "my-duties"))


async def test_who_is_excused_from_everything_owes_no_vote(world: World) -> None:
    await world.set_up()
    ids = await lectures(world, 1)
    first, voter = world.student(1), world.student(2)
    await group_of(world, "Attention", first)
    await group_of(world, "Caching", voter)
    await give(world, ids[0], Role.PRESENTER, "Attention")
    assert "Vote: Thu Jan 25" in await _owing(world, voter)
    await _staff(world, "excuse", person="Student02", what="all", reason="ill")
    assert "Vote: Thu Jan 25" not in await _owing(world, voter)


async def test_of_a_milestone_of_everything_and_after_the_deadline(world: World) -> None:
    await world.set_up()
    one = world.student(1)
    await group_of(world, "Attention", one)
    names = await world.staff.autocomplete(world.general, "staff student excuse", "milestone", "prop")
    assert [choice["value"] for choice in names] == ["Project proposal"]
    await world.env.advance_time(22 * 86400)
    told = await _staff(
        world, "excuse", person="Student01", what="milestone", milestone="project PROPOSAL", reason="visa"
    )
    assert "is excused from the milestone “Project proposal”. Reason: visa" in text(told)
    assert "It also counts for what was due before" in text(told)
    told = text(await _staff(world, "excuse", person="Student01", what="all", reason="leave of absence"))
    assert "Student01 is excused from everything. Reason: leave of absence" in told
    choices = await world.staff.autocomplete(world.general, "staff student unexcuse", "excuse", "")
    assert [choice["name"] for choice in choices] == [
        "Student01 · everything: leave of absence",
        "Student01 · the milestone “Project proposal”: visa",
    ]


async def test_what_does_not_go_together_is_said_and_students_are_refused(world: World) -> None:
    await world.set_up()
    await lectures(world, 1)
    one = world.student(1)
    await group_of(world, "Attention", one)
    for options, why in (
        ({"what": "summary", "milestone": "Project proposal"}, "A milestone has no summaries"),
        ({"what": "milestone", "session": "Jan 25"}, "A milestone does not hang on a class"),
        ({"what": "all", "session": "Jan 25", "milestone": "Project proposal"}, "not both"),
        ({"what": "milestone", "milestone": "Poster"}, "no milestone “Poster”. There are: “Project proposal”"),
        ({"what": "summary", "session": "Feb 30"}, "There is no class “Feb 30”"),
        ({"what": "summary", "person": "Nobody"}, "There is no student “Nobody”"),
        ({"what": "summary", "reason": "   "}, "Give a reason"),
    ):
        refused = await _staff(world, "excuse", **{"person": "Student01", "reason": "ill", **options})
        assert why in text(refused), why
    world.guild.set_command_permissions(world.app.bot.command_ids["staff"], {one: True})
    for command, options in (
        ("excuse", {"person": "Student01", "what": "all", "reason": "please"}),
        ("unexcuse", {"excuse": "1"}),
    ):
        assert "Only the course staff" in text(await one.slash(world.general, f"staff student {command}", **options))
    for option in ("person", "session"):
        assert await one.autocomplete(world.general, "staff student excuse", option, "") == []
