"""The loopback server against the real discord.py client: messages, mentions, files, threads and closed doors."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import discord
import pytest

from tests.faults.loopback_bot import Bot, general, running
from tests.loopback import LoopbackDiscord
from tests.loopback.state import SEND_MESSAGES, VIEW_CHANNEL


async def test_the_same_nonce_makes_one_message_within_the_window(bot: Bot) -> None:
    moment = datetime(2024, 1, 10, tzinfo=UTC)
    async with LoopbackDiscord(now=lambda: moment) as server, running(server) as connected:
        channel = general(connected, server)
        first = await channel.send("reminder", nonce="r1")
        moment += timedelta(minutes=4)
        again = await channel.send("reminder", nonce="r1")
        assert first.id == again.id
        assert len(server.history()) == 1
        moment += timedelta(minutes=2)
        assert (await channel.send("reminder", nonce="r1")).id != first.id
        assert [m.nonce for m in server.messages.created] == ["r1", "r1"]


async def test_history_files_threads_pins_and_events(server: LoopbackDiscord, bot: Bot) -> None:
    channel = general(bot, server)
    sent = [await channel.send(f"m{i}") for i in range(5)]
    assert [m.content async for m in channel.history(limit=3)] == ["m4", "m3", "m2"]
    assert [m.content async for m in channel.history(after=sent[1], limit=2)] == ["m2", "m3"]
    assert [m.id async for m in channel.history(around=sent[2], limit=3)] == [m.id for m in sent[3:0:-1]]
    await sent[0].pin()
    assert [m.id async for m in channel.pins()] == [sent[0].id]
    await sent[1].edit(content="changed")
    await sent[2].delete()
    assert [m["content"] for m in server.history()] == ["m0", "changed", "m3", "m4"]

    filed = await channel.send("file", file=discord.File(io.BytesIO(b"abc"), "a.txt"))
    assert await filed.attachments[0].read() == b"abc"
    server.cdn.expire()
    with pytest.raises(discord.NotFound):
        await filed.attachments[0].read()

    thread = await sent[0].create_thread(name="talk")
    await thread.send("inside")
    assert server.history(server.world.channels[thread.id])[0]["content"] == "inside"
    guild = bot.get_guild(server.guild.id)
    assert guild is not None
    begin = datetime.now(UTC) + timedelta(days=1)
    event = await guild.create_scheduled_event(
        name="class",
        start_time=begin,
        end_time=begin + timedelta(hours=1),
        entity_type=discord.EntityType.external,
        location="room",
        privacy_level=discord.PrivacyLevel.guild_only,
    )
    assert event.name == "class"
    role = await guild.create_role(name="Group A")
    ada = await guild.fetch_member(server.add_member("ada").id)
    await ada.add_roles(role)
    assert role.id in server.guild.members[ada.id].roles


async def test_only_allowed_mentions_ping(server: LoopbackDiscord, bot: Bot) -> None:
    ada, alan = server.add_member("ada"), server.add_member("alan")
    allowed = discord.AllowedMentions(users=[discord.Object(ada.id)], everyone=False, roles=False)
    await general(bot, server).send(f"<@{ada.id}> <@{alan.id}> @everyone", allowed_mentions=allowed)
    (message,) = server.history()
    assert [user["id"] for user in message["mentions"]] == [str(ada.id)]
    assert message["mention_everyone"] is False


async def test_without_the_content_intent_others_messages_read_empty(server: LoopbackDiscord, bot: Bot) -> None:
    server.say(server.add_member("ada"), "secret")
    assert [m.content async for m in general(bot, server).history()] == [""]
    server.world.privileged_intents = 1 << 15
    assert [m.content async for m in general(bot, server).history()] == ["secret"]


async def test_closed_dms_and_closed_channels(server: LoopbackDiscord, bot: Bot) -> None:
    ada = server.add_member("ada")
    person = await bot.fetch_user(ada.id)
    await person.send("hi")
    assert [m["content"] for m in server.direct_messages(ada)] == ["hi"]
    ada.dm_closed = True
    with pytest.raises(discord.Forbidden) as closed:
        await person.send("hi")
    server.world.deny(server.channel, server.world.bot, SEND_MESSAGES)
    with pytest.raises(discord.Forbidden) as mute:
        await general(bot, server).send("hi")
    server.world.deny(server.channel, server.world.bot, VIEW_CHANNEL)
    with pytest.raises(discord.Forbidden) as hidden:
        await general(bot, server).send("hi")
    with pytest.raises(discord.NotFound) as gone:
        await bot.fetch_channel(1)
    assert [e.value.code for e in (closed, mute, hidden, gone)] == [50007, 50013, 50001, 10003]
