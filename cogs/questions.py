"""/ask and /my-questions."""

from __future__ import annotations

import logging
import re
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.core.people import Actor
from bot.core.questions import TEXT_MAX
from bot.fronts.discord.client import ColloquyBot
from bot.fronts.discord.errors import reported, text_inputs
from bot.fronts.discord.identity import place_of, staff_actor_of
from bot.fronts.discord.render.questions import (
    form_hint,
    form_title,
    mine_embed,
    receipt_embed,
    withdrawn_embed,
)
from bot.fronts.discord.reply import redraw, reply
from bot.fronts.discord.text import clip
from bot.services.question_asking import Form, Mine, Receipt
from bot.services.question_desk import Named

log = logging.getLogger(__name__)

Asked = discord.Interaction[ColloquyBot]

_ASK = re.compile(r"questions:ask:(?P<session_id>\d+):(?P<reading_id>\d+)")
_CHANGE = re.compile(r"questions:change:(?P<question_id>\d+)")
_TEXT = "text"


class EditButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"questions:edit:(?P<question_id>\d+)"):
    """Opens the form with what the question says now."""

    def __init__(self, question_id: int) -> None:
        super().__init__(discord.ui.Button(label="Edit", custom_id=f"questions:edit:{question_id}"))
        self.question_id = question_id

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> EditButton:
        return cls(int(match["question_id"]))

    @reported
    async def callback(self, interaction: Asked) -> None:
        questions, at = interaction.client.services.questions, interaction.created_at
        form = await questions.edit_form(place_of(interaction), await _actor(interaction), self.question_id, at)
        await _open(interaction, form, f"questions:change:{self.question_id}")


class WithdrawButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"questions:withdraw:(?P<question_id>\d+)"
):
    """Takes the question back."""

    def __init__(self, question_id: int) -> None:
        style = discord.ButtonStyle.danger
        custom_id = f"questions:withdraw:{question_id}"
        super().__init__(discord.ui.Button(label="Withdraw", style=style, custom_id=custom_id))
        self.question_id = question_id

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> WithdrawButton:
        return cls(int(match["question_id"]))

    @reported
    async def callback(self, interaction: Asked) -> None:
        questions, at = interaction.client.services.questions, interaction.created_at
        done = await questions.withdraw(place_of(interaction), await _actor(interaction), self.question_id, at)
        await redraw(interaction, withdrawn_embed(done))


class SameButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"questions:same:(?P<mine>\d+):(?P<other>\d+)"
):
    """Puts one's own question under one that asks the same."""

    def __init__(self, mine: int, other: int, label: str = "…") -> None:
        style = discord.ButtonStyle.primary
        custom_id = f"questions:same:{mine}:{other}"
        super().__init__(discord.ui.Button(label=label, style=style, custom_id=custom_id, row=0))
        self.mine, self.other = mine, other

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> SameButton:
        return cls(int(match["mine"]), int(match["other"]))

    @reported
    async def callback(self, interaction: Asked) -> None:
        questions, at = interaction.client.services.questions, interaction.created_at
        receipt = await questions.support(place_of(interaction), await _actor(interaction), self.mine, self.other, at)
        await redraw(interaction, receipt_embed(receipt), _receipt_view(receipt))


class KeepButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"questions:keep:(?P<question_id>\d+)"):
    """Keeps the question as one of its own: those alike are shown no more."""

    def __init__(self, question_id: int) -> None:
        custom_id = f"questions:keep:{question_id}"
        super().__init__(discord.ui.Button(label="Keep it as my own", custom_id=custom_id, row=0))
        self.question_id = question_id

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> KeepButton:
        return cls(int(match["question_id"]))

    @reported
    async def callback(self, interaction: Asked) -> None:
        await _show(interaction, self.question_id)


class MineSelect(discord.ui.DynamicItem[discord.ui.Select[Any]], template=r"questions:mine"):
    """Shows one of one's questions, with the buttons to change it."""

    def __init__(self, mine: list[Mine] | None = None) -> None:
        options = [
            discord.SelectOption(
                label=clip(" ".join(one.text.split()), 100),
                value=str(one.question_id),
                description=clip(one.paper, 100),
            )
            for one in (mine or [])[:25]
        ]
        placeholder = "Pick one to change or withdraw it"
        super().__init__(discord.ui.Select(custom_id="questions:mine", placeholder=placeholder, options=options))

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str]
    ) -> MineSelect:
        return cls()

    @reported
    async def callback(self, interaction: Asked) -> None:
        await _show(interaction, _number(self.item.values))


async def _actor(interaction: Asked) -> Actor:
    return await staff_actor_of(interaction, interaction.client.services.courses)


async def _show(interaction: Asked, question_id: int) -> None:
    """Turn the message into one question, with its buttons."""
    questions, at = interaction.client.services.questions, interaction.created_at
    receipt = await questions.receipt(place_of(interaction), await _actor(interaction), question_id, at)
    await redraw(interaction, receipt_embed(receipt, "Your question"), _receipt_view(receipt))


async def _open(interaction: Asked, form: Form, custom_id: str) -> None:
    modal = discord.ui.Modal(title=form_title(form), custom_id=custom_id)
    field: discord.ui.TextInput[Any] = discord.ui.TextInput(
        custom_id=_TEXT, style=discord.TextStyle.paragraph, max_length=TEXT_MAX, default=form.text or None
    )
    modal.add_item(discord.ui.Label(text=clip(form.paper, 45), description=form_hint(form), component=field))
    # Its answer comes to `Questions.on_interaction`, after a restart too, so discord.py need not remember it.
    modal.stop()
    await interaction.response.send_modal(modal)


def _number(values: list[str]) -> int:
    return int(values[0]) if values and values[0].isdecimal() else 0


def _receipt_view(receipt: Receipt) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    question_id = receipt.question.question_id
    for number, other in enumerate(receipt.similar, 1):
        which = f" as {number}" if len(receipt.similar) > 1 else ""
        view.add_item(SameButton(question_id, other.question_id, f"Mine is the same{which}: support it"))
    if receipt.similar:
        view.add_item(KeepButton(question_id))
    if receipt.question.editable:
        for button in (EditButton(question_id), WithdrawButton(question_id)):
            button.item.row = 1
            view.add_item(button)
    return view


def _choices(named: list[Named]) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=clip(" ".join(one.label.split()), 100), value=one.value) for one in named[:25]]


def _written(interaction: Asked) -> str:
    data: Any = interaction.data
    return text_inputs(data["components"]).get(_TEXT, "")


class Questions(commands.Cog):
    """Questions to the papers of a class."""

    def __init__(self, bot: ColloquyBot) -> None:
        self.bot = bot

    async def asked(self, interaction: Asked, form: re.Match[str]) -> None:
        """A question that was sent."""
        at, key = interaction.created_at, str(interaction.id)
        session_id, reading_id = int(form["session_id"]), int(form["reading_id"])
        receipt = await self.bot.services.questions.ask(
            place_of(interaction), await _actor(interaction), session_id, reading_id, _written(interaction), at, key
        )
        await reply(interaction, embed=receipt_embed(receipt), view=_receipt_view(receipt))
        try:
            await self._show_alike(interaction, receipt.question.question_id)
        except Exception:
            # They have their receipt; an error after it would make them ask again.
            log.exception("could not show what is alike")

    async def _show_alike(self, interaction: Asked, question_id: int) -> None:
        place, actor = place_of(interaction), await _actor(interaction)
        alike = await self.bot.services.questions.alike(place, actor, question_id, interaction.created_at)
        if alike is not None:
            await redraw(interaction, receipt_embed(alike), _receipt_view(alike))

    async def changed(self, interaction: Asked, form: re.Match[str]) -> None:
        """A question that was edited."""
        receipt = await self.bot.services.questions.edit(
            place_of(interaction),
            await _actor(interaction),
            int(form["question_id"]),
            _written(interaction),
            interaction.created_at,
        )
        await redraw(interaction, receipt_embed(receipt, "Your question is changed"), _receipt_view(receipt))

    @app_commands.command(name="ask", description="Ask a question about a paper before class")
    @app_commands.describe(session="The class; the next one by default", paper="The paper; ● required, ✓ asked already")
    async def ask(self, interaction: Asked, session: str | None = None, paper: str | None = None) -> None:
        form = await self.bot.services.questions.form(
            place_of(interaction), await _actor(interaction), session, paper, interaction.created_at
        )
        await _open(interaction, form, f"questions:ask:{form.session_id}:{form.reading_id}")

    @ask.autocomplete("session")
    async def _open_classes(self, interaction: Asked, typed: str) -> list[app_commands.Choice[str]]:
        questions = self.bot.services.questions
        return _choices(await questions.class_names(place_of(interaction), typed, interaction.created_at))

    @ask.autocomplete("paper")
    async def _papers(self, interaction: Asked, typed: str) -> list[app_commands.Choice[str]]:
        session = getattr(interaction.namespace, "session", None)
        found = await self.bot.services.questions.paper_names(
            place_of(interaction), await _actor(interaction), session, typed, interaction.created_at
        )
        return _choices(found)

    @app_commands.command(name="my-questions", description="What you asked, and what you still owe")
    async def my_questions(self, interaction: Asked) -> None:
        mine = await self.bot.services.questions.mine(
            place_of(interaction), await _actor(interaction), interaction.created_at
        )
        view = discord.ui.View(timeout=None)
        editable = [question for one in mine for question in one.questions if question.editable]
        if editable:
            view.add_item(MineSelect(editable))
        await reply(interaction, embed=mine_embed(mine), view=view)


async def setup(bot: ColloquyBot) -> None:
    bot.add_dynamic_items(EditButton, WithdrawButton, SameButton, KeepButton, MineSelect)
    cog = Questions(bot)
    bot.answer(_ASK, cog.asked)
    bot.answer(_CHANGE, cog.changed)
    await bot.add_cog(cog)
