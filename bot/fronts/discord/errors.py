"""One translator from errors to what the person sees. An error always gets a private answer."""

from __future__ import annotations

import functools
import io
import logging
import secrets
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, TypeVar

import aiohttp
import discord
from discord import app_commands

from bot.core.errors import CourseError
from bot.fronts.discord import text
from bot.fronts.discord.reply import reply

log = logging.getLogger(__name__)

_ROOM = 1900
"""Characters of an answer: Discord takes 2,000."""

_ANSWERED = {40060, 10062}
"""Discord's codes for an interaction that was answered already (the first try arrived after all), or is too old."""

Self = TypeVar("Self", bound="discord.ui.Item[Any] | discord.ui.Modal")


def sentence(error: BaseException) -> str:
    """What to tell the person. Anything unexpected is logged under an incident id, which the sentence names."""
    error = getattr(error, "original", error)
    if isinstance(error, CourseError):
        return error.say(text.moment)
    if isinstance(error, app_commands.MissingPermissions | app_commands.MissingRole):
        return "Only the course staff can do this."
    if isinstance(error, app_commands.TransformerError):
        return f"“{text.clip(str(error.value), 80)}” does not fit here. Pick one of the suggestions."
    if isinstance(error, app_commands.CommandNotFound | app_commands.CommandSignatureMismatch):
        return "This command has just changed. Reload Discord (Ctrl+R) and try again."
    incident = secrets.token_hex(4)
    log.error("incident %s", incident, exc_info=error)
    return f"Something went wrong on our side. Try again; if it stays, tell the staff this number: `{incident}`."


async def report(interaction: discord.Interaction[Any], error: BaseException) -> None:
    """Answer `interaction` privately with what went wrong, and give back what was typed."""
    if _ANSWERED & {getattr(getattr(error, "original", error), "code", None)}:
        log.warning("an answer was taken, or came too late: %s", error)
        return
    told = sentence(error)
    written = "\n\n".join(_written(interaction))
    file: discord.File | None = None
    if not written:
        told += _given_back(interaction, told)
    elif "`" not in written and len(told) + len(written) < _ROOM:
        told += f"\nYou wrote:\n```\n{written}\n```"
    else:
        told += "\nWhat you wrote is in the file."
        file = discord.File(io.BytesIO(written.encode()), "what-you-wrote.txt")
    try:
        await reply(interaction, told, file=file)
    except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as failure:
        # Nobody is left to tell: the answer came too late, or Discord is down.
        log.warning("could not report an error to the user: %s", failure)


def _given_back(interaction: discord.Interaction[Any], told: str) -> str:
    typed = [value for value in vars(interaction.namespace).values() if isinstance(value, str) and value.strip()]
    # A bare number is what a suggestion stands for: picked, not typed.
    lost = [text.escape(value) for value in typed if value not in told and not value.isdecimal()]
    return text.clip("\nYou typed: " + " · ".join(lost), 1200) if lost else ""


def _written(interaction: discord.Interaction[Any]) -> list[str]:
    """The texts typed into a modal. Nobody can open it again, so none of them may be lost."""
    if interaction.type is not discord.InteractionType.modal_submit:
        return []
    data: Any = interaction.data
    return [value for value in text_inputs(data["components"]).values() if value.strip()]


def text_inputs(components: Iterable[Any]) -> dict[str, str]:
    """The text inputs of a submitted modal by their ids, those inside labels and rows included."""
    found: dict[str, str] = {}
    for part in components:
        if part["type"] == discord.ComponentType.text_input.value:
            found[part["custom_id"]] = part.get("value") or ""
        found |= text_inputs([*part.get("components", ()), *([part["component"]] if "component" in part else [])])
    return found


def reported(
    callback: Callable[[Self, discord.Interaction[Any]], Coroutine[Any, Any, None]],
) -> Callable[[Self, discord.Interaction[Any]], Coroutine[Any, Any, None]]:
    """For callbacks of buttons and modals, which the command tree's error handler does not see.

    When one is through, the client hears of it (`on_press`), as it does of a command.
    """

    @functools.wraps(callback)
    async def run(self: Self, interaction: discord.Interaction[Any]) -> None:
        try:
            await callback(self, interaction)
        except Exception as error:
            await report(interaction, error)
        interaction.client.dispatch("press", interaction)

    return run
