"""The spreadsheet: one line a reading, and nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from datetime import date, time

from bot.core.course import Kind, PageSession, Reading, Role
from bot.exporters.csv import write_csv


def rows(*sessions: PageSession) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(write_csv(sessions).decode("utf-8-sig"), newline="")))


def test_each_line_stands_by_itself() -> None:
    session = PageSession(
        date(2024, 3, 12),
        Kind.STUDENT_LECTURE,
        None,
        "Inference",
        (Reading("One, two", "https://example.org/1", True, "(Ch. 1)"), Reading('The "Best"\nof', None, False)),
        {Role.PRESENTER: ("Zoë", "Student02"), Role.REVIEWER: ("Student03",)},
        time(10, 30),
        time(12),
        "133 CHRYS",
    )
    whole = {
        "Date": "2024-03-12",
        "Start": "10:30",
        "End": "12:00",
        "Room": "133 CHRYS",
        "Kind": "student lecture",
        "Title": "",
        "Topic": "Inference",
        "Presenter": "Zoë, Student02",
        "Summary": "",
        "Reviewer": "Student03",
    }
    first = {"Reading": "One, two", "Link": "https://example.org/1", "Required": "yes", "Note": "(Ch. 1)"}
    second = {"Reading": 'The "Best"\nof', "Link": "", "Required": "no", "Note": ""}
    assert rows(session) == [whole | first, whole | second]


def test_a_class_without_readings_has_a_line() -> None:
    (row,) = rows(PageSession(date(2024, 1, 16), Kind.NO_CLASS, "No class", None))
    assert (row["Kind"], row["Title"], row["Reading"], row["Required"]) == ("no class", "No class", "", "")


def test_no_cell_begins_like_a_formula() -> None:
    for start in "=+-@\t\r":
        text = f"{start}HYPERLINK(1)"
        session = PageSession(
            date(2024, 1, 16),
            Kind.LECTURE,
            text,
            text,
            (Reading(text, None, True, text),),
            {Role.PRESENTER: (text,)},
            room=text,
        )
        (row,) = rows(session)
        assert all(row[name] == f"'{text}" for name in ("Title", "Topic", "Reading", "Note", "Presenter", "Room"))
