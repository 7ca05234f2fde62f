"""The commands that the bot registered, and turning what a person types into interaction data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .messages import Cdn
from .payloads import Json, channel_json, member_json, role_json, user_json
from .state import ADMINISTRATOR, Channel, Guild, Role, User, World

SUBCOMMAND, GROUP, STRING, INTEGER, BOOLEAN, USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = range(1, 12)


class CannotUse(AssertionError):
    """Discord's own client would not let a person do this."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that a person attaches."""

    name: str
    content: bytes
    content_type: str = "application/octet-stream"


class Resolver:
    """Collects the `resolved` objects beside the ids in an interaction."""

    def __init__(self, world: World, cdn: Cdn, guild: Guild | None, channel: Channel) -> None:
        self.world, self.cdn, self.guild, self.channel = world, cdn, guild, channel
        self.resolved: dict[str, Json] = {}

    def put(self, kind: str, key: int | str, data: Json) -> str:
        self.resolved.setdefault(kind, {})[str(key)] = data
        return str(key)

    def add(self, value: Any) -> str:
        """The id of a user, role, channel or upload, which is resolved on the way."""
        match value:
            case User():
                if self.guild and (member := self.guild.members.get(value.id)):
                    bits = str(self.world.permissions(self.guild, value, self.channel))
                    self.put("members", value.id, member_json(member, with_user=False) | {"permissions": bits})
                return self.put("users", value.id, user_json(value))
            case Role():
                return self.put("roles", value.id, role_json(value))
            case Channel():
                return self.put("channels", value.id, channel_json(value) | {"permissions": str(1 << 10)})
            case Upload():
                stored = self.cdn.store(
                    self.world, self.channel, value.name, value.content, content_type=value.content_type
                )
                return self.put("attachments", stored["id"], stored | {"ephemeral": True})
        raise CannotUse(f"{value!r} is not a user, a role, a channel or an upload")


class CommandBook:
    """Registered commands, global and by server, as the API returns them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.everywhere: list[Json] = []
        self.by_guild: dict[int, list[Json]] = {}
        self.overwrites = 0
        """How often a whole set was put in place."""

    def overwrite(self, commands: Iterable[Json], guild_id: int | None = None) -> list[Json]:
        """Replace the global set, or a server's; ids of commands that stay by name and type stay too."""
        known = self.everywhere if guild_id is None else self.by_guild.get(guild_id, [])
        ids = {(c["type"], c["name"]): c["id"] for c in known}
        made = [self._registered(command, guild_id, ids) for command in commands]
        if guild_id is None:
            self.everywhere = made
        else:
            self.by_guild[guild_id] = made
        self.overwrites += 1
        return made

    def _registered(self, command: Json, guild_id: int | None, ids: Mapping[tuple[int, str], str]) -> Json:
        kind = command.get("type") or 1
        permissions = command.get("default_member_permissions")
        made = {
            "description": "",
            "options": [],
            "nsfw": False,
            **command,
            "type": kind,
            "id": ids.get((kind, command["name"])) or str(self.world.snowflake()),
            "application_id": str(self.world.application_id),
            "version": str(self.world.snowflake()),
            "default_member_permissions": None if permissions is None else str(permissions),
        }
        return made if guild_id is None else made | {"guild_id": str(guild_id)}

    def find(self, name: str, kind: int, guild: Guild | None) -> Json:
        """The command a person would pick by this name."""
        local = self.by_guild.get(guild.id, []) if guild else []
        for command in [*local, *self.everywhere]:
            if command["type"] == kind and command["name"] == name:
                return command
        there = ", ".join(sorted(c["name"] for c in [*local, *self.everywhere])) or "none"
        raise CannotUse(f"no command {name!r} is registered here (registered: {there})")

    def allowed(self, command: Json, guild: Guild | None, user: User) -> bool:
        """Whether `default_member_permissions` lets this person see the command."""
        needed = command.get("default_member_permissions")
        if guild is None or needed is None:
            return True
        held = self.world.permissions(guild, user)
        return bool(held & ADMINISTRATOR) or int(needed) & held == int(needed) != 0

    # -- what a person typed -------------------------------------------------------------------------------

    def slash_data(
        self,
        name: str,
        values: Mapping[str, Any],
        guild: Guild | None,
        resolver: Resolver,
        *,
        focused: str | None = None,
    ) -> tuple[Json, Json]:
        """The registered command and the interaction data for "staff import schedule" with option values."""
        root, *path = name.removeprefix("/").split()
        command = self.find(root, 1, guild)
        options, level = command.get("options") or [], command
        for word in path:
            level = next((o for o in options if o["name"] == word and o["type"] in (SUBCOMMAND, GROUP)), {})
            if not level:
                raise CannotUse(f"/{name}: there is no {word!r} under it")
            options = level.get("options") or []
        if any(o["type"] in (SUBCOMMAND, GROUP) for o in options):
            below = ", ".join(o["name"] for o in options)
            raise CannotUse(f"/{name} has subcommands, choose one of them: {below}")
        filled = self._fill(name, options, values, resolver, focused)
        for index in range(len(path), 0, -1):
            kind = GROUP if index < len(path) else SUBCOMMAND
            filled = [{"type": kind, "name": path[index - 1], "options": filled}]
        data: Json = {"id": command["id"], "name": root, "type": 1, "options": filled}
        if "guild_id" in command:
            data["guild_id"] = command["guild_id"]
        if resolver.resolved:
            data["resolved"] = resolver.resolved
        return command, data

    def _fill(
        self,
        name: str,
        options: list[Json],
        values: Mapping[str, Any],
        resolver: Resolver,
        focused: str | None,
    ) -> list[Json]:
        known = {o["name"] for o in options}
        if strange := set(values) - known:
            raise CannotUse(f"/{name} has no option {sorted(strange)} (it has: {sorted(known)})")
        missing = [o["name"] for o in options if o.get("required") and o["name"] not in values]
        if missing and focused is None:
            raise CannotUse(f"/{name} needs {missing}")
        filled = []
        for option in options:
            if (key := option["name"]) not in values or values[key] is None:
                continue
            if key == focused:
                typed = str(values[key]) if option["type"] == STRING else values[key]
                filled.append({"name": key, "type": option["type"], "value": typed, "focused": True})
            else:
                value = option_value(name, option, values[key], resolver)
                filled.append({"name": key, "type": option["type"], "value": value})
        return filled


def option_value(name: str, option: Json, value: Any, resolver: Resolver) -> Any:
    """One option's value on the wire, after the checks Discord's client makes."""

    def refuse(why: str) -> CannotUse:
        return CannotUse(f"/{name}, option {option['name']}: {value!r} {why}")

    choices = [choice["value"] for choice in option.get("choices") or ()]
    if choices and value not in choices:
        raise refuse(f"is none of the choices {choices}")
    match option["type"]:
        case 3:
            if not isinstance(value, str):
                raise refuse("is not text")
            if not option.get("min_length", 0) <= len(value) <= option.get("max_length", 6000):
                raise refuse("is too short or too long")
            return value
        case 4 | 10:
            if isinstance(value, bool) or not isinstance(value, int if option["type"] == 4 else int | float):
                raise refuse("is not a number of that kind")
            if value < option.get("min_value", value) or value > option.get("max_value", value):
                raise refuse("is out of range")
            return value
        case 5:
            if not isinstance(value, bool):
                raise refuse("is not true or false")
            return value
        case kind:
            wanted = {6: User, 7: Channel, 8: Role, 9: User | Role, 11: Upload}[kind]
            if not isinstance(value, wanted):
                raise refuse(f"is not a {wanted}")
            if kind == 7 and value.type not in (option.get("channel_types") or [value.type]):
                raise refuse("is not a channel of an allowed type")
            return resolver.add(value)
