"""Summaries for the whole class, by policy: each once, when its deadline has passed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.core.reminders import Planned, ReminderKind
from bot.core.review_notices import SummaryPublished
from bot.core.summaries import markdown
from bot.services.publishing import published
from bot.services.reviews import card
from bot.store.courses import CourseRow
from bot.store.outbox import Claim, Composed

USEFUL_FOR = timedelta(days=7)
"""What could not be posted for so long, or was there so long before the policy, is not posted."""


class Publications:
    """One message for each summary; its key names the class and whose it is, so nothing is posted twice."""

    kind = ReminderKind.SUMMARY_PUBLISHED

    def plan(self, tx: Connection, course: CourseRow, leads: Sequence[timedelta], now: datetime) -> Sequence[Planned]:
        return [
            Planned(f"{self.kind}/{one.whose}", self.kind, until, one.at, until, subject=f"summary {one.whose}")
            for one in published(tx, course)
            if (until := one.at + USEFUL_FOR) > now
        ]

    def compose(self, tx: Connection, course: CourseRow, claim: Claim, now: datetime) -> Composed | None:
        whose = claim.subject.split()[1]
        one = next((one for one in published(tx, course) if one.whose == whose), None)
        if one is None or one.at > now:
            return None
        content = one.row.content
        notice = SummaryPublished(
            hand_in_id=one.row.id,
            title=one.title,
            owner=card(tx, course, one.row).owner,
            document=markdown(one.title, content.parts) if content.parts else None,
            link=content.link,
            files=tuple(file.name for file in content.files),
        )
        return Composed(course.announce_channel, notice)
