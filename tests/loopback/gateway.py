"""The gateway: identify, dispatch, heartbeat, resume, and losing the connection in every way it can be lost."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import zlib
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from .payloads import channel_json, guild_create_json, member_json, role_json, user_json
from .state import Channel, World

GUILDS, GUILD_MEMBERS, GUILD_MESSAGES, DM_MESSAGES = 1 << 0, 1 << 1, 1 << 9, 1 << 12
MESSAGE_CONTENT, SCHEDULED_EVENTS = 1 << 15, 1 << 16
PRIVILEGED = GUILD_MEMBERS | 1 << 8 | MESSAGE_CONTENT
REPLAYED = 2_000
"""How many events a session keeps for a RESUME."""


class Connection:
    """One websocket: compresses as asked for and writes in order."""

    def __init__(self, ws: web.WebSocketResponse, request: web.Request) -> None:
        self.ws = ws
        self.request = request
        # Any other compression is answered with plain text, which every client takes.
        self._zlib = zlib.compressobj() if request.query.get("compress") == "zlib-stream" else None
        self._outgoing: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    def send(self, op: int, data: Any = None, *, seq: int | None = None, event: str | None = None) -> None:
        self._outgoing.put_nowait({"op": op, "d": data, "s": seq, "t": event})

    async def write(self) -> None:
        """Send what is queued until the connection ends."""
        with contextlib.suppress(ConnectionError):
            while True:
                text = json.dumps(await self._outgoing.get(), separators=(",", ":"))
                if self._zlib is None:
                    await self.ws.send_str(text)
                else:
                    data = self._zlib.compress(text.encode()) + self._zlib.flush(zlib.Z_SYNC_FLUSH)
                    await self.ws.send_bytes(data)

    def cut(self) -> None:
        """End the TCP connection without a closing handshake."""
        if self.request.transport is not None:
            self.request.transport.abort()


@dataclass(slots=True)
class Session:
    intents: int
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    seq: int = 0
    events: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=REPLAYED))
    connection: Connection | None = None

    def dispatch(self, event: str, data: Any) -> None:
        self.seq += 1
        self.events.append({"op": 0, "d": data, "s": self.seq, "t": event})
        if self.connection is not None:
            self.connection.send(0, data, seq=self.seq, event=event)


class Gateway:
    """Every session of the bot; `World.emit` ends up in `emit` here."""

    def __init__(self, world: World, token: str) -> None:
        self.world = world
        self.token = token
        self.url = ""
        self.heartbeat_interval = 41.25
        self.sessions: dict[str, Session] = {}
        self.refuse_resume = False
        """Answer the next RESUME with op 9: the session is gone."""
        self.identifies = 0
        self.resumes = 0
        self.heartbeats = 0
        self._connections: set[Connection] = set()
        world.emit = self.emit

    @property
    def connected(self) -> bool:
        """Whether a bot is identified and its connection is open."""
        return any(session.connection is not None for session in self.sessions.values())

    # -- losing the connection -----------------------------------------------------------------------------

    def drop(self) -> None:
        """Cut every connection; the sessions can be resumed."""
        for connection in list(self._connections):
            self._detach(connection)
            connection.cut()

    def reconnect(self) -> None:
        """Ask the bot to reconnect and resume (op 7)."""
        for connection in self._connections:
            connection.send(7)

    def invalidate(self, *, resumable: bool = False) -> None:
        """Declare the session invalid (op 9). Unless resumable, it is forgotten; the client waits and identifies."""
        if not resumable:
            self.sessions.clear()
        for connection in self._connections:
            connection.send(9, resumable)

    async def close(self, code: int = 4000) -> None:
        """Close every connection with `code`."""
        for connection in list(self._connections):
            self._detach(connection)
            await connection.ws.close(code=code)

    def _detach(self, connection: Connection) -> None:
        for session in self.sessions.values():
            if session.connection is connection:
                session.connection = None

    # -- events --------------------------------------------------------------------------------------------

    def emit(self, event: str, data: dict[str, Any]) -> None:
        """Dispatch to every session whose intents ask for the event; without a connection it waits for RESUME."""
        for session in self.sessions.values():
            wanted, payload = self._render(session, event, data)
            if wanted:
                session.dispatch(event, payload)

    def _render(self, session: Session, event: str, data: dict[str, Any]) -> tuple[bool, Any]:
        intents = session.intents
        if event == "INTERACTION_CREATE":
            return True, data
        if event == "GUILD_CREATE":
            all_members = bool(intents & GUILD_MEMBERS)
            return True, guild_create_json(self.world, data["guild"], all_members=all_members)
        if event.startswith("GUILD_SCHEDULED_EVENT"):
            return bool(intents & SCHEDULED_EVENTS), data
        if event.startswith("GUILD_MEMBER"):
            payload = {"guild_id": str(data["guild"].id)}
            payload |= member_json(data["member"]) if "member" in data else {"user": user_json(data["user"])}
            own = "member" in data and data["member"].user is self.world.bot
            return own or bool(intents & GUILD_MEMBERS), payload
        if event.startswith("GUILD_ROLE"):
            role = {"role": role_json(data["role"])} if "role" in data else {"role_id": data["role_id"]}
            return bool(intents & GUILDS), {"guild_id": str(data["guild"].id), **role}
        if event.startswith(("CHANNEL", "THREAD")):
            channel: Channel = data["channel"]
            fresh = {"newly_created": True} if data.get("newly_created") else {}
            return bool(intents & GUILDS), channel_json(channel) | fresh
        if event.startswith("MESSAGE"):
            return self._render_message(intents, data)
        return True, data

    def _render_message(self, intents: int, data: dict[str, Any]) -> tuple[bool, Any]:
        wanted = intents & (GUILD_MESSAGES if data.get("guild_id") else DM_MESSAGES)
        bot = str(self.world.bot.id)
        open_to_bot = (
            not data.get("guild_id")
            or intents & MESSAGE_CONTENT
            or data.get("author", {}).get("id") == bot
            or any(user["id"] == bot for user in data.get("mentions", ()))
        )
        if "author" in data and not open_to_bot:
            data = data | {"content": "", "embeds": [], "attachments": [], "components": []}
        return bool(wanted), data

    # -- the socket ----------------------------------------------------------------------------------------

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse(max_msg_size=0, compress=False)
        await ws.prepare(request)
        connection = Connection(ws, request)
        self._connections.add(connection)
        writer = asyncio.create_task(connection.write())
        connection.send(10, {"heartbeat_interval": int(self.heartbeat_interval * 1000), "_trace": ["loopback"]})
        try:
            async for message in ws:
                if message.type is WSMsgType.TEXT:
                    await self._receive(connection, json.loads(message.data))
        finally:
            self._connections.discard(connection)
            self._detach(connection)
            writer.cancel()
        return ws

    async def _receive(self, connection: Connection, message: dict[str, Any]) -> None:
        data = message.get("d")
        match message["op"]:
            case 1:
                self.heartbeats += 1
                connection.send(11)
            case 2:
                await self._identify(connection, data)
            case 6:
                await self._resume(connection, data)
            case 8:
                self._request_members(connection, data)

    async def _identify(self, connection: Connection, data: dict[str, Any]) -> None:
        if data["token"] != self.token:
            await connection.ws.close(code=4004, message=b"Authentication failed.")
            return
        if data["intents"] & PRIVILEGED & ~self.world.privileged_intents:
            await connection.ws.close(code=4014, message=b"Disallowed intent(s).")
            return
        self.identifies += 1
        session = Session(data["intents"], connection=connection)
        self.sessions = {session.id: session}
        ready = {
            "v": 10,
            "user": user_json(self.world.bot),
            "guilds": [{"id": str(guild), "unavailable": True} for guild in self.world.guilds],
            "session_id": session.id,
            "resume_gateway_url": self.url,
            "application": {"id": str(self.world.application_id), "flags": 0},
        }
        session.dispatch("READY", ready)
        for guild in self.world.guilds.values():
            session.dispatch(*("GUILD_CREATE", self._render(session, "GUILD_CREATE", {"guild": guild})[1]))

    async def _resume(self, connection: Connection, data: dict[str, Any]) -> None:
        if data["token"] != self.token:
            await connection.ws.close(code=4004, message=b"Authentication failed.")
            return
        session = self.sessions.get(data["session_id"] or "")
        if self.refuse_resume or session is None:
            self.refuse_resume = False
            self.sessions.pop(data["session_id"] or "", None)
            connection.send(9, False)
            return
        self.resumes += 1
        session.connection = connection
        for event in session.events:
            if event["s"] > (data["seq"] or 0):
                connection.send(0, event["d"], seq=event["s"], event=event["t"])
        session.dispatch("RESUMED", {})

    def _request_members(self, connection: Connection, data: dict[str, Any]) -> None:
        guild = self.world.guilds[int(data["guild_id"])]
        asked = data.get("user_ids")
        wanted = [int(user) for user in asked] if isinstance(asked, list) else asked and [int(asked)]
        query = (data.get("query") or "").lower()
        found = [
            member_json(member)
            for member in guild.members.values()
            if (member.user.id in wanted if wanted else member.user.name.lower().startswith(query))
        ]
        limit = data.get("limit") or len(found)
        chunk = {"guild_id": str(guild.id), "members": found[:limit], "chunk_index": 0, "chunk_count": 1}
        for session in self.sessions.values():
            if session.connection is connection:
                session.dispatch("GUILD_MEMBERS_CHUNK", chunk | {"not_found": [], "nonce": data.get("nonce")})
