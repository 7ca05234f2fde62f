"""Which deadlines a policy moves."""

from __future__ import annotations

from bot.core.deadlines import Moved, moved
from bot.core.policy import MOVING
from bot.services.due_work import Desk

SHOWN = 5
"""So many of them are shown, before and after."""


def moves(desk: Desk, key: str, before: str, after: str) -> list[Moved]:
    """The deadlines not past that changing the policy `key` moves, in order of time."""
    if key not in {setting.key for setting in MOVING}:
        return []
    old = desk.policies.put(key, before).deadlines(desk.course.zone)
    new = desk.policies.put(key, after).deadlines(desk.course.zone)
    classes = [(desk.title(one), one.starts_at, one.ends_at, desk.works(one)) for one in desk.sessions.values()]
    return moved(classes, old, new, desk.now)
