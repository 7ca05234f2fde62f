"""The small web server. It runs only when [web] is on, on loopback unless told otherwise."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from bot.config import Web


@asynccontextmanager
async def health_server(settings: Web, ready: Callable[[], bool]) -> AsyncIterator[None]:
    """Serve GET /healthz: 200 once the gateway is ready, 503 before.

    Raises:
        OSError: the address is taken or not ours.
    """
    if not settings.enabled:
        yield
        return
    from aiohttp import web  # the server half of aiohttp, which most starts do without

    async def health(_request: web.Request) -> web.Response:
        return web.json_response({"ready": ready()}, status=200 if ready() else 503)

    application = web.Application()
    application.router.add_get("/healthz", health)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.host, settings.port).start()
        yield
    finally:
        await runner.cleanup()
