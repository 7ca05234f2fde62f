"""The loopback server against the real discord.py client: what others build on works, and fails as ordered."""

from __future__ import annotations

import asyncio
import io
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import discord
import pytest
from discord import app_commands
from discord.ext import commands

from tests.contract.plugin import assert_contract
from tests.loopback import AnsweredTwice, CannotUse, LoopbackDiscord, LoopbackThread, NoAnswer, Upload
from tests.loopback.state import SEND_MESSAGES, VIEW_CHANNEL, snowflake_time

POST = "POST /channels/{channel_id}/messages"
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


@pytest.fixture
async def server() -> AsyncIterator[LoopbackDiscord]:
    async with LoopbackDiscord() as running_server:
        yield running_server
        assert_contract(running_server)


@pytest.fixture
async def bot(server: LoopbackDiscord) -> AsyncIterator[Bot]:
    async with running(server) as connected:
        yield connected


def general(bot: Bot, server: LoopbackDiscord) -> discord.TextChannel:
    channel = bot.get_channel(server.channel.id)
    assert isinstance(channel, discord.TextChannel)
    return channel


# -- people and the bot ----------------------------------------------------------------------------------------


async def test_a_slash_command_goes_round(server: LoopbackDiscord, bot: Bot) -> None:
    answer = await server.slash(server.add_member("ada"), "greet", {"name": "Ada", "times": 2})
    assert (answer.type, answer.content, answer.ephemeral) == (4, "hello Ada hello Ada", True)
    assert 0 < answer.latency < 1
    assert server.history() == []
    assert [m.via for m in server.messages.created] == ["callback"]


async def test_what_discord_itself_would_refuse_is_refused(server: LoopbackDiscord, bot: Bot) -> None:
    ada = server.add_member("ada")
    for command, options in (
        ("greet", {}),
        ("greet", {"name": "x", "times": 9}),
        ("greet", {"name": 3}),
        ("greet", {"nome": "x"}),
        ("nothing", {}),
        ("staff", {}),
        ("staff import schedule", {"file": Upload("s.md", b"x")}),
    ):
        with pytest.raises(CannotUse):
            await server.slash(ada, command, options)


async def test_subcommands_uploads_and_people_are_resolved(server: LoopbackDiscord, bot: Bot) -> None:
    teacher = server.add_member("teacher", staff=True)
    options = {"file": Upload("s.md", b"week 1"), "who": server.add_member("ada")}
    answer = await server.slash(teacher, "staff import schedule", options)
    assert answer.content == "s.md: week 1, ada"


async def test_a_deferred_answer_is_waited_for(server: LoopbackDiscord, bot: Bot) -> None:
    answer = await server.slash(server.add_member("ada"), "think")
    assert (answer.type, answer.content, answer.ephemeral) == (5, "42", True)
    await server.wait_until(lambda: bool(answer.followups))
    assert answer.text == "42\nand a note"
    assert len(answer.edits) == 1


async def test_buttons_and_selects_change_their_message(server: LoopbackDiscord, bot: Bot) -> None:
    ada = server.add_member("ada")
    panel = await server.slash(ada, "panel")
    pressed = await server.click(ada, panel, "Join")
    assert (pressed.type, pressed.content) == (7, "ada joined")
    picked = await server.select(ada, server.history()[0], "group:pick", ["Bayes"])
    await server.wait_until(lambda: picked.content == "picked ['b']")
    with pytest.raises(CannotUse):
        await server.click(ada, panel, "Leave")


async def test_a_modal_is_filled_in_by_its_labels(server: LoopbackDiscord, bot: Bot) -> None:
    ada = server.add_member("ada")
    form = await server.slash(ada, "ask")
    assert form.modal is not None
    assert form.modal["title"] == "A question"
    answer = await server.submit_modal(ada, form, {"Your question": "why?", "Kind": "theory"})
    assert answer.content == "why? / ['theory']"
    with pytest.raises(CannotUse):
        await server.submit_modal(ada, form, {"Your question": "x" * 201})


async def test_autocomplete_and_context_menu(server: LoopbackDiscord, bot: Bot) -> None:
    ada = server.add_member("ada")
    shown = await server.autocomplete(ada, "greet", "name", "a")
    assert [choice["value"] for choice in shown.choices] == ["ada", "alan"]
    noted = await server.context_menu(ada, "Note this", server.say(ada, "good point"))
    assert noted.content == "noted: good point"


async def test_the_interaction_id_tells_when_the_platform_got_it(server: LoopbackDiscord, bot: Bot) -> None:
    moment = datetime(2024, 3, 10, 6, 59, 59, 500_000, tzinfo=UTC)
    await server.slash(server.add_member("ada"), "greet", {"name": "x"}, at=moment)
    assert snowflake_time(bot.seen[-1]) == moment


async def test_no_answer_and_a_second_one_are_told(server: LoopbackDiscord, bot: Bot) -> None:
    ada = server.add_member("ada")
    server.interactions.ack_limit = 0.1
    with pytest.raises(NoAnswer, match=r"/silent: the bot did not answer within 0.1 s"):
        await server.slash(ada, "silent")
    server.interactions.ack_limit = 3
    answer = await server.slash(ada, "twice")
    await server.wait_until(lambda: answer.content == "c")
    assert server.interactions.problems[-1] == "/twice: answered twice"
    with pytest.raises(AnsweredTwice):
        await server.interactions.wait(server.interactions.by_id[answer.interaction_id], settle=False, within=1)
    server.interactions.problems.clear()  # So that the check of the contract after this test does not find them.


async def test_two_hundred_people_at_once(server: LoopbackDiscord, bot: Bot) -> None:
    people = [server.add_member(f"student{i}") for i in range(200)]
    answers = await asyncio.gather(*(server.slash(p, "greet", {"name": p.name}) for p in people))
    assert [a.content for a in answers] == [f"hello student{i}" for i in range(200)]
    assert not server.interactions.problems


# -- messages --------------------------------------------------------------------------------------------------


async def test_the_same_nonce_makes_one_message_within_the_window(bot: Bot) -> None:
    moment = datetime(2024, 1, 10, tzinfo=UTC)
    async with LoopbackDiscord(now=lambda: moment) as server, running(server) as connected:
        channel = general(connected, server)
        first = await channel.send("reminder", nonce="r1")
        moment += timedelta(minutes=4)
        again = await channel.send("reminder", nonce="r1")
        assert first.id == again.id
        assert len(server.history()) == 1
        moment += timedelta(minutes=2)
        assert (await channel.send("reminder", nonce="r1")).id != first.id
        assert [m.nonce for m in server.messages.created] == ["r1", "r1"]


async def test_history_files_threads_pins_and_events(server: LoopbackDiscord, bot: Bot) -> None:
    channel = general(bot, server)
    sent = [await channel.send(f"m{i}") for i in range(5)]
    assert [m.content async for m in channel.history(limit=3)] == ["m4", "m3", "m2"]
    assert [m.content async for m in channel.history(after=sent[1], limit=2)] == ["m2", "m3"]
    assert [m.id async for m in channel.history(around=sent[2], limit=3)] == [m.id for m in sent[3:0:-1]]
    await sent[0].pin()
    assert [m.id async for m in channel.pins()] == [sent[0].id]
    await sent[1].edit(content="changed")
    await sent[2].delete()
    assert [m["content"] for m in server.history()] == ["m0", "changed", "m3", "m4"]

    filed = await channel.send("file", file=discord.File(io.BytesIO(b"abc"), "a.txt"))
    assert await filed.attachments[0].read() == b"abc"
    server.cdn.expire()
    with pytest.raises(discord.NotFound):
        await filed.attachments[0].read()

    thread = await sent[0].create_thread(name="talk")
    await thread.send("inside")
    assert server.history(server.world.channels[thread.id])[0]["content"] == "inside"
    guild = bot.get_guild(server.guild.id)
    assert guild is not None
    begin = datetime.now(UTC) + timedelta(days=1)
    event = await guild.create_scheduled_event(
        name="class",
        start_time=begin,
        end_time=begin + timedelta(hours=1),
        entity_type=discord.EntityType.external,
        location="room",
        privacy_level=discord.PrivacyLevel.guild_only,
    )
    assert event.name == "class"
    role = await guild.create_role(name="Group A")
    ada = await guild.fetch_member(server.add_member("ada").id)
    await ada.add_roles(role)
    assert role.id in server.guild.members[ada.id].roles


async def test_only_allowed_mentions_ping(server: LoopbackDiscord, bot: Bot) -> None:
    ada, alan = server.add_member("ada"), server.add_member("alan")
    allowed = discord.AllowedMentions(users=[discord.Object(ada.id)], everyone=False, roles=False)
    await general(bot, server).send(f"<@{ada.id}> <@{alan.id}> @everyone", allowed_mentions=allowed)
    (message,) = server.history()
    assert [user["id"] for user in message["mentions"]] == [str(ada.id)]
    assert message["mention_everyone"] is False


async def test_without_the_content_intent_others_messages_read_empty(server: LoopbackDiscord, bot: Bot) -> None:
    server.say(server.add_member("ada"), "secret")
    assert [m.content async for m in general(bot, server).history()] == [""]
    server.world.privileged_intents = 1 << 15
    assert [m.content async for m in general(bot, server).history()] == ["secret"]


async def test_closed_dms_and_closed_channels(server: LoopbackDiscord, bot: Bot) -> None:
    ada = server.add_member("ada")
    person = await bot.fetch_user(ada.id)
    await person.send("hi")
    assert [m["content"] for m in server.direct_messages(ada)] == ["hi"]
    ada.dm_closed = True
    with pytest.raises(discord.Forbidden) as closed:
        await person.send("hi")
    server.world.deny(server.channel, server.world.bot, SEND_MESSAGES)
    with pytest.raises(discord.Forbidden) as mute:
        await general(bot, server).send("hi")
    server.world.deny(server.channel, server.world.bot, VIEW_CHANNEL)
    with pytest.raises(discord.Forbidden) as hidden:
        await general(bot, server).send("hi")
    with pytest.raises(discord.NotFound) as gone:
        await bot.fetch_channel(1)
    assert [e.value.code for e in (closed, mute, hidden, gone)] == [50007, 50013, 50001, 10003]


# -- the connection --------------------------------------------------------------------------------------------


async def test_a_wrong_token_is_refused_at_login(server: LoopbackDiscord) -> None:
    with server.client_pointed_here():
        async with Bot() as stranger:
            with pytest.raises(discord.LoginFailure):
                await stranger.start("wrong")


async def test_a_token_refused_on_the_gateway_closes_with_4004(server: LoopbackDiscord) -> None:
    server.gateway.token = "another"
    with server.client_pointed_here():
        async with Bot() as stranger:
            with pytest.raises(discord.ConnectionClosed) as closed:
                await stranger.start(server.token)
    assert closed.value.code == 4004


async def test_an_event_missed_while_away_is_replayed(server: LoopbackDiscord, bot: Bot) -> None:
    ada = server.add_member("ada")
    for lose in (server.gateway.drop, server.gateway.reconnect):
        before = server.gateway.resumes
        lose()
        answer = await server.slash(ada, "greet", {"name": "x"})
        assert answer.content == "hello x"
        await server.wait_until(lambda before=before: server.gateway.resumes > before)
    assert server.gateway.identifies == 1
    assert len(bot.seen) == 2


async def test_a_lost_session_is_begun_anew(server: LoopbackDiscord, bot: Bot) -> None:
    server.gateway.invalidate()
    await server.wait_until(lambda: server.gateway.identifies == 2, within=8)
    answer = await server.slash(server.add_member("ada"), "greet", {"name": "x"})
    assert answer.content == "hello x"


# -- faults ----------------------------------------------------------------------------------------------------


async def test_a_rate_limit_is_waited_for(server: LoopbackDiscord, bot: Bot) -> None:
    server.fail("rate_limit", POST, times=2, retry_after=0.02)
    server.fail("rate_limit", POST, retry_after=0.02, scope="global")
    await general(bot, server).send("hi")
    assert [r.status for r in server.requests_to(POST)] == [429, 429, 429, 200]
    assert server.invalid_requests == 3


async def test_a_429_without_via_is_not_waited_for(server: LoopbackDiscord, bot: Bot) -> None:
    server.fail("rate_limit", POST, via=False)
    server.fail("cloudflare_ban", POST)
    for _ in range(2):
        with pytest.raises(discord.HTTPException) as banned:
            await general(bot, server).send("hi")
        assert banned.value.status == 429


async def test_buckets_and_the_global_limit_hold_back(server: LoopbackDiscord, bot: Bot) -> None:
    server.faults.add_bucket(POST, limit=2, per=0.2)
    channel = general(bot, server)
    await asyncio.gather(*(channel.send(f"m{i}") for i in range(5)))
    assert len(server.history()) == 5
    server.faults.clear()
    server.faults.global_limit = 1
    ada = server.add_member("ada")
    first, second = await asyncio.gather(*(server.slash(ada, "greet", {"name": "x"}) for _ in range(2)))
    assert first.content == second.content
    await channel.send("a")
    task = asyncio.create_task(bot.fetch_user(ada.id))
    await server.wait_until(lambda: server.requests[-1].status == 429)
    server.faults.clear()
    assert (await task).id == ada.id


@pytest.mark.parametrize("status", [500, 502, 503])
async def test_server_errors(server: LoopbackDiscord, bot: Bot, status: int) -> None:
    server.fail("error", POST, status=status)
    channel = general(bot, server)
    if status == 503:  # The client retries 500, 502, 504 and 524, and raises on 503.
        with pytest.raises(discord.DiscordServerError):
            await channel.send("hi")
    await channel.send("hi")
    assert [r.status for r in server.requests_to(POST)] == [status, 200]


async def test_an_answer_is_retried_on_503(server: LoopbackDiscord, bot: Bot) -> None:
    server.fail("error", "POST /interactions/*/*/callback", status=503)
    answer = await server.slash(server.add_member("ada"), "greet", {"name": "x"})
    assert answer.content == "hello x"
    assert answer.latency > 0.9


async def test_a_message_accepted_and_then_failed_is_not_doubled(server: LoopbackDiscord, bot: Bot) -> None:
    server.fail("error", POST, status=502, after=True)
    sent = await general(bot, server).send("once", nonce="n1")
    assert [m["id"] for m in server.history()] == [str(sent.id)]
    assert server.requests[-1].extra == {"deduplicated": True}


async def test_dropped_hanging_and_broken_answers(server: LoopbackDiscord, bot: Bot) -> None:
    channel = general(bot, server)
    server.fail("drop", POST)
    with pytest.raises(aiohttp.ClientError):
        await channel.send("lost")
    assert server.history() == []
    server.fail("drop", POST, after=True)
    with pytest.raises(aiohttp.ClientError):
        await channel.send("arrived")
    assert [m["content"] for m in server.history()] == ["arrived"]
    server.fail("hang", POST)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(channel.send("hung"), 0.05)
    server.fail("malformed", POST)
    with pytest.raises(json.JSONDecodeError):
        await channel.send("broken")
    server.fail("delay", POST, seconds=0.05)
    await channel.send("late")
    assert [m["content"] for m in server.history()] == ["arrived", "late"]


async def test_named_refusals(server: LoopbackDiscord, bot: Bot) -> None:
    codes = []
    for kind in ("missing_access", "missing_permissions", "unknown_channel", "closed_dm"):
        server.fail(kind, POST, skip=1)
        await general(bot, server).send("passes")
        with pytest.raises(discord.HTTPException) as refused:
            await general(bot, server).send("hi")
        codes.append(refused.value.code)
    assert codes == [50001, 50013, 10003, 50007]


# -- elsewhere -------------------------------------------------------------------------------------------------


def test_the_server_runs_in_a_thread() -> None:
    async def stand_in(server: LoopbackDiscord) -> list[dict[str, Any]]:
        return server.history()

    async def call(base: str, token: str) -> int:
        headers = {"Authorization": f"Bot {token}"}
        async with aiohttp.ClientSession() as http, http.get(f"{base}/gateway/bot", headers=headers) as answer:
            assert answer.headers["Content-Type"] == "application/json"
            return answer.status

    with LoopbackThread() as thread:
        assert thread.call(stand_in(thread.discord)) == []
        assert asyncio.run(call(thread.discord.api_base, thread.discord.token)) == 200


async def test_the_server_runs_as_a_process_with_a_control_api() -> None:
    root = Path(__file__).parents[2]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.loopback",
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    told = json.loads(await process.stdout.readline())
    base, gateway = discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY
    async with aiohttp.ClientSession(told["control"] + "/") as http:

        async def ask(method: str, path: str, body: Any = None) -> Any:
            async with http.request(method, path, json=body) as answer:
                return await answer.json()

        try:
            discord.http.Route.BASE = told["api_base"]
            discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = type(gateway)(told["gateway_url"])
            async with Bot() as bot:
                task = asyncio.create_task(bot.start(told["token"]))
                await ask("GET", "ready")
                users = (await ask("POST", "members", {"count": 20}))["users"]
                greetings = [{"user": user, "command": "greet", "options": {"name": user}} for user in users]
                report = await ask("POST", "burst", {"interactions": greetings, "rate": 400})
                assert (report["answered"], report["errors"], len(report["latencies_ms"])) == (20, [], 20)
                panel = await ask("POST", "interaction", {"user": users[0], "command": "panel"})
                press = {"kind": "click", "user": users[1], "interaction": panel["interaction_id"], "custom_id": "Join"}
                assert (await ask("POST", "interaction", press))["content"] == "student1 joined"
                assert [m["content"] for m in await ask("GET", "messages")] == ["student1 joined"]
                assert len(await ask("GET", "created")) == 21
                await ask("POST", "faults", {"kind": "missing_access", "route": "GET /users/*", "times": 1})
                with pytest.raises(discord.Forbidden):
                    await bot.fetch_user(int(users[0]))
                assert (await ask("GET", "requests"))[-1]["fault"] == "missing_access"
                assert "no command" in (await ask("POST", "interaction", {"user": users[0], "command": "x"}))["error"]
                await ask("POST", "gateway", {"action": "drop"})
                await ask("POST", "reset")
                assert (await ask("GET", "state"))["requests"] == 0
                await bot.close()
                await task
        finally:
            discord.http.Route.BASE = base
            discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = gateway
            process.terminate()
            await process.wait()
    assert process.returncode == 0
