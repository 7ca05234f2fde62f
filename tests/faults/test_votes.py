"""kill -9 in a storm of votes: every acknowledged one is there, and nobody is counted twice."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.app import build
from bot.core.ballots import tag
from bot.core.people import Actor
from tests.faults.test_kill import Site, _wait, _wait_ready
from tests.loopback import Answer, LoopbackThread, NoAnswer, User
from tests.support.clock import ManualClock
from tests.support.voting import END, START, prepare_class

CROWD = 60
STARTED = START + timedelta(minutes=1)


@pytest.fixture
def site(tmp_path: Path, compiled: Path, migrated_file: Path) -> Iterator[Site]:
    with LoopbackThread() as server:
        made = Site(server, tmp_path, compiled)
        made.database.write_bytes(migrated_file.read_bytes())
        yield made


async def _prepare(site: Site, crowd: list[User]) -> None:
    """Three groups perform before a crowd."""
    clock = ManualClock(START - timedelta(hours=1))
    async with build(site.settings, clock) as app:
        staff = Actor("discord", "1", "Staff01", staff=True)
        await app.services.courses.set_up(site.place, staff, clock.now(), announce_channel=str(site.channel.id))
        performers = [Actor("discord", str(2 + n), f"Performer{n}") for n in range(3)]
        hall = [Actor("discord", str(user.id), user.name) for user in crowd]
        await app.database.write(prepare_class, site.place, performers, hall)


def _announced(site: Site) -> bool:
    return any("**Vote: " in text for text in site.posted())


def _stored(site: Site) -> dict[str, int]:
    """Who has said what, by the key of the open vote. There is one ballot a tag, and each tag is somebody's."""
    ((key,),) = site.rows("SELECT key FROM vote_key")
    ballots = site.rows("SELECT tag, choices FROM ballot")
    people = site.rows("SELECT person_id, user_id FROM account")
    tags = {tag(key, 1, int(str(person))): str(user) for person, user in people}  # type: ignore[arg-type]
    found = {tags[its_tag]: int(str(choice)) for its_tag, choice in ballots}  # type: ignore[index]
    assert len(found) == len(ballots)
    assert site.rows("SELECT count(*) FROM vote_voter WHERE voted") == [(len(found),)]
    return found


async def _papers(site: Site, crowd: list[User]) -> list[Answer]:
    message = next(one for one in site.discord.history(site.channel) if "**Vote: " in one["content"])
    return await asyncio.gather(*(site.discord.click(user, message, "Vote") for user in crowd))


@pytest.mark.parametrize("answered", [1, 40, 90])
def test_killed_in_a_storm_of_votes_every_acknowledged_one_is_there(site: Site, answered: int) -> None:
    discord, chance = site.discord, random.Random(answered)
    crowd = [discord.add_member(f"Student{n:02}") for n in range(CROWD)]
    asyncio.run(_prepare(site, crowd))
    pressed = [(n % CROWD, chance.randint(1, 3)) for n in range(2 * CROWD)]  # everyone twice
    acknowledged: dict[int, list[int]] = {n: [] for n in range(CROWD)}
    papers: list[Answer] = []

    async def press(who: int, choice: int) -> None:
        answer = await discord.click(crowd[who], papers[who], f"vote:cast:1:{choice}")
        if "Your vote is" in answer.content:
            acknowledged[who].append(choice)

    async def storm(kill: object) -> None:
        papers.extend(await _papers(site, crowd))
        asking = [asyncio.ensure_future(press(*one)) for one in pressed]
        await discord.wait_until(lambda: sum(asked.done() for asked in asking) >= answered, within=20)
        kill()  # type: ignore[operator]
        for asked in asking:
            asked.cancel()
        outcomes = await asyncio.gather(*asking, return_exceptions=True)
        assert all(one is None or isinstance(one, asyncio.CancelledError | NoAnswer) for one in outcomes)

    async def again() -> list[str]:
        """Everyone once more, with the papers from before."""
        told = await asyncio.gather(
            *(discord.click(user, paper, "vote:cast:1:2") for user, paper in zip(crowd, papers, strict=True))
        )
        return [answer.content for answer in told]

    with site.process(STARTED) as bot:
        _wait_ready(bot)
        _wait(lambda: _announced(site))
        site.server.call(storm(bot.kill))
    stored = _stored(site)
    asked = {who: {choice for one, choice in pressed if one == who} for who in range(CROWD)}
    assert sum(map(len, acknowledged.values())) >= answered
    for who, choices in acknowledged.items():
        mine = stored.get(str(crowd[who].id))
        assert (mine in asked[who]) if choices else (mine is None or mine in asked[who])
        if len(choices) == 2:
            assert mine == [choice for one, choice in pressed if one == who][-1]
    with site.process(STARTED + timedelta(minutes=2)) as bot:
        _wait_ready(bot)
        told = site.server.call(again())
    assert sum("Your vote is changed" in text for text in told) == len(stored)
    assert sum("Your vote is in" in text for text in told) == CROWD - len(stored)
    assert Counter(_stored(site).values()) == {2: CROWD}
    assert sum("**Vote: " in text for text in site.posted()) == 1


def test_killed_again_and_again_around_the_close_it_is_counted_and_told_once(site: Site) -> None:
    discord, chance = site.discord, random.Random(1)
    crowd = [discord.add_member(f"Student{n:02}") for n in range(10)]
    asyncio.run(_prepare(site, crowd))

    async def cast_all() -> None:
        papers = await _papers(site, crowd)
        pressed = zip(crowd, papers, strict=True)
        await asyncio.gather(
            *(discord.click(who, paper, f"vote:cast:1:{1 + n % 2}") for n, (who, paper) in enumerate(pressed))
        )

    with site.process(STARTED) as bot:
        _wait_ready(bot)
        _wait(lambda: _announced(site))
        site.server.call(cast_all())
    at = END + timedelta(hours=12)
    for step in ("planned", "frozen", "posted"):
        with site.process(at, "--kill-at", step) as bot:
            bot.wait(30)
        at += timedelta(seconds=chance.randint(61, 100))
    with site.process(at):
        _wait(lambda: site.rows("SELECT state FROM outbox WHERE kind = 'vote-result'") == [("sent",)])
    assert site.rows("SELECT votes FROM vote_choice ORDER BY choice") == [(5,), (5,), (0,)]
    assert site.rows("SELECT ballots, state FROM vote") == [(10, "closed")]
    assert site.rows("SELECT count(*) FROM ballot") == site.rows("SELECT count(*) FROM vote_key") == [(0,)]
    assert sum("🏁" in text for text in site.posted()) == 1
