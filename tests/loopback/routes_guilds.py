"""Routes about servers: channels, threads, roles, members, scheduled events."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from aiohttp import web

from .http import RECORD, ApiError, invalid, json_response, no_content, unknown
from .payloads import Json, channel_json, guild_json, member_json, role_json, user_json
from .state import PRIVATE_THREAD, PUBLIC_THREAD, Channel, Guild, Member, Role

if TYPE_CHECKING:
    from .server import LoopbackDiscord


class GuildRoutes:
    def __init__(self, server: LoopbackDiscord) -> None:
        self.server = server
        self.world = server.world

    def table(self) -> list[web.RouteDef]:
        guild, channel = "/guilds/{guild_id}", "/channels/{channel_id}"
        events = guild + "/scheduled-events"
        return [
            web.get(guild, self.guild),
            web.get(guild + "/channels", self.channels),
            web.post(guild + "/channels", self.create_channel),
            web.get(guild + "/roles", self.roles),
            web.post(guild + "/roles", self.create_role),
            web.patch(guild + "/roles/{role_id}", self.edit_role),
            web.delete(guild + "/roles/{role_id}", self.delete_role),
            web.get(guild + "/members", self.members),
            web.get(guild + "/members/{user_id}", self.member),
            web.put(guild + "/members/{user_id}/roles/{role_id}", self.give_role),
            web.delete(guild + "/members/{user_id}/roles/{role_id}", self.take_role),
            web.get(guild + "/threads/active", self.active_threads),
            web.get(events, self.list_events),
            web.post(events, self.create_event),
            web.get(events + "/{event_id}", self.get_event),
            web.patch(events + "/{event_id}", self.edit_event),
            web.delete(events + "/{event_id}", self.delete_event),
            web.get(channel, self.channel),
            web.patch(channel, self.edit_channel),
            web.delete(channel, self.delete_channel),
            web.put(channel + "/permissions/{target_id}", self.set_overwrite),
            web.delete(channel + "/permissions/{target_id}", self.drop_overwrite),
            web.post(channel + "/threads", self.create_thread),
            web.post(channel + "/messages/{message_id}/threads", self.create_thread),
            web.put(channel + "/thread-members/{user_id}", self.accept),
            web.delete(channel + "/thread-members/{user_id}", self.accept),
        ]

    # -- looking up ----------------------------------------------------------------------------------------

    def _guild(self, request: web.Request) -> Guild:
        guild = self.world.guilds.get(int(request.match_info["guild_id"]))
        if guild is None:
            raise unknown("Guild")
        return guild

    def _channel(self, request: web.Request) -> Channel:
        channel = self.world.channels.get(int(request.match_info["channel_id"]))
        if channel is None:
            raise unknown("Channel")
        return channel

    def _member(self, request: web.Request) -> Member:
        said = request.match_info["user_id"]
        member = self._guild(request).members.get(self.world.bot.id if said == "@me" else int(said))
        if member is None:
            raise unknown("Member")
        return member

    def _role(self, request: web.Request) -> Role:
        role = self._guild(request).roles.get(int(request.match_info["role_id"]))
        if role is None:
            raise unknown("Role")
        return role

    async def accept(self, request: web.Request) -> web.Response:
        self._channel(request)
        return no_content()

    # -- the server ----------------------------------------------------------------------------------------

    async def guild(self, request: web.Request) -> web.Response:
        return json_response(guild_json(self.world, self._guild(request)))

    async def channels(self, request: web.Request) -> web.Response:
        return json_response([channel_json(c) for c in self._guild(request).channels.values()])

    async def roles(self, request: web.Request) -> web.Response:
        return json_response([role_json(role) for role in self._guild(request).roles.values()])

    async def create_role(self, request: web.Request) -> web.Response:
        guild, body = self._guild(request), request[RECORD].body or {}
        if len(guild.roles) >= 250:
            raise ApiError(400, 30005, "Maximum number of guild roles reached (250)")
        role = self.world.add_role(
            guild,
            body.get("name") or "new role",
            permissions=int(body.get("permissions") or 0),
            mentionable=bool(body.get("mentionable")),
        )
        return json_response(role_json(role))

    async def edit_role(self, request: web.Request) -> web.Response:
        role, body = self._role(request), request[RECORD].body
        role.name = body.get("name") or role.name
        role.permissions = int(body.get("permissions", role.permissions))
        role.mentionable = bool(body.get("mentionable", role.mentionable))
        self.world.emit("GUILD_ROLE_UPDATE", {"guild": self._guild(request), "role": role})
        return json_response(role_json(role))

    async def delete_role(self, request: web.Request) -> web.Response:
        guild, role = self._guild(request), self._role(request)
        del guild.roles[role.id]
        for member in guild.members.values():
            if role.id in member.roles:
                member.roles.remove(role.id)
        self.world.emit("GUILD_ROLE_DELETE", {"guild": guild, "role_id": str(role.id)})
        return no_content()

    async def members(self, request: web.Request) -> web.Response:
        after, limit = int(request.query.get("after", 0)), int(request.query.get("limit", 1))
        listed = [m for _, m in sorted(self._guild(request).members.items()) if m.user.id > after]
        return json_response([member_json(member) for member in listed[:limit]])

    async def member(self, request: web.Request) -> web.Response:
        return json_response(member_json(self._member(request)))

    async def give_role(self, request: web.Request) -> web.Response:
        return self._change_roles(request, give=True)

    async def take_role(self, request: web.Request) -> web.Response:
        return self._change_roles(request, give=False)

    def _change_roles(self, request: web.Request, *, give: bool) -> web.Response:
        member, role = self._member(request), self._role(request)
        kept = [held for held in member.roles if held != role.id]
        member.roles[:] = [*kept, role.id] if give else kept
        self.world.emit("GUILD_MEMBER_UPDATE", {"guild": self._guild(request), "member": member})
        return no_content()

    # -- channels and threads ------------------------------------------------------------------------------

    async def channel(self, request: web.Request) -> web.Response:
        return json_response(channel_json(self._channel(request)))

    async def create_channel(self, request: web.Request) -> web.Response:
        guild, body = self._guild(request), request[RECORD].body
        if len(guild.channels) >= 500:
            raise ApiError(400, 30013, "Maximum number of server channels reached (500)")
        parent = self.world.channels.get(int(body.get("parent_id") or 0))
        channel = self.world.add_channel(
            guild,
            body["name"],
            type=body.get("type") or 0,
            parent=parent,
            topic=body.get("topic"),
            overwrites=[{**o, "id": str(o["id"])} for o in body.get("permission_overwrites") or ()],
        )
        return json_response(channel_json(channel), 201)

    async def edit_channel(self, request: web.Request) -> web.Response:
        channel, body = self._channel(request), request[RECORD].body
        for key in ("name", "topic", "position", "archived", "locked"):
            if body.get(key) is not None:
                setattr(channel, key, body[key])
        if body.get("permission_overwrites") is not None:
            channel.overwrites = [{**o, "id": str(o["id"])} for o in body["permission_overwrites"]]
        event = "THREAD_UPDATE" if channel.is_thread else "CHANNEL_UPDATE"
        self.world.emit(event, {"channel": channel})
        return json_response(channel_json(channel))

    async def delete_channel(self, request: web.Request) -> web.Response:
        channel = self._channel(request)
        self.world.remove_channel(channel)
        return json_response(channel_json(channel))

    async def set_overwrite(self, request: web.Request) -> web.Response:
        channel, target, body = self._channel(request), request.match_info["target_id"], request[RECORD].body
        kept = [o for o in channel.overwrites if o["id"] != target]
        entry = {"id": target, "type": body["type"], "allow": str(body.get("allow") or 0)}
        channel.overwrites = [*kept, entry | {"deny": str(body.get("deny") or 0)}]
        self.world.emit("CHANNEL_UPDATE", {"channel": channel})
        return no_content()

    async def drop_overwrite(self, request: web.Request) -> web.Response:
        channel, target = self._channel(request), request.match_info["target_id"]
        channel.overwrites = [o for o in channel.overwrites if o["id"] != target]
        self.world.emit("CHANNEL_UPDATE", {"channel": channel})
        return no_content()

    async def create_thread(self, request: web.Request) -> web.Response:
        channel, record = self._channel(request), request[RECORD]
        body: Json = record.body
        on_message = int(request.match_info.get("message_id", 0)) or None
        if on_message is not None and on_message in self.world.channels:
            raise ApiError(400, 160004, "A thread has already been created for this message")
        type = PUBLIC_THREAD if on_message else body.get("type") or PRIVATE_THREAD
        thread = self.world.add_thread(channel, body["name"], self.world.bot, type=type, id=on_message)
        answer = channel_json(thread)
        if "message" in body:
            first = self.server.messages.create(thread, self.world.bot, body["message"], record.files, via="channel")
            answer["message"] = first
        return json_response(answer, 201)

    async def active_threads(self, request: web.Request) -> web.Response:
        threads = [channel_json(t) for t in self._guild(request).threads.values() if not t.archived]
        return json_response({"threads": threads, "members": []})

    # -- scheduled events ----------------------------------------------------------------------------------

    def _event(self, request: web.Request) -> Json:
        event = self._guild(request).events.get(int(request.match_info["event_id"]))
        if event is None:
            raise unknown("Guild Scheduled Event")
        return event

    def _refuse_past(self, body: Json) -> None:
        start = body.get("scheduled_start_time")
        if start and datetime.fromisoformat(start) <= self.world.now():
            field = "scheduled_start_time"
            raise invalid(field, "GUILD_SCHEDULED_EVENT_SCHEDULE_PAST", "Cannot schedule event in the past.")

    async def list_events(self, request: web.Request) -> web.Response:
        return json_response(list(self._guild(request).events.values()))

    async def get_event(self, request: web.Request) -> web.Response:
        return json_response(self._event(request))

    async def create_event(self, request: web.Request) -> web.Response:
        guild, body = self._guild(request), request[RECORD].body
        self._refuse_past(body)
        event: dict[str, Any] = {
            "channel_id": None,
            "description": None,
            "scheduled_end_time": None,
            "entity_metadata": None,
            "image": None,
            **body,
            "id": str(self.world.snowflake()),
            "guild_id": str(guild.id),
            "creator_id": str(self.world.bot.id),
            "creator": user_json(self.world.bot),
            "status": 1,
            "entity_id": None,
            "user_count": 0,
        }
        guild.events[int(event["id"])] = event
        self.world.emit("GUILD_SCHEDULED_EVENT_CREATE", event)
        return json_response(event)

    async def edit_event(self, request: web.Request) -> web.Response:
        event, body = self._event(request), request[RECORD].body
        self._refuse_past(body)
        event.update(body)
        self.world.emit("GUILD_SCHEDULED_EVENT_UPDATE", event)
        return json_response(event)

    async def delete_event(self, request: web.Request) -> web.Response:
        event = self._event(request)
        del self._guild(request).events[int(event["id"])]
        self.world.emit("GUILD_SCHEDULED_EVENT_DELETE", event)
        return no_content()
