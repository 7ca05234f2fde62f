"""The projector over HTTP, by a real client on loopback: what it shows, what it never shows, and how it ends."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta

import aiohttp
import pytest
from aiohttp import web

from bot.config_sections import Web
from bot.core.times import Clock
from bot.fronts.projector import server
from bot.fronts.projector.server import Projector
from bot.fronts.web import web_server
from bot.services.attendance import Attendance
from bot.store.batch import Batches
from bot.store.database import Database
from tests.support.clock import ManualClock
from tests.support.panels import Room
from tests.support.people import PLACE, STAFF
from tests.support.voting import END, START, voter

EVIL = '</p><script>fetch("//evil")</script><img src=x onerror=alert(1)> "q" & \'r\' $panel ${style}'


@pytest.fixture
async def room(sqlite_url: str) -> AsyncIterator[Room]:
    database = Database(sqlite_url)
    yield await Room(database).furnish()
    await asyncio.to_thread(database.close)


@asynccontextmanager
async def serving(room: Room) -> AsyncIterator[aiohttp.ClientSession]:
    async with AsyncExitStack() as stack:
        settings = Web(enabled=True, port=0)
        port = await stack.enter_async_context(web_server(settings, lambda: True, *room.served))
        yield await stack.enter_async_context(aiohttp.ClientSession(f"http://127.0.0.1:{port}"))


@asynccontextmanager
async def _projector(
    room: Room, pause: float = 1.0, heartbeat: float = 15.0, clock: Clock | None = None
) -> AsyncIterator[tuple[Projector, str]]:
    projector, application = Projector(room.panels, clock or ManualClock(START), pause, heartbeat), web.Application()
    projector.add_to(application)
    runner = web.AppRunner(application, access_log=None, handler_cancellation=True, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield projector, "http://{}:{}".format(*runner.addresses[0])
    finally:
        await runner.cleanup()


class Stream:
    """An open stream of events."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self.answer = answer

    async def line(self) -> bytes:
        async with asyncio.timeout(5):
            return await self.answer.content.readline()

    async def event(self) -> str:
        """The HTML of the next event."""
        while True:
            line = await self.line()
            assert line, "the stream ended"
            if line.startswith(b"data: "):
                return str(json.loads(line.removeprefix(b"data: "))["panel"])

    async def until(self, words: str) -> str:
        while words not in (shown := await self.event()):
            pass
        return shown


async def _page(client: aiohttp.ClientSession, token: str) -> str:
    async with client.get(f"/projector/{token}") as answer:
        assert answer.status == 200
        assert answer.content_type == "text/html"
        return await answer.text()


async def test_a_press_is_on_the_screen_at_once(room: Room) -> None:
    first, _ = await room.ask(0, "Why does it work?", votes=2), await room.ask(1, "How fast?", paper=1)
    token = await room.open_panel()
    # So long a pause that nothing but a press can bring the news.
    async with (
        _projector(room, pause=3600) as (_, base),
        aiohttp.ClientSession(base) as client,
        client.get(f"/projector/{token}/events") as answer,
    ):
        assert answer.content_type == "text/event-stream"
        stream = Stream(answer)
        assert "The next question comes soon." in await stream.event()
        await room.next(0)
        shown = await stream.event()
        assert "Why does it work?</p>" in shown
        assert "Paper A</p>" in shown
        assert "2 votes" in shown
        assert "How fast?" in shown[shown.index("<aside>") :]
        await room.panels.mark(PLACE, STAFF, first, "answered", START)
        assert "<b>answered</b>" in await stream.event()
        await room.panels.close(PLACE, STAFF, None, END)
        assert "The panel is over." in await stream.event()


async def test_what_nobody_pressed_here_arrives_too(room: Room) -> None:
    token = await room.open_panel()
    vote_id = await room.open_vote()
    async with serving(room) as client, client.get(f"/projector/{token}/events") as answer:
        stream = Stream(answer)
        assert "Vote: 0 of 5</p>" in await stream.event()
        await room.cast(voter(0), vote_id, 1)
        await stream.until("Vote: 1 of 5</p>")
        await room.ask(1, "A new one")
        await stream.until("A new one")


async def test_the_code_of_a_check_in_changes_by_itself(room: Room) -> None:
    attendance, clock = Attendance(room.database, Batches(room.database), "http://p"), ManualClock(START)
    sheet = await attendance.open(PLACE, STAFF, room.session, START)
    assert sheet.address is not None
    token = sheet.address.rsplit("/", 1)[1]

    def code(shown: str) -> str:
        found = re.search(r'<p class="code">([A-Z0-9]{6})</p>', shown)
        assert found, shown
        return found[1]

    async with _projector(room, pause=0.02, clock=clock) as (_, base), aiohttp.ClientSession(base) as client:
        async with client.get(f"/projector/{token}/events") as answer:
            stream, seen = Stream(answer), []
            for _ in range(3):
                seen.append(code(shown := await stream.event()))
                assert "0 in · a new code every 30 seconds" in shown
                clock.advance(timedelta(seconds=30))
            assert len(set(seen)) == 3
            current = code(await stream.event())
            assert not (await attendance.check_in(PLACE, voter(0), current, clock.now())).again
            assert "1 in" in await stream.event()
            # The panel's page is the same; while a question is on the table the code stands above it.
            await room.ask(1, "How fast?")
            await room.panels.open(PLACE, STAFF, room.session, clock.now())
            await room.next(0)
            shown = await stream.until('class="question')
            assert f'<p class="check-in">Check in: <b>{current}</b></p>' in shown
            await attendance.close(PLACE, STAFF, sheet.session_id, clock.now())
            await stream.event()
        assert current not in await _page(client, token)


async def test_nothing_that_people_write_is_more_than_text(room: Room) -> None:
    await room.ask(0, EVIL)
    await room.ask(1, "line one\r\nline two\u2028\n\ndata: {}" + EVIL)
    token = await room.open_panel()
    await room.next(0)
    async with serving(room) as client:
        page = await _page(client, token)
        assert page.count("<script") == 1
        assert "<img" not in page
        assert "&lt;/p&gt;&lt;script&gt;fetch(&quot;//evil&quot;)" in page
        assert "$panel ${style}" in page
        async with client.get(f"/projector/{token}/events") as answer:
            shown = await Stream(answer).event()
            assert "<script" not in shown
            assert "<img" not in shown
            assert "line one" in shown


async def test_no_byte_names_an_asker_unless_the_policy_shows_names(room: Room) -> None:
    for number in range(3):
        await room.ask(number, f"question {number}", votes=3 - number)
    token = await room.open_panel()
    names = [f"Student{number}" for number in (*range(500, 503), 100, 101)] + ["Fan0"]
    await room.next(0)
    async with serving(room) as client:
        async with client.get(f"/projector/{token}/events") as answer:
            stream = Stream(answer)
            everything = await _page(client, token) + str(answer.headers) + await stream.event()
            await room.next(at=END)
            everything += await stream.until("question 1")
            assert "question 0" in everything
            assert [name for name in names if name in everything] == []
            await room.policy("questions.names", "named")
            assert "asked by Student501" in await stream.until("asked by")
        assert "asked by Student501" in await _page(client, token)


async def test_an_unknown_address_is_not_found_and_no_answer_is_kept_or_framed(room: Room) -> None:
    token = await room.open_panel()
    async with serving(room) as client:
        for wrong in (token[:-1], token[:-1] + ("A" if token[-1] != "A" else "B"), "", "x" * 300, token + "/other"):
            for path in (f"/projector/{wrong}", f"/projector/{wrong}/events"):
                async with client.get(path) as answer:
                    assert answer.status == 404
                    assert token not in await answer.text()
        async with client.post(f"/projector/{token}") as answer:
            assert answer.status == 405
        for path in (f"/projector/{token}", f"/projector/{token}/events"):
            async with client.get(path) as answer:
                policy = answer.headers["Content-Security-Policy"]
                assert policy.startswith("default-src 'none'; style-src 'sha256-")
                assert "unsafe" not in policy
                assert "frame-ancestors 'none'" in policy
                assert answer.headers["Cache-Control"] == "no-store"
                assert answer.headers["Referrer-Policy"] == "no-referrer"
                assert answer.headers["X-Frame-Options"] == "DENY"
        async with client.get("/healthz") as answer:
            assert await answer.json() == {"ready": True}


async def test_the_address_is_not_logged(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    token = await room.open_panel()
    with caplog.at_level(logging.DEBUG):
        async with serving(room) as client:
            await _page(client, token)
            async with client.get(f"/projector/{token}/events") as answer:
                await Stream(answer).event()
    assert token not in caplog.text


async def _comes_true(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - what a connection does has no event here
            await asyncio.sleep(0.01)


async def test_viewers_share_one_look_a_second_and_none_is_left_when_they_go(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "VIEWERS", 20)
    token = await room.open_panel()
    async with _projector(room, heartbeat=0.05) as (projector, base), aiohttp.ClientSession(base) as client:
        path, answers = f"/projector/{token}/events", []
        for _ in range(20):
            answers.append(await client.get(path))
            assert await Stream(answers[-1]).event()
        async with client.get(path) as refused:
            assert refused.status == 503
        stream = Stream(answers[0])
        while not (await stream.line()).startswith(b": "):
            pass
        looks = _counted(room)
        loop = asyncio.get_running_loop()
        begun = loop.time()
        await _comes_true(lambda: looks() == 2)
        assert loop.time() - begun > 0.9
        assert projector.watched == 1
        for answer in answers:
            answer.close()
        await _comes_true(lambda: projector.watched == 0)
        async with client.get(path) as answer:
            assert await Stream(answer).event()


def _counted(room: Room) -> Callable[[], int]:
    """Counts the projector's looks at the database from now on."""
    looks, look = [0], room.panels.screen

    async def counting(token: str, now: datetime):  # type: ignore[no-untyped-def]
        looks[0] += 1
        return await look(token, now)

    room.panels.screen = counting  # type: ignore[method-assign]
    return lambda: looks[0]


async def test_stopping_the_server_ends_the_streams_at_once(room: Room) -> None:
    token, loop = await room.open_panel(), asyncio.get_running_loop()
    async with aiohttp.ClientSession() as client, AsyncExitStack() as stack:
        async with web_server(Web(enabled=True, port=0), lambda: True, *room.served) as port:
            path = f"http://127.0.0.1:{port}/projector/{token}/events"
            streams = [Stream(await stack.enter_async_context(client.get(path))) for _ in range(5)]
            for stream in streams:
                await stream.event()
            begun = loop.time()
        assert loop.time() - begun < 0.9
        for stream in streams:
            while await stream.line():
                pass
