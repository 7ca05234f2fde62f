"""/recap, its buttons, and “Add to recap” in the menu of a message."""

from __future__ import annotations

import asyncio
import logging
import re
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.core.recap import Message
from bot.fronts.discord.client import ColloquyBot
from bot.fronts.discord.errors import reported
from bot.fronts.discord.identity import actor_of, place_of, staff_actor_of
from bot.fronts.discord.panel_thread import TextModal, typed_in
from bot.fronts.discord.progress import Progress
from bot.fronts.discord.recap_history import read_thread, said_in
from bot.fronts.discord.render.recap import added_text, index_embed, made_embed, recap_file, shown_embed
from bot.fronts.discord.reply import redraw, reply
from bot.fronts.discord.text import clip
from bot.services.recap_desk import Index

log = logging.getLogger(__name__)

Asked = discord.Interaction[ColloquyBot]

PART_MAX = 4000
"""The most characters of a part of a summary."""

_EDITED = re.compile(r"recap:text:(\d+)")


class UseButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"recap:use:(?P<session_id>\d+)"):
    """Puts the recap into the summary's part about the discussion."""

    def __init__(self, session_id: int) -> None:
        style = discord.ButtonStyle.primary
        super().__init__(
            discord.ui.Button(label="Put it in the summary", style=style, custom_id=f"recap:use:{session_id}")
        )
        self.session_id = session_id

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> UseButton:
        return cls(int(match["session_id"]))

    @reported
    async def callback(self, interaction: Asked) -> None:
        services = interaction.client.services
        place, actor, at = place_of(interaction), await _actor(interaction), interaction.created_at
        recap = await services.recaps.stored(place, actor, self.session_id, at)
        await _use(interaction, self.session_id, recap.text()[:PART_MAX])


class EditButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"recap:edit:(?P<session_id>\d+)"):
    """Opens the recap in a form; what is sent goes into the summary."""

    def __init__(self, session_id: int) -> None:
        super().__init__(discord.ui.Button(label="Edit", custom_id=f"recap:edit:{session_id}"))
        self.session_id = session_id

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> EditButton:
        return cls(int(match["session_id"]))

    @reported
    async def callback(self, interaction: Asked) -> None:
        recaps = interaction.client.services.recaps
        actor = await _actor(interaction)
        recap = await recaps.stored(place_of(interaction), actor, self.session_id, interaction.created_at)
        label = "What the class discussed"
        form = TextModal("The recap", f"recap:text:{self.session_id}", label, PART_MAX, recap.text()[:PART_MAX])
        await interaction.response.send_modal(form)


class CancelButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"recap:cancel:(?P<asked>\d+)"):
    """Stops a recap that is being made."""

    def __init__(self, asked: int) -> None:
        super().__init__(discord.ui.Button(label="Cancel", custom_id=f"recap:cancel:{asked}"))
        self.asked = asked

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> CancelButton:
        return cls(int(match["asked"]))

    @reported
    async def callback(self, interaction: Asked) -> None:
        cog = interaction.client.get_cog("Recap")
        assert isinstance(cog, Recap)
        stopped = cog.cancel(self.asked)
        await reply(interaction, "Stopped." if stopped else "There is nothing to stop: this is over.")


class RemoveButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"recap:remove:(?P<message>\d+)"):
    """Takes back a message that was added."""

    def __init__(self, message: str) -> None:
        super().__init__(discord.ui.Button(label="Undo", custom_id=f"recap:remove:{message}"))
        self.message = message

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> RemoveButton:
        return cls(match["message"])

    @reported
    async def callback(self, interaction: Asked) -> None:
        recaps = interaction.client.services.recaps
        await recaps.remove(place_of(interaction), await _actor(interaction), self.message)
        await interaction.response.edit_message(content="The message is in no recap any more.", view=None)


class ChoiceButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"recap:(?P<how>out|in)"):
    """Leaves one's words out of recaps, or lets them in again."""

    def __init__(self, how: str) -> None:
        label = "Leave my words out" if how == "out" else "Let my words in"
        super().__init__(discord.ui.Button(label=label, custom_id=f"recap:{how}"))
        self.how = how

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> ChoiceButton:
        return cls(match["how"])

    @reported
    async def callback(self, interaction: Asked) -> None:
        recaps = interaction.client.services.recaps
        place, actor, at = place_of(interaction), await _actor(interaction), interaction.created_at
        await recaps.set_out(place, actor, self.how == "out", at)
        index = await recaps.index(place, actor, at)
        await redraw(interaction, index_embed(index), _index_view(index))


class ShowList(discord.ui.DynamicItem[discord.ui.Select[Any]], template=r"recap:show"):
    """Shows a recap of the term."""

    def __init__(self, index: Index | None = None) -> None:
        options = [
            discord.SelectOption(label=clip(one.title, 100), value=str(one.session_id))
            for one in (index.entries[:25] if index else ())
        ]
        super().__init__(discord.ui.Select(custom_id="recap:show", placeholder="Read a recap", options=options))

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> ShowList:
        return cls()

    @reported
    async def callback(self, interaction: Asked) -> None:
        recaps = interaction.client.services.recaps
        place, actor, at = place_of(interaction), await _actor(interaction), interaction.created_at
        session_id = int(self.item.values[0])
        recap = await recaps.stored(place, actor, session_id, at)
        index = await recaps.index(place, actor, at)
        title = next(one.title for one in index.entries if one.session_id == session_id)
        await reply(interaction, embed=shown_embed(title, recap), file=recap_file(recap))


def _index_view(index: Index) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    if index.entries:
        view.add_item(ShowList(index))
    view.add_item(ChoiceButton("in" if index.out else "out"))
    return view


async def _actor(interaction: Asked) -> Any:
    return await staff_actor_of(interaction, interaction.client.services.courses)


async def _use(interaction: Asked, session_id: int, text: str) -> None:
    services = interaction.client.services
    place, actor, at = place_of(interaction), await _actor(interaction), interaction.created_at
    await services.summaries.set_draft(place, actor, session_id, None, text, at)
    await reply(
        interaction,
        "It is in your group's summary now, as the part about the class discussion. `/submit-summary` shows the whole, "
        "and anybody in the group can change it there.",
    )


class Recap(commands.Cog):
    """Recaps of classes."""

    def __init__(self, bot: ColloquyBot) -> None:
        self.bot = bot
        self._running: dict[int, asyncio.Task[Any]] = {}
        self._menu = app_commands.ContextMenu(name="Add to recap", callback=self._add)
        bot.tree.add_command(self._menu)

    async def cog_unload(self) -> None:
        self.bot.tree.remove_command(self._menu.name, type=self._menu.type)

    def cancel(self, asked: int) -> bool:
        """Stop what the interaction with this id asked for; False if it is over."""
        task = self._running.get(asked)
        return task.cancel() if task else False

    @app_commands.command(name="recap", description="What a class discussed: a draft for its summary")
    @app_commands.describe(session="Which class; without it, the recaps of the term")
    async def recap(self, interaction: Asked, session: str | None = None) -> None:
        recaps = self.bot.services.recaps
        place, actor, at = place_of(interaction), await _actor(interaction), interaction.created_at
        if session is None:
            index = await recaps.index(place, actor, at)
            await reply(interaction, embed=index_embed(index), view=_index_view(index))
            return
        room = await recaps.room(place, actor, session, at)
        view = discord.ui.View(timeout=None)
        view.add_item(CancelButton(interaction.id))
        async with Progress(interaction, "Recap", view) as progress:
            history = await read_thread(self.bot, room.thread) if room.history and room.thread else []
            work = asyncio.create_task(recaps.make(place, actor, room.session_id, history, at, progress.report))
            self._running[interaction.id] = work
            try:
                await asyncio.wait([work])
            finally:
                work.cancel()
                del self._running[interaction.id]
            if work.cancelled():
                stopped = discord.Embed(description="Stopped. `/recap` begins anew when you want it.")
                await progress.finish(stopped)
                return
            made = work.result()
            shown = discord.ui.View(timeout=None)
            if made.writes:
                shown.add_item(UseButton(made.session_id))
                shown.add_item(EditButton(made.session_id))
            await progress.finish(made_embed(made), shown if made.writes else None, recap_file(made.recap))

    @recap.autocomplete("session")
    async def _sessions(self, interaction: Asked, typed: str) -> list[app_commands.Choice[str]]:
        named = await self.bot.services.recaps.session_names(place_of(interaction), typed, interaction.created_at)
        return [app_commands.Choice(name=clip(one.label, 100), value=one.value) for one in named[:25]]

    async def _add(self, interaction: Asked, message: discord.Message) -> None:
        recaps = self.bot.services.recaps
        said: Message = said_in(message)
        added = await recaps.add(place_of(interaction), actor_of(interaction), None, said, interaction.created_at)
        view = discord.ui.View(timeout=None)
        if added.new:
            view.add_item(RemoveButton(said.id))
        await reply(interaction, added_text(added), view=view if added.new else None)

    async def edited(self, interaction: Asked, form: re.Match[str]) -> None:
        """The form of `EditButton`."""
        await _use(interaction, int(form[1]), typed_in(interaction))


async def setup(bot: ColloquyBot) -> None:
    bot.add_dynamic_items(UseButton, EditButton, CancelButton, RemoveButton, ChoiceButton, ShowList)
    cog = Recap(bot)
    bot.answer(_EDITED, cog.edited)
    await bot.add_cog(cog)
