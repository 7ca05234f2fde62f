"""Slides, summaries, duties some days ahead; and what staff see in the final hour."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.core.deadlines import Work
from bot.core.policy import ESCALATE
from bot.core.reminder_notices import StillMissing
from bot.core.reminders import Planned, ReminderKind, plan
from bot.outbox.reminding import AHEAD, Reminders
from bot.services.due_work import Desk
from bot.store.courses import CourseRow
from bot.store.deadlines import Someone
from bot.store.outbox import Claim, Composed

SLIDES = Reminders(ReminderKind.SLIDES, Work.SLIDES)
SUMMARIES = Reminders(ReminderKind.SUMMARY, Work.SUMMARY)
DUTY_NOTICES = Reminders(ReminderKind.DUTY_NOTICE, Work.DUTY)


class Escalations:
    """One message to the staff channel shortly before slides, a summary or a milestone is due: who is missing."""

    kind = ReminderKind.ESCALATION

    def plan(self, tx: Connection, course: CourseRow, leads: Sequence[timedelta], now: datetime) -> Sequence[Planned]:
        return self.plan_at(Desk(tx, course, now), leads)

    def plan_at(self, desk: Desk, leads: Sequence[timedelta]) -> Sequence[Planned]:
        """As `plan`, from what is read already."""
        course, now = desk.course, desk.now
        if not leads or course.staff_channel is None:
            return []
        lead = desk.policies[ESCALATE]
        if lead is None:
            return []
        return [
            one
            for work in (Work.SLIDES, Work.SUMMARY, Work.MILESTONE)
            for due in desk.dues(work, now, now + lead + AHEAD)
            for one in plan(
                self.kind, f"{course.key}/{work}/{due.head}", due.at, desk.fit(due, [lead]), now, f"{work} {due.head}"
            )
        ]

    def compose(self, tx: Connection, course: CourseRow, claim: Claim, now: datetime) -> Composed | None:
        desk = Desk(tx, course, now)
        work, head = claim.subject.split()
        due = desk.due(Work(work), head)
        if due is None or due.at != claim.deadline_at or course.staff_channel is None:
            return None
        owing = desk.owing(due)
        if not owing:
            return None
        notice = StillMissing(due.work, due.title, due.at, by_group(owing), now - claim.due_at)
        return Composed(course.staff_channel, notice)


def by_group(people: Sequence[Someone]) -> tuple[str, ...]:
    """ "Attention (Student01, Student02)", and those in no group by their names."""
    groups = dict.fromkeys(one.group for one in people if one.group)
    names = [f"{group} ({', '.join(one.name for one in people if one.group == group)})" for group in groups]
    return (*names, *(one.name for one in people if not one.group))
