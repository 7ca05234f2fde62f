"""The reminder that groups lock, through the real client to a Discord on loopback: it never lies and never doubles."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.store.tables import outbox
from tests.support.seminar import Seminar, running_seminar
from tests.support.world import course_settings

LOCK = datetime(2024, 1, 24, 4, 59, tzinfo=UTC)
A_DAY_BEFORE = LOCK - timedelta(hours=24)


@pytest.fixture
async def seminar(sqlite_url: str) -> AsyncIterator[Seminar]:
    """25 hours before the lock: the reminder of 3 days before is past, those of 24 and 3 hours lie ahead."""
    async with running_seminar(course_settings(sqlite_url), LOCK - timedelta(hours=25)) as running:
        yield running


async def _states(seminar: Seminar) -> list[str]:
    statement = select(outbox.c.state).where(outbox.c.kind == "group-lock").order_by(outbox.c.due_at)
    return await seminar.app.database.read(lambda tx: list(tx.execute(statement).scalars()))


async def test_it_mentions_those_without_a_group_once(seminar: Seminar) -> None:
    await seminar.tick()
    ada, ben, cyd, dan = seminar.students(4)
    await seminar.meet(ada, ben, cyd)
    await seminar.server.slash(ben, "create-group", {"name": "Attention"})
    await seminar.tick()
    assert seminar.posted() == []
    seminar.forward(hours=1)
    await seminar.tick()
    await seminar.tick()
    (text,) = seminar.posted()
    assert f"<@{ada.id}>" in text
    assert f"<@{cyd.id}>" in text
    assert f"<@{ben.id}>" not in text
    assert f"<@{dan.id}>" not in text
    assert f"<t:{int(LOCK.timestamp())}:F>" in text
    assert "</join-group:" in text
    assert "late" not in text
    request = seminar.server.requests_to("POST /channels/*/messages")[-1]
    assert request.body["allowed_mentions"] == {"parse": [], "users": [ada.id, cyd.id]}
    assert request.body["enforce_nonce"]
    assert len(request.body["nonce"]) <= 25


async def test_recipients_are_those_at_the_moment_of_sending(seminar: Seminar) -> None:
    await seminar.tick()
    ada, ben = seminar.students(2)
    await seminar.meet(ada, ben)
    await seminar.tick()
    await seminar.server.slash(ada, "create-group", {"name": "Attention"})
    seminar.forward(hours=1)
    await seminar.tick()
    (text,) = seminar.posted()
    assert f"<@{ben.id}>" in text
    assert f"<@{ada.id}>" not in text


async def test_nothing_is_posted_when_everyone_has_a_group(seminar: Seminar) -> None:
    (ada,) = seminar.students(1)
    await seminar.server.slash(ada, "create-group", {"name": "Attention"})
    await seminar.tick()
    seminar.forward(hours=1)
    await seminar.tick()
    assert seminar.posted() == []
    assert await _states(seminar) == ["empty", "planned"]


@pytest.mark.parametrize("away", [timedelta(seconds=61), timedelta(hours=2)], ids=["soon", "later"])
@pytest.mark.parametrize("step", ["planned", "claimed", "frozen", "posted"])
async def test_a_crash_anywhere_neither_loses_nor_doubles_it(seminar: Seminar, step: str, away: timedelta) -> None:
    await seminar.tick()
    await seminar.meet(*seminar.students(2))
    seminar.forward(hours=1)
    await seminar.tick(kill_at=step)
    assert len(seminar.posted()) == (1 if step == "posted" else 0)
    seminar.clock.advance(away)
    await seminar.restart()
    await seminar.tick()
    await seminar.tick()
    (text,) = seminar.posted()
    assert ("2 hours late" in text) == (away > timedelta(hours=1) and step != "posted")
    assert (await _states(seminar)).count("sent") == 1


async def test_a_lease_keeps_others_off_a_row_that_is_being_sent(seminar: Seminar) -> None:
    await seminar.tick()
    await seminar.meet(*seminar.students(1))
    seminar.forward(hours=1)
    await seminar.tick(kill_at="claimed")
    seminar.forward(seconds=30)
    await seminar.tick()
    assert seminar.posted() == []
    seminar.forward(seconds=31)
    await seminar.tick()
    assert len(seminar.posted()) == 1


@pytest.mark.parametrize("after", [False, True], ids=["before it arrived", "after it was taken"])
async def test_a_broken_connection_is_tried_again_without_a_double(seminar: Seminar, after: bool) -> None:
    await seminar.tick()
    await seminar.meet(*seminar.students(1))
    seminar.forward(hours=1)
    seminar.server.fail("drop", "POST /channels/*/messages", after=after)
    for _ in range(3):
        await seminar.tick()
        seminar.forward(seconds=20)
    assert len(seminar.posted()) == 1


async def test_a_forbidden_channel_waits_and_is_reported(seminar: Seminar) -> None:
    await seminar.tick()
    await seminar.meet(*seminar.students(1))
    seminar.forward(hours=1)
    seminar.server.fail("missing_permissions", "POST /channels/*/messages")
    await seminar.tick()
    report = await seminar.server.slash(seminar.staff, "staff doctor")
    assert "A message waits and is tried again by itself: the bot may not write in <#" in report.text
    seminar.forward(minutes=10)
    await seminar.tick()
    assert len(seminar.posted()) == 1
    report = await seminar.server.slash(seminar.staff, "staff doctor")
    assert "waits" not in report.text


async def test_a_moved_lock_plans_anew_and_withdraws_the_old(seminar: Seminar) -> None:
    await seminar.tick()
    await seminar.meet(*seminar.students(1))
    await seminar.set_up(lock="2024-01-24")
    await seminar.tick()
    seminar.forward(hours=1)
    await seminar.tick()
    assert seminar.posted() == []
    seminar.forward(hours=24)
    await seminar.tick()
    (text,) = seminar.posted()
    assert f"<t:{int((LOCK + timedelta(days=1)).timestamp())}:F>" in text


async def test_a_deadline_set_at_the_last_moment_is_still_announced_once(seminar: Seminar) -> None:
    await seminar.meet(*seminar.students(1))
    seminar.forward(hours=24)  # the outbox has not run before: an hour to go, and nothing was planned in time
    await seminar.tick()
    await seminar.tick()
    (text,) = seminar.posted()
    assert "late" not in text


async def test_after_a_long_absence_one_late_reminder_says_so(seminar: Seminar) -> None:
    await seminar.tick()
    await seminar.meet(*seminar.students(1))
    await seminar.tick()
    seminar.forward(hours=24)  # an hour before the lock: the reminders of 24 and of 3 hours before are both overdue
    await seminar.restart()
    await seminar.tick()
    (text,) = seminar.posted()
    assert "2 hours late" in text
    assert sorted(await _states(seminar)) == ["sent", "withdrawn"]


async def test_what_is_no_use_any_more_expires(seminar: Seminar) -> None:
    await seminar.tick()
    await seminar.meet(*seminar.students(1))
    seminar.forward(hours=26)
    await seminar.tick()
    assert seminar.posted() == []
    assert sorted(await _states(seminar)) == ["expired", "expired"]


async def test_a_crowd_is_mentioned_in_several_messages_each_person_once(seminar: Seminar) -> None:
    await seminar.tick()
    users = seminar.students(130)
    await seminar.meet(*users)
    seminar.forward(hours=1)
    await seminar.tick(kill_at="posted")
    seminar.forward(hours=2)
    await seminar.restart()
    await seminar.tick()
    texts = seminar.posted()
    assert len(texts) == 3
    assert all(len(text) <= 2000 for text in texts)
    assert all(sum(text.count(f"<@{user.id}>") for text in texts) == 1 for user in users)


async def test_without_a_channel_it_waits(sqlite_url: str) -> None:
    async with running_seminar(course_settings(sqlite_url), A_DAY_BEFORE - timedelta(hours=1)) as seminar:
        await seminar.tick()
        seminar.forward(hours=1)
        await seminar.meet(*seminar.students(1))
        await seminar.app.database.write(
            lambda tx: tx.exec_driver_sql("UPDATE course SET announce_channel = NULL").close()
        )
        await seminar.tick()
        report = await seminar.server.slash(seminar.staff, "staff doctor")
        assert "no announcement channel is set" in report.text
        await seminar.set_up()
        seminar.forward(seconds=16)
        await seminar.tick()
        assert len(seminar.posted()) == 1
