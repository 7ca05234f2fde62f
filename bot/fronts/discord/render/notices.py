"""What the outbox sends, in Discord's words: one function a notice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from bot.core.messages import Part
from bot.core.reminders import GroupLockReminder
from bot.core.times import say_roughly
from bot.fronts.discord import text

MENTIONS = 60
"""People mentioned in one message: Discord allows 100, and 60 ids leave room for the words in 2,000 characters."""

_LATE = timedelta(minutes=5)


def mentioning(people: Sequence[str], words: Callable[[str], list[str]], late: timedelta) -> list[Part]:
    """As many messages as it takes to mention all; `words` makes the lines of one around its mentions."""
    parts = []
    for start in range(0, len(people), MENTIONS):
        some = tuple(people[start : start + MENTIONS])
        lines = words(" ".join(f"<@{user_id}>" for user_id in some))
        if late >= _LATE:
            lines.append(f"-# Sent {say_roughly(late)} late: the bot was away.")
        parts.append(Part("\n".join(lines), some))
    return parts


def _group_lock(notice: GroupLockReminder) -> list[Part]:
    return mentioning(
        notice.recipients,
        lambda mentions: [
            f"⏰ **Groups lock {text.moment(notice.lock_at)}.**",
            f"Still without a group: {mentions}",
            f"Join one with `/join-group`, see who has a free seat with `/groups`, or start your own with "
            f"`/create-group`. A group has {notice.group_size} seats. After the lock the staff place whoever is left.",
        ],
        notice.late,
    )


RENDERERS: dict[type, Callable[[Any], list[Part]]] = {GroupLockReminder: _group_lock}
