"""What the outbox sends, in Discord's words: one function a notice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.core.hand_in_notices import GroupReceipt, SlidesIn
from bot.core.messages import Part
from bot.core.office_notices import AppointmentSoon, Booked, CalledOff, GivenBack, HoursSoon, Unreached
from bot.core.outbox_notices import BackupFailed, ChannelRefused, Missed, Unsent
from bot.core.pseudonyms import DataDeleted
from bot.core.question_notices import DigestDue, DigestWaiting
from bot.core.recap_notices import ModelInUse, RecapReady
from bot.core.reminder_notices import DailyList, PolicyChanged, StillMissing, WorkDue
from bot.core.reminders import GroupLockReminder, ReminderKind
from bot.core.review_notices import Card, ReviewGiven, SummaryPublished
from bot.core.schedule_notices import Announcement, ScheduleChanged
from bot.core.vote_notices import VoteCalledOff, VoteOpen, VoteRefused, VoteReminder, VoteResult
from bot.fronts.discord import text
from bot.fronts.discord.render import (
    announcements,
    deadlines,
    my_data,
    office_hours,
    questions,
    recap,
    reviews,
    sessions,
    submissions,
    votes,
)
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


_KINDS = {
    ReminderKind.GROUP_LOCK: "the reminder that groups lock",
    ReminderKind.VOTE_OPEN: "the message with the Vote button",
    ReminderKind.VOTE_REMINDER: "the reminder to vote",
    ReminderKind.VOTE_RESULT: "the result of the vote",
    ReminderKind.VOTE_REFUSED: "the notice that a vote did not open",
    ReminderKind.VOTE_CALLED_OFF: "the correction of a vote's result",
    ReminderKind.SCHEDULE_CHANGE: "the notice of changes in the schedule",
    ReminderKind.ANNOUNCEMENT: "the announcement",
    ReminderKind.SLIDES: "the reminder of the slides",
    ReminderKind.SUMMARY: "the reminder of the summary",
    ReminderKind.QUESTIONS: "the reminder of the questions",
    ReminderKind.MILESTONE: "the reminder of the milestone",
    ReminderKind.DUTY_NOTICE: "the notice to those on duty",
    ReminderKind.ESCALATION: "the list of who is missing, for staff",
    ReminderKind.DAILY: "the daily list of what is due",
    ReminderKind.POLICY_CHANGE: "the notice of a changed rule",
    ReminderKind.DIGEST: "the questions to the papers",
    ReminderKind.DIGEST_WAITING: "the notice that the questions are there",
    ReminderKind.OFFICE_NEWS: "the news about office hours",
    ReminderKind.OFFICE_REMINDER: "the reminder of office hours",
    ReminderKind.REVIEW_ASKED: "the hand-in for staff to decide about",
    ReminderKind.REVIEW_GIVEN: "the notice of what staff decided",
    ReminderKind.SUMMARY_PUBLISHED: "the summary for the class",
    ReminderKind.BACKUP_FAILED: "the notice that a backup failed, for staff",
}


def _unsent(one: Unsent) -> str:
    what = _KINDS.get(one.kind, f"the {one.kind.replace('-', ' ')} message")
    if one.title:
        what += f": **{text.escape(text.clip(' '.join(one.title.split()), 100))}**"
    where = {None: "", "dm": ", in direct messages"}.get(one.destination, f", in <#{one.destination}>")
    more = f" ({one.count} messages)" if one.count > 1 else ""
    return f"- {what}{where}; due to go out {text.moment(one.due_at)}{more}"


def _missed(notice: Missed) -> list[Part]:
    total = sum(one.count for one in notice.messages)
    whose = "It is of no use any more, so it will not be sent" if total == 1 else "They are of no use any more"
    lines = [
        f"⚠️ **{text.count(total, 'message')} could not be sent in time.** {whose}"
        + (":" if total == 1 else ", so they will not be sent:"),
        text.fit([_unsent(one) for one in notice.messages], 1100),
    ]
    if notice.reasons:
        lines.append("**Why:** " + text.fit([f"{one}." for one in notice.reasons], 400).replace("\n", " "))
    else:
        lines.append("**Why:** the bot was not running then, or had no connection.")
    lines.append(
        "**What to do:** if it still matters, say it yourself, for example with `/staff announce`. `/staff doctor` "
        "shows whether anything is wrong now."
    )
    return [Part("\n".join(lines))]


def _channel_refused(notice: ChannelRefused) -> list[Part]:
    total = sum(one.count for one in notice.waiting)
    lines = [f"⚠️ **Messages are held up: {text.clip(notice.reason, 300)}.**"]
    if total:
        waits = "This one waits" if total == 1 else f"These {total} wait"
        lines += [f"{waits} for it:", text.fit([_unsent(one) for one in notice.waiting], 1100)]
    lines.append(
        "When that is put right, what waits goes out by itself within ten minutes, and says that it is late. "
        "`/staff doctor` shows what is wrong now."
    )
    return [Part("\n".join(lines))]


def _backup_failed(notice: BackupFailed) -> list[Part]:
    lines = [
        f"⚠️ **The nightly backup failed** {text.moment(notice.since)}: {text.escape(notice.reason)}.",
        "Look at the disk and the backups folder of the bot's machine. It tries again every hour; `/staff doctor` "
        "shows whether it worked.",
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
    GroupReceipt: submissions.group_receipt,
    SlidesIn: submissions.slides_in,
    Missed: _missed,
    ChannelRefused: _channel_refused,
    DataDeleted: my_data.data_deleted,
    BackupFailed: _backup_failed,
    ScheduleChanged: sessions.schedule_changed,
    Announcement: announcements.announcement,
    Booked: office_hours.booked,
    GivenBack: office_hours.given_back,
    CalledOff: office_hours.called_off,
    AppointmentSoon: office_hours.appointment_soon,
    HoursSoon: office_hours.hours_soon,
    Unreached: office_hours.unreached,
    RecapReady: recap.recap_ready,
    ModelInUse: recap.model_in_use,
    Card: reviews.asked,
    ReviewGiven: reviews.given,
    SummaryPublished: reviews.published,
}
