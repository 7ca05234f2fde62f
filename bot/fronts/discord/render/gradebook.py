"""What staff see of marks and of the gradebook."""

from __future__ import annotations

import io

import discord

from bot.fronts.discord.render.schedule import COLOUR
from bot.fronts.discord.text import clip, count, escape, fit
from bot.services.gradebook import CanvasFile, Written
from bot.services.marks import Marked, Marking


def marking_embed(marking: Marking, done: bool) -> discord.Embed:
    """Whom a mark goes to, or has gone to."""
    taken = marking.points is None
    if done:
        title = "Taken back" if taken else "Marked"
    else:
        title = "Take these marks back?" if taken else "Give these marks?"
    embed = discord.Embed(title=title, colour=COLOUR)
    what = f"**{marking.component.capitalize()}**"
    if marking.of_class:
        what += f", {escape(clip(marking.of_class, 150))}"
    if not taken:
        what += f": **{marking.points:g}** of 100"
    lines = [what, *(_line(one, marking) for one in marking.people)]
    if marking.without_credit:
        names = escape(clip(", ".join(marking.without_credit), 300))
        lines.append(f"⚠️ NO CREDIT stays for {names}: not on time. `/staff student excuse` is the only way round.")
    if marking.note:
        lines.append(f"Note: {escape(marking.note)}")
    embed.description = fit(lines, 4000)
    return embed


def _line(one: Marked, marking: Marking) -> str:
    if one.before is None:
        return f"• {escape(one.name)}" + (": has none" if marking.points is None else "")
    return f"• {escape(one.name)} (was {one.before:g})"


def written_text(written: Written) -> str:
    """What goes with the gradebook as a file of our own."""
    return (
        f"The gradebook of {count(written.students, 'student')} as it stands, each component out of 100. EX is "
        "excused, 0 is no credit; what is not due or not marked yet is empty. For Canvas, give this command its export "
        "as `file`."
    )


def filled_embed(canvas: CanvasFile) -> discord.Embed:
    """What was done to an export of Canvas."""
    filled = canvas.filled
    embed = discord.Embed(title="The gradebook is filled", colour=COLOUR)
    lines = [
        f"{count(len(filled.found), 'student')}; {count(filled.written, 'cell')} changed, {filled.replaced} of them "
        "said something else before.",
    ]
    if filled.kept:
        lines.append(f"{count(filled.kept, 'cell')} left alone: nothing is due there, or not marked yet.")
    lines.append("Everything else is as in your file, to the byte. Import it in Canvas under Grades.")
    embed.description = "\n".join(lines)
    columns = [
        f"• {column.component}: {escape(clip(column.heading, 100))}"
        + (" (no Points Possible in the file: out of 100)" if column.points is None else "")
        for column in filled.columns
    ]
    columns += [f"• {component}: no column of it" for component in filled.absent]
    embed.add_field(name="Columns", value=fit(columns, 1000), inline=False)
    if filled.strangers:
        embed.add_field(
            name=f"Not in the course, left as they were: {len(filled.strangers)}",
            value=fit([escape(line) for line in filled.strangers], 1000),
            inline=False,
        )
    if canvas.absent:
        embed.add_field(
            name=f"In the course, not in the file: {len(canvas.absent)}",
            value=fit([escape(name) for name in canvas.absent], 1000),
            inline=False,
        )
    return embed


def file_of(name: str, data: bytes) -> discord.File:
    """Bytes as a file to download."""
    return discord.File(io.BytesIO(data), filename=name)
