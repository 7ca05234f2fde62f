"""Running the bot until a signal or a refused token ends it."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import sys
from contextlib import AsyncExitStack

import aiohttp
import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.app import App, build
from bot.config import ConfigError, Settings
from bot.core.errors import CourseError
from bot.core.times import SystemClock
from bot.fronts.web import web_server

log = logging.getLogger(__name__)

STOP_WITHIN = 4.0
"""Seconds for a clean stop; a service manager waits 5 before it kills."""

_AUTHENTICATION_FAILED = 4004
_ANSWERING = (
    "CommandTree-",
    "discord-ui-view-dispatch-",
    "discord-ui-dynamic-item-",
    "discord-ui-modal-dispatch-",
    "discord.py: on_interaction",
)
"""How discord.py calls the tasks in which commands, buttons and modals are answered."""


async def run(settings: Settings, token: str) -> int:
    """Connect and serve. Returns the process's exit code: 0 after SIGTERM or SIGINT, 3 for a refused token.

    Raises:
        CourseError: the configuration or the database cannot be used.
    """
    logging.basicConfig(
        level=settings.log.level, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    # At DEBUG they write down whole requests and events: what people wrote, and their names.
    for library in ("discord", "openai", "httpx2", "httpcore2"):
        logging.getLogger(library).setLevel(max(logging.INFO, logging.getLogger().level))
    # At INFO it lists its plug-ins; and no voice means no need of what discord.py warns about.
    logging.getLogger("alembic.runtime.plugins").setLevel(logging.WARNING)
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
    point_at(settings)
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    async with build(settings, SystemClock()) as app, AsyncExitStack() as stack:
        try:
            panels, calendars = app.services.panels, app.services.calendars
            await stack.enter_async_context(web_server(settings.web, app.bot.is_ready, panels, calendars, app.clock))
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else str(error)
            raise ConfigError(f"[web] cannot listen on {settings.web.host}:{settings.web.port} ({reason})") from None
        return await _serve(app, token, stop)


def point_at(settings: Settings) -> None:
    """Direct discord.py, which keeps its addresses in classes, at the configured ones."""
    Route.BASE = settings.discord.api_base
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(settings.discord.gateway_url)


async def _serve(app: App, token: str, stop: asyncio.Event) -> int:
    app.bot.when_ready(freeze)
    app.bot.when_ready(app.outbox.start)
    app.bot.when_ready(app.nightly.start)
    serving = asyncio.create_task(app.bot.start(token))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    try:
        if not serving.done():
            log.info("stopping")
            await _finish(app)
            return 0
        await serving
    except discord.LoginFailure:
        return _refused()
    except discord.ConnectionClosed as error:
        if error.code == _AUTHENTICATION_FAILED:
            return _refused()
        raise
    except (aiohttp.ClientError, discord.HTTPException, TimeoutError) as error:
        # Only the first connection ends up here; later ones discord.py makes again by itself.
        raise CourseError(f"cannot start on Discord at {Route.BASE}: {error or type(error).__name__}") from None
    finally:
        closing = asyncio.create_task(app.bot.close())
        await asyncio.wait({closing}, timeout=STOP_WITHIN / 4)
        # What still waits for Discord now waits in vain; what it wrote is whole, and what it had to send is kept.
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left, timeout=STOP_WITHIN / 4)
    return 0


async def _finish(app: App) -> None:
    """Let what has begun come to its end, for as long as a stop may take."""
    begun = [task for task in asyncio.all_tasks() if task.get_name().startswith(_ANSWERING)]
    clocked = [asyncio.create_task(app.outbox.stop()), asyncio.create_task(app.nightly.stop())]
    await asyncio.wait({*begun, *clocked}, timeout=STOP_WITHIN / 2)


def freeze() -> None:
    """Collect garbage less often, and never what is there from the start.

    A full collection that looks through all of it stops everything for a tenth of a second, just when thousands of
    messages go out; and with Python's own thresholds a sixth of a crowd's votes goes into collecting.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _refused() -> int:
    sys.stderr.write("colloquy: Discord refused the token: copy a new one from the developer portal's Bot page\n")
    return 3
