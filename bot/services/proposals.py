"""Previews that wait for a confirmation: cancelling one is the same for all kinds."""

from __future__ import annotations

from sqlalchemy import Connection

from bot.core.people import Actor, require_staff
from bot.store import courses, proposals
from bot.store.database import Database


class Proposals:
    """Each feature's own service confirms; this one cancels."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def discard(self, place: str, actor: Actor, token: str) -> None:
        """Forget a preview; one that is gone is no error.

        Raises:
            CourseError: the actor is not staff, or no course is here.
        """
        require_staff(actor)
        await self._database.write(_discard, place, token)


def _discard(tx: Connection, place: str, token: str) -> None:
    proposals.forget(tx, courses.at_place(tx, place).id, token)
