"""A recap on Discord over real HTTP: progress while a model thinks, and the button that stops it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.app import build
from bot.core.people import Actor
from bot.core.recap import Message
from tests.faults.test_kill import Site, _wait, _wait_ready
from tests.loopback import LoopbackThread
from tests.support.clock import ManualClock
from tests.support.model_server import Reply, model_server
from tests.support.voting import START, prepare_class

AFTER = START + timedelta(hours=2)


@pytest.fixture
def site(tmp_path: Path, compiled: Path, migrated_file: Path) -> Iterator[Site]:
    with LoopbackThread() as server:
        made = Site(server, tmp_path, compiled)
        made.database.write_bytes(migrated_file.read_bytes())
        yield made


async def _prepare(site: Site, writer: Actor) -> int:
    async with build(site.settings, ManualClock(AFTER)) as app:
        staff = Actor("discord", "1", "Staff01", staff=True)
        await app.services.courses.set_up(site.place, staff, AFTER, announce_channel=str(site.channel.id))
        presenter = Actor("discord", "2", "Presenter")
        session = await app.database.write(prepare_class, site.place, [presenter, writer], [])
        said = Message("77", "2", "Presenter", "Requests with the same prompt reuse its cache.", "https://x/77", AFTER)
        await app.services.recaps.add(site.place, staff, str(session), said, AFTER)
        return session


def test_a_model_that_stalls_is_stopped_by_one_press(site: Site) -> None:
    ben = site.discord.add_member("Student02")
    session = asyncio.run(_prepare(site, Actor("discord", str(ben.id), ben.name)))

    running = model_server()
    server = site.server.call(running.__aenter__())
    try:
        server.answers = [Reply(stall=True)]
        site.configure(f'[recap]\nbase_url = "{server.base_url}"\nmodel = "model-1"\napi_key = {{ env = "PATH" }}\n')
        with site.process(AFTER) as bot:
            _wait_ready(bot)
            asking = site.discord.slash(ben, "recap", {"session": str(session)}, settle=False)
            asked = site.server.call(asking)
            _wait(lambda: server.reached.is_set() and "Cancel" in str(asked.message))
            shown = str(asked.message)
            pressed = site.server.call(site.discord.click(ben, asked, "Cancel"))
            _wait(lambda: server.given_up.is_set() and "Stopped" in str(asked.message))
    finally:
        site.server.call(running.__aexit__(None, None, None))
    assert " % · " in shown
    assert pressed.content == "Stopped."
    assert "begins anew when you want it" in str(asked.message)
    assert "Cancel" not in str(asked.message)
