"""What is due in a course and who has not done it: one place for the reminders and for `/deadlines`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from sqlalchemy import Connection

from bot.core.course import Kind, Role
from bot.core.deadlines import Policy, SessionDeadlines, Work, session_deadlines
from bot.core.policy import VOTE_AUTO
from bot.core.preferences import Preference
from bot.core.questions import Owing
from bot.services import question_desk
from bot.services.slots import due_at
from bot.store import courses, deadlines, excuses, hand_ins, milestones, preferences, questions, schedule
from bot.store.courses import CourseRow
from bot.store.deadlines import Someone
from bot.store.hand_ins import HandedIn
from bot.store.milestones import MilestoneRow
from bot.store.questions import Paper
from bot.store.schedule import SessionView

NOTICE = timedelta(days=7)
"""So long before class a group is told once that it has a duty there."""

_QUESTIONS_FROM = timedelta(hours=24)
"""A question is asked for at most so long before the cut-off: there is one for every class."""

_ROLES = {Work.SLIDES: Role.PRESENTER, Work.REVIEW: Role.REVIEWER, Work.SUMMARY: Role.SUMMARIZER}


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline. `head` names what it is about without blanks ("session5"); `about` is the id of the session or
    milestone. For a notice of a duty `at` is when it is of no use any more, and `role` and `group_id` whose it is."""

    work: Work
    head: str
    about: int
    title: str
    at: datetime
    session: SessionView | None = None
    role: Role | None = None
    group_id: int | None = None


class Desk:
    """A course at a moment, read as far as it is asked for. It lives no longer than the transaction."""

    def __init__(self, tx: Connection, course: CourseRow, now: datetime) -> None:
        self.tx = tx
        self.course = course
        self.now = now
        self.policies = courses.in_force(tx, course.id)
        self.policy: Policy = self.policies.deadlines(course.zone)

    @cached_property
    def sessions(self) -> dict[int, SessionView]:
        """The classes that people come to, in order of time."""
        every = schedule.every(self.tx, self.course.id)
        return {one.id: one for one in every if one.kind is not Kind.NO_CLASS}

    @cached_property
    def milestones(self) -> list[MilestoneRow]:
        return milestones.every(self.tx, self.course.id)

    @cached_property
    def on_duty(self) -> dict[tuple[int, Role], list[Someone]]:
        return deadlines.on_duty(self.tx, self.course)

    @cached_property
    def students(self) -> list[Someone]:
        return deadlines.students(self.tx, self.course)

    @cached_property
    def preferences(self) -> dict[int, Preference]:
        return preferences.every(self.tx, self.course.id)

    @cached_property
    def _handed_in(self) -> HandedIn:
        return hand_ins.every(self.tx, self.course.id)

    @cached_property
    def _excuses(self) -> excuses.Excuses:
        return excuses.every(self.tx, self.course.id)

    @cached_property
    def _asking(self) -> dict[int, Owing]:
        """For each class that is not over and has required papers: who owes which questions."""
        ahead = [
            one.id
            for one in self.sessions.values()
            if one.ends_at > self.now and any(paper.required for paper in one.readings)
        ]
        return question_desk.owing(self.tx, self.course, ahead)

    @cached_property
    def _papers(self) -> dict[int, list[Paper]]:
        return questions.papers(self.tx, list(self._asking))

    def preference(self, person_id: int) -> Preference:
        return self.preferences.get(person_id, Preference())

    def title(self, session: SessionView) -> str:
        """ "Thu Jan 25 · FlexGen"."""
        return question_desk.class_title(self.course, session)

    def times(self, session: SessionView) -> SessionDeadlines:
        return session_deadlines(session.starts_at, session.ends_at, self.policy)

    def dues(self, work: Work, since: datetime, until: datetime) -> list[Due]:
        """The deadlines of a kind after `since` and not after `until`, in no particular order."""
        return [due for due in self._dues(work) if since < due.at <= until]

    def due(self, work: Work, head: str) -> Due | None:
        """The deadline with this head, None when it is there no more."""
        return next((due for due in self._dues(work) if due.head == head), None)

    def _dues(self, work: Work) -> list[Due]:
        if work is Work.MILESTONE:
            return [Due(work, f"milestone{row.id}", row.id, row.name, row.due_at) for row in self.milestones]
        if work is Work.DUTY:
            return self._duties()
        if work is Work.QUESTIONS:
            with_work = [self.sessions[session_id] for session_id in self._asking]
        else:
            with_work = [one for one in self.sessions.values() if self.on_duty.get((one.id, _ROLES[work]))]
        found = []
        for one in with_work:
            at = self.times(one).questions if work is Work.QUESTIONS else due_at(one, _ROLES[work], self.policy)
            found.append(Due(work, f"session{one.id}", one.id, self.title(one), at, one))
        return found

    def _duties(self) -> list[Due]:
        """One for each group in a class, and one for those who have a role without a group."""
        found = {}
        for (session_id, role), people in self.on_duty.items():
            session = self.sessions.get(session_id)
            for one in people if session else ():
                assert session is not None
                who = f"g{one.group_id}" if one.group_id else "alone"
                head = f"session{session_id}/{role}/{who}"
                at = self.times(session).slides
                found[head] = Due(Work.DUTY, head, session_id, self.title(session), at, session, role, one.group_id)
        return list(found.values())

    def fit(self, due: Due, leads: Sequence[timedelta]) -> list[timedelta]:
        """The lead times as far as they make sense: nobody writes a summary before class."""
        if due.work is Work.SUMMARY:
            return sorted({min(lead, self.policy.summary_after) for lead in leads})
        if due.work is Work.DUTY:
            assert due.session is not None
            return [max(NOTICE - (due.session.starts_at - due.at), timedelta(0))] if leads else []
        return list(leads)

    def fit_course(self, due: Due, leads: Sequence[timedelta]) -> list[timedelta]:
        """The same for the course's own lead times: a question is not asked for days before each class."""
        if due.work is Work.QUESTIONS:
            leads = [lead for lead in leads if lead <= _QUESTIONS_FROM]
        return self.fit(due, leads)

    def concerned(self, due: Due) -> list[Someone]:
        """Who has to do it, or had to; those excused or no longer in the course are left out."""
        if due.work is Work.MILESTONE:
            return [one for one in self.students if not self._excuses.cover(one.id, due.work, milestone_id=due.about)]
        if due.work is Work.QUESTIONS:
            asking = self._asking[due.about]
            there = [one for one in self.students if one.id in asking.persons and one.id not in asking.on_duty]
        elif due.work is Work.DUTY:
            assert due.role is not None
            there = [one for one in self.on_duty.get((due.about, due.role), []) if one.group_id == due.group_id]
        else:
            there = self.on_duty.get((due.about, _ROLES[due.work]), [])
        return [one for one in there if not self._excuses.cover(one.id, due.work, session_id=due.about)]

    def excused(self, one: Someone, work: Work, session_id: int | None = None) -> bool:
        """Whether they need not do this (in a class, or at all)."""
        return self._excuses.cover(one.id, work, session_id=session_id)

    def done(self, due: Due, one: Someone) -> bool:
        """Whether they have done it, by themselves or by their group."""
        if due.work in (Work.DUTY, Work.REVIEW):
            return False  # nothing is handed in
        if due.work is Work.QUESTIONS:
            return not self._asking[due.about].by(one.id)
        return self._handed_in.by(due.work, due.about, one.id, one.group_id)

    def owing(self, due: Due) -> list[Someone]:
        """Who has still to do it."""
        return [one for one in self.concerned(due) if not self.done(due, one)]

    def papers(self, due: Due, people: Sequence[Someone]) -> tuple[str, ...]:
        """The titles of the papers for which any of them owes a question."""
        if due.work is not Work.QUESTIONS:
            return ()
        owed = {paper for one in people for paper in self._asking[due.about].by(one.id)}
        return tuple(paper.title for paper in self._papers.get(due.about, []) if paper.id in owed)

    def works(self, session: SessionView) -> frozenset[Work]:
        """What has a deadline that hangs on this class."""
        student = session.kind is Kind.STUDENT_LECTURE
        found = {work for work in (Work.SLIDES, Work.SUMMARY) if student or (session.id, _ROLES[work]) in self.on_duty}
        if any(paper.required for paper in session.readings):
            found.add(Work.QUESTIONS)
        # The close of a vote is fixed when it opens.
        if student and self.policies[VOTE_AUTO] == "yes" and session.starts_at > self.now:
            found.add(Work.VOTE)
        return frozenset(found)
