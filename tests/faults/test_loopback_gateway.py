"""The loopback server against the real discord.py client: login, lost connections and sessions."""

from __future__ import annotations

import discord
import pytest

from tests.faults.loopback_bot import Bot
from tests.loopback import LoopbackDiscord


async def test_a_wrong_token_is_refused_at_login(server: LoopbackDiscord) -> None:
    with server.client_pointed_here():
        async with Bot() as stranger:
            with pytest.raises(discord.LoginFailure):
                await stranger.start("wrong")


async def test_a_token_refused_on_the_gateway_closes_with_4004(server: LoopbackDiscord) -> None:
    server.gateway.token = "another"
    with server.client_pointed_here():
        async with Bot() as stranger:
            with pytest.raises(discord.ConnectionClosed) as closed:
                await stranger.start(server.token)
    assert closed.value.code == 4004


async def test_an_event_missed_while_away_is_replayed(server: LoopbackDiscord, bot: Bot) -> None:
    ada = server.add_member("ada")
    for lose in (server.gateway.drop, server.gateway.reconnect):
        before = server.gateway.resumes
        lose()
        answer = await server.slash(ada, "greet", {"name": "x"})
        assert answer.content == "hello x"
        await server.wait_until(lambda before=before: server.gateway.resumes > before)
    assert server.gateway.identifies == 1
    assert len(bot.seen) == 2


async def test_a_lost_session_is_begun_anew(server: LoopbackDiscord, bot: Bot) -> None:
    server.gateway.invalidate()
    await server.wait_until(lambda: server.gateway.identifies == 2, within=8)
    answer = await server.slash(server.add_member("ada"), "greet", {"name": "x"})
    assert answer.content == "hello x"
