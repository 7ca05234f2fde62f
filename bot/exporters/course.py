"""What people open in a spreadsheet, from the rows of an exported course. Times are the course's, to the minute."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.core.roster import safe_cell

Row = Mapping[str, Any]
Tables = Mapping[str, list[dict[str, Any]]]


class _Course:
    """The rows by id, and words for them."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self._zone = ZoneInfo(tables["course"][0]["zone"])
        self._by_id = {
            name: {row["id"]: row for row in tables[name]}
            for name in ("person", "study_group", "session", "reading", "milestone", "group_duty")
        }
        self.groups: defaultdict[int, str] = defaultdict(str)
        for row in tables["membership"]:
            if row["left_at"] is None:
                self.groups[row["person_id"]] = self.group(row["group_id"])
        self.accounts: defaultdict[int, list[str]] = defaultdict(list)
        for row in tables["account"]:
            self.accounts[row["person_id"]].append(f"{row['platform']}:{row['user_id']}")

    def at(self, value: str | None) -> str:
        return f"{datetime.fromisoformat(value).astimezone(self._zone):%Y-%m-%d %H:%M}" if value else ""

    def _get(self, table: str, id_: int | None) -> Row:
        return self._by_id[table].get(id_, {}) if id_ is not None else {}

    def who(self, person_id: int | None) -> tuple[str, str]:
        """Name and login."""
        row = self._get("person", person_id)
        return row.get("name", ""), row["roster_key"] if row.get("origin") == "roster" else ""

    def group(self, group_id: int | None) -> str:
        return str(self._get("study_group", group_id).get("name", ""))

    def group_of_duty(self, group_duty_id: int | None) -> str:
        return self.group(self._get("group_duty", group_duty_id).get("group_id"))

    def session(self, session_id: int | None) -> tuple[str, str]:
        """Date and title."""
        row = self._get("session", session_id)
        return row.get("date", ""), row.get("title") or row.get("topic") or row.get("kind", "")

    def paper(self, reading_id: int | None) -> str:
        return str(self._get("reading", reading_id).get("title", ""))

    def about(self, row: Row) -> str:
        """What is handed in or excused: a milestone, or a class."""
        milestone = self._get("milestone", row["milestone_id"]).get("name", "")
        return milestone or " ".join(part for part in self.session(row["session_id"]) if part)


def spreadsheets(tables: Tables) -> Iterable[tuple[str, bytes]]:
    """Name and content of each."""
    course = _Course(tables)
    for name, (headings, cells) in _SHEETS.items():
        yield f"csv/{name}.csv", _csv(headings, cells(course))


def _csv(headings: str, lines: Iterable[Iterable[object]]) -> bytes:
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(headings.split(", "))
    for line in lines:
        table.writerow(["" if cell is None else safe_cell(cell) if isinstance(cell, str) else cell for cell in line])
    return out.getvalue().encode("utf-8-sig")


def _people(course: _Course) -> Iterable[Iterable[object]]:
    for row in course.tables["person"]:
        login = row["roster_key"] if row["origin"] == "roster" else ""
        accounts = " ".join(course.accounts[row["id"]])
        group, dropped = course.groups[row["id"]], course.at(row["dropped_at"])
        yield row["id"], row["name"], login, row["email"], row["section"], row["kind"], group, accounts, dropped


def _groups(course: _Course) -> Iterable[Iterable[object]]:
    for row in course.tables["membership"]:
        when = (course.at(row["joined_at"]), course.at(row["left_at"]))
        yield course.group(row["group_id"]), *course.who(row["person_id"]), *when


def _duties(course: _Course) -> Iterable[Iterable[object]]:
    for row in course.tables["duty"]:
        held = (course.group_of_duty(row["group_duty_id"]), course.at(row["assigned_at"]), course.at(row["ended_at"]))
        yield *course.session(row["session_id"]), row["role"], *course.who(row["person_id"]), *held


def _questions(course: _Course) -> Iterable[Iterable[object]]:
    votes: defaultdict[int, int] = defaultdict(int)
    for row in course.tables["question_vote"]:
        votes[row["question_id"]] += 1
    for row in course.tables["question"]:
        asked = (course.paper(row["reading_id"]), *course.who(row["person_id"]), row["text"])
        when = (course.at(row[name]) for name in ("asked_at", "edited_at", "withdrawn_at"))
        yield *course.session(row["session_id"]), *asked, *when, row["state"], votes[row["id"]]


def _hand_ins(course: _Course) -> Iterable[Iterable[object]]:
    files: defaultdict[int, list[str]] = defaultdict(list)
    for row in course.tables["hand_in_file"]:
        files[row["hand_in_id"]].append(f"{row['name']} ({row['sha256']})")
    for row in course.tables["hand_in"]:
        who = (course.group(row["group_id"]), *course.who(row["person_id"]), row["version"])
        what = (row["link"], "; ".join(files[row["id"]]), row["code"], row["digest"])
        yield row["kind"], course.about(row), *who, course.at(row["at"]), course.at(row["due_at"]), *what


def _attendance(course: _Course) -> Iterable[Iterable[object]]:
    for row in course.tables["check_in"]:
        yield *course.session(row["session_id"]), *course.who(row["person_id"]), course.at(row["at"]), row["how"]


def _marks(course: _Course) -> Iterable[Iterable[object]]:
    for row in course.tables["mark"]:
        yield *course.who(row["person_id"]), row["item"], row["points"], row["note"], row["by"], course.at(row["at"])


def _excuses(course: _Course) -> Iterable[Iterable[object]]:
    for row in course.tables["excuse"]:
        given = (row["reason"], row["by"], course.at(row["at"]), course.at(row["withdrawn_at"]))
        yield *course.who(row["person_id"]), row["what"], course.about(row), *given


_SHEETS: dict[str, tuple[str, Callable[[_Course], Iterable[Iterable[object]]]]] = {
    "people": ("Id, Name, Login, E-mail, Section, Kind, Group, Accounts, Dropped", _people),
    "groups": ("Group, Name, Login, Joined, Left", _groups),
    "duties": ("Date, Class, Role, Name, Login, Group, Since, Until", _duties),
    "questions": (
        "Date, Class, Paper, Name, Login, Question, Asked, Edited, Withdrawn, State, Votes",
        _questions,
    ),
    "hand-ins": (
        "What, For, Group, Name, Login, Version, At, Due, Link, Files, Receipt, SHA-256",
        _hand_ins,
    ),
    "attendance": ("Date, Class, Name, Login, At, How", _attendance),
    "marks": ("Name, Login, Item, Points, Note, By, At", _marks),
    "excuses": ("Name, Login, What, For, Reason, By, At, Withdrawn", _excuses),
}
