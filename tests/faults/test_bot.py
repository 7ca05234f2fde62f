"""The whole bot, through the real client, under crowds, double taps, lost connections and a Discord that fails."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.core.people import Actor
from bot.fronts.discord import messenger
from bot.store.tables import membership, outbox
from tests.loopback import Answer, NoAnswer, User
from tests.loopback.state import SEND_MESSAGES
from tests.outbox.test_group_lock import LOCK
from tests.support.seminar import Seminar, running_seminar
from tests.support.world import course_settings

CALLBACK = "POST /interactions/*/*/callback"
FOLLOWUP = "POST /webhooks/*/*"
MESSAGE = "POST /channels/*/messages"


@pytest.fixture
async def seminar(sqlite_url: str) -> AsyncIterator[Seminar]:
    """25 hours before groups lock. Whatever a test did to it, at the end the bot answers and nobody sits twice."""
    async with running_seminar(course_settings(sqlite_url), LOCK - timedelta(hours=25)) as running:
        yield running
        running.server.faults.clear()
        last = running.server.add_member("Last")
        assert (await _create(running, last, "The Last")).content.startswith("You are in **The Last**")
        assert max(Counter(person for person, _ in await _seats(running)).values()) == 1
        assert running.server.interactions.problems == []


async def _create(seminar: Seminar, user: User, name: str) -> Answer:
    return await seminar.server.slash(user, "create-group", {"name": name})


async def _seats(seminar: Seminar) -> list[tuple[int, int]]:
    """Person and group of every membership that holds."""
    held = select(membership.c.person_id, membership.c.group_id).where(membership.c.left_at.is_(None))
    return await seminar.app.database.read(lambda tx: [(row.person_id, row.group_id) for row in tx.execute(held)])


async def _empty_groups(seminar: Seminar, *names: str) -> None:
    """Groups with three free seats each, as when staff prepare them: their founders are gone."""
    founders = [seminar.server.add_member(f"Founder{n:02}") for n in range(len(names))]
    await asyncio.gather(*(_create(seminar, who, name) for who, name in zip(founders, names, strict=True)))
    await seminar.app.database.write(lambda tx: tx.execute(membership.update().values(left_at=seminar.clock.now())))


async def _shared_board(seminar: Seminar) -> dict[str, Any]:
    await seminar.server.slash(seminar.staff, "groups", {"share": True})
    return seminar.server.history()[-1]


async def _told(seminar: Seminar, answer: Answer) -> str:
    """What the person alone was told: the answer, or what follows the change of a shared board."""
    if answer.type != 7:
        assert answer.ephemeral
        return answer.content
    await seminar.server.wait_until(lambda: bool(answer.followups))
    (followup,) = answer.followups
    assert followup["flags"] & 64
    content: str = followup["content"]
    return content


# -- crowds ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["button", "command"])
async def test_two_hundred_for_three_seats(seminar: Seminar, how: str) -> None:
    await _empty_groups(seminar, "Attention")
    board = await _shared_board(seminar)
    server, crowd = seminar.server, seminar.students(200)
    if how == "button":
        asked = [server.click(who, board, "Join Attention") for who in crowd]
    else:
        asked = [server.slash(who, "join-group", {"group": "Attention"}) for who in crowd]
    answers = await asyncio.gather(*asked)
    told = [await _told(seminar, answer) for answer in answers]
    assert sum(text.startswith("You are in **Attention**") for text in told) == 3
    assert sum(text.startswith("Attention is full (3 of 3). See ") for text in told) == 197
    assert max(answer.latency for answer in answers) < 3
    assert len(await _seats(seminar)) == 3
    shown = await server.slash(crowd[0], "groups")
    assert "Attention · 3/3" in shown.text


async def test_sixty_double_taps_are_sixty_seats(seminar: Seminar) -> None:
    await _empty_groups(seminar, *(f"Group {n:02}" for n in range(20)))
    server, crowd = seminar.server, seminar.students(60)
    boards = [await _shared_board(seminar), await _shared_board(seminar)]
    await server.click(seminar.staff, boards[1], "Later →")
    taps = [(who, n // 3) for n, who in enumerate(crowd) for _ in range(2)]
    answers = await asyncio.gather(*(server.click(who, boards[n // 10], f"Join Group {n:02}") for who, n in taps))
    told = [await _told(seminar, answer) for answer in answers]
    for first, second in zip(told[::2], told[1::2], strict=True):
        assert sorted([first.split(" **")[0], second.split(" **")[0]]) == ["You are already in", "You are in"]
    seats = await _seats(seminar)
    assert len({person for person, _ in seats}) == len(seats) == 60
    assert set(Counter(group for _, group in seats).values()) == {3}


# -- the gateway -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lose", ["drop", "reconnect"])
async def test_what_was_asked_while_the_connection_was_away_is_answered_after_it(seminar: Seminar, lose: str) -> None:
    server, crowd = seminar.server, seminar.students(20)
    before = [asyncio.ensure_future(_create(seminar, who, f"Group {n}")) for n, who in enumerate(crowd[:10])]
    await asyncio.sleep(0)
    getattr(server.gateway, lose)()
    gap = [asyncio.ensure_future(_create(seminar, who, f"Group {n}")) for n, who in enumerate(crowd[10:], 10)]
    answers = await asyncio.gather(*before, *gap)
    assert all(answer.content.startswith("You are in **Group ") for answer in answers)
    assert len(await _seats(seminar)) == 20
    await server.wait_until(lambda: server.gateway.resumes == 1)
    assert server.gateway.identifies == 1


async def test_a_session_that_discord_has_forgotten_is_begun_anew(seminar: Seminar) -> None:
    (ada,) = seminar.students(1)
    await _create(seminar, ada, "Attention")
    seminar.server.gateway.invalidate()
    await seminar.server.wait_until(lambda: seminar.server.gateway.identifies == 2, within=8)
    shown = await seminar.server.slash(ada, "groups")
    assert "Attention · 1/3" in shown.text
    assert seminar.server.commands.overwrites == 1  # nothing changed, so nothing was registered again


# -- answers ---------------------------------------------------------------------------------------------------

TROUBLE = [
    pytest.param("rate_limit", {"retry_after": 0.05}, id="429"),
    pytest.param("error", {"status": 500}, id="500"),
    pytest.param("error", {"status": 502}, id="502"),
    pytest.param("error", {"status": 503}, id="503"),
]


@pytest.mark.parametrize(("kind", "options"), TROUBLE)
async def test_an_answer_gets_through_trouble_once(seminar: Seminar, kind: Any, options: dict[str, Any]) -> None:
    (ada,) = seminar.students(1)
    fault = seminar.server.fail(kind, CALLBACK, **options)
    answer = await _create(seminar, ada, "Attention")
    assert fault.struck == 1
    assert answer.content.startswith("You are in **Attention**")
    assert answer.followups == []
    assert len(await _seats(seminar)) == 1


@pytest.mark.parametrize(("kind", "options"), TROUBLE)
async def test_a_followup_gets_through_trouble_once(seminar: Seminar, kind: Any, options: dict[str, Any]) -> None:
    await _empty_groups(seminar, "Attention")
    (ada,) = seminar.students(1)
    board = await _shared_board(seminar)
    fault = seminar.server.fail(kind, FOLLOWUP, **options)
    answer = await seminar.server.click(ada, board, "Join Attention")
    assert (await _told(seminar, answer)).startswith("You are in **Attention**")
    assert fault.struck == 1
    assert len(await _seats(seminar)) == 1


@pytest.mark.parametrize("status", [500, 503])
async def test_an_answer_taken_and_then_failed_is_not_given_twice(seminar: Seminar, status: int) -> None:
    (ada,) = seminar.students(1)
    seminar.server.fail("error", CALLBACK, status=status, after=True)
    answer = await _create(seminar, ada, "Attention")
    await seminar.server.wait_until(lambda: len(seminar.server.requests_to(CALLBACK)) >= 2)
    again = await seminar.server.slash(ada, "join-group", {"group": "Attention"})
    assert again.content.startswith("You are already in **Attention**")
    assert answer.content.startswith("You are in **Attention**")
    assert answer.followups == []


@pytest.mark.parametrize("kind", ["hang", "drop"])
async def test_an_answer_that_is_lost_harms_nobody_else(seminar: Seminar, kind: Any) -> None:
    ada, ben = seminar.students(2)
    seminar.server.interactions.ack_limit = 0.3
    fault = seminar.server.fail(kind, CALLBACK, times=None)
    with pytest.raises(NoAnswer):
        await _create(seminar, ada, "Attention")
    fault.times = 0
    seminar.server.interactions.ack_limit = 3
    assert (await _create(seminar, ben, "Diffusion")).content.startswith("You are in **Diffusion**")
    assert (await _create(seminar, ada, "Attention")).content.startswith("You are already in **Attention**")
    seminar.server.interactions.problems.clear()
    assert len(await _seats(seminar)) == 2


# -- reminders -------------------------------------------------------------------------------------------------


async def _due(seminar: Seminar) -> list[User]:
    """A reminder planned in time and due now; returns whom it is for."""
    await seminar.tick()
    users = seminar.students(2)
    place = f"discord:{seminar.server.guild.id}"
    for user in users:
        await seminar.app.services.people.meet(place, Actor("discord", str(user.id), user.name), seminar.clock.now())
    seminar.forward(hours=1)
    return users


async def _one_reminder_in_the_end(seminar: Seminar, users: list[User]) -> None:
    for _ in range(8):
        await seminar.tick()
        seminar.forward(seconds=90)
    (text,) = seminar.posted()
    assert all(f"<@{user.id}>" in text for user in users)
    states = select(outbox.c.state, func.count()).where(outbox.c.kind == "group-lock").group_by(outbox.c.state)
    found = await seminar.app.database.read(lambda tx: {row[0]: row[1] for row in tx.execute(states)})
    assert found == {"sent": 1, "planned": 1}


@pytest.mark.parametrize("after", [False, True], ids=["before it arrived", "after it was taken"])
@pytest.mark.parametrize(
    ("kind", "options"),
    [
        *TROUBLE,
        pytest.param("rate_limit", {"via": False}, id="429 of the proxy"),
        pytest.param("cloudflare_ban", {}, id="banned by the proxy"),
        pytest.param("drop", {}, id="drop"),
        pytest.param("hang", {}, id="hang"),
        pytest.param("malformed", {}, id="half an answer"),
    ],
)
async def test_a_reminder_gets_through_trouble_once(
    seminar: Seminar, monkeypatch: pytest.MonkeyPatch, kind: Any, options: dict[str, Any], after: bool
) -> None:
    # What discord.py would try again by itself after seconds is cut short too: then the outbox tries again.
    monkeypatch.setattr(messenger, "WITHIN", 0.2)
    users = await _due(seminar)
    fault = seminar.server.fail(kind, MESSAGE, after=after, **options)
    await _one_reminder_in_the_end(seminar, users)
    assert fault.struck == 1


async def test_trouble_upon_trouble_is_still_one_reminder(seminar: Seminar, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messenger, "WITHIN", 0.2)
    users = await _due(seminar)
    seminar.server.fail("error", MESSAGE, status=503)
    seminar.server.fail("drop", MESSAGE)
    seminar.server.fail("hang", MESSAGE, after=True)
    seminar.server.fail("malformed", MESSAGE, after=True)
    # The last try falls outside the nonce's window, so the channel's history is read, and that fails too.
    seminar.server.fail("error", "GET /channels/*/messages", status=503)
    seminar.server.fail("hang", "GET /channels/*/messages")
    for _ in range(12):
        await seminar.tick()
        seminar.forward(seconds=70)
    (text,) = seminar.posted()
    assert all(text.count(f"<@{user.id}>") == 1 for user in users)
    assert len(seminar.server.requests_to("GET /channels/*/messages")) >= 2


async def test_discords_own_second_try_is_waited_for(seminar: Seminar) -> None:
    users = await _due(seminar)
    seminar.server.fail("error", MESSAGE, status=502, after=True)
    await seminar.tick()
    assert len(seminar.server.requests_to(MESSAGE)) == 2
    await _one_reminder_in_the_end(seminar, users)


async def test_commands_are_answered_while_a_reminder_hangs(seminar: Seminar, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messenger, "WITHIN", 0.5)
    users = await _due(seminar)
    seminar.server.fail("hang", MESSAGE)
    passing = asyncio.create_task(seminar.tick())
    await seminar.server.wait_until(lambda: len(seminar.server.requests_to(MESSAGE)) == 1)
    answer = await seminar.server.slash(seminar.staff, "groups")
    assert answer.latency < 0.4
    assert not passing.done()
    await passing
    await _one_reminder_in_the_end(seminar, users)


async def test_a_forbidden_channel_stops_nothing_else(seminar: Seminar) -> None:
    users = await _due(seminar)
    seminar.server.world.deny(seminar.channel, seminar.server.world.bot, SEND_MESSAGES)
    await seminar.tick()
    assert seminar.posted() == []
    report = await seminar.server.slash(seminar.staff, "staff doctor")
    assert "Send Messages" in report.text
    cyd = seminar.server.add_member("Cyd")
    assert (await _create(seminar, cyd, "Attention")).content.startswith("You are in **Attention**")
    seminar.server.world.deny(seminar.channel, seminar.server.world.bot, 0)
    await _one_reminder_in_the_end(seminar, users)
