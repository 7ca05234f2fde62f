"""Routes about messages: write, read, edit, delete, pin, react."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from .gateway import MESSAGE_CONTENT
from .http import RECORD, ApiError, invalid, json_response, no_content, unknown
from .payloads import Json
from .state import DM, READ_HISTORY, SEND_IN_THREADS, SEND_MESSAGES, VIEW_CHANNEL, Channel

if TYPE_CHECKING:
    from .server import LoopbackDiscord


class MessageRoutes:
    def __init__(self, server: LoopbackDiscord) -> None:
        self.server = server
        self.world = server.world
        self.messages = server.messages

    def table(self) -> list[web.RouteDef]:
        base = "/channels/{channel_id}/messages"
        one = base + "/{message_id}"
        return [
            web.post(base, self.create),
            web.get(base, self.history),
            web.post(base + "/bulk-delete", self.bulk_delete),
            web.get(base + "/pins", self.pins),
            web.put(base + "/pins/{message_id}", self.pin),
            web.delete(base + "/pins/{message_id}", self.unpin),
            web.get(one, self.get),
            web.patch(one, self.edit),
            web.delete(one, self.delete),
            web.put(one + "/reactions/{emoji}/@me", self.accept),
            web.delete(one + "/reactions/{emoji}/@me", self.accept),
            web.post("/channels/{channel_id}/typing", self.accept),
        ]

    def channel(self, request: web.Request, needed: int = VIEW_CHANNEL) -> Channel:
        """The channel of the path, if the bot may do there what it is about to do."""
        channel = self.world.channels.get(int(request.match_info["channel_id"]))
        if channel is None:
            raise unknown("Channel")
        guild = self.world.guild_of(channel)
        if guild is not None:
            held = self.world.permissions(guild, self.world.bot, channel)
            if not held & VIEW_CHANNEL:
                raise ApiError(403, 50001, "Missing Access")
            if needed & ~held:
                raise ApiError(403, 50013, "Missing Permissions")
        return channel

    def _seen_by_bot(self, message: Json) -> Json:
        """Without the message-content intent the bot reads only its own, those that mention it, and DMs."""
        bot = str(self.world.bot.id)
        if (
            self.world.privileged_intents & MESSAGE_CONTENT
            or "guild_id" not in message
            or message["author"]["id"] == bot
            or any(user["id"] == bot for user in message["mentions"])
        ):
            return message
        return message | {"content": "", "embeds": [], "attachments": [], "components": []}

    async def create(self, request: web.Request) -> web.Response:
        record = request[RECORD]
        channel = self.channel(request)
        if channel.type == DM:
            if channel.recipient and channel.recipient.dm_closed:
                raise ApiError(403, 50007, "Cannot send messages to this user")
        else:
            self.channel(request, SEND_IN_THREADS if channel.is_thread else SEND_MESSAGES)
        body: Json = record.body or {}
        nonce = body.get("nonce")
        if nonce is not None and len(str(nonce)) > 25:
            raise invalid("nonce", "NONCE_TYPE_TOO_LONG", "Must be between 1 and 25 in length.")
        if nonce is not None and body.get("enforce_nonce"):
            known = self.messages.with_nonce(channel, self.world.bot, str(nonce))
            if known is not None:
                record.extra["deduplicated"] = True
                return json_response(known)
        return json_response(self.messages.create(channel, self.world.bot, body, record.files, via="channel"))

    async def history(self, request: web.Request) -> web.Response:
        channel = self.channel(request)
        guild = self.world.guild_of(channel)
        if guild and not self.world.permissions(guild, self.world.bot, channel) & READ_HISTORY:
            return json_response([])
        query = request.query
        limit = int(query.get("limit", 50))
        if not 1 <= limit <= 100:
            raise invalid("limit", "NUMBER_TYPE_MAX", "int value should be between 1 and 100.")
        listed = self.messages.in_channel(channel.id)
        if "before" in query:
            listed = [m for m in listed if int(m["id"]) < int(query["before"])][-limit:]
        elif "after" in query:
            listed = [m for m in listed if int(m["id"]) > int(query["after"])][:limit]
        elif "around" in query:
            middle = int(query["around"])
            half = limit // 2
            listed = [m for m in listed if int(m["id"]) < middle][-half:] + [
                m for m in listed if int(m["id"]) >= middle
            ][: half + 1]
        else:
            listed = listed[-limit:]
        return json_response([self._seen_by_bot(m) for m in reversed(listed)])

    async def get(self, request: web.Request) -> web.Response:
        channel = self.channel(request)
        return json_response(self._seen_by_bot(self._one(request, channel)))

    def _one(self, request: web.Request, channel: Channel) -> Json:
        return self.messages.get(channel.id, int(request.match_info["message_id"]))

    async def edit(self, request: web.Request) -> web.Response:
        channel, record = self.channel(request), request[RECORD]
        message = self._one(request, channel)
        if message["author"]["id"] != str(self.world.bot.id):
            raise ApiError(403, 50005, "Cannot edit a message authored by another user")
        return json_response(self.messages.edit(message, channel, self.world.bot, record.body, record.files))

    async def delete(self, request: web.Request) -> web.Response:
        channel = self.channel(request)
        self.messages.delete(channel, int(request.match_info["message_id"]))
        return no_content()

    async def bulk_delete(self, request: web.Request) -> web.Response:
        channel = self.channel(request)
        for message_id in request[RECORD].body["messages"]:
            self.messages.delete(channel, int(message_id))
        return no_content()

    async def pins(self, request: web.Request) -> web.Response:
        channel = self.channel(request)
        pinned = [m for m in self.messages.in_channel(channel.id) if m["pinned"]]
        items = [{"pinned_at": m["timestamp"], "message": self._seen_by_bot(m)} for m in reversed(pinned)]
        return json_response({"items": items, "has_more": False})

    async def pin(self, request: web.Request) -> web.Response:
        self._one(request, self.channel(request))["pinned"] = True
        return no_content()

    async def unpin(self, request: web.Request) -> web.Response:
        self._one(request, self.channel(request))["pinned"] = False
        return no_content()

    async def accept(self, request: web.Request) -> web.Response:
        """Allowed, and without an effect that anyone looks at."""
        self.channel(request)
        return no_content()
