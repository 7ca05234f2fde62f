"""Pages as other courses write them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bot.core.course import Kind, Role
from bot.core.times import Term
from bot.importers.page import PageHints
from tests.importers.pages import DETROIT, HINTS, one, papers, read, rows, said

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


@pytest.mark.parametrize(
    ("cell", "people"),
    [
        ("Ann, Bob", ("Ann", "Bob")),
        ("[Ann & Bob](/s.pdf)", ("Ann", "Bob")),
        ("Ann and Bob", ("Ann", "Bob")),
        ("Ann/Bob;Cy", ("Ann", "Bob", "Cy")),
        ("Ann<br>Bob", ("Ann", "Bob")),
        ("Ann ([slides](x.pdf))", ("Ann",)),
        ("Ann [slides](x.pdf), [video](y)", ("Ann",)),
        ("-", ()),
        ("–", ()),
        ("TBD", ()),
        ("N/A", ()),
        ("[Template](t.pptx)", ()),
    ],
)
def test_people(cell: str, people: tuple[str, ...]) -> None:
    session = one(f"| Jan 16 | [A]({X}) (Required) | {cell} | Zed |")
    assert session.duties.get(Role.PRESENTER, ()) == people


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("No class", Kind.NO_CLASS),
        ("Spring break", Kind.NO_CLASS),
        ("MLK Day: holiday", Kind.NO_CLASS),
        ("Buffer", Kind.BUFFER),
        ("Make-up class", Kind.MAKEUP),
        ("Poster session", Kind.POSTER),
        ("Midterm project presentations", Kind.PRESENTATION),
        ("Introduction", Kind.LECTURE),
        ("Guest lecture", Kind.GUEST),
        ("Thanksgiving recess", Kind.NO_CLASS),
    ],
)
@pytest.mark.parametrize("style", ["{}", "**{}**"])
def test_titles_tell_the_kind(title: str, kind: Kind, style: str) -> None:
    session = one(f"| Jan 16 | {style.format(title)} | |")
    assert (session.title, session.kind, session.topic) == (title, kind, None)


@pytest.mark.parametrize(
    "title", ["Buffer Management in Database Systems", "Breaking the Memory Wall", "Posterior Collapse in VAEs"]
)
def test_papers_that_sound_like_events(title: str) -> None:
    session = one(f"| Jan 16 | {title} (Required) | Ann |")
    assert (session.readings[0].title, session.kind) == (title, Kind.STUDENT_LECTURE)


def test_who_presents_tells_the_kind_of_a_lecture() -> None:
    head = "| Date | Paper | Presenter |\n|---|---|---|\n"
    for cell, kind in {
        "Prof. Dee": Kind.LECTURE,
        "Instructor": Kind.LECTURE,
        "Guest: Eve (Acme)": Kind.GUEST,
        "Ann": Kind.STUDENT_LECTURE,
        "Dee (TA)": Kind.LECTURE,
        "Ann, Prof. Dee": Kind.STUDENT_LECTURE,
        "": Kind.STUDENT_LECTURE,
    }.items():
        assert read(f"{head}| Jan 16 | [A]({X}) (Required) | {cell} |").sessions[0].kind is kind


def test_students_staff_and_guests_by_their_duties() -> None:
    page = "".join(
        f"| {day} | [{day}]({X}/{at}) (Required) | {who} | {helps} |\n"
        for at, (day, who, helps) in enumerate(
            [
                ("Jan 16", "Dee", "Ann"),
                ("Jan 18", "Ann", "Bob"),
                ("Jan 23", "Dee, Bob", "-"),
                ("Jan 25", "Eve", "Ann"),
                ("Jan 30", "Cy, Flo", ""),
            ]
        )
    )
    plan = rows(page)
    assert [session.kind for session in plan.sessions] == [
        Kind.LECTURE,
        Kind.STUDENT_LECTURE,
        Kind.STUDENT_LECTURE,
        Kind.GUEST,
        Kind.STUDENT_LECTURE,
    ]
    assert said(plan, "course.staff") == [3, 6]
    known = rows(page, replace(HINTS, staff=frozenset({"dee", "Eve"})))
    assert known.sessions[3].kind is Kind.LECTURE
    assert said(known, "course.staff") == []


def test_topics_in_rows_of_their_own() -> None:
    plan = rows(
        f"| **Part I: Basics** |||\n| Jan 16 | [A]({X}) (Required) | Ann |\n| | **Storage** | |\n"
        f"| Jan 18 | **Buffer** | |\n| Jan 23 | [B]({X}/b) | Ann |\n| | **Holiday** | |"
    )
    assert [session.topic for session in plan.sessions] == ["Part I: Basics", None, "Storage"]
    assert said(plan, "has no date") == [8]


def test_a_topic_column() -> None:
    plan = read(
        f"| When | Topic | Papers | Lead | Scribe | Critic | Companion |\n|--|--|--|--|--|--|--|\n"
        f"| Jan 16 | Consensus | [A]({X}/a) | Ann | Bob | Cy | [B]({X}/b) |\n| Jan 18 | Fall break | | | | | |"
    )
    first, second = plan.sessions
    assert (first.topic, first.title) == ("Consensus", None)
    assert papers(first) == [("A", f"{X}/a", True, None), ("B", f"{X}/b", False, None)]
    assert first.duties == {Role.PRESENTER: ("Ann",), Role.SUMMARIZER: ("Bob",), Role.REVIEWER: ("Cy",)}
    assert (second.topic, second.title, second.kind) == (None, "Fall break", Kind.NO_CLASS)


def test_unknown_columns_get_one_warning() -> None:
    plan = read(
        f"| Date | Slides | Paper | Mood |\n|--|--|--|--|\n| Jan 16 | [s](s.pdf) | [A]({X}) (Required) | fine |"
    )
    assert said(plan, "“Slides”, “Mood”") == [1]
    assert len(plan.warnings) == 1


def test_ragged_tables_keep_every_cell() -> None:
    plan = read(
        f"Date | Paper | Presenter | Summary\n--|--\nJan 16 | [A]({X}) (Required) | Ann | Bob | extra\n\n"
        f"| Jan 18 | [B]({X}/b) | Bob |\n"
    )
    assert [session.duties for session in plan.sessions] == [
        {Role.PRESENTER: ("Ann",), Role.SUMMARIZER: ("Bob",)},
        {Role.PRESENTER: ("Bob",)},
    ]
    assert said(plan, "“extra” stands in a column without a heading") == [3]


def test_several_tables() -> None:
    table = "| Date | Paper | Presenter |\n|--|--|--|\n| {} | [{}](https://x.org/{}) (Required) | Ann |\n\n"
    plan = read(
        table.format("Jan 16", "A", 1) + "| Day | Who |\n|--|--|\n| Tue | Ann |\n\n" + table.format("Feb 6", "B", 2)
    )
    assert [session.line for session in plan.sessions] == [3, 11]
    assert said(plan, "2 tables look like the schedule") == [9]
    assert len(plan.warnings) == 1


def test_a_row_with_an_unreadable_date_is_left_out_whole() -> None:
    plan = rows(f"| Jan 16 | [A]({X}) (Required) | Ann |\n| Someday | [B]({X}/b) | Bob |\n| | [C]({X}/c) | |")
    assert [reading.title for reading in plan.sessions[0].readings] == ["A"]
    assert said(plan, "cannot be read") == [4]


def test_struck_out_text_is_left_out() -> None:
    plan = rows(f"| Jan 16 | ~~[Old]({X}/o)~~ [New]({X}/n) (Required) | Ann |")
    assert [reading.title for reading in plan.sessions[0].readings] == ["New"]
    assert said(plan, "crossed out") == [3]


HTML = """<!DOCTYPE html><html><head><title>Seminar</title><script>var t = "<table><tr><td>Date";</script></head><body>
<!-- <table><tr><th>Date<th>Paper</table> -->
<table border=1><caption>Schedule</caption>
<tr><th>Date<th>Topic<th>Readings<th>Discussion lead<th>Scribe
<tr><td>Tue 1/16<td>Consensus<td><a href="https://x.org/a">A</a> [Required]<br><a href='https://x.org/b'>B</a> (opt.)
<td>Kim &amp; Lee<td>Noor
<tr><td rowspan=2>Thu 1/18<td rowspan=3>Storage<td><p><b>required:</b> <a href=http://x.org/c>C</a></p><td>Noor<td>TBD
<tr><td><ul><li>Optional: <a href="https://x.org/d">D</a></ul>
<tr><td>1/23<td><a href="https://x.org/e">E</a> (Required)<td>Lee, Noor<td>Kim
<tr><td>Thu 1/25<td colspan=4>No class (travel)
<tr><th colspan=5>Part II
<tr><td>1/30<td><td><b>Poster session</b><td><td>
</table></body></html>"""


def test_html_with_spans_and_without_end_tags() -> None:
    plan = read(HTML)
    assert [(s.line, s.date.day, s.kind, s.title, s.topic) for s in plan.sessions] == [
        (5, 16, Kind.STUDENT_LECTURE, None, "Consensus"),
        (7, 18, Kind.STUDENT_LECTURE, None, "Storage"),
        (9, 23, Kind.STUDENT_LECTURE, None, "Storage"),
        (10, 25, Kind.NO_CLASS, "No class (travel)", None),
        (12, 30, Kind.POSTER, "Poster session", None),
    ]
    assert [[(r.title, r.required) for r in s.readings] for s in plan.sessions[:3]] == [
        [("A", True), ("B", False)],
        [("C", True), ("D", False)],
        [("E", True)],
    ]
    assert plan.sessions[0].duties == {Role.PRESENTER: ("Kim", "Lee"), Role.SUMMARIZER: ("Noor",)}


def test_html_without_heading_cells_and_inside_markdown() -> None:
    table = """<table>
  <tr><td>When</td><td>Paper</td><td>Speaker</td></tr>

  <tr>
    <td>23 Jan</td>

    <td><a href="https://x.org/1">One</a> (Required)</td><td>Ann</td></tr>
</table>
"""
    for page in (table, "# A course\n\n" + table):
        (session,) = read(page).sessions
        assert (session.date, papers(session)) == (date(2024, 1, 23), [("One", "https://x.org/1", True, None)])
        assert session.duties == {Role.PRESENTER: ("Ann",)}


def test_schedule_inside_a_layout_table() -> None:
    page = (
        "<table><tr><td>menu</td><td><h2>Plan</h2>"
        "<table><tr><th>Date</th><th>Paper</th></tr><tr><td>Jan 16</td><td>A Title</td></tr></table></td></tr></table>"
    )
    assert [reading.title for reading in read(page).sessions[0].readings] == ["A Title"]
