"""Checking in: a whole room at once, in one pass of set-based statements, each with their own answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.core.attendance import WRONG_CODES, WRONG_CODES_SPAN, Codes, Verdict, judge, locked_until
from bot.core.errors import CourseError, NotSetUp
from bot.core.people import Actor
from bot.core.policy import ATTENDANCE_CODE, ATTENDANCE_WINDOW, Policies
from bot.core.times import say_span
from bot.services.panel_parts import title_of
from bot.store import attendance, courses, people, question_batches
from bot.store.attendance import AttendanceRow
from bot.store.courses import CourseRow
from bot.store.people import Known

_RECENT = timedelta(hours=12)
"""Who types a code so long after a check-in is told when it closed."""

_BY_HAND = "If you are in class, ask the staff: they can mark you."


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody typed a code: where, who, and when the platform received it."""

    place: str
    actor: Actor
    code: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CheckedIn:
    """Somebody is in, since `at`; `again` when they were in already."""

    title: str
    at: datetime
    again: bool


def codes_of(policies: Policies, row: AttendanceRow) -> Codes:
    """The codes of a check-in by the policies in force."""
    rotating = policies[ATTENDANCE_CODE] == "rotating"
    return Codes(row.key, row.opened_at, policies[ATTENDANCE_WINDOW] if rotating else None)


def check_in(tx: Connection, arrivals: Sequence[Arrival]) -> list[CheckedIn | Exception]:
    """Check everybody in whose code was right; an outcome that is a CourseError says why somebody is not in."""
    there = question_batches.courses_at(tx, {one.place for one in arrivals})
    known = question_batches.known(tx, [(there[one.place], one.actor) for one in arrivals if one.place in there])
    of_course: defaultdict[int, list[int]] = defaultdict(list)
    outcomes: list[CheckedIn | Exception] = [NotSetUp()] * len(arrivals)
    for index, one in enumerate(arrivals):
        if one.place in there:
            of_course[there[one.place].id].append(index)
    for course in there.values():
        desk = _Desk(tx, course, known, [arrivals[index] for index in of_course[course.id]])
        for index in of_course[course.id]:
            try:
                outcomes[index] = desk.admit(arrivals[index])
            except CourseError as refusal:
                outcomes[index] = refusal
        desk.write()
    return outcomes


class _Desk:
    """One course's part of a batch: what is stored, and what the batch adds to it."""

    def __init__(
        self, tx: Connection, course: CourseRow, known: dict[question_batches.Who, Known], arrivals: Sequence[Arrival]
    ) -> None:
        self._tx = tx
        self._course = course
        self._known = known
        self._entered: dict[tuple[str, str], int] = {}
        self._rows = attendance.of_courses(tx, [course.id])
        self._titles = {row.session_id: "" for row in self._rows}
        policies = courses.in_force(tx, course.id)
        self._codes = {row.session_id: codes_of(policies, row) for row in self._rows}
        ids = [known[who].id for one in arrivals if (who := self._who(one.actor)) in known]
        self._in = attendance.there_already(tx, self._titles, ids)
        self._wrong = attendance.wrong_codes(tx, ids)
        self._arrived: list[tuple[int, int, datetime]] = []
        self._tried: list[tuple[int, datetime]] = []

    def _who(self, actor: Actor) -> question_batches.Who:
        return (self._course.id, actor.platform, actor.user_id)

    def _enter(self, one: Arrival) -> int:
        """The id of who checks in.

        Raises:
            CourseError: not in the course, or not as a student.
        """
        key = (one.actor.platform, one.actor.user_id)
        if key not in self._entered:
            known = self._known.get(self._who(one.actor))
            if known.kind == "staff" if known else one.actor.staff:
                raise CourseError("Students check in, and you are here as staff. `/staff attendance` shows who is in.")
            if known and known.kind == "guest":
                raise CourseError("You are here as a guest, and attendance is for those who take the course.")
            self._entered[key] = people.enter(self._tx, self._course, one.actor, known, one.at)
        return self._entered[key]

    def _title(self, session_id: int) -> str:
        if not self._titles[session_id]:
            self._titles[session_id] = title_of(self._tx, self._course, session_id)
        return self._titles[session_id]

    def admit(self, one: Arrival) -> CheckedIn:
        """What becomes of one.

        Raises:
            CourseError: they are not in, and why.
        """
        person_id = self._enter(one)
        open_now = [row.session_id for row in self._rows if row.takes(one.at)]
        if not open_now:
            raise self._nothing_open(one.at)
        if all((session_id, person_id) in self._in for session_id in open_now):
            return self._again(open_now[0], person_id)
        locked = locked_until(self._wrong.get(person_id, []), one.at)
        if locked is not None:
            raise CourseError(f"Too many wrong codes. You can try again {{at}}. {_BY_HAND}", at=locked)
        verdicts = {session_id: judge(self._codes[session_id], one.code, one.at) for session_id in open_now}
        right = next((session_id for session_id, found in verdicts.items() if found is Verdict.RIGHT), None)
        if right is None:
            raise self._refused(person_id, one.at, stale=Verdict.STALE in verdicts.values())
        if (right, person_id) in self._in:
            return self._again(right, person_id)
        self._in[right, person_id] = one.at
        self._arrived.append((right, person_id, one.at))
        return CheckedIn(self._title(right), one.at, again=False)

    def _again(self, session_id: int, person_id: int) -> CheckedIn:
        return CheckedIn(self._title(session_id), self._in[session_id, person_id], again=True)

    def _nothing_open(self, at: datetime) -> CourseError:
        for row in sorted(self._rows, key=lambda row: row.over_at, reverse=True):
            if at - _RECENT < row.over_at <= at:
                title = self._title(row.session_id)
                return CourseError(
                    f"The check-in of {title} closed {{at}}. If you were there, ask the staff.", at=row.over_at
                )
        return CourseError("No check-in is open now. The staff open one in class and show the code on the screen.")

    def _refused(self, person_id: int, at: datetime, *, stale: bool) -> CourseError:
        wrong = self._wrong.setdefault(person_id, [])
        wrong.append(at)
        wrong.sort()
        self._tried.append((person_id, at))
        left = WRONG_CODES - sum(one > at - WRONG_CODES_SPAN for one in wrong)
        what = "This code is not shown any more" if stale else "This is not the code on the screen"
        if left < 1:
            return CourseError(f"{what}. For {say_span(WRONG_CODES_SPAN)} you can try no other. {_BY_HAND}")
        tries = "try" if left == 1 else "tries"
        return CourseError(f"{what}. Type the one that is there now; you have {left} {tries} left.")

    def write(self) -> None:
        """Store what this part adds."""
        attendance.put(self._tx, self._course.id, self._arrived, "code")
        if self._tried:
            latest = max(at for _, at in self._tried)
            attendance.count_wrong_codes(self._tx, self._course.id, self._tried, latest - WRONG_CODES_SPAN)
