"""Rules for the body of a message: created, edited, or sent in answer to an interaction."""

from __future__ import annotations

from collections.abc import Iterator

from .components import TEXT_DISPLAY, message_component_rules, walk
from .text import Json, count, length

COMPONENTS_V2 = 1 << 15
MENTION_KINDS = ("roles", "users", "everyone")
EMBED_LIMITS = {"title": 256, "description": 4096}


def message_rules(body: Json, *, new: bool) -> Iterator[str]:
    """`new` is a message that is created; an edit may leave out what stays."""
    content = body.get("content")
    yield from length("content", content, 0, 2000)
    yield from _embeds(body.get("embeds"))
    second_version = bool(int(body.get("flags") or 0) & COMPONENTS_V2)
    yield from message_component_rules(body.get("components"), second_version=second_version)
    if second_version and (content or body.get("embeds")):
        yield "a message of components (flag 32768) may have no content and no embeds"
    yield from count("attachments", body.get("attachments"), 0, 10)
    if body.get("nonce") is not None:
        yield from length("nonce", str(body["nonce"]), 1, 25)
    if body.get("allowed_mentions") is not None:
        yield from _allowed_mentions(body["allowed_mentions"])
    elif content or any(p.get("content") for p in walk(body.get("components")) if p.get("type") == TEXT_DISPLAY):
        # Ours, not Discord's: whom a text may ping is decided where it is sent.
        yield "a text is sent without allowed_mentions"
    yield from _empty(body, new=new)


def _empty(body: Json, *, new: bool) -> Iterator[str]:
    parts = ("content", "embeds", "components", "attachments", "sticker_ids", "poll")
    if any(body.get(part) for part in parts):
        return
    # An edit that does not name a part keeps it, so only one that empties all four is known to leave nothing.
    if new or all(part in body for part in parts[:4]):
        yield "the message is empty: no content, embeds, components or files"


def _embeds(embeds: list[Json] | None) -> Iterator[str]:
    yield from count("embeds", embeds, 0, 10)
    total = 0
    for index, embed in enumerate(embeds or ()):
        where = f"embed {index + 1}"
        for key, most in EMBED_LIMITS.items():
            yield from length(f"{where}: its {key}", embed.get(key), 0, most)
            total += len(embed.get(key) or "")
        footer, author = embed.get("footer") or {}, embed.get("author") or {}
        yield from length(f"{where}: its footer", footer.get("text"), 0, 2048)
        yield from length(f"{where}: its author", author.get("name"), 0, 256)
        total += len(footer.get("text") or "") + len(author.get("name") or "")
        fields = embed.get("fields") or []
        yield from count(f"{where}: fields", fields, 0, 25)
        for field in fields:
            yield from length(f"{where}: the name of a field", field.get("name"), 1, 256)
            yield from length(f"{where}: the value of a field", field.get("value"), 1, 1024)
            total += len(field.get("name") or "") + len(field.get("value") or "")
    if total > 6000:
        yield f"embeds have {total} characters together, Discord takes 6000"


def _allowed_mentions(allowed: Json) -> Iterator[str]:
    parse = allowed.get("parse") or []
    for kind in parse:
        if kind not in MENTION_KINDS:
            yield f"allowed_mentions: parse has {kind!r}, Discord knows {', '.join(MENTION_KINDS)}"
    for kind in ("users", "roles"):
        yield from count(f"allowed_mentions: {kind}", allowed.get(kind), 0, 100)
        if kind in parse and allowed.get(kind):
            yield f"allowed_mentions: {kind} are in parse and listed too, they exclude each other"
