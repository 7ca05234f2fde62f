"""The web page: well-formed, nothing in it comes alive, and a reader without eyes finds their way."""

from __future__ import annotations

import re
from datetime import date
from xml.etree import ElementTree

from hypothesis import given, settings

from bot.core.course import Kind, PageSession, Reading, Role
from bot.core.times import Term
from bot.exporters.html import write_html
from bot.exporters.page import CourseFacts
from bot.importers.page import read_page
from tests.exporters.generated import sessions
from tests.importers.pages import HINTS, TERM
from tests.support.world import SAMPLE

ATTACK = '"><script>alert(1)</script><img src=x onerror="alert(2)">'
ALLOWED = set(str.split("html head meta title style body h1 p div table caption thead tbody tr th td"))
ALLOWED |= set(str.split("strong ul li a bdi br time"))


def parsed(page: bytes) -> ElementTree.Element:
    """The page, which is well-formed: every element is closed and every text escaped."""
    return ElementTree.fromstring(page.decode())


def test_the_sample_is_an_accessible_table() -> None:
    page = parsed(write_html(read_page(SAMPLE.read_bytes(), HINTS).sessions, CourseFacts("EECS 598 & W24", HINTS)))
    assert page.get("lang") == "en"
    assert page.findtext("head/title") == page.findtext("body/h1") == "EECS 598 & W24"
    (table,) = page.iter("table")
    assert table.find("caption") is not None
    assert [cell.text for cell in table.findall("thead/tr/th[@scope='col']")] == [
        "Date",
        "Readings",
        "Presenter",
        "Summary",
        "Reviewer",
    ]
    days = table.findall("tbody/tr/th[@scope='row']/time")
    assert len(days) == 27
    assert (days[0].get("datetime"), days[0].text) == ("2024-01-11", "Jan 11")
    assert len(table.findall("tbody/tr/th[@scope='rowgroup']")) == 7  # the topics
    assert len(table.findall(".//li")) == 65
    assert "prefers-color-scheme: dark" in (page.findtext("head/style") or "")


def test_nothing_that_people_typed_comes_alive() -> None:
    session = PageSession(
        date(2024, 1, 16),
        Kind.LECTURE,
        ATTACK,
        ATTACK,
        (Reading(ATTACK, f"https://example.org/{ATTACK.replace(' ', '')}", True, ATTACK),),
        {Role.PRESENTER: (ATTACK,)},
        room=ATTACK,
    )
    bad = Reading("Bad", "javascript:alert(1)", True)
    page = write_html(
        [session, PageSession(date(2024, 1, 18), Kind.LECTURE, None, None, (bad,))], CourseFacts(ATTACK, HINTS)
    )
    tree = parsed(page)
    assert {element.tag for element in tree.iter()} <= ALLOWED
    assert all(link.get("href", "").startswith("https://") for link in tree.iter("a"))
    assert not any(name.startswith("on") for element in tree.iter() for name in element.attrib)
    assert b"javascript" not in page


@settings(max_examples=30, deadline=None)
@given(wanted=sessions(Term(TERM.first_day, TERM.last_day)))
def test_whatever_is_in_it_the_page_is_well_formed(wanted: list[PageSession]) -> None:
    page = write_html(wanted, CourseFacts("Seminar", HINTS)).decode()
    legal = re.sub("[\ufffe\uffff]", "?", page)  # which HTML may hold and XML may not
    assert {element.tag for element in ElementTree.fromstring(legal).iter()} <= ALLOWED
