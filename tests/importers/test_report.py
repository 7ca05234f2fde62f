"""Plans as JSON and on the console."""

from __future__ import annotations

import io
import json
from datetime import date, datetime

from rich.console import Console

from bot.core.course import Kind
from bot.importers.page import Milestone
from bot.importers.report import KIND_NAMES, plan_as_json, print_plan
from tests.importers.pages import DETROIT, rows

PAGE = "| Jan 16 | [A [1]](https://x.org/a) (Required)<br>[B](b.pdf) | Ann | Bob |\n| Jan 18 | **Buffer** | |"


def test_json() -> None:
    extra = [Milestone("Report", datetime(2024, 5, 1, 18, tzinfo=DETROIT)), Milestone("Draft", date(2024, 2, 9))]
    found = json.loads(json.dumps(plan_as_json(rows(PAGE), extra)))
    assert found["milestones"] == [
        {"name": "Report", "due": "2024-05-01T18:00"},
        {"name": "Draft", "due": "2024-02-09"},
    ]
    assert found["sessions"][0] == {
        "date": "2024-01-16",
        "kind": "lecture_staff",
        "title": None,
        "topic": None,
        "readings": [
            {"title": "A [1]", "url": "https://x.org/a", "required": True, "note": None},
            {"title": "B", "url": None, "required": False, "note": None},
        ],
        "presenter": {"people": ["Ann"]},
        "summary": {"people": ["Bob"]},
        "reviewer": None,
    }
    assert found["sessions"][1]["kind"] == "buffer"
    assert {warning["line"] for warning in found["warnings"]} == {3}


def test_every_kind_has_a_name() -> None:
    assert set(KIND_NAMES) == set(Kind)
    assert len(set(KIND_NAMES.values())) == len(Kind)


def test_console() -> None:
    console = Console(file=io.StringIO(), width=160)
    print_plan(rows(PAGE), console)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "A [1]" in text
    assert "line 3:" in text
    assert "2 sessions, 2 readings, 1 required, 2 warnings" in text
