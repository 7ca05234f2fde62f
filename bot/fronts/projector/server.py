"""The projector's addresses: the page, and the stream of what changes on it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field

from aiohttp import web

from bot.core.times import Clock
from bot.fronts.projector.page import HEADERS, event, page
from bot.services.panel import Panels
from bot.services.panel_screen import Screen

log = logging.getLogger(__name__)

VIEWERS = 50
"""At most so many watch one panel at a time."""
PAUSE = 1.0
"""Seconds between two looks at the database while somebody watches: votes come in without anybody telling us."""
HEARTBEAT = 15.0
"""Seconds after which a stream says that it is alive, for the proxies on the way."""


@dataclass(slots=True)
class _Feed:
    """What all the viewers of one panel share. `turned` is set, and replaced, when there is news."""

    viewers: int = 0
    news: str = ""
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    turned: asyncio.Event = field(default_factory=asyncio.Event)
    polling: asyncio.Task[None] | None = None

    def turn(self) -> None:
        self.turned.set()
        self.turned = asyncio.Event()


class Projector:
    """Serves the pages of the panels that `panels` knows. Nobody needs to log in: the address is the secret."""

    def __init__(self, panels: Panels, clock: Clock, pause: float = PAUSE, heartbeat: float = HEARTBEAT) -> None:
        self._panels = panels
        self._clock = clock
        self._pause = pause
        self._heartbeat = heartbeat
        self._feeds: dict[str, _Feed] = {}
        self._closing = False
        panels.watch(self._wake)

    def add_to(self, application: web.Application) -> None:
        """Add the addresses to a server."""
        one = r"/projector/{token:[A-Za-z0-9_-]{22}}"
        application.router.add_get(one, self._page)
        application.router.add_get(one + "/events", self._events, allow_head=False)
        application.on_shutdown.append(self._close)

    @property
    def watched(self) -> int:
        """How many panels somebody watches now."""
        return len(self._feeds)

    async def _page(self, request: web.Request) -> web.Response:
        screen = await self._screen(request)
        return web.Response(text=page(screen), content_type="text/html", charset="utf-8", headers=HEADERS)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        first, token = await self._screen(request), request.match_info["token"]
        feed = self._feeds.get(token)
        if feed is not None and feed.viewers >= VIEWERS:
            raise web.HTTPServiceUnavailable(text="Too many watch this panel already.", headers=HEADERS)
        if feed is None:
            feed = self._feeds[token] = _Feed(news=event(first))
        feed.viewers += 1
        if feed.polling is None:
            feed.polling = asyncio.get_running_loop().create_task(self._poll(token, feed))
        try:
            headers = {**HEADERS, "X-Accel-Buffering": "no"}
            answer = web.StreamResponse(headers=headers)
            answer.content_type = "text/event-stream"
            answer.charset = "utf-8"
            await answer.prepare(request)
            await self._stream(answer, feed)
            return answer
        finally:
            feed.viewers -= 1
            if not feed.viewers and feed.polling is not None:
                feed.polling.cancel()
                del self._feeds[token]

    async def _stream(self, answer: web.StreamResponse, feed: _Feed) -> None:
        sent = ""
        try:
            while not self._closing:
                turned = feed.turned
                if feed.news != sent:
                    sent = feed.news
                    await answer.write(f"data: {sent}\n\n".encode())
                    continue  # there may have been news while this was on its way
                try:
                    async with asyncio.timeout(self._heartbeat):
                        await turned.wait()
                except TimeoutError:
                    await answer.write(b": here\n\n")
        except ConnectionError:
            pass  # whoever watched has gone

    async def _poll(self, token: str, feed: _Feed) -> None:
        """Keep the feed's news up to date for as long as somebody watches."""
        while True:
            feed.wake.clear()
            try:
                screen = await self._panels.screen(token, self._clock.now())
            except Exception:
                # The next look tries again; the page keeps what it shows.
                log.exception("could not look at a panel for the projector")
            else:
                news = event(screen) if screen else feed.news
                if news != feed.news:
                    feed.news = news
                    feed.turn()
            try:
                async with asyncio.timeout(self._pause):
                    await feed.wake.wait()
            except TimeoutError:
                pass

    async def _screen(self, request: web.Request) -> Screen:
        """What the panel in the address shows; whether there is one or not costs the same single look-up to learn."""
        screen = await self._panels.screen(request.match_info["token"], self._clock.now())
        if screen is None:
            raise web.HTTPNotFound(text="There is no panel here.", headers=HEADERS)
        return screen

    def _wake(self, token: str) -> None:
        feed = self._feeds.get(token)
        if feed is not None:
            feed.wake.set()

    async def _close(self, _application: web.Application) -> None:
        self._closing = True
        for feed in self._feeds.values():
            feed.turn()
