"""The demo's page: whose eyes to borrow, which channel to see, buttons that move time, and the simulated Discord.

The Discord is simcord's preview, which serves one channel on an address of its own and refuses to be framed. It is
handed on from here instead: one address for everything, in a frame, with the channel and the viewer chosen by the
page. Only this machine is answered, and only our own page: foreign Host and Origin headers are refused.
"""

from __future__ import annotations

import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web
from simcord import Preview

from bot.demo.timeline import Timeline
from bot.demo.world import STAFF, VIEWERS, World
from bot.fronts.discord.identity import PLATFORM

STATIC = Path(__file__).parent / "static"

_OURS = {"/": "index.html"} | {f"/demo/{name}": name for name in ("page.css", "page.js", "discord.css", "discord.js")}
_ADDED = '<link rel="stylesheet" href="/demo/discord.css"><script src="/demo/discord.js" defer></script>'
_PASSED_ON = ("Content-Type", "X-Simcord-Context")
_KEPT = (
    "Content-Type",
    "Content-Disposition",
    "Cache-Control",
    "Content-Security-Policy",
    "Referrer-Policy",
    "X-Content-Type-Options",
)
_PRESS = re.compile(rb'"kind":\s*"(?:click|select|modal_submit|run_command)"')
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def control_server(
    sock: socket.socket, world: World, preview: Preview, timeline: Timeline
) -> AsyncIterator[None]:
    """Serve the page on `sock`."""
    async with aiohttp.ClientSession() as http:
        control = _Control(sock.getsockname()[1], world, preview, timeline, http)
        runner = web.AppRunner(control.application(), access_log=None, shutdown_timeout=1)
        await runner.setup()
        try:
            await web.SockSite(runner, sock).start()
            yield
        finally:
            await runner.cleanup()


class _Control:
    def __init__(
        self, port: int, world: World, preview: Preview, timeline: Timeline, http: aiohttp.ClientSession
    ) -> None:
        self._hosts = {f"{name}:{port}" for name in ("127.0.0.1", "localhost")}
        self._world = world
        self._preview = preview
        self._timeline = timeline
        self._http = http
        address = urlsplit(preview.url)
        self._discord = f"{address.scheme}://{address.netloc}"
        self._capability = address.fragment

    def application(self) -> web.Application:
        """The routes; whatever is not ours goes to the preview."""
        app = web.Application(middlewares=[self._ours_only], client_max_size=32 * 1024 * 1024)
        for path in _OURS:
            app.router.add_get(path, _static)
        app.router.add_get("/demo/state", self._get_state)
        app.router.add_post("/demo/time", self._post_time)
        app.router.add_get("/discord", self._get_discord)
        app.router.add_route("*", "/{path:.*}", self._hand_on)
        return app

    @web.middleware
    async def _ours_only(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        # A page elsewhere on the web can make a browser call 127.0.0.1, but not under our name (DNS rebinding)
        # and not without saying where it comes from.
        origin = request.headers.get("Origin")
        if request.headers.get("Host") not in self._hosts or (
            origin is not None and origin.removeprefix("http://") not in self._hosts
        ):
            raise web.HTTPForbidden(text="The demo answers only its own page.")
        return await handler(request)

    async def _get_state(self, _request: web.Request) -> web.Response:
        return web.json_response(await self._state())

    async def _post_time(self, request: web.Request) -> web.Response:
        if request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType
        step = (await request.json()).get("step")
        if step not in ("hour", "day", "next"):
            raise web.HTTPBadRequest(text="step is hour, day or next")
        await self._timeline.move(step)
        return web.json_response(await self._state())

    async def _state(self) -> dict[str, object]:
        world = self._world
        now = world.app.clock.now()
        board = await world.app.services.groups.board(world.place, PLATFORM, now)
        group_of = {member.user_id: group.name for group in board.groups for member in group.members}
        return {
            "now": self._timeline.say(now),
            "next": self._timeline.say(self._timeline.next_due) if self._timeline.next_due else None,
            "key": self._capability,
            "viewers": [
                {
                    "name": name,
                    "id": str(world.members[name].id),
                    "what": group_of.get(str(world.members[name].id)) or ("staff" if name == STAFF else "no group"),
                    "staff": name == STAFF,
                }
                for name in VIEWERS
            ],
            "channels": [
                {
                    "name": name,
                    "id": str(channel.id),
                    "staff": name == "staff",
                    "last": str(last.id) if (last := channel.last_message) else "0",
                }
                for name, channel in world.channels.items()
            ],
        }

    async def _get_discord(self, _request: web.Request) -> web.Response:
        """The preview's page with the parts that are not Discord's left out."""
        async with self._http.get(self._discord + "/") as answer:
            page = await answer.text()
            return web.Response(text=page.replace("</head>", f"{_ADDED}</head>"), headers=_framed(answer))

    async def _hand_on(self, request: web.Request) -> web.Response:
        """The preview's files and calls. Its page sends `channel.viewer.capability` where simcord expects the last."""
        channel, viewer, capability = (["", "", *request.headers.get("X-Simcord-Capability", "").split(".")])[-3:]
        headers = {name: request.headers[name] for name in _PASSED_ON if name in request.headers}
        headers["X-Simcord-Capability"] = capability
        if request.method != "POST":
            return await self._ask(request, headers, None)
        body: bytes = await request.read()
        if request.path == "/api/pages":
            body = b'{"viewer_id": "%d"}' % int(viewer) if viewer.isdecimal() else b"{}"
        handle = next((item for item in self._world.channels.values() if str(item.id) == channel), None)
        async with self._timeline.alone():
            if handle is not None:
                # The preview reads its channel afresh at every call; each page of ours has one of its own.
                self._preview.channel = handle
            answer = await self._ask(request, headers, body)
            if request.path == "/api/action" and _PRESS.search(body) and answer.status == 200:
                # The outbox hears of it, and so do the other windows: the preview tells only the one that pressed.
                await self._timeline.catch_up()
            return answer

    async def _ask(self, request: web.Request, headers: dict[str, str], body: bytes | None) -> web.Response:
        try:
            async with self._http.request(
                request.method, self._discord + request.path_qs, headers=headers, data=body
            ) as answer:
                return web.Response(status=answer.status, body=await answer.read(), headers=_framed(answer))
        except (TimeoutError, aiohttp.ClientConnectionError):
            raise web.HTTPBadGateway(text="The simulated Discord has ended: start the demo again.") from None


def _framed(answer: aiohttp.ClientResponse) -> dict[str, str]:
    """The preview's headers, letting our own page (and no other) frame it; its large fonts may be kept."""
    headers = {name: answer.headers[name] for name in _KEPT if name in answer.headers}
    headers |= {name: value for name, value in answer.headers.items() if name.startswith("X-Simcord-")}
    policy = headers.get("Content-Security-Policy", "").replace("frame-ancestors 'none'", "frame-ancestors 'self'")
    headers |= {"Content-Security-Policy": policy, "X-Frame-Options": "SAMEORIGIN"}
    if answer.url.path.startswith("/fonts/"):
        headers["Cache-Control"] = "max-age=86400"
    return headers


async def _static(request: web.Request) -> web.FileResponse:
    policy = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
    return web.FileResponse(STATIC / _OURS[request.path], headers=headers)
