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


@dataclass(frozen=True, slots=True)
class Planned:
    """A reminder to be: due at `due_at`, of no use from `expires_at` on."""

    key: str
    kind: ReminderKind
    deadline_at: datetime
    due_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Reminder:
    """A reminder as it stands when it is sent: `recipients` are the platform's ids of those who still owe.

    `late` is how long after its due moment it goes out, zero when on time.
    """

    kind: ReminderKind
    course: str
    deadline_at: datetime
    recipients: tuple[str, ...]
    group_size: int
    late: timedelta


def plan(
    kind: ReminderKind, scope: str, deadline_at: datetime, leads: Sequence[timedelta], now: datetime
) -> list[Planned]:
    """One reminder for each lead time before `deadline_at`, none for a deadline that has passed at `now`.

    Of several already due (the bot was away, or the deadline is new) only the last is planned: three pings at once
    help nobody. The key names kind, scope, deadline and lead, so a moved deadline plans anew and nothing twice.
    """
    if deadline_at <= now:
        return []
    ordered = sorted(set(leads), reverse=True)
    due = [lead for lead in ordered if deadline_at - lead <= now]
    return [
        Planned(
            key=f"{kind}/{scope}/{deadline_at.astimezone(UTC):%Y%m%dT%H%M%SZ}/{int(lead.total_seconds())}s",
            kind=kind,
            deadline_at=deadline_at,
            due_at=deadline_at - lead,
            expires_at=deadline_at,
        )
        for lead in ordered
        if lead not in due[:-1]
    ]


def nonce(key: str, part: int) -> str:
    """The platform's de-duplication token for one part of a reminder: at most 25 characters, always the same."""
    return hashlib.sha256(f"{key}#{part}".encode()).hexdigest()[:24]
