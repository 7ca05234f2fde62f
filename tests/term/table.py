"""The grades as the course's rules say, by arithmetic of its own: nothing of the bot is imported here.

The rules (EECS 598 W24, and docs/gradebook.md): presentation, report and talks as staff marked them; a summary on time
is 100 until it is marked, late or missing 0, excused left out; participation is questions 50, attendance 30 with two
free skips, votes 10, plus 2 points for each vote won, at most 100.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction

from tests.term.course import REPORT_DUE, Meeting
from tests.term.record import Record

WEIGHTS = {"presentation": 15, "summary": 15, "participation": 10, "report": 40, "talks": 20}
SKIPS, BONUS = 2, 2

Cell = Fraction | str
"""Points of 100, or "EX", or nothing."""
Table = dict[int, dict[str, Cell]]
"""By student and component."""


def expected(record: Record, meetings: Sequence[Meeting], now: datetime) -> Table:
    """Every student's cells at `now`, and the mean so far as "total"."""
    past = [one for one in meetings if one.begins < now]
    found: Table = {}
    for student in record.here():
        cells: dict[str, Cell] = {
            "presentation": _presentation(record, past, student),
            "summary": _summary(record, past, student, now),
            "participation": _participation(record, past, student),
            "report": _report(record, student, now),
            "talks": _mark(record, student, "talks"),
        }
        points = {name: cell for name, cell in cells.items() if isinstance(cell, Fraction)}
        weight = sum(WEIGHTS[name] for name in points)
        total = sum((WEIGHTS[name] * cell for name, cell in points.items()), Fraction(0)) / weight if weight else ""
        found[student] = {**cells, "total": total}
    return found


def _presentation(record: Record, past: Sequence[Meeting], student: int) -> Cell:
    marks = [
        Fraction(str(record.marks[student, f"presentation {one.date}"]))
        for one in past
        if student in record.team(one.date, "presenter") and (student, f"presentation {one.date}") in record.marks
    ]
    return sum(marks, Fraction(0)) / len(marks) if marks else ""


def _summary(record: Record, past: Sequence[Meeting], student: int, now: datetime) -> Cell:
    points: list[Fraction] = []
    excused = 0
    for one in past:
        if student not in record.team(one.date, "summarizer") or now <= one.summary_due:
            continue
        on_time = any(at <= one.summary_due for at in record.summaries[one.date])
        if (student, "summary", one.date) in record.excused:
            excused += 1
        elif not on_time:
            points.append(Fraction(0))
        else:
            points.append(Fraction(str(record.marks.get((student, f"summary {one.date}"), 100))))
    if points:
        return sum(points) / len(points)
    return "EX" if excused else ""


def _participation(record: Record, past: Sequence[Meeting], student: int) -> Cell:
    asked = wanted = there = classes = voted = could = 0
    for one in past:
        owes_none = (student, "questions", one.date) in record.excused or student in record.on_duty(one.date)
        if one.kind != "no class" and not owes_none:
            wanted += len(one.required)
            asked += sum(_in_time(record, one, student, paper) for paper in one.required)
        if one.date in record.held and (student, "attendance", one.date) not in record.excused:
            classes += 1
            there += (student, one.date) in record.present
        if student in record.electorate.get(one.date, ()):
            could += 1
            voted += (one.date, student) in record.ballots
    shares = [(50, asked, wanted), (30, min(there + SKIPS, classes), classes), (10, voted, could)]
    counted = [(weight, Fraction(done, of)) for weight, done, of in shares if of]
    if not counted:
        return ""
    score = 100 * sum(weight * share for weight, share in counted) / sum(weight for weight, _ in counted)
    return Fraction(round(min(score + BONUS * _wins(record, student), Fraction(100)), 2))


def _in_time(record: Record, meeting: Meeting, student: int, paper: str) -> bool:
    at = record.asked.get((student, meeting.date, paper))
    return at is not None and at <= meeting.begins


def _wins(record: Record, student: int) -> int:
    won = 0
    for on in record.electorate:
        counts = Counter(group for (day, _), group in record.ballots.items() if day == on)
        most = max(counts.values(), default=0)
        winners = [group for group, votes in counts.items() if votes == most]
        won += any(student in record.members[group] for group in winners)
    return won


def _report(record: Record, student: int, now: datetime) -> Cell:
    marked = _mark(record, student, "report")
    if marked or now <= REPORT_DUE or not record.reports:
        return marked
    return "" if record.group_of(student) in record.reports else Fraction(0)


def _mark(record: Record, student: int, item: str) -> Cell:
    return Fraction(str(record.marks[student, item])) if (student, item) in record.marks else ""


def say(cell: Cell, worth: int = 100) -> str:
    """As a file has it, out of `worth` points: two decimals, half a cent up, no zeros at the end."""
    if isinstance(cell, str):
        return cell
    whole, cents = divmod((cell * worth + Fraction(1, 2)) // 1, 100)
    return f"{whole}.{cents:02}".rstrip("0") if cents else f"{whole}"
