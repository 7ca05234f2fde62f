"""A small bot with one of everything, for the tests of the loopback server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import discord
from discord import app_commands
from discord.ext import commands

from tests.loopback import LoopbackDiscord

NOBODY = discord.AllowedMentions.none()


class Ask(discord.ui.Modal, title="A question"):
    """A form with a text field, a choice and a file."""

    question = discord.ui.Label(text="Your question", component=discord.ui.TextInput(max_length=200))
    kind = discord.ui.Label(
        text="Kind",
        component=discord.ui.Select(
            required=False, options=[discord.SelectOption(label=name) for name in ("theory", "practice")]
        ),
    )

    async def on_submit(self, interaction: discord.Interaction) -> None:
        assert isinstance(self.question.component, discord.ui.TextInput)
        assert isinstance(self.kind.component, discord.ui.Select)
        said = f"{self.question.component.value} / {self.kind.component.values}"
        await interaction.response.send_message(said, ephemeral=True)


class Press(discord.ui.View):
    """A button that edits its message, and a select."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    @discord.ui.button(label="Join", custom_id="group:join:1")
    async def join(self, interaction: discord.Interaction, _: discord.ui.Button[Press]) -> None:
        await interaction.response.edit_message(content=f"{interaction.user.name} joined")

    @discord.ui.select(
        custom_id="group:pick",
        options=[discord.SelectOption(label="Bayes", value="b"), discord.SelectOption(label="Gauss")],
    )
    async def pick(self, interaction: discord.Interaction, select: discord.ui.Select[Press]) -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(content=f"picked {select.values}")


class Bot(commands.Bot):
    """A small bot with one of everything."""

    def __init__(self) -> None:
        super().__init__(
            "!",
            intents=discord.Intents(guilds=True),
            help_command=None,
            guild_ready_timeout=0.05,
            allowed_mentions=NOBODY,
        )
        self.seen: list[int] = []
        self.add_commands()

    def add_commands(self) -> None:
        staff = app_commands.Group(
            name="staff", description="For staff", default_permissions=discord.Permissions(manage_guild=True)
        )
        imports = app_commands.Group(name="import", description="Bring in data", parent=staff)

        @self.tree.command(description="Greet someone")
        async def greet(interaction: discord.Interaction, name: str, times: app_commands.Range[int, 1, 3] = 1) -> None:
            self.seen.append(interaction.id)
            await interaction.response.send_message(" ".join([f"hello {name}"] * times), ephemeral=True)

        @greet.autocomplete("name")
        async def names(interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
            return [app_commands.Choice(name=n, value=n) for n in ("ada", "alan", "grace") if n.startswith(typed)]

        @self.tree.command(description="Think, then answer")
        async def think(interaction: discord.Interaction) -> None:
            await interaction.response.defer(ephemeral=True)
            await interaction.edit_original_response(content="42")
            await interaction.followup.send("and a note", ephemeral=True)

        @self.tree.command(description="Show a panel")
        async def panel(interaction: discord.Interaction) -> None:
            await interaction.response.send_message("panel", view=Press())

        @self.tree.command(description="Ask")
        async def ask(interaction: discord.Interaction) -> None:
            await interaction.response.send_modal(Ask())

        @self.tree.command(description="Say nothing")
        async def silent(interaction: discord.Interaction) -> None:
            pass

        @self.tree.command(description="Answer twice")
        async def twice(interaction: discord.Interaction) -> None:
            second = discord.webhook.async_.interaction_message_response_params(
                type=4, content="b", allowed_mentions=NOBODY
            )
            adapter = discord.webhook.async_.async_context.get()
            await interaction.response.send_message("a", ephemeral=True)
            with suppress(discord.HTTPException):
                await adapter.create_interaction_response(
                    interaction.id, interaction.token, session=interaction._session, params=second
                )
            await interaction.edit_original_response(content="c")

        @imports.command(name="schedule", description="Import a schedule")
        async def schedule(
            interaction: discord.Interaction, file: discord.Attachment, who: discord.Member | None = None
        ) -> None:
            text = (await file.read()).decode()
            await interaction.response.send_message(f"{file.filename}: {text}, {who}", ephemeral=True)

        @self.tree.context_menu(name="Note this")
        async def note(interaction: discord.Interaction, message: discord.Message) -> None:
            await interaction.response.send_message(f"noted: {message.content}", ephemeral=True)

        self.tree.add_command(staff)

    async def setup_hook(self) -> None:
        self.add_view(Press())
        await self.tree.sync()


@asynccontextmanager
async def running(server: LoopbackDiscord) -> AsyncIterator[Bot]:
    """A bot that is connected to `server`."""
    with server.client_pointed_here():
        bot = Bot()
        async with bot:
            task = asyncio.create_task(bot.start(server.token))
            await server.bot_ready()
            await bot.wait_until_ready()
            yield bot
            await bot.close()
            await task


def general(bot: Bot, server: LoopbackDiscord) -> discord.TextChannel:
    channel = bot.get_channel(server.channel.id)
    assert isinstance(channel, discord.TextChannel)
    return channel
