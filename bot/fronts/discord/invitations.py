"""The buttons under invitations and requests to join, and the answer to whoever joins or asks to."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import discord

from bot.core.groups import InvitationClosed
from bot.fronts.discord import errors
from bot.fronts.discord.errors import reported
from bot.fronts.discord.identity import actor_of, place_of
from bot.fronts.discord.render.groups import joined_text
from bot.fronts.discord.render.invitations import answered_embed, closed_embed, request_embed
from bot.fronts.discord.reply import redraw, reply
from bot.services.groups import Asking, Joined

if TYPE_CHECKING:
    from bot.fronts.discord.client import ColloquyBot

_LABELS = {
    ("invite", True): "Accept",
    ("invite", False): "Decline",
    ("request", True): "Approve",
    ("request", False): "Decline",
}


class AnswerButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]],
    template=r"invites:(?P<kind>invite|request):(?P<verb>accept|decline):(?P<invitation_id>\d+)",
):
    """Accepts or declines the invitation ("invite") or request it names; the service decides whose it is to answer."""

    def __init__(self, kind: str, accept: bool, invitation_id: int) -> None:
        verb = "accept" if accept else "decline"
        button: discord.ui.Button[Any] = discord.ui.Button(
            label=_LABELS[kind, accept],
            style=discord.ButtonStyle.success if accept else discord.ButtonStyle.secondary,
            custom_id=f"invites:{kind}:{verb}:{invitation_id}",
        )
        super().__init__(button)
        self.kind = kind
        self.accept = accept
        self.invitation_id = invitation_id

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> AnswerButton:
        return cls(match["kind"], match["verb"] == "accept", int(match["invitation_id"]))

    @reported
    async def callback(self, interaction: discord.Interaction[ColloquyBot]) -> None:
        invitations, place, at = interaction.client.services.invitations, place_of(interaction), interaction.created_at
        try:
            answered = await invitations.answer(place, actor_of(interaction), self.invitation_id, self.accept, at)
        except InvitationClosed as closed:
            await redraw(interaction, closed_embed(self.kind))
            await reply(interaction, errors.sentence(closed))
            return
        await redraw(interaction, answered_embed(answered))
        user_id = answered.person.user_id
        if answered.kind == "request" and answered.accepted and user_id is not None:
            # A changed message pings nobody, and who asked may be waiting.
            await reply(
                interaction, f"<@{user_id}>, you are in **{answered.group.name}**.", private=False, ping=[user_id]
            )


def answer_view(kind: str, invitation_id: int) -> discord.ui.View:
    """Yes and no under an invitation ("invite") or a request."""
    view = discord.ui.View(timeout=None)
    view.add_item(AnswerButton(kind, True, invitation_id))
    view.add_item(AnswerButton(kind, False, invitation_id))
    return view


async def answer_join(interaction: discord.Interaction[Any], result: Joined | Asking) -> None:
    """Tell who joined, privately; or ask the group's members, for all to see, whether they agree."""
    if isinstance(result, Joined):
        await reply(interaction, joined_text(result))
        return
    ids = [member.user_id for member in result.group.members if member.user_id is not None]
    await reply(
        interaction,
        " ".join(f"<@{user_id}>" for user_id in ids) or None,
        embed=request_embed(interaction.user.id, result),
        view=answer_view("request", result.request_id),
        private=False,
        ping=ids,
    )
