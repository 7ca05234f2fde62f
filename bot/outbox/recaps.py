"""Recaps: the first draft for a class to those who write its summary, and that a model is in use to the class."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.core.course import Role
from bot.core.recap import unpack
from bot.core.recap_notices import ModelInUse, RecapReady
from bot.core.reminders import Planned, ReminderKind
from bot.services.question_desk import class_title
from bot.services.recap_desk import MODEL_FACT
from bot.store import courses, deadlines, recaps, schedule
from bot.store.courses import CourseRow
from bot.store.outbox import Claim, Composed

USEFUL_FOR = timedelta(days=2)


class RecapDrafts:
    """One message in the group's private room, or a direct message to each who writes: never in public."""

    kind = ReminderKind.RECAP

    def plan(self, tx: Connection, course: CourseRow, leads: Sequence[timedelta], now: datetime) -> Sequence[Planned]:
        fresh = {session_id: at for session_id, at in recaps.first_made(tx, course.id).items() if at + USEFUL_FOR > now}
        if not fresh:
            return []
        on_duty = deadlines.on_duty(tx, course)
        found = []
        for session_id, at in fresh.items():
            writers = on_duty.get((session_id, Role.SUMMARIZER), [])
            rooms = {one.room_id for one in writers if one.room_id}
            targets = [f"room {room}" for room in sorted(rooms)]
            targets += [f"person {one.user_id}" for one in writers if one.user_id and not one.room_id]
            found += [
                Planned(
                    f"{self.kind}/{course.key}/{session_id}/{target.replace(' ', '/')}",
                    self.kind,
                    at + USEFUL_FOR,
                    at,
                    at + USEFUL_FOR,
                    subject=f"session {session_id} {target}",
                )
                for target in targets
            ]
        return found

    def compose(self, tx: Connection, course: CourseRow, claim: Claim, now: datetime) -> Composed | None:
        _session, session, target, which = claim.subject.split()
        view, made = schedule.one(tx, course.id, int(session)), recaps.latest(tx, course.id).get(int(session))
        if view is None or made is None:
            return None
        title = class_title(course, view)
        notice = RecapReady(view.id, title, unpack(made.body), now - claim.due_at)
        return Composed(which if target == "room" else f"dm:{which}", notice)


class ModelNotice:
    """One message in the announcement channel for each model that comes into use."""

    kind = ReminderKind.RECAP_MODEL

    def plan(self, tx: Connection, course: CourseRow, leads: Sequence[timedelta], now: datetime) -> Sequence[Planned]:
        there = courses.fact_since(tx, MODEL_FACT)
        if there is None or not there[0] or there[1] + USEFUL_FOR <= now:
            return []
        model, at = there
        key = f"{self.kind}/{course.key}/{model}"
        return [Planned(key, self.kind, at + USEFUL_FOR, at, at + USEFUL_FOR, subject=model)]

    def compose(self, tx: Connection, course: CourseRow, claim: Claim, now: datetime) -> Composed | None:
        model, host = claim.subject.rsplit(" ", 1)
        return Composed(course.announce_channel, ModelInUse(model, host, now - claim.due_at))
