"""Who is in the course."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from sqlalchemy import Connection

from bot.core.errors import NotSetUp
from bot.core.people import Actor, NotLinked
from bot.store import people
from bot.store.database import Database


class People:
    """Without a roster, whoever uses the bot is in the course: that is how reminders know whom to ask."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._met: set[tuple[str, str]] = set()

    def has_met(self, place: str, key: str) -> bool:
        """Whether the person with this `Actor.key` was met at `place` since the start."""
        return (place, key) in self._met

    def forget(self, place: str, key: str) -> None:
        """Nobody knows them any more; if they use the bot again, they are met anew."""
        self._met.discard((place, key))

    async def meet(self, place: str, actor: Actor, at: datetime) -> None:
        """Enter the actor in the course held at `place`, if there is one."""
        if await self._database.write(_meet, place, actor, at):
            self._met.add((place, actor.key))


def _meet(tx: Connection, place: str, actor: Actor, at: datetime) -> bool:
    try:
        course, known = people.who(tx, place, actor)
    except NotSetUp:
        return False
    with suppress(NotLinked):  # not on the roster: not in the course, and nothing to try again
        people.enter(tx, course, actor, known, at)
    return True
