"""Dates, marks and papers as other courses write them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.core.course import Kind, Role
from bot.core.times import Term
from bot.importers.page import PageHints
from tests.importers.pages import DETROIT, one, papers, rows, said

X = "https://x.org"


@pytest.mark.parametrize(
    "written",
    [
        "Jan 18",
        "**Jan 18**",
        "1/18",
        "#3 - Thu Jan 18",
        "Thu 18 January",
        "Jan. 18",
        "2024-01-18",
        "Jan 18, 2024",
        "1/18/24",
        "January  18th",
        "18-Jan-2024",
        "Thursday, Jan 18",
        "18.1.2024",
        "Lecture 3<br>Thu, 1/18",
        "`Jan 18`",
    ],
)
def test_dates(written: str) -> None:
    assert one(f"| {written} | [A]({X}) (Required) | Ann |").date == date(2024, 1, 18)


def test_weekday_that_is_not_the_dates() -> None:
    plan = rows(f"| Thu Jan 16 | [A]({X}) | Ann |\n| Jan 18 | [B]({X}/b) | Ann |")
    assert plan.sessions[0].date == date(2024, 1, 16)
    assert said(plan, "says Thursday, but 2024-01-16 is a Tuesday") == [3]


@pytest.mark.parametrize(
    "written", ["Mar 12-14", "Mar 12 – Mar 14", "3/12-3/14", "12-14 March", "Tue Mar 12 to Thu Mar 14"]
)
def test_a_range_is_one_class_on_each_meeting_day(written: str) -> None:
    plan = rows(f"| {written} | **Project presentations** | |")
    assert [session.date.day for session in plan.sessions] == [12, 14]
    assert said(plan, "is a range") == [3]


def test_a_range_without_class_is_one_row() -> None:
    plan = rows("| Feb 26 - Mar 1 | **Spring break** | |\n| Mar 5 | Buffer |")
    assert [(s.date, s.kind) for s in plan.sessions] == [
        (date(2024, 2, 26), Kind.NO_CLASS),
        (date(2024, 3, 5), Kind.BUFFER),
    ]
    assert len(plan.warnings) == 1


def test_day_before_month_when_the_page_shows_it() -> None:
    plan = rows(f"| 16/1 | [A]({X}) | Ann |\n| 8/2 | [B]({X}/b) | Ann |")
    assert [session.date for session in plan.sessions] == [date(2024, 1, 16), date(2024, 2, 8)]


def test_the_turn_of_the_year() -> None:
    hints = PageHints(Term(date(2023, 11, 1), date(2024, 2, 28)), DETROIT)
    plan = rows("| Dec 19 | **Intro** | |\n| Jan 9 | **Buffer** | |", hints)
    assert [session.date.year for session in plan.sessions] == [2023, 2024]
    plan = rows("| Dec 19, 2023 | **Intro** | |\n| Jan 9 | **Buffer** | |", replace(hints, term=None))
    assert [session.date.year for session in plan.sessions] == [2023, 2024]


def test_odd_dates_are_warned_about_and_kept() -> None:
    plan = rows(
        "| Jan 16 | **Intro** | |\n| Jan 16 | **More** | |\n"
        "| Jan 11 | **Buffer** | |\n| Feb 30 | **Lost** | |\n| Jun 4 | **Late** | |"
    )
    assert len(plan.sessions) == 4
    assert said(plan, "stands here and on line 3") == [4]
    assert said(plan, "comes after") == [5]
    assert said(plan, "does not exist") == [6]
    assert said(plan, "outside the term") == [7]


@pytest.mark.parametrize(
    "mark",
    [
        "(Required)",
        "[Required]",
        "**required**",
        "(req.)",
        "{required reading}",
        "- required",
        r"\*",
        "(R)",
        "[mandatory]",
    ],
)
def test_marks_of_required_readings(mark: str) -> None:
    assert papers(one(f"| Jan 16 | [A]({X}/a) {mark}<br>[B]({X}/b) | Ann |")) == [
        ("A", f"{X}/a", True, None),
        ("B", f"{X}/b", False, None),
    ]


@pytest.mark.parametrize(
    "cell", [f"R: [A]({X})", f"**Required:** [A]({X})", f"[A (required)]({X})", f"(Required) [A]({X})"]
)
def test_marks_before_and_inside(cell: str) -> None:
    assert papers(one(f"| Jan 16 | {cell}<br>O: [B]({X}/b) | Ann |")) == [
        ("A", X, True, None),
        ("B", f"{X}/b", False, None),
    ]


def test_only_optional_ones_are_marked() -> None:
    plan = rows(f"| Jan 16 | [A]({X}/a)<br>[B]({X}/b) (Opt.) | Ann |")
    assert [reading.required for reading in plan.sessions[0].readings] == [True, False]
    assert plan.warnings == ()


def test_headings_inside_a_cell_and_below() -> None:
    session = one(
        f"| Jan 16 | Required:<br>[A]({X}/a)<br>[B]({X}/b) <br> Optional: [C]({X}/c) | Ann |\n| | [D]({X}/d) | |"
    )
    assert [reading.required for reading in session.readings] == [True, True, False, False]


def test_nothing_marked_means_all_required_with_one_warning() -> None:
    plan = rows(f"| Jan 16 | [A]({X}/a) | Ann |\n| Jan 18 | [B]({X}/b) | Bob |")
    assert all(reading.required for session in plan.sessions for reading in session.readings)
    assert said(plan, "marks no reading") == [3]


def test_notes_and_plain_titles() -> None:
    cell = (
        f"[A]({X}/a) (Chapters 1 and 2) (Required)<br>A Plain Title, with a comma<br>"
        f"(only the abstract)<br>[B]({X}/b) and [C]({X}/c)"
    )
    assert papers(one(f"| Jan 16 | {cell} | Ann |")) == [
        ("A", f"{X}/a", True, "(Chapters 1 and 2)"),
        ("A Plain Title, with a comma", None, False, "(only the abstract)"),
        ("B", f"{X}/b", False, None),
        ("C", f"{X}/c", False, None),
    ]


def test_file_links_belong_to_the_title_beside_them() -> None:
    assert papers(one(f"| Jan 16 | A Paper [[pdf]({X}/a.pdf)] [[slides](a.ppt)] (Required)<br><{X}/b> | Ann |")) == [
        ("A Paper", f"{X}/a.pdf", True, None),
        (f"{X}/b", f"{X}/b", False, None),
    ]


def test_only_web_addresses_are_kept() -> None:
    plan = rows(
        "| Jan 16 | [A](papers/a.pdf) (Required)<br>[B](javascript:alert(1))<br>"
        "[C](http://[::1)<br>[D](//x.org) | Ann |"
    )
    assert [reading.url for reading in plan.sessions[0].readings] == [None] * 4
    assert len(said(plan, "is kept without it")) == 4


def test_pipes_in_links_code_and_escapes_and_entities() -> None:
    session = one(f"| Jan 16 | [A | B]({X}/a) (Required)<br>[x &amp; `c|d` \\| 🦜]({X}/b) | Ann |")
    assert [reading.title for reading in session.readings] == ["A | B", "x & c|d | 🦜"]
    assert session.duties == {Role.PRESENTER: ("Ann",)}


def test_a_long_title_is_cut() -> None:
    plan = rows(f"| Jan 16 | [{'long ' * 90}]({X}) (Required) | Ann |")
    assert len(plan.sessions[0].readings[0].title) <= 300
    assert said(plan, "is cut") == [3]
