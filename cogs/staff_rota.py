"""/staff rota: plan the duties, set single ones, offer seats, show the whole."""

from __future__ import annotations

import re
from typing import Any

import discord
from discord import app_commands

from bot.core.course import Role
from bot.core.people import Actor
from bot.fronts.discord.client import ColloquyBot
from bot.fronts.discord.confirm import Confirmed, confirm_view
from bot.fronts.discord.errors import reported
from bot.fronts.discord.identity import place_of, staff_actor_of
from bot.fronts.discord.progress import Progress
from bot.fronts.discord.render.rota_plan import (
    assigned_embed,
    first_page_ahead,
    in_force_embed,
    plan_embed,
    table_embed,
    table_file,
    table_page,
    undone_embed,
)
from bot.fronts.discord.reply import redraw, reply
from bot.fronts.discord.staff_commands import staff_group
from bot.fronts.discord.text import clip, escape
from bot.services.rota_assign import Assigned
from bot.services.rota_table import Table

_ROLES = [app_commands.Choice(name=role.value, value=role.value) for role in Role]

Interaction = discord.Interaction[ColloquyBot]


class UndoButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"rota:undo:(?P<change_id>\d+)"):
    """Takes back the plan it names, if that is the latest and the seats are still as it left them."""

    def __init__(self, change_id: int) -> None:
        super().__init__(discord.ui.Button(label="Undo", custom_id=f"rota:undo:{change_id}"))
        self.change_id = change_id

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> UndoButton:
        return cls(int(match["change_id"]))

    @reported
    async def callback(self, interaction: Interaction) -> None:
        services = interaction.client.services
        actor = await staff_actor_of(interaction, services.courses)
        changed = await services.rota_plans.undo(place_of(interaction), actor, interaction.created_at, self.change_id)
        await redraw(interaction, undone_embed(changed))


class TablePageButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"rota:page:(?P<page>\d+)"):
    """Shows a page of the rota as it is now."""

    def __init__(self, page: int, label: str = "…") -> None:
        super().__init__(discord.ui.Button(label=label, custom_id=f"rota:page:{page}"))
        self.page = page

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> TablePageButton:
        return cls(int(match["page"]))

    @reported
    async def callback(self, interaction: Interaction) -> None:
        services = interaction.client.services
        actor = await staff_actor_of(interaction, services.courses)
        table = await services.rota.table(place_of(interaction), actor, interaction.created_at)
        await redraw(interaction, table_embed(table, self.page), _pages(table, self.page))


def _pages(table: Table, number: int) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    _, number, pages = table_page(table, number)
    if number > 0:
        view.add_item(TablePageButton(number - 1, "← Earlier"))
    if number < pages - 1:
        view.add_item(TablePageButton(number + 1, "Later →"))
    return view


@app_commands.command(name="plan", description="Plan who presents, summarises and reviews: see it, then confirm")
@app_commands.describe(
    fresh="Start over: keep only what groups or staff chose",
    fair="The worst-off group comes before the total (default: yes)",
)
async def plan(interaction: Interaction, fresh: bool = False, fair: bool = True) -> None:
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    async with Progress(interaction, "Planning the rota") as progress:
        preview = await services.rota_plans.plan(
            place_of(interaction), actor, interaction.created_at, fresh=fresh, fair=fair, progress=progress.report
        )
        view = confirm_view("rota-plan", preview.token, "Put in force")
        await progress.finish(plan_embed(preview.plan), view, table_file(preview.plan.table))


@app_commands.command(name="undo", description="Take back the latest plan that was put in force")
async def undo(interaction: Interaction) -> None:
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    changed = await services.rota_plans.undo(place_of(interaction), actor, interaction.created_at)
    await reply(interaction, embed=undone_embed(changed))


@app_commands.command(
    name="assign", description="Put a group or people on one duty, whatever the rules: see it, then confirm"
)
@app_commands.describe(
    session="A class ahead",
    role="Which duty",
    group="A group that takes a seat",
    people="Anyone: names or @mentions, with commas between",
    clear="Leave nobody on this duty",
)
@app_commands.choices(role=_ROLES)
async def assign(
    interaction: Interaction,
    session: str,
    role: str,
    group: str | None = None,
    people: str | None = None,
    clear: bool = False,
) -> None:
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    preview = await services.rota_assign.preview(
        place_of(interaction),
        actor,
        session,
        Role(role),
        interaction.created_at,
        group=group,
        people=people,
        clear=clear,
    )
    await _ask(interaction, preview)


@app_commands.command(name="release", description="Take a group off its duty in a class: see it, then confirm")
@app_commands.describe(group="Which group", session="The class ahead in which it has a duty")
async def release(interaction: Interaction, group: str, session: str) -> None:
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    preview = await services.rota_assign.release(place_of(interaction), actor, group, session, interaction.created_at)
    await _ask(interaction, preview)


@app_commands.command(name="seats", description="How many groups may share a duty in a student lecture")
@app_commands.describe(session="A student lecture ahead", role="Which duty", places="0 for nobody, 2 for two groups")
@app_commands.choices(role=_ROLES)
async def seats(interaction: Interaction, session: str, role: str, places: app_commands.Range[int, 0, 5]) -> None:
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    offer = await services.rota.seats(place_of(interaction), actor, session, Role(role), places, interaction.created_at)
    room = {0: "no group", 1: "one group"}.get(offer.places, f"{offer.places} groups")
    await reply(
        interaction,
        f"**{offer.day} · {escape(clip(offer.title, 150))}** now has room for {room} as {role}. "
        "`/staff rota plan` fills what is free.",
    )


@app_commands.command(name="bonus", description="Offer something to whoever takes a duty in a class")
@app_commands.describe(session="A class ahead", note="What is offered; leave it out to take the offer back")
async def bonus(interaction: Interaction, session: str, note: app_commands.Range[str, 1, 200] | None = None) -> None:
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    offer = await services.rota.bonus(place_of(interaction), actor, session, note, interaction.created_at)
    what = (
        f"whoever takes a duty there is offered “{escape(offer.bonus)}”. `/schedule` shows it while a duty is free."
        if offer.bonus
        else "no bonus is offered there."
    )
    await reply(interaction, f"**{offer.day} · {escape(clip(offer.title, 150))}**: {what}")


@app_commands.command(name="show", description="The whole rota, with the reason for every seat")
async def show(interaction: Interaction) -> None:
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    table = await services.rota.table(place_of(interaction), actor, interaction.created_at)
    number = first_page_ahead(table)
    await reply(interaction, embed=table_embed(table, number), view=_pages(table, number), file=table_file(table))


async def _ask(interaction: Interaction, preview: Assigned) -> None:
    view = confirm_view("rota-assign", preview.token, "Change it")
    await reply(interaction, embed=assigned_embed(preview), view=view)


@assign.autocomplete("session")
@release.autocomplete("session")
@bonus.autocomplete("session")
async def _sessions(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    return await _session_choices(interaction, typed, lectures=False)


@seats.autocomplete("session")
async def _lectures(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    return await _session_choices(interaction, typed, lectures=True)


async def _session_choices(interaction: Interaction, typed: str, *, lectures: bool) -> list[app_commands.Choice[str]]:
    found = await interaction.client.services.rota.sessions(
        place_of(interaction), typed, interaction.created_at, lectures=lectures
    )
    return [app_commands.Choice(name=clip(name, 100), value=value) for name, value in found[:25]]


@assign.autocomplete("group")
@release.autocomplete("group")
async def _groups(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    names = await interaction.client.services.rota.group_names(place_of(interaction), typed)
    return [app_commands.Choice(name=name, value=name) for name in names[:25]]


async def _confirm_plan(interaction: Interaction, actor: Actor, token: str) -> Confirmed:
    plans = interaction.client.services.rota_plans
    result = await plans.confirm(place_of(interaction), actor, token, interaction.created_at)
    view = discord.ui.View(timeout=None)
    view.add_item(UndoButton(result.change_id))
    return in_force_embed(result), view


async def _confirm_assign(interaction: Interaction, actor: Actor, token: str) -> Confirmed:
    assigning = interaction.client.services.rota_assign
    return assigned_embed(await assigning.confirm(place_of(interaction), actor, token, interaction.created_at)), None


async def setup(bot: ColloquyBot) -> None:
    bot.add_dynamic_items(UndoButton, TablePageButton)
    bot.confirmations["rota-plan"] = _confirm_plan
    bot.confirmations["rota-assign"] = _confirm_assign
    ours: tuple[app_commands.Command[Any, ..., Any], ...] = (plan, undo, assign, release, seats, bonus, show)
    for command in ours:
        staff_group(bot, "rota").add_command(command)
