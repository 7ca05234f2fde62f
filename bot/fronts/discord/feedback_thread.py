"""The thread in which staff and a group talk about what was handed in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord

from bot.core.errors import CourseError
from bot.core.people import Actor
from bot.fronts.discord.identity import place_of
from bot.fronts.discord.text import clip, escape
from bot.services.hand_ins import Talk

if TYPE_CHECKING:
    from bot.fronts.discord.client import ColloquyBot

_MAX_PINGS = 60


async def thread_for(interaction: discord.Interaction[ColloquyBot], actor: Actor, talk: Talk) -> str:
    """The id of the thread, made if there is none (any more): in the group's own room, or else a private one in the
    announcement channel with the group's members. One at a time, please: two at once would make two.

    Raises:
        CourseError: there is no place for it, or the bot may not make one.
    """
    guild = interaction.guild
    assert guild is not None
    if talk.thread is not None and await _find(guild, talk.thread) is not None:
        return talk.thread
    try:
        thread, ping = await _make(guild, talk)
        people = [*talk.people[:_MAX_PINGS], str(interaction.user.id)] if ping else []
        words = f"💬 **{escape(clip(talk.title, 200))}** ({escape(clip(talk.owner, 80))}): feedback from the staff."
        if people:
            words += "\n" + " ".join(f"<@{user_id}>" for user_id in people)
        users = [discord.Object(int(user_id)) for user_id in people]
        # Who is mentioned in a private thread is let into it.
        await thread.send(words, allowed_mentions=discord.AllowedMentions(everyone=False, roles=False, users=users))
    except discord.Forbidden:
        raise CourseError(
            "I may not open a thread for the feedback: give me Create Private Threads, Create Public Threads and Send "
            "Messages in Threads in the announcement channel or the group's, and press again."
        ) from None
    await interaction.client.services.hand_ins.tie(place_of(interaction), actor, talk.hand_in_id, str(thread.id))
    return str(thread.id)


async def _make(guild: discord.Guild, talk: Talk) -> tuple[discord.Thread, bool]:
    """The thread, and whether its people have to be let in."""
    name = clip(f"Feedback: {talk.title}", 100)
    room = await _find(guild, talk.room) if talk.room else None
    if isinstance(room, discord.Thread):
        return room, False
    if isinstance(room, discord.TextChannel):
        return await room.create_thread(name=name, type=discord.ChannelType.public_thread), False
    channel = await _find(guild, talk.channel) if talk.channel else None
    if not isinstance(channel, discord.TextChannel) or channel.is_news():  # a news channel holds no private threads
        raise CourseError(
            "There is no text channel to open a private thread in: choose one as the announcement channel with "
            "`/staff setup`, or give groups rooms of their own with the policy `groups.room`."
        )
    kind = discord.ChannelType.private_thread
    return await channel.create_thread(name=name, type=kind, invitable=False), True


async def _find(guild: discord.Guild, channel_id: str) -> Any:
    try:
        return guild.get_channel_or_thread(int(channel_id)) or await guild.fetch_channel(int(channel_id))
    except (discord.NotFound, discord.Forbidden):
        return None
