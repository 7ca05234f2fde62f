"""A rule that moved deadlines: said once to everyone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.core.policy import named
from bot.core.reminder_notices import PolicyChanged
from bot.core.reminders import Planned, ReminderKind
from bot.services import moving
from bot.services.due_work import Desk
from bot.store import deadlines
from bot.store.courses import CourseRow
from bot.store.outbox import Claim, Composed

USEFUL_FOR = timedelta(days=1)
"""What changed longer ago is in `/deadlines`, and no news."""


class PolicyChanges:
    """One message in the announcement channel for each change."""

    kind = ReminderKind.POLICY_CHANGE

    def plan(self, tx: Connection, course: CourseRow, leads: Sequence[timedelta], now: datetime) -> Sequence[Planned]:
        return [
            Planned(
                f"{self.kind}/{course.key}/{one.id}",
                self.kind,
                one.at + USEFUL_FOR,
                one.at,
                one.at + USEFUL_FOR,
                subject=f"change {one.id}",
            )
            for one in deadlines.changes_since(tx, course.id, now - USEFUL_FOR)
        ]

    def compose(self, tx: Connection, course: CourseRow, claim: Claim, now: datetime) -> Composed | None:
        change_id = int(claim.subject.split()[1])
        there = deadlines.changes_since(tx, course.id, claim.due_at)
        change = next((one for one in there if one.id == change_id), None)
        if change is None:
            return None
        # As it was at the moment of the change: a deadline that has passed since is still one that moved.
        found = moving.moves(Desk(tx, course, change.at), change.key, change.before, change.after)
        notice = PolicyChanged(
            change.key,
            named(change.key).about,
            change.before,
            change.after,
            tuple(found[: moving.SHOWN]),
            len(found),
            now - claim.due_at,
        )
        return Composed(course.announce_channel, notice)
