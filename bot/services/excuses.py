"""What staff excuse a student from: the only way round a deadline, before it or after."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.core.deadlines import slug
from bot.core.errors import CourseError
from bot.core.people import Actor, require_staff
from bot.core.times import Term
from bot.services.question_desk import class_title
from bot.services.session_desk import find_session
from bot.services.slots import fits
from bot.services.students import find_student
from bot.store import audit, courses, excuses, milestones, schedule
from bot.store.courses import CourseRow
from bot.store.database import Database
from bot.store.excuses import ExcuseRow

REASON_MAX = 300

WHAT = {
    "questions": "questions",
    "slides": "slides",
    "summary": "summaries",
    "milestone": "milestones",
    "attendance": "attendance",
    "all": "everything",
}
"""What one can be excused from, as the table has it, and all of it in words."""

_ONE = {**WHAT, "summary": "the summary", "milestone": "the milestone", "slides": "the slides"}
_CLASS = ("questions", "slides", "summary", "attendance", "all")
_MILESTONE = ("milestone", "all")


@dataclass(frozen=True, slots=True)
class Excused:
    """An excuse as people read it: `name` from `what` ("the summary of Thu Jan 25 · FlexGen"), for this reason."""

    excuse_id: int
    name: str
    what: str
    reason: str
    at: datetime


class ExcuseService:
    """Giving and withdrawing excuses. `changed` is called when reminders may depend on it; `term` gives dates their
    year."""

    def __init__(self, database: Database, term: Term | None, changed: Callable[[], None]) -> None:
        self._database = database
        self._term = term
        self._changed = changed

    async def give(
        self,
        place: str,
        actor: Actor,
        who: str,
        what: str,
        reason: str,
        now: datetime,
        *,
        session: str | None = None,
        milestone: str | None = None,
    ) -> Excused:
        """Excuse a student from something, of one class or milestone, or (neither named) of all of them.

        It counts for what was due before, too: what came late is excused then.

        Raises:
            CourseError: not staff, no reason, no such student, class or milestone, the two do not go with `what`, or
                they are excused from it already.
        """
        require_staff(actor)
        why = " ".join(reason.split())
        if not why:
            raise CourseError("Give a reason: it is kept, and the student sees it.")
        if len(why) > REASON_MAX:
            raise CourseError(f"A reason has at most {REASON_MAX} characters; this one has {len(why)}.")
        if what not in WHAT:
            raise CourseError(
                f"There is nothing called “{what[:40]}” to be excused from: pick one of {', '.join(WHAT)}."
            )
        if session and milestone:
            raise CourseError("Name a class or a milestone, not both; for both, give two excuses.")
        if session and what not in _CLASS:
            raise CourseError("A milestone does not hang on a class: name it with `milestone`.")
        if milestone and what not in _MILESTONE:
            raise CourseError(
                f"A milestone has no {WHAT[what]}: name a class with `session`, or excuse from `milestone`."
            )
        done = await self._database.write(_give, place, actor, who, what, why, session, milestone, self._term, now)
        self._changed()
        return done

    async def withdraw(self, place: str, actor: Actor, excuse_id: str, now: datetime) -> Excused:
        """Take the excuse with this id back.

        Raises:
            CourseError: not staff, or it is not in force.
        """
        require_staff(actor)
        done = await self._database.write(_withdraw, place, actor, excuse_id, now)
        self._changed()
        return done

    async def suggest(self, place: str, actor: Actor, typed: str) -> list[tuple[str, str]]:
        """Label and id of the excuses in force that fit what was typed; nothing for non-staff."""
        if not actor.staff:
            return []
        try:
            found = await self._database.read(_all, place)
        except CourseError:
            return []
        return [
            (label, str(one.excuse_id))
            for one in found
            if fits(label := f"{one.name} · {one.what}: {one.reason}", typed)
        ]

    async def classes(self, place: str, actor: Actor, typed: str, now: datetime) -> list[tuple[str, str]]:
        """Label and id of the classes that fit, those nearest to `now` first."""
        if not actor.staff:
            return []

        def found(tx: Connection) -> list[tuple[str, str]]:
            course = courses.at_place(tx, place)
            nearest = sorted(schedule.every(tx, course.id), key=lambda one: abs(one.starts_at - now))
            return [(class_title(course, one), str(one.id)) for one in nearest]

        try:
            return [one for one in await self._database.read(found) if fits(one[0], typed)]
        except CourseError:
            return []


def excused(tx: Connection, course: CourseRow, row: ExcuseRow) -> Excused:
    """A stored excuse in words."""
    what = WHAT[row.what]
    if row.milestone_id is not None:
        what = f"{_ONE[row.what]} “{row.milestone}”" if row.what != "all" else f"everything for “{row.milestone}”"
    elif row.session_id is not None:
        there = {one.id: one for one in schedule.every(tx, course.id, cancelled=True)}
        what = f"{_ONE[row.what]} of {class_title(course, there[row.session_id])}"
    return Excused(row.id, row.name, what, row.reason, row.at)


def of_person(tx: Connection, course: CourseRow, person_id: int) -> list[Excused]:
    """What somebody is excused from, the newest first."""
    return [excused(tx, course, row) for row in excuses.listed(tx, course.id, person_id)]


def _all(tx: Connection, place: str) -> list[Excused]:
    course = courses.at_place(tx, place)
    return [excused(tx, course, row) for row in excuses.listed(tx, course.id)]


def _give(
    tx: Connection,
    place: str,
    actor: Actor,
    who: str,
    what: str,
    reason: str,
    session: str | None,
    milestone: str | None,
    term: Term | None,
    now: datetime,
) -> Excused:
    courses.hold(tx, place=place)
    course = courses.at_place(tx, place)
    student = find_student(tx, course, who)
    session_id = find_session(tx, course, session, term, now, cancelled=False).id if session else None
    milestone_id = _milestone(tx, course, milestone) if milestone else None
    for row in excuses.listed(tx, course.id, student.id):
        if (row.what, row.session_id, row.milestone_id) == (what, session_id, milestone_id):
            raise CourseError(
                f"{student.name} is excused from {excused(tx, course, row).what} already. "
                "`/staff student unexcuse` takes that back."
            )
    about = {"session_id": session_id, "milestone_id": milestone_id}
    excuse_id = excuses.add(tx, course.id, student.id, what, **about, reason=reason, by=actor.key, now=now)
    row = next(row for row in excuses.listed(tx, course.id, student.id) if row.id == excuse_id)
    done = excused(tx, course, row)
    audit.record(tx, course.id, actor.key, f"excused {done.name} from {done.what}: {reason}", now)
    return done


def _withdraw(tx: Connection, place: str, actor: Actor, excuse_id: str, now: datetime) -> Excused:
    courses.hold(tx, place=place)
    course = courses.at_place(tx, place)
    row = next((one for one in excuses.listed(tx, course.id) if str(one.id) == excuse_id.strip()), None)
    if row is None:
        raise CourseError("There is no such excuse, or it was taken back already. Pick one of the suggestions.")
    excuses.withdraw(tx, course.id, row.id, now)
    done = excused(tx, course, row)
    audit.record(tx, course.id, actor.key, f"took back the excuse of {done.name} from {done.what}", now)
    return done


def _milestone(tx: Connection, course: CourseRow, name: str) -> int:
    every = milestones.every(tx, course.id)
    found = next((one for one in every if one.key == slug(name)), None)
    if found is None:
        names = ", ".join(f"“{one.name}”" for one in every)
        raise CourseError(f"There is no milestone “{name[:60]}”. " + (f"There are: {names}." if names else ""))
    return found.id
