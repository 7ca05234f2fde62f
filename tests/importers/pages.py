"""Helpers for reading small pages in tests."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from bot.core.course import PageSession
from bot.core.times import Term
from bot.importers.page import PageHints, PagePlan, read_page

DETROIT = ZoneInfo("America/Detroit")
TERM = Term(date(2024, 1, 10), date(2024, 4, 30))
HINTS = PageHints(TERM, DETROIT, frozenset({1, 3}), frozenset())
HEAD = "| Date | Readings | Presenter | Summary |\n|---|---|---|---|\n"


def read(text: str, hints: PageHints = HINTS) -> PagePlan:
    return read_page(text.encode(), hints)


def rows(body: str, hints: PageHints = HINTS) -> PagePlan:
    """The rows under the usual headings."""
    return read(HEAD + body, hints)


def one(body: str) -> PageSession:
    """The only session of some rows."""
    (session,) = rows(body).sessions
    return session


def papers(session: PageSession) -> list[tuple[str, str | None, bool, str | None]]:
    return [(reading.title, reading.url, reading.required, reading.note) for reading in session.readings]


def said(plan: PagePlan, part: str) -> list[int]:
    """The lines of the warnings that contain `part`."""
    return [warning.line for warning in plan.warnings if part in warning.text]
