"""What is reminded of, when, and under which name: pure, so that planning twice plans the same."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum


class ReminderKind(StrEnum):
    """What a reminder is about."""

    GROUP_LOCK = "group-lock"
    VOTE_OPEN = "vote-open"
    VOTE_REMINDER = "vote-reminder"
    VOTE_RESULT = "vote-result"
    VOTE_REFUSED = "vote-refused"
    VOTE_CALLED_OFF = "vote-called-off"
    SCHEDULE_CHANGE = "schedule-change"
    ANNOUNCEMENT = "announcement"
    SLIDES = "slides"
    SUMMARY = "summary"
    QUESTIONS = "questions"
    MILESTONE = "milestone"
    DUTY_NOTICE = "duty-notice"
    ESCALATION = "escalation"
    REVIEW_ASKED = "review-asked"
    REVIEW_GIVEN = "review-given"
    SUMMARY_PUBLISHED = "summary-published"
    DAILY = "daily"
    POLICY_CHANGE = "policy-change"
    DIGEST = "digest"
    DIGEST_WAITING = "digest-waiting"
    OFFICE_NEWS = "office-hours-news"
    OFFICE_REMINDER = "office-hours-reminder"
    BACKUP_FAILED = "backup-failed"
    RECEIPT = "receipt"
    SLIDES_IN = "slides-in"
    RECAP = "recap"
    RECAP_MODEL = "recap-model"
    MISSED = "missed"
    CHANNEL_REFUSED = "channel-refused"
    DATA_DELETED = "data-deleted"


@dataclass(frozen=True, slots=True)
class Planned:
    """A reminder to be: due at `due_at`, of no use from `expires_at` on.

    One that is `overdue` is owed only if it was planned in time (the bot was away at its moment); if it was not, the
    deadline is younger than that moment and nobody missed anything. `subject` says what it is about, in the kind's own
    terms ("session 5").
    """

    key: str
    kind: ReminderKind
    deadline_at: datetime
    due_at: datetime
    expires_at: datetime
    overdue: bool = False
    subject: str = ""


@dataclass(frozen=True, slots=True)
class GroupLockReminder:
    """To those without a group, by the platform's ids. `late` is how long after its moment it goes out, else zero."""

    lock_at: datetime
    recipients: tuple[str, ...]
    group_size: int
    late: timedelta


def plan(
    kind: ReminderKind,
    scope: str,
    deadline_at: datetime,
    leads: Sequence[timedelta],
    now: datetime,
    subject: str = "",
) -> list[Planned]:
    """One reminder for each lead time before `deadline_at`, none for a deadline that has passed at `now`.

    Of several already due only the last is planned: three pings at once help nobody. If none lies ahead, that last one
    is due now, whether or not it was planned in time. The key names kind, scope, deadline and lead, so a moved deadline
    plans anew and nothing twice.
    """
    if deadline_at <= now:
        return []
    ordered = sorted(set(leads), reverse=True)
    ahead = [lead for lead in ordered if deadline_at - lead > now]
    last_due = ordered[len(ordered) - len(ahead) - 1 : len(ordered) - len(ahead)]

    def planned(lead: timedelta, due_at: datetime, overdue: bool) -> Planned:
        key = f"{kind}/{scope}/{deadline_at.astimezone(UTC):%Y%m%dT%H%M%SZ}/{int(lead.total_seconds())}s"
        return Planned(key, kind, deadline_at, due_at, deadline_at, overdue, subject)

    return [
        *(planned(lead, deadline_at - lead if ahead else now, bool(ahead)) for lead in last_due),
        *(planned(lead, deadline_at - lead, False) for lead in ahead),
    ]


def nonce(key: str, part: int) -> str:
    """The platform's de-duplication token for one part of a reminder: at most 25 characters, always the same."""
    return hashlib.sha256(f"{key}#{part}".encode()).hexdigest()[:24]
