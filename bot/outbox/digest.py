"""The questions at the cut-off: to staff and to those who present, summarise or review, each once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from bot.core.course import Kind
from bot.core.question_notices import DigestDue, DigestWaiting
from bot.core.questions import EARLIEST
from bot.core.reminders import Planned, ReminderKind
from bot.services import question_boards, question_desk
from bot.store import outbox, questions, schedule
from bot.store.courses import CourseRow
from bot.store.outbox import Claim, Composed
from bot.store.schedule import SessionView

SETTLE = timedelta(seconds=10)
"""A question received in the last second before the cut-off may still be on its way to the database."""

HORIZON = timedelta(days=2)
"""Digests are planned so long before they are due: enough to see them coming, and few classes to look at."""

STAFF, ROOM, DIRECT = "staff", "group", "person"


class Digests:
    """One message for each destination: the staff channel, a group's private room, else each member directly.

    Its key names the cut-off: if that moves while the class lies ahead, the digest is planned anew. Once any of them
    has gone out, nobody is added unless the cut-off moves to a moment still to come.
    """

    kind = ReminderKind.DIGEST

    def plan(self, tx: Connection, course: CourseRow, leads: Sequence[timedelta], now: datetime) -> Sequence[Planned]:
        ahead = _ahead(tx, course, now)
        if not ahead:
            return []
        rules = question_desk.rules(tx, course)
        there = outbox.of_kind(tx, course.id, self.kind)
        begun = {row.subject.split()[1] for row in there if row.state not in ("planned", "withdrawn", "expired")}
        known = {row.key for row in there}
        found = []
        for session in ahead:
            cut_off = rules.cut_off.at(session.starts_at, course.zone)
            if cut_off > now + HORIZON:
                continue
            for what in (STAFF, *_recipients(tx, course, session.id)):
                key = f"{self.kind}/{course.key}/{session.id}/{cut_off.astimezone(UTC):%Y%m%dT%H%M%SZ}/{what}"
                if cut_off <= now and str(session.id) in begun and key not in known:
                    continue
                subject = f"session {session.id} {what}"
                found.append(Planned(key, self.kind, cut_off, cut_off + SETTLE, session.ends_at, subject=subject))
        return found

    def compose(self, tx: Connection, course: CourseRow, claim: Claim, now: datetime) -> Composed | None:
        _, session_id, what, *which = claim.subject.split()
        session = schedule.one(tx, course.id, int(session_id))
        if session is None:
            return None
        for_staff = what == STAFF
        rules = question_desk.rules(tx, course)
        digest = question_boards.digest(tx, course, session, rules, for_staff=for_staff)
        if for_staff:
            destination = course.staff_channel
        else:
            destination = _recipients(tx, course, session.id).get(" ".join((what, *which)))
        if destination is None or not (digest.total or for_staff):
            return None
        return Composed(destination, DigestDue(digest, now - claim.due_at))


class DigestsWaiting:
    """One message in the announcement channel to those whose direct messages are closed: where the questions are."""

    kind = ReminderKind.DIGEST_WAITING

    def plan(self, tx: Connection, course: CourseRow, leads: Sequence[timedelta], now: datetime) -> Sequence[Planned]:
        ahead = _ahead(tx, course, now)
        rows = outbox.of_kind(tx, course.id, ReminderKind.DIGEST) if ahead else []
        found = []
        for session in ahead:
            mine = [row for row in rows if row.subject.split()[1] == str(session.id)]
            # When nobody is left to be tried, all who could not be reached are known, and one message will do.
            tried = [row for row in mine if row.due_at <= now]
            if any(row.state in ("planned", "claimed") for row in tried):
                continue
            for deadline_at in sorted({row.deadline_at for row in tried if row.state == "failed"}):
                key = f"{self.kind}/{course.key}/{session.id}/{deadline_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
                subject = f"session {session.id}"
                found.append(Planned(key, self.kind, deadline_at, now, session.ends_at, subject=subject))
        return found

    def compose(self, tx: Connection, course: CourseRow, claim: Claim, now: datetime) -> Composed | None:
        session_id = int(claim.subject.split()[1])
        session = schedule.one(tx, course.id, session_id)
        rows = outbox.of_kind(tx, course.id, ReminderKind.DIGEST)
        failed = {
            row.subject.split(maxsplit=2)[2]
            for row in rows
            if row.state == "failed"
            and row.deadline_at == claim.deadline_at
            and row.subject.split()[1] == str(session_id)
        }
        if session is None or not failed:
            return None
        there = _recipients(tx, course, session_id)
        people = tuple(there[what].partition(":")[2] for what in there if what in failed)
        title = question_desk.class_title(course, session)
        return Composed(course.announce_channel, DigestWaiting(title, people, now - claim.due_at)) if people else None


def _ahead(tx: Connection, course: CourseRow, now: datetime) -> list[SessionView]:
    return [
        one
        for one in schedule.every(tx, course.id)
        if now < one.ends_at < now + EARLIEST + HORIZON and one.readings and one.kind is not Kind.NO_CLASS
    ]


def _recipients(tx: Connection, course: CourseRow, session_id: int) -> dict[str, str]:
    """The destinations for those with a duty in a class: "group 3" or "person 7" (course ids) and where to post."""
    found: dict[str, str] = {}
    for one in questions.performers(tx, session_id, course.platform):
        if one.room_id is not None:
            found[f"{ROOM} {one.group_id}"] = one.room_id
        elif one.user_id is not None:
            found[f"{DIRECT} {one.person_id}"] = f"dm:{one.user_id}"
    return found
