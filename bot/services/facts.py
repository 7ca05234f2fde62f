"""Small facts about the running bot that must survive a restart."""

from __future__ import annotations

from datetime import datetime

from bot.store import courses
from bot.store.database import Database


class Facts:
    """A key-value memory, for example of the commands last registered with the platform."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, key: str) -> str | None:
        return await self._database.read(courses.get_fact, key)

    async def put(self, key: str, value: str, now: datetime) -> None:
        await self._database.write(courses.set_fact, key, value, now)
