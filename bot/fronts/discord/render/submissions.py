"""What was handed in, receipts, and summaries in the making."""

from __future__ import annotations

import io
from datetime import datetime

import discord

from bot.core import summaries
from bot.core.deadlines import Work
from bot.core.hand_in_notices import GroupReceipt, SlidesIn
from bot.core.messages import Button, Part
from bot.core.receipts import Receipt
from bot.fronts.discord.render.mentions import late_lines, mentioning
from bot.fronts.discord.render.schedule import COLOUR
from bot.fronts.discord.text import clip, escape, moment
from bot.services.hand_in_desk import Late, Received
from bot.services.hand_ins import NAMES, Proof
from bot.services.summary_drafts import Clash, Form, Writing

NO_CREDIT = "late: it is kept, but gives **NO CREDIT**"

_SHOWN = 400
_SHOWN_ALL = 2400
"""Characters of each part, and of all, that a preview shows; the file has everything. An embed takes 6,000 in all."""


# -- receipts --------------------------------------------------------------------------------------------------


def received_embed(done: Received) -> discord.Embed:
    """To the one who handed it in."""
    receipt = done.receipt
    embed = discord.Embed(title=f"{NAMES[receipt.kind]} handed in", colour=COLOUR)
    whose = f" for **{escape(done.group)}**" if done.group else ""
    lines = [
        f"**{escape(clip(receipt.title, 200))}**{whose}, version {receipt.version}.",
        f"Received {moment(receipt.at)}: {standing(receipt, done.stays)}.",
        *_consolation(done.stays, done.excused and not receipt.on_time),
    ]
    if done.content.link:
        lines.append(f"Link: <{done.content.link}>")
    if done.content.files:
        lines.append("Files: " + ", ".join(escape(one.name) for one in done.content.files))
    if done.hint:
        lines.append(f"🔎 {escape(done.hint)}")
    if done.again:
        lines.append("-# This is what was handed in before; nothing has changed.")
    embed.description = "\n".join(lines)
    _receipt_fields(embed, receipt)
    told = "Your group gets this receipt too. " if done.group else ""
    next_ = "Hand in again to correct it: the latest version before the deadline counts."
    if not receipt.on_time:
        reason = "If there was a good reason for being late, tell the staff: only they can excuse you."
        next_ = f"Hand in again to correct it. {reason if done.stays is None else ''}"
    embed.set_footer(text=(told + next_).strip())
    return embed


def standing(receipt: Receipt, stays: int | None = None) -> str:
    """ "on time (due …)", or what being late means; `stays` is the version that came in time and goes on counting."""
    due = f"(due {moment(receipt.due_at)})"
    if receipt.on_time:
        return f"on time {due}"
    if stays is not None:
        return f"**late** {due}; it is kept, but version {stays}, which came in time, goes on counting"
    return f"{NO_CREDIT} {due}" if receipt.kind is Work.SUMMARY else f"**late** {due}; it is kept, and shown as late"


def _consolation(stays: int | None, excused: bool) -> list[str]:
    if not excused or stays is not None:
        return []
    return ["You are excused from it, so being late does not count against you."]


def proof_embed(proof: Proof) -> discord.Embed:
    """What a code stands for; to others than the group and staff only that it is genuine."""
    receipt = proof.receipt
    embed = discord.Embed(title=f"Receipt {receipt.code}", colour=COLOUR)
    verdict = "✅ **Valid**: signed by this course, and what is kept is what was signed."
    if not proof.valid:
        verdict = "❌ **Not valid**: what is kept is not what this receipt was made for. Tell the staff."
    if not proof.full:
        embed.description = f"{verdict}\nHanded in {moment(receipt.at)}.\n-# Its group and the staff see more."
        return embed
    lines = [
        verdict,
        f"**{NAMES[receipt.kind]}: {escape(clip(receipt.title, 200))}**, version {receipt.version}, "
        f"{f'for **{escape(proof.owner)}** ' if proof.owner != proof.by else ''}by {escape(proof.by)}.",
        f"Received {moment(receipt.at)}: {standing(receipt)}.",
    ]
    if proof.due_now is None:
        lines.append("It is no longer due: the class is cancelled, or the milestone was removed.")
    elif proof.due_now != receipt.due_at:
        lines.append(f"It is due {moment(proof.due_now)} now, so it is {'on time' if proof.on_time else 'late'}.")
    if not proof.counts:
        lines.append("Another version counts: the latest before the deadline.")
    if proof.content and proof.content.link:
        lines.append(f"Link: <{proof.content.link}>")
    if proof.content and proof.content.files:
        lines.append("Files: " + ", ".join(escape(one.name) for one in proof.content.files))
    embed.description = "\n".join(lines)
    _receipt_fields(embed, receipt)
    embed.set_footer(text="Keep the receipt's file: with it the staff can verify this without the bot.")
    return embed


def proof_files(proof: Proof) -> list[discord.File]:
    """The signed receipt, and what was written."""
    if not proof.full:
        return []
    files = [discord.File(io.BytesIO(proof.as_file()), f"receipt-{proof.receipt.code}.json")]
    if proof.content and proof.content.parts:
        files.append(_markdown(proof.receipt.title, proof.content.parts))
    return files


def _receipt_fields(embed: discord.Embed, receipt: Receipt) -> None:
    embed.add_field(name="Receipt", value=f"`{receipt.code}` · check it with `/receipt`", inline=False)
    embed.add_field(name="SHA-256", value=f"`{receipt.digest}`", inline=False)


def group_receipt(notice: GroupReceipt) -> list[Part]:
    """To the group: everything in its own room, elsewhere only that it is done."""
    receipt = notice.receipt
    room = 50 if notice.recipients else 120  # mentions take most of a message
    title, group, by = (escape(clip(one, room)) for one in (receipt.title, notice.group, notice.by))
    what = f"{NAMES[receipt.kind]}: {title}"
    if notice.recipients:
        return mentioning(
            notice.recipients,
            lambda mentions: [
                f"🧾 {mentions} **{what}**: {by} has handed in version {receipt.version} for {group}.",
                f"Your receipt: `{receipt.code}`. `/receipt` shows what it stands for.",
            ],
            notice.late,
        )
    lines = [
        f"🧾 **{what}**: {by} has handed in version {receipt.version} for {group}.",
        f"Received {moment(receipt.at)}: {standing(receipt, notice.stays)}.",
        f"Receipt `{receipt.code}` · SHA-256 `{receipt.digest}` · `/receipt` shows what it stands for.",
        *late_lines(notice.late),
    ]
    return [Part("\n".join(lines))]


def slides_in(notice: SlidesIn) -> list[Part]:
    """To staff: slides to look at."""
    receipt = notice.receipt
    owner, by = escape(clip(notice.owner, 80)), escape(clip(notice.by, 80))
    who = f"{owner} (by {by})" if notice.owner != notice.by else by
    lines = [
        f"📥 **Slides of {escape(clip(receipt.title, 150))}** from {who}, version {receipt.version}.",
        f"Received {moment(receipt.at)}, {'on time' if receipt.on_time else '**late**'}: due {moment(receipt.due_at)}.",
        f"<{notice.link}>",
        *([f"🔎 {escape(notice.hint)}"] if notice.hint else []),
        *late_lines(notice.late),
    ]
    return [Part("\n".join(lines), buttons=(Button("Feedback", f"hand-ins:feedback:{notice.hand_in_id}"),))]


# -- summaries -------------------------------------------------------------------------------------------------


def form_title(form: Form) -> str:
    """The head of a form: 45 characters at most."""
    late = "LATE · " if form.late else ""
    part = f" ({form.page + 1} of {form.pages})" if form.pages > 1 else ""
    return f"{late}Summary{part}" if late or part else clip(f"Summary: {form.title}", 45)


def writing_embed(writing: Writing) -> discord.Embed:
    """A summary in the making: what is there, what is missing, and what handing it in now would mean."""
    embed = discord.Embed(title=clip(f"Summary of {writing.title}", 250), colour=COLOUR)
    embed.description = "\n".join([*_clash_lines(writing.clashes), *_state_lines(writing)])
    shown = min(_SHOWN, _SHOWN_ALL // max(len(writing.written), 1))
    for heading, text in writing.written:
        writer = writing.writers.get(heading)
        name = f"{clip(heading, 60)} · {_characters(text)}" + (f" · last by {clip(writer, 30)}" if writer else "")
        embed.add_field(name=name, value=clip(escape(text[:shown]), shown), inline=False)
    shared = f"Draft shared by {writing.group}" if writing.group else "Draft"
    embed.set_footer(text=clip(f"{shared} · kept until you hand it in, and after", 200))
    return embed


def _characters(text: str) -> str:
    return "1 character" if len(text) == 1 else f"{len(text):,} characters"


def _state_lines(writing: Writing) -> list[str]:
    lines = []
    if writing.missing:
        empty = ", ".join(f"**{one}**" for one in writing.missing)
        lines.append(f"Still empty: {empty}.")
    else:
        lines.append("Every heading has its text.")
    if writing.late:
        stays = writing.before.version if writing.before and writing.before.on_time else None
        lines += [_late_line(writing.due_at, stays), *_consolation(stays, writing.excused)]
    else:
        lines.append(f"Due {moment(writing.due_at)}. Late: no credit, no extensions.")
    before = writing.before
    if before is not None:
        on_time = "on time" if before.on_time else "late"
        lines.append(f"Handed in so far: version {before.version} (`{before.code}`), {on_time}.")
    if writing.handed_in:
        lines.append("That is the text below.")
    elif writing.written:
        lines.append("What is below is not handed in yet: press the button when it is done.")
    return lines


def _clash_lines(clashes: tuple[Clash, ...]) -> list[str]:
    if not clashes:
        return []
    lines = [
        f"✋ **{one.heading}**: {escape(clip(one.writer, 40))} changed this while you wrote. Their text stays, "
        "yours is in the file."
        for one in clashes
    ]
    return [*lines, "Open the form again to bring the two together."]


def writing_files(writing: Writing) -> list[discord.File]:
    """All of what is written; and both texts where two wrote at the same time."""
    files = [_markdown(writing.title, writing.written)] if writing.written else []
    if writing.clashes:
        blocks = [
            f"# {one.heading}\n\n## What {one.writer} wrote (kept)\n\n{one.theirs}\n\n## What you wrote\n\n{one.mine}\n"
            for one in writing.clashes
        ]
        files.insert(0, discord.File(io.BytesIO("\n".join(blocks).encode()), "both-texts.md"))
    return files


def late_embed(late: Late) -> discord.Embed:
    """Before a link or a file is handed in after the deadline."""
    what = f"<{late.content.link}>" if late.content.link else ", ".join(escape(one.name) for one in late.content.files)
    lines = [
        f"**{escape(clip(late.title, 200))}**: {what}",
        _late_line(late.due_at, late.stays),
        *_consolation(late.stays, late.excused),
        *([f"🔎 {escape(late.hint)}"] if late.hint else []),
    ]
    return discord.Embed(title="Hand in this summary late?", description="\n".join(lines), colour=COLOUR)


def _late_line(due_at: datetime, stays: int | None) -> str:
    line = f"⚠️ It was due {moment(due_at)}. Handed in now it is {NO_CREDIT}."
    return line if stays is None else f"{line} Version {stays}, which came in time, goes on counting."


def _markdown(title: str, written: tuple[tuple[str, str], ...]) -> discord.File:
    return discord.File(io.BytesIO(summaries.markdown(title, written).encode()), "summary.md")
