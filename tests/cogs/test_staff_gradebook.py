"""Marks and the gradebook as staff use them."""

from __future__ import annotations

import csv
import io
from typing import Any

import simcord

from bot.core.course import Role
from tests.support.duty_world import give, group_of, lectures
from tests.support.world import World, said, text

ROSTER = b"Student,SIS Login ID,Email\nAda,ada,ada@example.edu\n=Ben,ben,\n"


async def _course(world: World) -> list[simcord.MemberActor]:
    """Ada and Ben are on the roster, and their group presents on Jan 25."""
    await world.set_up()
    shown = await world.staff.slash(world.general, "staff import roster", file=("roster.csv", ROSTER))
    done = await world.staff.click(said(shown), label="Import")
    (file,) = said(done).attachments
    codes = {row["login"]: row["code"] for row in csv.DictReader(io.StringIO((await file.read()).decode("utf-8-sig")))}
    members = [world.student(1), world.student(2)]
    for member, login in zip(members, ("ada", "ben"), strict=True):
        await member.slash(world.general, "link", code=codes[login])
    await group_of(world, "Attention", *members)
    (lecture,) = await lectures(world, 1)
    await give(world, lecture, Role.PRESENTER, "Attention")
    return members


async def _grades(world: World, command: str, **options: Any) -> Any:
    return await world.staff.slash(world.general, f"staff grades {command}", **options)


async def _file(result: Any) -> tuple[str, bytes]:
    (file,) = said(result).attachments
    return file.filename, await file.read()


async def test_a_group_is_marked_and_canvas_is_filled(world: World) -> None:
    await _course(world)
    group, *_ = await world.staff.autocomplete(world.general, "staff grades mark", "who", "atten")
    assert group["name"] == "Attention (the whole group)"
    (lecture,) = await world.staff.autocomplete(
        world.general, "staff grades mark", "session", "", who=group["value"], item="presentation"
    )
    assert lecture["name"] == "Thu Jan 25 · Paper of Jan 25"
    options = {"who": group["value"], "item": "presentation", "session": lecture["value"]}
    shown = await _grades(world, "mark", **options, points="13/15", note="clear, *bold*")
    assert said(shown).ephemeral
    assert "Give these marks?\n**Presentation**, Thu Jan 25 · Paper of Jan 25: **86.67** of 100" in text(shown)
    assert "• Ada\n• =Ben\nNote: clear, \\*bold\\*" in text(shown)
    await world.staff.click(said(shown), label="Mark them")
    assert "Marked\n**Presentation**" in text(shown)
    (ben,) = await world.staff.autocomplete(world.general, "staff grades mark", "who", "ben ·")
    assert ben["name"] == "=Ben · ben · Attention"
    assert "Marked\n**Talks**: **50** of 100\n• =Ben" in text(
        await _grades(world, "mark", who=ben["value"], item="talks", points="50")
    )
    assert "• =Ben (was 50)" in text(await _grades(world, "mark", who="ben", item="talks", points="None"))
    audit = text(await world.staff.slash(world.general, "staff audit"))
    assert "marked Ada, =Ben for presentation, Thu Jan 25 · Paper of Jan 25: 86.67 of 100" in audit
    assert "took back the mark of =Ben for talks" in audit

    canvas = b'Student,ID,SIS Login ID,Paper Presentation (1),Summary (2)\r\n"A, da",1,ADA,12,\r\nBen,2,b2,,\r\n'
    filled = await _grades(world, "gradebook", file=("Grades W24.csv", canvas))
    assert said(filled).ephemeral
    assert await _file(filled) == ("Grades W24.csv", canvas.replace(b"ADA,12", b"ADA,86.67"))
    told = text(filled)
    assert "1 student; 1 cell changed, 1 of them said something else before." in told
    assert "1 cell left alone: nothing is due there" in told
    assert "• presentation: Paper Presentation (1) (no Points Possible in the file: out of 100)" in told
    assert "• report: no column of it" in told
    assert "Not in the course, left as they were: 1\nLine 3: “Ben” (b2)" in told
    assert "In the course, not in the file: 1\n=Ben" in told

    own = await _grades(world, "gradebook")
    assert "The gradebook of 2 students as it stands" in text(own)
    name, data = await _file(own)
    assert name == "eecs-598-w24-gradebook.csv"
    assert data.decode("utf-8-sig").splitlines() == [
        "Student,Login,Email,Section,Group,Presentation (15 of 100),Summary (15 of 100),Participation (10 of 100),"
        "Report (40 of 100),Talks (20 of 100),So far (of 100)",
        "'=Ben,ben,,,Attention,86.67,,,,,86.67",
        "Ada,ada,ada@example.edu,,Attention,86.67,,,,,86.67",
    ]


async def test_refusals_say_what_to_do(world: World) -> None:
    await _course(world)
    wrong = await _grades(world, "gradebook", file=("g.csv", b"Login,Essay\nada,\n"))
    assert "I looked for “Presentation”, “Summary” or “Summaries”" in text(wrong)
    assert "There is no student “Nobody”" in text(await _grades(world, "mark", who="Nobody", item="talks", points="1"))
    assert "“16/15” are no points" in text(await _grades(world, "mark", who="ada", item="talks", points="16/15"))
