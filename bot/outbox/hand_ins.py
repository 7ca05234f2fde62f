"""What was handed in: the receipt to the whole group, slides to staff; each version once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.core import receipts
from bot.core.deadlines import Work
from bot.core.hand_in_notices import GroupReceipt, SlidesIn
from bot.core.hand_ins import staying
from bot.core.links import read_link
from bot.core.reminders import Planned, ReminderKind
from bot.store import hand_in_people, hand_ins
from bot.store.courses import CourseRow
from bot.store.hand_ins import HandInRow
from bot.store.outbox import Claim, Composed

USEFUL_FOR = timedelta(days=2)
"""What was handed in longer ago, everyone knows of."""


class GroupReceipts:
    """One message in the group's room, or else one in the announcement channel that mentions the others."""

    kind = ReminderKind.RECEIPT

    def plan(self, tx: Connection, course: CourseRow, leads: Sequence[timedelta], now: datetime) -> Sequence[Planned]:
        found = hand_ins.arrived(tx, course.id, now - USEFUL_FOR)
        return [_planned(self.kind, course, one.id, one.at) for one in found if one.group_id is not None]

    def compose(self, tx: Connection, course: CourseRow, claim: Claim, now: datetime) -> Composed | None:
        row = _row(tx, course, claim)
        if row is None:
            return None
        audience = hand_in_people.audience(tx, course, row)
        others = tuple(user_id for person_id, user_id in audience.people if user_id and person_id != row.person_id)
        if audience.room is None and not others:
            return None
        recipients = () if audience.room else others
        receipt = receipts.from_json(row.receipt)
        versions = hand_ins.of_owner(tx, course.id, row.work, row.about, row.group_id, row.person_id)
        stays = None if receipt.on_time else staying(versions, receipt.version, receipt.due_at)
        notice = GroupReceipt(receipt, audience.owner, audience.by, recipients, now - claim.due_at, stays)
        return Composed(audience.room or course.announce_channel, notice)


class SlidesForStaff:
    """One message in the staff channel for each version of slides."""

    kind = ReminderKind.SLIDES_IN

    def plan(self, tx: Connection, course: CourseRow, leads: Sequence[timedelta], now: datetime) -> Sequence[Planned]:
        if course.staff_channel is None:
            return []
        found = hand_ins.arrived(tx, course.id, now - USEFUL_FOR)
        return [_planned(self.kind, course, one.id, one.at) for one in found if one.work is Work.SLIDES]

    def compose(self, tx: Connection, course: CourseRow, claim: Claim, now: datetime) -> Composed | None:
        row = _row(tx, course, claim)
        if row is None or row.content.link is None or course.staff_channel is None:
            return None
        audience = hand_in_people.audience(tx, course, row)
        hint = read_link(row.content.link, slides=True).hint
        receipt = receipts.from_json(row.receipt)
        late = now - claim.due_at
        notice = SlidesIn(row.id, receipt, audience.owner, audience.by, row.content.link, hint, late)
        return Composed(course.staff_channel, notice)


def _planned(kind: ReminderKind, course: CourseRow, hand_in_id: int, at: datetime) -> Planned:
    key, until = f"{kind}/{course.key}/{hand_in_id}", at + USEFUL_FOR
    return Planned(key, kind, until, at, until, subject=f"hand-in {hand_in_id}")


def _row(tx: Connection, course: CourseRow, claim: Claim) -> HandInRow | None:
    return hand_ins.one(tx, course.id, int(claim.subject.split()[1]))
