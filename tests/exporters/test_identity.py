"""What is exported reads back as what it was: the real page, and pages that try to be misread."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.course import Kind, PageSession, Reading, Role
from bot.core.meetings import Meeting, with_times
from bot.core.times import Term
from bot.exporters.html import write_html
from bot.exporters.markdown import write_markdown
from bot.exporters.page import CourseFacts
from bot.importers.page import read_page
from tests.exporters.generated import sessions, texts
from tests.importers.pages import HINTS, TERM
from tests.support.world import SAMPLE

Writer = Callable[[Sequence[PageSession], CourseFacts], bytes]
LABEL = "EECS 598 · Systems for Generative AI · W24"
FACTS = CourseFacts(LABEL, HINTS)
PATTERN = (Meeting(frozenset({1, 3}), time(10, 30), time(12), "133 CHRYS"),)
OVER_NEW_YEAR = Term(date(2023, 9, 20), date(2024, 2, 9))

pages = pytest.mark.parametrize("write", [write_markdown, write_html])
many = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def back(write: Writer, wanted: Sequence[PageSession], facts: CourseFacts = FACTS) -> list[PageSession]:
    """Exported and read again; where each stood on the page does not count."""
    plan = read_page(write(wanted, facts), facts.hints)
    assert plan.milestones == ()
    return [replace(session, line=0) for session in plan.sessions]


@pages
@many
@given(wanted=sessions(TERM), label=texts(60))
def test_any_sessions_survive(write: Writer, wanted: list[PageSession], label: str) -> None:
    assert back(write, wanted, replace(FACTS, label=label)) == wanted


@pages
@many
@given(data=st.data(), term=st.sampled_from([None, OVER_NEW_YEAR]))
def test_over_new_year_and_without_a_known_term(write: Writer, data: st.DataObject, term: Term | None) -> None:
    wanted = data.draw(sessions(OVER_NEW_YEAR))
    facts = replace(FACTS, hints=replace(HINTS, term=term, meeting_days=data.draw(st.frozensets(st.integers(0, 6)))))
    assert back(write, wanted, facts) == wanted


@pages
@many
@given(wanted=sessions(TERM, timed=True))
def test_times_that_the_pattern_does_not_tell_survive(write: Writer, wanted: list[PageSession]) -> None:
    facts = replace(FACTS, pattern=PATTERN)
    assert [with_times(session, PATTERN)[0] for session in back(write, wanted, facts)] == wanted


@pages
def test_the_sample_needs_nothing_said_outright(write: Writer) -> None:
    wanted = [replace(session, line=0) for session in read_page(SAMPLE.read_bytes(), HINTS).sessions]
    assert back(write, wanted) == wanted
    page = write(wanted, FACTS).decode()
    assert "<bdi>" not in page
    assert not re.search(r"\b(?:Topic|Kind|Time|Room)\b *[|<]", page)


def test_markdown_looks_like_the_page_it_came_from() -> None:
    published = SAMPLE.read_text(encoding="utf-8").splitlines()
    exported = write_markdown(read_page(SAMPLE.read_bytes(), HINTS).sessions, FACTS).decode().splitlines()
    first = next(at for at, line in enumerate(published) if line.startswith("| Jan 11"))
    assert len(exported[4:]) == len(published[first - 1 :]) - 1
    for line in (
        "|         | [The Datacenter as a Computer](https://link.springer.com/book/10.1007/978-3-031-01761-2) "
        "(Chapters 1 and 2) |",
        "|         | **GenAI Basics** |",
        "| Apr 18  | **Final Poster Presentations**<br>Tishman Hall @Beyster<br>(10:30AM - 12PM) |  |  |  |",
    ):
        assert line in exported


@pages
@pytest.mark.parametrize("kind", Kind)
def test_every_kind_is_told_from_the_wording_or_stated(write: Writer, kind: Kind) -> None:
    paper = (Reading("A Paper", "https://example.org/a", True),)
    wanted = [
        PageSession(date(2024, 1, 16), kind, None, None, paper, {Role.PRESENTER: ("Ann",)}),
        PageSession(date(2024, 1, 18), kind, "Buffer", None),
        PageSession(date(2024, 1, 23), kind, "Efficient Inference", None),
        PageSession(date(2024, 1, 25), Kind.STUDENT_LECTURE, None, None, paper, {Role.PRESENTER: ("Bob", "Cy")}),
    ]
    assert back(write, wanted) == wanted


@pages
def test_a_make_up_class_states_its_time_and_room_and_no_other_does(write: Writer) -> None:
    usual = PageSession(
        date(2024, 1, 16), Kind.BUFFER, "Buffer", None, starts=time(10, 30), ends=time(12), room="133 CHRYS"
    )
    makeup = replace(usual, date=date(2024, 1, 19), starts=time(9, 5), ends=time(9, 55), room="TBD")
    elsewhere = replace(usual, date=date(2024, 1, 23), room=None)
    facts = replace(FACTS, pattern=PATTERN)
    read = back(write, [usual, makeup, elsewhere], facts)
    assert [with_times(session, PATTERN)[0] for session in read] == [usual, makeup, elsewhere]
    assert [session.starts for session in read] == [None, time(9, 5), time(10, 30)]


@pages
def test_a_page_of_a_past_year_names_it_where_its_reader_could_not_know(write: Writer) -> None:
    wanted = [PageSession(date(2019, 1, day), Kind.BUFFER, "Buffer", None) for day in (15, 17, 22)]
    past = replace(HINTS, term=Term(date(2019, 1, 10), date(2019, 4, 30)))
    assert b"Jan 15, 2019" not in write(wanted, CourseFacts("Seminar", past))
    assert back(write, wanted, CourseFacts("Seminar", past)) == wanted
    unknown = CourseFacts("Seminar", replace(HINTS, term=None))
    assert b"Jan 15, 2019" in write(wanted, unknown)
    assert back(write, wanted, unknown) == wanted


@pages
def test_what_no_page_can_keep_is_written_all_the_same(write: Writer) -> None:
    odd = PageSession(
        date(2024, 1, 16),
        Kind.STUDENT_LECTURE,
        None,
        " two\nlines\x07 ",
        (Reading("A  Paper", "ftp://example.org/a", True), Reading("A  Paper", "ftp://example.org/a", True)),
        {Role.PRESENTER: ("Ann\u00a0Lee", "Ann Lee"), Role.REVIEWER: ()},
    )
    assert back(write, [odd]) == [
        replace(
            odd,
            topic="two lines",
            readings=(Reading("A Paper", None, True),),
            duties={Role.PRESENTER: ("Ann Lee",)},
        )
    ]
    # A schedule that is of another term altogether is refused by the importer, not by the exporter.
    assert b"2031" in write([replace(odd, date=date(2031, 1, 16))], FACTS)
