"""The loopback server against the real discord.py client: it fails as ordered."""

from __future__ import annotations

import asyncio
import json

import aiohttp
import discord
import pytest

from tests.faults.loopback_bot import Bot, general
from tests.loopback import LoopbackDiscord

POST = "POST /channels/{channel_id}/messages"


async def test_a_rate_limit_is_waited_for(server: LoopbackDiscord, bot: Bot) -> None:
    server.fail("rate_limit", POST, times=2, retry_after=0.02)
    server.fail("rate_limit", POST, retry_after=0.02, scope="global")
    await general(bot, server).send("hi")
    assert [r.status for r in server.requests_to(POST)] == [429, 429, 429, 200]
    assert server.invalid_requests == 3


async def test_a_429_without_via_is_not_waited_for(server: LoopbackDiscord, bot: Bot) -> None:
    server.fail("rate_limit", POST, via=False)
    server.fail("cloudflare_ban", POST)
    for _ in range(2):
        with pytest.raises(discord.HTTPException) as banned:
            await general(bot, server).send("hi")
        assert banned.value.status == 429


async def test_buckets_and_the_global_limit_hold_back(server: LoopbackDiscord, bot: Bot) -> None:
    server.faults.add_bucket(POST, limit=2, per=0.2)
    channel = general(bot, server)
    await asyncio.gather(*(channel.send(f"m{i}") for i in range(5)))
    assert len(server.history()) == 5
    server.faults.clear()
    server.faults.global_limit = 1
    ada = server.add_member("ada")
    first, second = await asyncio.gather(*(server.slash(ada, "greet", {"name": "x"}) for _ in range(2)))
    assert first.content == second.content
    await channel.send("a")
    task = asyncio.create_task(bot.fetch_user(ada.id))
    await server.wait_until(lambda: server.requests[-1].status == 429)
    server.faults.clear()
    assert (await task).id == ada.id


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_server_errors(server: LoopbackDiscord, bot: Bot, status: int) -> None:
    server.fail("error", POST, status=status)
    channel = general(bot, server)
    if status == 503:  # The client retries 500, 502, 504 and 524, and raises on 503.
        with pytest.raises(discord.DiscordServerError):
            await channel.send("hi")
    await channel.send("hi")
    assert [r.status for r in server.requests_to(POST)] == [status, 200]


async def test_an_answer_is_retried_on_503(server: LoopbackDiscord, bot: Bot) -> None:
    server.fail("error", "POST /interactions/*/*/callback", status=503)
    answer = await server.slash(server.add_member("ada"), "greet", {"name": "x"})
    assert answer.content == "hello x"
    assert answer.latency > 0.9


async def test_a_message_accepted_and_then_failed_is_not_doubled(server: LoopbackDiscord, bot: Bot) -> None:
    server.fail("error", POST, status=502, after=True)
    sent = await general(bot, server).send("once", nonce="n1")
    assert [m["id"] for m in server.history()] == [str(sent.id)]
    assert server.requests[-1].extra == {"deduplicated": True}


async def test_dropped_hanging_and_broken_answers(server: LoopbackDiscord, bot: Bot) -> None:
    channel = general(bot, server)
    server.fail("drop", POST)
    with pytest.raises(aiohttp.ClientError):
        await channel.send("lost")
    assert server.history() == []
    server.fail("drop", POST, after=True)
    with pytest.raises(aiohttp.ClientError):
        await channel.send("arrived")
    assert [m["content"] for m in server.history()] == ["arrived"]
    server.fail("hang", POST)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(channel.send("hung"), 0.05)
    server.fail("malformed", POST)
    with pytest.raises(json.JSONDecodeError):
        await channel.send("broken")
    server.fail("delay", POST, seconds=0.05)
    await channel.send("late")
    assert [m["content"] for m in server.history()] == ["arrived", "late"]


async def test_named_refusals(server: LoopbackDiscord, bot: Bot) -> None:
    codes = []
    for kind in ("missing_access", "missing_permissions", "unknown_channel", "closed_dm"):
        server.fail(kind, POST, skip=1)
        await general(bot, server).send("passes")
        with pytest.raises(discord.HTTPException) as refused:
            await general(bot, server).send("hi")
        codes.append(refused.value.code)
    assert codes == [50001, 50013, 10003, 50007]
