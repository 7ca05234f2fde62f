"""The check of one request, and of all that a test's server saw."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from tests.loopback import LoopbackDiscord

from . import openapi, rules


def check_request(
    method: str,
    path: str,
    query: Mapping[str, Any] | None = None,
    body: Any = None,
    *,
    now: datetime | None = None,
) -> list[str]:
    """What is wrong with a request of the bot, as sentences; nothing when all is well.

    `path` may have the API's address in front. Of a form, `body` is its payload_json. With `now`, an event in the
    past is found too.
    """
    method, plain = method.upper(), openapi.normal_path(path)
    told = [
        f"{method} {plain}: {problem}"
        for problem in rules.check(method, plain, openapi.with_query(path, query), body, now)
    ]
    return told + openapi.check(method, plain, body)


class LoggedRequest(Protocol):
    """An entry of simcord's request log."""

    method: str
    path: str
    params: dict[str, Any]
    json: Any


class HasRequests(Protocol):
    @property
    def http_requests(self) -> list[Any]: ...


def check_simcord(env: HasRequests, now: datetime | None = None) -> list[str]:
    """The violations in everything the bot sent in a simcord environment, each once."""
    told: dict[str, None] = {}
    for entry in env.http_requests:
        told.update(dict.fromkeys(check_request(entry.method, entry.path, entry.params, entry.json, now=now)))
    return list(told)


def check_loopback(server: LoopbackDiscord, *, behaviour: bool = True) -> list[str]:
    """The violations in everything the bot sent to a loopback server, each once.

    With `behaviour`, also interactions that were not answered, answered late or answered twice.
    """
    told: dict[str, None] = {}
    for record in server.requests:
        if record.path.startswith("/cdn/"):
            continue
        found = check_request(record.method, record.path, record.query, record.body, now=record.at)
        told.update(dict.fromkeys(found))
    if behaviour:
        told.update(dict.fromkeys(server.interactions.problems))
    return list(told)
