"""People, titles and topics as other courses write them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.course import Kind, Role
from tests.importers.pages import HINTS, one, papers, read, rows, said

X = "https://x.org"


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
