"""An answer that takes a while: deferred, kept up to date while work goes on, then replaced by the result."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Any

import aiohttp
import discord

from bot.fronts.discord.reply import clickable_embed

PAUSE = 1.0
"""Seconds between two edits: Discord takes five in two seconds from one answer."""


class Progress:
    """Use as `async with Progress(interaction, "Planning") as progress`; `report` may be called from any thread.

    `view` is shown while it goes on.
    """

    def __init__(self, interaction: discord.Interaction[Any], title: str, view: discord.ui.View | None = None) -> None:
        self._interaction = interaction
        self._title = title
        self._view = view
        self._loop = asyncio.get_running_loop()
        self._latest = ("", 0.0)
        self._news = asyncio.Event()
        self._over = asyncio.Event()
        self._shown = False

    async def __aenter__(self) -> Progress:
        await self._interaction.response.defer(ephemeral=True, thinking=True)
        self._showing = asyncio.create_task(self._show())
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        await self._stop()
        if error is not None and self._shown:
            with suppress(
                discord.HTTPException, aiohttp.ClientError
            ):  # what went wrong is told in an answer of its own
                await self._interaction.delete_original_response()

    def report(self, goal: str, done: float) -> None:
        """Say what is being worked on, and how much of the whole is done (0 to 1)."""
        self._latest = (goal, done)
        with suppress(RuntimeError):  # the loop is closed: the bot has stopped meanwhile
            self._loop.call_soon_threadsafe(self._news.set)

    async def finish(
        self, embed: discord.Embed, view: discord.ui.View | None = None, file: discord.File | None = None
    ) -> None:
        """Show the result instead."""
        await self._stop()
        await self._interaction.edit_original_response(
            embed=clickable_embed(embed, self._interaction), view=view, attachments=[file] if file else []
        )

    async def _stop(self) -> None:
        """An edit on its way is waited for: arriving later, it would cover the result."""
        self._over.set()
        self._news.set()
        await self._showing

    async def _show(self) -> None:
        while not self._over.is_set():
            await self._news.wait()
            self._news.clear()
            if self._over.is_set():
                return
            goal, done = self._latest
            embed = discord.Embed(title=self._title, description=f"{int(done * 100)} % · {goal} …")
            with suppress(discord.HTTPException, aiohttp.ClientError):  # the next one may get through
                await self._interaction.edit_original_response(embed=embed, view=self._view)
                self._shown = True
            with suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), PAUSE)
