"""Small pieces of Discord text: times, command mentions, clipping."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime

# What means something only at the beginning of a line cannot occur where these texts stand.
_SPECIAL = re.compile(r"[\\*_~|`<>@\[\]]")
_COMMAND = re.compile(r"`/([a-z-]+(?: [a-z-]+){0,2})`")


def moment(at: datetime) -> str:
    """An instant as date, time and distance, each in the reader's own zone and language."""
    seconds = int(at.timestamp())
    return f"<t:{seconds}:F> (<t:{seconds}:R>)"


def clock_time(at: datetime) -> str:
    """An instant as a short time in the reader's zone."""
    return f"<t:{int(at.timestamp())}:t>"


def clickable(text: str, command_ids: Mapping[str, int]) -> str:
    """`text` with each `/command` in backticks turned into one that can be clicked, where its id is known."""

    def link(match: re.Match[str]) -> str:
        name = match[1]
        command_id = command_ids.get(name.split(" ")[0])
        return f"</{name}:{command_id}>" if command_id else match[0]

    return _COMMAND.sub(link, text)


def clip(text: str, limit: int) -> str:
    """`text` in at most `limit` characters, with an ellipsis where it was cut."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def count(number: int, thing: str) -> str:
    """ "1 group", "3 groups"."""
    return f"{number} {thing}" + ("" if number == 1 else "s")


def escape(text: str) -> str:
    """`text` without the power to format or mention."""
    return _SPECIAL.sub(r"\\\g<0>", text)


def fit(lines: Iterable[str], limit: int, more: str = "… and {n} more") -> str:
    """As many lines as fit in `limit` characters; the last one says how many do not."""
    lines = list(lines)
    room = limit - len(more) - 6
    kept: list[str] = []
    for number, line in enumerate(lines):
        if len(line) + 1 > room:
            return "\n".join([*kept, more.format(n=len(lines) - number)])
        kept.append(line)
        room -= len(line) + 1
    return "\n".join(kept)
