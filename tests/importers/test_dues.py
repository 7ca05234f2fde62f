"""Deadlines and milestones."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from bot.importers.dues import read_due
from bot.importers.page import PageError
from tests.importers.pages import DETROIT, HEAD, TERM, read, said


def due(text: str) -> tuple[date | datetime, list[str]]:
    moment, warnings = read_due(text, TERM, DETROIT, 7)
    assert all(warning.line == 7 for warning in warnings)
    return moment, [warning.text for warning in warnings]


@pytest.mark.parametrize("text", ["Feb 9", "Friday, Feb 9", "2/9", "2024-02-09", "9 Feb 2024", "by the end of Feb 9"])
def test_a_bare_date(text: str) -> None:
    assert due(text) == (date(2024, 2, 9), [])


@pytest.mark.parametrize(
    "text", ["Feb 9, 6pm", "Feb 9 at 18:00", "6:00PM EST on Feb 9", "Feb 9 6 p.m. ET", "Feb 9, 6:00 PM"]
)
def test_a_time_is_course_time(text: str) -> None:
    moment, warnings = due(text)
    assert moment == datetime(2024, 2, 9, 18, tzinfo=DETROIT)
    assert moment.tzinfo is DETROIT
    assert warnings == []


def test_iso_instants() -> None:
    for text in ("2024-05-01T18:00", "2024-05-01 18:00", "2024-05-01T18:00-04:00", "2024-05-01T22:00Z"):
        assert due(text) == (datetime(2024, 5, 1, 18, tzinfo=DETROIT), [])


def test_standard_time_named_in_summer_means_the_wall_clock() -> None:
    moment, (warning,) = due("6:00PM EST on May 1")
    assert moment == datetime(2024, 5, 1, 18, tzinfo=DETROIT)
    assert "2024-05-01 18:00 EDT (22:00Z)" in warning
    assert "2024-05-01 19:00 EDT (23:00Z)" in warning


def test_other_zones_are_converted_with_a_warning() -> None:
    moment, (warning,) = due("Feb 9, 11:59pm PST")
    assert moment == datetime(2024, 2, 10, 2, 59, tzinfo=DETROIT)
    assert "PST" in warning
    moment, _ = due("Feb 9 AoE")
    assert moment == datetime(2024, 2, 10, 6, 59, tzinfo=DETROIT)


def test_doubts() -> None:
    assert due("midnight on Feb 9") == (
        date(2024, 2, 9),
        ["“Midnight” in “midnight on Feb 9” is read as the end of that day, 2024-02-09 23:59."],
    )
    assert "does not exist" in due("Mar 10, 2:30am")[1][0]
    assert "more than one date" in due("Feb 9 or Feb 10")[1][0]
    assert "is a Friday" in due("Mon Feb 9")[1][0]
    assert "outside the term" in due("Aug 9")[1][0]


@pytest.mark.parametrize("text", ["soon", "", "Feb 30"])
def test_no_date(text: str) -> None:
    with pytest.raises(PageError, match=r"date|day"):
        due(text)
    with pytest.raises(PageError, match="first_day"):
        read_due("Feb 9", None, DETROIT, 1)


SCHEDULE = HEAD + "| Jan 16 | **Introduction** | |\n"


def test_milestones_in_lists_and_tables() -> None:
    plan = read(
        SCHEDULE + "\n## Project milestones\n- Draft proposal due Feb 9 (2 pages)\n- **Mar 15**: Checkpoint, 5pm\n"
        "- Think about a topic\n"
        "\n### Important dates\n| What | Due |\n|--|--|\n| Report | Apr 30, 6pm |\n| Code | TBD |\n"
    )
    assert [(milestone.name, milestone.due, milestone.line) for milestone in plan.milestones] == [
        ("Draft proposal (2 pages)", date(2024, 2, 9), 6),
        ("Checkpoint", datetime(2024, 3, 15, 17, tzinfo=DETROIT), 7),
        ("Report", datetime(2024, 4, 30, 18, tzinfo=DETROIT), 13),
    ]
    assert said(plan, "has no date") == [8]
    assert said(plan, "“Code” is left out") == [14]


def test_milestones_in_html() -> None:
    plan = read(
        "<html><body><h2>Deadlines</h2>\n<ul>\n<li>Final report: <b>May 1</b>, 6:00PM EST\n<li>Slides by Feb 9</ul>\n"
        "<h2>Plan</h2>"
        "<table><tr><th>Date<th>Paper<tr><td>Jan 16<td>Some Paper</table></body></html>"
    )
    assert [(milestone.name, milestone.line) for milestone in plan.milestones] == [("Final report", 3), ("Slides", 4)]
    assert said(plan, "EDT is in force") == [3]
