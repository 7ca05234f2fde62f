"""What groups should have on the platform and what is noted of it, on a database of each kind."""

from __future__ import annotations

import pytest

from bot.services.groups import Groups
from bot.services.policies import PolicyService
from bot.services.spaces import Spaces
from bot.store.database import Database
from tests.conftest import NOW
from tests.support.people import PLACE, STAFF, open_course, student


@pytest.fixture
async def spaces(database: Database) -> Spaces:
    await open_course(database, NOW)
    return Spaces(database)


async def ask(database: Database, **values: str) -> None:
    policies = PolicyService(database, lambda: None)
    for key, value in values.items():
        await policies.put(PLACE, STAFF, f"groups.{key}", value, NOW)


async def test_nothing_is_wanted_by_default_nor_elsewhere(spaces: Spaces, database: Database) -> None:
    await Groups(database).create(PLACE, student(1), "Attention", NOW)
    assert await spaces.wanted(PLACE) is None
    await ask(database, role="yes")
    assert await spaces.wanted("discord:2") is None
    assert await spaces.wanted(PLACE) is not None
    await ask(database, role="no")
    assert await spaces.wanted(PLACE) is None


async def test_groups_and_their_members_are_listed_with_what_they_have(spaces: Spaces, database: Database) -> None:
    groups = Groups(database)
    one = (await groups.create(PLACE, student(1), "Attention", NOW)).group
    await groups.join(PLACE, student(2), one.id, NOW)
    two = (await groups.create(PLACE, student(3), "Backprop", NOW)).group
    await ask(database, room="thread")
    await spaces.keep(one.id, None, "55")
    await spaces.admit(one.id, let_in=["1001", "1002"], let_out=[])
    found = await spaces.wanted(PLACE)
    assert found is not None
    assert (found.role, found.room, found.announce_channel, found.staff_role) == (False, "thread", "77", None)
    assert [(space.group_id, space.name, space.open, space.created_at) for space in found.spaces] == [
        (one.id, "Attention", True, NOW),
        (two.id, "Backprop", True, NOW),
    ]
    assert [(space.members, space.let_in) for space in found.spaces] == [
        ({"1001", "1002"}, {"1001", "1002"}),
        ({"1003"}, set()),
    ]
    assert [(space.role_id, space.room_id) for space in found.spaces] == [(None, "55"), (None, None)]


async def test_a_dissolved_group_is_listed_until_nothing_of_it_is_left(spaces: Spaces, database: Database) -> None:
    groups = Groups(database)
    one = (await groups.create(PLACE, student(1), "Attention", NOW)).group
    await spaces.keep(one.id, "44", "55")
    await spaces.admit(one.id, let_in=["1001"], let_out=[])
    await groups.leave(PLACE, student(1), NOW)
    found = await spaces.wanted(PLACE)  # although no policy asks for anything
    assert found is not None
    (space,) = found.spaces
    assert (space.open, space.members, space.let_in) == (False, frozenset(), {"1001"})
    await spaces.keep(one.id, None, "55")
    await spaces.keep(one.id, None, None)
    assert await spaces.wanted(PLACE) is None
    await spaces.admit(one.id, let_in=["1001"], let_out=[])  # too late: there is nothing to be let into
    assert await spaces.wanted(PLACE) is None


async def test_with_something_new_those_named_have_to_be_let_in_again(spaces: Spaces, database: Database) -> None:
    one = (await Groups(database).create(PLACE, student(1), "Attention", NOW)).group
    await spaces.keep(one.id, "44", None)
    await spaces.admit(one.id, let_in=["1001", "1009"], let_out=[])
    await spaces.admit(one.id, let_in=["1001"], let_out=[])
    await spaces.keep(one.id, "44", "55", again=["1001"])
    found = await spaces.wanted(PLACE)
    assert found is not None
    assert found.spaces[0].let_in == {"1009"}  # who left meanwhile has yet to be put out
    await spaces.admit(one.id, let_in=[], let_out=["1009"])
    found = await spaces.wanted(PLACE)
    assert found is not None
    assert found.spaces[0].let_in == set()
