"""Who pressed, and where: from one interaction, anew at every press."""

from __future__ import annotations

import discord

from bot.core.errors import CourseError
from bot.core.people import Actor
from bot.services.courses import Courses

PLATFORM = "discord"


def place_of(interaction: discord.Interaction) -> str:
    """The server as services name it.

    Raises:
        CourseError: the interaction happened outside any server.
    """
    if interaction.guild_id is None:
        raise CourseError("This works only on the course's server, not in a direct message.")
    return f"{PLATFORM}:{interaction.guild_id}"


def actor_of(interaction: discord.Interaction) -> Actor:
    """The person, staff when they may manage the server. For staff by role use `staff_actor_of`."""
    user = interaction.user
    return Actor(PLATFORM, str(user.id), user.display_name, interaction.permissions.manage_guild)


async def staff_actor_of(interaction: discord.Interaction, courses: Courses) -> Actor:
    """The person, staff when they may manage the server or hold the course's staff role."""
    actor = actor_of(interaction)
    if actor.staff or not isinstance(interaction.user, discord.Member):
        return actor
    role = await courses.staff_role(place_of(interaction))
    staff = role is not None and any(str(held.id) == role for held in interaction.user.roles)
    return Actor(actor.platform, actor.user_id, actor.name, staff)


async def member_actor(interaction: discord.Interaction, member: discord.Member, courses: Courses) -> Actor:
    """Someone whom the person named in an option, staff by the same rules as `staff_actor_of`.

    Raises:
        CourseError: it is a bot.
    """
    if member.bot:
        raise CourseError("Bots are not students: name a person.")
    staff = member.guild_permissions.manage_guild
    if not staff:
        role = await courses.staff_role(place_of(interaction))
        staff = role is not None and any(str(held.id) == role for held in member.roles)
    return Actor(PLATFORM, str(member.id), member.display_name, staff)
