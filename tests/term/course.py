"""The course that is played: the meetings of the sample course, 37 students in 14 groups, and who does what when."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/Detroit")
_PAGE = Path(__file__).parents[1] / "importers" / "expected_eecs598_w24.json"

_KINDS = {
    "lecture_staff": "lecture",
    "lecture_student": "student lecture",
    "lecture_guest": "guest lecture",
    "no_class": "no class",
    "buffer": "buffer",
    "project_midterm": "presentations",
    "final_poster": "posters",
}

BEGIN = datetime(2024, 1, 9, 14, 0, tzinfo=UTC)
"""In UTC: the offline Discord adds to it, and would add to a wall clock."""
FINAL = datetime(2024, 5, 4, 12, 0, tzinfo=ZONE)
REPORT = "Research paper and code"
REPORT_DUE = datetime(2024, 5, 1, 18, 0, tzinfo=ZONE)

STUDENTS = tuple(range(1, 38))
SIZES = (3,) * 9 + (2,) * 5

MOVED = date(2024, 3, 7)
"""This class is held two days later, 13:30 to 15:00: its summary is due on the day the clocks change."""
MOVED_TO = datetime(2024, 3, 9, 13, 30, tzinfo=ZONE)
SWAPPED = (date(2024, 3, 19), date(2024, 3, 21))
"""The groups that summarise these two change places."""
DROPPED = {3: datetime(2024, 2, 21, 9, 0, tzinfo=ZONE), 14: datetime(2024, 3, 27, 9, 0, tzinfo=ZONE)}
CHECK_INS = (1, 6, 10, 14, 19)
"""The meetings, by number, in which attendance is taken."""
ABSENTEE = 7


@dataclass(frozen=True)
class Meeting:
    """One class as the page has it; `required` are the titles of the papers that everybody asks about."""

    number: int
    date: date
    kind: str
    title: str
    papers: tuple[tuple[str, bool], ...]
    lecture: int | None

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(title for title, required in self.papers if required)

    @property
    def meets(self) -> bool:
        return self.kind not in ("no class", "buffer")

    @property
    def begins(self) -> datetime:
        """When it is held in the end: in UTC, where a day has 24 hours whatever the clocks do."""
        at = MOVED_TO if self.date == MOVED else datetime.combine(self.date, time(10, 30), ZONE)
        return at.astimezone(UTC)

    @property
    def ends(self) -> datetime:
        return self.begins + timedelta(minutes=90)

    @property
    def summary_due(self) -> datetime:
        return self.ends + timedelta(hours=24)


def meetings() -> list[Meeting]:
    """All rows of the page; student lectures are numbered from 0 as `lecture`."""
    found: list[Meeting] = []
    lectures = 0
    for number, row in enumerate(json.loads(_PAGE.read_text())["sessions"]):
        papers = tuple((one["title"].replace("|", "/"), one["required"]) for one in row["readings"])
        kind = _KINDS[row["kind"]]
        student = kind == "student lecture"
        title = row["title"] or (papers[0][0] if papers else kind)
        on = date.fromisoformat(row["date"])
        found.append(Meeting(number, on, kind, title.replace("|", "/"), papers, lectures if student else None))
        lectures += student
    return found


def page(rows: list[Meeting]) -> bytes:
    """The course page, without people: the groups claim their duties themselves."""
    lines = ["| Date | Kind | Topic | Readings |", "| --- | --- | --- | --- |"]
    for one in rows:
        readings = [
            f"[{title}](https://example.org/{one.number}/{n}){' (Required)' if required else ''}"
            for n, (title, required) in enumerate(one.papers)
        ]
        first = readings[0] if readings else f"**{one.title}**"
        lines.append(f"| {one.date:%b} {one.date.day} | {one.kind} | | {first} |")
        lines += [f"| | | | {reading} |" for reading in readings[1:]]
    return "\n".join(lines).encode()


def groups() -> list[list[int]]:
    """The members of each group, one after the other."""
    left = list(STUDENTS)
    return [[left.pop(0) for _ in range(size)] for size in SIZES]


def group_name(number: int) -> str:
    return f"Group {number + 1:02}"


def roles(lecture: int) -> dict[str, int]:
    """Which group claims what in a student lecture: everybody does each once."""
    count = len(SIZES)
    return {"presenter": lecture, "summarizer": (lecture + 5) % count, "reviewer": (lecture + 9) % count}


def skips_question(student: int, meeting: int, paper: int) -> bool:
    return (student * 7 + meeting * 5 + paper * 3) % 11 < 3


def votes(student: int, meeting: int) -> bool:
    return (student + meeting) % 15 != 0


def favourite(student: int, meeting: int) -> str:
    """Whom a student votes for: mostly those who present."""
    return ("presenter", "summarizer", "presenter", "reviewer", "presenter")[(student + meeting) % 5]


def is_there(student: int, meeting: int) -> bool:
    return student != ABSENTEE and (student + meeting) % 6 != 0
