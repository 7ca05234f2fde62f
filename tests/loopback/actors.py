"""People acting: slash commands, autocomplete, buttons, selects, modals, context menus, messages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from .commands import CannotUse, CommandBook, Resolver, Upload
from .http import SentFile
from .interactions import AUTOCOMPLETE, COMMAND, COMPONENT, MODAL_SUBMIT, Answer, Interaction, Interactions
from .messages import EPHEMERAL, Cdn, Messages
from .payloads import Json
from .state import Channel, Guild, User, World


class Actors:
    """The part of the server that plays the people. Every method waits for the bot's answer.

    `at` sets the moment the platform received the action (the timestamp in the interaction's id); by default it
    is the server's now. With `settle=False` a deferred reply is returned at once instead of when it is filled in.
    """

    world: World
    commands: CommandBook
    interactions: Interactions
    messages: Messages
    cdn: Cdn
    channel: Channel

    # -- commands ------------------------------------------------------------------------------------------

    async def slash(
        self,
        user: User,
        command: str,
        options: Mapping[str, Any] | None = None,
        *,
        channel: Channel | None = None,
        guild: Guild | None = None,
        at: datetime | None = None,
        force: bool = False,
        settle: bool = True,
        within: float = 10.0,
    ) -> Answer:
        """Use a slash command, subcommands written with spaces: `slash(user, "staff import schedule", {...})`.

        Users, roles, channels and files are given as `User`, `Role`, `Channel` and `Upload`. What Discord's own
        client would refuse raises `CannotUse`; `force` sends it although the person may not see the command.
        """
        where = self._where(channel, guild)
        resolver = self._resolver(where)
        registered, data = self.commands.slash_data(command, options or {}, resolver.guild, resolver)
        self._may(registered, resolver.guild, user, force)
        return await self._act(COMMAND, user, where, f"/{command}", data, at=at, settle=settle, within=within)

    async def autocomplete(
        self,
        user: User,
        command: str,
        option: str,
        value: Any = "",
        *,
        others: Mapping[str, Any] | None = None,
        channel: Channel | None = None,
        guild: Guild | None = None,
    ) -> Answer:
        """Type `value` into an option; `.choices` of the answer is the list shown."""
        where = self._where(channel, guild)
        resolver = self._resolver(where)
        values = {**(others or {}), option: value}
        _, data = self.commands.slash_data(command, values, resolver.guild, resolver, focused=option)
        return await self._act(AUTOCOMPLETE, user, where, f"/{command} {option}:", data)

    async def context_menu(
        self,
        user: User,
        command: str,
        target: Json | User,
        *,
        channel: Channel | None = None,
        guild: Guild | None = None,
        at: datetime | None = None,
        force: bool = False,
        settle: bool = True,
        within: float = 10.0,
    ) -> Answer:
        """Use a message command (target: the message) or a user command (target: the user)."""
        on_user = isinstance(target, User)
        where = self._where(channel, guild) if on_user else self.world.channels[int(target["channel_id"])]
        resolver = self._resolver(where)
        registered = self.commands.find(command, 2 if on_user else 3, resolver.guild)
        self._may(registered, resolver.guild, user, force)
        chosen = resolver.add(target) if on_user else resolver.put("messages", target["id"], target)
        data = {"id": registered["id"], "name": command, "type": registered["type"], "target_id": chosen}
        data["resolved"] = resolver.resolved
        return await self._act(COMMAND, user, where, command, data, at=at, settle=settle, within=within)

    # -- components ----------------------------------------------------------------------------------------

    async def click(
        self,
        user: User,
        message: Json | Answer,
        button: str,
        *,
        at: datetime | None = None,
        settle: bool = True,
        within: float = 10.0,
    ) -> Answer:
        """Press a button, named by its custom_id or its label."""
        found, part = self._component(user, message, button, {2})
        data = {"component_type": 2, "custom_id": part["custom_id"], "id": part.get("id", 0)}
        return await self._on_message(user, found, button, data, at=at, settle=settle, within=within)

    async def select(
        self,
        user: User,
        message: Json | Answer,
        menu: str,
        values: Iterable[Any],
        *,
        at: datetime | None = None,
        settle: bool = True,
        within: float = 10.0,
    ) -> Answer:
        """Choose in a select menu, named by its custom_id or its placeholder; values or labels, or objects."""
        found, part = self._component(user, message, menu, {3, 5, 6, 7, 8})
        resolver = self._resolver(self.world.channels[int(found["channel_id"])])
        data: Json = {"component_type": part["type"], "custom_id": part["custom_id"], "id": part.get("id", 0)}
        data["values"] = _chosen(part, list(values), resolver)
        if resolver.resolved:
            data["resolved"] = resolver.resolved
        return await self._on_message(user, found, menu, data, at=at, settle=settle, within=within)

    async def submit_modal(
        self,
        user: User,
        modal: Answer,
        values: Mapping[str, Any],
        *,
        at: datetime | None = None,
        settle: bool = True,
        within: float = 10.0,
    ) -> Answer:
        """Fill in the modal that `modal` brought and send it; fields by custom_id or label."""
        form = modal.modal
        if form is None or modal.user is not user:
            raise CannotUse(f"{modal.label}: no modal is open for {user.name}")
        origin = self._origin(modal)
        resolver = self._resolver(origin.channel)
        left = dict(values)
        parts = [_submitted(part, left, resolver) for part in form["components"]]
        if left:
            raise CannotUse(f"the modal {form['title']!r} has no field {sorted(left)}")
        data: Json = {"custom_id": form["custom_id"], "components": parts}
        if resolver.resolved:
            data["resolved"] = resolver.resolved
        label = f"modal {form['title']!r}"
        return await self._act(
            MODAL_SUBMIT,
            user,
            origin.channel,
            label,
            data,
            at=at,
            settle=settle,
            within=within,
            message=origin.message,
        )

    # -- talking -------------------------------------------------------------------------------------------

    def say(self, user: User, content: str, *, channel: Channel | None = None, uploads: Iterable[Upload] = ()) -> Json:
        """Write an ordinary message."""
        files = [SentFile(f"files[{i}]", upload.name, upload.content) for i, upload in enumerate(uploads)]
        return self.messages.create(channel or self.channel, user, {"content": content}, files, via="person")

    # -- parts ---------------------------------------------------------------------------------------------

    def _where(self, channel: Channel | None, guild: Guild | None) -> Channel:
        if channel is not None:
            return channel
        if guild is not None:
            return next(c for c in guild.channels.values() if c.type == 0)
        return self.channel

    def _resolver(self, channel: Channel) -> Resolver:
        return Resolver(self.world, self.cdn, self.world.guild_of(channel), channel)

    def _may(self, command: Json, guild: Guild | None, user: User, force: bool) -> None:
        if not force and not self.commands.allowed(command, guild, user):
            raise CannotUse(f"{user.name} may not see /{command['name']} (default_member_permissions)")

    def _origin(self, answer: Answer) -> Interaction:
        return self.interactions.by_id[answer.interaction_id]

    def _component(self, user: User, message: Json | Answer, named: str, types: set[int]) -> tuple[Json, Json]:
        found = message.message if isinstance(message, Answer) else message
        if found is None:
            raise CannotUse(f"there is no message with {named!r} on it")
        asker = found.get("interaction_metadata", {}).get("user", {}).get("id")
        if found["flags"] & EPHEMERAL and asker != str(user.id):
            raise CannotUse(f"{user.name} does not see that message: it is ephemeral")
        for part in _walk(found["components"]):
            if part["type"] in types and named in (
                part.get("custom_id"),
                part.get("label"),
                part.get("placeholder"),
            ):
                if part.get("disabled"):
                    raise CannotUse(f"{named!r} is disabled")
                return found, part
        there = [p.get("custom_id") for p in _walk(found["components"]) if p.get("custom_id")]
        raise CannotUse(f"the message has no {named!r} (it has {there})")

    async def _on_message(self, user: User, message: Json, named: str, data: Json, **how: Any) -> Answer:
        channel = self.world.channels[int(message["channel_id"])]
        return await self._act(COMPONENT, user, channel, f"component {named!r}", data, message=message, **how)

    async def _act(
        self,
        type: int,
        user: User,
        channel: Channel,
        label: str,
        data: Json,
        *,
        at: datetime | None = None,
        settle: bool = True,
        within: float = 10.0,
        message: Json | None = None,
    ) -> Answer:
        interaction = self.interactions.open(type, user, channel, label, at=at, message=message)
        self.interactions.send(interaction, data)
        return await self.interactions.wait(interaction, settle=settle, within=within)


def _walk(components: Iterable[Json]) -> Iterable[Json]:
    for part in components:
        yield part
        yield from _walk(part.get("components") or ())
        yield from _walk([part[key] for key in ("accessory", "component") if part.get(key)])


def _chosen(part: Json, values: list[Any], resolver: Resolver) -> list[str]:
    low = 1 if part.get("min_values") is None else part["min_values"]
    high = part.get("max_values") or (len(part["options"]) if part["type"] == 22 else 1)
    if not low <= len(values) <= high:
        raise CannotUse(f"{part['custom_id']!r} takes {low} to {high} values, not {len(values)}")
    if part["type"] not in (3, 21, 22):
        return [resolver.add(value) for value in values]
    by_name = {name: o["value"] for o in part["options"] for name in (o["label"], o["value"])}
    try:
        return [by_name[value] for value in values]
    except KeyError as error:
        raise CannotUse(f"{part['custom_id']!r} has no option {error}: {sorted(by_name)}") from None


def _submitted(part: Json, left: dict[str, Any], resolver: Resolver) -> Json:
    """One part of a submitted modal; takes its value out of `left`."""
    head = {"type": part["type"], "id": part.get("id", 0)}
    if part["type"] == 1:
        return head | {"components": [_submitted(child, left, resolver) for child in part["components"]]}
    if part["type"] == 18:
        inner = part["component"]
        if part["label"] in left:
            left[inner["custom_id"]] = left.pop(part["label"])
        return head | {"component": _submitted(inner, left, resolver)}
    if "custom_id" not in part:
        return head
    head["custom_id"] = key = part["custom_id"]
    value = left.pop(key, left.pop(part.get("label"), None))  # type: ignore[arg-type]
    if value is None and part.get("required", part["type"] != 23):
        raise CannotUse(f"the field {part.get('label') or key!r} is required")
    match part["type"]:
        case 4:
            text = part.get("value", "") if value is None else value
            if value is not None and not (part.get("min_length") or 0) <= len(text) <= (part.get("max_length") or 4000):
                raise CannotUse(f"the field {part.get('label') or key!r} is too short or too long")
            return head | {"value": text}
        case 21:
            return head | {"value": None if value is None else _chosen(part, [value], resolver)[0]}
        case 23:
            return head | {"value": bool(value)}
    given = [] if value is None else value if isinstance(value, list | tuple) else [value]
    return head | {"values": _chosen(part, list(given), resolver) if given else []}
