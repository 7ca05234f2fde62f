"""The rules that always hold: which of them applies to a request, by its route."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from .commands import choice_rules, command_rules, overwrite_rules
from .components import modal_rules
from .messages import message_rules
from .text import Json, count, length

_ID = "[^/]+"


def _route(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.replace("{}", _ID))


COMMANDS = _route("/applications/{}(/guilds/{})?/commands(/{})?")
CALLBACK = _route("/interactions/{}/{}/callback")
WEBHOOK = _route("/webhooks/{}/{}(/messages/{})?")
MESSAGES = _route(r"/channels/{}/messages(/\d+)?")
THREADS = _route("/channels/{}(/messages/{})?/threads")
CHANNELS = _route("/(channels/{}|guilds/{}/channels)")
ROLES = _route("/guilds/{}/roles(/{})?")
EVENTS = _route("/guilds/{}/scheduled-events(/{})?")


def check(method: str, path: str, query: Mapping[str, Any], body: Any, now: datetime | None = None) -> Iterator[str]:
    """What is wrong with a request, as sentences."""
    if method == "GET":
        if MESSAGES.fullmatch(path) and not 1 <= int(query.get("limit", 50)) <= 100:
            yield f"limit is {query['limit']}, Discord takes 1 to 100"
        return
    if body is None:
        return
    if COMMANDS.fullmatch(path):
        yield from overwrite_rules(body) if isinstance(body, list) else command_rules(body)
    elif CALLBACK.fullmatch(path):
        yield from _callback(body)
    elif WEBHOOK.fullmatch(path) or MESSAGES.fullmatch(path):
        yield from message_rules(body, new=method == "POST")
    elif THREADS.fullmatch(path):
        yield from length("the name of a thread", body.get("name"), 1, 100)
        if "message" in body:
            yield from message_rules(body["message"], new=True)
    elif CHANNELS.fullmatch(path) and isinstance(body, dict):
        if method == "POST" or "name" in body:
            yield from length("the name of a channel", body.get("name"), 1, 100)
        yield from length("the topic of a channel", body.get("topic"), 0, 1024)
    elif ROLES.fullmatch(path) and isinstance(body, dict):
        yield from length("the name of a role", body.get("name", "new role"), 1, 100)
    elif EVENTS.fullmatch(path):
        yield from _event(body, now, new=method == "POST")


def _callback(body: Json) -> Iterator[str]:
    data = body.get("data") or {}
    match body.get("type"):
        case 4:
            yield from message_rules(data, new=True)
        case 7:
            yield from message_rules(data, new=False)
        case 8:
            yield from count("autocomplete: choices", data.get("choices"), 0, 25)
            for choice in data.get("choices") or ():
                yield from choice_rules("autocomplete", choice)
        case 9:
            yield from modal_rules(data)


def _event(body: Json, now: datetime | None, *, new: bool) -> Iterator[str]:
    if new or "name" in body:
        yield from length("the name of an event", body.get("name"), 1, 100)
    yield from length("the description of an event", body.get("description"), 0, 1000)
    location = (body.get("entity_metadata") or {}).get("location")
    yield from length("the location of an event", location, 0, 100)
    start, end = body.get("scheduled_start_time"), body.get("scheduled_end_time")
    if now is not None and start and datetime.fromisoformat(start) <= now:
        yield f"the event starts in the past: {start}, and it is {now.isoformat()}"
    if start and end and datetime.fromisoformat(end) <= datetime.fromisoformat(start):
        yield f"the event ends before it starts: {start} to {end}"
    if new and body.get("entity_type") == 3 and not (end and location):
        yield "an event outside Discord needs an end and a location"
