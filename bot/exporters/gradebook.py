"""The gradebook as a table of our own: one line a student, each component out of 100."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.core.gradebook import Cell, Component, Said, total, written
from bot.core.roster import safe_cell

HEADINGS = ("Student", "Login", "Email", "Section", "Group")
SO_FAR = "So far (of 100)"


@dataclass(frozen=True, slots=True)
class Line:
    """A student with what every component comes to."""

    name: str
    login: str
    email: str
    section: str
    group: str
    cells: Mapping[Component, Cell]


def write_csv(lines: Sequence[Line], weights: Mapping[Component, int]) -> bytes:
    """The table under a line of headings. What a spreadsheet could take for a formula begins with an apostrophe."""
    out = io.StringIO()
    table = csv.writer(out)
    whole = sum(weights.values())
    shares = [f"{component} ({weights.get(component, 0)} of {whole})" for component in Component]
    table.writerow([*HEADINGS, *(share.capitalize() for share in shares), SO_FAR])
    for line in lines:
        so_far = total(line.cells, weights)
        cells = [_text(line.cells[component]) for component in Component]
        who = (line.name, line.login, line.email, line.section, line.group)
        table.writerow([*map(safe_cell, who), *cells, "" if so_far is None else written(so_far)])
    return out.getvalue().encode("utf-8-sig")


def _text(cell: Cell) -> str:
    if cell.points is None:
        return "EX" if cell.said is Said.EXCUSED else ""
    return written(cell.points)
