"""A panel's thread on Discord: made once, found again, and the messages in it."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any

import aiohttp
import discord

from bot.core.errors import CourseError
from bot.core.people import Actor
from bot.fronts.discord.errors import text_inputs
from bot.fronts.discord.identity import place_of
from bot.fronts.discord.render.panel import cast_text, question_embed, thread_name
from bot.fronts.discord.text import clickable
from bot.services.panel_parts import Opened, Shown

if TYPE_CHECKING:
    from bot.fronts.discord.client import ColloquyBot

log = logging.getLogger(__name__)

LOOK_BACK = 200
"""Messages of a thread that are looked through for a question's."""


async def thread_of(interaction: discord.Interaction[ColloquyBot], actor: Actor, opened: Opened) -> discord.Thread:
    """The panel's thread, made if there is none (any more); with the question on the table in it.

    One at a time, please: two at once would make two threads.

    Raises:
        CourseError: there is no channel for it, or the bot may not open one.
    """
    assert interaction.guild is not None
    panels, known = interaction.client.services.panels, opened.thread
    thread = await _existing(interaction.guild, known)
    try:
        if thread is None:
            thread = await _new(interaction, opened)
            await panels.tie(place_of(interaction), actor, opened.session_id, str(thread.id), known)
        elif thread.archived:
            await thread.edit(archived=False)
        if opened.current is not None and await find_question(thread, opened.current.id) is None:
            await post_question(thread, opened.current)
    except discord.Forbidden:
        raise CourseError(
            "I may not open threads for the panel or write in them: give me Create Public Threads, Send Messages in "
            "Threads and Read Message History in that channel, and try again."
        ) from None
    return thread


async def _existing(guild: discord.Guild, known: str | None) -> discord.Thread | None:
    if known is None:
        return None
    try:
        found = guild.get_thread(int(known)) or await guild.fetch_channel(int(known))
    except (discord.NotFound, discord.Forbidden):
        return None
    return found if isinstance(found, discord.Thread) else None


async def _new(interaction: discord.Interaction[ColloquyBot], opened: Opened) -> discord.Thread:
    assert interaction.guild is not None
    parent: Any = interaction.guild.get_channel(int(opened.parent)) if opened.parent else None
    if not isinstance(parent, discord.TextChannel):
        here = interaction.channel
        parent = here.parent if isinstance(here, discord.Thread) else here
    if not isinstance(parent, discord.TextChannel):
        raise CourseError("A panel needs a text channel: set one with `/staff setup`, or open it in one.")
    name = thread_name(opened.title)
    # One that was made before a crash, and not kept.
    mine = (thread for thread in parent.threads if thread.owner_id == parent.guild.me.id and thread.name == name)
    thread = next(mine, None)
    if thread is None:
        kind = discord.ChannelType.news_thread if parent.is_news() else discord.ChannelType.public_thread
        thread = await parent.create_thread(name=name, type=kind, auto_archive_duration=1440)
    words = clickable(cast_text(opened), interaction.client.command_ids)
    await thread.send(words, view=start_view(opened.session_id, with_next=opened.current is None))
    return thread


async def post_question(thread: discord.abc.Messageable, shown: Shown) -> None:
    """Put a question's message, with its buttons, at the end of the thread."""
    await thread.send(embed=question_embed(shown), view=question_view(shown, with_next=True))


async def find_question(thread: discord.abc.Messageable, question_id: int) -> discord.Message | None:
    """A question's message; None when it is not among the last ones."""
    async for message in thread.history(limit=LOOK_BACK):
        for row in message.components:
            for part in getattr(row, "children", ()):
                if getattr(part, "custom_id", None) == f"panel:follow:{question_id}":
                    return message
    return None


async def redraw_question(thread: discord.abc.Messageable, shown: Shown) -> None:
    """Best effort: bring the message of a question that is no longer the current one up to date."""
    try:
        message = await find_question(thread, shown.id)
        if message is not None:
            await message.edit(embed=question_embed(shown), view=question_view(shown, with_next=False))
    except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as error:
        log.warning("could not redraw the question before: %s", error)


# -- buttons ---------------------------------------------------------------------------------------------------


def start_view(session_id: int, *, with_next: bool) -> discord.ui.View:
    """Under the first message."""
    parts = [_button("Next question", f"panel:next:{session_id}:0", primary=True)] if with_next else []
    return _view(*parts, _button("Note", f"panel:note:{session_id}:0"))


def question_view(shown: Shown, *, with_next: bool) -> discord.ui.View:
    """Under a question: three for the staff, two for everyone. Only the current one leads to the next."""
    parts = [
        _button("Answered", f"panel:mark:{shown.id}:answered"),
        _button("Skip", f"panel:mark:{shown.id}:skipped"),
    ]
    if with_next:
        parts.append(_button("Next", f"panel:next:{shown.session_id}:{shown.id}", primary=True))
    return _view(
        *parts,
        _button("Note", f"panel:note:{shown.session_id}:{shown.id}"),
        _button("Follow up", f"panel:follow:{shown.id}"),
    )


def _button(label: str, custom_id: str, *, primary: bool = False) -> discord.ui.Button[Any]:
    style = discord.ButtonStyle.primary if primary else discord.ButtonStyle.secondary
    return discord.ui.Button(label=label, custom_id=custom_id, style=style)


def _view(*buttons: discord.ui.Button[Any]) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    for button in buttons:
        view.add_item(button)
    # The presses go to the dynamic items with these ids. A view not stopped would answer them too, with nothing.
    view.stop()
    return view


class TextModal(discord.ui.Modal):
    """A box to write in. The cog answers when it is sent, by its id: so it may stand open while the bot restarts."""

    def __init__(self, title: str, custom_id: str, label: str, longest: int, text: str | None = None) -> None:
        super().__init__(title=title, custom_id=custom_id)
        box: discord.ui.TextInput[Any] = discord.ui.TextInput(
            custom_id="text", style=discord.TextStyle.paragraph, max_length=longest, default=text
        )
        self.add_item(discord.ui.Label(text=label, component=box))


def typed_in(interaction: discord.Interaction[Any]) -> str:
    """What was written in the box of a `TextModal`."""
    data: Any = interaction.data
    return text_inputs(data["components"])["text"]


NOTE_ID = re.compile(r"panel:note-text:(\d+):(\d+)")
FOLLOW_UP_ID = re.compile(r"panel:follow-text:(\d+)")
