"""Whatever is uploaded, the answer is a plan or a sentence, and it comes soon."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.importers.page import PageError, read_page
from bot.importers.plan import PagePlan
from bot.importers.report import plan_as_json
from tests.importers.pages import HEAD, HINTS, read, rows

TABLE = "<table><tr><td>Date<td>Paper<tr><td>Jan 16<td>Some Paper</table>"


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (b"", "empty"),
        (b" \n\t\n", "empty"),
        (b"\x00\x01\x02", "binary"),
        (b"| Date | Paper |\n|--|--|\n| Jan\x00 16 | A |", "binary"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"PK\x03\x04....", "ZIP or Office"),
        (b"\x89PNG\r\n", "image"),
        (b"\xff\xfe\x00\xd8x", "UTF-16"),
        (b"hello", "no table"),
        (b"| A | B |\n|--|--|\n| Jan 16 | x |", "looked for: Date"),
        (b"| Date | Paper |\n|--|--|\n| soon | x |", "no row with a date"),
        (b"| Date | Paper |\n|--|--|\n| Feb 30 | x |", "calendar"),
        (b"<html><![bad <table>", "table"),
    ],
)
def test_refusals_say_what_to_do(data: bytes, part: str) -> None:
    with pytest.raises(PageError) as caught:
        read_page(data, HINTS)
    assert part in str(caught.value)


def test_a_page_of_another_year_or_term() -> None:
    body = "| {} | **Introduction** | |\n| {} | **Buffer** | |\n| {} | **Buffer** | |"
    with pytest.raises(PageError, match=r"in 2023, but the term is 2024-01-10"):
        rows(body.format("Jan 17", "Jan 19", "Jan 24"))
    with pytest.raises(PageError, match=r"in 2023, but"):
        rows(body.format("Tue Jan 17", "Thu Jan 19", "Tue Jan 24"), replace(HINTS, meeting_days=frozenset()))
    with pytest.raises(PageError, match=r"outside the term .* of 2023"):
        rows(body.format("9/5/2023", "9/7/2023", "9/12/2023"))
    with pytest.raises(PageError, match=r"outside the term"):
        rows(body.format("Sep 5", "Sep 10", "Sep 12"))
    with pytest.raises(PageError, match=r"set course.first_day"):
        rows(body.format("Jan 17", "Jan 19", "Jan 24"), replace(HINTS, term=None))


def test_latin_1_is_read_with_a_warning() -> None:
    plan = read_page((HEAD + "| Jan 16 | **Introducción** | René |").encode("latin-1"), HINTS)
    assert plan.sessions[0].title == "Introducción"
    assert "UTF-8" in plan.warnings[0].text


def test_embedded_images_do_not_count() -> None:
    page = f"<html><img src='data:image/png;base64,{'A' * 4_000_000}'>{TABLE}"
    assert len(read(page).sessions) == 1


N = 400_000
HOSTILE = {
    "5 MB of rows": HEAD + "| Jan 16 | [A](https://x.org) | Ann |\n" * 140_000,
    "rows": HEAD + "| Jan 16 | [A](https://x.org) | Ann |\n" * 20_000,
    "open tags": "<html>" + "<a " * (N // 3),
    "open comments": "<html>" + "<!--" * (N // 4),
    "open scripts": "<html>" + "<script>" * (N // 8),
    "nested divs": f"<html>{'<div>' * 30_000}{TABLE}",
    "nested tables": "<table><tr><td>" * 20_000,
    "bold": f"<table><tr><td>{'<b>' * 60_000}",
    "spans": "<table>" + "<tr><td rowspan=400 colspan=60>x</td></tr>" * 5000,
    "brackets": HEAD + f"| Jan 16 | {'[' * 50_000} | x |\n" * 8,
    "prose of brackets": "[a\n" * 50_000,
    "quotes": ">" * N,
    "emphasis": "*a **b " * (N // 7),
    "dates": HEAD + f"| {'Jan 1 - ' * 6000} | x | y |\n",
    "entities": "<html>" + "&amp" * (N // 4),
    "lists": "".join(" " * depth + "- x\n" for depth in range(800)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_pages_end_soon(name: str) -> None:
    started = time.perf_counter()
    try:
        read(HOSTILE[name])
    except PageError as error:
        assert str(error)
    assert time.perf_counter() - started < 15


_words = st.sampled_from(
    [
        "| ",
        " |\n",
        "Date",
        "Readings",
        "Presenter",
        "---",
        "Jan 16",
        "1/18",
        "Mar 12-14",
        "[A](http://x.org)",
        "(Required)",
        "**",
        "<br>",
        "<table>",
        "<tr>",
        "<td rowspan=2>",
        "</td>",
        "<th colspan=3>",
        "</table>",
        "- ",
        "## Milestones\n",
        "Feb 9, 6pm EST",
        "`",
        "~~",
        "\\",
        "\n\n",
        "&amp;",
        "<a href='http://x'>",
        "</a>",
        "<li>",
        "<!--",
        "-->",
        "<![",
        "<?",
        "\ufeff",
        "🦜",
        "*",
        "R:",
        "9999-12-31",
        "12/31/9999",
        "Feb 29",
        "0001-01-01",
        "No class",
        "<h2>Deadlines</h2>",
        "12am",
        "25:00",
        "Optional:",
        "[[pdf](x)]",
    ]
)


def answers(data: bytes) -> list[PagePlan | PageError]:
    """What is said of a page to a course that knows its term, and to one that does not."""
    said: list[PagePlan | PageError] = []
    for hints in (HINTS, replace(HINTS, term=None, meeting_days=frozenset())):
        try:
            said.append(read_page(data, hints))
        except PageError as error:
            said.append(error)
    return said


def is_plan(answer: PagePlan | PageError) -> bool:
    """A plan with sessions, on the way out too."""
    return isinstance(answer, PagePlan) and bool(answer.sessions) and bool(plan_as_json(answer)["sessions"])


def is_sentence(answer: PagePlan | PageError) -> bool:
    return isinstance(answer, PageError) and bool(str(answer))


@settings(max_examples=200, deadline=5000, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=400))
def test_any_bytes(data: bytes) -> None:
    for answer in answers(data):
        assert is_plan(answer) or is_sentence(answer)


@settings(max_examples=300, deadline=5000, suppress_health_check=[HealthCheck.too_slow])
@given(st.booleans(), st.lists(_words, max_size=60))
def test_any_scraps_of_a_page(head: bool, words: list[str]) -> None:
    for answer in answers(((HEAD + "| Jan 16 | x |\n" if head else "") + "".join(words)).encode()):
        assert is_plan(answer) or is_sentence(answer)


@settings(max_examples=150, deadline=5000, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=200), st.text(max_size=40))
def test_any_cells(readings: str, people: str) -> None:
    page = f"{HEAD}| Jan 16 | {readings} | {people} | {readings} |\n| Jan 18 | x | y | z |"
    for answer in answers(page.encode(errors="replace")):
        assert is_plan(answer) or is_sentence(answer)
