"""The loopback server against the real discord.py client: in a thread, and as a process with a control API."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import aiohttp
import discord
import pytest

from tests.faults.loopback_bot import Bot
from tests.loopback import LoopbackDiscord, LoopbackThread


def test_the_server_runs_in_a_thread() -> None:
    async def stand_in(server: LoopbackDiscord) -> list[dict[str, Any]]:
        return server.history()

    async def call(base: str, token: str) -> int:
        headers = {"Authorization": f"Bot {token}"}
        async with aiohttp.ClientSession() as http, http.get(f"{base}/gateway/bot", headers=headers) as answer:
            assert answer.headers["Content-Type"] == "application/json"
            return answer.status

    with LoopbackThread() as thread:
        assert thread.call(stand_in(thread.discord)) == []
        assert asyncio.run(call(thread.discord.api_base, thread.discord.token)) == 200


async def test_the_server_runs_as_a_process_with_a_control_api() -> None:
    root = Path(__file__).parents[2]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.loopback",
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    told = json.loads(await process.stdout.readline())
    base, gateway = discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY
    async with aiohttp.ClientSession(told["control"] + "/") as http:

        async def ask(method: str, path: str, body: Any = None) -> Any:
            async with http.request(method, path, json=body) as answer:
                return await answer.json()

        try:
            discord.http.Route.BASE = told["api_base"]
            discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = type(gateway)(told["gateway_url"])
            async with Bot() as bot:
                task = asyncio.create_task(bot.start(told["token"]))
                await ask("GET", "ready")
                users = (await ask("POST", "members", {"count": 20}))["users"]
                greetings = [{"user": user, "command": "greet", "options": {"name": user}} for user in users]
                report = await ask("POST", "burst", {"interactions": greetings, "rate": 400})
                assert (report["answered"], report["errors"], len(report["latencies_ms"])) == (20, [], 20)
                panel = await ask("POST", "interaction", {"user": users[0], "command": "panel"})
                press = {"kind": "click", "user": users[1], "interaction": panel["interaction_id"], "custom_id": "Join"}
                assert (await ask("POST", "interaction", press))["content"] == "student1 joined"
                assert [m["content"] for m in await ask("GET", "messages")] == ["student1 joined"]
                assert len(await ask("GET", "created")) == 21
                await ask("POST", "faults", {"kind": "missing_access", "route": "GET /users/*", "times": 1})
                with pytest.raises(discord.Forbidden):
                    await bot.fetch_user(int(users[0]))
                assert (await ask("GET", "requests"))[-1]["fault"] == "missing_access"
                assert "no command" in (await ask("POST", "interaction", {"user": users[0], "command": "x"}))["error"]
                await ask("POST", "gateway", {"action": "drop"})
                await ask("POST", "reset")
                assert (await ask("GET", "state"))["requests"] == 0
                await bot.close()
                await task
        finally:
            discord.http.Route.BASE = base
            discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = gateway
            process.terminate()
            await process.wait()
    assert process.returncode == 0
