"""The gradebook as staff get it, and what it should be."""

from __future__ import annotations

import csv
import io
from typing import Any

from tests.support.world import World, said
from tests.term import course
from tests.term.play import login
from tests.term.table import Table, say

_OURS = {"presentation": 15, "summary": 15, "participation": 10, "report": 40, "talks": 20}


async def _file(shown: Any) -> bytes:
    (file,) = said(shown).attachments
    return bytes(await file.read())


async def own_table(world: World) -> dict[int, dict[str, str]]:
    """`/staff grades gradebook` without a file."""
    data = await _file(await world.staff.slash(world.general, "staff grades gradebook"))
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    names = [*_OURS, "total"]
    return {int(row[1].removeprefix("student")): dict(zip(names, row[5:], strict=True)) for row in rows[1:]}


def canvas_file(cells: Table) -> bytes:
    """An export of Canvas with everyone who ever was in the course, a stranger, and these cells of ours."""
    lines = [
        "\ufeffStudent,ID,SIS Login ID,Homework (9),Presentation (1),Summaries (2),Participation (3),Report (4),"
        '"Project presentations (5)",Final Score',
        ",,,,Manual Posting,,,,,",
        "    Points Possible,,,5.00,15.00,15.00,10.00,40.00,20.00,(read only)",
    ]
    for student in course.STUDENTS:
        ours = ",".join(say(cells.get(student, {}).get(name, ""), worth) for name, worth in _OURS.items())
        lines.append(f'"{student:02}, Human",{student},{login(student).upper()},"{student % 6}.0",{ours},99')
    lines.append('"Stranger, A",99,stranger,,,,,,,')
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def filled_canvas(world: World) -> bytes:
    """`/staff grades gradebook` with an export in which nothing of ours is filled yet."""
    file = ("Grades.csv", canvas_file({}))
    return await _file(await world.staff.slash(world.general, "staff grades gradebook", file=file))


def differing(found: dict[int, dict[str, str]], wanted: Table) -> list[str]:
    """Where two tables differ, in words."""
    lines = [f"{sorted(found)} instead of {sorted(wanted)}"] if set(found) != set(wanted) else []
    for student in sorted(set(found) & set(wanted)):
        for name, cell in wanted[student].items():
            if found[student][name] != say(cell):
                lines.append(f"{login(student)} {name}: {found[student][name]!r} instead of {say(cell)!r}")
    return lines
