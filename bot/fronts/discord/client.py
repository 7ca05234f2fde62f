"""The Discord client: least intents, cogs loaded by name, commands registered only when they changed."""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.core.times import Clock
from bot.fronts.discord import errors
from bot.fronts.discord.confirm import ConfirmButton, Handler
from bot.fronts.discord.events import EventKeeper
from bot.fronts.discord.identity import actor_of, place_of, staff_actor_of
from bot.fronts.discord.spaces import SpaceKeeper
from bot.services.bundle import Services

log = logging.getLogger(__name__)

COGS = (
    "cogs.help",
    "cogs.schedule",
    "cogs.groups",
    "cogs.invitations",
    "cogs.looking",
    "cogs.rota",
    "cogs.rankings",
    "cogs.swaps",
    "cogs.staff",  # before those that add to /staff
    "cogs.roster",
    "cogs.staff_groups",
    "cogs.staff_students",
    "cogs.staff_excuses",
    "cogs.milestones",
    "cogs.staff_reviews",
    "cogs.staff_rota",
    "cogs.export",
    "cogs.voting",
    "cogs.deadlines",
    "cogs.submissions",
    "cogs.questions",
    "cogs.question_board",
    "cogs.staff_questions",
    "cogs.panel",
    "cogs.attendance",
    "cogs.progress",
    "cogs.staff_grades",
    "cogs.recap",
    "cogs.staff_sessions",
    "cogs.staff_announce",
    "cogs.privacy",
    "cogs.office_hours",
    "cogs.staff_office_hours",
    "cogs.staff_gradebook",
)

_COMMANDS = "discord.commands"

Answer = Callable[[discord.Interaction["ColloquyBot"], re.Match[str]], Coroutine[Any, Any, None]]

STAYS_UNKNOWN = "stays unknown"
"""In a command's extras: to use it is not to take part. Who asks what is held on them is not entered by asking."""


class Tree(app_commands.CommandTree["ColloquyBot"]):
    """The command tree, with the one translator for errors."""

    async def on_error(
        self, interaction: discord.Interaction[ColloquyBot], error: app_commands.AppCommandError
    ) -> None:
        if interaction.type is discord.InteractionType.autocomplete:
            errors.sentence(error)  # logged; suggestions have nowhere to show a sentence
            return
        await errors.report(interaction, error)
        if isinstance(interaction.command, app_commands.Command):
            await interaction.client.meet_user_of(interaction.command, interaction)


class ColloquyBot(commands.Bot):
    """discord.py's bot with the course's services. `command_ids` maps command names to Discord's ids,
    `confirmations` the features with previews to what their Confirm button does."""

    def __init__(self, services: Services, clock: Clock, cogs: Sequence[str] = COGS) -> None:
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            tree_cls=Tree,
            intents=discord.Intents(guilds=True),
            allowed_mentions=discord.AllowedMentions.none(),
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False),
            max_messages=None,
            # How long discord.py waits for one more server to appear before it says "ready"; this bot serves one.
            guild_ready_timeout=0.3,
            chunk_guilds_at_startup=False,
            member_cache_flags=discord.MemberCacheFlags.none(),
        )
        self.services = services
        self.clock = clock
        self.command_ids: dict[str, int] = {}
        self.confirmations: dict[str, Handler] = {}
        self.spaces = SpaceKeeper(self)
        self.events = EventKeeper(self)
        self._answers: list[tuple[re.Pattern[str], Answer]] = []
        self._cogs_to_load = tuple(cogs)
        self._on_first_ready: list[Callable[[], None]] = []

    def answer(self, custom_id: re.Pattern[str], act: Answer) -> None:
        """Have `act` answer forms that are sent, and presses, whose id is such a one. They are known by their id alone,
        so what stood open during a restart still counts."""
        self._answers.append((custom_id, act))

    async def on_interaction(self, interaction: discord.Interaction[ColloquyBot]) -> None:
        # One listener for all: each is a task of its own at every press.
        if interaction.type not in (discord.InteractionType.component, discord.InteractionType.modal_submit):
            return
        data: Any = interaction.data
        for custom_id, act in self._answers:
            if match := custom_id.fullmatch(data["custom_id"]):
                try:
                    await act(interaction, match)
                except Exception as error:
                    await errors.report(interaction, error)
                return

    def when_ready(self, act: Callable[[], None]) -> None:
        """Call `act` once, when the gateway is ready for the first time."""
        self._on_first_ready.append(act)

    async def on_app_command_completion(
        self, interaction: discord.Interaction[ColloquyBot], command: app_commands.Command[Any, ..., Any]
    ) -> None:
        self.spaces.poke()
        self.events.poke()
        await self.meet_user_of(command, interaction)

    async def on_press(self, _interaction: discord.Interaction[ColloquyBot]) -> None:
        self.spaces.poke()
        self.events.poke()

    async def meet_user_of(
        self, command: app_commands.Command[Any, ..., Any], interaction: discord.Interaction[ColloquyBot]
    ) -> None:
        """`meet`, unless using this command is not taking part."""
        if not command.extras.get(STAYS_UNKNOWN):
            await self.meet(interaction)

    async def meet(self, interaction: discord.Interaction[ColloquyBot]) -> None:
        """Enter who has just used a command in the course: after the answer, which nobody should wait for."""
        if interaction.guild_id is None:
            return
        place, actor = place_of(interaction), actor_of(interaction)
        if self.services.people.has_met(place, actor.key):
            return
        try:
            actor = await staff_actor_of(interaction, self.services.courses)
            await self.services.people.meet(place, actor, interaction.created_at)
        except Exception:
            # The person has their answer already; their next command tries again.
            log.exception("could not enter someone in the course")

    async def setup_hook(self) -> None:
        self.add_dynamic_items(ConfirmButton)
        for name in self._cogs_to_load:
            await self.load_extension(name)
        await self._register_commands()

    async def on_ready(self) -> None:
        log.info("ready")
        self.spaces.wake()
        self.events.wake()
        while self._on_first_ready:  # on_ready comes again after a reconnect
            self._on_first_ready.pop()()

    async def _register_commands(self) -> None:
        """Registering is rate-limited and makes clients reload, so it happens only when the commands changed."""
        payload = [command.to_dict(self.tree) for command in self.tree.get_commands()]
        text = json.dumps([str(self.application_id), payload], sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()
        stored: dict[str, Any] = json.loads(await self.services.facts.get(_COMMANDS) or "{}")
        if stored.get("digest") != digest:
            registered = await self.tree.sync()
            stored = {"digest": digest, "ids": {command.name: command.id for command in registered}}
            await self.services.facts.put(_COMMANDS, json.dumps(stored), self.clock.now())
            log.info("registered %d commands", len(registered))
        self.command_ids = stored["ids"]
