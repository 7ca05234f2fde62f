"""The control API under /control/: what benchmarks in another process drive the server with. All JSON."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from aiohttp import web

from .commands import CannotUse, Upload
from .http import json_response
from .interactions import Answer
from .payloads import Json
from .state import Channel

if TYPE_CHECKING:
    from .server import LoopbackDiscord

Handler = Callable[[web.Request], Awaitable[web.Response]]


def answer_json(answer: Answer) -> Json:
    """An answer, for another process. Its `interaction_id` names it in a later click or submit_modal."""
    return {
        "interaction_id": str(answer.interaction_id),
        "type": answer.type,
        "latency_ms": answer.latency * 1000,
        "settled_ms": None if answer.settled_latency is None else answer.settled_latency * 1000,
        "ephemeral": answer.ephemeral,
        "content": answer.content,
        "text": answer.text,
        "message": answer.message,
        "followups": answer.followups,
        "modal": answer.modal,
        "choices": answer.choices,
    }


class ControlRoutes:
    def __init__(self, server: LoopbackDiscord) -> None:
        self.server = server

    def table(self) -> list[web.RouteDef]:
        table: dict[tuple[str, str], Handler] = {
            ("GET", "state"): self.state,
            ("GET", "ready"): self.ready,
            ("POST", "members"): self.members,
            ("POST", "channels"): self.channels,
            ("POST", "interaction"): self.interaction,
            ("POST", "burst"): self.burst,
            ("GET", "messages"): self.messages,
            ("GET", "created"): self.created,
            ("GET", "requests"): self.requests,
            ("POST", "faults"): self.add_fault,
            ("DELETE", "faults"): self.clear_faults,
            ("POST", "gateway"): self.gateway,
            ("POST", "clock"): self.clock,
            ("POST", "reset"): self.reset,
        }
        return [
            web.route(method, f"/control/{name}", self._guard(handler)) for (method, name), handler in table.items()
        ]

    @staticmethod
    def _guard(handler: Handler) -> Handler:
        """What is wrong with a control request is answered as {"error": sentence}."""

        async def guarded(request: web.Request) -> web.Response:
            try:
                return await handler(request)
            except (AssertionError, CannotUse, KeyError, TypeError, ValueError, TimeoutError) as error:
                return json_response({"error": f"{type(error).__name__}: {error}"}, 400)

        return guarded

    # -- the world -----------------------------------------------------------------------------------------

    async def state(self, request: web.Request) -> web.Response:
        """Addresses, token, ids, and what the bot has done wrong so far."""
        server = self.server
        return json_response(
            {
                "api_base": server.api_base,
                "gateway_url": server.gateway_url,
                "token": server.token,
                "guild": str(server.guild.id),
                "channel": str(server.channel.id),
                "channels": {c.name: str(c.id) for c in server.guild.channels.values()},
                "members": len(server.guild.members),
                "owner": str(server.owner.id),
                "connected": server.gateway.connected,
                "commands": sorted(c["name"] for c in self._registered()),
                "requests": len(server.requests),
                "invalid_requests": server.invalid_requests,
                "problems": server.interactions.problems,
                "now": server.now().isoformat(),
            }
        )

    def _registered(self) -> list[Json]:
        book = self.server.commands
        return [*book.everywhere, *(c for commands in book.by_guild.values() for c in commands)]

    async def ready(self, request: web.Request) -> web.Response:
        """Wait (?timeout=30) until the bot is on the gateway and has registered commands (?commands=0: not that)."""
        within = float(request.query.get("timeout", 30))
        began = time.perf_counter()
        await self.server.bot_ready(commands=request.query.get("commands", "1") != "0", within=within)
        return json_response({"waited_s": time.perf_counter() - began})

    async def members(self, request: web.Request) -> web.Response:
        """{"count", "prefix", "staff", "permissions"} -> {"users": [id...]}."""
        body = await request.json()
        staff, bits = bool(body.get("staff")), int(body.get("permissions", 0))
        prefix = body.get("prefix", "student")
        made = [
            self.server.add_member(f"{prefix}{i}", staff=staff, permissions=bits) for i in range(body.get("count", 1))
        ]
        return json_response({"users": [str(user.id) for user in made]})

    async def channels(self, request: web.Request) -> web.Response:
        """{"name"} -> {"channel": id}."""
        return json_response({"channel": str(self.server.add_channel((await request.json())["name"]).id)})

    # -- acting --------------------------------------------------------------------------------------------

    async def interaction(self, request: web.Request) -> web.Response:
        """One action, see `_run`; answers when the bot has."""
        return json_response(answer_json(await self._run(await request.json())))

    async def burst(self, request: web.Request) -> web.Response:
        """Many actions: {"interactions": [...], "rate", "in_flight", "answers": bool}.

        `rate` (a second) spreads them, `in_flight` lets so many wait for their answer at a time; without either they go
        all at once. The list's order is the order of dispatch. Latencies are the server's, from dispatch to callback,
        in ms.
        """
        body = await request.json()
        rate = body.get("rate")
        turnstile = asyncio.Semaphore(body.get("in_flight") or len(body["interactions"]) or 1)
        began = time.perf_counter()

        async def one(index: int, what: Json) -> Answer:
            if rate:
                await asyncio.sleep(max(0.0, began + index / rate - time.perf_counter()))
            async with turnstile:
                return await self._run(what)

        tasks = [one(index, what) for index, what in enumerate(body["interactions"])]
        results = await asyncio.gather(*tasks, return_exceptions=True)
        answers = [r for r in results if isinstance(r, Answer)]
        report: Json = {
            "sent": len(results),
            "answered": len(answers),
            "seconds": time.perf_counter() - began,
            "latencies_ms": [a.latency * 1000 for a in answers],
            "settled_ms": [a.settled_latency * 1000 for a in answers if a.settled_latency is not None],
            "errors": [f"{type(r).__name__}: {r}" for r in results if isinstance(r, BaseException)],
        }
        if body.get("answers"):
            report["answers"] = [answer_json(r) if isinstance(r, Answer) else None for r in results]
        return json_response(report)

    async def _run(self, what: Json) -> Answer:
        """One action, by "kind":

        slash (default): user, command, options; autocomplete: user, command, option, value, others;
        click: user, message | interaction, custom_id; select: the same and values;
        submit_modal: user, interaction, values. All: channel, at (ISO time), settle.
        An option's value {"user": id}, {"channel": id}, {"role": id} or {"file": name, "text": content} is an object.
        """
        server = self.server
        user = server.world.users[int(what["user"])]
        how: dict[str, Any] = {}
        if "at" in what:
            how["at"] = datetime.fromisoformat(what["at"])
        if "settle" in what:
            how["settle"] = what["settle"]
        where: dict[str, Any] = {"channel": self._channel(what["channel"])} if "channel" in what else {}
        match what.get("kind", "slash"):
            case "slash":
                options = {name: self._value(v) for name, v in (what.get("options") or {}).items()}
                return await server.slash(user, what["command"], options, **where, **how)
            case "autocomplete":
                typed, others = what.get("value", ""), what.get("others")
                return await server.autocomplete(user, what["command"], what["option"], typed, others=others, **where)
            case "click":
                return await server.click(user, self._message(what), what["custom_id"], **how)
            case "select":
                values = [self._value(v) for v in what["values"]]
                return await server.select(user, self._message(what), what["custom_id"], values, **how)
            case "submit_modal":
                return await server.submit_modal(user, self._answer(what), what["values"], **how)
            case kind:
                raise ValueError(f"unknown kind {kind!r}")

    def _value(self, value: Any) -> Any:
        match value:
            case {"user": key}:
                return self.server.world.users[int(key)]
            case {"channel": key}:
                return self._channel(key)
            case {"role": key}:
                return self.server.guild.roles[int(key)]
            case {"file": name, "text": text}:
                return Upload(name, text.encode())
        return value

    def _channel(self, key: str) -> Channel:
        return self.server.world.channels[int(key)]

    def _answer(self, what: Json) -> Answer:
        return self.server.interactions.by_id[int(what["interaction"])].answer

    def _message(self, what: Json) -> Json | Answer:
        if "interaction" in what:
            return self._answer(what)
        wanted = int(what["message"])
        channel = self._channel(what["channel"]) if "channel" in what else self.server.channel
        return self.server.messages.get(channel.id, wanted)

    # -- reading -------------------------------------------------------------------------------------------

    async def messages(self, request: web.Request) -> web.Response:
        """What stands in ?channel= (default #general), oldest first."""
        channel = self._channel(request.query["channel"]) if "channel" in request.query else None
        return json_response(self.server.history(channel))

    async def created(self, request: web.Request) -> web.Response:
        """The log of messages created, from ?since= (an index) on."""
        since = int(request.query.get("since", 0))
        log = [
            {
                "id": str(m.id),
                "channel": str(m.channel_id),
                "author": str(m.author_id),
                "at": m.at.isoformat(),
                **{key: getattr(m, key) for key in ("content", "nonce", "allowed_mentions", "flags", "via")},
            }
            for m in self.server.messages.created[since:]
        ]
        return json_response(log)

    async def requests(self, request: web.Request) -> web.Response:
        """The log of requests, from ?since= (an index) on."""
        since = int(request.query.get("since", 0))
        log = [
            {
                **{key: getattr(r, key) for key in ("method", "path", "query", "body", "status", "fault")},
                "files": [[file.name, len(file.content)] for file in r.files],
                "at": r.at.isoformat(),
            }
            for r in self.server.requests[since:]
        ]
        return json_response(log)

    # -- trouble -------------------------------------------------------------------------------------------

    async def add_fault(self, request: web.Request) -> web.Response:
        """{"kind", "route", "times", ...} as `Faults.add`; {"bucket": route, "limit", "per"}; {"global_limit": n}."""
        body = await request.json()
        if "global_limit" in body:
            self.server.faults.global_limit = body["global_limit"]
        elif "bucket" in body:
            self.server.faults.add_bucket(body["bucket"], limit=body["limit"], per=body["per"])
        else:
            self.server.faults.add(body.pop("kind"), body.pop("route"), **body)
        return json_response({})

    async def clear_faults(self, request: web.Request) -> web.Response:
        self.server.faults.clear()
        return json_response({})

    async def gateway(self, request: web.Request) -> web.Response:
        """{"action": "drop" | "reconnect" | "invalidate" | "refuse_resume"}."""
        gateway = self.server.gateway
        match (await request.json())["action"]:
            case "drop":
                gateway.drop()
            case "reconnect":
                gateway.reconnect()
            case "invalidate":
                gateway.invalidate()
            case "refuse_resume":
                gateway.refuse_resume = True
            case action:
                raise ValueError(f"unknown action {action!r}")
        return json_response({})

    async def clock(self, request: web.Request) -> web.Response:
        """{"advance_s": n} or {"at": ISO time}: move the server's clock."""
        body = await request.json()
        if "at" in body:
            self.server.clock_offset += datetime.fromisoformat(body["at"]) - self.server.now()
        self.server.clock_offset += timedelta(seconds=body.get("advance_s", 0))
        return json_response({"now": self.server.now().isoformat()})

    async def reset(self, request: web.Request) -> web.Response:
        self.server.reset()
        return json_response({})
