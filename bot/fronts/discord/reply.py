"""The one way answers go out: private unless meant for all, commands in them clickable."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

import discord
from discord.http import Route
from discord.webhook.async_ import async_context

from bot.fronts.discord.text import clickable

if TYPE_CHECKING:
    from bot.fronts.discord.client import ColloquyBot

FIELD_MAX = 1024
"""Characters of an embed's field."""


async def reply(
    interaction: discord.Interaction[Any],
    content: str | None = None,
    *,
    embed: discord.Embed | None = None,
    view: discord.ui.View | None = None,
    file: discord.File | None = None,
    files: Sequence[discord.File] = (),
    private: bool = True,
    ping: Collection[str] = (),
) -> None:
    """Answer `interaction`, or add to an answer already begun. `ping` are the user ids that the text may mention."""
    parts: dict[str, Any] = {"ephemeral": private}
    if ping:
        parts["allowed_mentions"] = discord.AllowedMentions(
            everyone=False, roles=False, users=[discord.Object(int(user_id)) for user_id in ping]
        )
    if file is not None:
        parts["file"] = file
    if files:
        parts["files"] = list(files)
    if content is not None:
        parts["content"] = clickable(content, _ids(interaction))
    if embed is not None:
        parts["embed"] = clickable_embed(embed, interaction)
    if view is not None:
        parts["view"] = view
    if interaction.response.is_done():
        await interaction.followup.send(**parts)
    else:
        await interaction.response.send_message(**parts)


async def reword(interaction: discord.Interaction[Any], content: str) -> None:
    """Change only the words of the message whose button was pressed; its buttons stay.

    `edit_message` would have Discord send the whole message back and parse it, which nobody needs: a sixth of the work
    of an answer, where hundreds press at once.
    """
    if interaction.response.is_done():
        raise discord.InteractionResponded(interaction)
    path = "/interactions/{webhook_id}/{webhook_token}/callback"
    route = Route("POST", path, webhook_id=interaction.id, webhook_token=interaction.token)
    said = {"content": clickable(content, _ids(interaction)), "allowed_mentions": {"parse": []}}
    answer = {"type": discord.InteractionResponseType.message_update.value, "data": said}
    http = interaction.client.http
    await async_context.get().request(
        route, session=interaction._session, proxy=http.proxy, proxy_auth=http.proxy_auth, payload=answer
    )
    interaction.response._response_type = discord.InteractionResponseType.message_update


async def redraw(
    interaction: discord.Interaction[Any], embed: discord.Embed, view: discord.ui.View | None = None
) -> None:
    """Change the message whose button was pressed. Unlike an edit of the message, this is exempt from rate limits.

    What takes longer than the three seconds that Discord waits defers its answer first.
    """
    embed = clickable_embed(embed, interaction)
    if interaction.response.is_done():
        await interaction.edit_original_response(embed=embed, view=view)
    else:
        await interaction.response.edit_message(embed=embed, view=view)


def clickable_embed(embed: discord.Embed, interaction: discord.Interaction[Any]) -> discord.Embed:
    """The embed with each `/command` in its description and fields turned into one that can be clicked."""
    ids = _ids(interaction)
    if embed.description:
        embed.description = clickable(embed.description, ids)
    for number, field in enumerate(embed.fields):
        value = clickable(field.value or "", ids)
        if len(value) <= FIELD_MAX:
            embed.set_field_at(number, name=field.name, value=value, inline=field.inline)
    return embed


def _ids(interaction: discord.Interaction[Any]) -> dict[str, int]:
    bot: ColloquyBot = interaction.client
    return bot.command_ids
