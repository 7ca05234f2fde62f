"""What the outbox sends, in Discord's words: one function a notice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.core.messages import Part
from bot.core.question_notices import DigestDue, DigestWaiting
from bot.core.reminder_notices import DailyList, PolicyChanged, StillMissing, WorkDue
from bot.core.reminders import GroupLockReminder
from bot.core.schedule_notices import Announcement, ScheduleChanged
from bot.core.vote_notices import VoteOpen, VoteRefused, VoteReminder, VoteResult
from bot.fronts.discord import text
from bot.fronts.discord.render import announcements, deadlines, questions, sessions, votes
from bot.fronts.discord.render.mentions import mentioning


def _group_lock(notice: GroupLockReminder) -> list[Part]:
    return mentioning(
        notice.recipients,
        lambda mentions: [
            f"⏰ **Groups lock {text.moment(notice.lock_at)}.**",
            f"Still without a group: {mentions}",
            f"Join one with `/join-group`, see who has a free seat with `/groups`, or start your own with "
            f"`/create-group`. A group has {notice.group_size} seats. After the lock the staff place whoever is left.",
        ],
        notice.late,
    )


RENDERERS: dict[type, Callable[[Any], list[Part]]] = {
    GroupLockReminder: _group_lock,
    WorkDue: deadlines.work_due,
    StillMissing: deadlines.still_missing,
    DailyList: deadlines.daily_list,
    PolicyChanged: deadlines.policy_changed,
    VoteOpen: votes.vote_open,
    VoteReminder: votes.vote_reminder,
    VoteResult: votes.vote_result,
    VoteRefused: votes.vote_refused,
    DigestDue: questions.digest_due,
    DigestWaiting: questions.digest_waiting,
    ScheduleChanged: sessions.schedule_changed,
    Announcement: announcements.announcement,
}
