"""Running the bot until a signal or a refused token ends it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sys

import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.app import App, build
from bot.config import ConfigError, Settings
from bot.core.times import SystemClock
from bot.fronts.web import health_server

log = logging.getLogger(__name__)

STOP_WITHIN = 4.0
"""Seconds for a clean stop; a service manager waits 5 before it kills."""

_AUTHENTICATION_FAILED = 4004


async def run(settings: Settings, token: str) -> int:
    """Connect and serve. Returns the process's exit code: 0 after SIGTERM or SIGINT, 3 for a refused token.

    Raises:
        CourseError: the configuration or the database cannot be used.
    """
    logging.basicConfig(
        level=settings.log.level, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    point_at(settings)
    async with build(settings, SystemClock()) as app:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, stop.set)
        try:
            async with health_server(settings.web, app.bot.is_ready):
                return await _serve(app, token, stop)
        except OSError as error:
            raise ConfigError(
                f"[web] cannot listen on {settings.web.host}:{settings.web.port} ({error.strerror})"
            ) from None


def point_at(settings: Settings) -> None:
    """Direct discord.py, which keeps its addresses in classes, at the configured ones."""
    Route.BASE = settings.discord.api_base
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(settings.discord.gateway_url)


async def _serve(app: App, token: str, stop: asyncio.Event) -> int:
    app.bot.when_ready(app.outbox.start)
    serving = asyncio.create_task(app.bot.start(token))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    try:
        if not serving.done():
            log.info("stopping")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(app.outbox.stop(), STOP_WITHIN / 2)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(app.bot.close(), STOP_WITHIN / 2)
            return 0
        await serving
    except discord.LoginFailure:
        return _refused()
    except discord.ConnectionClosed as error:
        if error.code == _AUTHENTICATION_FAILED:
            return _refused()
        raise
    finally:
        serving.cancel()
        await app.bot.close()
    return 0


def _refused() -> int:
    sys.stderr.write("colloquy: Discord refused the token: copy a new one from the developer portal's Bot page\n")
    return 3
