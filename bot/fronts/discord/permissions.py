"""What the bot may do in a channel, seen from Discord's side."""

from __future__ import annotations

from typing import Any

import discord

from bot.services.doctor import Check, Diagnosis, Verdict

_NEEDED = ("view_channel", "send_messages", "embed_links", "read_message_history")


def channel_checks(guild: discord.Guild | None, diagnosis: Diagnosis) -> list[Check]:
    """Whether the bot can do its work in the channels that staff chose."""
    if guild is None:
        return []
    channels = {"announcement": diagnosis.announce_channel, "staff": diagnosis.staff_channel}
    return [_check(guild, word, int(channel)) for word, channel in channels.items() if channel]


def _check(guild: discord.Guild, word: str, channel_id: int) -> Check:
    channel: Any = guild.get_channel(channel_id)
    if channel is None:
        return Check(
            Verdict.FAIL,
            f"The {word} channel is gone or hidden from the bot: choose one with `/staff setup`.",
        )
    held = channel.permissions_for(guild.me)
    missing = [name.replace("_", " ").title() for name in _NEEDED if not getattr(held, name)]
    if missing:
        return Check(Verdict.FAIL, f"In <#{channel_id}> the bot lacks: {', '.join(missing)}. Give it these there.")
    return Check(Verdict.OK, f"The bot can post in <#{channel_id}> ({word}).")
