"""Reviews of hand-ins: staff are asked, and told those whose hand-in it is what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.core.reminders import Planned, ReminderKind
from bot.core.review_notices import ReviewGiven
from bot.services.reviews import card, looked_at, newest
from bot.store import courses, hand_in_people, hand_ins, reviews
from bot.store.courses import CourseRow
from bot.store.outbox import Claim, Composed

USEFUL_FOR = timedelta(days=7)
"""What could not be posted for so long is not posted any more."""


class ReviewsAsked:
    """To staff, once for each version that they decide about, with the buttons to do so."""

    kind = ReminderKind.REVIEW_ASKED

    def plan(self, tx: Connection, course: CourseRow, leads: Sequence[timedelta], now: datetime) -> Sequence[Planned]:
        if course.staff_channel is None:
            return []
        kinds = looked_at(courses.in_force(tx, course.id))
        return [
            Planned(f"{self.kind}/{one.id}", self.kind, until, one.at, until, subject=f"hand-in {one.id}")
            for one in hand_ins.arrived(tx, course.id, now - USEFUL_FOR)
            if one.work in kinds and (until := one.at + USEFUL_FOR) > now
        ]

    def compose(self, tx: Connection, course: CourseRow, claim: Claim, now: datetime) -> Composed | None:
        row = hand_ins.one(tx, course.id, int(claim.subject.split()[1]))
        if row is None or course.staff_channel is None or newest(tx, course, row).id != row.id:
            return None  # a later version has a message of its own
        return Composed(course.staff_channel, card(tx, course, row))


class ReviewsGiven:
    """To those whose hand-in it is: in their own room, or by a mention in the announcement channel, which does not say
    what was decided."""

    kind = ReminderKind.REVIEW_GIVEN

    def plan(self, tx: Connection, course: CourseRow, leads: Sequence[timedelta], now: datetime) -> Sequence[Planned]:
        return [
            Planned(f"{self.kind}/{review_id}", self.kind, until, at, until, subject=f"review {review_id}")
            for review_id, at in reviews.since(tx, course.id, now - USEFUL_FOR)
            if (until := at + USEFUL_FOR) > now
        ]

    def compose(self, tx: Connection, course: CourseRow, claim: Claim, now: datetime) -> Composed | None:
        review = reviews.one(tx, course.id, int(claim.subject.split()[1]))
        row = hand_ins.one(tx, course.id, review.hand_in_id) if review else None
        if review is None or row is None or newest(tx, course, row).id != row.id:
            return None
        if reviews.last(tx, [row.id])[row.id].id != review.id:
            return None  # staff have changed their minds since
        about, audience = card(tx, course, row), hand_in_people.audience(tx, course, row)
        recipients = tuple(user_id for _, user_id in audience.people if user_id)
        if about.decision is None or not recipients:
            return None
        notice = ReviewGiven(row.id, row.work, about.title, about.decision, recipients, audience.room is not None)
        return Composed(audience.room or course.announce_channel, notice)
