"""Deadlines in Discord's words: reminders, lists, changed rules, how one wants to be reminded."""

from __future__ import annotations

from collections.abc import Sequence

import discord

from bot.core.course import Role
from bot.core.deadlines import Moved, Work
from bot.core.messages import Button, Part
from bot.core.preferences import Mode
from bot.core.quiet_hours import say_clock
from bot.core.reminder_notices import DailyList, Item, PolicyChanged, StillMissing, WorkDue
from bot.core.times import parse_span, say_span
from bot.fronts.discord.render.mentions import late_lines, mentioning
from bot.fronts.discord.render.schedule import COLOUR
from bot.fronts.discord.text import clip, count, escape, fit, moment
from bot.services.deadlines import Listed
from bot.services.milestones import MilestoneChange
from bot.services.policies import PolicyChange
from bot.services.preferences import Shown, Snoozed

HOW = {
    Work.SLIDES: "Hand them in with `/submit-slides`.",
    Work.SUMMARY: "Hand it in with `/submit-summary`.",
    Work.MILESTONE: "Hand it in with `/submit-milestone`.",
    Work.QUESTIONS: "Ask with `/ask`, one question for each required paper.",
    Work.DUTY: "See all your duties with `/my-duties`; if you cannot do it, trade it with `/swap-duty`.",
}
"""How each kind of work is done: the one place that says so."""

_LATE = {
    Work.SLIDES: "Everyone needs them before class, so the deadline holds for all.",
    Work.SUMMARY: "Late: no credit, no extensions.",
    Work.MILESTONE: "What comes later is marked late.",
    Work.QUESTIONS: "A question after that is kept, but marked late.",
}
_STILL_TAKEN = {
    Work.SLIDES: "Not handed in, and still taken, marked late: `/submit-slides`",
    Work.SUMMARY: "Not handed in, and still taken, for no credit: `/submit-summary`",
    Work.MILESTONE: "Not handed in, and still taken, marked late: `/submit-milestone`",
}
_COMMANDS = {
    Work.SLIDES: "`/submit-slides`",
    Work.SUMMARY: "`/submit-summary`",
    Work.MILESTONE: "`/submit-milestone`",
    Work.QUESTIONS: "`/ask`",
    Work.GROUPS: "`/join-group`",
    Work.APPOINTMENT: "`/office-hours`",
}
_NAMES = {
    Work.SLIDES: "Slides",
    Work.QUESTIONS: "Questions",
    Work.REVIEW: "Review in class",
    Work.SUMMARY: "Summary",
    Work.VOTE: "Vote",
    Work.MILESTONE: "Milestone",
    Work.GROUPS: "Groups",
    Work.DUTY: "Duty",
    Work.APPOINTMENT: "Appointment",
}
_ROLES = {
    Role.PRESENTER: "you present, and the slides are due",
    Role.SUMMARIZER: "you write the summary, due",
    Role.REVIEWER: "you review in class,",
}
_BODY_MAX = 4000


def work_due(notice: WorkDue) -> list[Part]:
    """A reminder: what, of which class, when, how, and what happens if it is late."""
    # Mentions take most of a message: sixty of them leave some 600 characters.
    title = escape(clip(notice.title, 200 if notice.direct else 80))
    head = f"⏰ **{_NAMES[notice.work]} of {title}** due {moment(notice.due_at)}."
    if notice.work is Work.QUESTIONS:
        head = f"⏰ **Questions for {title}** until {moment(notice.due_at)}."
    elif notice.work is Work.MILESTONE:
        head = f"⏰ **{title}** is due {moment(notice.due_at)}."
    elif notice.role is not None and notice.starts_at is not None:
        head = f"📌 **{title}** on {moment(notice.starts_at)}: {_ROLES[notice.role]} {moment(notice.due_at)}."
    lines = [head]
    if notice.papers:
        lines.append(f"Papers: {fit_inline(notice.papers, 500 if notice.direct else 120)}")
    if notice.groups and not notice.direct:
        lines.append(f"{'For' if notice.work is Work.DUTY else 'Still to come from'}: {fit_inline(notice.groups, 120)}")
    words = " ".join(filter(None, [HOW[notice.work], _LATE.get(notice.work)]))
    if notice.direct:
        buttons = (Button("Snooze 3 h", f"reminders:snooze:{notice.snooze}"),) if notice.snooze else ()
        return [Part("\n".join([*lines, words, *late_lines(notice.late)]), buttons=buttons)]
    why = "-# Your direct messages are closed, so this stands here. `/reminders` changes that."
    return mentioning(
        notice.recipients,
        lambda mentions: [*lines, mentions, words, *([why] if notice.unreached else [])],
        notice.late,
    )


def still_missing(notice: StillMissing) -> list[Part]:
    """To staff: who is missing, shortly before the deadline."""
    lines = [
        f"🔔 **{_NAMES[notice.work]}: {escape(clip(notice.title, 200))}** due {moment(notice.due_at)}.",
        f"Still missing: {fit_inline(notice.missing, 1200)}",
        *late_lines(notice.late),
    ]
    return [Part("\n".join(lines))]


def daily_list(notice: DailyList) -> list[Part]:
    """One day's list; or in the channel, to those who could not be sent theirs."""
    if notice.unreached:
        return mentioning(
            notice.unreached,
            lambda mentions: [
                f"{mentions} your daily list could not be delivered: your direct messages are closed.",
                "See what is due with `/deadlines`; `/reminders` changes how you are reminded.",
            ],
            notice.late,
        )
    lines = fit([item_line(item) for item in notice.items], 1500)
    ways = dict.fromkeys(_COMMANDS[item.work] for item in notice.items if item.work in _COMMANDS)
    more = [" ".join([*ways, "· All that is due: `/deadlines`"]) if ways else "All that is due: `/deadlines`"]
    return [Part("\n".join(["🗒️ **Due in the next 48 hours**", lines, *more, *late_lines(notice.late)]))]


def policy_changed(notice: PolicyChanged) -> list[Part]:
    """To everyone: a rule moved deadlines."""
    lines = [
        f"📐 **The staff changed a rule: {escape(notice.about)}**",
        f"`{notice.key}`: `{clip(notice.before, 60)}` → `{clip(notice.after, 60)}`. "
        + (f"This moves {count(notice.total, 'deadline')}:" if notice.total else ""),
        *_moves(notice.moved, notice.total),
        "Yours are in `/deadlines`.",
        *late_lines(notice.late),
    ]
    return [Part("\n".join(lines))]


def fit_inline(names: Sequence[str], limit: int) -> str:
    """As many of the names as fit, with commas between them."""
    shown: list[str] = []
    for number, name in enumerate(escape(clip(one, 150)) for one in names):
        if sum(map(len, shown)) + 2 * len(shown) + len(name) > limit:
            if not shown:
                shown, number = [clip(name, limit)], number + 1
            left = len(names) - number
            return ", ".join(shown) + (f" and {left} more" if left else "")
        shown.append(name)
    return ", ".join(shown)


def _moves(moved: Sequence[Moved], total: int) -> list[str]:
    lines = [
        f"• {_NAMES[one.work]} of {escape(clip(one.title, 80))}: <t:{int(one.before.timestamp())}:f> → "
        f"<t:{int(one.after.timestamp())}:f>"
        for one in moved
    ]
    return [*lines, f"… and {total - len(moved)} more"] if total > len(moved) else lines


def policy_embed(change: PolicyChange) -> discord.Embed:
    """A policy about to move deadlines, or that has."""
    waits = change.token is not None
    embed = discord.Embed(title="Change this policy?" if waits else "Policy changed", colour=COLOUR)
    does = "This moves" if waits else "This moved"
    embed.description = "\n".join(
        [
            f"**{change.line.key}** `{clip(change.before, 60)}` → `{clip(change.line.value, 60)}`",
            f"-# {escape(change.line.about)}",
            f"{does} {count(change.total, 'deadline')}:",
            *_moves(change.moved, change.total),
            "Everyone is told in the announcement channel.",
        ]
    )
    return embed


def deadlines_embed(listed: Listed, *, everyone: bool) -> discord.Embed:
    """What is due in the next two weeks, in order."""
    embed = discord.Embed(title="Everyone's deadlines" if everyone else "Your deadlines", colour=COLOUR)
    lines = [item_line(item) for item in listed.items]
    text = fit(lines, _BODY_MAX - 1000) if lines else "Nothing is due in the next 14 days."
    missed = [f"✗ **{_title(item)}** {moment(item.due_at)}\n-# {_STILL_TAKEN[item.work]}" for item in listed.missed]
    if missed:
        text = f"{fit(missed, 900)}\n{text}"
    if listed.next_at is not None:
        text += f"\n-# Next after that: {moment(listed.next_at)}"
    embed.description = text
    embed.set_footer(text="The next 14 days · ✓ done · change how you are reminded with /reminders")
    return embed


def item_line(item: Item) -> str:
    """Something that is due, and whether it is done."""
    mark = {True: "✓", False: "▢", None: "·"}[item.done]
    detail = f"\n-# {escape(clip(item.detail, 160))}" if item.detail else ""
    return f"{mark} **{_title(item)}** {moment(item.due_at)}{detail}"


def _title(item: Item) -> str:
    title = escape(clip(item.title, 100))
    return title if item.work in (Work.MILESTONE, Work.GROUPS, Work.APPOINTMENT) else f"{_NAMES[item.work]}: {title}"


def milestone_embed(change: MilestoneChange) -> discord.Embed:
    """A milestone about to be set or removed, or that was."""
    waits = change.token is not None
    if change.after is None:
        title = "Remove this milestone?" if waits else "Milestone removed"
    else:
        title = "Set this milestone?" if waits else "Milestone set"
    embed = discord.Embed(title=title, colour=COLOUR)
    lines = [f"**{escape(change.name)}**"]
    if change.before is not None:
        lines.append(f"{'Was due' if change.after or not waits else 'Due'} {moment(change.before)}")
    if change.after is not None:
        lines.append(f"Due {moment(change.after)}")
    lines += [f"⚠️ {escape(doubt)}" for doubt in change.doubts]
    embed.description = "\n".join(lines)
    return embed


def preferences_embed(shown: Shown) -> discord.Embed:
    """How the person is reminded, and how to change it."""
    chosen = shown.chosen
    where = {
        Mode.CHANNEL: "You are mentioned in the announcement channel (or your group's room).",
        Mode.DIRECT: "You get a direct message. If yours are closed, you are mentioned in the channel.",
        Mode.DAILY: f"One direct message a day at {say_clock(chosen.digest_at or 0)} "
        "lists what is due in the next 48 hours.",
    }[chosen.mode]
    own = chosen.leads is not None
    spans = chosen.leads if chosen.leads is not None else tuple(map(parse_span, _words(shown.course_leads)))
    leads = ", ".join(say_span(one) for one in spans) or "none"
    embed = discord.Embed(title="Your reminders", description=where, colour=COLOUR)
    only = {
        Mode.CHANNEL: "\n-# Only for direct messages",
        Mode.DIRECT: "",
        Mode.DAILY: "\n-# Not used: you get the daily list",
    }[chosen.mode]
    noted = only if own or chosen.mode is Mode.DAILY else ""
    embed.add_field(name="How long before", value=f"{leads} ({'yours' if own else 'the course’s'}){noted}")
    quiet = " to ".join(say_clock(one) for one in chosen.quiet) + only if chosen.quiet else "none"
    embed.add_field(name="Quiet hours", value=quiet)
    zone = f"{chosen.zone.key}" if chosen.zone else f"{shown.zone.key} (the course’s)"
    embed.add_field(name="Your time zone", value=zone)
    embed.add_field(
        name="Change it",
        value="With the options of `/reminders`: `leads` (like 2d,6h), `via`, `quiet` (like 22:00-07:30), `zone`, "
        "`digest` (like 08:00). What quiet hours would keep until too late stands in the channel all the same, and so "
        "do calls to the whole class: votes, and groups that lock.",
        inline=False,
    )
    return embed


def snoozed_text(done: Snoozed) -> str:
    """The reminder that was put off, in place of itself."""
    return f"💤 **{escape(clip(done.title, 200))}**, due {moment(done.due_at)}: put off until {moment(done.until)}."


def _words(leads: str) -> list[str]:
    return [] if leads == "none" else leads.split(",")
