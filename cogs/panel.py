"""`/staff panel`, its buttons, and /panel-notes."""

from __future__ import annotations

import asyncio
import io
import logging
import re
from typing import Any

import aiohttp
import discord
from discord import app_commands
from discord.ext import commands

from bot.core.questions import TEXT_MAX
from bot.fronts.discord.client import ColloquyBot
from bot.fronts.discord.errors import reported
from bot.fronts.discord.identity import actor_of, place_of, staff_actor_of
from bot.fronts.discord.panel_thread import (
    FOLLOW_UP_ID,
    NOTE_ID,
    TextModal,
    post_question,
    question_view,
    redraw_question,
    start_view,
    thread_of,
    typed_in,
)
from bot.fronts.discord.render.panel import (
    closed_text,
    follow_up_embed,
    notes_markdown,
    notes_text,
    opened_text,
    question_embed,
    told_text,
)
from bot.fronts.discord.reply import redraw, reply
from bot.fronts.discord.staff_commands import staff_group
from bot.fronts.discord.text import clip
from bot.services.panel_parts import FollowedUp, Put
from bot.services.vote_desk import Named

log = logging.getLogger(__name__)

Asked = discord.Interaction[ColloquyBot]

_UNREACHABLE = (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError)


class NextButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"panel:next:(?P<session_id>\d+):(?P<after>\d+)"
):
    """Puts the next question on the table. Its id says after which one (0: after none), so that of two who press at
    once only one moves on."""

    def __init__(self, session_id: int, after: int) -> None:
        super().__init__(discord.ui.Button(label="Next", custom_id=f"panel:next:{session_id}:{after}"))
        self.session_id = session_id
        self.after = after

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> NextButton:
        return cls(int(match["session_id"]), int(match["after"]))

    @reported
    async def callback(self, interaction: discord.Interaction[ColloquyBot]) -> None:
        services = interaction.client.services
        actor = await staff_actor_of(interaction, services.courses)
        session, at = str(self.session_id), interaction.created_at
        put = await services.panels.next(place_of(interaction), actor, session, self.after, at)
        if put.former is not None:
            await redraw(interaction, question_embed(put.former), question_view(put.former, with_next=False))
        else:
            await interaction.response.edit_message(view=start_view(self.session_id, with_next=False))
        await _post(interaction, put)


class MarkButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]],
    template=r"panel:mark:(?P<question_id>\d+):(?P<state>answered|skipped)",
):
    """Marks a question as answered or skipped."""

    def __init__(self, question_id: int, state: Any) -> None:
        super().__init__(discord.ui.Button(label="…", custom_id=f"panel:mark:{question_id}:{state}"))
        self.question_id = question_id
        self.state = state

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> MarkButton:
        return cls(int(match["question_id"]), match["state"])

    @reported
    async def callback(self, interaction: discord.Interaction[ColloquyBot]) -> None:
        services = interaction.client.services
        actor = await staff_actor_of(interaction, services.courses)
        marked = await services.panels.mark(
            place_of(interaction), actor, self.question_id, self.state, interaction.created_at
        )
        shown = marked.question
        await redraw(interaction, question_embed(shown), question_view(shown, with_next=marked.current))


class NoteButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"panel:note:(?P<session_id>\d+):(?P<question_id>\d+)"
):
    """Asks for a note, about a question or (0) about none."""

    def __init__(self, session_id: int, question_id: int) -> None:
        super().__init__(discord.ui.Button(label="Note", custom_id=f"panel:note:{session_id}:{question_id}"))
        self.session_id = session_id
        self.question_id = question_id

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> NoteButton:
        return cls(int(match["session_id"]), int(match["question_id"]))

    @reported
    async def callback(self, interaction: discord.Interaction[ColloquyBot]) -> None:
        custom_id = f"panel:note-text:{self.session_id}:{self.question_id}"
        modal = TextModal("Note for the summary", custom_id, "What was said?", TEXT_MAX)
        await interaction.response.send_modal(modal)


class FollowUpButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"panel:follow:(?P<question_id>\d+)"):
    """Asks for a follow-up to a question."""

    def __init__(self, question_id: int) -> None:
        super().__init__(discord.ui.Button(label="Follow up", custom_id=f"panel:follow:{question_id}"))
        self.question_id = question_id

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> FollowUpButton:
        return cls(int(match["question_id"]))

    @reported
    async def callback(self, interaction: discord.Interaction[ColloquyBot]) -> None:
        custom_id = f"panel:follow-text:{self.question_id}"
        modal = TextModal("Follow up", custom_id, "The class sees this, and who wrote it", TEXT_MAX)
        await interaction.response.send_modal(modal)


async def _post(interaction: Asked, put: Put) -> bool:
    """Put the question in the thread, where the projector shows it already; False when that failed, which is told."""
    thread = interaction.client.get_partial_messageable(int(put.thread or interaction.channel_id or 0))
    try:
        await post_question(thread, put.question)
        return True
    except _UNREACHABLE as error:
        log.warning("could not post a question in the panel's thread: %s", error)
        await reply(
            interaction,
            "The question is on the table, but I could not post it in the thread. `/staff panel open` does so.",
        )
        return False


class PanelCog(commands.Cog, name="Panel"):
    """Notes and follow-ups."""

    def __init__(self, bot: ColloquyBot) -> None:
        self.bot = bot
        self.opening = asyncio.Lock()

    async def note(self, interaction: Asked, form: re.Match[str]) -> None:
        """A note that was written."""
        place, actor, at = place_of(interaction), actor_of(interaction), interaction.created_at
        session_id, question_id, text = int(form[1]), int(form[2]) or None, typed_in(interaction)
        await self.bot.services.panels.note(place, actor, session_id, question_id, text, str(interaction.id), at)
        await reply(interaction, "Noted, for those who write the summary.")

    async def follow_up(self, interaction: Asked, form: re.Match[str]) -> None:
        """A follow-up that was written."""
        place, actor, at = place_of(interaction), actor_of(interaction), interaction.created_at
        text = typed_in(interaction)
        done = await self.bot.services.panels.follow_up(place, actor, int(form[1]), text, str(interaction.id), at)
        # The same words whoever asked, the writer included.
        await reply(interaction, "Your follow-up is in the thread, and in the notes for the summary.")
        if done.fresh:
            await self._pass_on(interaction, done)

    async def _pass_on(self, interaction: Asked, done: FollowedUp) -> None:
        thread = self.bot.get_partial_messageable(int(done.thread or interaction.channel_id or 0))
        under: dict[str, Any] = {}
        if interaction.message is not None:
            under["reference"] = interaction.message.to_reference(fail_if_not_exists=False)
        where = f"https://discord.com/channels/{interaction.guild_id}/{thread.id}"
        try:
            posted = await thread.send(
                f"💬 Follow-up by <@{interaction.user.id}>:", embed=follow_up_embed(done.text), **under
            )
            where += f"/{posted.id}"
        except _UNREACHABLE as error:
            log.warning("could not post a follow-up in the panel's thread: %s", error)
            await reply(interaction, "The thread did not take it after all; it is kept with the notes.")
        for user_id in done.askers:
            try:
                channel = await self.bot.create_dm(discord.Object(int(user_id)))
                await channel.send(told_text(done, where))
            except _UNREACHABLE as error:
                # Nothing public tells whose question it was; /my-questions shows it to them.
                log.info("a follow-up could not be told in a direct message: %s", type(error).__name__)

    @app_commands.command(name="panel-notes", description="What was written down in a panel, for the summary")
    @app_commands.describe(session="The class; the latest panel if you name none")
    async def panel_notes(self, interaction: Asked, session: str | None = None) -> None:
        services = self.bot.services
        actor = await staff_actor_of(interaction, services.courses)
        notes = await services.panels.notes(place_of(interaction), actor, session)
        file = discord.File(io.BytesIO(notes_markdown(notes).encode()), filename="panel-notes.md")
        await reply(interaction, notes_text(notes), file=file if notes.notes else None)

    @panel_notes.autocomplete("session")
    async def _panels(self, interaction: Asked, typed: str) -> list[app_commands.Choice[str]]:
        return _choices(await self.bot.services.panels.names(place_of(interaction), typed, only_open=False))


def _choices(named: list[Named]) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=clip(one.label, 100), value=one.value) for one in named[:25]]


async def _open_ones(interaction: Asked, typed: str) -> list[app_commands.Choice[str]]:
    return _choices(await interaction.client.services.panels.names(place_of(interaction), typed, only_open=True))


@app_commands.command(name="open", description="Open the panel of a class: its thread and its projector page")
@app_commands.describe(session="The class")
async def open_panel(interaction: Asked, session: str) -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    cog = interaction.client.get_cog("Panel")
    assert isinstance(cog, PanelCog)
    async with cog.opening:  # two who open it at once get the same thread
        opened = await services.panels.open(place_of(interaction), actor, session, interaction.created_at)
        thread = await thread_of(interaction, actor, opened)
    await reply(interaction, opened_text(opened, thread.id))


@open_panel.autocomplete("session")
async def _sessions(interaction: Asked, typed: str) -> list[app_commands.Choice[str]]:
    panels = interaction.client.services.panels
    return _choices(await panels.session_names(place_of(interaction), typed, interaction.created_at))


@app_commands.command(name="next", description="Put the next question on the table")
@app_commands.describe(session="The class, if several panels are open")
@app_commands.autocomplete(session=_open_ones)
async def next_question(interaction: Asked, session: str | None = None) -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    put = await services.panels.next(place_of(interaction), actor, session, None, interaction.created_at)
    if put.former is not None and put.thread:
        await redraw_question(interaction.client.get_partial_messageable(int(put.thread)), put.former)
    if await _post(interaction, put):
        where = put.thread or interaction.channel_id
        await reply(interaction, f"On the table now, in <#{where}>. {put.waiting} more waiting.")


@app_commands.command(name="close", description="End the panel of a class")
@app_commands.describe(session="The class, if several panels are open")
@app_commands.autocomplete(session=_open_ones)
async def close_panel(interaction: Asked, session: str | None = None) -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)
    services = interaction.client.services
    actor = await staff_actor_of(interaction, services.courses)
    closed = await services.panels.close(place_of(interaction), actor, session, interaction.created_at)
    await reply(interaction, closed_text(closed))
    if closed.thread and interaction.guild:
        try:
            thread: Any = await interaction.guild.fetch_channel(int(closed.thread))
            await thread.send("🏁 The panel is over. Thank you for your questions.")
            await thread.edit(archived=True)
        except _UNREACHABLE as error:
            log.warning("could not archive the panel's thread: %s", error)


async def setup(bot: ColloquyBot) -> None:
    bot.add_dynamic_items(NextButton, MarkButton, NoteButton, FollowUpButton)
    group = staff_group(bot, "panel")
    group.add_command(open_panel)
    group.add_command(next_question)
    group.add_command(close_panel)
    cog = PanelCog(bot)
    bot.answer(NOTE_ID, cog.note)
    bot.answer(FOLLOW_UP_ID, cog.follow_up)
    await bot.add_cog(cog)
