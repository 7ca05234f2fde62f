"""What staff see of the roster: an import's preview, the codes, two people who become one."""

from __future__ import annotations

import io
from collections.abc import Sequence

import discord

from bot.core.roster import Code, Human, codes_csv, describe
from bot.fronts.discord.render.schedule import COLOUR
from bot.fronts.discord.text import clip, escape, fit
from bot.services.linking import Linked, Merging
from bot.services.roster import RosterPlan


def roster_embed(plan: RosterPlan, done: bool) -> discord.Embed:
    """What importing a list would change, or (`done`) has changed."""
    changes, entries = plan.diff, plan.file.entries
    title = "Roster imported" if done else "Nothing to change" if plan.empty else "Import this roster?"
    embed = discord.Embed(title=title, colour=COLOUR)
    names = {entry.key: entry.name for entry in entries}
    lines: list[str] = []
    for what, rows in (
        ("Dropped", [f"{one.entry.name} ({one.entry.key})" for one in changes.dropped]),
        ("Changed", [describe(change) for change in changes.changed]),
        ("Back again", [describe(change) for change in changes.returned]),
        ("Known from the course page", [names.get(key, key) for key in plan.joined.values()]),
        ("Added", [f"{entry.name} ({entry.key})" for entry in changes.added]),
    ):
        if rows:
            lines += [f"**{what}: {len(rows)}**", *(f"• {clip(escape(row), 200)}" for row in rows)]
    summary = ["The file names 1 person." if len(entries) == 1 else f"The file names {len(entries)} people."]
    if changes.unchanged:
        summary.append(f"Unchanged: {changes.unchanged}.")
    if changes.drops_most and not done:
        summary.insert(
            0,
            f"⚠️ **This drops {len(changes.dropped)} people, more than half of the roster.** Is it the right file? "
            "Whoever is dropped gives up group and duties ahead.",
        )
    if plan.closes:
        since = "From now on" if done else "From then on"
        summary.append(f"{since} only who is linked to the roster with `/link` takes part (policy `roster_required`).")
    embed.description = " ".join(summary) + "\n" + fit(lines, 3300)
    warnings = [f"Line {item.line}: {clip(escape(item.text), 220)}" for item in plan.file.warnings]
    if warnings and not done:
        embed.add_field(name=f"{len(warnings)} to check", value=fit(warnings, 1000), inline=False)
    return embed


def codes_text(codes: Sequence[Code]) -> str:
    """What goes with the file of codes."""
    if not codes:
        return "Everyone on the roster is linked: there are no codes to send."
    who = "1 person is" if len(codes) == 1 else f"{len(codes)} people are"
    return (
        f"{who} not linked yet. The file has a code for each, for a mail merge: with it they use `/link` here. "
        "Codes work once; keep the file to yourself."
    )


def codes_file(codes: Sequence[Code]) -> discord.File:
    """The codes as a file."""
    return discord.File(io.BytesIO(codes_csv(codes)), filename="link-codes.csv")


def linked_text(linked: Linked, who: str = "You are") -> str:
    """To whom an account is tied now."""
    name = f"**{escape(linked.name)}**"
    group = f" in **{escape(linked.group)}**" if linked.group else ""
    return f"{who} linked {'already, as' if linked.already else 'as'} {name}{group}."


def unlinked_text(name: str, user_id: str) -> str:
    """Whose entry an account was taken off."""
    return (
        f"<@{user_id}> is not linked to **{escape(name)}** any more. They keep their group and duties; "
        "`/staff student codes` has their new code."
    )


def merging_embed(merging: Merging, done: bool) -> discord.Embed:
    """Two rows that become one, or have."""
    keep, gone = merging.keep, merging.gone
    embed = discord.Embed(title="Merged" if done else "Merge these two?", colour=COLOUR)
    duties = "1 duty" if merging.duties == 1 else f"{merging.duties} duties"
    lines = [f"Stays: {_human(keep)}", f"Goes into it: {_human(gone)}, {duties}"]
    if merging.turned:
        lines.append("The other way round than you gave them: the name on the roster, or else on the page, stays.")
    if gone.origin == "roster" and not done:
        lines.append(f"A list that still names {escape(gone.entry.key)} would add them again.")
    embed.description = "\n".join(lines)
    return embed


def _human(one: Human) -> str:
    parts = [f"**{escape(one.label)}**"]
    if one.user_id:
        parts.append(f"<@{one.user_id}>")
    if one.group:
        parts.append(f"in {escape(one.group)}")
    return ", ".join(parts)
