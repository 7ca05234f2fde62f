"""Hand-ins as staff decide about them, what came of it, what was in them, and summaries for the class."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta

import discord

from bot.core.deadlines import Work
from bot.core.messages import Button, File, Part
from bot.core.questions import on_time
from bot.core.review_notices import Card, Decision, ReviewGiven, SummaryPublished, Verdict
from bot.core.summaries import markdown
from bot.core.times import say_roughly
from bot.fronts.discord.render.mentions import mentioning
from bot.fronts.discord.render.schedule import COLOUR
from bot.fronts.discord.render.staff import who
from bot.fronts.discord.text import clip, count, escape, moment
from bot.services.files import Opened

_TEXT_MAX = 2000
_SHORT, _LONG = 700, 3500
"""Characters of a note, in a message and in an embed that has nothing else."""


def asked(card: Card) -> list[Part]:
    """The message to staff, with the buttons to decide."""
    buttons = (
        Button("Approve", f"review:approve:{card.hand_in_id}"),
        Button("Request changes", f"review:changes:{card.hand_in_id}"),
        Button("Open", f"review:open:{card.hand_in_id}"),
        Button("Feedback", f"hand-ins:feedback:{card.hand_in_id}"),
    )
    return [Part(card_text(card), buttons=buttons)]


def card_text(card: Card) -> str:
    """A hand-in in a few lines, with what staff decided."""
    version = f", version {card.version}" if card.version > 1 else ""
    title = f"{'Summary of ' if card.work is Work.SUMMARY else ''}**{escape(clip(card.title, 200))}**"
    lines = [
        f"📥 {title} from **{escape(card.owner)}**{version}",
        f"{escape(card.by)} handed it in {moment(card.at)}, {_punctual(card)}.",
    ]
    if card.content.link:
        lines.append(f"Link: <{card.content.link}>")
    if card.content.files:
        lines.append("Files: " + ", ".join(escape(one.name) for one in card.content.files))
    if card.content.parts:
        lines.append(f"{count(len(card.content.parts), 'part')}: press *Open* to read.")
    if card.earlier:
        lines.append(f"-# Version {card.earlier.version}: {_said(card.earlier)}")
    lines.append(f"-# Receipt {card.code}")
    decided = f"\n{_said(card.decision)}" if card.decision else ""
    return clip("\n".join(lines), _TEXT_MAX - len(decided)) + decided


def given(notice: ReviewGiven) -> list[Part]:
    """The message to those whose hand-in it is."""
    decision = notice.decision
    title = f"**{escape(clip(notice.title, 200))}**, version {decision.version}"
    what = f"summary of {title}" if notice.work is Work.SUMMARY else title
    lines = [f"📝 The staff have looked at your {what}."]
    if notice.private:
        lines = [f"📝 Your {what}:", *_in_full(notice.work, decision, _SHORT)]
    buttons = (Button("See what they say", f"review:show:{notice.hand_in_id}"),)
    return mentioning(notice.recipients, lambda mentions: [mentions, *lines], timedelta(0), buttons)


def seen_embed(card: Card) -> discord.Embed:
    """What staff decided, for those whose hand-in it is."""
    embed = discord.Embed(title=clip(f"{card.title}, version {card.version}", 256), colour=COLOUR)
    embed.description = (
        "\n".join(_in_full(card.work, card.decision, _LONG)) if card.decision else "Nothing is said yet."
    )
    return embed


def opened(found: Opened) -> tuple[str, list[discord.File]]:
    """All that was handed in with one version: words, and the files that are there."""
    lines = [f"**{escape(clip(found.title, 200))}** from {escape(found.owner)}, version {found.version}"]
    files = []
    if found.link:
        lines.append(f"<{found.link}>")
    if found.parts:
        files.append(discord.File(io.BytesIO(markdown(found.title, found.parts).encode()), "summary.md"))
    for one in found.files:
        if one.data is not None:
            files.append(discord.File(io.BytesIO(one.data), one.name))
        elif one.deleted_at:
            lines.append(f"{escape(one.name)} was deleted as the course's policy says, {moment(one.deleted_at)}.")
            lines.append(f"-# SHA-256 {one.sha256}")
        else:
            lines.append(f"⚠️ {escape(one.name)} is missing or damaged on the bot's disk: the staff should look.")
    return "\n".join(lines), files


def published(notice: SummaryPublished) -> list[Part]:
    """A summary for the class."""
    lines = [f"📖 **Summary of {escape(clip(notice.title, 300))}** by {escape(notice.owner)}"]
    if notice.link:
        lines.append(f"<{notice.link}>")
    buttons: tuple[Button, ...] = ()
    if notice.files:
        lines.append("Files: " + ", ".join(escape(name) for name in notice.files))
        buttons = (Button("Open", f"review:open:{notice.hand_in_id}"),)
    document = (File("summary.md", notice.document.encode()),) if notice.document else ()
    return [Part("\n".join(lines), buttons=buttons, files=document)]


def _punctual(card: Card) -> str:
    if on_time(card.at, card.due_at):
        return "on time"
    return f"**{say_roughly(max(card.at - card.due_at, timedelta(minutes=1)))} late** (due {moment(card.due_at)})"


def _said(decision: Decision) -> str:
    """In one line."""
    if decision.verdict is Verdict.APPROVED:
        return f"✅ Approved by {who(decision.by)}"
    return f"✏️ Changes requested by {who(decision.by)}: {clip(escape(' '.join(decision.note.split())), _SHORT)}"


def _in_full(work: Work, decision: Decision, room: int) -> Iterator[str]:
    if decision.verdict is Verdict.APPROVED:
        yield f"✅ Approved by {who(decision.by)}."
        return
    yield f"✏️ {who(decision.by)} requests changes:"
    quoted = (f"> {escape(line)}" for line in decision.note.splitlines() if line.strip())
    yield clip("\n".join(quoted), room)
    yield f"Hand in the next version with `/submit-{work}`; it is looked at anew."
