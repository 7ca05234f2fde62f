"""`course import`: the plan, importing twice, pages that are no schedule."""

from __future__ import annotations

import json

import pytest

from tests.command_line.support import Home
from tests.support.world import ROOT, SAMPLE


def test_a_dry_run_shows_the_plan_and_writes_nothing(home: Home) -> None:
    done = home.bot("course", "import", SAMPLE, "--dry-run")
    assert done.code == 0
    assert "27 sessions, 65 readings, 38 required" in done.out
    assert "nothing was changed" in done.out
    assert sorted(path.name for path in home.folder.iterdir()) == ["config.toml"]


def test_the_plan_as_json_is_the_hand_checked_course(home: Home) -> None:
    done = home.bot("course", "import", SAMPLE, "--dry-run", "--json")
    assert done.code == 0
    plan = json.loads(done.out)
    assert set(plan) == {"sessions", "milestones", "warnings"}
    expected = json.loads((ROOT / "tests" / "importers" / "expected_eecs598_w24.json").read_text())
    assert plan["sessions"] == expected["sessions"]
    readings = [reading for session in plan["sessions"] for reading in session["readings"]]
    assert (len(plan["sessions"]), len(readings), sum(reading["required"] for reading in readings)) == (27, 65, 38)
    assert {"name": "Project proposal", "due": "2024-02-09"} in plan["milestones"]
    assert all(set(warning) == {"line", "text"} for warning in plan["warnings"])
    assert not home.database.exists()


def test_importing_twice_changes_nothing_the_second_time(filled: Home) -> None:
    first = filled.bot("course", "import", SAMPLE)
    assert (first.code, first.out.splitlines()[-1]) == (0, "Imported.")
    before = filled.content()
    second = filled.bot("course", "import", SAMPLE)
    assert (second.code, second.out.splitlines()[-1]) == (0, "Nothing has changed since the last import.")
    assert filled.content() == before
    assert filled.rows("SELECT count(*) FROM session") == [(27,)]


def test_importing_with_json_prints_json_alone(filled: Home) -> None:
    done = filled.bot("course", "import", SAMPLE, "--json")
    assert done.code == 0
    assert len(json.loads(done.out)["sessions"]) == 27
    assert filled.rows("SELECT count(*) FROM session") == [(27,)]


def _page(*dates: str) -> bytes:
    rows = [f"| {date} | [Paper {n}](https://example.org/{n}) |" for n, date in enumerate(dates)]
    return "\n".join(["| Date | Readings |", "|---|---|", *rows]).encode()


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (None, "cannot be read"),
        (b"", "empty"),
        (bytes(range(256)) * 40, "binary"),
        (b"We meet on Tuesdays and read papers.\n", "no table"),
        (_page("Jan 10, 2019", "Jan 15, 2019", "Jan 17, 2019"), "2019"),
        (_page("Thu Jan 10", "Tue Jan 15", "Thu Jan 17"), "2019"),
    ],
    ids=["missing", "empty", "binary", "prose", "dates of another year", "weekdays of another year"],
)
def test_a_page_that_is_no_schedule_of_the_term_changes_nothing(home: Home, page: bytes | None, words: str) -> None:
    if page is not None:
        (home.folder / "page.md").write_bytes(page)
    done = home.bot("course", "import", "page.md")
    assert (done.code, done.out) == (1, "")
    assert words in done.complaint
    assert not home.database.exists()


def test_a_bad_page_leaves_an_imported_course_as_it_was(filled: Home) -> None:
    assert filled.bot("course", "import", SAMPLE).code == 0
    before = filled.content()
    (filled.folder / "page.md").write_bytes(_page("Jan 10, 2019", "Jan 15, 2019"))
    assert filled.bot("course", "import", "page.md").code == 1
    assert filled.content() == before


def test_a_page_that_would_cancel_most_classes_is_imported_only_on_purpose(filled: Home) -> None:
    filled.bot("course", "import", SAMPLE)
    before = filled.content()
    other = filled.folder / "other.md"
    other.write_bytes(_page("Jan 16", "Jan 18"))
    refused = filled.bot("course", "import", other)
    assert refused.code == 1
    assert "would cancel 25 of 27 classes" in refused.err
    assert filled.content() == before
    assert filled.bot("course", "import", other, "--yes").code == 0
    assert filled.rows("SELECT count(*) FROM session WHERE cancelled_at IS NULL") == [(2,)]
