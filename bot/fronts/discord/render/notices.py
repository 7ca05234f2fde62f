"""What the outbox sends, in Discord's words: one function a notice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.core.messages import Part
from bot.core.office_notices import AppointmentSoon, Booked, CalledOff, GivenBack, HoursSoon, Unreached
from bot.core.outbox_notices import ChannelRefused, Missed
from bot.core.question_notices import DigestDue, DigestWaiting
from bot.core.reminder_notices import DailyList, PolicyChanged, StillMissing, WorkDue
from bot.core.reminders import GroupLockReminder
from bot.core.schedule_notices import Announcement, ScheduleChanged
from bot.core.vote_notices import VoteCalledOff, VoteOpen, VoteRefused, VoteReminder, VoteResult
from bot.fronts.discord import text
from bot.fronts.discord.render import announcements, deadlines, office_hours, questions, sessions, votes
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


def _missed(notice: Missed) -> list[Part]:
    lines = [f"- {one.about}, due {text.moment(one.due_at)}" for one in notice.messages]
    head = f"⚠️ **{text.count(len(lines), 'message')} could not be sent while of use**, and will not be sent any more:"
    return [Part(f"{head}\n{text.fit(lines, 1800)}")]


def _channel_refused(notice: ChannelRefused) -> list[Part]:
    wait = f"{text.count(notice.waiting, 'message')} {'waits' if notice.waiting == 1 else 'wait'} for it"
    lines = [
        f"⚠️ **Messages do not get through:** {notice.reason}.",
        f"{wait}; each goes out by itself, late, within ten minutes of the cure. `/staff doctor` shows what is wrong.",
    ]
    return [Part("\n".join(lines))]


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
    VoteCalledOff: votes.vote_called_off,
    DigestDue: questions.digest_due,
    DigestWaiting: questions.digest_waiting,
    Missed: _missed,
    ChannelRefused: _channel_refused,
    ScheduleChanged: sessions.schedule_changed,
    Announcement: announcements.announcement,
    Booked: office_hours.booked,
    GivenBack: office_hours.given_back,
    CalledOff: office_hours.called_off,
    AppointmentSoon: office_hours.appointment_soon,
    HoursSoon: office_hours.hours_soon,
    Unreached: office_hours.unreached,
}
