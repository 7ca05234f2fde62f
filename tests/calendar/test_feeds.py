"""Calendars over HTTP, by a real client on loopback: what programs that ask every few minutes get."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

import aiohttp
import pytest

from bot.config_sections import Web
from bot.fronts.web import web_server
from bot.services.calendars import Which
from bot.services.panel import Panels
from bot.store.database import Database
from tests.conftest import NOW
from tests.support.calendars import BASE, Subscribed, events
from tests.support.clock import ManualClock
from tests.support.duties import member
from tests.support.people import PLACE, STAFF


@pytest.fixture
async def course(sqlite_url: str) -> AsyncIterator[Subscribed]:
    database = Database(sqlite_url)
    yield await Subscribed(database).furnish()
    await asyncio.to_thread(database.close)


@asynccontextmanager
async def serving(course: Subscribed, clock: ManualClock) -> AsyncIterator[aiohttp.ClientSession]:
    async with AsyncExitStack() as stack:
        panels = Panels(course.database, BASE)
        server = web_server(Web(enabled=True, port=0), lambda: True, panels, course.calendars, clock)
        port = await stack.enter_async_context(server)
        yield await stack.enter_async_context(aiohttp.ClientSession(f"http://127.0.0.1:{port}"))


async def path_of(course: Subscribed) -> str:
    mine = await course.calendars.mine(PLACE, member(0), NOW)
    return mine.addresses[0].url.removeprefix(BASE)


async def test_a_program_that_asks_again_is_told_that_nothing_changed(course: Subscribed, clock: ManualClock) -> None:
    path = await path_of(course)
    async with serving(course, clock) as client:
        async with client.get(path) as answer:
            assert answer.status == 200
            assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
            assert answer.headers["Cache-Control"] == "private, no-cache"
            etag, first = answer.headers["ETag"], events(await answer.read())
        clock.advance(timedelta(hours=1))
        for known in (etag, f'"other", {etag}', etag.removeprefix("W/")):
            async with client.get(path, headers={"If-None-Match": known}) as answer:
                assert (answer.status, await answer.read()) == (304, b"")
                assert answer.headers["ETag"] == etag
        async with client.get(path) as answer:
            assert answer.headers["ETag"] == etag
        edit = await course.classes.move(PLACE, STAFF, str(course.sessions[0]), NOW, date="2024-01-26")
        await course.classes.confirm(PLACE, STAFF, edit.token or "", NOW)
        async with client.get(path, headers={"If-None-Match": etag}) as answer:
            assert answer.status == 200
            after = events(await answer.read())
        moved = f"session-{course.sessions[0]}-slides"
        assert after[moved].starts - first[moved].starts == timedelta(days=1)
        assert after[moved].sequence > first[moved].sequence
        async with client.head(path) as answer:
            assert (answer.status, await answer.read()) == (200, b"")
        async with client.get(path, headers={"If-None-Match": 'garbage "'}) as answer:
            assert answer.status == 200


async def test_what_was_never_there_and_what_was_replaced_look_the_same(course: Subscribed, clock: ManualClock) -> None:
    path = await path_of(course)
    mine = await course.calendars.mine(PLACE, member(0), NOW)
    await course.calendars.renew(PLACE, member(0), Which.PERSON, mine.addresses[0].mark, NOW)
    async with serving(course, clock) as client:
        answers = set()
        other = path[:-5] + ("A" if path[-5] != "A" else "B") + ".ics"
        for wrong in (path, other, "/calendar/x.ics", f"/calendar/{'x' * 300}.ics", "/calendar/%00%27--.ics"):
            async with client.get(wrong, headers={"If-None-Match": 'W/"x"'}) as answer:
                kept = {name: value for name, value in answer.headers.items() if name != "Date"}
                answers.add((answer.status, await answer.text(), str(kept)))
        assert len(answers) == 1
        assert next(iter(answers))[:2] == (404, "There is no calendar here.")
        async with client.post(path) as answer:
            assert answer.status == 405


async def test_the_secret_is_in_no_log(
    course: Subscribed, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    path = await path_of(course)
    with caplog.at_level(logging.DEBUG):
        async with serving(course, clock) as client:
            for wanted in (path, path[:-5] + "x.ics"):
                await (await client.get(wanted)).read()
    assert path.split("/")[-1][:20] not in caplog.text
