"""Questions in Discord's words: the form, the receipt, the board, one's own, the digest."""

from __future__ import annotations

import io
from datetime import datetime

import discord

from bot.core.messages import File, Part
from bot.core.question_notices import Digest, DigestDue, DigestWaiting, PaperDigest
from bot.core.times import say_roughly
from bot.exporters.questions import write_csv, write_markdown, write_table
from bot.fronts.discord.render.mentions import mentioning
from bot.fronts.discord.render.schedule import COLOUR
from bot.fronts.discord.text import clip, count, escape, fit, moment
from bot.services.question_asking import Form, Mine, MyClass, Receipt, Withdrawn
from bot.services.question_boards import PAGE, Board, Entry, Grouped, Owed
from bot.services.slots import day

_TITLE_MAX = 240
_TEXT_MAX = 2000
_EMBED_MAX = 4000
_LATE = 300
"""Seconds: a digest so much later than its moment says so."""


def line(text: str, limit: int) -> str:
    """What a person wrote as one harmless line, clipped; what has to be escaped makes it a quarter longer at most."""
    escaped = escape(clip(" ".join(text.split()), limit))
    return escaped if len(escaped) <= limit * 5 // 4 else clip(escaped, limit * 5 // 4 - 1).rstrip("\\…") + "…"


def form_title(form: Form) -> str:
    """The heading of the form; Discord takes 45 characters."""
    return clip(f"Your question · {form.class_title}", 45)


def form_hint(form: Form) -> str:
    """Below the paper's title in the form, where a time cannot be shown in the reader's own zone."""
    local = form.cut_off.astimezone(form.zone)
    when = f"{day(local.date())}, {local:%H:%M} (course time)"
    if form.late:
        return f"The cut-off was {when}: your question is kept and marked late."
    return f"On time until {when}. You can change it until then."


def receipt_embed(receipt: Receipt, title: str = "Your question is in") -> discord.Embed:
    """Which paper, when it was received, on time or late, and what is still owed; then what is alike."""
    one = receipt.question
    lines = [f"**{line(one.paper, 200)}**", f"-# {line(one.class_title, 200)}", f"> {line(one.text, 800)}"]
    lines.append(f"Received {moment(one.asked_at)}: {_timing(one)}")
    if one.under:
        lines.append("It stands with another one that asks the same; you keep the credit.")
    if one.state != "waiting":
        lines.append(f"In class: {one.state}.")
    if not receipt.owes_any:
        lines.append("You owe no question for this class; this one is welcome.")
    elif receipt.owed:
        lines.append("**Still owed for this class:** " + fit_titles(receipt.owed))
    else:
        lines.append("You owe no other question for this class.")
    if receipt.similar:
        lines += ["", "**Much the same was asked already.** Does one of these ask what you ask?"]
        for number, other in enumerate(receipt.similar, 1):
            who = f" · {line(other.author, 60)}" if other.author else ""
            lines.append(f"**{number}.** {line(other.text, 350)}{who}")
    embed = discord.Embed(title=title, description=clip("\n".join(lines), _EMBED_MAX), colour=COLOUR)
    if one.editable:
        embed.set_footer(text="You can change or withdraw it until the cut-off.")
    return embed


def fit_titles(titles: tuple[str, ...], limit: int = 500) -> str:
    """Titles of papers with semicolons between them."""
    return clip("; ".join(line(title, 120) for title in titles), limit)


def _due(cut_off: datetime, passed: bool) -> str:
    return f"was due {moment(cut_off)}" if passed else f"on time until {moment(cut_off)}"


def _timing(one: Mine) -> str:
    if one.on_time:
        return "**on time**."
    return f"**LATE**; the cut-off was {moment(one.cut_off)}. It is kept and marked."


def withdrawn_embed(done: Withdrawn) -> discord.Embed:
    """What was taken back, and what is owed without it."""
    said = f"> {line(done.text, 1000)}"
    if done.owed:
        said += f"\n**Still owed for this class:** {fit_titles(done.owed)}. Ask with `/ask`."
    return discord.Embed(title="Your question is withdrawn", description=said, colour=COLOUR)


def board_embed(board: Board, done: str = "") -> discord.Embed:
    """One page of the questions to one paper; `done` is what has just happened."""
    lines = [f"**{line(board.tab.title, 200)}**" + (" · required" if board.tab.required else " · optional")]
    for number, entry in enumerate(board.entries, board.page * PAGE + 1):
        lines += [_entry(number, entry), f"> {line(entry.text, 500)}"]
    if not board.entries:
        lines.append("Nobody has asked about this paper yet. Be the first with `/ask`.")
    if board.passed:
        lines.append(f"-# Questions were due {moment(board.cut_off)}. What comes later is marked late.")
    else:
        lines.append(f"-# On time until {moment(board.cut_off)}.")
    lines += [done] if done else []
    embed = discord.Embed(
        title=clip(f"Questions · {escape(board.class_title)}", _TITLE_MAX),
        description=clip("\n".join(lines), _EMBED_MAX),
        colour=COLOUR,
    )
    order = "most votes first" if board.order == "votes" else "in the order asked"
    asked = count(board.tab.questions, "question")
    embed.set_footer(text=f"{asked}, {order} · page {board.page + 1} of {board.pages}")
    return embed


def _entry(number: int, entry: Entry) -> str:
    parts = [f"**{number}.** ▲ {entry.votes}"]
    if entry.alike:
        parts.append(f"{entry.alike} more ask the same" if entry.alike > 1 else "1 more asks the same")
    if entry.authors:
        parts.append(clip(", ".join(line(name, 60) for name in entry.authors), 200))
    parts += ["late"] if entry.late else []
    parts += [entry.state] if entry.state != "waiting" else []
    parts += ["yours"] if entry.mine else []
    return " · ".join(parts)


def mine_embed(classes: list[MyClass]) -> discord.Embed:
    """One's questions by class, and what is owed for the next ones."""
    lines: list[str] = []
    for one in classes:
        due = _due(one.cut_off, one.passed) if one.held else "does not take place; your questions stay"
        lines.append(f"**{line(one.class_title, 150)}** · {due}")
        for mine in one.questions:
            lines.append(f"• {line(mine.text, 160)}\n  -# {_facts(mine)}")
            lines += [f"  ↳ {line(who, 40)}: {line(words, 120)}" for who, words in mine.follow_ups]
        if one.owed:
            lines.append(f"☐ Still owed: {fit_titles(one.owed)}")
        elif not one.owes_any:
            lines.append("-# You owe none here.")
    text = fit(lines, _EMBED_MAX) if lines else "You have asked nothing yet, and owe nothing for the next classes."
    embed = discord.Embed(title="My questions", description=text, colour=COLOUR)
    embed.set_footer(text="Ask with /ask; the board of a class is /questions")
    return embed


def _facts(mine: Mine) -> str:
    facts = [line(mine.paper, 80), "on time" if mine.on_time else "LATE", count(mine.votes, "vote")]
    facts += [f"{mine.alike} more ask the same"] if mine.alike else []
    facts += [mine.state] if mine.state != "waiting" else []
    return " · ".join(facts)


def owed_text(owed: Owed) -> str:
    """Who still owes a question; all of them are in the file."""
    head = f"**{line(owed.class_title, 200)}** · {_due(owed.cut_off, owed.passed)}"
    if not owed.papers:
        return f"{head}\nNo paper of this class is required, so nobody owes a question."
    if not owed.people:
        return f"{head}\nNobody owes a question any more."
    lines = [head, f"**{len(owed.people)} of {owed.of}** still owe one:"]
    lines += [f"• {line(name, 60)}: {fit_titles(papers, 200)}" for name, papers in owed.people]
    return fit(lines, 1900)


def owed_file(owed: Owed) -> discord.File:
    rows = [(owed.class_title, name, paper) for name, papers in owed.people for paper in papers]
    return discord.File(io.BytesIO(write_table(("Class", "Student", "Paper"), rows)), "owing.csv")


def grouped_text(done: Grouped) -> str:
    """What staff put together or took apart."""
    one = line(done.text, 300)
    if done.under is None:
        return f"> {one}\nThis question stands by itself now. Its votes stay with it."
    return f"> {one}\nThis question now stands with\n> {line(done.under, 300)}\nEvery author keeps the credit."


def digest_text(digest: Digest) -> str:
    """A few lines a paper: how many questions, and those with most votes."""
    lines = [f"❓ **Questions: {line(digest.title, 200)}**"]
    if not digest.total:
        lines.append("Nobody has asked anything.")
    room = 1500 // max(1, len(digest.papers))
    for paper in digest.papers:
        lines += _paper(paper, room)
    if digest.total:
        lines.append("-# All of them are in the file." + ("" if digest.named else " Nobody is named in it."))
    return fit(lines, 1950)


def _paper(paper: PaperDigest, room: int) -> list[str]:
    without = f", {len(paper.umbrellas)} without repeats" if len(paper.umbrellas) < paper.total else ""
    lines = [f"**{line(paper.title, 100)}**: {count(paper.total, 'question')}{without}"]
    for umbrella in paper.umbrellas[:3]:
        same = f" · asked {len(umbrella.questions)} times" if len(umbrella.questions) > 1 else ""
        lines.append(f"• ▲ {umbrella.votes}{same} · {line(umbrella.questions[0].text, 160)}")
    return fit(lines, max(room, 260)).splitlines()


def digest_files(digest: Digest) -> list[discord.File]:
    """Everything, to read and for spreadsheets: for staff."""
    return [
        discord.File(io.BytesIO(write_markdown(digest)), "questions.md"),
        discord.File(io.BytesIO(write_csv(digest)), "questions.csv"),
    ]


def digest_due(notice: DigestDue) -> list[Part]:
    """At the cut-off."""
    text = digest_text(notice.digest)
    if notice.late.total_seconds() >= _LATE:
        text = f"{clip(text, _TEXT_MAX - 80)}\n-# Sent {say_roughly(notice.late)} late: the bot was away."
    files = (File("questions.md", write_markdown(notice.digest)),) if notice.digest.total else ()
    return [Part(text, files=files)]


def digest_waiting(notice: DigestWaiting) -> list[Part]:
    """To those who take no direct messages: in public, so it quotes nothing."""
    return mentioning(
        notice.recipients,
        lambda mentions: [
            f"❓ **The questions for {line(notice.title, 200)} are in.** {mentions}",
            "I could not send them to you directly: your direct messages are closed. `/questions` shows the board.",
        ],
        notice.late,
    )
