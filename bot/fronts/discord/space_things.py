"""Discord's side of groups' roles and rooms: their names, how the bot knows its own again, and who sees a channel."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import TypeAlias

import discord

from bot.services.spaces import Space

ROLES_MAX = 250
CHANNELS_MAX = 500
CATEGORY_MAX = 50
"""Discord's limits: roles and channels a server, channels a category."""

Room: TypeAlias = discord.TextChannel | discord.Thread
Target: TypeAlias = discord.Role | discord.Member | discord.Object
Overwrites: TypeAlias = dict[Target, discord.PermissionOverwrite]

_LOOK_BACK = 20
"""Messages looked at to tell whether people ever wrote in a channel; the bot itself writes few there."""


def title(space: Space) -> str:
    """The name of a group's role and of its thread."""
    return f"Group · {space.name}"


def slug(space: Space) -> str:
    """The name of a group's channel, the way Discord writes those of text channels."""
    return re.sub(r"[\W_]+", "-", space.name.lower()).strip("-") or f"group-{space.group_id}"


def topic(space: Space) -> str:
    """The topic of a group's channel; the number in it tells the bot that it is its own."""
    return f"For {space.name} and the course staff (group {space.group_id})"


def kind(room: Room | None) -> str | None:
    """ "channel", "thread", or None for none."""
    return None if room is None else "thread" if isinstance(room, discord.Thread) else "channel"


async def find_role(guild: discord.Guild, role_id: str | None) -> discord.Role | None:
    """The role with this id, None when it is gone."""
    if role_id is None:
        return None
    found = guild.get_role(int(role_id))
    if found is None:  # gone, or so new that the cache has not heard of it
        try:
            found = await guild.fetch_role(int(role_id))
        except discord.NotFound:
            return None
    return found


async def find_room(guild: discord.Guild, room_id: str | None, asleep: dict[int, discord.Thread]) -> Room | None:
    """The channel or thread with this id, None when it is gone.

    `asleep` keeps archived threads, which are in no cache.

    Raises:
        discord.Forbidden: the bot does not see it.
    """
    if room_id is None:
        return None
    found = guild.get_channel_or_thread(int(room_id)) or asleep.get(int(room_id))
    if found is None:
        try:
            found = await guild.fetch_channel(int(room_id))
        except discord.NotFound:
            return None
        if isinstance(found, discord.Thread):
            asleep[found.id] = found
    return found if isinstance(found, discord.TextChannel | discord.Thread) else None


def own_role(guild: discord.Guild, space: Space, taken: Collection[int]) -> discord.Role | None:
    """The role made for a group before a crash. One that is older than the group, or permits anything, is not it."""
    for role in guild.roles:
        harmless = role.permissions == discord.Permissions.none() and not role.managed
        if role.name == title(space) and harmless and _made_for(role, space, taken):
            return role
    return None


def own_channel(guild: discord.Guild, space: Space, taken: Collection[int]) -> discord.TextChannel | None:
    """The channel made for a group before a crash."""
    for channel in guild.text_channels:
        if (channel.name, channel.topic) == (slug(space), topic(space)) and _made_for(channel, space, taken):
            return channel
    return None


def own_thread(parent: discord.TextChannel, space: Space, taken: Collection[int]) -> discord.Thread | None:
    """The thread made for a group before a crash."""
    for thread in parent.threads:
        mine = thread.owner_id == parent.guild.me.id and thread.is_private()
        if mine and thread.name == title(space) and _made_for(thread, space, taken):
            return thread
    return None


def _made_for(thing: discord.Role | Room, space: Space, taken: Collection[int]) -> bool:
    return thing.id not in taken and discord.utils.snowflake_time(thing.id) >= space.created_at


async def unused(channel: discord.TextChannel) -> bool:
    """Whether surely nobody but the bot ever wrote in it."""
    try:
        authors = [message.author.id async for message in channel.history(limit=_LOOK_BACK)]
    except discord.Forbidden:
        return False
    return len(authors) < _LOOK_BACK and set(authors) <= {channel.guild.me.id}


def overwrites(
    guild: discord.Guild,
    now: Overwrites,
    *,
    see: Iterable[discord.Role],
    people: Iterable[str],
    gone: Iterable[str],
) -> Overwrites:
    """Who sees a group's channel; what staff changed besides by hand stays.

    Args:
        see: The roles that see it.
        people: Those who see it by themselves, by user id.
        gone: Ids of people, and of deleted roles, that have no business there any more.
    """
    ids = {int(id_) for id_ in gone}
    found = {target.id: (target, overwrite) for target, overwrite in now.items() if target.id not in ids}

    def change(target: Target, **values: bool) -> None:
        target, overwrite = found.get(target.id, (target, discord.PermissionOverwrite()))
        if overwrite.view_channel is not values["view_channel"]:
            overwrite.update(**values)
        found[target.id] = target, overwrite

    change(guild.default_role, view_channel=False)
    change(guild.me, view_channel=True, send_messages=True, read_message_history=True)
    for role in see:
        change(role, view_channel=True)
    for user in people:
        change(discord.Object(int(user), type=discord.User), view_channel=True)
    return dict(found.values())


def silenced(guild: discord.Guild, seen_by: Overwrites) -> Overwrites:
    """The same people see it, and nobody writes any more."""
    seen_by[guild.default_role].update(send_messages=False, send_messages_in_threads=False, create_public_threads=False)
    return seen_by


class Categories:
    """Where channels are made: "Groups", and when that is full "Groups 2" and so on."""

    def __init__(self, guild: discord.Guild) -> None:
        self._guild = guild
        self._number = 1
        self._now: discord.CategoryChannel | None = None
        self.taken = 0

    def room(self) -> discord.CategoryChannel | None:
        """The first with room for one more channel; None when that has yet to be made."""
        while True:
            if self._now is None:
                self._now = discord.utils.get(self._guild.categories, name=self._name)
                self.taken = len(self._now.channels) if self._now else 0
            if self._now is None or self.taken < CATEGORY_MAX:
                return self._now
            self._now, self._number = None, self._number + 1

    async def make(self, reason: str) -> discord.CategoryChannel:
        """The next one."""
        self._now = await self._guild.create_category(self._name, reason=reason)
        self.taken = 0
        return self._now

    @property
    def _name(self) -> str:
        return "Groups" if self._number == 1 else f"Groups {self._number}"
