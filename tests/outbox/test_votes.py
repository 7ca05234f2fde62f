"""Votes in a running course, through the real client: they open and close by the clock, and say so once."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from bot.core.people import Actor
from bot.fronts.discord.live import LiveTurnout
from bot.services.vote_life import bonuses
from bot.store import courses
from bot.store.tables import audit, outbox, vote
from tests.loopback import Answer, User
from tests.support.seminar import running_seminar
from tests.support.voting import END, START, prepare_class
from tests.support.world import course_settings

CLOSE = END + timedelta(hours=12)
EDIT = "PATCH /channels/*/messages/*"
MESSAGE = "POST /channels/*/messages"


@pytest.fixture
async def seminar(sqlite_url: str) -> AsyncIterator[Any]:
    async with running_seminar(course_settings(sqlite_url), START - timedelta(minutes=30)) as running:
        await prepare(running, performers=2, voters=5)
        yield running


async def prepare(seminar: Any, performers: int, voters: int) -> None:
    def member(name: str) -> tuple[User, Actor]:
        user = seminar.server.add_member(name)
        return user, Actor("discord", str(user.id), name)

    on_stage = [member(f"Performer{n:02}") for n in range(performers)]
    hall = [member(f"Student{n:02}") for n in range(voters)]
    place = f"discord:{seminar.server.guild.id}"
    await seminar.app.database.write(prepare_class, place, [one for _, one in on_stage], [one for _, one in hall])
    seminar.performers, seminar.voters = [user for user, _ in on_stage], [user for user, _ in hall]


async def open_vote(seminar: Any) -> dict[str, Any]:
    """Class begins; the message that announces the vote."""
    seminar.forward(minutes=30)
    await seminar.tick()
    message: dict[str, Any] = seminar.server.history(seminar.channel)[-1]
    return message


async def cast(seminar: Any, user: User, message: dict[str, Any], choice: int) -> Answer:
    paper = await seminar.server.click(user, message, "Vote")
    assert paper.ephemeral, paper.text
    answer: Answer = await seminar.server.click(user, paper, f"vote:cast:1:{choice}")
    return answer


async def test_it_opens_at_class_start_and_closes_on_time_each_said_once(seminar: Any) -> None:
    await seminar.tick()
    assert seminar.posted() == []
    message = await open_vote(seminar)
    await seminar.tick()
    (announced,) = seminar.posted()
    assert "**Vote: Thu Jan 25 · Paper of Jan 25**" in announced
    assert "**0 of 5** have voted" in announced
    assert f"<t:{int(CLOSE.timestamp())}:F> (<t:{int(CLOSE.timestamp())}:R>)" in announced
    for number, choice in enumerate([1, 2, 1, 1]):
        answer = await cast(seminar, seminar.voters[number], message, choice)
        assert f"Your vote is in: Group {choice - 1}. You can change it until <t:" in answer.content
    changed = await cast(seminar, seminar.voters[0], message, 2)
    assert "Your vote is changed: Group 1." in changed.content
    seminar.clock.advance(CLOSE - seminar.clock.now() - timedelta(seconds=1))
    await seminar.tick()
    seminar.forward(seconds=1)
    await seminar.tick()
    await seminar.tick()
    posted = seminar.posted()
    assert len(posted) == 3  # announced, reminded, told
    assert f"Not voted yet: <@{seminar.voters[4].id}>" in posted[1]
    assert "🏆 A tie: **Group 0** and **Group 1**, 2 votes each." in posted[2]
    assert "1. Group 0, Group 1: 2 votes each (tie)" in posted[2]
    assert "4 of 5 voted" in posted[2]
    assert "1. Group 0: 1 win, 2 votes (once on the ballot)" in posted[2]
    (picture,) = seminar.server.history(seminar.channel)[-1]["attachments"]
    assert picture["description"] == ("Bar chart. Thu Jan 25 · Paper of Jan 25. Group 0: 2 votes; Group 1: 2 votes.")
    image = Image.open(io.BytesIO(next(iter(seminar.server.cdn.files.values()))))
    assert (image.format, image.width) == ("PNG", 1200)
    late = await seminar.server.click(seminar.voters[4], message, "Vote")
    assert "closed <t:" in late.text
    assert "no vote can be cast" in late.text


async def test_the_engine_is_woken_for_the_next_class_and_the_next_close(seminar: Any) -> None:
    assert await seminar.app.outbox.tick() == START
    await open_vote(seminar)
    assert await seminar.app.outbox.tick() == CLOSE - timedelta(hours=3)
    seminar.forward(hours=11)
    assert await seminar.app.outbox.tick() == CLOSE


async def test_the_reminder_mentions_only_who_has_not_voted_when_it_is_sent(seminar: Any) -> None:
    message = await open_vote(seminar)
    for user in seminar.voters[:3]:
        await cast(seminar, user, message, 1)
    seminar.clock.advance(CLOSE - timedelta(hours=3) - seminar.clock.now())
    await cast(seminar, seminar.voters[3], message, 1)
    await seminar.tick()
    await seminar.tick()
    assert seminar.posted()[1].count("<@") == 1
    assert f"<@{seminar.voters[4].id}>" in seminar.posted()[1]
    request = seminar.server.requests_to(MESSAGE)[-1]
    assert request.body["allowed_mentions"] == {"parse": [], "users": [seminar.voters[4].id]}


async def test_when_everyone_has_voted_nobody_is_reminded(seminar: Any) -> None:
    message = await open_vote(seminar)
    for user in seminar.voters:
        await cast(seminar, user, message, 1)
    seminar.clock.advance(CLOSE - timedelta(hours=3) - seminar.clock.now())
    await seminar.tick()
    assert len(seminar.posted()) == 1


@pytest.mark.parametrize("away", [timedelta(seconds=61), timedelta(hours=1)], ids=["soon", "later"])
@pytest.mark.parametrize("step", ["planned", "claimed", "frozen", "posted"])
async def test_a_crash_anywhere_neither_loses_nor_doubles_the_result(seminar: Any, step: str, away: timedelta) -> None:
    message = await open_vote(seminar)
    await cast(seminar, seminar.voters[0], message, 2)
    for user in seminar.voters[1:]:
        await cast(seminar, user, message, 1)
    seminar.clock.advance(CLOSE - seminar.clock.now())
    await seminar.tick(kill_at=step)
    seminar.clock.advance(away)
    await seminar.restart()
    await seminar.tick()
    await seminar.tick()
    told = [text for text in seminar.posted() if text.startswith("🏁")]
    assert len(told) == 1
    assert "🏆 **Group 0** with 4 votes" in told[0]
    closings = select(audit.c.at).where(audit.c.what.startswith("closed the vote"))
    assert await seminar.app.database.read(lambda tx: list(tx.execute(closings).scalars())) == [CLOSE]


async def test_after_an_absence_over_the_close_it_is_closed_then_and_told_once(seminar: Any) -> None:
    message = await open_vote(seminar)
    await cast(seminar, seminar.voters[0], message, 1)
    seminar.clock.advance(CLOSE - seminar.clock.now() + timedelta(days=1))
    await seminar.restart()
    await seminar.tick()
    assert [text[:1] for text in seminar.posted()] == ["🗳", "🏁"]


async def test_buttons_from_before_a_restart_work(seminar: Any) -> None:
    message = await open_vote(seminar)
    paper = await seminar.server.click(seminar.voters[0], message, "Vote")
    await seminar.restart()
    answer = await seminar.server.click(seminar.voters[0], paper, "vote:cast:1:1")
    assert "Your vote is in: Group 0" in answer.content
    assert (await cast(seminar, seminar.voters[1], message, 2)).content.count("Group 1") == 1


async def test_nothing_opens_where_the_policy_says_no(seminar: Any) -> None:
    at = seminar.clock.now()
    await seminar.app.database.write(lambda tx: courses.set_policy(tx, 1, "vote.auto", "no", "staff", at))
    seminar.forward(minutes=30)
    await seminar.tick()
    assert seminar.posted() == []


@pytest.mark.parametrize(
    ("performers", "voters", "reason"),
    [(0, 2, "no group performed"), (1, 2, "only one group performed"), (2, 0, "nobody could vote")],
)
async def test_what_cannot_open_is_told_to_staff_once(
    sqlite_url: str, performers: int, voters: int, reason: str
) -> None:
    async with running_seminar(course_settings(sqlite_url), START - timedelta(minutes=30)) as seminar:
        staff_room = seminar.server.add_channel("staff")
        place = f"discord:{seminar.server.guild.id}"
        actor = Actor("discord", str(seminar.staff.id), "Staff01", staff=True)
        await seminar.app.services.courses.set_up(place, actor, START, staff_channel=str(staff_room.id))
        await prepare(seminar, performers, voters)
        for _ in range(3):
            seminar.forward(minutes=31)
            await seminar.tick()
        assert seminar.posted() == []
        (told,) = seminar.server.history(staff_room)
        assert reason in told["content"]


def turnout(seminar: Any) -> LiveTurnout:
    found: LiveTurnout = seminar.app.bot.get_cog("Voting").turnout
    return found


async def test_the_posted_turnout_follows_and_catches_up_after_a_restart(seminar: Any) -> None:
    message = await open_vote(seminar)
    await cast(seminar, seminar.voters[0], message, 1)
    await seminar.server.wait_until(lambda: "**1 of 5** have voted" in seminar.posted()[0])
    await cast(seminar, seminar.voters[1], message, 1)
    await turnout(seminar).show()
    assert "**2 of 5** have voted" in seminar.posted()[0]
    await cast(seminar, seminar.voters[2], message, 1)
    await seminar.restart()
    assert "**2 of 5** have voted" in seminar.posted()[0]
    await cast(seminar, seminar.voters[3], message, 1)
    await seminar.server.wait_until(lambda: "**4 of 5** have voted" in seminar.posted()[0])
    assert seminar.server.history(seminar.channel)[0]["components"] != []


async def test_a_storm_of_votes_is_one_edit_and_a_changed_mind_none(seminar: Any) -> None:
    message = await open_vote(seminar)
    for user in seminar.voters:
        await cast(seminar, user, message, 1)
    await turnout(seminar).show()
    edits = len(seminar.server.requests_to(EDIT))
    assert edits <= 2
    assert "**5 of 5**" in seminar.posted()[0]
    for choice in (2, 1, 2):
        await cast(seminar, seminar.voters[0], message, choice)
    turnout(seminar).touch(1)
    await turnout(seminar).show()
    assert len(seminar.server.requests_to(EDIT)) == edits


async def test_no_answer_waits_for_the_posted_message(seminar: Any) -> None:
    message = await open_vote(seminar)
    seminar.server.fail("hang", EDIT, times=None)
    await cast(seminar, seminar.voters[0], message, 1)
    await seminar.server.wait_until(lambda: len(seminar.server.requests_to(EDIT)) == 1)
    for user in seminar.voters[1:]:
        assert "Your vote is in" in (await cast(seminar, user, message, 1)).content


async def test_a_message_that_is_gone_harms_no_vote(seminar: Any, caplog: pytest.LogCaptureFixture) -> None:
    message = await open_vote(seminar)
    seminar.server.fail("error", EDIT, status=404, times=None)
    await cast(seminar, seminar.voters[0], message, 1)
    await seminar.server.wait_until(lambda: "could not show" in caplog.text)
    assert "could not show the turnout of vote 1" in caplog.text
    assert "Your vote is in" in (await cast(seminar, seminar.voters[1], message, 1)).content


async def test_logs_do_not_say_who_chose_what(seminar: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    message = await open_vote(seminar)
    for number, user in enumerate(seminar.voters):
        await cast(seminar, user, message, 1 + number % 2)
    await seminar.server.click(seminar.performers[0], message, "Vote")
    seminar.clock.advance(CLOSE - seminar.clock.now())
    await seminar.tick()
    assert "reminder vote-result/1 sent" in caplog.text
    assert "Group" not in caplog.text
    assert "vote:cast" not in caplog.text
    assert not [user for user in seminar.voters if str(user.id) in caplog.text]


async def test_a_vote_called_off_before_its_result_is_told_is_not_told(seminar: Any) -> None:
    message = await open_vote(seminar)
    await cast(seminar, seminar.voters[0], message, 1)
    seminar.clock.advance(CLOSE - seminar.clock.now())
    await seminar.tick(kill_at="planned")
    await seminar.app.database.write(lambda tx: tx.execute(vote.update().values(state="void")))
    await seminar.tick()
    assert len(seminar.posted()) == 1
    states = select(outbox.c.kind, outbox.c.state)
    found = await seminar.app.database.read(lambda tx: [tuple(row) for row in tx.execute(states)])
    assert ("vote-result", "withdrawn") in found


async def close_by_clock(seminar: Any, *choices: int, kill_at: str | None = None) -> None:
    message = await open_vote(seminar)
    for user, choice in zip(seminar.voters, choices, strict=False):
        await cast(seminar, user, message, choice)
    await turnout(seminar).show()
    seminar.clock.advance(CLOSE - seminar.clock.now())
    await seminar.tick(kill_at=kill_at)


def announcement(seminar: Any) -> dict[str, Any]:
    message: dict[str, Any] = seminar.server.history(seminar.channel)[0]
    return message


@pytest.mark.parametrize("kill_at", [None, "posted"])
async def test_the_announcement_of_a_vote_that_the_clock_closed_says_so(seminar: Any, kill_at: str | None) -> None:
    await close_by_clock(seminar, 1, 1, 2, kill_at=kill_at)
    if kill_at:
        assert announcement(seminar)["components"] != []
        await seminar.restart()
    await seminar.server.wait_until(lambda: announcement(seminar)["components"] == [])
    assert f"Closed <t:{int(CLOSE.timestamp())}:F>" in announcement(seminar)["content"]
    assert "**3 of 5** have voted. The result is in this channel." in announcement(seminar)["content"]
    edits = len(seminar.server.requests_to(EDIT))
    await seminar.tick()
    await turnout(seminar).show()
    assert len(seminar.server.requests_to(EDIT)) == edits


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ((1, 1, 2), "🎁 Each member of the winning group who was on duty in this class gets 3 participation points."),
        ((1, 2), "🎁 Each member of each group that shares the first place who was on duty in this class gets 3"),
        ((), None),
    ],
)
async def test_the_result_names_the_bonus(seminar: Any, choices: tuple[int, ...], words: str | None) -> None:
    at = seminar.clock.now()
    await seminar.app.database.write(lambda tx: courses.set_policy(tx, 1, "vote.bonus", "3", "staff", at))
    await close_by_clock(seminar, *choices)
    told = seminar.posted()[-1]
    assert told.startswith("🏁")
    assert words in told if words else "participation" not in told


async def test_without_a_bonus_the_result_names_none(seminar: Any) -> None:
    await close_by_clock(seminar, 1)
    assert "participation" not in seminar.posted()[-1]


async def test_a_result_that_was_posted_is_corrected_once_when_its_vote_is_called_off(seminar: Any) -> None:
    at = seminar.clock.now()
    await seminar.app.database.write(lambda tx: courses.set_policy(tx, 1, "vote.bonus", "3", "staff", at))
    await close_by_clock(seminar, 1, 1, 2)
    assert set((await seminar.app.database.read(bonuses, 1)).values()) == {3}
    seminar.forward(days=20)
    await seminar.tick()
    shown = await seminar.server.slash(seminar.staff, "staff vote void", {"vote": "1", "reason": "the wrong class"})
    done = await seminar.server.click(seminar.staff, shown, "Call it off")
    assert "A message under the posted result says that it does not count." in done.text
    for _ in range(3):
        await seminar.tick()
        seminar.forward(hours=30)
    *_, result, correction = seminar.posted()
    assert result.startswith("🏁")
    assert correction.startswith("↩️ **Correction: the result of Thu Jan 25 · Paper of Jan 25 does not count.**")
    assert "no win over the term and no bonus" in correction
    assert "wrong class" not in correction
    assert await seminar.app.database.read(bonuses, 1) == {}
    await seminar.server.wait_until(lambda: "Called off by the staff" in seminar.posted()[0])
