"""`/staff announce` and `/staff announcements`: tell the whole course, now or at a time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import discord
from discord import app_commands

from bot.core.people import Actor
from bot.core.schedule_notices import NOBODY, STUDENTS
from bot.fronts.discord.client import ColloquyBot
from bot.fronts.discord.confirm import Confirmed, confirm_view
from bot.fronts.discord.errors import reported
from bot.fronts.discord.identity import place_of, staff_actor_of
from bot.fronts.discord.render.announcements import PAGE, draft_embed, waiting_embed
from bot.fronts.discord.reply import redraw, reply
from bot.services.announcements import TEXT_MAX

Interaction = discord.Interaction[ColloquyBot]

_FEATURE = "announcement"
_PING = [app_commands.Choice(name="nobody", value=NOBODY), app_commands.Choice(name="all students", value=STUDENTS)]


class CancelButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"announcement:cancel:(?P<which>\d+)"):
    """Calls off an announcement that is not sent yet."""

    def __init__(self, which: int, label: str = "…") -> None:
        button: discord.ui.Button[Any] = discord.ui.Button(
            label=label, style=discord.ButtonStyle.danger, custom_id=f"announcement:cancel:{which}"
        )
        super().__init__(button)
        self.which = which

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> CancelButton:
        return cls(int(match["which"]))

    @reported
    async def callback(self, interaction: Interaction) -> None:
        services = interaction.client.services
        actor = await staff_actor_of(interaction, services.courses)
        left = await services.announcements.cancel(place_of(interaction), actor, self.which, interaction.created_at)
        await redraw(interaction, waiting_embed(left), _buttons([row.id for row in left]))


def _buttons(ids: Sequence[int]) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    for number, which in enumerate(ids[:PAGE], start=1):
        view.add_item(CancelButton(which, f"Cancel {number}"))
    return view


@app_commands.command(
    name="announce", description="Post in the announcement channel, now or at a time: see it, confirm"
)
@app_commands.describe(
    text=r"What to say; \n begins a new line",
    at="2024-01-26 09:00 (course time) or in 2h; left out, at once",
    ping="Whom it pings; left out, nobody",
)
@app_commands.choices(ping=_PING)
async def announce(
    interaction: Interaction,
    text: app_commands.Range[str, 1, TEXT_MAX],
    at: app_commands.Range[str, 1, 40] | None = None,
    ping: str = NOBODY,
) -> None:
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    draft = await services.announcements.preview(place_of(interaction), actor, text, at, ping, interaction.created_at)
    await reply(interaction, embed=draft_embed(draft), view=confirm_view(_FEATURE, draft.token, "Announce it"))


@app_commands.command(name="announcements", description="Announcements that wait for their time, each to be called off")
async def announcements(interaction: Interaction) -> None:
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    rows = await services.announcements.waiting(place_of(interaction), actor, interaction.created_at)
    await reply(interaction, embed=waiting_embed(rows), view=_buttons([row.id for row in rows]))


async def _confirm(interaction: Interaction, actor: Actor, token: str) -> Confirmed:
    service = interaction.client.services.announcements
    return draft_embed(await service.confirm(place_of(interaction), actor, token, interaction.created_at)), None


async def setup(bot: ColloquyBot) -> None:
    bot.add_dynamic_items(CancelButton)
    bot.confirmations[_FEATURE] = _confirm
    staff = bot.tree.get_command("staff")
    assert isinstance(staff, app_commands.Group)
    staff.add_command(announce)
    staff.add_command(announcements)
