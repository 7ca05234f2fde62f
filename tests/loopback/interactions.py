"""Interactions: what was sent to the bot, and what it answered."""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from .messages import EPHEMERAL
from .payloads import Json, channel_json, member_json, user_json
from .state import Channel, Guild, User, World

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL_SUBMIT = 2, 3, 4, 5
REPLY, DEFERRED, DEFERRED_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
TOKEN_LIFE = timedelta(minutes=15)


class NoAnswer(AssertionError):
    """The bot did not answer an interaction in time; Discord shows "The application did not respond"."""


class AnsweredTwice(AssertionError):
    """The bot sent two first answers to one interaction."""


@dataclass(slots=True)
class Answer:
    """What the bot answered. It keeps growing as edits and followups come in."""

    label: str
    """What was done, e.g. "/vote"."""
    user: User
    interaction_id: int = 0
    type: int | None = None
    """4 reply, 5 deferred, 6 deferred update, 7 update of the message, 8 autocomplete choices, 9 modal."""
    latency: float = 0.0
    """Seconds from dispatch until the callback arrived."""
    settled_latency: float | None = None
    """Seconds until there was something to see: the callback, or after a defer the first edit or followup."""
    body: Json = field(default_factory=dict)
    """The body of the callback."""
    message: Json | None = None
    """The original response, as it is now; for types 6 and 7 the message the component sits on."""
    deferred_ephemeral: bool = False
    followups: list[Json] = field(default_factory=list)
    edits: list[Json] = field(default_factory=list)
    """The bodies of the edits of the original, in order."""
    deleted: bool = False
    problems: list[str] = field(default_factory=list)

    @property
    def content(self) -> str:
        return self.message["content"] if self.message else ""

    @property
    def embeds(self) -> list[Json]:
        return self.message["embeds"] if self.message else []

    @property
    def components(self) -> list[Json]:
        return self.message["components"] if self.message else []

    @property
    def ephemeral(self) -> bool:
        """Whether only the person who asked sees the answer."""
        return bool(self.message and self.message["flags"] & EPHEMERAL)

    @property
    def modal(self) -> Json | None:
        return self.body.get("data") if self.type == MODAL else None

    @property
    def choices(self) -> list[Json]:
        return (self.body.get("data") or {}).get("choices", []) if self.type == CHOICES else []

    @property
    def text(self) -> str:
        """All that can be read in the answer and its followups, one piece a line."""
        lines: list[str] = []
        for message in [self.message, *self.followups] if self.message else self.followups:
            _read(message, lines)
        return "\n".join(lines)


def _read(part: Any, lines: list[str]) -> None:
    if isinstance(part, list):
        for item in part:
            _read(item, lines)
    elif isinstance(part, dict):
        for key in ("content", "title", "description", "name", "value", "text", "label"):
            if isinstance(part.get(key), str) and part[key]:
                lines.append(part[key])
        for key in ("embeds", "fields", "footer", "components", "accessory"):
            _read(part.get(key), lines)


@dataclass(slots=True)
class Interaction:
    id: int
    type: int
    user: User
    channel: Channel
    guild: Guild | None
    label: str
    answer: Answer
    answered: asyncio.Future[Answer]
    settled: asyncio.Future[Answer]
    message: Json | None = None
    """The message whose component was used."""
    token: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    sent: float = 0.0
    """`time.perf_counter()` at dispatch."""
    created_at: datetime | None = None
    hidden: dict[int, Json] = field(default_factory=dict)
    """Ephemeral messages sent in answer, by id."""

    def payload(self, world: World, data: Json) -> Json:
        """The INTERACTION_CREATE event."""
        payload: Json = {
            "id": str(self.id),
            "application_id": str(world.application_id),
            "type": self.type,
            "data": data,
            "token": self.token,
            "version": 1,
            "channel_id": str(self.channel.id),
            "channel": channel_json(self.channel),
            "locale": "en-US",
            "entitlements": [],
            "attachment_size_limit": 10 * 1024 * 1024,
            "app_permissions": str((1 << 53) - 1),
        }
        if self.message is not None:
            payload["message"] = self.message
        if self.guild is None:
            return payload | {
                "user": user_json(self.user),
                "context": 1,
                "authorizing_integration_owners": {"0": "0"},
            }
        held = world.permissions(self.guild, self.user, self.channel)
        payload["channel"]["permissions"] = str(held)
        return payload | {
            "guild_id": str(self.guild.id),
            "guild": {"id": str(self.guild.id), "locale": "en-US", "features": []},
            "guild_locale": "en-US",
            "member": member_json(self.guild.members[self.user.id]) | {"permissions": str(held)},
            "app_permissions": str(world.permissions(self.guild, world.bot, self.channel)),
            "context": 0,
            "authorizing_integration_owners": {"0": str(self.guild.id)},
        }

    def metadata(self) -> Json:
        """What a message that answers this interaction says about it."""
        return {
            "id": str(self.id),
            "type": self.type,
            "user": user_json(self.user),
            "authorizing_integration_owners": {"0": str(self.guild.id if self.guild else 0)},
        }

    def settle(self) -> None:
        """There is now something for the person to see."""
        if not self.settled.done():
            self.answer.settled_latency = time.perf_counter() - self.sent
            self.settled.set_result(self.answer)


class Interactions:
    """Every interaction sent, by id and by token."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.by_id: dict[int, Interaction] = {}
        self.by_token: dict[str, Interaction] = {}
        self.ack_limit = 3.0
        """Seconds the bot has to answer."""
        self.problems: list[str] = []
        """What the bot did wrong, as sentences: no answer, a late one, a second one."""

    def clear(self) -> None:
        self.by_id.clear()
        self.by_token.clear()
        self.problems.clear()

    def open(
        self,
        type: int,
        user: User,
        channel: Channel,
        label: str,
        *,
        at: datetime | None = None,
        message: Json | None = None,
    ) -> Interaction:
        """A new interaction, not dispatched yet; its id carries `at` as the moment the platform received it."""
        guild = self.world.guild_of(channel)
        loop = asyncio.get_running_loop()
        interaction_id = self.world.snowflake(at)
        interaction = Interaction(
            interaction_id,
            type,
            user,
            channel,
            guild,
            label,
            Answer(label, user, interaction_id),
            loop.create_future(),
            loop.create_future(),
            message,
        )
        interaction.created_at = self.world.now()
        self.by_id[interaction.id] = self.by_token[interaction.token] = interaction
        return interaction

    def send(self, interaction: Interaction, data: Json) -> None:
        """Dispatch it to the bot; the clock of the three seconds starts."""
        payload = interaction.payload(self.world, data)
        interaction.sent = time.perf_counter()
        self.world.emit("INTERACTION_CREATE", payload)

    async def wait(self, interaction: Interaction, *, settle: bool, within: float) -> Answer:
        """The bot's answer; with `settle`, not before a deferred reply has been filled in.

        Raises:
            NoAnswer: nothing came within the limit, or a deferred reply stayed empty for `within` seconds.
            AnsweredTwice: a second first answer came in the meantime.
        """
        answer = interaction.answer
        done, _ = await asyncio.wait([interaction.answered], timeout=self.ack_limit + 0.05)
        if not done:
            problem = f"{interaction.label}: the bot did not answer within {self.ack_limit:g} s"
            self.problems.append(problem)
            raise NoAnswer("; ".join([problem, *answer.problems]))
        if settle:
            done, _ = await asyncio.wait([interaction.settled], timeout=within)
            if not done:
                raise NoAnswer(f"{interaction.label}: deferred, but nothing followed within {within:g} s")
        if answer.problems:
            raise AnsweredTwice("; ".join(answer.problems))
        return answer
