"""How each piece of work stands at a moment: on time, late, missing, excused, or not due yet."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from functools import cached_property

from sqlalchemy import Connection

from bot.core.course import Kind, Role
from bot.core.deadlines import Work
from bot.core.gradebook import Component, Standing
from bot.core.hand_ins import counting
from bot.core.policy import GRADE_REPORT
from bot.core.questions import on_time
from bot.services.slots import due_at
from bot.store import courses, deadlines, excuses, hand_ins, milestones, schedule
from bot.store.courses import CourseRow
from bot.store.deadlines import Someone
from bot.store.hand_ins import Received
from bot.store.milestones import MilestoneRow
from bot.store.schedule import SessionView

ROLES = {Component.PRESENTATION: Role.PRESENTER, Component.SUMMARY: Role.SUMMARIZER}
_WORKS = {Component.PRESENTATION: Work.SLIDES, Component.SUMMARY: Work.SUMMARY}


class Standings:
    """A course at a moment, read with a fixed number of statements. It lives no longer than the transaction."""

    def __init__(self, tx: Connection, course: CourseRow, now: datetime) -> None:
        self.course = course
        self.now = now
        self.policies = courses.in_force(tx, course.id)
        self._deadlines = self.policies.deadlines(course.zone)
        every = schedule.every(tx, course.id)
        self.sessions: dict[int, SessionView] = {one.id: one for one in every if one.kind is not Kind.NO_CLASS}
        self.on_duty: dict[tuple[int, Role], list[Someone]] = deadlines.on_duty(tx, course)
        self.excuses = excuses.every(tx, course.id)
        self._milestones = milestones.every(tx, course.id)
        self._of_groups: defaultdict[tuple[Work, int, int], list[Received]] = defaultdict(list)
        self._of_people: defaultdict[tuple[Work, int, int], list[Received]] = defaultdict(list)
        self._begun: set[tuple[Work, int]] = set()
        for one in hand_ins.received(tx, course.id):
            self._begun.add((one.work, one.about))
            self._of_people[one.work, one.about, one.person_id].append(one)
            if one.group_id is not None:
                self._of_groups[one.work, one.about, one.group_id].append(one)

    @cached_property
    def duties(self) -> dict[tuple[int, Component], list[tuple[SessionView, Someone]]]:
        """By person and component: the classes that they present or summarise, in order of time."""
        found: defaultdict[tuple[int, Component], list[tuple[SessionView, Someone]]] = defaultdict(list)
        for session in self.sessions.values():
            for component, role in ROLES.items():
                for one in self.on_duty.get((session.id, role), ()):
                    found[one.id, component].append((session, one))
        return found

    @cached_property
    def report(self) -> MilestoneRow | None:
        """The milestone that is the report: of several, the last."""
        words = self.policies[GRADE_REPORT]
        fitting = [one for one in self._milestones if any(word in one.name.casefold() for word in words)]
        return fitting[-1] if fitting else None

    def of_class(self, component: Component, session: SessionView, one: Someone) -> Standing:
        """Someone's slides or summary; `one` as in `on_duty`."""
        work = _WORKS[component]
        if self.excuses.cover(one.id, work, session_id=session.id):
            return Standing.EXCUSED
        due = due_at(session, ROLES[component], self._deadlines)
        return self._stands(work, session.id, one.id, one.group_id, due)

    def of_report(self, person_id: int, group_id: int | None) -> Standing:
        """Someone's report. Where nobody at all has handed one in here, it is handed in elsewhere: none is missing."""
        report = self.report
        about = None if report is None else report.id
        if self.excuses.cover(person_id, Work.MILESTONE, milestone_id=about):
            return Standing.EXCUSED
        if report is None or (Work.MILESTONE, report.id) not in self._begun:
            return Standing.NOT_DUE
        return self._stands(Work.MILESTONE, report.id, person_id, group_id, report.due_at)

    def excused_from_all(self, person_id: int) -> bool:
        """Whether somebody is excused from everything."""
        return self.excuses.cover(person_id, "attendance") and self.excuses.cover(person_id, Work.MILESTONE)

    def _stands(self, work: Work, about: int, person_id: int, group_id: int | None, due: datetime) -> Standing:
        if self.now <= due:
            return Standing.NOT_DUE
        versions = {one.at: one for one in self._of_people.get((work, about, person_id), ())}
        if group_id is not None:
            versions |= {one.at: one for one in self._of_groups.get((work, about, group_id), ())}
        found = counting(versions.values(), due)
        if found is None:
            return Standing.MISSING
        return Standing.ON_TIME if on_time(found.at, due) else Standing.LATE
