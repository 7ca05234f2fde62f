"""What staff announce: the message, its preview, and those that wait."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import discord

from bot.core.messages import Part
from bot.core.schedule_notices import Announcement
from bot.fronts.discord.render.mentions import MENTIONS, late_lines, mentioning
from bot.fronts.discord.render.schedule import COLOUR
from bot.fronts.discord.text import clip, escape, fit, moment
from bot.services.announcements import LINK, Draft
from bot.store.announcements import AnnouncementRow

PAGE = 10
"""Waiting announcements shown at once, each with a button."""

_TEXT_MAX = 2000


def announcement(notice: Announcement) -> list[Part]:
    """The text as staff wrote it; those it pings are mentioned under it, in messages of their own if need be."""
    text = "\n".join([f"📣 {notice.text}", *late_lines(notice.late)])
    mentions = " ".join(f"<@{user_id}>" for user_id in notice.recipients)
    together = len(text) + LINK * text.count("`/") + 1 + len(mentions)
    if len(notice.recipients) <= MENTIONS and together <= _TEXT_MAX:
        return [Part(f"{text}\n{mentions}" if mentions else text, notice.recipients)]
    return [Part(text), *mentioning(notice.recipients, lambda some: [f"📣 {some}"], timedelta(0))]


def draft_embed(draft: Draft) -> discord.Embed:
    """An announcement before it is confirmed, or (without a token) after."""
    when = moment(draft.due_at) if draft.due_at else "at once"
    title = "Announce this?" if draft.token else "It is on its way" if draft.due_at is None else "It will be announced"
    embed = discord.Embed(title=title, description=f"📣 {draft.text}", colour=COLOUR)
    embed.add_field(name="When", value=when)
    embed.add_field(name="Where", value=f"<#{draft.channel}>" if draft.channel else "no channel")
    embed.add_field(name="Pings", value=f"the students ({draft.pinged} now)" if draft.pinged else "nobody")
    if draft.token is None and draft.due_at:
        embed.set_footer(text="/staff announcements lists what waits, and calls it off.")
    return embed


def waiting_embed(rows: Sequence[AnnouncementRow]) -> discord.Embed:
    """Those not sent yet, numbered as their buttons are."""
    lines = [
        f"**{number}.** {moment(row.due_at)}{' · pings the students' if row.ping == 'students' else ''}\n"
        f"{escape(clip(' '.join(row.text.split()), 250))}"
        for number, row in enumerate(rows[:PAGE], start=1)
    ]
    if len(rows) > PAGE:
        lines.append(f"… and {len(rows) - PAGE} more")
    embed = discord.Embed(title="Announcements that wait", colour=COLOUR)
    embed.description = fit(lines, 4000) or "None. `/staff announce` takes a time with `at`."
    return embed
