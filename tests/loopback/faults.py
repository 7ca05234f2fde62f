"""Rate limits and faults: what goes wrong between the bot and Discord, on order.

A fault names a route ("POST /channels/{channel_id}/messages"; `*` is one part, `**` any), how often it strikes,
and whether it strikes before or after the request has had its effect.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any, Literal

from aiohttp import web

from .http import ApiError, RequestRecord, json_response, pattern_of

Kind = Literal[
    "rate_limit",
    "cloudflare_ban",
    "error",
    "missing_access",
    "missing_permissions",
    "unknown_channel",
    "closed_dm",
    "drop",
    "hang",
    "delay",
    "malformed",
]

_ERRORS: dict[str, tuple[int, int, str]] = {
    "missing_access": (403, 50001, "Missing Access"),
    "missing_permissions": (403, 50013, "Missing Permissions"),
    "unknown_channel": (404, 10003, "Unknown Channel"),
    "closed_dm": (403, 50007, "Cannot send messages to this user"),
}
VIA = {"Via": "1.1 loopback"}
"""Without this header the client takes a 429 for a ban by the proxy in front, and raises instead of waiting."""


@dataclass(slots=True)
class Fault:
    kind: Kind
    method: str
    path: str
    times: int | None = 1
    """How often it still strikes; None is for ever."""
    skip: int = 0
    """How many matching requests pass first."""
    after: bool = False
    """Let the request take effect first, then fail: the bot cannot know that it succeeded."""
    status: int = 500
    code: int = 0
    message: str = "Internal Server Error"
    retry_after: float = 0.05
    via: bool = True
    scope: Literal["user", "shared", "global"] = "user"
    seconds: float = 0.05
    struck: int = 0
    """How often it has struck."""

    def matches(self, record: RequestRecord) -> bool:
        if self.times == 0 or self.method not in ("*", record.method):
            return False
        return pattern_of(self.path).fullmatch(record.path) is not None


@dataclass(slots=True)
class Bucket:
    """A rate limit as Discord announces it in headers: `limit` requests in `per` seconds for each path."""

    method: str
    path: str
    limit: int
    per: float
    used: dict[str, deque[float]] = dataclass_field(default_factory=dict)

    def take(self, record: RequestRecord) -> tuple[dict[str, str], float | None]:
        """The headers to send, and how long to wait when the request is one too many."""
        now = time.monotonic()
        used = self.used.setdefault(record.path, deque())
        while used and used[0] <= now - self.per:
            used.popleft()
        refused = len(used) >= self.limit
        if not refused:
            used.append(now)
        reset = used[0] + self.per - now
        headers = {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.limit - len(used)),
            "X-RateLimit-Reset": f"{time.time() + reset:.3f}",
            "X-RateLimit-Reset-After": f"{reset:.3f}",
            "X-RateLimit-Bucket": f"{abs(hash((self.method, self.path))):x}",
        }
        return headers, reset if refused else None


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Faults:
    """The faults in force, and the rate limits."""

    def __init__(self) -> None:
        self.planned: list[Fault] = []
        self.buckets: list[Bucket] = []
        self.global_limit: int | None = None
        """Requests a second over all routes; answers to interactions do not count. Discord's is 50."""
        self._recent: deque[float] = deque()
        self._released = asyncio.Event()

    def add(self, kind: Kind, route: str, *, times: int | None = 1, **options: Any) -> Fault:
        """Plan a fault on `route`, e.g. `add("error", "POST /channels/*/messages", times=2, status=503)`.

        Options by kind: error: status, code, message. rate_limit: retry_after, via, scope. delay: seconds.
        All: `after=True` strikes when the request has taken effect, `skip=n` lets n requests pass first.
        """
        method, _, path = route.partition(" ")
        fault = Fault(kind, method, path, times, **options)
        self.planned.append(fault)
        return fault

    def add_bucket(self, route: str, *, limit: int, per: float) -> Bucket:
        """Limit `route` to `limit` requests in `per` seconds, announced in headers as Discord does."""
        method, _, path = route.partition(" ")
        bucket = Bucket(method, path, limit, per)
        self.buckets.append(bucket)
        return bucket

    def clear(self) -> None:
        """Forget every fault and limit; hanging requests are let go (their connections drop)."""
        self.planned.clear()
        self.buckets.clear()
        self.global_limit = None
        self._released.set()
        self._released = asyncio.Event()

    async def play(self, request: web.Request, record: RequestRecord, handler: Handler) -> web.StreamResponse:
        """Answer a request through whatever is planned for it."""
        headers, limited = self._limits(record)
        if limited is not None:
            record.fault = "limit"
            return limited
        fault = self._next(record)
        if fault is None:
            response = await handler(request)
        else:
            record.fault = f"{fault.kind}{' after' if fault.after else ''}"
            if fault.after:
                await handler(request)
            response = await self._strike(fault, request, handler)
        if not response.prepared:
            response.headers.update(headers)
        return response

    def _next(self, record: RequestRecord) -> Fault | None:
        for fault in self.planned:
            if fault.matches(record):
                if fault.skip:
                    fault.skip -= 1
                    continue
                if fault.times is not None:
                    fault.times -= 1
                fault.struck += 1
                return fault
        return None

    def _limits(self, record: RequestRecord) -> tuple[dict[str, str], web.Response | None]:
        exempt = record.path.startswith(("/interactions/", "/webhooks/", "/cdn/"))
        if self.global_limit is not None and not exempt:
            now = time.monotonic()
            while self._recent and self._recent[0] <= now - 1:
                self._recent.popleft()
            if len(self._recent) >= self.global_limit:
                return {}, rate_limited(self._recent[0] + 1 - now, scope="global")
            self._recent.append(now)
        for bucket in self.buckets:
            if bucket.method in ("*", record.method) and pattern_of(bucket.path).fullmatch(record.path):
                headers, wait = bucket.take(record)
                return headers, None if wait is None else rate_limited(wait, headers=headers)
        return {}, None

    async def _strike(self, fault: Fault, request: web.Request, handler: Handler) -> web.StreamResponse:
        match fault.kind:
            case "rate_limit":
                return rate_limited(fault.retry_after, scope=fault.scope, via=fault.via)
            case "cloudflare_ban":
                page = "<html><title>Access denied | discord.com used Cloudflare</title>error code: 1015</html>"
                return web.Response(status=429, text=page, content_type="text/html")
            case "delay":
                await asyncio.sleep(fault.seconds)
                return await handler(request)
            case "malformed":
                return web.Response(body=b'{"id": "1', content_type="application/json")
            case "drop":
                return drop(request)
            case "hang":
                await self._released.wait()
                return drop(request)
            case "error":
                error = ApiError(fault.status, fault.code, fault.message)
            case named:
                error = ApiError(*_ERRORS[named])
        return json_response(error.body, error.status, VIA)


def drop(request: web.Request) -> web.Response:
    """Cut the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=444)


def rate_limited(
    retry_after: float,
    *,
    scope: str = "user",
    via: bool = True,
    headers: dict[str, str] | None = None,
) -> web.Response:
    """A 429 with its headers and body."""
    sent = {
        "Retry-After": str(max(1, round(retry_after))),
        "X-RateLimit-Limit": "5",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": f"{time.time() + retry_after:.3f}",
        "X-RateLimit-Reset-After": f"{retry_after:.3f}",
        "X-RateLimit-Scope": scope,
        **(headers or {}),
    }
    if scope == "global":
        sent["X-RateLimit-Global"] = "true"
    if via:
        sent |= VIA
    body = {"message": "You are being rate limited.", "retry_after": retry_after, "global": scope == "global"}
    return json_response(body, 429, sent)
