"""What changed in the schedule: one message for all that changed at about the same time, to those on duty there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.core.course import Role
from bot.core.policy import Policies
from bot.core.reminders import Planned, ReminderKind
from bot.core.schedule_notices import News, OnDuty, ScheduleChanged, SessionNews, When
from bot.services import session_desk
from bot.services.slots import title
from bot.store import courses, outbox, schedule, session_changes
from bot.store.courses import CourseRow
from bot.store.outbox import Claim, Composed
from bot.store.schedule import SessionView
from bot.store.session_changes import ChangeRow

GATHER = timedelta(minutes=2)
"""So long after the first change the others made meanwhile go into the same message: people fix several at a time."""

USEFUL_FOR = timedelta(days=1)
"""What changed longer ago is in `/schedule`, and no news."""


class ScheduleChanges:
    """One message in the announcement channel for the changes that no other message tells.

    Its key names the first and the last of them. Until it is due it grows with what changes meanwhile, under another
    key; from then on it stays as it is, and what comes later waits for the next message.
    """

    kind = ReminderKind.SCHEDULE_CHANGE

    def plan(self, tx: Connection, course: CourseRow, leads: Sequence[timedelta], now: datetime) -> Sequence[Planned]:
        changes = session_changes.since(tx, course.id, now - USEFUL_FOR)
        if not changes:
            return []
        told: list[tuple[int, int]] = []
        wanted = []
        for row in outbox.of_kind(tx, course.id, self.kind):
            if row.state == "withdrawn" or (row.state == "planned" and row.due_at > now):
                continue
            first, last = _ids(row.subject)
            told.append((first, last))
            within = [at for change_id, at in changes if first <= change_id <= last]
            if row.state == "planned" and within:
                wanted.append(self._planned(course, first, last, row.due_at, row.deadline_at))
        new = [(change_id, at) for change_id, at in changes if not any(a <= change_id <= b for a, b in told)]
        if new:
            earliest = min(at for _, at in new)
            first, last = new[0][0], new[-1][0]
            wanted.append(self._planned(course, first, last, earliest + GATHER, earliest + USEFUL_FOR))
        return wanted

    def _planned(self, course: CourseRow, first: int, last: int, due_at: datetime, until: datetime) -> Planned:
        key = f"{self.kind}/{course.key}/{first}-{last}"
        return Planned(key, self.kind, until, due_at, until, subject=f"changes {first}-{last}")

    def compose(self, tx: Connection, course: CourseRow, claim: Claim, now: datetime) -> Composed | None:
        first, last = _ids(claim.subject)
        changed: dict[int, list[ChangeRow]] = {}
        for row in session_changes.between(tx, course.id, first, last, course.zone):
            changed.setdefault(row.session_id, []).append(row)
        stored = {one.id: one for one in schedule.every(tx, course.id, cancelled=True) if one.id in changed}
        policies = courses.in_force(tx, course.id)
        found = [
            news
            for session_id, session in stored.items()  # in order of time
            if (news := _news(tx, course, policies, session, changed[session_id], now))
        ]
        if not found:
            return None
        return Composed(course.announce_channel, ScheduleChanged(tuple(found), now - claim.due_at))


def _ids(subject: str) -> tuple[int, int]:
    first, last = subject.split()[1].split("-")
    return int(first), int(last)


def _news(
    tx: Connection,
    course: CourseRow,
    policies: Policies,
    session: SessionView,
    rows: Sequence[ChangeRow],
    now: datetime,
) -> SessionNews | None:
    """What the changes came to: the session as it was before the first of them, and as it is now.

    None when it is as it was, or when neither lies ahead.
    """
    news, before, after = _came_to(session, rows[0])
    ahead = [when for when in (before, after) if when and when.ends_at > now]
    if news is None or not ahead:
        return None
    due = session_desk.deadlines(policies, after, course.zone) if after else None
    off = not session.cancelled and after is None  # it is a day off now, which nobody is on duty for
    people = session_changes.on_duty(tx, session.id, course.platform, since=rows[0].at if off else None)
    times = {Role.PRESENTER: due.slides, Role.SUMMARIZER: due.summary} if due else {}
    on_duty = tuple(
        OnDuty(role, tuple(user_id for _, user_id in some if user_id), times.get(role))
        for role, some in people.items()
        if any(user_id for _, user_id in some)
    )
    reason = next((row.reason for row in reversed(rows) if row.reason), session.title if off else None)
    asks = due is not None and bool(session.readings) and session.kind.meets
    return SessionNews(
        title=title(session, course.zone) if after else rows[0].title,
        news=news,
        before=before,
        after=after,
        on_duty=on_duty,
        questions=due.questions if asks and due else None,
        reason=reason if after is None else None,
        meets=session.kind.meets if after else rows[0].met,
    )


def _came_to(session: SessionView, first: ChangeRow) -> tuple[News | None, When | None, When | None]:
    """What it is for those who knew the schedule before `first`, with the times then and now."""
    off = first.met and not session.kind.meets
    after = None if session.cancelled or off else session_desk.when_of(session)
    if "added" in first.what or "restored" in first.what:  # it did not take place before
        kind = News.ADDED if "added" in first.what else News.RESTORED
        return (kind, None, after) if after else (None, None, None)
    if after is None:
        return News.CANCELLED, first.before, None
    if session.kind.meets and not first.met:  # of a day off
        return News.ADDED, None, after
    return (News.MOVED if after != first.before else None), first.before, after
