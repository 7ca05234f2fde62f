"""The calendars' addresses: GET /calendar/<secret>.ics. Programs ask every few minutes, so "as before" costs little."""

from __future__ import annotations

import re

from aiohttp import web

from bot.core.times import Clock
from bot.services.calendars import Calendars

HEADERS = {
    # Whoever has a copy asks whether it still holds: an address that was replaced stops at once.
    "Cache-Control": "private, no-cache",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")


class CalendarFeeds:
    """Serves the calendars that `calendars` knows. Nobody needs to log in: the address is the secret."""

    def __init__(self, calendars: Calendars, clock: Clock) -> None:
        self._calendars = calendars
        self._clock = clock

    def add_to(self, application: web.Application) -> None:
        """Add the addresses to a server."""
        application.router.add_get(r"/calendar/{token}.ics", self._feed)

    async def _feed(self, request: web.Request) -> web.Response:
        token, have = request.match_info["token"], {etag.value for etag in request.if_none_match or ()}
        fed = await self._calendars.feed(token, have, self._clock.now()) if _TOKEN.fullmatch(token) else None
        if fed is None:  # never there, replaced, or its owner gone: nobody learns which
            raise web.HTTPNotFound(text="There is no calendar here.", headers=HEADERS)
        headers = {**HEADERS, "ETag": f'W/"{fed.etag}"'}
        if fed.data is None:
            return web.Response(status=304, headers=headers)
        headers["Content-Disposition"] = 'inline; filename="calendar.ics"'
        return web.Response(body=fed.data, content_type="text/calendar", charset="utf-8", headers=headers)
