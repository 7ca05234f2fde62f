"""Messages: making and editing them, who is pinged, nonces, pins, and the files that come with them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from .http import ApiError, SentFile, invalid, unknown
from .payloads import Json, iso, user_json
from .state import MENTION_EVERYONE, Channel, User, World

EPHEMERAL, LOADING = 1 << 6, 1 << 7


@dataclass(frozen=True, slots=True)
class MessageRecord:
    """A message that was created, as the bot (or a person) asked for it. Never changed afterwards."""

    id: int
    channel_id: int
    author_id: int
    content: str
    nonce: str | None
    allowed_mentions: Json | None
    flags: int
    at: datetime
    via: str
    """"channel", "callback", "followup" or "person"."""
    body: Json = field(repr=False)


@dataclass(slots=True)
class Cdn:
    """Uploaded files, served back under the loopback address."""

    base: str = ""
    files: dict[str, bytes] = field(default_factory=dict)

    def store(self, world: World, channel: Channel, name: str, content: bytes, **extra: Any) -> Json:
        """Keep a file and return it as an attachment object."""
        file_id = world.snowflake()
        path = f"/cdn/attachments/{channel.id}/{file_id}/{re.sub(r'[^A-Za-z0-9._-]', '_', name)}"
        self.files[path] = content
        url = self.base + path
        return {
            "id": str(file_id),
            "filename": name,
            "size": len(content),
            "url": url,
            "proxy_url": url,
            **extra,
        }

    def expire(self) -> None:
        """Make every address handed out so far answer 404, as Discord's do after a day."""
        self.files.clear()


class Messages:
    def __init__(self, world: World, cdn: Cdn) -> None:
        self.world = world
        self.cdn = cdn
        self.created: list[MessageRecord] = []
        """Append-only: every message ever created, ephemeral ones included."""
        self.nonce_window = timedelta(minutes=5)
        self._by_channel: dict[int, dict[int, Json]] = {}
        self._nonces: dict[tuple[int, int, str], tuple[datetime, int]] = {}
        self._component_ids = 0

    def clear(self) -> None:
        self.created.clear()
        self._by_channel.clear()
        self._nonces.clear()

    # -- reading -------------------------------------------------------------------------------------------

    def in_channel(self, channel_id: int) -> list[Json]:
        """What everyone can read there, oldest first."""
        return [m for _, m in sorted(self._by_channel.get(channel_id, {}).items())]

    def get(self, channel_id: int, message_id: int) -> Json:
        try:
            return self._by_channel[channel_id][message_id]
        except KeyError:
            raise unknown("Message") from None

    def with_nonce(self, channel: Channel, author: User, nonce: str) -> Json | None:
        """The message made under the same nonce not long ago, if there is one."""
        found = self._nonces.get((channel.id, author.id, nonce))
        if found is None or self.world.now() - found[0] > self.nonce_window:
            return None
        return self._by_channel.get(channel.id, {}).get(found[1])

    # -- writing -------------------------------------------------------------------------------------------

    def create(
        self,
        channel: Channel,
        author: User,
        body: Json,
        files: Iterable[SentFile] = (),
        *,
        via: str,
        extra: Json | None = None,
        loading: bool = False,
    ) -> Json:
        """Make a message and announce it; an ephemeral one is not kept in the channel."""
        message_id = self.world.snowflake()
        flags = int(body.get("flags") or 0)
        message: Json = {
            "id": str(message_id),
            "channel_id": str(channel.id),
            "author": user_json(author),
            "timestamp": iso(self.world.now()),
            "edited_timestamp": None,
            "tts": bool(body.get("tts")),
            "pinned": False,
            "type": 0,
            "flags": flags | (LOADING if loading else 0),
            "content": "",
            "embeds": [],
            "components": [],
            "attachments": [],
            "mentions": [],
            "mention_roles": [],
            "mention_everyone": False,
            **(extra or {}),
        }
        if channel.guild_id:
            message["guild_id"] = str(channel.guild_id)
        if (reference := body.get("message_reference")) is not None:
            message |= {"type": 19, "message_reference": {"channel_id": str(channel.id), **reference}}
        self._fill(message, channel, author, body, files, may_be_empty=loading)
        nonce = body.get("nonce")
        if nonce is not None:
            message["nonce"] = nonce
        if not flags & EPHEMERAL:
            self._by_channel.setdefault(channel.id, {})[message_id] = message
            if nonce is not None:
                self._nonces[channel.id, author.id, str(nonce)] = (self.world.now(), message_id)
            channel.last_message_id = message_id
        self.created.append(
            MessageRecord(
                message_id,
                channel.id,
                author.id,
                message["content"],
                None if nonce is None else str(nonce),
                body.get("allowed_mentions"),
                flags,
                self.world.now(),
                via,
                body,
            )
        )
        if not flags & EPHEMERAL:
            self.world.emit("MESSAGE_CREATE", dict(message))
        return message

    def edit(self, message: Json, channel: Channel, author: User, body: Json, files: Iterable[SentFile] = ()) -> Json:
        """Change the fields that `body` names."""
        self._fill(message, channel, author, body, files)
        message["flags"] &= ~LOADING
        message["edited_timestamp"] = iso(self.world.now())
        if not message["flags"] & EPHEMERAL:
            self.world.emit("MESSAGE_UPDATE", dict(message))
        return message

    def delete(self, channel: Channel, message_id: int) -> None:
        self.get(channel.id, message_id)
        del self._by_channel[channel.id][message_id]
        gone = {"id": str(message_id), "channel_id": str(channel.id)}
        if channel.guild_id:
            gone["guild_id"] = str(channel.guild_id)
        self.world.emit("MESSAGE_DELETE", gone)

    def _fill(
        self,
        message: Json,
        channel: Channel,
        author: User,
        body: Json,
        files: Iterable[SentFile],
        *,
        may_be_empty: bool = False,
    ) -> None:
        content = body.get("content", message["content"]) or ""
        if len(content) > 2000:
            raise invalid("content", "BASE_TYPE_MAX_LENGTH", "Must be 2000 or fewer in length.")
        message["content"] = content
        if "embeds" in body:
            message["embeds"] = [{"type": "rich", **embed} for embed in body["embeds"] or ()]
        if "components" in body:
            message["components"] = [self._numbered(part) for part in body["components"] or ()]
        if body.get("poll"):
            message["poll"] = body["poll"] | {
                "answers": [{"answer_id": i + 1, **a} for i, a in enumerate(body["poll"]["answers"])],
                "expiry": iso(self.world.now() + timedelta(hours=body["poll"].get("duration", 24))),
            }
        if "flags" in body and body["flags"] is not None:
            message["flags"] = int(body["flags"]) | message["flags"] & (EPHEMERAL | LOADING)
        self._attach(message, channel, body, files)
        parts = ("content", "embeds", "components", "attachments", "poll")
        if not may_be_empty and not any(message.get(part) for part in parts):
            raise ApiError(400, 50006, "Cannot send an empty message")
        if "content" in body:
            message |= self._pinged(channel, author, content, body.get("allowed_mentions"))

    def _attach(self, message: Json, channel: Channel, body: Json, files: Iterable[SentFile]) -> None:
        said = body.get("attachments")
        by_index = {str(entry["id"]): entry for entry in said or ()}
        if said is not None:
            message["attachments"] = [a for a in message["attachments"] if a["id"] in by_index]
        for file in files:
            index = re.sub(r"\D", "", file.field)
            more = {k: v for k, v in by_index.get(index, {}).items() if k == "description"}
            stored = self.cdn.store(self.world, channel, file.name, file.content, **more)
            message["attachments"].append(stored)

    def _numbered(self, component: Json) -> Json:
        """A copy of a component with the numeric ids that Discord gives to parts without one."""
        self._component_ids += 1
        copy = {"id": self._component_ids, **component}
        if "components" in copy:
            copy["components"] = [self._numbered(part) for part in copy["components"]]
        return copy

    def _pinged(self, channel: Channel, author: User, content: str, allowed: Json | None) -> Json:
        """Who is really pinged, which is what `mentions` says."""

        def named(kind: str, pattern: str) -> list[int]:
            ids = list(dict.fromkeys(int(i) for i in re.findall(pattern, content)))
            if allowed is None or kind in allowed.get("parse", ()):
                return ids
            chosen = {int(i) for i in allowed.get(kind) or ()}
            return [i for i in ids if i in chosen]

        users = [self.world.users[i] for i in named("users", r"<@!?(\d+)>") if i in self.world.users]
        guild = self.world.guild_of(channel)
        everyone = "@everyone" in content or "@here" in content
        if everyone and guild is not None:
            everyone = bool(self.world.permissions(guild, author, channel) & MENTION_EVERYONE)
        if allowed is not None:
            everyone = everyone and "everyone" in allowed.get("parse", ())
        return {
            "mentions": [user_json(user) for user in users],
            "mention_roles": [str(i) for i in named("roles", r"<@&(\d+)>") if guild and i in guild.roles],
            "mention_everyone": everyone,
        }
