"""What staff see of the rota: plans, single cells, the whole table."""

from __future__ import annotations

import io
from collections.abc import Iterable

import discord

from bot.core.course import Role
from bot.fronts.discord.render.schedule import COLOUR
from bot.fronts.discord.text import clip, count, escape, fit
from bot.services.rota_assign import Assigned
from bot.services.rota_plan import InForce, Plan
from bot.services.rota_table import Cell, Changed, Row, Table
from bot.services.slots import day

PAGE = 6
"""Classes a page of the table: each has up to three duties with names and reasons."""

_DOES = {Role.PRESENTER: "presents", Role.SUMMARIZER: "summarises", Role.REVIEWER: "reviews"}
_BLOCK_MAX = 600


def plan_embed(plan: Plan) -> discord.Embed:
    """A plan: what cannot hold, what is broken, what changes."""
    title = "Put this rota in force?" if plan.changes else "The rota stays as it is"
    embed = discord.Embed(title=title, colour=COLOUR)
    parts = [f"{count(plan.groups, 'group')}, {count(plan.lectures, 'student lecture')}."]
    if plan.findings:
        found = [f"• {escape(one.text)} Ways out: {escape('; or '.join(one.changes))}." for one in plan.findings]
        how = "-# Two groups in a class: `/staff rota seats`. A buffer date: put a paper there on the course page."
        parts.append(f"**What cannot hold**\n{fit(found, 1100)}\n{how}")
    if plan.broken:
        parts.append("**Rules still broken**\n" + fit([f"• {escape(text)}" for text in plan.broken], 900))
    if plan.changes:
        parts.append(f"**What changes: {count(len(plan.changes), 'cell')}**\n" + _changes(plan.changes, 1800))
    embed.description = "\n\n".join(parts)
    low, high = plan.load
    load = f"{low} to {high} duties" if low != high else f"{low} {'duty' if low == 1 else 'duties'}"
    embed.add_field(name="Load of a group", value=load)
    proof = "proved to be the best there is" if plan.optimal else "good, not proved to be the best"
    embed.add_field(name="Made by", value=f"{plan.solver}: {proof}")
    return embed


def in_force_embed(result: InForce) -> discord.Embed:
    """After a plan was put in force."""
    embed = discord.Embed(title="The rota is in force", colour=COLOUR)
    embed.description = (
        f"**{count(len(result.changes), 'cell')} changed**\n{_changes(result.changes, 3500)}\n\n"
        "Nothing was posted. `/staff rota show` shows the whole rota."
    )
    return embed


def undone_embed(changes: tuple[Changed, ...]) -> discord.Embed:
    """After a plan was undone."""
    embed = discord.Embed(title="The plan is undone", colour=COLOUR)
    embed.description = f"**{count(len(changes), 'cell')} changed back**\n{_changes(changes, 3500)}"
    return embed


def assigned_embed(result: Assigned) -> discord.Embed:
    """One cell: what it would become, or (without a token) has become."""
    embed = discord.Embed(title="Change this duty?" if result.token else "Duty changed", colour=COLOUR)
    before, after = (escape(", ".join(names)) or "nobody" for names in (result.before, result.after))
    if result.before == result.after:
        change = f"{after} stays, now set by staff: plans keep it."
    else:
        change = f"{clip(before, 900)} → **{clip(after, 900)}**"
    lines = [f"**{result.day} · {escape(clip(result.title, 150))}**", f"{_DOES[result.role]}: {change}"]
    for guest in result.guests:
        meant = f" (did you mean {escape(guest.near)}?)" if guest.near else ""
        lines.append(f"New guest: {escape(guest.name)}{meant}")
    lines += [f"⚠️ {escape(text)}" for text in result.warnings]
    embed.description = fit(lines, 4000)
    return embed


def table_page(table: Table, number: int) -> tuple[tuple[Row, ...], int, int]:
    """The classes of page `number` (or the nearest there is), that number, and how many pages there are."""
    pages = max(1, -(-len(table.rows) // PAGE))
    number = min(max(number, 0), pages - 1)
    return table.rows[number * PAGE : (number + 1) * PAGE], number, pages


def first_page_ahead(table: Table) -> int:
    """The page with the next class."""
    return next((number for number, row in enumerate(table.rows) if not row.past), len(table.rows) - 1) // PAGE


def table_embed(table: Table, number: int) -> discord.Embed:
    """One page of the rota."""
    rows, number, pages = table_page(table, number)
    embed = discord.Embed(title=clip(f"Rota · {table.course}", 256), colour=COLOUR)
    embed.description = "\n\n".join(_block(row) for row in rows) or "No class has duties yet."
    embed.set_footer(text=f"Page {number + 1} of {pages} · the whole table is in the file")
    return embed


def table_file(table: Table) -> discord.File:
    """The whole rota as a Markdown table."""
    lines = ["| Date | Class | Presents | Summarises | Reviews |", "| --- | --- | --- | --- | --- |"]
    for row in table.rows:
        cells = [f"{row.date:%a} {row.date.isoformat()}", row.title, *(_plain(row.cells[role]) for role in Role)]
        lines.append("| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |")
    return discord.File(io.BytesIO(("\n".join(lines) + "\n").encode()), "rota.md")


def _changes(changes: Iterable[Changed], limit: int) -> str:
    return fit([f"• {_change(one)}" for one in changes], limit)


def _change(one: Changed) -> str:
    before = escape(", ".join(one.before)) or "nobody"
    after = ", ".join(
        f"**{escape(name)}** ({escape(reason)})" if reason else escape(name) for name, reason in one.after
    )
    return f"{one.date:%b} {one.date.day} · {_DOES[one.role]}: {before} → {after or 'nobody'}"


def _block(row: Row) -> str:
    lines = [f"**{day(row.date)} · {escape(clip(row.title, 100))}**"]
    if row.bonus and not row.past:
        lines.append(f"🎁 {escape(row.bonus)}")
    for role, cell in row.cells.items():
        text = _plain(cell)
        if text:
            lines.append(f"-# {_DOES[role]}: {escape(clip(text, 130))}")
    return clip("\n".join(lines), _BLOCK_MAX)


def _plain(cell: Cell) -> str:
    parts = [f"{name} ({reason})" for name, reason in cell.groups]
    parts += cell.people
    if cell.free:
        parts.append("free" if cell.free == 1 else f"{cell.free} free")
    return ", ".join(parts)
