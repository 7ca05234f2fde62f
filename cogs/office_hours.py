"""/office-hours: what there is, a slot to book, one's own appointments."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.fronts.discord.client import ColloquyBot
from bot.fronts.discord.errors import reported, text_inputs
from bot.fronts.discord.identity import place_of, staff_actor_of
from bot.fronts.discord.render.office_hours import form_title, page_embed, slot_label
from bot.fronts.discord.reply import redraw, reply
from bot.services.office_hours import NOTE_MAX, Form, Page

Asked = discord.Interaction[ColloquyBot]

_BOOK = re.compile(r"office:book:(?P<hours_id>\d{1,15}):(?P<at>\d{1,11})")
_SLOT = re.compile(r"(?P<hours_id>\d{1,15}):(?P<at>\d{1,11})")
_NOTE = "note"
_CANCELS = 10
"""Cancel buttons: more appointments nobody has."""


class SlotSelect(discord.ui.DynamicItem[discord.ui.Select[Any]], template=r"office:slot"):
    """Opens the form for a slot."""

    def __init__(self, options: Sequence[discord.SelectOption] = ()) -> None:
        placeholder = "Book an appointment"
        super().__init__(
            discord.ui.Select(custom_id="office:slot", placeholder=placeholder, options=list(options), row=0)
        )

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> SlotSelect:
        return cls()

    @reported
    async def callback(self, interaction: Asked) -> None:
        match = _SLOT.fullmatch(next(iter(self.item.values), ""))
        hours_id, at = _slot(match) if match else (0, interaction.created_at)
        actor = await staff_actor_of(interaction, interaction.client.services.courses)
        form = await interaction.client.services.office_hours.form(
            place_of(interaction), actor, hours_id, at, interaction.created_at
        )
        await _open(interaction, form)


class PageButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"office:page:(?P<number>\d{1,4})"):
    """Shows other office hours."""

    def __init__(self, number: int, label: str = "…") -> None:
        super().__init__(discord.ui.Button(label=label, custom_id=f"office:page:{number}", row=1))
        self.number = number

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> PageButton:
        return cls(int(match["number"]))

    @reported
    async def callback(self, interaction: Asked) -> None:
        page = await _page(interaction, self.number)
        await redraw(interaction, page_embed(page), _view(page))


class GiveBackButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"office:cancel:(?P<which>\d{1,15})"):
    """Cancels one's own appointment."""

    def __init__(self, which: int, label: str = "…", row: int = 2) -> None:
        style = discord.ButtonStyle.danger
        super().__init__(discord.ui.Button(label=label, style=style, custom_id=f"office:cancel:{which}", row=row))
        self.which = which

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> GiveBackButton:
        return cls(int(match["which"]))

    @reported
    async def callback(self, interaction: Asked) -> None:
        services, at = interaction.client.services, interaction.created_at
        actor = await staff_actor_of(interaction, services.courses)
        page = await services.office_hours.give_back(place_of(interaction), actor, self.which, at)
        await redraw(interaction, page_embed(page), _view(page))


def _slot(match: re.Match[str]) -> tuple[int, datetime]:
    return int(match["hours_id"]), datetime.fromtimestamp(int(match["at"]), UTC)


async def _page(interaction: Asked, number: int) -> Page:
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    return await services.office_hours.page(place_of(interaction), actor, number, interaction.created_at)


async def _open(interaction: Asked, form: Form) -> None:
    at = int(form.starts.timestamp())
    modal = discord.ui.Modal(title=form_title(form), custom_id=f"office:book:{form.hours.id}:{at}")
    field: discord.ui.TextInput[Any] = discord.ui.TextInput(
        custom_id=_NOTE, style=discord.TextStyle.paragraph, max_length=NOTE_MAX, required=False
    )
    hint = "You may leave this empty. Only the staff read it."
    modal.add_item(discord.ui.Label(text="What is it about?", description=hint, component=field))
    # Its answer comes to `OfficeHours.on_interaction`, after a restart too, so discord.py need not remember it.
    modal.stop()
    await interaction.response.send_modal(modal)


def _view(page: Page) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    options = []
    for offer in page.offers:
        for at in offer.free:
            label, about = slot_label(offer, at, page)
            value = f"{offer.hours.id}:{int(at.timestamp())}"
            options.append(discord.SelectOption(label=label, value=value, description=about))
    if options:
        view.add_item(SlotSelect(options))
    if page.number > 0:
        view.add_item(PageButton(page.number - 1, "← Earlier"))
    if page.number < page.pages - 1:
        view.add_item(PageButton(page.number + 1, "Later →"))
    open_ones = [one for one in page.mine if not one.called_off]
    for number, one in enumerate(open_ones[:_CANCELS], start=1):
        which = f" {number}" if len(open_ones) > 1 else ""
        view.add_item(GiveBackButton(one.id, f"Cancel my appointment{which}", 2 + (number - 1) // 5))
    return view


class OfficeHours(commands.Cog):
    """Appointments with the staff."""

    def __init__(self, bot: ColloquyBot) -> None:
        self.bot = bot

    async def booked(self, interaction: Asked, form: re.Match[str]) -> None:
        """A form that was sent; its id says which slot it is about."""
        hours_id, at = _slot(form)
        data: Any = interaction.data
        note = text_inputs(data["components"]).get(_NOTE, "")
        actor = await staff_actor_of(interaction, self.bot.services.courses)
        page = await self.bot.services.office_hours.book(
            place_of(interaction), actor, hours_id, at, note, interaction.created_at
        )
        await redraw(interaction, page_embed(page), _view(page))

    @app_commands.command(name="office-hours", description="Office hours: book an appointment, see or cancel yours")
    async def office_hours(self, interaction: Asked) -> None:
        page = await _page(interaction, 0)
        await reply(interaction, embed=page_embed(page), view=_view(page))


async def setup(bot: ColloquyBot) -> None:
    bot.add_dynamic_items(SlotSelect, PageButton, GiveBackButton)
    cog = OfficeHours(bot)
    bot.answer(_BOOK, cog.booked)
    await bot.add_cog(cog)
