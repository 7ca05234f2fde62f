"""An OpenAI-compatible service on loopback that answers as it is told, and remembers every byte that reached it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import openai  # noqa: F401 - here, because importing it takes longer than the offline Discord waits for an answer
from aiohttp import web

Answer = Callable[[str], "Reply"]


@dataclass
class Reply:
    """What one request is answered: a content for the choice, or a status, or bytes as they are."""

    content: str = ""
    status: int = 200
    raw: bytes | None = None
    finish: str = "stop"
    tokens: int | None = 100
    stall: bool = False
    drop: bool = False
    stream: bool = False
    headers: dict[str, str] = field(default_factory=dict)


def claims(*found: tuple[str, list[int]]) -> Reply:
    """A well-formed answer."""
    return Reply(json.dumps({"claims": [{"text": text, "lines": lines} for text, lines in found]}))


class ModelServer:
    """`answers` are used up one a request; the last one stays."""

    def __init__(self) -> None:
        self.answers: list[Reply | Answer] = []
        self.heard: list[str] = []
        self.reached = asyncio.Event()
        self.given_up = asyncio.Event()
        self.base_url = ""

    async def complete(self, request: web.Request) -> web.StreamResponse:
        body = (await request.read()).decode()
        self.heard.append(body + json.dumps(dict(request.headers)))
        self.reached.set()
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        reply = answer if isinstance(answer, Reply) else answer(json.loads(body)["messages"][1]["content"])
        if reply.stall:
            try:
                await asyncio.Event().wait()
            finally:
                self.given_up.set()
        if reply.drop:
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        if reply.raw is not None:
            return web.Response(status=reply.status, body=reply.raw, content_type="application/json")
        if reply.status != 200:
            return web.json_response({"error": {"message": body}}, status=reply.status, headers=reply.headers)
        if reply.stream:
            return web.Response(
                text=f"data: {json.dumps(_whole(reply))}\n\ndata: [DONE]\n\n", content_type="text/event-stream"
            )
        return web.json_response(_whole(reply))


def _whole(reply: Reply) -> dict[str, Any]:
    message = {"role": "assistant", "content": reply.content}
    whole: dict[str, Any] = {"id": "1", "object": "chat.completion", "created": 1, "model": "m"}
    whole["choices"] = [{"index": 0, "message": message, "finish_reason": reply.finish}]
    if reply.tokens is not None:
        whole["usage"] = {"prompt_tokens": reply.tokens, "completion_tokens": 0, "total_tokens": reply.tokens}
    return whole


@asynccontextmanager
async def model_server() -> AsyncIterator[ModelServer]:
    """A server on a free port of loopback."""
    server = ModelServer()
    application = web.Application()
    application.router.add_post("/v1/chat/completions", server.complete)
    runner = web.AppRunner(application, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    try:
        yield server
    finally:
        await runner.cleanup()
