"""What groups have on the chat platform: what they should have by policy, and keeping note of what was made.

The front end does the making. It notes each thing as soon as it is made, so a crash loses one thing at most, and that
one it finds again by its name.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection

from bot.store import spaces
from bot.store.database import Database
from bot.store.spaces import Space, Wanted

__all__ = ["Space", "Spaces", "Wanted"]


class Spaces:
    """The stored side of groups' roles and rooms. Only the bot itself calls it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def wanted(self, place: str) -> Wanted | None:
        """What the groups of a server should have, and have; None where nothing is wanted and nothing is left."""
        return await self._database.read(spaces.wanted, place)

    async def keep(self, group_id: int, role_id: str | None, room_id: str | None, again: Collection[str] = ()) -> None:
        """Note what a group has now; the users in `again` have to be let in anew, for something in it is new."""
        await self._database.write(spaces.keep, group_id, role_id, room_id, again)

    async def admit(self, group_id: int, *, let_in: Collection[str], let_out: Collection[str]) -> None:
        """Note who was let in and who was put out."""
        await self._database.write(_admit, group_id, let_in, let_out)


def _admit(tx: Connection, group_id: int, let_in: Collection[str], let_out: Collection[str]) -> None:
    spaces.let_out(tx, group_id, let_out)
    spaces.let_in(tx, group_id, let_in)
