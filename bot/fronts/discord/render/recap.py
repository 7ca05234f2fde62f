"""Recaps in Discord's words."""

from __future__ import annotations

import io

import discord

from bot.core.messages import File, Part
from bot.core.recap import Point, Recap
from bot.core.recap_notices import ModelInUse, RecapReady
from bot.fronts.discord.render.schedule import COLOUR
from bot.fronts.discord.text import clip, count, escape, fit
from bot.services.recap_desk import Added, Index
from bot.services.recaps import Cost, Made

_BODY_MAX = 3600
_LINKS_MAX = 3
_PART_MAX = 1900


def made_embed(made: Made) -> discord.Embed:
    """The draft, for whoever asked."""
    body = fit(_lines(made.recap), _BODY_MAX, "… and {n} more lines, in the file below")
    if made.writes:
        body += (
            "\n\n**Put it in the summary** makes it the part about the class discussion; **Edit** lets you change it "
            "first."
        )
    embed = discord.Embed(title=clip(f"Recap · {made.title}", 256), description=body, colour=COLOUR)
    embed.set_footer(text=clip(_origin(made), 2048))
    return embed


def shown_embed(title: str, recap: Recap) -> discord.Embed:
    """A recap made before, to read."""
    body = fit(_lines(recap), _BODY_MAX, "… and {n} more lines, in the file below")
    return discord.Embed(title=clip(f"Recap · {title}", 256), description=body, colour=COLOUR)


def recap_file(recap: Recap) -> discord.File | None:
    """The whole text, when the message cannot hold it."""
    if len("\n".join(_lines(recap))) <= _BODY_MAX:
        return None
    return discord.File(io.BytesIO(recap.text().encode()), filename="recap.txt")


def index_embed(index: Index) -> discord.Embed:
    """The term's recaps."""
    lines = [f"• {escape(one.title)}" for one in index.entries]
    text = fit(lines, 3000) if lines else "No class has a recap yet that you can read."
    text += (
        "\n\nYour own words are **left out** of recaps."
        if index.out
        else "\n\nWhat you note on a panel, ask in class or write in a message that somebody adds may be in a recap."
    )
    return discord.Embed(title="Recaps", description=text, colour=COLOUR)


def added_text(added: Added) -> str:
    where = escape(added.title)
    if not added.new:
        return "This message is in a recap already."
    return f"Added to the recap of **{where}**. Its author can take their words out with `/recap`."


def _lines(recap: Recap) -> list[str]:
    links = dict(recap.links)
    lines: list[str] = []
    paper: str | None = None
    for section in recap.sections:
        if section.paper and section.paper != paper:
            lines += ["", f"**{escape(section.paper)}**"]
            paper = section.paper
        elif section.paper is None and paper is not None:
            lines += ["", "**Besides**"]
            paper = None
        if section.question:
            lines.append(f"❓ *{escape(section.question)}*")
        lines += [_point(point, links) for point in section.points]
    return lines[1:] if lines and not lines[0] else lines


def _point(point: Point, links: dict[int, str]) -> str:
    there = [links[number] for number in point.lines if number in links][:_LINKS_MAX]
    return f"• {escape(point.text)}" + "".join(f" [↗](<{link}>)" for link in there)


def _origin(made: Made) -> str:
    recap = made.recap
    if recap.by_model:
        parts = ["Drafted by a model; every point was found in what was noted or said. Read it before you use it."]
        if recap.dropped:
            parts.append(f"{count(recap.dropped, 'point')} could not be found there and left out.")
    elif recap.why_plain:
        parts = [f"Whole sentences of the class, because {recap.why_plain}."]
    else:
        parts = ["Whole sentences of the class, word for word."]
    if recap.left_out:
        parts.append(f"There was too much to look at everything: {count(recap.left_out, 'message')} left out.")
    if made.cost:
        parts.append(_cost(made.cost, again=made.again))
    return " ".join(parts)


def _cost(cost: Cost, *, again: bool) -> str:
    dollars = f" (${cost.dollars:.4f})" if cost.dollars is not None else ""
    now = "Made before, so no tokens." if again else f"{cost.tokens} tokens{dollars}."
    left = cost.spending
    return f"{now} Today {left.today} of {left.per_day}, this term {left.term} of {left.per_term}."


def recap_ready(notice: RecapReady) -> list[Part]:
    """To those who write the summary."""
    lines = [
        f"📝 **A draft of what was discussed: {escape(notice.title)}**",
        *_lines(notice.recap),
        "",
        "`/recap` shows it again, and puts it in your summary if you like it.",
    ]
    text = fit(lines, _PART_MAX)
    files = (File("recap.txt", notice.recap.text().encode()),) if len("\n".join(lines)) > _PART_MAX else ()
    return [Part(text, files=files)]


def model_in_use(notice: ModelInUse) -> list[Part]:
    """To the class."""
    lines = [
        f"ℹ️ **Recaps of classes are drafted by a model from now on:** {escape(notice.model)} at {escape(notice.host)}.",
        "It is given the questions asked in class, notes on the panel and messages that somebody added to a recap, "
        "with the names of people in the course replaced. What it writes is checked against them and goes only to "
        "those who write the summary.",
        "If you want your words left out, say so with `/recap`.",
    ]
    return [Part("\n".join(lines))]
