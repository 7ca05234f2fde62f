"""Confirm and Cancel under a preview. Both work after a restart and ask again who presses."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import discord

from bot.core.people import Actor
from bot.fronts.discord.errors import reported
from bot.fronts.discord.identity import place_of, staff_actor_of
from bot.fronts.discord.reply import redraw

if TYPE_CHECKING:
    from bot.fronts.discord.client import ColloquyBot

Confirmed = tuple[discord.Embed, discord.ui.View | None]
Handler = Callable[["discord.Interaction[ColloquyBot]", Actor, str], Awaitable[Confirmed]]
"""Confirms the preview with this token for this actor; returns what the message becomes."""


class ConfirmButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]],
    template=r"confirm:(?P<feature>[a-z-]+):(?P<verb>apply|cancel):(?P<token>[\w-]+)",
):
    """Applies or drops what was shown. The feature's cog registers its handler in `bot.confirmations`."""

    def __init__(self, feature: str, verb: str, token: str, label: str = "…", *, danger: bool = False) -> None:
        style = discord.ButtonStyle.secondary
        if verb == "apply":
            style = discord.ButtonStyle.danger if danger else discord.ButtonStyle.success
        button: discord.ui.Button[Any] = discord.ui.Button(
            label=label, style=style, custom_id=f"confirm:{feature}:{verb}:{token}"
        )
        super().__init__(button)
        self.feature = feature
        self.verb = verb
        self.token = token

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> ConfirmButton:
        return cls(match["feature"], match["verb"], match["token"])

    @reported
    async def callback(self, interaction: discord.Interaction[ColloquyBot]) -> None:
        services = interaction.client.services
        actor = await staff_actor_of(interaction, services.courses)
        if self.verb == "cancel":
            await services.proposals.discard(place_of(interaction), actor, self.token)
            done = discord.Embed(description="Nothing was changed.")
            await redraw(interaction, done)
            return
        embed, view = await interaction.client.confirmations[self.feature](interaction, actor, self.token)
        await redraw(interaction, embed, view)


def confirm_view(
    feature: str, token: str | None, label: str, *, danger: bool = False, drop: str = "Cancel"
) -> discord.ui.View:
    """The two buttons; none where there is nothing to confirm. `drop` is on the one that changes nothing: where
    something is called off, "Cancel" would say the opposite."""
    view = discord.ui.View(timeout=None)
    if token:
        view.add_item(ConfirmButton(feature, "apply", token, label, danger=danger))
        view.add_item(ConfirmButton(feature, "cancel", token, drop))
    return view
