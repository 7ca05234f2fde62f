"""Messages that mention people, as many as it takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from bot.core.messages import Button, Part
from bot.core.times import say_roughly

MENTIONS = 60
"""People mentioned in one message: Discord allows 100, and 60 ids leave room for the words in 2,000 characters."""

_LATE = timedelta(minutes=5)


def mentioning(
    people: Sequence[str],
    words: Callable[[str], list[str]],
    late: timedelta,
    buttons: tuple[Button, ...] = (),
) -> list[Part]:
    """As many messages as it takes to mention all; `words` makes the lines of one around its mentions."""
    parts = []
    for start in range(0, len(people), MENTIONS):
        some = tuple(people[start : start + MENTIONS])
        lines = words(" ".join(f"<@{user_id}>" for user_id in some))
        parts.append(Part("\n".join([*lines, *late_lines(late)]), some, buttons))
    return parts


def late_lines(late: timedelta) -> list[str]:
    """A line that says so, where a message goes out much later than it should have."""
    return [f"-# Sent {say_roughly(late)} late: the bot was away."] if late >= _LATE else []
