"""Routes about the application: login, gateway address, registered commands, direct messages, uploaded files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from .http import RECORD, ApiError, json_response, no_content, unknown
from .payloads import application_json, channel_json, user_json

if TYPE_CHECKING:
    from .server import LoopbackDiscord


class AppRoutes:
    def __init__(self, server: LoopbackDiscord) -> None:
        self.server = server
        self.world = server.world

    def table(self) -> list[web.RouteDef]:
        commands = "/applications/{application_id}/commands"
        local = "/applications/{application_id}/guilds/{guild_id}/commands"
        return [
            web.get("/gateway", self.gateway),
            web.get("/gateway/bot", self.gateway),
            web.get("/users/@me", self.me),
            web.get("/users/{user_id}", self.user),
            web.post("/users/@me/channels", self.open_dm),
            web.get("/oauth2/applications/@me", self.application),
            web.get("/applications/@me", self.application),
            *[web.get(path, self.list_commands) for path in (commands, local)],
            *[web.put(path, self.overwrite) for path in (commands, local)],
            *[web.post(path, self.upsert) for path in (commands, local)],
            *[web.get(path + "/{command_id}", self.one_command) for path in (commands, local)],
            *[web.delete(path + "/{command_id}", self.remove_command) for path in (commands, local)],
        ]

    async def gateway(self, request: web.Request) -> web.Response:
        limit = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
        return json_response({"url": self.server.gateway_url, "shards": 1, "session_start_limit": limit})

    async def me(self, request: web.Request) -> web.Response:
        return json_response(user_json(self.world.bot))

    async def user(self, request: web.Request) -> web.Response:
        user = self.world.users.get(int(request.match_info["user_id"]))
        if user is None:
            raise unknown("User")
        return json_response(user_json(user))

    async def application(self, request: web.Request) -> web.Response:
        return json_response(application_json(self.world))

    async def open_dm(self, request: web.Request) -> web.Response:
        user = self.world.users.get(int(request[RECORD].body["recipient_id"]))
        if user is None:
            raise unknown("User")
        if user.bot:
            raise ApiError(403, 50007, "Cannot send messages to this user")
        return json_response(channel_json(self.world.dm_with(user)))

    # -- commands ------------------------------------------------------------------------------------------

    def _scope(self, request: web.Request) -> int | None:
        if int(request.match_info["application_id"]) != self.world.application_id:
            raise unknown("Application")
        if "guild_id" not in request.match_info:
            return None
        guild_id = int(request.match_info["guild_id"])
        if guild_id not in self.world.guilds:
            raise ApiError(403, 50001, "Missing Access")
        return guild_id

    def _commands(self, guild_id: int | None) -> list[dict]:
        book = self.server.commands
        return book.everywhere if guild_id is None else book.by_guild.get(guild_id, [])

    async def list_commands(self, request: web.Request) -> web.Response:
        return json_response(self._commands(self._scope(request)))

    async def overwrite(self, request: web.Request) -> web.Response:
        scope = self._scope(request)
        return json_response(self.server.commands.overwrite(request[RECORD].body or [], scope))

    async def upsert(self, request: web.Request) -> web.Response:
        scope, body = self._scope(request), request[RECORD].body
        key = (body.get("type") or 1, body["name"])
        kept = [c for c in self._commands(scope) if (c["type"], c["name"]) != key]
        self.server.commands.overwrite([*kept, body], scope)
        return json_response(self._commands(scope)[-1], 201)

    def _command(self, request: web.Request) -> dict:
        for command in self._commands(self._scope(request)):
            if command["id"] == request.match_info["command_id"]:
                return command
        raise unknown("application command")

    async def one_command(self, request: web.Request) -> web.Response:
        return json_response(self._command(request))

    async def remove_command(self, request: web.Request) -> web.Response:
        self._commands(self._scope(request)).remove(self._command(request))
        return no_content()
