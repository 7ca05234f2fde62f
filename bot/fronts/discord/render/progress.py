"""Progress in Discord's words: one's own, and the staff's overview with its table."""

from __future__ import annotations

import io

import discord

from bot.core.deadlines import Work
from bot.core.participation import Participation, Risk, Tally
from bot.exporters.questions import write_table
from bot.fronts.discord.matrix import PEOPLE
from bot.fronts.discord.render.deadlines import item_line
from bot.fronts.discord.render.schedule import COLOUR
from bot.fronts.discord.text import clip, count, escape, fit, moment
from bot.services.progress import Handed, Mine, Missed, Overview, Row, State

_SECTION = 950
_EXCUSES = 600
_ALT_MAX = 1000
_WORKS = {Work.SLIDES: "Slides", Work.SUMMARY: "Summary", Work.MILESTONE: "Milestone"}
_STATES = {State.ON_TIME: "✅", State.OPEN: "☐", State.EXCUSED: "➖"}


def mine_embed(mine: Mine) -> discord.Embed:
    """One's own progress."""
    found = mine.found
    lines = [
        f"**Questions**: {_tally(found.questions, 'on time')}",
        f"**Attendance**: {_tally(found.attendance, 'there')}{_skips(found)}",
        f"**Votes on classes**: {_tally(found.votes, 'cast')}",
        f"**Discussion notes**: {_tally(found.notes, 'written')}",
    ]
    if mine.scores:
        lines.append(f"**Participation so far**: {_points(found)}")
    if mine.missed:
        lines += ["", "**Missed**", fit([_missed(one) for one in mine.missed], _SECTION)]
    if mine.owed:
        lines += ["", "**Still to do**", fit([item_line(item) for item in mine.owed], _SECTION)]
    lines += ["" if mine.owed else "\nNothing is due in the next two weeks.", "All that is due: `/deadlines`."]
    if mine.handed:
        lines += ["", "**Slides, summaries and milestones**", fit([_handed(one) for one in mine.handed], _SECTION)]
    if mine.excused:
        reasons = [f"➖ {escape(clip(f'{one.what}: {one.reason}', 200))}" for one in mine.excused]
        lines += ["", "**Excused from**", fit(reasons, _EXCUSES)]
    embed = discord.Embed(title="My progress", description="\n".join(lines), colour=COLOUR)
    embed.set_footer(text="Only you see this. If something is wrong, tell the staff.")
    return embed


def _tally(tally: Tally, done: str) -> str:
    if not tally.expected and not tally.excused:
        return "nothing expected yet"
    if not tally.expected:
        return f"{tally.excused} excused"
    excused = f" · {tally.excused} excused" if tally.excused else ""
    return f"{tally.done} of {tally.expected} {done}{excused}"


def _skips(found: Participation) -> str:
    if not found.skipped:
        return ""
    return f" · {found.skipped} skipped (up to {found.free} cost nothing)"


def _points(found: Participation) -> str:
    if found.score is None:
        return "none yet"
    bonus = f", bonus of {found.bonus} included" if found.bonus else ""
    return f"{found.score:g} of 100 points{bonus}"


def _missed(one: Missed) -> str:
    parts = [f"{one.asked} of {count(one.required, 'question')} on time"] if one.asked < one.required else []
    parts += ["skipped"] if one.skipped else []
    return f"• {escape(clip(one.title, 100))}: {', '.join(parts)}"


def _handed(one: Handed) -> str:
    sign = _STATES.get(one.state, "⚠️")
    when = f"received {moment(one.at)}" if one.at else f"due {moment(one.due_at)}"
    return f"{sign} {_WORKS[one.work]} · {escape(clip(one.title, 80))}: **{one.state}**, {when}"


def overview_embed(overview: Overview) -> discord.Embed:
    """Who is at risk, and why."""
    at_risk = [row for row in overview.rows if row.risks]
    lines = [_head(overview, len(at_risk))]
    lines += [f"• {escape(clip(row.name, 60))}: {', '.join(_why(row))}" for row in at_risk]
    text = fit(lines, 3000)
    text += "\n-# At risk: more skips than allowed, less than half of the questions on time, or a summary missed."
    if len(overview.rows) > PEOPLE:
        text += f"\n-# The picture has the first {PEOPLE}; the table has everybody."
    embed = discord.Embed(title=f"Progress · {escape(overview.course)}", description=text, colour=COLOUR)
    embed.set_image(url="attachment://progress.png")
    return embed


def _head(overview: Overview, at_risk: int) -> str:
    if not at_risk:
        return "Nobody is at risk." if overview.rows else "There are no students in the course yet."
    return f"**{at_risk} of {count(len(overview.rows), 'student')}** at risk."


def _why(row: Row) -> list[str]:
    found, words = row.found, []
    for risk in row.risks:
        if risk is Risk.SKIPS:
            words.append(f"{found.skipped} skipped ({found.free} allowed)")
        elif risk is Risk.QUESTIONS:
            words.append(f"questions {found.questions.done} of {found.questions.expected}")
        else:
            missed = row.missed_summaries
            words.append("a summary missed" if missed == 1 else f"{missed} summaries missed")
    return words


def alt_text(overview: Overview) -> str:
    """What the picture shows, for those who do not see it."""
    at_risk = [f"{row.name} ({', '.join(_why(row))})" for row in overview.rows if row.risks]
    head = (
        f"Table of {count(min(PEOPLE, len(overview.rows)), 'student')}, those at risk first: questions, attendance, "
        "votes, notes and points, then each class. "
    )
    return clip(head + f"At risk: {'; '.join(at_risk) or 'nobody'}.", _ALT_MAX)


def overview_file(overview: Overview) -> discord.File:
    """Everybody, part by part and class by class, as a table."""
    parts = ("Questions on time", "Attended", "Votes cast", "Notes")
    headings = ["Student", "Login", "Group", "At risk", "Points", "Bonus"]
    for part in parts:
        headings += [part, f"{part}: expected"]
    headings += ["Questions excused", "Classes excused", "Classes skipped", "Summaries missed"]
    for name in overview.classes:
        headings += [f"{name} questions", f"{name} attendance"]
    table = write_table(headings, [_cells(row) for row in overview.rows])
    return discord.File(io.BytesIO(table), "progress.csv")


def _cells(row: Row) -> list[str]:
    found = row.found
    cells = [row.name, row.login or "", row.group or "", "; ".join(_why(row))]
    cells += ["" if found.score is None else f"{found.score:g}", str(found.bonus)]
    for tally in (found.questions, found.attendance, found.votes, found.notes):
        cells += [str(tally.done), str(tally.expected)]
    counts = (found.questions.excused, found.attendance.excused, found.skipped, row.missed_summaries)
    cells += [str(number) for number in counts]
    for record in row.records:
        asked = record.questions
        cells.append("excused" if asked.excused else f"{asked.done} of {asked.expected}" if asked.expected else "")
        cells.append(record.presence or "")
    return cells
