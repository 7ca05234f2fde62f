"""Where a cog hangs its commands under `/staff`: one tree, many files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands

from bot.fronts.discord.identity import place_of, staff_actor_of

if TYPE_CHECKING:
    from bot.fronts.discord.client import ColloquyBot

_GROUPS = {
    "import": "Bring in a file: see what would change, then confirm",
    "student": "One student: link an account, drop, move, excuse",
    "groups": "Groups after the lock: place who is left, merge",
    "vote": "Votes on a class, and polls",
    "panel": "The panel in class: questions on the table and on the projector",
    "questions": "Who still owes one; put together those that ask the same",
    "session": "One class: move, cancel, restore or add it",
    "office-hours": "Office hours: publish, see who comes, call off",
    "milestone": "Milestones of the project: set one, remove one",
    "grades": "How everybody is doing, marks, and the gradebook",
    "rota": "Who presents, summarises and reviews",
}


def staff_group(bot: ColloquyBot, name: str) -> app_commands.Group:
    """The subgroup `/staff <name>`, made when it is first asked for. The cog `cogs.staff` is loaded before."""
    staff = bot.tree.get_command("staff")
    assert isinstance(staff, app_commands.Group)
    found = staff.get_command(name)
    if found is None:
        found = app_commands.Group(name=name, description=_GROUPS[name])
        staff.add_command(found)
    assert isinstance(found, app_commands.Group)
    return found


async def suggest_groups(interaction: discord.Interaction[ColloquyBot], typed: str) -> list[app_commands.Choice[str]]:
    """Every group, full ones too, for an option that names one."""
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    names = await services.staff_groups.suggest(place_of(interaction), actor, typed)
    return [app_commands.Choice(name=name, value=name) for name in names[:25]]
