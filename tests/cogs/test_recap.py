"""Recaps on Discord: from what was noted and added to the summary's part about the discussion."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import simcord
from sqlalchemy import select

from bot.store import courses
from bot.store.tables import draft, recap
from tests.conftest import NOW
from tests.support.model_server import Reply, claims, model_server
from tests.support.panel_stage import Stage
from tests.support.voting import START
from tests.support.world import World, course_settings, running, said, text

REUSE = "Requests with the same prompt reuse its cache, which halves the latency."


async def _panel(world: World) -> Stage:
    """The question of cyd was asked in class, dan noted something on it; it is after class."""
    stage = await Stage(world).prepare()
    await stage.ask(stage.cyd, "Why does the cache matter?")
    await stage.open()
    await world.staff.click(stage.last, label="Next question")
    box = await stage.dan.click(stage.last, label="Note")
    await stage.dan.submit_modal(box, {"text": REUSE})
    await world.env.advance_time((START + timedelta(hours=2) - NOW).total_seconds())
    return stage


@pytest.fixture
async def stage(world: World) -> Stage:
    return await _panel(world)


async def _recap(stage: Stage, who: simcord.MemberActor) -> Any:
    return await who.slash(stage.world.general, "recap", session=str(stage.session))


async def _add(stage: Stage, who: simcord.MemberActor, author: simcord.MemberActor, words: str) -> Any:
    message = await author.send(stage.world.general, words)
    return await who.context_menu(stage.world.general, "Add to recap", message)


def _labels(message: Any) -> list[str]:
    return [part.label for row in message.components for part in row.children]


async def test_the_writers_get_a_draft_with_links_and_put_it_in_the_summary(stage: Stage) -> None:
    words = "Long prompts fill the cache, so eviction decides the hit rate."
    added = await _add(stage, stage.dan, stage.eve, words)
    assert "Added to the recap of **Thu Jan 25 · Paper of Jan 25**" in text(added)
    assert "in a recap already" in text(await _add_again(stage, stage.dan))
    (suggested,) = await stage.ben.autocomplete(stage.world.general, "recap", "session", "jan 25")
    assert suggested["value"] == str(stage.session)
    shown = await _recap(stage, stage.ben)
    assert said(shown).ephemeral
    for part in ("**Paper A**", "❓ *Why does the cache matter?*", f"• {REUSE}", f"• {words} [↗](<https://discord.com"):
        assert part in text(shown)
    assert "Whole sentences of the class, word for word." in text(shown)
    assert "Student" not in text(shown)
    await stage.world.restart()
    done = await stage.ben.click(said(shown), label="Put it in the summary")
    assert "in your group's summary now" in text(done)
    kept = await stage.world.app.database.read(lambda tx: tx.execute(select(draft.c.heading, draft.c.text)).all())
    ((heading, written),) = kept
    assert "Discussion" in heading
    assert written == f"Paper A:\nAsked: Why does the cache matter?\n- {REUSE}\n- {words}"


async def _add_again(stage: Stage, who: simcord.MemberActor) -> Any:
    message = next(one for one in stage.world.general.history() if one.author.id == stage.eve.id)
    return await who.context_menu(stage.world.general, "Add to recap", message)


async def test_the_draft_can_be_edited_first_and_what_was_typed_is_given_back(stage: Stage) -> None:
    shown = await _recap(stage, stage.ben)
    box = await stage.ben.click(said(shown), label="Edit")
    await stage.ben.submit_modal(box, {"text": "We spoke about caches."})
    kept = await stage.world.app.database.read(lambda tx: tx.execute(select(draft.c.text)).scalars().all())
    assert kept == ["We spoke about caches."]
    box = await stage.ben.click(said(shown), label="Edit")
    refused = await stage.ben.submit_modal(box, {"text": "x" * 4000})
    assert "x" * 4000 in (await _all_words(refused))


async def _all_words(result: Any) -> str:
    files = [(await one.read()).decode() for one in said(result).attachments]
    return "\n".join([text(result), *files])


async def test_the_group_hears_of_it_in_private_and_others_may_not_read_it(stage: Stage) -> None:
    assert _labels(said(await _recap(stage, stage.world.staff))) == []
    await stage.world.app.outbox.tick()
    await stage.world.app.outbox.tick()
    (told,) = stage.ben.user.dm_channel.history()
    assert "A draft of what was discussed: Thu Jan 25" in told.content
    assert REUSE in told.content
    assert REUSE not in "".join(one.content for one in stage.world.announcements.history())
    refused = await _recap(stage, stage.eve)
    assert "is for the group that writes its summary" in text(refused)
    await stage.world.app.database.write(courses.set_policy, 1, "recap.missed", "absent", "staff", NOW)
    assert REUSE in text(await _recap(stage, stage.eve)), "she did not check in"
    index = await stage.eve.slash(stage.world.general, "recap")
    assert "Thu Jan 25" in text(index)
    read = await stage.eve.select(said(index), [str(stage.session)])
    assert REUSE in text(read)


async def test_who_wants_no_part_is_left_out_and_can_take_back_what_was_added(stage: Stage) -> None:
    added = await _add(stage, stage.cyd, stage.eve, "Eviction decides the hit rate of the cache.")
    undone = await stage.cyd.click(said(added), label="Undo")
    assert "in no recap any more" in text(undone)
    index = await stage.dan.slash(stage.world.general, "recap")
    assert "No class has a recap yet" in text(index)
    out = await stage.dan.click(said(index), label="Leave my words out")
    assert "**left out**" in text(out)
    refused = await _add(stage, stage.cyd, stage.dan, "Batching hides the latency of the prefill.")
    assert "wants no part in recaps" in text(refused)
    shown = text(await _recap(stage, stage.world.staff))
    assert REUSE not in shown
    assert "Why does the cache matter?" in shown
    again = await stage.dan.slash(stage.world.general, "recap")
    await stage.dan.click(said(again), label="Let my words in")
    assert REUSE in text(await _recap(stage, stage.world.staff))


async def test_before_class_and_of_nothing_there_is_no_recap(world: World) -> None:
    stage = await Stage(world).prepare()
    assert "begins <t:" in text(await _recap(stage, world.staff))
    await world.env.advance_time((START + timedelta(hours=2) - NOW).total_seconds())
    assert "Nothing is noted about Thu Jan 25" in text(await _recap(stage, world.staff))


@pytest.fixture
async def with_model(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Stage, Any]]:
    monkeypatch.setenv("RECAP_API_KEY", "key-of-the-course")
    async with model_server() as server:
        extra = f'\n[recap]\nbase_url = "{server.base_url}"\nmodel = "model-1"\nprice = 2.0\n'
        async with running(course_settings(sqlite_url, extra), NOW) as world:
            yield await _panel(world), server
            assert world.bugs() == []


async def test_a_models_draft_says_so_and_staff_see_what_it_cost(with_model: tuple[Stage, Any]) -> None:
    stage, server = with_model
    server.answers = [claims((REUSE, [2]), ("Everybody gets an A", [2]))]
    shown = text(await _recap(stage, stage.world.staff))
    assert f"• {REUSE}" in shown
    assert "Drafted by a model; every point was found in what was noted or said." in shown
    assert "1 point could not be found there and left out." in shown
    assert "100 tokens ($0.0002). Today 100 of 500000, this term 100 of 5000000." in shown
    assert "Made before, so no tokens." in text(await _recap(stage, stage.world.staff))
    assert "tokens" not in text(await _recap(stage, stage.ben))
    assert len(server.heard) == 1
    assert "Student" not in server.heard[0]
    stored = await stage.world.app.database.read(lambda tx: tx.execute(select(recap.c.by_model)).scalars().all())
    assert stored == [True]


async def test_a_failing_model_leaves_whole_sentences(with_model: tuple[Stage, Any]) -> None:
    stage, server = with_model
    server.answers = [Reply(status=400)]
    shown = text(await _recap(stage, stage.world.staff))
    assert "Whole sentences of the class, because the model's server refused the request (400)." in shown
    assert REUSE in shown


async def test_one_press_stops_it(with_model: tuple[Stage, Any]) -> None:
    stage, server = with_model
    server.answers = [Reply(stall=True)]
    asking = asyncio.create_task(_recap(stage, stage.world.staff))
    await server.reached.wait()
    cog: Any = stage.world.app.bot.get_cog("Recap")
    (asked,) = cog._running
    assert cog.cancel(asked)
    assert "Stopped." in text(await asking)
    assert not cog.cancel(asked)
    await asyncio.wait_for(server.given_up.wait(), 5)


async def test_the_class_is_told_of_a_model_once(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECAP_API_KEY", "key-of-the-course")
    extra = '\n[recap]\nbase_url = "http://models.example:1/v1"\nmodel = "model 1"\n'
    async with running(course_settings(sqlite_url, extra), NOW) as world:
        await world.set_up()
        await world.app.outbox.tick()
        await world.restart()
        await world.app.outbox.tick()
        (told,) = [one.content for one in world.announcements.history() if "drafted by a model" in one.content]
        assert "model 1 at models.example" in told
        assert "key-of" not in told
