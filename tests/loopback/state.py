"""The world: users, servers, channels, roles and members, and the clock that ids are made from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

EPOCH_MS = 1_420_070_400_000
"""Discord's epoch: the first millisecond of 2015."""

TEXT, DM, VOICE, CATEGORY, PUBLIC_THREAD, PRIVATE_THREAD, FORUM = 0, 1, 2, 4, 11, 12, 15
THREADS = (10, PUBLIC_THREAD, PRIVATE_THREAD)

ADMINISTRATOR = 1 << 3
MANAGE_GUILD = 1 << 5
VIEW_CHANNEL = 1 << 10
SEND_MESSAGES = 1 << 11
MANAGE_MESSAGES = 1 << 13
READ_HISTORY = 1 << 16
MENTION_EVERYONE = 1 << 17
USE_COMMANDS = 1 << 31
SEND_IN_THREADS = 1 << 38
ALL_PERMISSIONS = (1 << 53) - 1


def _bits(*positions: int) -> int:
    return sum(1 << position for position in positions)


EVERYONE = _bits(6, 10, 11, 14, 15, 16, 31, 35, 38)
"""See, write, embed, attach, read back, react, use commands, open threads and write in them."""
BOT = EVERYONE | _bits(4, 13, 17, 28, 33, 34, 36, 44, 51)
"""What a course bot is usually invited with: also channels, messages, mentions, roles, events, threads, pins."""


def snowflake_time(snowflake: int) -> datetime:
    """The moment (UTC) an id was made."""
    return datetime.fromtimestamp(((snowflake >> 22) + EPOCH_MS) / 1000, UTC)


@dataclass(slots=True)
class User:
    id: int
    name: str
    bot: bool = False
    dm_closed: bool = False
    """A direct message to this person is refused with 50007."""


@dataclass(slots=True)
class Role:
    id: int
    name: str
    permissions: int = 0
    position: int = 1
    mentionable: bool = False
    managed: bool = False


@dataclass(slots=True)
class Member:
    user: User
    joined_at: datetime
    roles: list[int] = field(default_factory=list)
    nick: str | None = None


@dataclass(slots=True)
class Channel:
    """A channel, a thread (`parent_id` set, type 11 or 12) or a direct message (`recipient` set)."""

    id: int
    name: str
    type: int = TEXT
    guild_id: int | None = None
    parent_id: int | None = None
    position: int = 0
    topic: str | None = None
    overwrites: list[dict[str, Any]] = field(default_factory=list)
    recipient: User | None = None
    owner_id: int | None = None
    archived: bool = False
    locked: bool = False
    created_at: datetime | None = None
    last_message_id: int | None = None

    @property
    def is_thread(self) -> bool:
        return self.type in THREADS


@dataclass(slots=True)
class Guild:
    id: int
    name: str
    owner_id: int
    roles: dict[int, Role] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    threads: dict[int, Channel] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    events: dict[int, dict[str, Any]] = field(default_factory=dict)


class World:
    """Everything that exists on the server apart from messages. Changes are announced through `emit`."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now = now
        self.emit: Callable[[str, dict[str, Any]], None] = lambda event, data: None
        self._increment = 0
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.bot = self.add_user("colloquy-bot", bot=True)
        self.application_id = self.bot.id
        self.privileged_intents = 0
        """The privileged intents that the application may ask for (bits as in IDENTIFY); others close with 4014."""

    def snowflake(self, at: datetime | None = None) -> int:
        """A new id whose timestamp is `at`, by default the server's now."""
        self._increment = (self._increment + 1) & 0x3FFFFF
        return (int((at or self.now()).timestamp() * 1000) - EPOCH_MS) << 22 | self._increment

    # -- making things -------------------------------------------------------------------------------------

    def add_user(self, name: str, *, bot: bool = False) -> User:
        user = User(self.snowflake(), name, bot)
        self.users[user.id] = user
        return user

    def add_guild(self, name: str, *, bot_permissions: int = BOT) -> Guild:
        """A server with an owner, the bot in a role of its own, and no channel yet."""
        guild_id = self.snowflake()
        owner = self.add_user(f"owner of {name}")
        guild = Guild(guild_id, name, owner.id)
        guild.roles[guild_id] = Role(guild_id, "@everyone", EVERYONE, 0)
        bot_role = Role(self.snowflake(), self.bot.name, bot_permissions, 1, managed=True)
        guild.roles[bot_role.id] = bot_role
        guild.members[owner.id] = Member(owner, self.now())
        guild.members[self.bot.id] = Member(self.bot, self.now(), [bot_role.id])
        self.guilds[guild_id] = guild
        self.emit("GUILD_CREATE", {"guild": guild})
        return guild

    def add_member(self, guild: Guild, name: str, *, permissions: int = 0) -> User:
        """A new person in `guild`; `permissions` beyond everyone's come through a role made for them."""
        user = self.add_user(name)
        member = Member(user, self.now())
        if permissions:
            member.roles.append(self.add_role(guild, f"role of {name}"[:100], permissions=permissions).id)
        guild.members[user.id] = member
        self.emit("GUILD_MEMBER_ADD", {"guild": guild, "member": member})
        return user

    def remove_member(self, guild: Guild, user: User) -> None:
        del guild.members[user.id]
        self.emit("GUILD_MEMBER_REMOVE", {"guild": guild, "user": user})

    def add_role(self, guild: Guild, name: str, *, permissions: int = 0, mentionable: bool = False) -> Role:
        role = Role(self.snowflake(), name, permissions, len(guild.roles), mentionable)
        guild.roles[role.id] = role
        self.emit("GUILD_ROLE_CREATE", {"guild": guild, "role": role})
        return role

    def add_channel(
        self,
        guild: Guild,
        name: str,
        *,
        type: int = TEXT,
        parent: Channel | None = None,
        overwrites: list[dict[str, Any]] | None = None,
        topic: str | None = None,
    ) -> Channel:
        channel = Channel(
            self.snowflake(),
            name,
            type,
            guild.id,
            parent.id if parent else None,
            len(guild.channels),
            topic,
            overwrites or [],
        )
        self.channels[channel.id] = guild.channels[channel.id] = channel
        self.emit("CHANNEL_CREATE", {"channel": channel})
        return channel

    def add_thread(
        self, parent: Channel, name: str, owner: User, *, type: int = PUBLIC_THREAD, id: int | None = None
    ) -> Channel:
        """A thread under `parent`; one started from a message has that message's id."""
        guild = self.guilds[parent.guild_id or 0]
        thread = Channel(id or self.snowflake(), name, type, guild.id, parent.id, owner_id=owner.id)
        thread.created_at = self.now()
        self.channels[thread.id] = guild.threads[thread.id] = thread
        self.emit("THREAD_CREATE", {"channel": thread, "newly_created": True})
        return thread

    def remove_channel(self, channel: Channel) -> None:
        self.channels.pop(channel.id, None)
        if guild := self.guilds.get(channel.guild_id or 0):
            guild.channels.pop(channel.id, None)
            guild.threads.pop(channel.id, None)
        self.emit("THREAD_DELETE" if channel.is_thread else "CHANNEL_DELETE", {"channel": channel})

    def dm_with(self, user: User) -> Channel:
        """The direct-message channel between the bot and `user`, made when first asked for."""
        for channel in self.channels.values():
            if channel.recipient is user:
                return channel
        channel = Channel(self.snowflake(), "", DM, recipient=user)
        self.channels[channel.id] = channel
        return channel

    # -- permissions ---------------------------------------------------------------------------------------

    def guild_of(self, channel: Channel) -> Guild | None:
        return self.guilds.get(channel.guild_id or 0)

    def permissions(self, guild: Guild, user: User, channel: Channel | None = None) -> int:
        """The bits `user` holds in `guild`, or in `channel` with its overwrites applied."""
        member = guild.members.get(user.id)
        if member is None:
            return 0
        bits = guild.roles[guild.id].permissions
        for role in member.roles:
            bits |= guild.roles[role].permissions
        if user.id == guild.owner_id or bits & ADMINISTRATOR:
            return ALL_PERMISSIONS
        if channel is None:
            return bits
        holder = self.channels.get(channel.parent_id or 0, channel) if channel.is_thread else channel
        for targets in ({guild.id}, set(member.roles), {user.id}):
            deny = allow = 0
            for overwrite in holder.overwrites:
                if int(overwrite["id"]) in targets:
                    deny |= int(overwrite.get("deny", 0))
                    allow |= int(overwrite.get("allow", 0))
            bits = bits & ~deny | allow
        return bits

    def deny(self, channel: Channel, target: User | Role, permissions: int) -> None:
        """Take `permissions` from a user or a role in one channel, and tell the bot."""
        kind = 0 if isinstance(target, Role) else 1
        entry = {"id": str(target.id), "type": kind, "allow": "0", "deny": str(permissions)}
        channel.overwrites = [o for o in channel.overwrites if o["id"] != entry["id"]] + [entry]
        self.emit("CHANNEL_UPDATE", {"channel": channel})
