"""The loopback server against the real discord.py client: people use the bot, and it answers."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from tests.faults.loopback_bot import Bot
from tests.loopback import AnsweredTwice, CannotUse, LoopbackDiscord, NoAnswer, Upload
from tests.loopback.state import snowflake_time


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
