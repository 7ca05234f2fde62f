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
_URL_MAX = 200


def page_embed(page: SchedulePage) -> discord.Embed:
    """One page of the schedule."""
    blocks = [_block(session, page.next_id) for session in page.sessions]
    embed = discord.Embed(
        title=clip(f"Schedule · {page.course}", 256),
        description=fit(blocks, 4000) or "There is no schedule yet. A member of staff uses `/staff import schedule`.",
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
    embed = discord.Embed(title=clip(_title(session), 256), colour=COLOUR)
    where = f"\n📍 {escape(session.room)}" if session.room else ""
    embed.description = (
        f"{moment(session.starts_at)} until {clock_time(session.ends_at)}{where}\n\n"
        + fit(_readings(session.readings), 2000)
    ).strip()
    for role, people in session.duties.items():
        embed.add_field(name=_ROLES[role], value=clip(escape(", ".join(people)), 1024))
    if session.kind is Kind.STUDENT_LECTURE:
        due = (
            f"Slides {moment(deadlines.slides)}\n"
            f"Questions {moment(deadlines.questions)}\n"
            f"Summary {moment(deadlines.summary)}"
        )
        embed.add_field(name="Due", value=due, inline=False)
    embed.set_footer(text=f"{clip(result.course, 200)} · ● required reading")
    return embed


def _block(session: SessionView, next_id: int | None) -> str:
    day = f"<t:{int(session.starts_at.timestamp())}:f>"
    here = "→ " if session.id == next_id else ""
    lines = [f"{here}**{day} · {clip(escape(_title(session)), 120)}**"]
    lines += _readings(session.readings)
    lines += [f"-# {_ROLES[role]}: {clip(escape(', '.join(people)), 200)}" for role, people in session.duties.items()]
    return fit(lines, 1200) + "\n"


def _title(session: SessionView) -> str:
    if session.title:
        return session.title
    return f"{session.topic} · {_KINDS[session.kind]}" if session.topic else _KINDS[session.kind]


def _readings(readings: tuple[Reading, ...]) -> list[str]:
    return [_reading(item) for item in readings]


def _reading(item: Reading) -> str:
    title = clip(escape(item.title), 140)
    # A link longer than this would crowd out the other sessions of the page.
    linked = f"[{title}]({item.url})" if item.url and len(item.url) <= _URL_MAX else title
    note = f" {escape(item.note)}" if item.note else ""
    return f"{'●' if item.required else '○'} {linked}{clip(note, 80)}"
