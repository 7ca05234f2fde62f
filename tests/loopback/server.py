"""The server: one aiohttp application that answers the HTTP API, the gateway, the CDN and the control API."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self, TypeVar

import discord
import yarl
from aiohttp import web

from .actors import Actors
from .commands import CommandBook
from .faults import Fault, Faults, Kind
from .gateway import Gateway
from .http import API_PREFIX, RECORD, ApiError, RequestRecord, json_response, read_body
from .interactions import Interactions
from .messages import Cdn, Messages
from .payloads import Json
from .routes_app import AppRoutes
from .routes_control import ControlRoutes
from .routes_guilds import GuildRoutes
from .routes_interactions import InteractionRoutes
from .routes_messages import MessageRoutes
from .state import ADMINISTRATOR, Channel, Guild, User, World

T = TypeVar("T")
TOKEN = "loopback.token.of-the-bot"


class LoopbackDiscord(Actors):
    """A Discord server on 127.0.0.1 for the real client. Use as `async with LoopbackDiscord() as server:`.

    It starts with one guild ("Seminar"), its owner, the channel #general and the bot; `now` is the server's clock,
    from which ids and the nonce window come.
    """

    def __init__(self, *, now: Callable[[], datetime] | None = None, token: str = TOKEN, port: int = 0) -> None:
        self.token = token
        self._port = port
        self._given_now = now
        self.clock_offset = timedelta()
        """Added to the machine's clock; without effect when `now` was given."""
        self.world = World(self.now)
        self.gateway = Gateway(self.world, token)
        self.commands = CommandBook(self.world)
        self.interactions = Interactions(self.world)
        self.cdn = Cdn()
        self.messages = Messages(self.world, self.cdn)
        self.faults = Faults()
        self.requests: list[RequestRecord] = []
        """Append-only: every request of the bot."""
        self.guild: Guild = self.world.add_guild("Seminar")
        self.channel: Channel = self.world.add_channel(self.guild, "general")
        self.owner: User = self.world.users[self.guild.owner_id]
        self._runner: web.AppRunner | None = None

    def now(self) -> datetime:
        """The server's clock."""
        return self._given_now() if self._given_now else datetime.now(UTC) + self.clock_offset

    # -- running -------------------------------------------------------------------------------------------

    async def start(self) -> Self:
        api = web.Application(middlewares=[self._middleware], client_max_size=30 * 1024 * 1024)
        for routes in (AppRoutes(self), MessageRoutes(self), InteractionRoutes(self), GuildRoutes(self)):
            api.add_routes(routes.table())
        app = web.Application(client_max_size=30 * 1024 * 1024)
        app.add_routes([web.get("/gateway", self.gateway.handle), web.get("/gateway/", self.gateway.handle)])
        app.add_routes([web.get("/cdn/{path:.*}", self._serve_file), *ControlRoutes(self).table()])
        app.add_subapp(API_PREFIX, api)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port, backlog=2048)
        await site.start()
        self._port = self._runner.addresses[0][1]
        self.gateway.url = self.gateway_url
        self.cdn.base = f"http://127.0.0.1:{self._port}"
        return self

    async def stop(self) -> None:
        self.faults.clear()
        await self.gateway.close(1001)
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def api_base(self) -> str:
        return f"http://127.0.0.1:{self._port}{API_PREFIX}"

    @property
    def gateway_url(self) -> str:
        return f"ws://127.0.0.1:{self._port}/gateway"

    @contextmanager
    def client_pointed_here(self) -> Iterator[None]:
        """Make discord.py in this process talk to this server, until the end of the block."""
        base, gateway = discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY
        discord.http.Route.BASE = self.api_base
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(self.gateway_url)
        try:
            yield
        finally:
            discord.http.Route.BASE = base
            discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = gateway

    async def wait_until(self, condition: Callable[[], bool], within: float = 5.0) -> None:
        """Wait for something that the bot is about to do.

        Raises:
            TimeoutError: it did not.
        """
        async with asyncio.timeout(within):
            while not condition():  # noqa: ASYNC110 - the condition may be about anything
                await asyncio.sleep(0.005)

    async def bot_ready(self, *, commands: bool = True, within: float = 10.0) -> None:
        """Wait until the bot is on the gateway and, unless told otherwise, has registered its commands."""
        await self.wait_until(lambda: self.gateway.connected and (not commands or self.commands.overwrites > 0), within)

    # -- the world, in short -------------------------------------------------------------------------------

    def add_member(self, name: str, *, staff: bool = False, permissions: int = 0) -> User:
        """A new person in the guild; `staff` holds Administrator."""
        return self.world.add_member(self.guild, name, permissions=permissions | (ADMINISTRATOR if staff else 0))

    def add_channel(self, name: str, **how: Any) -> Channel:
        """A new channel in the guild."""
        return self.world.add_channel(self.guild, name, **how)

    def history(self, channel: Channel | None = None) -> list[Json]:
        """What everyone can read in a channel, oldest first; by default in #general."""
        return self.messages.in_channel((channel or self.channel).id)

    def direct_messages(self, user: User) -> list[Json]:
        """What was written in the direct messages between the bot and `user`."""
        return self.history(self.world.dm_with(user))

    def fail(self, kind: Kind, route: str, *, times: int | None = 1, **options: Any) -> Fault:
        """Plan a fault; see `Faults.add`."""
        return self.faults.add(kind, route, times=times, **options)

    def requests_to(self, route: str) -> list[RequestRecord]:
        """The logged requests to a route such as "POST /channels/*/messages"."""
        method, _, path = route.partition(" ")
        probe = Fault("error", method, path, times=None)
        return [record for record in self.requests if probe.matches(record)]

    @property
    def invalid_requests(self) -> int:
        """How many answers were 401, 403 or 429: 10,000 of them in ten minutes are a ban."""
        return sum(record.status in (401, 403, 429) for record in self.requests)

    def reset(self) -> None:
        """Forget logs, messages, interactions, faults and problems; keep people, channels and commands."""
        self.requests.clear()
        self.messages.clear()
        self.interactions.clear()
        self.faults.clear()

    # -- answering -----------------------------------------------------------------------------------------

    @web.middleware
    async def _middleware(self, request: web.Request, handler: Any) -> web.StreamResponse:
        received = time.perf_counter()
        path = request.path.removeprefix(API_PREFIX)
        record = RequestRecord(request.method, path, dict(request.query), None, (), self.now(), received)
        self.requests.append(record)
        request[RECORD] = record
        try:
            record.body, record.files = await read_body(request)
            response = await self.faults.play(request, record, lambda r: self._answer(r, handler))
        except ApiError as error:
            response = json_response(error.body, error.status)
        record.status = None if response.status == 444 else response.status
        return response

    async def _answer(self, request: web.Request, handler: Any) -> web.StreamResponse:
        try:
            self._authorize(request)
            return await handler(request)
        except ApiError as error:
            return json_response(error.body, error.status)
        except web.HTTPNotFound:
            return json_response({"message": "404: Not Found", "code": 0}, 404)
        except web.HTTPMethodNotAllowed:
            return json_response({"message": "405: Method Not Allowed", "code": 0}, 405)

    def _authorize(self, request: web.Request) -> None:
        # A webhook's and an interaction's token are in the path.
        path = request[RECORD].path
        if path.startswith(("/interactions/", "/webhooks/")):
            return
        if request.headers.get("Authorization") != f"Bot {self.token}":
            raise ApiError(401, 0, "401: Unauthorized")

    async def _serve_file(self, request: web.Request) -> web.StreamResponse:
        content = self.cdn.files.get(request.path)
        if content is None:
            return web.Response(status=404, text="This content is no longer available.")
        return web.Response(body=content, content_type="application/octet-stream")


class LoopbackThread:
    """The same server in a thread with a loop of its own, for callers that must not share theirs.

    `with LoopbackThread() as server:`; `server.discord` is the `LoopbackDiscord`, and `server.call(coroutine)`
    runs for example `server.discord.slash(...)` over there and returns its result.
    """

    def __init__(self, **options: Any) -> None:
        self._options = options
        self._started = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="loopback-discord", daemon=True)
        self.discord: LoopbackDiscord

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self.discord = LoopbackDiscord(**self._options)
        self._loop.run_until_complete(self.discord.start())
        self._started.set()
        self._loop.run_forever()
        self._loop.run_until_complete(self.discord.stop())
        self._loop.close()

    def call(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run `coroutine` in the server's loop and wait for its result."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()

    def __enter__(self) -> Self:
        self._thread.start()
        self._started.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
