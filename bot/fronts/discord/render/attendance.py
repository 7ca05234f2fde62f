"""Check-ins in Discord's words: what staff see of one, and what whoever checks in is told."""

from __future__ import annotations

import io

import discord

from bot.core.participation import Presence
from bot.exporters.questions import write_table
from bot.fronts.discord.render.schedule import COLOUR
from bot.fronts.discord.text import clip, clock_time, count, escape, fit, moment
from bot.services.attendance_desk import Discard, Roll, Sheet
from bot.services.check_in_box import CheckedIn

_TITLE_MAX = 240
_ROLL_MAX = 3500


def checked_in_text(done: CheckedIn) -> str:
    """To who typed the code."""
    title = escape(clip(done.title, 200))
    if done.again:
        return f"You are in already: **{title}**, since {clock_time(done.at)}."
    return f"✅ You are in: **{title}**. `/my-progress` counts it when the check-in is over."


def sheet_embed(sheet: Sheet) -> discord.Embed:
    """A check-in as it stands, for staff."""
    lines = [escape(sheet.said)] if sheet.said else []
    if sheet.open:
        lines.append(f"Open until {moment(sheet.over_at)}. Students type `/check-in` and the code.")
    else:
        lines.append(f"Closed {moment(sheet.over_at)}.")
    spared = f", {sheet.excused} excused" if sheet.excused else ""
    lines.append(f"**{sheet.present} of {sheet.of}** are in{spared}.")
    if sheet.address:
        lines.append(f"Projector: <{sheet.address}>")
        if sheet.open:
            lines.append("-# The code is on that page. Open it where the class sees it.")
    elif sheet.code:
        until = f" until {clock_time(sheet.code_until)}, then for as long again" if sheet.code_until else ""
        lines.append(f"The code is `{sheet.code}`{until}. Press **Refresh** for the next one.")
        lines.append("-# With `enabled = true` under `[web]` in config.toml a projector's page shows it by itself.")
    lines.append("-# `/staff attendance` with `person` marks somebody by hand.")
    return discord.Embed(
        title=clip(f"Check-in · {escape(sheet.title)}", _TITLE_MAX), description="\n".join(lines), colour=COLOUR
    )


def roll_embed(roll: Roll) -> discord.Embed:
    """Who is missing, and who is excused; everybody is in the file."""
    missing = [escape(line.name) for line in roll.lines if line.presence is Presence.SKIPPED]
    excused = [escape(line.name) for line in roll.lines if line.presence is Presence.EXCUSED]
    lines = [f"**{count(len(missing), 'student')} missing**" if missing else "Nobody is missing."]
    lines += [f"• {name}" for name in missing]
    if excused:
        lines += [f"**{len(excused)} excused**", *(f"• {name}" for name in excused)]
    title = clip(f"Attendance · {escape(roll.title)}", _TITLE_MAX)
    return discord.Embed(title=title, description=fit(lines, _ROLL_MAX), colour=COLOUR)


def roll_file(roll: Roll) -> discord.File:
    """Everybody, as a table."""
    rows = [
        (
            roll.title,
            line.name,
            line.presence,
            f"{line.at:%Y-%m-%d %H:%M:%S}" if line.at else "",
            "yes" if line.by_staff else "",
        )
        for line in roll.lines
    ]
    table = write_table(("Class", "Student", "Attendance", "Since (UTC)", "Marked by staff"), rows)
    return discord.File(io.BytesIO(table), "attendance.csv")


def discard_embed(discard: Discard) -> discord.Embed:
    """What is lost, or was."""
    title = escape(clip(discard.title, 200))
    if discard.token is None:
        said = f"The check-in of **{title}** is gone; the class counts for nobody's attendance."
        return discord.Embed(title="Check-in discarded", description=said, colour=COLOUR)
    said = (
        f"**{title}** will count for nobody's attendance, as if its check-in had never been opened. "
        f"{count(discard.present, 'student')} checked in; that is lost."
    )
    return discord.Embed(title="Discard this check-in?", description=said, colour=COLOUR)
