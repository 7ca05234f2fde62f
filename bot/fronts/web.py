"""The small web server. It runs only when [web] is on, on loopback unless told otherwise."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from bot.config_sections import Web
from bot.core.times import Clock
from bot.services.calendars import Calendars
from bot.services.panel import Panels

_CLOSING = 1.0
"""Seconds that answers under way have when the server stops."""


@asynccontextmanager
async def web_server(
    settings: Web, ready: Callable[[], bool], panels: Panels, calendars: Calendars, clock: Clock
) -> AsyncIterator[int | None]:
    """Serve GET /healthz (200 once the gateway is ready, 503 before), the projector and the calendars; gives the port.

    Raises:
        OSError: the address is taken or not ours.
    """
    if not settings.enabled:
        yield None
        return
    from aiohttp import web  # the server half of aiohttp, which most starts do without

    from bot.fronts.calendar.server import CalendarFeeds
    from bot.fronts.projector.server import Projector

    async def health(_request: web.Request) -> web.Response:
        return web.json_response({"ready": ready()}, status=200 if ready() else 503)

    application = web.Application()
    application.router.add_get("/healthz", health)
    Projector(panels, clock).add_to(application)
    CalendarFeeds(calendars, clock).add_to(application)
    # No access log: an address is the secret that opens a page. And who goes away is noticed at once.
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=_CLOSING, handler_cancellation=True)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.host, settings.port).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
