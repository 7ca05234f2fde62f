"""/deadlines, /reminders and /staff milestone."""

from __future__ import annotations

import re
from typing import Any, Literal

import discord
from discord import app_commands
from discord.ext import commands

from bot.core.people import Actor
from bot.core.preferences import Mode
from bot.fronts.discord.client import ColloquyBot
from bot.fronts.discord.confirm import Confirmed, confirm_view
from bot.fronts.discord.errors import reported
from bot.fronts.discord.identity import PLATFORM, actor_of, place_of, staff_actor_of
from bot.fronts.discord.render.deadlines import deadlines_embed, milestone_embed, preferences_embed, snoozed_text
from bot.fronts.discord.reply import redraw, reply, reword
from bot.fronts.discord.staff_commands import staff_group
from bot.fronts.discord.text import clip
from bot.services.milestones import NAME_MAX
from bot.services.preferences import Shown, Wish

Asked = discord.Interaction[ColloquyBot]


class ChooseButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"reminders:choose:(?P<what>channel|dm|reset)"
):
    """Changes how the one who presses is reminded."""

    def __init__(self, what: str, label: str = "…") -> None:
        super().__init__(discord.ui.Button(label=label, custom_id=f"reminders:choose:{what}"))
        self.what = what

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> ChooseButton:
        return cls(match["what"])

    @reported
    async def callback(self, interaction: Asked) -> None:
        preferences, at = interaction.client.services.preferences, interaction.created_at
        place, actor = place_of(interaction), actor_of(interaction)
        if self.what == "reset":
            shown = await preferences.reset(place, actor, at)
        else:
            shown = await preferences.change(place, actor, Wish(via=self.what), at)
        await redraw(interaction, preferences_embed(shown), _choices(shown))


class SnoozeButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]],
    template=r"reminders:snooze:(?P<course_id>\d+):(?P<work>[a-z]+):(?P<head>[a-z0-9/]+)",
):
    """Puts off a reminder that came as a direct message, where no server says which course is meant."""

    def __init__(self, course_id: int, work: str, head: str) -> None:
        custom_id = f"reminders:snooze:{course_id}:{work}:{head}"
        super().__init__(discord.ui.Button(label="Snooze 3 h", custom_id=custom_id))
        self.course_id, self.work, self.head = course_id, work, head

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> SnoozeButton:
        return cls(int(match["course_id"]), match["work"], match["head"])

    @reported
    async def callback(self, interaction: Asked) -> None:
        done = await interaction.client.services.preferences.snooze(
            self.course_id, PLATFORM, str(interaction.user.id), self.work, self.head, interaction.created_at
        )
        await reword(interaction, snoozed_text(done))


def _choices(shown: Shown) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    if shown.chosen.mode is not Mode.DIRECT:
        view.add_item(ChooseButton("dm", "Send me direct messages"))
    if shown.chosen.mode is not Mode.CHANNEL:
        view.add_item(ChooseButton("channel", "Mention me in the channel"))
    view.add_item(ChooseButton("reset", "Back to the course's defaults"))
    return view


class Deadlines(commands.Cog):
    """What is due, and how one is reminded of it."""

    def __init__(self, bot: ColloquyBot) -> None:
        self.bot = bot

    @app_commands.command(name="deadlines", description="What is due for you in the next two weeks")
    @app_commands.describe(show="Staff only: what is due for everyone")
    async def deadlines(self, interaction: Asked, show: Literal["mine", "all"] = "mine") -> None:
        actor = await staff_actor_of(interaction, self.bot.services.courses)
        service, place, now = self.bot.services.deadlines, place_of(interaction), interaction.created_at
        everyone = show == "all"
        listed = await (service.all if everyone else service.mine)(place, actor, now)
        await reply(interaction, embed=deadlines_embed(listed, everyone=everyone))

    @app_commands.command(name="reminders", description="How you are reminded: see it, change it")
    @app_commands.describe(
        leads="How long before a deadline, like 2d,6h; default takes it back",
        via="Where: mentioned in the channel, or by direct message",
        quiet="When no direct message comes, like 22:00-07:30; off takes it back",
        zone="Your time zone; default is the course's",
        digest="Instead of single messages one list a day at this time, like 08:00; off takes it back",
        reset="Take everything back",
    )
    async def reminders(
        self,
        interaction: Asked,
        leads: app_commands.Range[str, 1, 60] | None = None,
        via: Literal["channel", "dm"] | None = None,
        quiet: app_commands.Range[str, 1, 30] | None = None,
        zone: app_commands.Range[str, 1, 60] | None = None,
        digest: app_commands.Range[str, 1, 10] | None = None,
        reset: bool = False,
    ) -> None:
        preferences, at = self.bot.services.preferences, interaction.created_at
        place, actor, wish = place_of(interaction), actor_of(interaction), Wish(leads, via, quiet, zone, digest)
        if reset:
            shown = await preferences.reset(place, actor, at)
        if wish:
            shown = await preferences.change(place, actor, wish, at)
        elif not reset:
            shown = await preferences.show(place, actor)
        await reply(interaction, embed=preferences_embed(shown), view=_choices(shown))

    @reminders.autocomplete("zone")
    async def _zones(self, interaction: Asked, typed: str) -> list[app_commands.Choice[str]]:
        names = await self.bot.services.preferences.zones(typed)
        return [app_commands.Choice(name=name, value=name) for name in names]


@app_commands.command(name="set", description="Set a milestone of the project: see it, then confirm")
@app_commands.describe(name="What is due; a known name changes its date", due="Like 2024-02-09, or May 1, 6 PM")
async def set_milestone(
    interaction: Asked, name: app_commands.Range[str, 1, NAME_MAX], due: app_commands.Range[str, 1, 80]
) -> None:
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    shown = await services.milestones.preview_set(place_of(interaction), actor, name, due, interaction.created_at)
    await reply(interaction, embed=milestone_embed(shown), view=confirm_view("milestone", shown.token, "Set it"))


@app_commands.command(name="remove", description="Take a milestone off: see it, then confirm")
@app_commands.describe(name="Which one")
async def remove_milestone(interaction: Asked, name: app_commands.Range[str, 1, NAME_MAX]) -> None:
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    shown = await services.milestones.preview_remove(place_of(interaction), actor, name, interaction.created_at)
    view = confirm_view("milestone", shown.token, "Remove it", danger=True)
    await reply(interaction, embed=milestone_embed(shown), view=view)


@set_milestone.autocomplete("name")
@remove_milestone.autocomplete("name")
async def suggest_milestones(interaction: Asked, typed: str) -> list[app_commands.Choice[str]]:
    """The milestones there are."""
    names = await interaction.client.services.milestones.names(place_of(interaction), typed)
    return [app_commands.Choice(name=clip(name, 100), value=clip(name, NAME_MAX)) for name in names[:25]]


async def _confirm(interaction: Asked, actor: Actor, token: str) -> Confirmed:
    milestones = interaction.client.services.milestones
    done = await milestones.confirm(place_of(interaction), actor, token, interaction.created_at)
    return milestone_embed(done), None


async def setup(bot: ColloquyBot) -> None:
    bot.add_dynamic_items(ChooseButton, SnoozeButton)
    bot.confirmations["milestone"] = _confirm
    added: list[app_commands.Command[Any, ..., None]] = [set_milestone, remove_milestone]
    for command in added:
        staff_group(bot, "milestone").add_command(command)
    await bot.add_cog(Deadlines(bot))
