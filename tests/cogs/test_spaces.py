"""Groups' roles, channels and threads on a server: made once, kept up to date, put away, and what stands in the way."""

from __future__ import annotations

from typing import Any

import discord
import pytest
import simcord
from sqlalchemy import delete, update

from bot.core.people import Actor
from bot.store.tables import group_space, study_group
from tests.support.world import World, text


async def policy(world: World, **values: str) -> None:
    """Set `groups.role` and `groups.room`, and wait until the groups have what they ask for."""
    staff = Actor("discord", str(world.staff.id), "Staff01", staff=True)
    for key, value in values.items():
        await world.app.services.policies.put(
            f"discord:{world.guild.id}", staff, f"groups.{key}", value, world.env.now()
        )
    await world.app.bot.spaces.finish()


async def group_of(world: World, name: str, *people: simcord.MemberActor) -> None:
    await people[0].slash(world.general, "create-group", name=name)
    for person in people[1:]:
        await person.slash(world.general, "join-group", group=name)


def roles(world: World) -> dict[str, Any]:
    found = world.env.backend.guilds[world.guild.id].roles.values()
    return {role.name: role for role in found if role.name.startswith("Group · ")}


def holders(world: World, role: Any) -> set[int]:
    members = world.env.backend.guilds[world.guild.id].members
    return {user for user, member in members.items() if role.id in member.role_ids}


def channels(world: World) -> dict[str, Any]:
    """Text channels in the categories for groups."""
    every = [world.env.backend.channels[one] for one in world.env.backend.guilds[world.guild.id].channel_ids]
    categories = {one.id for one in every if one.type == 4 and one.name.startswith("Groups")}
    return {one.name: one for one in every if one.parent_id in categories}


def threads(world: World) -> dict[str, Any]:
    found = (world.env.backend.channels[one] for one in world.env.backend.guilds[world.guild.id].thread_ids)
    return {one.name: one for one in found}


def sees(world: World, channel: Any, person: simcord.MemberActor) -> bool:
    held = world.env.backend.compute_permissions(world.guild.id, person.id, channel.id)
    return bool(held & discord.Permissions.view_channel.flag)


def requests(world: World, since: int = 0) -> list[str]:
    """What the bot asked of Discord, answers to people left out."""
    return [
        f"{one.method} {one.path}"
        for one in world.env.http_requests[since:]
        if "/interactions/" not in one.path and "/webhooks/" not in one.path
    ]


async def staff_channel(world: World) -> simcord.ChannelHandle:
    channel = world.guild.create_text_channel("staff-only")
    await world.staff.slash(world.general, "staff setup", staff_channel=channel)
    return channel


def told(channel: simcord.ChannelHandle) -> list[str]:
    return [message.content for message in channel.history()]


async def forget(world: World) -> None:
    """What a crash between making and noting leaves: the things are there, the notes are not."""
    await world.app.database.write(lambda tx: tx.execute(delete(group_space)))


async def lay_off(world: World, **permissions: bool) -> None:
    """Take permissions from the bot, on the server."""
    guild = world.env.backend.guilds[world.guild.id]
    (mine,) = (role for role in guild.roles.values() if role.managed)
    held = discord.Permissions(mine.permissions)
    held.update(**permissions)
    world.env.backend.edit_role(world.guild.id, mine.id, {"permissions": held.value})
    await world.env.settle()


async def test_nothing_is_made_and_nothing_asked_while_the_policies_are_off(world: World) -> None:
    await world.set_up()
    since = len(world.env.http_requests)
    await group_of(world, "Attention", world.student(1))
    assert requests(world, since) == []
    assert (roles(world), channels(world)) == ({}, {})


async def test_each_group_gets_a_role_once_and_its_members_hold_it(world: World) -> None:
    await world.set_up()
    ada, ben, cleo = (world.student(number) for number in (1, 2, 3))
    await group_of(world, "Attention", ada, ben)
    await policy(world, role="yes")
    (role,) = roles(world).values()
    assert role.name == "Group · Attention"
    assert role.permissions == 0
    assert holders(world, role) == {ada.id, ben.id}
    since = len(world.env.http_requests)
    await ada.slash(world.general, "groups")
    world.app.bot.spaces.wake()
    await world.app.bot.spaces.finish()
    assert requests(world, since) == []
    await group_of(world, "Backprop", cleo)
    assert holders(world, roles(world)["Group · Backprop"]) == {cleo.id}
    assert len(roles(world)) == 2


async def test_who_leaves_loses_the_role_and_a_dissolved_group_its_own(world: World) -> None:
    await world.set_up()
    ada, ben = world.student(1), world.student(2)
    await policy(world, role="yes")
    await group_of(world, "Attention", ada, ben)
    (role,) = roles(world).values()
    await ben.slash(world.general, "leave-group")
    assert holders(world, role) == {ada.id}
    await ada.slash(world.general, "leave-group")
    assert roles(world) == {}


async def test_buttons_are_followed_too(world: World) -> None:
    await world.set_up()
    ada, ben = world.student(1), world.student(2)
    await policy(world, role="yes")
    await group_of(world, "Attention", ada)
    board = await world.staff.slash(world.general, "groups", share=True)
    await ben.click(board.response, label="Join Attention")
    (role,) = roles(world).values()
    assert holders(world, role) == {ada.id, ben.id}


async def test_a_renamed_group_keeps_its_role_and_its_channel(world: World) -> None:
    await world.set_up()
    await policy(world, role="yes", room="channel")
    ada = world.student(1)
    await group_of(world, "Attention", ada)
    role, channel = roles(world)["Group · Attention"], channels(world)["attention"]
    change = update(study_group).values(name="Sparse & Mixed", name_key="sparse & mixed")
    await world.app.database.write(lambda tx: tx.execute(change))
    await ada.slash(world.general, "groups")
    assert {name: one.id for name, one in roles(world).items()} == {"Group · Sparse & Mixed": role.id}
    assert {name: one.id for name, one in channels(world).items()} == {"sparse-mixed": channel.id}
    assert channels(world)["sparse-mixed"].topic == "For Sparse & Mixed and the course staff (group 1)"


async def test_a_channel_is_seen_by_the_group_the_staff_and_the_bot_alone(world: World) -> None:
    assistants = world.guild.create_role("TA")
    helper = world.guild.add_member(world.env.create_user("Staff02"), roles=[assistants])
    await world.set_up(staff_role=assistants)
    ada, ben, cleo = (world.student(number) for number in (1, 2, 3))
    await group_of(world, "Attention", ada, ben)
    await group_of(world, "Backprop", cleo)
    await policy(world, room="channel")
    assert set(channels(world)) == {"attention", "backprop"}
    channel = channels(world)["attention"]
    assert [sees(world, channel, one) for one in (ada, ben, cleo, helper)] == [True, True, False, True]
    await ben.slash(world.general, "leave-group")
    await ben.slash(world.general, "join-group", group="Backprop")
    assert [sees(world, channels(world)["attention"], one) for one in (ada, ben)] == [True, False]
    assert sees(world, channels(world)["backprop"], ben)
    since = len(world.env.http_requests)
    await ada.slash(world.general, "groups")
    assert requests(world, since) == []


async def test_with_a_role_the_channel_is_opened_by_it(world: World) -> None:
    await world.set_up()
    ada, ben = world.student(1), world.student(2)
    await group_of(world, "Attention", ada)
    await policy(world, room="channel")
    await policy(world, role="yes")
    (role,) = roles(world).values()
    targets = {one.target_id for one in channels(world)["attention"].overwrites}
    assert targets == {world.guild.id, world.app.bot.user.id, role.id}  # type: ignore[union-attr]
    assert sees(world, channels(world)["attention"], ada)
    await ben.slash(world.general, "join-group", group="Attention")
    assert sees(world, channels(world)["attention"], ben)
    await policy(world, role="no")
    assert roles(world) == {}
    assert sees(world, channels(world)["attention"], ben)


async def test_what_staff_changed_in_a_channel_by_hand_stays(world: World) -> None:
    await world.set_up()
    await policy(world, room="channel")
    ada, guest = world.student(1), world.student(9)
    await group_of(world, "Attention", ada)
    channel = channels(world)["attention"]
    kind = channel.overwrites[0].__class__
    view = discord.Permissions.view_channel.flag
    world.env.backend.set_overwrite(channel.id, kind(target_id=guest.id, type=1, allow=view, deny=0))
    await world.env.settle()
    await group_of(world, "Backprop", world.student(2))
    await world.student(3).slash(world.general, "join-group", group="Attention")
    assert sees(world, channels(world)["attention"], guest)


async def test_an_unused_channel_goes_with_its_group_and_a_used_one_is_kept_for_staff(world: World) -> None:
    await world.set_up()
    await policy(world, room="channel")
    ada, ben = world.student(1), world.student(2)
    await group_of(world, "Attention", ada)
    await group_of(world, "Backprop", ben)
    used = channels(world)["backprop"]
    handle = next(one for one in world.guild.channels.values() if one.id == used.id)
    await ben.send(handle, "our notes")
    for person in (ada, ben):
        await person.slash(world.general, "leave-group")
    assert set(channels(world)) == {"archived-backprop"}
    assert not sees(world, used, ben)
    await group_of(world, "Backprop", ben)  # a new one; the old is not taken for it
    assert set(channels(world)) == {"archived-backprop", "backprop"}


async def test_a_policy_switched_off_leaves_the_group_its_history_to_read(world: World) -> None:
    await world.set_up()
    await policy(world, room="channel")
    ada = world.student(1)
    await group_of(world, "Attention", ada)
    channel = channels(world)["attention"]
    handle = next(one for one in world.guild.channels.values() if one.id == channel.id)
    await ada.send(handle, "our notes")
    await policy(world, room="none")
    assert set(channels(world)) == {"archived-attention"}
    held = discord.Permissions(world.env.backend.compute_permissions(world.guild.id, ada.id, channel.id))
    assert (held.view_channel, held.send_messages) == (True, False)
    since = len(world.env.http_requests)
    await ada.slash(world.general, "groups")
    assert requests(world, since) == []
    assert await world.app.services.spaces.wanted(f"discord:{world.guild.id}") is None


async def test_a_thread_is_joined_left_and_locked(world: World) -> None:
    await world.set_up()
    await policy(world, room="thread")
    ada, ben = world.student(1), world.student(2)
    await group_of(world, "Attention", ada, ben)
    (thread,) = threads(world).values()
    me = world.app.bot.user.id  # type: ignore[union-attr]
    assert (thread.name, thread.type, thread.parent_id) == ("Group · Attention", 12, world.announcements.id)
    assert set(thread.thread_members) == {me, ada.id, ben.id}
    await ben.slash(world.general, "leave-group")
    assert set(thread.thread_members) == {me, ada.id}
    await ada.slash(world.general, "leave-group")
    assert (thread.thread_metadata.archived, thread.thread_metadata.locked) == (True, True)
    assert set(thread.thread_members) == {me}


async def test_a_thread_that_fell_asleep_is_woken_for_a_new_member_only(world: World) -> None:
    await world.set_up()
    await policy(world, room="thread")
    ada, ben = world.student(1), world.student(2)
    await group_of(world, "Attention", ada)
    (thread,) = threads(world).values()
    world.env.backend.edit_channel(thread.id, {}, thread_metadata={"archived": True})
    await world.env.settle()
    for _ in range(2):
        await ada.slash(world.general, "groups")
    assert len(threads(world)) == 1
    assert thread.thread_metadata.archived
    await ben.slash(world.general, "join-group", group="Attention")
    assert ben.id in thread.thread_members
    assert not thread.thread_metadata.archived


async def test_from_a_channel_to_a_thread_and_back(world: World) -> None:
    await world.set_up()
    await policy(world, room="channel")
    ada = world.student(1)
    await group_of(world, "Attention", ada)
    await policy(world, room="thread")
    assert channels(world) == {}
    assert ada.id in threads(world)["Group · Attention"].thread_members
    await policy(world, room="channel")
    assert sees(world, channels(world)["attention"], ada)
    assert threads(world)["Group · Attention"].thread_metadata.archived


@pytest.mark.parametrize("room", ["channel", "thread"])
async def test_after_a_restart_nothing_is_made_again(world: World, room: str) -> None:
    await world.set_up()
    ada, ben = world.student(1), world.student(2)
    await group_of(world, "Attention", ada)
    await policy(world, role="yes", room=room)
    await world.restart()
    await world.env.settle()
    await group_of(world, "Backprop", ben)
    assert set(roles(world)) == {"Group · Attention", "Group · Backprop"}
    assert len(channels(world) if room == "channel" else threads(world)) == 2
    await ada.slash(world.general, "leave-group")
    assert set(roles(world)) == {"Group · Backprop"}


@pytest.mark.parametrize("room", ["channel", "thread"])
async def test_what_a_crash_left_without_a_note_is_found_again(world: World, room: str) -> None:
    await world.set_up()
    ada = world.student(1)
    await group_of(world, "Attention", ada)
    await policy(world, role="yes", room=room)
    made = roles(world), (channels if room == "channel" else threads)(world)
    await forget(world)
    await world.restart()
    await world.env.settle()
    await ada.slash(world.general, "groups")
    assert (roles(world), (channels if room == "channel" else threads)(world)) == made
    await ada.slash(world.general, "leave-group")
    assert roles(world) == {}


async def test_a_role_or_channel_of_other_people_is_never_taken_over(world: World) -> None:
    await world.set_up()
    older = world.guild.create_role("Group · Attention")
    await world.env.advance_time(60)
    ada = world.student(1)
    await group_of(world, "Attention", ada)
    powerful = world.guild.create_role("Group · Attention", permissions=discord.Permissions(manage_guild=True))
    named = world.guild.create_text_channel("attention")
    await policy(world, role="yes", room="channel")
    mine = {role.id for role in world.env.backend.guilds[world.guild.id].roles.values() if "Group" in role.name}
    assert len(mine - {older.id, powerful.id}) == 1
    assert ada.id not in holders(world, older) | holders(world, powerful)
    assert channels(world)["attention"].id != named.id
    await ada.slash(world.general, "leave-group")
    assert {older.id, powerful.id} <= set(world.env.backend.guilds[world.guild.id].roles)


async def test_what_somebody_deleted_is_made_again(world: World) -> None:
    await world.set_up()
    ada = world.student(1)
    await group_of(world, "Attention", ada)
    await policy(world, role="yes", room="channel")
    world.env.backend.delete_role(world.guild.id, roles(world)["Group · Attention"].id)
    world.env.backend.delete_channel(channels(world)["attention"].id)
    await world.env.settle()
    await ada.slash(world.general, "groups")
    assert holders(world, roles(world)["Group · Attention"]) == {ada.id}
    assert sees(world, channels(world)["attention"], ada)


async def test_somebody_who_left_the_server_holds_nobody_up(world: World) -> None:
    await world.set_up()
    ada, ben = world.student(1), world.student(2)
    await group_of(world, "Attention", ben, ada)
    world.guild.remove_member(ben)
    await policy(world, role="yes")
    (role,) = roles(world).values()
    assert holders(world, role) == {ada.id}
    since = len(world.env.http_requests)
    await ada.slash(world.general, "groups")
    assert requests(world, since) == []


async def test_two_hundred_and_fifty_roles_are_said_once_and_the_rest_goes_on(world: World) -> None:
    await world.set_up()
    staff_room = await staff_channel(world)
    ada, ben = world.student(1), world.student(2)
    await group_of(world, "Attention", ada)
    await group_of(world, "Backprop", ben)
    guild = world.env.backend.guilds[world.guild.id]
    backend, more = world.env.backend, range(249 - len(guild.roles))
    spare = [backend.create_role(guild.id, f"R{number}", position=1) for number in more]
    await world.env.settle()
    await policy(world, role="yes", room="channel")
    assert set(roles(world)) == {"Group · Attention"}
    assert len(guild.roles) == 250
    assert set(channels(world)) == {"attention", "backprop"}
    assert sees(world, channels(world)["backprop"], ben)
    for _ in range(2):
        await ben.slash(world.general, "groups")
    (sentence,) = told(staff_room)
    assert "as many roles as Discord allows (250)" in sentence
    await world.restart()
    await ben.slash(world.general, "groups")
    assert len(told(staff_room)) == 1
    world.env.backend.delete_role(world.guild.id, spare[0].id)
    await world.env.settle()
    await ben.slash(world.general, "groups")
    assert holders(world, roles(world)["Group · Backprop"]) == {ben.id}
    assert len(told(staff_room)) == 1


async def test_five_hundred_channels_and_fifty_in_a_category(world: World) -> None:
    await world.set_up()
    staff_room = await staff_channel(world)
    category = world.guild.create_category("Groups")
    for number in range(50):
        world.guild.create_text_channel(f"c{number}", category=category)
    await policy(world, room="channel")
    await group_of(world, "Attention", world.student(1))
    parents = {one.id: one.name for one in world.env.backend.channels.values() if one.type == 4}
    assert parents[channels(world)["attention"].parent_id] == "Groups 2"
    count = len(world.env.backend.guilds[world.guild.id].channel_ids)
    for number in range(500 - count):
        world.guild.create_text_channel(f"d{number}")
    await group_of(world, "Backprop", world.student(2))
    assert "backprop" not in channels(world)
    (sentence,) = told(staff_room)
    assert "as many channels as Discord allows (500)" in sentence


async def test_missing_permissions_are_said_once_and_mended_without_a_restart(world: World) -> None:
    await world.set_up()
    staff_room = await staff_channel(world)
    ada = world.student(1)
    await group_of(world, "Attention", ada)
    await lay_off(world, manage_roles=False)
    since = len(world.env.http_requests)
    await policy(world, role="yes")
    await ada.slash(world.general, "groups")
    (sentence,) = told(staff_room)
    assert sentence == "Each group should have a role, and the bot lacks Manage Roles: give it that in the server."
    assert len(requests(world, since)) == 1
    assert f"❌ {sentence}" in text(await world.staff.slash(world.general, "staff doctor"))
    await lay_off(world, manage_roles=True)
    await ada.slash(world.general, "groups")
    assert holders(world, roles(world)["Group · Attention"]) == {ada.id}
    assert len(told(staff_room)) == 1
    await lay_off(world, manage_roles=False)
    await ada.slash(world.general, "leave-group")
    assert len(told(staff_room)) == 2
    await lay_off(world, manage_roles=True)
    await ada.slash(world.general, "groups")
    assert roles(world) == {}


@pytest.mark.parametrize(
    ("room", "taken", "said"),
    [
        ("channel", "manage_channels", "lacks Manage Channels: give it"),
        ("thread", "create_private_threads", "lacks Create Private Threads in <#"),
    ],
)
async def test_the_doctor_says_what_rooms_need(world: World, room: str, taken: str, said: str) -> None:
    await world.set_up()
    await lay_off(world, **{taken: False})
    await policy(world, room=room)
    assert said in text(await world.staff.slash(world.general, "staff doctor"))
    await group_of(world, "Attention", world.student(1))
    assert (channels(world), threads(world)) == ({}, {})


async def test_what_discord_refuses_for_reasons_of_its_own_is_said_and_left_alone(world: World) -> None:
    await world.set_up()
    staff_room = await staff_channel(world)
    ada, ben = world.student(1), world.student(2)
    await group_of(world, "Attention", ada)
    await group_of(world, "Backprop", ben)
    world.env.inject_error("POST", "/guilds/*/roles", status=403, code=50013, message="Missing Permissions", times=None)
    await policy(world, room="thread")
    since = len(world.env.http_requests)
    await policy(world, role="yes")
    assert [one for one in requests(world, since) if one.endswith("/roles")] == [f"POST /guilds/{world.guild.id}/roles"]
    assert len(threads(world)) == 2
    (sentence,) = told(staff_room)
    assert sentence.startswith("Discord does not let the bot keep the groups' roles")


async def test_an_outage_is_made_up_for_at_the_next_chance(world: World) -> None:
    await world.set_up()
    staff_room = await staff_channel(world)
    ada, ben = world.student(1), world.student(2)
    await group_of(world, "Attention", ada, ben)
    world.env.inject_error("PUT", "/guilds/*/members/*/roles/*", status=503, times=None)
    await policy(world, role="yes")
    world.env.backend.faults.clear()
    await ada.slash(world.general, "groups")
    (role,) = roles(world).values()
    assert holders(world, role) == {ada.id, ben.id}
    assert told(staff_room) == []


async def test_whom_discord_does_not_let_into_a_thread_holds_nobody_up(world: World) -> None:
    await world.set_up()
    ada, ben = world.student(1), world.student(2)
    await group_of(world, "Attention", ada, ben)
    path = f"/channels/*/thread-members/{ada.id}"
    world.env.inject_error("PUT", path, status=403, code=50001, message="Missing Access", times=None)
    await policy(world, room="thread")
    (thread,) = threads(world).values()
    assert ben.id in thread.thread_members
    since = len(world.env.http_requests)
    await ben.slash(world.general, "groups")
    assert requests(world, since) == []
