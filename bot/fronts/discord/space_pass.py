"""One pass over the groups' roles and rooms: see `bot.fronts.discord.spaces` for what is made and what is put away."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import discord

from bot.fronts.discord import space_things as things
from bot.fronts.discord.permissions import space_gaps
from bot.services.spaces import Space, Spaces, Wanted

log = logging.getLogger(__name__)

_WHY = "the course's groups"

_FULL = {
    "role": "The server has as many roles as Discord allows (250): some groups go without one. Delete roles that "
    "nobody needs, or set `groups.role` to no with `/staff policy`.",
    "channel": "The server has as many channels as Discord allows (500): some groups go without one. Delete channels "
    "that nobody needs, or set `groups.room` to thread or none with `/staff policy`.",
    "thread": "The server has as many open threads as Discord allows (1,000): some groups go without one. Archive "
    "threads that nobody needs, or set `groups.room` to none with `/staff policy`.",
}
_FULL_CODES = {30005: "role", 30013: "channel", 160006: "thread"}
_REFUSED = {
    "role": "Discord does not let the bot keep the groups' roles: give it Manage Roles, and move its own role above "
    "theirs in the server's settings.",
    "channel": "Discord does not let the bot keep the groups' channels: give it Manage Channels and Manage Roles.",
    "thread": "Discord does not let the bot keep the groups' threads: give it Create Private Threads, Send Messages in "
    "Threads and Manage Threads in the announcement channel.",
}


@dataclass(slots=True)
class Memory:
    """What is remembered from pass to pass and may be lost: threads that sleep, names asked for by id (Discord may
    have written one in another way), people found missing from the server, and what staff were told last."""

    asleep: dict[int, discord.Thread] = field(default_factory=dict)
    named: dict[int, str] = field(default_factory=dict)
    absent: set[tuple[int, str]] = field(default_factory=set)
    told: str | None = None


@dataclass(slots=True)
class _Group:
    """A group with what it has by now; `let_in` are those who need not be let in again."""

    space: Space
    role: discord.Role | None
    room: things.Room | None
    let_in: frozenset[str]

    @property
    def out(self) -> frozenset[str]:
        return self.space.let_in - self.space.members

    @property
    def kinds(self) -> set[str]:
        return {kind for kind in ("role" if self.role else None, things.kind(self.room)) if kind}


class Pass:
    """Brings one server in line with what is wanted. What is refused once is not tried again in the same pass."""

    def __init__(self, spaces: Spaces, guild: discord.Guild, wanted: Wanted, memory: Memory) -> None:
        self._spaces = spaces
        self._guild = guild
        self._wanted = wanted
        self._memory = memory
        self._stored = {int(id_) for space in wanted.spaces for id_ in (space.role_id, space.room_id) if id_}
        self._refused = space_gaps(guild, role=wanted.role, room=wanted.room, announce=wanted.announce_channel)
        self._full: dict[str, str] = {}
        self._deleted: set[str] = set()
        self._category = things.Categories(guild)
        # Counted here: the cache hears of what is made only after a while.
        self._numbers = {"role": len(guild.roles), "channel": len(guild.channels), "thread": 0}

    async def run(self) -> list[str]:
        """What staff should know, in sentences."""
        for space in sorted(self._wanted.spaces, key=lambda space: space.open):  # what is put away makes room
            await self._keep(space)
        return [*self._refused.values(), *self._full.values()]

    async def _keep(self, space: Space) -> None:
        role, room = await things.find_role(self._guild, space.role_id), None
        try:
            room = await things.find_room(self._guild, space.room_id, self._memory.asleep)
        except discord.Forbidden:
            self._refused.setdefault("thread", _REFUSED["thread"])
            return
        group = _Group(space, role, room, space.let_in)
        if (role is None) != (space.role_id is None) or (room is None) != (space.room_id is None):
            await self._note(group)  # somebody deleted it
        for user in sorted(group.out):
            await self._put_out(group, user)
        await self._keep_role(group)
        await self._keep_room(group)
        come = [user for user in sorted(space.members - group.let_in) if await self._let_in(group, user)]
        gone = () if group.kinds & self._refused.keys() else group.out
        if come or gone:
            await self._spaces.admit(space.group_id, let_in=come, let_out=gone)

    async def _note(self, group: _Group, *, anew: bool = False) -> None:
        """Store what the group has now; with something new everyone has to be let in again."""
        role, room = (str(thing.id) if thing else None for thing in (group.role, group.room))
        await self._spaces.keep(group.space.group_id, role, room, group.space.members if anew else ())
        if anew:
            group.let_in = frozenset()

    @contextmanager
    def _trying(self, kind: str) -> Iterator[None]:
        """Note a refusal, and go on without."""
        try:
            yield
        except discord.NotFound:
            self._memory.asleep.clear()  # gone since it was looked up: the next pass sees that
        except discord.HTTPException as error:
            full = _FULL_CODES.get(error.code)
            if full:
                self._full[full] = _FULL[full]
            elif error.status in (400, 403):
                self._refused[kind] = _REFUSED[kind]
            else:
                raise

    def _may_make(self, kind: str, most: int) -> bool:
        if self._numbers[kind] >= most:
            self._full[kind] = _FULL[kind]
        return kind not in self._full

    # Roles

    async def _keep_role(self, group: _Group) -> None:
        space, name = group.space, things.title(group.space)
        if "role" in self._refused:
            return
        if not (space.open and self._wanted.role):
            if group.role is not None:
                with self._trying("role"):
                    await group.role.delete(reason=_WHY)
                if "role" not in self._refused:
                    self._deleted.add(str(group.role.id))
                    self._numbers["role"] -= 1
                    group.role = None
                    await self._note(group)
        elif group.role is None:
            group.role = things.own_role(self._guild, space, self._stored) or await self._make_role(name)
            if group.role is not None:
                await self._note(group, anew=True)
        elif name not in (group.role.name, self._memory.named.get(group.role.id)):
            with self._trying("role"):
                await group.role.edit(name=name, reason=_WHY)
                self._memory.named[group.role.id] = name

    async def _make_role(self, name: str) -> discord.Role | None:
        if not self._may_make("role", things.ROLES_MAX):
            return None
        role, none = None, discord.Permissions.none()
        with self._trying("role"):
            role = await self._guild.create_role(name=name, permissions=none, mentionable=True, reason=_WHY)
            self._numbers["role"] += 1
        return role

    # Rooms

    async def _keep_room(self, group: _Group) -> None:
        wanted = self._wanted.room if group.space.open else "none"
        if group.room is not None and things.kind(group.room) != wanted:
            await self._put_away(group, group.room)
        if wanted == "none" or wanted in self._refused:
            return
        if group.room is None:
            made = await (self._make_channel(group) if wanted == "channel" else self._make_thread(group))
            if made is None:
                return
            group.room = made
            self._memory.named[made.id] = made.name if wanted == "thread" else things.slug(group.space)
            await self._note(group, anew=True)
        await self._bring_up_to_date(group, group.room)

    async def _make_channel(self, group: _Group) -> discord.TextChannel | None:
        found = things.own_channel(self._guild, group.space, self._stored)
        needed = 0 if self._category.room() else 1
        if found or not self._may_make("channel", things.CHANNELS_MAX - needed):
            return found
        channel = None
        with self._trying("channel"):
            category = self._category.room() or await self._category.make(_WHY)
            channel = await self._guild.create_text_channel(
                things.slug(group.space),
                category=category,
                topic=things.topic(group.space),
                overwrites=self._overwrites(group, {}),
                reason=_WHY,
            )
            self._category.taken += 1
            self._numbers["channel"] += 1 + needed
        return channel

    async def _make_thread(self, group: _Group) -> discord.Thread | None:
        parent = self._guild.get_channel(int(self._wanted.announce_channel or 0))
        if not isinstance(parent, discord.TextChannel):
            return None  # said already
        thread = things.own_thread(parent, group.space, self._stored)
        if thread is None and "thread" not in self._full:
            with self._trying("thread"):
                thread = await parent.create_thread(
                    name=things.title(group.space),
                    type=discord.ChannelType.private_thread,
                    invitable=False,
                    auto_archive_duration=10080,
                    reason=_WHY,
                )
        return thread

    async def _bring_up_to_date(self, group: _Group, room: things.Room) -> None:
        """Its name; and for a channel, who sees it."""
        if isinstance(room, discord.Thread):
            name = things.title(group.space)
            if name not in (room.name, self._memory.named.get(room.id)):
                with self._trying("thread"):
                    room = await self._awake(group, room)
                    await room.edit(name=name, reason=_WHY)
                    self._memory.named[room.id] = name
            return
        changes: dict[str, object] = {}
        name, topic = things.slug(group.space), things.topic(group.space)
        if name not in (room.name, self._memory.named.get(room.id)):
            changes |= {"name": name, "topic": topic}
        overwrites = self._overwrites(group, room.overwrites)
        if overwrites != room.overwrites:
            changes["overwrites"] = overwrites
        if changes:
            with self._trying("channel"):
                await room.edit(**changes, reason=_WHY)  # type: ignore[call-overload]
                self._memory.named[room.id] = name

    def _overwrites(self, group: _Group, now: things.Overwrites) -> things.Overwrites:
        space = group.space
        staff = self._guild.get_role(int(self._wanted.staff_role or 0))
        by_role = group.role is not None
        return things.overwrites(
            self._guild,
            now,
            see=[one for one in (staff, group.role) if one],
            people=() if by_role else space.members,
            gone=self._deleted | (space.members | space.let_in if by_role else group.out),
        )

    async def _put_away(self, group: _Group, room: things.Room) -> None:
        kind = things.kind(room)
        assert kind is not None
        if kind in self._refused:
            return
        with self._trying(kind):
            if isinstance(room, discord.Thread):
                room = await self._awake(group, room)
                await room.edit(archived=True, locked=True, reason=_WHY)
            elif await things.unused(room):
                await room.delete(reason=_WHY)
                self._numbers["channel"] -= 1
            else:
                name = f"archived-{things.slug(group.space)}"
                seen_by = things.silenced(self._guild, self._overwrites(group, room.overwrites))
                await room.edit(name=name, overwrites=seen_by, reason=_WHY)
        if kind not in self._refused:
            self._memory.asleep.pop(room.id, None)
            group.room = None
            await self._note(group)

    async def _awake(self, group: _Group, thread: discord.Thread) -> discord.Thread:
        """In an archived thread nothing can be changed."""
        if thread.archived:
            thread = await thread.edit(archived=False, reason=_WHY)
            self._memory.asleep.pop(thread.id, None)
            group.room = thread
        return thread

    # People

    async def _put_out(self, group: _Group, user: str) -> None:
        """From a channel they are put out when it is brought up to date; with a role that goes, they lose it anyway."""
        if group.role is not None and group.space.open and self._wanted.role and "role" not in self._refused:
            with self._trying("role"):
                member = await self._guild.fetch_member(int(user))
                await member.remove_roles(group.role, reason=_WHY)
        if isinstance(group.room, discord.Thread) and "thread" not in self._refused:
            with self._trying("thread"):
                thread = await self._awake(group, group.room)
                await thread.remove_user(discord.Object(int(user)))

    async def _let_in(self, group: _Group, user: str) -> bool:
        """Whether they are in, and need not be let in again."""
        pair = (group.space.group_id, user)
        if not group.kinds or group.kinds & self._refused.keys() or pair in self._memory.absent:
            return False
        if group.role is not None:
            with self._trying("role"):
                try:
                    member = await self._guild.fetch_member(int(user))
                except discord.NotFound:
                    self._memory.absent.add(pair)
                    return False
                await member.add_roles(group.role, reason=_WHY)
        if isinstance(group.room, discord.Thread):
            with self._trying("thread"):
                thread = await self._awake(group, group.room)
                try:
                    await thread.add_user(discord.Object(int(user)))
                except (discord.Forbidden, discord.NotFound) as error:  # not here, or does not see the channel
                    log.warning("could not add a member to the thread of group %d: %s", group.space.group_id, error)
                    self._memory.absent.add(pair)
                    return False
        return not group.kinds & self._refused.keys()
