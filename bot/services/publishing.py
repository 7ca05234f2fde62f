"""Which summaries the whole class may read: decided by policy, after the deadline, from the version that counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.core.course import Role
from bot.core.deadlines import Work
from bot.core.hand_ins import counting
from bot.core.policy import SUMMARY_PUBLISH
from bot.core.questions import on_time
from bot.core.review_notices import Verdict
from bot.services.question_desk import class_title
from bot.services.slots import due_at
from bot.store import courses, hand_ins, reviews, schedule
from bot.store.courses import CourseRow
from bot.store.hand_ins import HandInRow

SETTLED = timedelta(minutes=1)
"""So long after the deadline a summary is public: what was received at the last moment is kept by then."""


@dataclass(frozen=True, slots=True)
class Publication:
    """A summary for the class: the version that counts or was approved, of which class, and from when on it is
    public."""

    row: HandInRow
    title: str
    at: datetime

    @property
    def whose(self) -> str:
        """The session and the group or person, without blanks: one summary of each is posted."""
        owner = f"group{self.row.group_id}" if self.row.group_id is not None else f"person{self.row.person_id}"
        return f"session{self.row.session_id}/{owner}"


def published(tx: Connection, course: CourseRow) -> Iterator[Publication]:
    """The summaries that are public, or will be if nothing changes; those of cancelled classes are left out."""
    policies = courses.in_force(tx, course.id)
    rule = policies[SUMMARY_PUBLISH]
    if rule == "no":
        return
    versions: defaultdict[tuple[int, int | None, int | None], list[HandInRow]] = defaultdict(list)
    for row in hand_ins.of_course(tx, course.id):
        if row.work is Work.SUMMARY:
            alone = row.person_id if row.group_id is None else None
            versions[row.about, row.group_id, alone].append(row)
    sessions = {one.id: one for one in schedule.every(tx, course.id)} if versions else {}
    for (session_id, *_), rows in versions.items():
        session = sessions.get(session_id)
        if session is None:
            continue
        due = due_at(session, Role.SUMMARIZER, policies.deadlines(course.zone))
        counted = counting(rows, due)
        assert counted is not None  # there is one at least
        title, public_at = class_title(course, session), due + SETTLED
        if rule == "approved":
            # Staff decide about the newest, which may be a late one after the one that counts.
            decided = reviews.last(tx, [counted.id, rows[-1].id])
            for row in (counted, rows[-1]):
                if row.id in decided and decided[row.id].verdict is Verdict.APPROVED:
                    yield Publication(row, title, max(decided[row.id].at, public_at))
                    break
        elif on_time(counted.at, due):
            yield Publication(counted, title, public_at)


def is_published(tx: Connection, course: CourseRow, row: HandInRow, now: datetime) -> bool:
    """Whether this version may be read by the whole class."""
    return row.work is Work.SUMMARY and any(one.row.id == row.id and one.at <= now for one in published(tx, course))
