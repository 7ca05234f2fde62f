"""What is held on a person, and what became of it, in Discord's words."""

from __future__ import annotations

from collections.abc import Sequence

import discord

from bot.core.messages import Part
from bot.core.pseudonyms import DataDeleted
from bot.fronts.discord.text import escape, fit
from bot.services.my_data import Deletion

_LISTED = 900


def deletion_embed(deletion: Deletion) -> discord.Embed:
    """What would be deleted, or was."""
    if deletion.done:
        return _done(deletion)
    lines = ["This cannot be undone, by you or by the staff."]
    if deletion.leaves:
        seat = f", and your seat in **{escape(deletion.group)}** is free" if deletion.group else ""
        lines.append(
            f"**You leave the course by it**{seat}. If you only want to see what I hold, use `/my-data export`."
        )
    lines.append(
        "Your name, login, e-mail address and account are taken out of everything I have. Not in my hands are messages "
        "that were posted in Discord, and backups and exports that staff have made."
    )
    embed = discord.Embed(title="Delete your data?", description="\n\n".join(lines), colour=discord.Colour.red())
    if deletion.gone:
        embed.add_field(name="Deleted", value=_list(deletion.gone), inline=False)
    if deletion.kept:
        embed.add_field(name=f"Kept for the course, as “{deletion.alias}”", value=_list(deletion.kept), inline=False)
    return embed


def _done(deletion: Deletion) -> discord.Embed:
    lines = ["Your data is deleted."]
    if deletion.kept:
        lines.append(f"What the course keeps is under “{deletion.alias}” now, and no longer names you.")
    if deletion.leaves:
        lines.append("You are no longer in the course.")
    lines.append("The staff are told that somebody did this. If you use me again, I meet you as somebody new.")
    return discord.Embed(description=" ".join(lines))


def _list(counts: Sequence[tuple[str, int]]) -> str:
    return fit([f"• {title}: {count}" for title, count in counts], _LISTED)


def data_deleted(notice: DataDeleted) -> list[Part]:
    """To staff."""
    return [
        Part(
            f"🗑️ {escape(notice.sentence)}. What they did for the course stays under that name. If your class list "
            "or course page still names them, the next import enters them anew."
        )
    ]
