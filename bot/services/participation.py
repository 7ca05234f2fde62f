"""Everybody's participation at a moment, read with a fixed number of statements (the rules: `bot.core.participation`).

Who has been dropped is not in it. Who came later is expected to do what came due since they are in the course: for a
student of the roster since the import that named them, whenever they linked their account.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection

from bot.core.course import Kind
from bot.core.deadlines import Work, session_deadlines
from bot.core.participation import (
    ClassRecord,
    Participation,
    Rules,
    Tally,
    participation,
    presence_of,
    questions_of,
)
from bot.core.policy import ATTENDANCE_SKIPS, PARTICIPATION_NOTES, PARTICIPATION_WEIGHTS, Policies
from bot.services import vote_life
from bot.store import courses, excuses, questions, schedule
from bot.store import participation as facts
from bot.store.courses import CourseRow
from bot.store.excuses import Excuses
from bot.store.schedule import SessionView


class _Excused:
    """Excuses that answer at once for the many who have none."""

    def __init__(self, every: Excuses) -> None:
        self.excuses = every
        self._people = {row[0] for row in every.rows}

    def cover(self, person_id: int, work: Work | Literal["attendance"], session_id: int) -> bool:
        return person_id in self._people and self.excuses.cover(person_id, work, session_id=session_id)


@dataclass(frozen=True, slots=True)
class Book:
    """A course's participation at a moment. `classes` are those that people come to, in order of time; `names` of the
    students are in alphabetical order, and they are the keys of the rest."""

    classes: tuple[SessionView, ...]
    names: Mapping[int, str]
    records: Mapping[int, tuple[ClassRecord, ...]]
    found: Mapping[int, Participation]
    excuses: Excuses


def of_course(tx: Connection, course: CourseRow, now: datetime) -> dict[int, Participation]:
    """The participation of every student in the course, by the person's id, in alphabetical order."""
    return dict(book(tx, course, now).found)


def rules_of(policies: Policies) -> Rules:
    """The rules in force."""
    return Rules(policies[PARTICIPATION_WEIGHTS], policies[ATTENDANCE_SKIPS], policies[PARTICIPATION_NOTES])


def book(tx: Connection, course: CourseRow, now: datetime, who: int | None = None) -> Book:
    """The same with what every class contributed; of one person only, when `who` is given."""
    policies = courses.in_force(tx, course.id)
    rules, deadlines = rules_of(policies), policies.deadlines(course.zone)
    classes = tuple(one for one in schedule.every(tx, course.id) if one.kind is not Kind.NO_CLASS)
    names = questions.class_list(tx, course, who)
    excused = _Excused(excuses.every(tx, course.id))
    since = facts.since(tx, course.id, who)

    ids = [one.id for one in classes]
    cut_offs = {one.id: session_deadlines(one.starts_at, one.ends_at, deadlines).questions for one in classes}
    required = {
        session_id: (cut_offs[session_id], frozenset(one.id for one in papers if one.required and not one.removed))
        for session_id, papers in questions.papers(tx, ids).items()
        if cut_offs[session_id] < now
    }
    required = {session_id: due for session_id, due in required.items() if due[1]}
    on_time, on_duty = facts.on_time(tx, course.id, required, who), questions.on_duty(tx, ids)
    held = {one.session_id: one.over_at for one in facts.held(tx, course.id, now)}
    there = facts.checked_in(tx, course.id, who)

    records = {}
    for person_id in names:
        mine = []
        for session_id in ids:
            asked, presence = Tally(), None
            if session_id in required:
                cut_off, papers = required[session_id]
                asked = questions_of(
                    len(papers),
                    on_time.get((session_id, person_id), 0),
                    on_duty=person_id in on_duty.get(session_id, ()),
                    excused=excused.cover(person_id, Work.QUESTIONS, session_id),
                    here=since[person_id] <= cut_off,
                )
            if session_id in held:
                presence = presence_of(
                    checked_in=(session_id, person_id) in there,
                    excused=excused.cover(person_id, "attendance", session_id),
                    here=since[person_id] <= held[session_id],
                )
            mine.append(ClassRecord(session_id, asked, presence))
        records[person_id] = tuple(mine)

    votes, panels, written = _votes(tx, course, excused, who), facts.panels(tx, course.id), facts.notes(tx, course.id)
    bonuses = vote_life.bonuses(tx, course.id)
    found = {}
    for person_id in names:
        attended = [
            session_id
            for session_id, ends_at in panels.items()
            if since[person_id] <= ends_at <= now and not excused.cover(person_id, "attendance", session_id)
        ]
        found[person_id] = participation(
            records[person_id],
            votes.get(person_id, Tally()),
            written.get(person_id, 0),
            len(attended),
            bonuses.get(person_id, 0),
            rules,
        )
    return Book(classes, names, records, found, excused.excuses)


def _votes(tx: Connection, course: CourseRow, excused: _Excused, who: int | None) -> dict[int, Tally]:
    """Of the votes on classes in which somebody could vote, in how many they did."""
    cast: Counter[int] = Counter()
    could: Counter[int] = Counter()
    spared: defaultdict[int, int] = defaultdict(int)
    for session_id, person_id, voted in facts.turnout(tx, course.id, who):
        if not voted and excused.cover(person_id, Work.VOTE, session_id):
            spared[person_id] += 1
            continue
        could[person_id] += 1
        cast[person_id] += voted
    return {person_id: Tally(cast[person_id], could[person_id], spared[person_id]) for person_id in could | spared}
