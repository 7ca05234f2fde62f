"""Reminders of a deadline: one message for all who owe, single ones for those who want direct messages.

A row's subject is what it is about, and its target:

- `channel`, `group <id>` (the group's private room): mentions those who have not chosen otherwise;
- `person <id>`: a direct message, in which their own lead times, quiet hours and snoozes hold;
- `loud <seconds>`: in the channel, to those whose quiet hours would swallow the direct message so long before the
  deadline;
- `closed <moment>`: in the channel, to those whose direct message due then could not be delivered.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from bot.core.deadlines import Work
from bot.core.policy import LEADS
from bot.core.preferences import Mode
from bot.core.quiet_hours import KEPT_CLEAR
from bot.core.reminder_notices import WorkDue
from bot.core.reminders import Planned, ReminderKind, plan
from bot.core.times import require_aware
from bot.services.due_work import NOTICE, Desk, Due
from bot.services.slots import due_at
from bot.store import outbox, preferences
from bot.store.courses import CourseRow
from bot.store.deadlines import Someone
from bot.store.outbox import Claim, Composed, Row

AHEAD = timedelta(days=3)
"""Reminders are planned so long before the first of a deadline is due, and no earlier: few rows, and a bot that was
away for a weekend still finds what it owed."""

STAMP = "%Y%m%dT%H%M%SZ"
_WAITING = ("planned", "withdrawn")


class Reminders:
    """Reminders of one kind of work; of a `Work.DUTY` people hear once, also when the class moves."""

    def __init__(self, kind: ReminderKind, work: Work) -> None:
        self.kind = kind
        self._work = work

    def plan(self, tx: Connection, course: CourseRow, leads: Sequence[timedelta], now: datetime) -> Sequence[Planned]:
        return self.plan_at(Desk(tx, course, now), leads)

    def plan_at(self, desk: Desk, leads: Sequence[timedelta]) -> Sequence[Planned]:
        """As `plan`, from what is read already."""
        if not leads:  # switched off in config.toml
            return []
        tx, course, now = desk.tx, desk.course, desk.now
        usual = desk.policies[LEADS]
        longest = max([*usual, *(lead for one in desk.preferences.values() for lead in one.leads or ())], default=None)
        if longest is None:
            return []
        dues = desk.dues(self._work, now, now + max(longest, NOTICE) + AHEAD)
        rows = outbox.of_kind(tx, course.id, self.kind) if dues else []
        snoozes = preferences.snoozes(tx, course.id) if dues else {}
        found: list[Planned] = []
        for due in dues:
            mine = [row for row in rows if row.subject.split()[0] == due.head]
            if self._work is Work.DUTY and any(row.state == "sent" and row.deadline_at != due.at for row in mine):
                continue
            mine = [row for row in mine if row.deadline_at == due.at]
            found += self._in_public(desk, due, desk.fit_course(due, usual))
            found += self._direct(desk, due, usual, mine, snoozes)
            found += self._closed(desk, due, mine)
        return found

    def _scope(self, desk: Desk, due: Due) -> str:
        return f"{desk.course.key}/{due.head}"

    def _in_public(self, desk: Desk, due: Due, leads: Sequence[timedelta]) -> Iterator[Planned]:
        rooms = {one.group_id for one in desk.concerned(due) if _room(due, one)}
        for one in plan(self.kind, self._scope(desk, due), due.at, leads, desk.now):
            yield replace(one, subject=f"{due.head} channel")
            for group_id in sorted(filter(None, rooms)):
                yield replace(one, key=f"{one.key}/group{group_id}", subject=f"{due.head} group {group_id}")

    def _direct(
        self,
        desk: Desk,
        due: Due,
        usual: Sequence[timedelta],
        rows: Sequence[Row],
        snoozes: dict[tuple[int, str], datetime],
    ) -> Iterator[Planned]:
        loud: dict[str, Planned] = {}
        for person in desk.concerned(due):
            chosen = desk.preference(person.id)
            if chosen.mode is not Mode.DIRECT or person.user_id is None:
                continue
            subject = f"{due.head} person {person.id}"
            mine = [row for row in rows if row.subject == subject]
            known = {row.key for row in mine}
            said = {row.key for row in mine if row.state not in _WAITING}
            reached = any(
                row.state == "sent" for row in rows if row.subject == subject or " person " not in row.subject
            )
            until = snoozes.get((person.id, _snooze(due)))
            quiet = chosen.quiet_hours(desk.course.zone)
            moments: dict[datetime, Planned] = {}
            for one in plan(self.kind, self._scope(desk, due), due.at, _leads(desk, due, usual, person), desk.now):
                key = f"{one.key}/person{person.id}"
                if any(old.startswith(key) for old in said):
                    continue
                moment = quiet.over_at(one.due_at) if quiet else one.due_at
                if moment != one.due_at and moment > due.at - KEPT_CLEAR:
                    seconds = one.key.rpartition("/")[2].removesuffix("s")
                    loud[seconds] = replace(one, key=f"{one.key}/loud", subject=f"{due.head} loud {seconds}")
                    continue
                delayed = key if moment == one.due_at else f"{key}/at{moment:{STAMP}}"
                if until and moment < until:
                    continue
                if one.due_at == desk.now and reached and not any(old.startswith(key) for old in known):
                    continue  # they have just chosen direct messages, and know already
                # What quiet hours move to the same moment is said once: the last.
                moments[moment] = replace(one, key=delayed, due_at=moment, subject=subject)
            yield from moments.values()
            key = f"{self.kind}/{self._scope(desk, due)}/{due.at:{STAMP}}/person{person.id}/snooze"
            if until and until < due.at and (until > desk.now or f"{key}{until:{STAMP}}" in known):
                yield Planned(f"{key}{until:{STAMP}}", self.kind, due.at, until, due.at, subject=subject)
        yield from loud.values()

    def _closed(self, desk: Desk, due: Due, rows: Sequence[Row]) -> Iterator[Planned]:
        """When nobody is left to be tried, all who could not be reached are known, and one message will do."""
        tried = [row for row in rows if row.subject.split()[1] == "person" and row.due_at <= desk.now]
        if any(row.state in ("planned", "claimed") for row in tried):
            return
        for moment in sorted({row.due_at for row in tried if row.state == "failed"}):
            stamp = f"{moment.astimezone(UTC):{STAMP}}"
            key = f"{self.kind}/{self._scope(desk, due)}/{due.at:{STAMP}}/closed{stamp}"
            yield Planned(key, self.kind, due.at, desk.now, due.at, subject=f"{due.head} closed {stamp}")

    def compose(self, tx: Connection, course: CourseRow, claim: Claim, now: datetime) -> Composed | None:
        desk = Desk(tx, course, now)
        head, target, *which = claim.subject.split()
        due = desk.due(self._work, head)
        if due is None or due.at != claim.deadline_at:
            return None
        owing = desk.owing(due)
        destination = course.announce_channel
        if target == "person":
            owing = [one for one in owing if str(one.id) == which[0]]
            destination = f"dm:{owing[0].user_id}" if owing else None
        elif target == "closed":
            failed = self._failed(tx, course, claim, which[0])
            owing = [one for one in owing if one.id in failed]
        elif target == "loud":
            owing = [one for one in owing if self._swallowed(desk, due, one, claim.due_at, int(which[0]))]
        else:
            owing = [one for one in owing if desk.preference(one.id).mode is Mode.CHANNEL]
            if target == "group":
                owing = [one for one in owing if str(one.group_id) == which[0]]
                destination = next((room for one in owing if (room := _room(due, one))), destination)
            else:
                owing = [one for one in owing if not _room(due, one)]
        recipients = tuple(one.user_id for one in owing if one.user_id)
        if not recipients:
            return None
        notice = self._notice(desk, due, owing, recipients, now - claim.due_at)
        if target == "person":
            notice = replace(notice, direct=True, snooze=f"{course.id}:{_snooze(due)}")
        return Composed(destination, replace(notice, unreached=target == "closed"))

    def _notice(
        self, desk: Desk, due: Due, owing: Sequence[Someone], recipients: tuple[str, ...], late: timedelta
    ) -> WorkDue:
        groups = (
            tuple(dict.fromkeys(one.group for one in owing if one.group)) if self._work is not Work.QUESTIONS else ()
        )
        notice = WorkDue(due.work, due.title, due.at, recipients, groups, late, desk.papers(due, owing))
        if due.role is None or due.session is None:
            return notice
        at = due_at(due.session, due.role, desk.policy)
        return replace(notice, due_at=at, role=due.role, starts_at=due.session.starts_at)

    def _failed(self, tx: Connection, course: CourseRow, claim: Claim, stamp: str) -> Collection[int]:
        moment = require_aware(datetime.strptime(stamp, STAMP).replace(tzinfo=UTC))
        return {
            int(row.subject.split()[2])
            for row in outbox.of_kind(tx, course.id, self.kind)
            if row.state == "failed"
            and row.deadline_at == claim.deadline_at
            and row.subject.startswith(f"{claim.subject.split()[0]} person ")
            and row.due_at.replace(microsecond=0) == moment
        }

    def _swallowed(self, desk: Desk, due: Due, one: Someone, at: datetime, seconds: int) -> bool:
        """Whether they want a direct message so long before, and quiet hours keep it until it is too late."""
        chosen = desk.preference(one.id)
        quiet = chosen.quiet_hours(desk.course.zone)
        if chosen.mode is not Mode.DIRECT or quiet is None:
            return False
        usual = desk.policies[LEADS]
        wanted = timedelta(seconds=seconds) in _leads(desk, due, usual, one)
        return wanted and quiet.covers(at) and quiet.over_at(at) > due.at - KEPT_CLEAR


def _leads(desk: Desk, due: Due, usual: Sequence[timedelta], one: Someone) -> list[timedelta]:
    own = desk.preference(one.id).leads
    return desk.fit(due, own) if own is not None else desk.fit_course(due, usual)


def _room(due: Due, one: Someone) -> str | None:
    """The private room in which a group is reminded of its own work. Everybody owes questions for themselves."""
    return None if due.work is Work.QUESTIONS else one.room_id


def _snooze(due: Due) -> str:
    return f"{due.work}:{due.head}"
