"""The fixture notices what a bot sends in simcord and over the loopback server."""

from __future__ import annotations

import asyncio

import aiohttp
import discord
import pytest
import simcord
from discord.ext import commands

from tests.contract.plugin import Contract, assert_contract, fail_on, watched
from tests.loopback import LoopbackDiscord

UNSAID = "a text is sent without allowed_mentions"


async def test_a_loopback_server_is_noted_and_its_log_checked() -> None:
    kept = Contract()
    with pytest.MonkeyPatch.context() as patch:
        watched(kept, patch)
        async with LoopbackDiscord() as server, aiohttp.ClientSession() as http:
            address = f"{server.api_base}/channels/{server.channel.id}/messages"
            headers = {"Authorization": f"Bot {server.token}"}
            async with http.post(address, json={"content": "x"}, headers=headers) as answer:
                assert answer.status == 200
    assert kept.made == [server]
    assert kept.violations() == [f"POST /channels/{server.channel.id}/messages: {UNSAID}"]
    with pytest.raises(pytest.fail.Exception, match=UNSAID):
        assert_contract(server)
    kept.allow("allowed_mentions")
    fail_on(kept.violations())
    server.interactions.problems.append("/vote: answered twice")
    assert kept.violations() == ["/vote: answered twice"]
    server.reset()


async def test_a_simcord_environment_is_noted_and_its_log_checked() -> None:
    bot = commands.Bot("!", intents=discord.Intents(guilds=True), help_command=None)

    @bot.tree.command(description="Greet")
    async def greet(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("hello")

    kept = Contract()
    with pytest.MonkeyPatch.context() as patch:
        watched(kept, patch)
        async with simcord.run(bot) as env:
            await bot.tree.sync()
            guild = env.create_guild()
            channel = guild.create_text_channel("general")
            await guild.add_member(env.create_user("ada")).slash(channel, "greet")
            await asyncio.sleep(0)
    (problem,) = kept.violations()
    assert problem.endswith(UNSAID)
    env.http_requests.clear()
