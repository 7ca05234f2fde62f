"""Groups and student lectures in the offline Discord, for tests of duties."""

from __future__ import annotations

import simcord
from sqlalchemy import Connection

from bot.core.course import Role
from bot.store import courses, duties, groups
from tests.conftest import NOW
from tests.support.duties import add_session, lecture
from tests.support.world import World


async def lectures(world: World, number: int = 4) -> list[int]:
    """Student lectures on Thursdays from Jan 25 on; returns their ids."""
    place = f"discord:{world.guild.id}"
    return [await world.app.database.write(add_session, lecture(n), place=place) for n in range(number)]


async def group_of(world: World, name: str, *members: simcord.MemberActor) -> None:
    await members[0].slash(world.general, "create-group", name=name)
    for member in members[1:]:
        await member.slash(world.general, "join-group", group=name)


async def give(world: World, session: int, role: Role, name: str) -> int:
    """Put a group in a seat, as a plan does; returns the id of its duty."""

    def put(tx: Connection) -> int | None:
        course = courses.at_place(tx, f"discord:{world.guild.id}")
        found = groups.find(tx, course.id, name)
        assert found
        return duties.take(tx, session, role, found[0], "planned", "given", NOW)

    taken = await world.app.database.write(put)
    assert taken is not None
    return taken
