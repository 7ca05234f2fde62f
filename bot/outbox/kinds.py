"""The kinds of messages the outbox sends. A new kind is one more object here; what is sent lies with it alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from sqlalchemy import Connection

from bot.core.reminders import Planned, ReminderKind
from bot.outbox.announcements import Announcements
from bot.outbox.corrections import ScheduleChanges
from bot.outbox.daily import DailyLists
from bot.outbox.deletions import Deletions
from bot.outbox.digest import Digests, DigestsWaiting
from bot.outbox.duties import DUTY_NOTICES, SLIDES, SUMMARIES, Escalations
from bot.outbox.group_lock import GroupLock
from bot.outbox.hand_ins import GroupReceipts, SlidesForStaff
from bot.outbox.milestones import MILESTONES
from bot.outbox.office_hours import OfficeNews, OfficeReminders
from bot.outbox.policy_changes import PolicyChanges
from bot.outbox.publications import Publications
from bot.outbox.questions import QUESTIONS
from bot.outbox.recaps import ModelNotice, RecapDrafts
from bot.outbox.reports import BackupReports, MissedReports, RefusalReports
from bot.outbox.reviews import ReviewsAsked, ReviewsGiven
from bot.outbox.votes import VoteCorrections, VoteOpenings, VoteRefusals, VoteReminders, VoteResults, keep_time
from bot.services.due_work import Desk
from bot.store.courses import CourseRow
from bot.store.outbox import Claim, Composed

Chore = Callable[[Connection, CourseRow, datetime], datetime | None]
"""What the clock changes in the tables (a vote that opens or closes), done before anything is planned. It returns when
there is something to do next, as far as can be seen."""


class Kind(Protocol):
    """One kind of message."""

    @property
    def kind(self) -> ReminderKind: ...

    def plan(self, tx: Connection, course: CourseRow, leads: Sequence[timedelta], now: datetime) -> Sequence[Planned]:
        """What should be sent, as far as can be seen at `now`; leaving something out withdraws it."""
        ...

    def compose(self, tx: Connection, course: CourseRow, claim: Claim, now: datetime) -> Composed | None:
        """What it says to whom at the moment of sending; None when nobody is concerned any more."""
        ...


@runtime_checkable
class DeskKind(Kind, Protocol):
    """A kind that looks at what is due and for whom, as others do: the planner reads that once for all of them."""

    def plan_at(self, desk: Desk, leads: Sequence[timedelta]) -> Sequence[Planned]:
        """As `plan`, from what is read already."""
        ...


KINDS: tuple[Kind, ...] = (
    GroupLock(),
    VoteOpenings(),
    VoteReminders(),
    VoteResults(),
    VoteRefusals(),
    VoteCorrections(),
    Digests(),
    DigestsWaiting(),
    MissedReports(),
    RefusalReports(),
    Deletions(),
    BackupReports(),
    ScheduleChanges(),
    Announcements(),
    SLIDES,
    SUMMARIES,
    QUESTIONS,
    MILESTONES,
    DUTY_NOTICES,
    Escalations(),
    ReviewsAsked(),
    ReviewsGiven(),
    Publications(),
    DailyLists(),
    PolicyChanges(),
    RecapDrafts(),
    ModelNotice(),
    OfficeNews(),
    OfficeReminders(),
    GroupReceipts(),
    SlidesForStaff(),
)
CHORES: tuple[Chore, ...] = (keep_time,)
