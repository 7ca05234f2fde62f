"""What staff see: set-up, diagnosis, import previews."""

from __future__ import annotations

import re
from collections.abc import Sequence

import discord

from bot.fronts.discord.identity import PLATFORM
from bot.fronts.discord.render.schedule import COLOUR
from bot.fronts.discord.text import clip, count, escape, fit, moment
from bot.services.audit import AuditPage
from bot.services.courses import SetUp
from bot.services.doctor import Check, Verdict
from bot.services.imports import ImportPlan
from bot.services.policies import PolicyLine

_MARKS = {Verdict.OK: "✅", Verdict.WARN: "⚠️", Verdict.FAIL: "❌"}
_ACCOUNT = re.compile(rf"\b{PLATFORM}:(\d{{15,20}})\b")
_SOURCES = {"default": "default", "config": "from config.toml", "staff": "set by staff"}


def set_up_embed(result: SetUp) -> discord.Embed:
    """What is in force after `/staff setup`."""
    embed = discord.Embed(title=clip(result.title, 256), colour=COLOUR)
    embed.description = "This server now holds the course." if result.bound_now else "Set-up changed."
    embed.add_field(name="Announcements", value=_channel(result.announce_channel))
    embed.add_field(name="Staff channel", value=_channel(result.staff_channel))
    embed.add_field(name="Staff role", value=f"<@&{result.staff_role}>" if result.staff_role else "not set")
    lock = moment(result.group_lock_at) if result.group_lock_at else "not set"
    embed.add_field(name="Groups lock", value=lock, inline=False)
    return embed


def doctor_embed(checks: list[Check]) -> discord.Embed:
    """The findings, worst first."""
    order = [Verdict.FAIL, Verdict.WARN, Verdict.OK]
    lines = [
        f"{_MARKS[check.verdict]} {check.text.replace('{at}', moment(check.at)) if check.at else check.text}"
        for check in sorted(checks, key=lambda check: order.index(check.verdict))
    ]
    return discord.Embed(title="Doctor", description=fit(lines, 4000), colour=COLOUR)


def plan_embed(plan: ImportPlan, done: bool) -> discord.Embed:
    """What importing a page would change, or (`done`) has changed."""
    sessions = plan.plan.sessions
    readings = [item for session in sessions for item in session.readings]
    required = sum(item.required for item in readings)
    changes = [f"• {clip(escape(line), 400)}" for line in plan.changes]
    title = "Schedule imported" if done else "Import this schedule?" if changes else "Nothing to change"
    embed = discord.Embed(title=title, colour=COLOUR)
    embed.description = (
        f"The page has {count(len(sessions), 'session')} and {count(len(readings), 'reading')}, {required} required.\n"
        + fit(changes, 3000)
        + (f"\n{count(plan.diff.unchanged, 'session')} unchanged." if plan.diff.unchanged else "")
    )
    if plan.undone:
        lines = [f"⚠️ {clip(escape(line), 300)}" for line in plan.undone]
        embed.add_field(name="Changes by staff that this undoes", value=fit(lines, 1000), inline=False)
    if plan.kept:
        lines = [f"📌 {clip(escape(line), 300)}" for line in plan.kept]
        lines.append("-# To follow the page all the same: `/staff session move`, `cancel` or `restore`.")
        embed.add_field(name="Changes by staff that stay", value=fit(lines, 1000), inline=False)
    warnings = [f"Line {item.line}: {clip(escape(item.text), 220)}" for item in plan.plan.warnings]
    if warnings and not done:
        embed.add_field(name=f"{len(warnings)} to check", value=fit(warnings, 1000), inline=False)
    return embed


def policies_embed(lines: Sequence[PolicyLine]) -> discord.Embed:
    """Policies as they stand: value, where it comes from, what it means."""
    shown = [
        f"**{line.key}** = `{clip(line.value, 100)}` · {_SOURCES[line.source]}\n-# {escape(line.about)}"
        for line in lines
    ]
    embed = discord.Embed(title="Policies" if len(lines) > 1 else "Policy", colour=COLOUR)
    room = 4000
    here = next((n for n in range(len(shown)) if len("\n".join(shown[: n + 1])) > room), len(shown))
    embed.description = "\n".join(shown[:here])
    if rest := shown[here:]:
        more = fit(rest, 1000, more="… and {n} more: give `/staff policy` a key")
        embed.add_field(name="And", value=more, inline=False)
    return embed


def audit_embed(page: AuditPage) -> discord.Embed:
    """Who did what and when, the newest first."""
    lines = [f"<t:{int(entry.at.timestamp())}:f> {who(entry.actor)}: {_deed(entry.what)}" for entry in page.entries]
    embed = discord.Embed(title="Audit", description=fit(lines, 4000) or "Nothing yet.", colour=COLOUR)
    pages = f"Page {page.number + 1} of {page.pages} · " if page.pages > 1 else ""
    embed.set_footer(text=f"{pages}{count(page.total, 'deed')}")
    return embed


def who(actor: str) -> str:
    """The account behind an actor's key, as a mention; another actor by name."""
    # In an embed a mention shows the current name and pings nobody.
    platform, _, user_id = actor.partition(":")
    return f"<@{user_id}>" if platform == PLATFORM and user_id.isdecimal() else escape(clip(actor, 60))


def _deed(what: str) -> str:
    """The deed, with accounts it names as mentions."""
    return _ACCOUNT.sub(r"<@\1>", clip(escape(what), 200))


def _channel(channel_id: str | None) -> str:
    return f"<#{channel_id}>" if channel_id else "not set"
