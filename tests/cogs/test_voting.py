"""Votes and polls as people use them: commands, suggestions, buttons, lists."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import simcord

from bot.core.people import Actor
from tests.conftest import NOW
from tests.support.voting import START, prepare_class
from tests.support.world import World, said, text


def _actor(member: simcord.MemberActor) -> Actor:
    return Actor("discord", str(member.id), member.name)


@pytest.fixture
async def hall(world: World) -> Any:
    """Two who perform and three who listen, when class begins; the vote has not opened by itself."""
    await world.set_up()
    performers, voters = [world.student(n) for n in (1, 2)], [world.student(n) for n in (11, 12, 13)]
    place = f"discord:{world.guild.id}"
    who = [_actor(member) for member in performers], [_actor(member) for member in voters]
    await world.app.database.write(prepare_class, place, *who)
    await world.env.advance_time((START - NOW).total_seconds())
    world.performers, world.voters = performers, voters  # type: ignore[attr-defined]
    return world


async def _open(hall: Any) -> None:
    (session,) = await hall.staff.autocomplete(hall.general, "staff vote open", "session", "jan 25")
    opened = await hall.staff.slash(hall.general, "staff vote open", session=session["value"])
    assert "is open for 3 voters until <t:" in text(opened)
    assert said(opened).ephemeral


def _labels(message: Any) -> list[str]:
    return [part["label"] for row in message.components for part in row["components"]]


async def test_staff_open_students_vote_staff_close(hall: Any) -> None:
    await _open(hall)
    ada, ben, cyd = hall.voters
    (suggested,) = await ada.autocomplete(hall.general, "vote", "session", "")
    assert suggested == {"name": "Thu Jan 25 · Paper of Jan 25", "value": "1"}
    paper = await ada.slash(hall.general, "vote", session="1")
    assert said(paper).ephemeral
    assert sorted(_labels(said(paper))) == ["Group 0", "Group 1"]
    done = await ada.click(said(paper), label="Group 1")
    assert "Your vote is in: Group 1. You can change it until" in text(paper)
    assert done.followups == []
    await ada.click(said(paper), label="Group 0")
    assert "Your vote is changed: Group 0." in text(paper)
    assert "choosing again changes it" in text(await ada.slash(hall.general, "vote"))
    for who in (ben, cyd):
        await who.click(said(await who.slash(hall.general, "vote", session="paper of")), label="Group 1")
    closed = await hall.staff.slash(hall.general, "staff vote close", vote="1")
    assert "is closed with 3 ballots" in text(closed)
    late = await ada.click(said(paper), label="Group 1")
    assert "closed <t:" in text(late)
    assert said(late).ephemeral
    standings = text(await hall.staff.slash(hall.general, "staff vote results"))
    assert "1. Group 1: 1 win, 2 votes" in standings
    assert "2. Group 0: 0 wins, 1 vote" in standings


async def test_who_may_not_vote_is_told_why(hall: Any) -> None:
    assert "No vote is open now" in text(await hall.voters[0].slash(hall.general, "vote"))
    await _open(hall)
    for who, words in [
        (hall.performers[0], "Your own group performed"),
        (hall.student(99), "not in the course yet when this vote opened"),
    ]:
        refused = await who.slash(hall.general, "vote")
        assert refused.ephemeral
        assert words in text(refused)


async def test_a_poll_of_several_is_a_list_and_works_after_a_restart(hall: Any) -> None:
    asked = await hall.staff.slash(
        hall.general,
        "staff vote poll",
        question="When shall we **meet**?",
        choices="Mon; Tue; Wed",
        method="multiple",
        hours=2.0,
    )
    assert "is open for 6 voters" in text(asked)  # staff are asked too
    ada = hall.voters[0]
    paper = await ada.slash(hall.general, "vote")
    await hall.restart()
    await ada.select(said(paper), values=["2", "3"])
    assert "Your vote is in: Tue, Wed." in text(paper)
    assert r"\*\*meet\*\*" in text(paper)
    await hall.env.advance_time(timedelta(hours=2).total_seconds())
    await ada.select(said(paper), values=["1"])
    assert "Your vote is in: Tue, Wed." in text(paper)


async def test_a_single_poll_of_twenty_shows_buttons(hall: Any) -> None:
    choices = ";".join(f"Choice {n}" for n in range(20))
    await hall.staff.slash(hall.general, "staff vote poll", question="Which?", choices=choices)
    paper = await hall.voters[0].slash(hall.general, "vote")
    assert len(_labels(said(paper))) == 20
    await hall.voters[0].click(said(paper), label="Choice 7")
    assert "Your vote is in: Choice 7." in text(paper)


async def test_calling_off_asks_first_and_lets_it_be_held_again(hall: Any) -> None:
    await _open(hall)
    paper = await hall.voters[0].slash(hall.general, "vote")
    (suggested,) = await hall.staff.autocomplete(hall.general, "staff vote void", "vote", "")
    assert suggested["name"].endswith("(open)")
    shown = await hall.staff.slash(hall.general, "staff vote void", vote="1", reason="the wrong class")
    assert "Call off this vote?" in text(shown)
    assert "You have not voted yet" in text(await hall.voters[0].slash(hall.general, "vote"))
    await hall.staff.click(said(shown), label="Call it off")
    assert "is called off" in text(shown)
    assert "which the announcement of the vote says now" in text(shown)
    assert "called off by the staff" in text(await hall.voters[0].click(said(paper), label="Group 0"))
    await _open(hall)


async def test_the_button_under_the_announcement(hall: Any) -> None:
    await hall.app.outbox.tick()
    announced = hall.announcements.last_message
    assert "**0 of 3** have voted" in announced.content
    paper = await hall.voters[0].click(announced, label="Vote")
    assert said(paper).ephemeral
    await hall.voters[0].click(said(paper), label="Group 1")
    assert "Your vote is in" in text(paper)


async def test_a_class_is_named_by_its_date_too(hall: Any) -> None:
    refused = await hall.staff.slash(hall.general, "staff vote open", session="2024-01-24")
    assert "There is no class “2024-01-24”. Pick a suggestion, or write a date" in text(refused)
    opened = await hall.staff.slash(hall.general, "staff vote open", session="2024-01-25")
    assert "is open for 3 voters" in text(opened)
    await hall.app.outbox.tick()
    announced = hall.announcements.last_message.content
    assert "\nWhich group did best? Those whose group performed do not vote.\n" in announced


async def test_a_tie_of_many_names_some_and_counts_the_rest(hall: Any) -> None:
    choices = ";".join(f"Choice {n} {'x' * 60}" for n in range(9))
    asked = {"question": "Which?", "choices": choices, "method": "approval", "hours": 1.0}
    await hall.staff.slash(hall.general, "staff vote poll", **asked)
    paper = await hall.voters[0].slash(hall.general, "vote")
    await hall.voters[0].select(said(paper), values=[str(n) for n in range(1, 8)])
    (vote,) = await hall.staff.autocomplete(hall.general, "staff vote close", "vote", "")
    await hall.staff.slash(hall.general, "staff vote close", vote=vote["value"])
    await hall.app.outbox.tick()
    tie = hall.announcements.last_message.content.splitlines()[1]
    assert tie.startswith("🏆 A tie: **Choice 0")
    assert tie.endswith("x** and 3 more, 1 vote each.")
    assert tie.count("**") == 8


async def test_suggestions_of_votes_show_their_state_however_long_the_title(hall: Any) -> None:
    await hall.staff.slash(hall.general, "staff vote poll", question="Q" * 150, choices="a; b")
    (vote,) = await hall.staff.autocomplete(hall.general, "staff vote void", "vote", "")
    assert vote["name"].endswith("Q… (open)")


async def test_the_announcement_says_that_staff_closed_or_called_off_the_vote(hall: Any) -> None:
    await hall.app.outbox.tick()
    announced = hall.announcements.last_message
    paper = await hall.voters[0].click(announced, label="Vote")
    await hall.voters[0].click(said(paper), label="Group 1")
    turnout = hall.app.bot.get_cog("Voting").turnout

    async def now() -> Any:
        await turnout.show()
        (found,) = (one for one in hall.announcements.history() if one.id == announced.id)
        return found

    assert "**1 of 3** have voted. It closes" in (await now()).content
    await hall.staff.slash(hall.general, "staff vote close", vote="1")
    closed = await now()
    assert "Closed <t:" in closed.content
    assert "**1 of 3** have voted" in closed.content
    assert "It closes" not in closed.content
    assert closed.components == []
    shown = await hall.staff.slash(hall.general, "staff vote void", vote="1", reason="the wrong class")
    await hall.staff.click(said(shown), label="Call it off")
    assert (await now()).content.endswith("Called off by the staff: no vote in it counts.")
