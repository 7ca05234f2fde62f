"""/submit-slides, /submit-summary and /receipt."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.core.deadlines import Work
from bot.core.errors import CourseError
from bot.core.summaries import TEXT_MAX
from bot.fronts.discord.client import ColloquyBot
from bot.fronts.discord.errors import reported, text_inputs
from bot.fronts.discord.feedback_thread import thread_for
from bot.fronts.discord.identity import actor_of, place_of, staff_actor_of
from bot.fronts.discord.render.submissions import (
    form_title,
    late_embed,
    proof_embed,
    proof_files,
    received_embed,
    writing_embed,
    writing_files,
)
from bot.fronts.discord.reply import redraw, reply
from bot.fronts.discord.text import clip
from bot.fronts.discord.uploads import fetch
from bot.services.hand_in_desk import Late, Received
from bot.services.question_desk import Named
from bot.services.summary_drafts import Form, Writing

Asked = discord.Interaction[ColloquyBot]

_FORM = re.compile(r"summary:form:(?P<template>[a-z]+):(?P<session_id>\d+):(?P<first>\d+):(?P<stamps>[0-9a-f-]+)")
_LABEL_MAX, _HINT_MAX = 45, 100


class WriteButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"summary:write:(?P<session_id>\d+):(?P<page>\d+)"
):
    """Opens a form with what the group has written so far."""

    def __init__(self, session_id: int, page: int, label: str = "…", *, next_: bool = False) -> None:
        style = discord.ButtonStyle.primary if next_ else discord.ButtonStyle.secondary
        custom_id = f"summary:write:{session_id}:{page}"
        super().__init__(discord.ui.Button(label=label, style=style, custom_id=custom_id))
        self.session_id = session_id
        self.page = page

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> WriteButton:
        return cls(int(match["session_id"]), int(match["page"]))

    @reported
    async def callback(self, interaction: Asked) -> None:
        summaries, at = interaction.client.services.summaries, interaction.created_at
        form = await summaries.form(place_of(interaction), actor_of(interaction), self.session_id, self.page, at)
        await _open(interaction, form)


class HandInButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]],
    template=r"summary:hand-in:(?P<session_id>\d+):(?P<mark>[0-9a-f]+):(?P<when>late|in-time)",
):
    """Hands in what was shown. Its id says which text that was, and whether it said that it is late."""

    def __init__(self, session_id: int, mark: str, late: bool, label: str = "…", *, whole: bool = True) -> None:
        style = discord.ButtonStyle.danger if late or not whole else discord.ButtonStyle.success
        custom_id = f"summary:hand-in:{session_id}:{mark}:{'late' if late else 'in-time'}"
        super().__init__(discord.ui.Button(label=label, style=style, custom_id=custom_id))
        self.session_id = session_id
        self.mark = mark
        self.late = late

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> HandInButton:
        return cls(int(match["session_id"]), match["mark"], match["when"] == "late")

    @reported
    async def callback(self, interaction: Asked) -> None:
        done = await interaction.client.services.summaries.hand_in(
            place_of(interaction),
            actor_of(interaction),
            self.session_id,
            self.mark,
            self.late,
            interaction.created_at,
            str(interaction.id),
        )
        if isinstance(done, Writing):
            await _show(interaction, done, "Look once more: this has changed since it was shown to you.")
        else:
            await redraw(interaction, received_embed(done), None)


class LateButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"summary:late:(?P<token>[\w-]+)"):
    """Hands in a link or a file after the deadline."""

    def __init__(self, token: str) -> None:
        style = discord.ButtonStyle.danger
        custom_id = f"summary:late:{token}"
        super().__init__(discord.ui.Button(label="Hand it in late: no credit", style=style, custom_id=custom_id))
        self.token = token

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> LateButton:
        return cls(match["token"])

    @reported
    async def callback(self, interaction: Asked) -> None:
        summaries, at = interaction.client.services.summaries, interaction.created_at
        done = await summaries.confirm_late(
            place_of(interaction), actor_of(interaction), self.token, at, str(interaction.id)
        )
        await redraw(interaction, received_embed(done), None)


class FeedbackButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"hand-ins:feedback:(?P<hand_in_id>\d+)"):
    """Opens the thread in which staff and the group talk about it."""

    def __init__(self, hand_in_id: int) -> None:
        super().__init__(discord.ui.Button(label="Feedback", custom_id=f"hand-ins:feedback:{hand_in_id}"))
        self.hand_in_id = hand_in_id

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> FeedbackButton:
        return cls(int(match["hand_in_id"]))

    @reported
    async def callback(self, interaction: Asked) -> None:
        services = interaction.client.services
        actor = await staff_actor_of(interaction, services.courses)
        await interaction.response.defer(ephemeral=True, thinking=True)
        async with _making_threads:
            talk = await services.hand_ins.talk(place_of(interaction), actor, self.hand_in_id)
            thread = await thread_for(interaction, actor, talk)
        await reply(interaction, f"Write your feedback in <#{thread}>: the group reads it there and can answer.")


_making_threads = asyncio.Lock()


async def _open(interaction: Asked, form: Form) -> None:
    stamps = "-".join(field.stamp for field in form.fields)
    first = form.first
    custom_id = f"summary:form:{form.template}:{form.session_id}:{first}:{stamps}"
    modal = discord.ui.Modal(title=form_title(form), custom_id=custom_id)
    for number, field in enumerate(form.fields, first):
        box: discord.ui.TextInput[Any] = discord.ui.TextInput(
            custom_id=str(number),
            style=discord.TextStyle.paragraph,
            max_length=TEXT_MAX,
            required=False,
            default=field.text or None,
        )
        heading = field.heading
        hint = heading.title if len(heading.title) > _LABEL_MAX else heading.hint
        label = discord.ui.Label(
            text=clip(heading.title, _LABEL_MAX), description=clip(hint, _HINT_MAX) or None, component=box
        )
        modal.add_item(label)
    # Its answer comes to `Submissions.on_interaction`, after a restart too, so discord.py need not remember it.
    modal.stop()
    await interaction.response.send_modal(modal)


async def _show(interaction: Asked, writing: Writing, words: str | None = None, page: int | None = None) -> None:
    """The summary as it stands; after the form of `page` the next one is the thing to do."""
    view = discord.ui.View(timeout=None)
    for number in range(writing.pages):
        label = f"Write part {number + 1} of {writing.pages}" if writing.pages > 1 else "Write"
        next_ = page is not None and number == page + 1
        view.add_item(WriteButton(writing.session_id, number, label, next_=next_))
    if writing.written and not writing.handed_in:
        label = "Hand it in late: no credit" if writing.late else "Hand it in"
        if writing.missing:
            label = f"{label}, with {len(writing.missing)} empty"
        view.add_item(HandInButton(writing.session_id, writing.mark, writing.late, label, whole=not writing.missing))
    await reply(interaction, words, embed=writing_embed(writing), view=view, files=writing_files(writing))


async def _answer(interaction: Asked, done: Received | Late) -> None:
    """What was handed in; or, where it is late, the button that does it all the same."""
    if isinstance(done, Received):
        await reply(interaction, embed=received_embed(done))
        return
    view = discord.ui.View(timeout=None)
    view.add_item(LateButton(done.token))
    await reply(interaction, embed=late_embed(done), view=view)


def _choices(named: list[Named]) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=clip(" ".join(one.label.split()), 100), value=one.value) for one in named[:25]]


class Submissions(commands.Cog):
    """Handing in."""

    def __init__(self, bot: ColloquyBot) -> None:
        self.bot = bot

    async def written(self, interaction: Asked, form: re.Match[str]) -> None:
        """A part of a summary that was sent."""
        data: Any = interaction.data
        first, stamps = int(form["first"]), form["stamps"].split("-")
        texts = text_inputs(data["components"])
        typed = {first + n: (stamp, texts.get(str(first + n), "")) for n, stamp in enumerate(stamps)}
        writing = await self.bot.services.summaries.save(
            place_of(interaction),
            actor_of(interaction),
            int(form["session_id"]),
            form["template"],
            typed,
            interaction.created_at,
        )
        await _show(interaction, writing, page=0 if first == 0 else None)

    @app_commands.command(name="submit-slides", description="Hand in the slides of a class you present")
    @app_commands.describe(session="A class you present", link="The slides' address, from the Share button")
    async def submit_slides(self, interaction: Asked, session: str, link: str) -> None:
        done = await self.bot.services.hand_ins.submit_slides(
            place_of(interaction),
            actor_of(interaction),
            session,
            link,
            interaction.created_at,
            str(interaction.id),
        )
        await reply(interaction, embed=received_embed(done))

    @submit_slides.autocomplete("session")
    async def _presented(self, interaction: Asked, typed: str) -> list[app_commands.Choice[str]]:
        return await self._classes(interaction, Work.SLIDES, typed)

    @app_commands.command(name="submit-summary", description="Write the summary of a class, or hand it in as a link")
    @app_commands.describe(
        session="A class you summarise",
        link="Instead of writing it here: its address",
        file="Instead of writing it here: a PDF, Markdown, text or Word document",
    )
    async def submit_summary(
        self, interaction: Asked, session: str, link: str | None = None, file: discord.Attachment | None = None
    ) -> None:
        summaries, at = self.bot.services.summaries, interaction.created_at
        place, actor = place_of(interaction), actor_of(interaction)
        if link is not None and file is not None:
            raise CourseError("Give the summary as a `link` or as a `file`, not as both.")
        if file is not None:
            await self._take_file(interaction, session, file)
            return
        if link is None:
            await _open(interaction, await summaries.form(place, actor, session, 0, at))
            return
        done = await summaries.submit_link(place, actor, session, link, at, str(interaction.id))
        await _answer(interaction, done)

    async def _take_file(self, interaction: Asked, session: str, file: discord.Attachment) -> None:
        services, place, actor = self.bot.services, place_of(interaction), actor_of(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        await services.summary_files.check(place, actor, session)
        upload = await fetch(file, await services.files.max_mb(place))
        done = await services.summary_files.submit(
            place, actor, session, upload, interaction.created_at, str(interaction.id)
        )
        await _answer(interaction, done)

    @submit_summary.autocomplete("session")
    async def _summarised(self, interaction: Asked, typed: str) -> list[app_commands.Choice[str]]:
        return await self._classes(interaction, Work.SUMMARY, typed)

    async def _classes(self, interaction: Asked, work: Work, typed: str) -> list[app_commands.Choice[str]]:
        found = await self.bot.services.hand_ins.classes(
            place_of(interaction), actor_of(interaction), work, typed, interaction.created_at
        )
        return _choices(found)

    @app_commands.command(name="receipt", description="What a receipt stands for, and whether it is genuine")
    @app_commands.describe(code="The receipt's code, like 7K3Q-M2XD")
    async def receipt(self, interaction: Asked, code: str) -> None:
        actor = await staff_actor_of(interaction, self.bot.services.courses)
        proof = await self.bot.services.hand_ins.receipt(place_of(interaction), actor, code)
        await reply(interaction, embed=proof_embed(proof), files=proof_files(proof))

    @receipt.autocomplete("code")
    async def _codes(self, interaction: Asked, typed: str) -> list[app_commands.Choice[str]]:
        actor = await staff_actor_of(interaction, self.bot.services.courses)
        return _choices(await self.bot.services.hand_ins.codes(place_of(interaction), actor, typed))


async def setup(bot: ColloquyBot) -> None:
    bot.add_dynamic_items(WriteButton, HandInButton, LateButton, FeedbackButton)
    cog = Submissions(bot)
    bot.answer(_FORM, cog.written)
    await bot.add_cog(cog)
