"""The schedule for spreadsheets: one line a reading, each with everything about its session.

Columns: Date (2024-01-18), Start, End (wall times), Room, Kind, Title, Topic, Reading, Link, Required (yes or no),
Note, Presenter, Summary, Reviewer (names with commas between them). A session without readings has one line. The mark
at the beginning of the file tells spreadsheets that it is UTF-8.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import time

from bot.core.course import PageSession, Reading
from bot.core.roster import safe_cell
from bot.exporters.lines import ROLE_HEADINGS
from bot.importers.kinds import KIND_WORDS

HEADINGS = ("Date", "Start", "End", "Room", "Kind", "Title", "Topic", "Reading", "Link", "Required", "Note")


def write_csv(sessions: Sequence[PageSession]) -> bytes:
    """The table under a line of headings. What a spreadsheet could take for a formula begins with an apostrophe."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow([*HEADINGS, *ROLE_HEADINGS.values()])
    for session in sessions:
        for reading in session.readings or (None,):
            table.writerow([safe_cell(cell) for cell in _cells(session, reading)])
    return out.getvalue().encode("utf-8-sig")


def _cells(session: PageSession, reading: Reading | None) -> list[str]:
    read = ["", "", "", ""]
    if reading is not None:
        read = [reading.title, reading.url or "", "yes" if reading.required else "no", reading.note or ""]
    return [
        session.date.isoformat(),
        _clock(session.starts),
        _clock(session.ends),
        session.room or "",
        KIND_WORDS[session.kind],
        session.title or "",
        session.topic or "",
        *read,
        *(", ".join(session.duties.get(role, ())) for role in ROLE_HEADINGS),
    ]


def _clock(at: time | None) -> str:
    return f"{at:%H:%M}" if at else ""
