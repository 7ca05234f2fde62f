"""The panel in Discord's words: its cast, the question on the table, follow-ups and notes."""

from __future__ import annotations

from collections.abc import Sequence

import discord

from bot.fronts.discord.render.schedule import COLOUR
from bot.fronts.discord.text import clip, count, escape, fit
from bot.services.panel_parts import CastMember, Closed, FollowedUp, Notes, Opened, Shown

_TITLE_MAX = 240
_MESSAGE_MAX = 2000
_STATES = {
    "asked": "🎤 On the table",
    "answered": "✅ Answered",
    "skipped": "⏭️ Skipped",
    "waiting": "Waiting",
}


def thread_name(title: str) -> str:
    """What the panel's thread is called."""
    return clip(f"Panel · {title}", 100)


def cast_text(opened: Opened) -> str:
    """The first message: who sits where, and how questions come in. It pings nobody."""
    lines = [
        f"🎙️ **Panel: {_title(opened.title)}**",
        f"**Authors** (they present and summarise): {_people(opened.authors)}",
        f"**Reviewers**: {_people(opened.reviewers)}",
        "**Audience**: the rest of the class",
        "",
        "Questions come in with `/ask`; vote for those you want to hear with `/questions`. The staff put them on the "
        "table one by one: by votes, everybody once before anybody twice, the papers in turn.",
        "Under each question, **Follow up** adds to it for all to see, and **Note** writes something down for those "
        "who write the summary.",
    ]
    return fit(lines, _MESSAGE_MAX)


def opened_text(opened: Opened, thread: int) -> str:
    """To the member of staff who opened it: the thread and the projector's address."""
    lines = [
        f"The panel **{_title(opened.title)}** is in <#{thread}>, with {count(opened.waiting, 'question')} waiting. "
        "Press **Next question** there, or use `/staff panel next`."
    ]
    if opened.address:
        lines.append(
            f"Projector: <{opened.address}>\n-# Whoever has this address sees the page, without logging in. It only "
            "shows what the class may see."
        )
    else:
        lines.append(
            "The projector's page is off. To have one, put `enabled = true` under `[web]` in config.toml and start the "
            "bot again."
        )
    return "\n".join(lines)


def question_embed(shown: Shown) -> discord.Embed:
    """The question as the class sees it."""
    embed = discord.Embed(title=_STATES[shown.state], colour=COLOUR)
    embed.description = escape(shown.text)
    asked_by = f" · asked by {clip(shown.author, 100)}" if shown.author is not None else ""
    embed.set_author(name=clip(shown.paper, _TITLE_MAX))
    embed.set_footer(text=f"{count(shown.votes, 'vote')}{asked_by}")
    return embed


def follow_up_embed(text: str) -> discord.Embed:
    """What somebody added to a question."""
    return discord.Embed(description=escape(text), colour=COLOUR)


def told_text(done: FollowedUp, where: str) -> str:
    """To who asked, in a direct message: nobody else learns from it whose question it is."""
    return (
        f"💬 Someone followed up on your question in the panel **{_title(done.title)}**:\n"
        f"> {clip(escape(done.question.text.replace(chr(10), ' ')), 300)}\n"
        f"{clip(escape(done.text), 1000)}\n"
        f"{where}\n-# Only you see this message."
    )


def closed_text(closed: Closed) -> str:
    """To the member of staff who closed it."""
    asked = closed.counts["asked"] + closed.counts["answered"] + closed.counts["skipped"]
    return (
        f"The panel **{_title(closed.title)}** is over: {count(asked, 'question')} on the table, "
        f"{closed.counts['answered']} marked answered, {closed.counts['skipped']} skipped; "
        f"{closed.counts['waiting']} left. The notes are in `/panel-notes`."
    )


def notes_text(notes: Notes) -> str:
    """As much of the notes as a message holds; the file beside it has all."""
    if not notes.notes:
        return f"Nobody has written anything down yet in **{_title(notes.title)}**."
    lines = [f"**{count(len(notes.notes), 'note')}** from the panel **{_title(notes.title)}**"]
    lines += [
        f"{'💬' if one.kind == 'follow_up' else '📝'} {escape(clip(one.by, 60))}: "
        f"{clip(escape(one.text.replace(chr(10), ' ')), 220)}"
        for one in notes.notes
    ]
    return fit(lines, _MESSAGE_MAX - 100, "… and {n} more in the file")


def notes_markdown(notes: Notes) -> str:
    """All the notes, by the question they are about, in the order they were taken."""
    lines = [f"# Panel · {notes.title}", ""]
    about: int | None = -1
    for one in notes.notes:
        if one.question_id != about:
            about = one.question_id
            lines += ["## On the question" if one.question else "## In general", ""]
            lines += _quoted(one.question) if one.question else []
        what = "Follow-up" if one.kind == "follow_up" else "Note"
        lines += [f"**{what} by {one.by}, {one.at.astimezone(notes.zone):%H:%M}**", "", *one.text.split("\n"), ""]
    return "\n".join(lines)


def _quoted(text: str) -> list[str]:
    return [*(f"> {line}" for line in text.split("\n")), ""]


def _people(members: Sequence[CastMember]) -> str:
    if not members:
        return "nobody yet"
    return clip("; ".join(_group(member) for member in members), 400)


def _group(member: CastMember) -> str:
    names = ", ".join(escape(clip(name, 60)) for name in member.people)
    return f"**{escape(clip(member.group, 60))}** ({names})" if member.group else names


def _title(title: str) -> str:
    return escape(clip(title, _TITLE_MAX))
