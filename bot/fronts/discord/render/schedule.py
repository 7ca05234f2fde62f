"""The schedule and the next class."""

from __future__ import annotations

import discord

from bot.core.course import Kind, Reading, Role
from bot.fronts.discord.text import clip, clock_time, count, escape, fit, moment
from bot.services.schedule import NextClass, SchedulePage
from bot.store.schedule import SessionView

COLOUR = discord.Colour(0x2F6FDE)

_KINDS = {
    Kind.LECTURE: "Lecture",
    Kind.STUDENT_LECTURE: "Student lecture",
    Kind.GUEST: "Guest lecture",
    Kind.NO_CLASS: "No class",
    Kind.BUFFER: "Buffer",
    Kind.PRESENTATION: "Project presentations",
    Kind.POSTER: "Posters",
    Kind.MAKEUP: "Make-up class",
}
_ROLES = {Role.PRESENTER: "Presents", Role.SUMMARIZER: "Summarises", Role.REVIEWER: "Reviews"}
_URL_MAX = 300
_BODY_MAX = 4000
"""Characters for the text of an embed: Discord takes 4,096."""


def page_embed(page: SchedulePage) -> discord.Embed:
    """One page of the schedule."""
    blocks = [_block(session, page, _BODY_MAX) for session in page.sessions]
    if sum(map(len, blocks)) > _BODY_MAX:
        # Every session is shown before any link is: without links, and each in its share of the room.
        share = _BODY_MAX // len(blocks)
        blocks = [_block(session, page, share, linked=False) for session in page.sessions]
    embed = discord.Embed(
        title=clip(f"Schedule · {page.course}", 256),
        description="".join(blocks) or "There is no schedule yet. A member of staff uses `/staff import schedule`.",
        colour=COLOUR,
    )
    embed.set_footer(
        text=f"Page {page.number + 1} of {page.pages} · {count(page.total, 'session')} · ● required reading"
    )
    return embed


def next_class_embed(result: NextClass) -> discord.Embed:
    """The class that is on or comes next, with its deadlines."""
    session, deadlines = result.session, result.deadlines
    if session is None or deadlines is None:
        return discord.Embed(title="Next class", description="No class is left in the schedule.", colour=COLOUR)
    embed = discord.Embed(title=escape(clip(_title(session), 120)), colour=COLOUR)
    where = f"\n📍 {escape(session.room)}" if session.room else ""
    embed.description = (
        f"{moment(session.starts_at)} until {clock_time(session.ends_at)}{where}\n\n"
        + fit([_reading(item) for item in session.readings], 2000)
    ).strip()
    for role, people in session.duties.items():
        embed.add_field(name=_ROLES[role], value=escape(clip(", ".join(people), 500)))
    if session.kind is Kind.STUDENT_LECTURE:
        due = (
            f"Slides {moment(deadlines.slides)}\n"
            f"Questions {moment(deadlines.questions)}\n"
            f"Summary {moment(deadlines.summary)}"
        )
        embed.add_field(name="Due", value=due, inline=False)
    embed.set_footer(text=f"{clip(result.course, 200)} · ● required reading")
    return embed


def _block(session: SessionView, page: SchedulePage, limit: int, *, linked: bool = True) -> str:
    day = f"<t:{int(session.starts_at.timestamp())}:f>"
    here = "→ " if session.id == page.next_id else ""
    where = f" · {escape(clip(session.room, 60))}" if session.room else ""
    lines = [f"{here}**{day} · {escape(clip(_title(session), 120))}**{where}"]
    lines += [_reading(item, linked) for item in session.readings]
    lines += [f"-# {_ROLES[role]}: {escape(clip(', '.join(people), 200))}" for role, people in session.duties.items()]
    if session.id in page.offers:
        lines.append(f"-# 🎁 For taking a free duty with `/claim-slot`: {escape(clip(page.offers[session.id], 200))}")
    return fit(lines, limit - 2) + "\n\n"


def _title(session: SessionView) -> str:
    if session.title:
        return session.title
    return f"{session.topic} · {_KINDS[session.kind]}" if session.topic else _KINDS[session.kind]


def _reading(item: Reading, linked: bool = True) -> str:
    title = escape(clip(item.title, 140))
    if linked and item.url and len(item.url) <= _URL_MAX:
        # A bracket in the address would end the link.
        address = item.url.replace("(", "%28").replace(")", "%29")
        title = f"[{title}]({address})"
    note = f" {escape(clip(item.note, 80))}" if item.note else ""
    return f"{'●' if item.required else '○'} {title}{note}"
