"""What every route shares: the error form, exact JSON answers, reading a body, and the request log."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import web

API_PREFIX = "/api/v10"


class ApiError(Exception):
    """An answer of the form {"message", "code"} that Discord documents."""

    def __init__(self, status: int, code: int, message: str, **extra: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"message": message, "code": code, **extra}


def unknown(what: str) -> ApiError:
    """404 for a thing that does not exist, with Discord's own code for its kind."""
    codes = {
        "Application": 10002,
        "Channel": 10003,
        "Guild": 10004,
        "Member": 10007,
        "Message": 10008,
        "Role": 10011,
        "User": 10013,
        "Webhook": 10015,
        "Interaction": 10062,
        "application command": 10063,
        "Guild Scheduled Event": 10070,
    }
    return ApiError(404, codes[what], f"Unknown {what}")


def invalid(where: str, code: str, message: str) -> ApiError:
    """400 with the nested `errors` object of a refused form."""
    errors: dict[str, Any] = {"_errors": [{"code": code, "message": message}]}
    for part in reversed(where.split(".")):
        errors = {part: errors}
    return ApiError(400, 50035, "Invalid Form Body", errors=errors)


def json_response(data: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """JSON with the content type `application/json` and nothing after it: the client compares it exactly."""
    body = json.dumps(data, separators=(",", ":")).encode()
    return web.Response(body=body, status=status, content_type="application/json", headers=headers)


def no_content() -> web.Response:
    return web.Response(status=204)


@dataclass(frozen=True, slots=True)
class SentFile:
    field: str
    name: str
    content: bytes


@dataclass(slots=True)
class RequestRecord:
    """One request the bot made. `path` has no /api/v10 in front; `body` is its JSON (of a form: payload_json)."""

    method: str
    path: str
    query: dict[str, str]
    body: Any
    files: tuple[SentFile, ...]
    at: datetime
    received: float
    """`time.perf_counter()` when the head of the request had been read."""
    status: int | None = None
    """What was answered; None while open, and when the connection was dropped or hung instead."""
    fault: str | None = None
    """The fault that was played on it, if any."""
    extra: dict[str, Any] = field(default_factory=dict)


async def read_body(request: web.Request) -> tuple[Any, tuple[SentFile, ...]]:
    """The JSON body and the files, of an application/json or a multipart request."""
    if request.content_type.startswith("multipart/"):
        body: Any = None
        files: list[SentFile] = []
        reader = await request.multipart()
        while (part := await reader.next()) is not None:
            name = getattr(part, "name", None) or ""
            content = await part.read(decode=False)  # type: ignore[union-attr]
            if name == "payload_json":
                body = json.loads(content)
            else:
                files.append(SentFile(name, getattr(part, "filename", None) or name, bytes(content)))
        return body, tuple(files)
    raw = await request.read()
    if not raw:
        return None, ()
    try:
        return json.loads(raw), ()
    except ValueError as error:
        raise ApiError(400, 50109, "The request body contains invalid JSON.") from error


def pattern_of(path: str) -> re.Pattern[str]:
    """A route template: `{name}` and `*` stand for one part of a path, `**` for any number of them."""
    parts = re.split(r"(\{[^}]*\}|\*\*|\*)", path)
    said = {"**": ".*"}
    return re.compile("".join(said.get(p, "[^/]+" if p[:1] in ("{", "*") else re.escape(p)) for p in parts))


RECORD = web.RequestKey("record", RequestRecord)
