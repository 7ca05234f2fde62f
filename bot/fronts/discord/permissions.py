"""What the bot may do in a channel, seen from Discord's side."""

from __future__ import annotations

from typing import Any

import discord

from bot.services.doctor import Check, Diagnosis, Verdict

_NEEDED = ("view_channel", "send_messages", "embed_links", "read_message_history")
_CHANNELS = ("view_channel", "send_messages", "read_message_history", "manage_channels", "manage_roles")
_THREADS = ("view_channel", "create_private_threads", "send_messages_in_threads", "manage_threads")


def channel_checks(guild: discord.Guild | None, diagnosis: Diagnosis) -> list[Check]:
    """Whether the bot can do its work in the channels that staff chose, and give groups what the policies ask for."""
    if guild is None:
        return []
    channels = {"announcement": diagnosis.announce_channel, "staff": diagnosis.staff_channel}
    checks = [_check(guild, word, int(channel)) for word, channel in channels.items() if channel]
    gaps = space_gaps(guild, role=diagnosis.group_role, room=diagnosis.group_room, announce=diagnosis.announce_channel)
    found = [*gaps.values(), event_gap(guild) if diagnosis.events else None]
    return [*checks, *(Check(Verdict.FAIL, gap) for gap in found if gap)]


def event_gap(guild: discord.Guild) -> str | None:
    """What keeps the bot from making events for the classes."""
    held = guild.me.guild_permissions
    if held.manage_events or held.create_events:
        return None
    return "Each class should have an event, and the bot lacks Manage Events: give it that in the server."


def _check(guild: discord.Guild, word: str, channel_id: int) -> Check:
    channel: Any = guild.get_channel(channel_id)
    if channel is None:
        return Check(
            Verdict.FAIL,
            f"The {word} channel is gone or hidden from the bot: choose one with `/staff setup`.",
        )
    held = channel.permissions_for(guild.me)
    missing = _missing(held, *_NEEDED)
    if missing:
        return Check(Verdict.FAIL, f"In <#{channel_id}> the bot lacks: {missing}. Give it these there.")
    return Check(Verdict.OK, f"The bot can post in <#{channel_id}> ({word}).")


def space_gaps(guild: discord.Guild, *, role: bool, room: str, announce: str | None) -> dict[str, str]:
    """What keeps the bot from giving groups a role or a room ("channel" or "thread") as the policies ask: by kind."""
    held, gaps = guild.me.guild_permissions, {}
    if role and not held.manage_roles:
        gaps["role"] = "Each group should have a role, and the bot lacks Manage Roles: give it that in the server."
    if room == "channel":
        lacks = _missing(held, *_CHANNELS)
        if lacks:
            gaps[room] = f"Each group should have a channel, and the bot lacks {lacks}: give it that in the server."
    elif room == "thread":
        parent = guild.get_channel(int(announce)) if announce else None
        if not isinstance(parent, discord.TextChannel) or parent.is_news():
            gaps[room] = (
                "Each group should have a private thread, and there is no text channel for them: choose one as the "
                "announcement channel with `/staff setup`."
            )
        else:
            lacks = _missing(parent.permissions_for(guild.me), *_THREADS)
            if lacks:
                gaps[room] = f"Each group should have a private thread, and the bot lacks {lacks} in {parent.mention}."
    return gaps


def _missing(held: discord.Permissions, *needed: str) -> str:
    return ", ".join(name.replace("_", " ").title() for name in needed if not getattr(held, name))
