"""The stage: a loopback Discord and one bot on it, each in a process of its own, as in real life."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "bot" / "demo" / "sample" / "schedule.md"
BEFORE_THE_LOCK = "2024-01-22T12:00:00+00:00"
"""The sample course's own time: ids, and so "now" for a command, come from the server's clock."""


@dataclass
class Stage:
    """A running server with a bot on it. `ready_s` is from the bot's start to the gateway, in seconds."""

    control: str
    session: aiohttp.ClientSession
    bot: asyncio.subprocess.Process
    ready_s: float

    async def post(self, path: str, body: dict[str, Any]) -> Any:
        async with self.session.post(f"{self.control}/{path}", json=body) as response:
            answer = await response.json()
        if response.status != 200:
            raise RuntimeError(f"{path}: {answer}")
        return answer

    async def users(self, count: int, **how: Any) -> list[str]:
        """New members of the server."""
        return list((await self.post("members", {"count": count, **how}))["users"])

    async def act(self, user: str, command: str, **options: Any) -> dict[str, Any]:
        """One command; the answer with its latency."""
        return dict(await self.post("interaction", {"user": user, "command": command, "options": options}))

    async def burst(
        self,
        interactions: Sequence[dict[str, Any]],
        rate: float | None = None,
        *,
        in_flight: int | None = None,
        answers: bool = False,
    ) -> dict[str, Any]:
        """Many commands or presses: all at once, `rate` a second, or `in_flight` at a time; fails when one was not
        answered. With `answers` the report has them all."""
        how = {"rate": rate, "in_flight": in_flight, "answers": answers}
        report = await self.post("burst", {"interactions": list(interactions), **how})
        if report["errors"]:
            raise RuntimeError(f"{len(report['errors'])} of {report['sent']} failed: {report['errors'][0]}")
        return dict(report)

    def rss_mb(self) -> float:
        """The bot's resident memory."""
        status = Path(f"/proc/{self.bot.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024


@asynccontextmanager
async def stage(bot: str, folder: Path | None = None) -> AsyncIterator[Stage]:
    """A server of its own and `bot` ("noop" or "colloquy") on it; Colloquy keeps its course in `folder`."""
    async with spawn("-m", "tests.loopback", "--port", "0") as server, aiohttp.ClientSession() as session:
        assert server.stdout is not None
        where = json.loads(await server.stdout.readline())
        async with session.post(f"{where['control']}/clock", json={"at": BEFORE_THE_LOCK}) as response:
            response.raise_for_status()
        if folder is None:
            with tempfile.TemporaryDirectory() as fresh:
                async with _bot(bot, where, session, Path(fresh)) as running:
                    yield running
        else:
            async with _bot(bot, where, session, folder) as running:
                yield running


@asynccontextmanager
async def _bot(bot: str, where: dict[str, str], session: aiohttp.ClientSession, folder: Path) -> AsyncIterator[Stage]:
    if bot == "noop":
        arguments = ["-m", "benchmarks.noop", where["api_base"], where["gateway_url"]]
    else:
        config = write_config(folder, where)
        arguments = ["-m", "bot", "run", "--config", str(config)]
    began = time.perf_counter()
    async with spawn(*arguments, token=where["token"]) as process:
        async with session.get(f"{where['control']}/ready?timeout=30&commands=0") as response:
            response.raise_for_status()
        ready_s = time.perf_counter() - began
        if bot == "noop" or not (folder / ".registered").exists():
            async with session.get(f"{where['control']}/ready?timeout=30") as response:
                response.raise_for_status()
        yield Stage(where["control"], session, process, ready_s)


def write_config(folder: Path, where: dict[str, str]) -> Path:
    """The example course with its database in `folder` and Discord at `where`."""
    text = (ROOT / "config.example.toml").read_text()
    addresses = f'api_base = "{where["api_base"]}"\ngateway_url = "{where["gateway_url"]}"\n'
    path = folder / "config.toml"
    path.write_text(text.replace("[database]", addresses + "\n[database]", 1))
    return path


@asynccontextmanager
async def spawn(*arguments: str, token: str = "") -> AsyncIterator[asyncio.subprocess.Process]:
    """`python …` until the end of the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        cwd=ROOT,
        env={**os.environ, "DISCORD_TOKEN": token},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def run(*arguments: str) -> float:
    """Run `python …` to its end and return how long it took, in seconds.

    Raises:
        RuntimeError: it failed.
    """
    began = time.perf_counter()
    async with spawn(*arguments) as process:
        await process.communicate()
    if process.returncode:
        raise RuntimeError(f"{arguments} ended with {process.returncode}")
    return time.perf_counter() - began
