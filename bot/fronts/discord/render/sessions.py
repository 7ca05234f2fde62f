"""Changes of the schedule: the preview for staff, and the message to those concerned."""

from __future__ import annotations

from collections.abc import Iterable

import discord

from bot.core.course import Role
from bot.core.messages import Part
from bot.core.schedule_notices import News, OnDuty, ScheduleChanged, SessionNews, When
from bot.fronts.discord.render.mentions import late_lines
from bot.fronts.discord.render.schedule import COLOUR
from bot.fronts.discord.text import clip, clock_time, count, escape, fit, moment
from bot.services.session_desk import Due
from bot.services.session_orders import Deed
from bot.services.sessions import Edit

_ASKS = {
    Deed.MOVE: "Move this class?",
    Deed.CANCEL: "Cancel this class?",
    Deed.RESTORE: "Hold this class after all?",
    Deed.ADD: "Add this class?",
}
_DONE = {
    Deed.MOVE: "Class moved",
    Deed.CANCEL: "Class cancelled",
    Deed.RESTORE: "Class restored",
    Deed.ADD: "Class added",
}
CONFIRM = {
    Deed.MOVE: "Move it",
    Deed.CANCEL: "Cancel the class",
    Deed.RESTORE: "Restore it",
    Deed.ADD: "Add it",
}
_DUES = {"slides": "Slides", "questions": "Questions", "summary": "Summary", "vote": "Vote closes"}
_ROLES = {Role.PRESENTER: "Presents", Role.SUMMARIZER: "Summarises", Role.REVIEWER: "Reviews"}
_WORK = {Role.PRESENTER: "slides due", Role.SUMMARIZER: "summary due"}

_TEXT_MAX = 1950
_ALONG = 5
"""Of more sessions than this the message says only what happened to each: times of theirs would fill pages."""
_IN_A_LINE = 20
"""People mentioned in one line, so that a line always fits a message."""


def edit_embed(edit: Edit) -> discord.Embed:
    """What a change would do, or (without a token) has done."""
    embed = discord.Embed(title=_ASKS[edit.deed] if edit.token else _DONE[edit.deed], colour=COLOUR)
    lines = [f"**{escape(clip(edit.title, 200))}**"]
    if edit.before and edit.after:
        lines.append(f"From {_when(edit.before)}\nto {_when(edit.after)}")
    elif edit.after:
        lines.append(_when(edit.after))
    elif edit.before:
        lines.append(f"{_when(edit.before)} does not take place.")
    if edit.reason:
        lines.append(f"Reason: {escape(edit.reason)}")
    lines += [f"⚠️ {escape(text)}" for text in edit.warnings]
    lines += [f"⚠️ {_DUES[name]}: that moment would be past already." for name in edit.late]
    for vote in edit.votes:
        lines.append(
            f"🗳️ The vote “{escape(clip(vote.title, 150))}” is open until {moment(vote.closes_at)} and stays so. "
            "`/staff vote close` or `/staff vote void` ends it."
        )
    embed.description = fit(lines, 3000)
    due = [_due(one) for one in edit.dues]
    if due:
        embed.add_field(name="What is due", value=fit(due, 1000), inline=False)
    people = [f"{_ROLES[role]}: {escape(clip(', '.join(names), 300))}" for role, names in edit.on_duty.items()]
    if people:
        stay = "They keep their duties" if edit.after else "They keep their duties in case it is held after all"
        embed.add_field(name="On duty", value=fit([*people, f"-# {stay}."], 1000), inline=False)
    if edit.questions:
        stay = "stays" if edit.questions == 1 else "stay"
        embed.add_field(name="Questions", value=f"{count(edit.questions, 'question')} {stay} with the class.")
    told = "is posted" if edit.token is None else "would be posted"
    embed.set_footer(text=f"What changed {told} in the announcement channel about two minutes later.")
    return embed


def schedule_changed(notice: ScheduleChanged) -> list[Part]:
    """What changed, each person on duty mentioned beside their class."""
    many = len(notice.sessions) > 1
    lines: list[tuple[str, tuple[str, ...]]] = [("📅 **The schedule has changed**" if many else "", ())]
    brief = len(notice.sessions) > _ALONG
    for one in notice.sessions:
        lines.append((("• " if many else "📅 ") + _happened(one), ()))
        if one.reason:
            lines.append((f"-# {escape(clip(one.reason, 400))}", ()))
        for duty in one.on_duty:
            lines += _mentions(duty, one.after is not None, brief)
        if one.questions and not brief:
            lines.append((f"Questions until {moment(one.questions)}", ()))
    if brief:
        lines.append(("What is due moved along: see `/my-duties`.", ()))
    lines += [(line, ()) for line in late_lines(notice.late)]
    return _packed(line for line in lines if line[0])


def _packed(lines: Iterable[tuple[str, tuple[str, ...]]]) -> list[Part]:
    """As few messages as hold the lines, each pinging those whom its own lines mention: fewer than the 100 that Discord
    allows, because more ids do not fit."""
    parts: list[Part] = []
    text, people = "", dict[str, None]()
    for line, mentioned in lines:
        if text and len(text) + 1 + len(line) > _TEXT_MAX:
            parts.append(Part(text, tuple(people)))
            text, people = "", {}
        text = f"{text}\n{line}" if text else line
        people |= dict.fromkeys(mentioned)
    return [*parts, Part(text, tuple(people))]


def _happened(one: SessionNews) -> str:
    title = f"**{escape(clip(one.title, 200))}**"
    if not one.meets and one.news is not News.MOVED:
        when = one.after or one.before
        assert when is not None
        if one.after is None:
            return f"{title}, {_at(when)}: no longer a day off."
        says_so = one.title.casefold().startswith(("no class", "no lecture"))
        return f"{title} on {_at(when)}." if says_so else f"{title}: **no class** {_at(when)}."
    if one.news is News.CANCELLED and one.before:
        return f"{title} on {_at(one.before)} is **cancelled**."
    assert one.after is not None
    room = _room(one.after)
    if one.news is News.ADDED:
        return f"New class: {title}, {moment(one.after.starts_at)} until {clock_time(one.after.ends_at)}{room}."
    if one.news is News.RESTORED:
        now = f"{moment(one.after.starts_at)} until {clock_time(one.after.ends_at)}{room}"
        return f"{title} takes place after all: {now}."
    assert one.before is not None
    if one.before.starts_at != one.after.starts_at:
        new = f"{moment(one.after.starts_at)} until {clock_time(one.after.ends_at)}{room}"
        return f"{title} moves from {_at(one.before)} to {new}."
    what = []
    if one.before.ends_at != one.after.ends_at:
        what.append(f"ends at {clock_time(one.after.ends_at)}")
    if one.before.room != one.after.room:
        what.append(f"is in {escape(one.after.room)}" if one.after.room else "has no room yet")
    return f"{title} on {moment(one.after.starts_at)} now {' and '.join(what)}."


def _mentions(duty: OnDuty, held: bool, brief: bool) -> list[tuple[str, tuple[str, ...]]]:
    found = []
    for start in range(0, len(duty.people), _IN_A_LINE):
        some = duty.people[start : start + _IN_A_LINE]
        names = " ".join(f"<@{user_id}>" for user_id in some)
        line = f"{_ROLES[duty.role]}: {names}"
        if duty.due and not brief:
            line += f" · {_WORK[duty.role]} {moment(duty.due)}"
        elif not held:
            line += " · nothing is due for it now"
        found.append((line, some))
    return found


def _when(when: When) -> str:
    return f"{moment(when.starts_at)} until {clock_time(when.ends_at)}{_room(when)}"


def _at(when: When) -> str:
    return f"<t:{int(when.starts_at.timestamp())}:F>"


def _room(when: When) -> str:
    return f" in {escape(clip(when.room, 100))}" if when.room else ""


def _due(due: Due) -> str:
    name = _DUES[due.name]
    if due.before == due.after and due.after:
        return f"{name}: {moment(due.after)} (as before)"
    old = f"<t:{int(due.before.timestamp())}:f>" if due.before else ""
    if due.after is None:
        return f"{name}: {old} → no longer"
    return f"{name}: " + (f"{old} → {moment(due.after)}" if due.before else moment(due.after))
