"""Tables, in Markdown and HTML, as other courses write them."""

from __future__ import annotations

from datetime import date, time

from bot.core.course import Kind, Role
from tests.importers.pages import papers, read, rows, said

X = "https://x.org"


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


def test_columns_for_time_room_and_kind() -> None:
    plan = read(
        f"| Date | Time | Location | Papers | Presenter | Kind |\n|--|--|--|--|--|--|\n"
        f"| Jan 16 | 9:05 - 9:55 | BBB 1670 | [A]({X}/a) (Required) | Ann | guest lecture |\n"
        f"| Jan 18 | 10:30AM - 12PM | TBD | **Talk (2PM - 3PM)** | | Buffer |\n"
        f"| Jan 23 | noon | – | [B]({X}/b) (Required) | Bob | party |"
    )
    assert [(s.starts, s.ends, s.room, s.kind) for s in plan.sessions] == [
        (time(9, 5), time(9, 55), "BBB 1670", Kind.GUEST),
        (time(10, 30), time(12), None, Kind.BUFFER),
        (None, None, None, Kind.STUDENT_LECTURE),
    ]
    assert said(plan, "“noon” gives no start and end") == [5]
    assert said(plan, "“party” is no kind of class") == [5]


def test_text_in_bdi_is_taken_as_it_stands() -> None:
    plan = read(
        f"| Date | Papers | Topic | Presenter |\n|--|--|--|--|\n"
        f"| Jan 16 | **<bdi>Week 3: 2PM - 3PM</bdi>** | <bdi>TBD</bdi> | <bdi>Lee, Ann</bdi> and <bdi>TA Dee</bdi> |\n"
        f"| | <bdi>[Required: pdf]({X}/a)</bdi> (Required) <bdi>- Optional</bdi> |\n"
        f"| | <bdi>Slides</bdi>, (Optional), by Bob |\n"
        f"| Jan 18 | [A]({X}) | | <bdi>Ann</bdi>, Bob |"
    )
    session, other = plan.sessions
    assert other.duties == {Role.PRESENTER: ("Ann", "Bob")}
    assert (session.title, session.topic, session.starts) == ("Week 3: 2PM - 3PM", "TBD", None)
    assert session.duties == {Role.PRESENTER: ("Lee, Ann", "TA Dee")}
    assert papers(session) == [
        ("Required: pdf", f"{X}/a", True, "- Optional"),
        ("Slides", None, False, "by Bob"),
    ]
