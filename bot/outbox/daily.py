"""One list a day of what is due soon, to each who prefers that to single reminders."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from bot.core.preferences import Mode
from bot.core.reminder_notices import DailyList
from bot.core.reminders import Planned, ReminderKind
from bot.outbox.reminding import STAMP
from bot.services import my_deadlines
from bot.services.due_work import Desk
from bot.store import outbox
from bot.store.courses import CourseRow
from bot.store.deadlines import Someone
from bot.store.outbox import Claim, Composed

COVERS = timedelta(hours=48)
"""What is due in so long from the moment of the list is in it."""

USEFUL_FOR = timedelta(hours=12)
"""A list that could not be sent for so long is left to the next day's."""

SAME_DAY = timedelta(hours=20)
"""Two lists so near to each other would be those of one day."""


class DailyLists:
    """A direct message; where those are closed, a mention in the channel."""

    kind = ReminderKind.DAILY

    def plan(self, tx: Connection, course: CourseRow, leads: Sequence[timedelta], now: datetime) -> Sequence[Planned]:
        return self.plan_at(Desk(tx, course, now), leads)

    def plan_at(self, desk: Desk, leads: Sequence[timedelta]) -> Sequence[Planned]:
        """As `plan`, from what is read already."""
        if not leads:
            return []
        course, now = desk.course, desk.now
        tried = [row for row in outbox.of_kind(desk.tx, course.id, self.kind) if row.subject.startswith("person ")]
        lists: defaultdict[str, list[datetime]] = defaultdict(list)
        for row in tried:
            lists[row.subject].append(row.due_at)
        wanted = [
            Planned(
                f"{self.kind}/{course.key}/{one.id}/{moment:{STAMP}}",
                self.kind,
                moment + USEFUL_FOR,
                moment,
                moment + USEFUL_FOR,
                # Who chooses a time that is past today wants the first list tomorrow; who had lists before and none
                # today is owed one, because the bot was away.
                overdue=moment <= now and not _missed(lists[f"person {one.id}"], moment),
                subject=f"person {one.id}",
            )
            for one in _readers(desk)
            for moment in desk.preference(one.id).next_lists(now, course.zone)
            if moment + USEFUL_FOR > now
        ]
        for moment in sorted({row.due_at for row in tried if row.state == "failed"}):
            until = moment + USEFUL_FOR
            if until > now and not any(row.due_at == moment and row.state in ("planned", "claimed") for row in tried):
                stamp = f"{moment.astimezone(UTC):{STAMP}}"
                key = f"{self.kind}/{course.key}/closed{stamp}"
                wanted.append(Planned(key, self.kind, until, now, until, subject=f"closed {stamp}"))
        return wanted

    def compose(self, tx: Connection, course: CourseRow, claim: Claim, now: datetime) -> Composed | None:
        desk = Desk(tx, course, now)
        target, which = claim.subject.split()
        readers = {one.id: one for one in _readers(desk)}
        if target == "closed":
            failed = [
                int(row.subject.split()[1])
                for row in outbox.of_kind(tx, course.id, self.kind)
                if row.state == "failed" and row.deadline_at == claim.deadline_at and row.subject.startswith("person ")
            ]
            people = tuple(readers[id_].user_id or "" for id_ in failed if id_ in readers)
            notice = DailyList((), now - claim.due_at, people)
            return Composed(course.announce_channel, notice) if people else None
        reader = readers.get(int(which))
        if reader is None:
            return None
        items = my_deadlines.personal(desk, reader, now + COVERS)
        still = tuple(item for item in items if not item.done)
        return Composed(f"dm:{reader.user_id}", DailyList(still, now - claim.due_at)) if still else None


def _missed(lists: Sequence[datetime], moment: datetime) -> bool:
    return any(at < moment for at in lists) and all(abs(at - moment) > SAME_DAY for at in lists)


def _readers(desk: Desk) -> list[Someone]:
    return [one for one in desk.students if one.user_id and desk.preference(one.id).mode is Mode.DAILY]
