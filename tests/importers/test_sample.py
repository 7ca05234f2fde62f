"""The sample course, against what a person read from the same page."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.core.course import Kind
from bot.importers.page import read_page
from bot.importers.report import plan_as_json, totals
from tests.importers.pages import HINTS

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "bot/demo/sample/schedule.md"
EXPECTED = Path(__file__).with_name("expected_eecs598_w24.json")
SHARED = ROOT.parent / "shared" / "courses"
PAIRS = [(SAMPLE, EXPECTED), *((path.with_suffix(".md"), path) for path in sorted(SHARED.glob("*.json")))]
FIELDS = ("date", "kind", "title", "topic")
STAFF = frozenset({"Staff01", "Staff02"})


def facts(session: dict[str, Any]) -> dict[str, Any]:
    found = {name: session[name] for name in FIELDS}
    found["readings"] = [
        {key: item[key] for key in ("title", "url", "required", "note")} for item in session["readings"]
    ]
    for duty in ("presenter", "summary", "reviewer"):
        found[duty] = session[duty]["people"] if session[duty] else None
    return found


@pytest.mark.parametrize(("page", "expected"), PAIRS, ids=lambda path: path.name)
def test_every_fact_of_the_page(page: Path, expected: Path) -> None:
    read = plan_as_json(read_page(page.read_bytes(), HINTS))["sessions"]
    wanted = json.loads(expected.read_text(encoding="utf-8"))["sessions"]
    assert [facts(session) for session in read] == [facts(session) for session in wanted]


def test_totals_and_place_of_the_poster_day() -> None:
    plan = read_page(SAMPLE.read_bytes(), HINTS)
    assert totals(plan) == "27 sessions, 65 readings, 38 required"
    poster = plan.sessions[-1]
    assert (poster.kind, poster.room) == (Kind.POSTER, "Tishman Hall @Beyster")
    assert (str(poster.starts), str(poster.ends)) == ("10:30:00", "12:00:00")


def test_only_guessed_presenters_are_warned_about() -> None:
    plan = read_page(SAMPLE.read_bytes(), HINTS)
    assert [(warning.line, warning.text.split()[0]) for warning in plan.warnings] == [
        (5, "“Staff01”"),
        (11, "“Staff02”"),
        (34, "“Staff03”"),
        (73, "“Staff04”"),
    ]


def test_configured_staff_leaves_only_the_guests_in_doubt() -> None:
    plan = read_page(SAMPLE.read_bytes(), replace(HINTS, staff=STAFF))
    assert [warning.line for warning in plan.warnings] == [34, 73]
    assert plan.sessions == read_page(SAMPLE.read_bytes(), HINTS).sessions


def test_the_same_page_in_other_encodings() -> None:
    text = SAMPLE.read_text(encoding="utf-8")
    wanted = read_page(SAMPLE.read_bytes(), HINTS)
    for data in (
        text.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + text.encode(),
        b"\xff\xfe" + text.encode("utf-16-le"),
        b"\xfe\xff" + text.encode("utf-16-be"),
    ):
        assert read_page(data, HINTS) == wanted


def test_reading_it_takes_no_time() -> None:
    read_page(SAMPLE.read_bytes(), HINTS)
    started = time.perf_counter()
    read_page(SAMPLE.read_bytes(), HINTS)
    assert time.perf_counter() - started < 1
