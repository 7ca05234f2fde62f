"""/ask, /my-questions, /questions and what staff do, in the offline Discord."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import simcord

from bot.core.course import Role
from tests.conftest import NOW
from tests.support.duties import add_session, lecture
from tests.support.duty_world import give, group_of, lectures
from tests.support.questions import END, START, give_papers
from tests.support.world import World, said, text

LONG = "Why is the schedule of `blocks` better than rows? " * 38
assert 1850 < len(LONG) <= 2000


class Class:
    """Ada's group presents on Jan 25; ben and cyd do not. Three papers, FlexGen and Orca required."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ada, self.ben, self.cyd = (world.student(n) for n in (1, 2, 3))

    async def open(self) -> Class:
        world = self.world
        await world.set_up(staff_channel=world.announcements)
        await group_of(world, "Attention", self.ada)
        (self.session,) = await lectures(world, 1)
        self.papers = await world.app.database.write(give_papers, self.session)
        await give(world, self.session, Role.PRESENTER, "Attention")
        return self

    async def ask(self, who: simcord.MemberActor, words: str, **options: Any) -> Any:
        shown = await who.slash(self.world.general, "ask", **options)
        return await who.submit_modal(shown, {"text": words})


def _labels(message: Any) -> list[str]:
    parts = [part for row in message.components for part in row["components"]]
    return [part["label"] for part in parts if "label" in part]


async def _file(message: Any, name: str) -> str:
    (one,) = (each for each in message.attachments if each.filename == name)
    return (await one.read()).decode("utf-8-sig")


async def test_ask_change_and_withdraw(world: World) -> None:
    there = await Class(world).open()
    ben = there.ben
    (suggested,) = await ben.autocomplete(world.general, "ask", "session", "jan")
    assert suggested == {"name": "Thu Jan 25 · Paper of Jan 25", "value": str(there.session)}
    names = [one["name"] for one in await ben.autocomplete(world.general, "ask", "paper", "", session="2024-01-25")]
    assert names == ["● FlexGen", "● Orca", "A Survey"]
    shown = await ben.slash(world.general, "ask", session="2024-01-25", paper=str(there.papers["Orca"]))
    assert shown.modal is not None
    assert "On time until Thu Jan 25, 10:30 (course time)" in str(shown.modal)
    received = await ben.submit_modal(shown, {"text": "Does it *scale*?"})
    assert received.ephemeral
    assert "**Orca**" in text(received)
    assert "Does it \\*scale\\*?" in text(received)
    assert "**on time**" in text(received)
    assert f"<t:{int(NOW.timestamp())}" in text(received)
    assert "Still owed for this class:** FlexGen" in text(received)
    names = [one["name"] for one in await ben.autocomplete(world.general, "ask", "paper", "")]
    assert names == ["● FlexGen", "● ✓ Orca", "A Survey"]
    await world.restart()
    form = await ben.click(said(received), label="Edit")
    assert "Does it *scale*?" in str(form.modal)
    await world.restart()  # while the form is open: what is typed into it still counts
    await ben.submit_modal(form, {"text": "Does it scale to many?"})
    assert "Your question is changed" in text(received)
    assert "Does it scale to many?" in text(received)
    mine = await ben.slash(world.general, "my-questions")
    assert "Does it scale to many?" in text(mine)
    assert "Orca · on time · 0 votes" in text(mine)
    assert "Still owed: FlexGen" in text(mine)
    question_id = said(mine).components[0]["components"][0]["options"][0]["value"]
    await ben.select(said(mine), [question_id])
    await ben.click(said(mine), label="Withdraw")
    assert "withdrawn" in text(mine)
    assert "**Still owed for this class:** FlexGen; Orca" in text(mine)
    assert "no such question" in text(await ben.click(said(received), label="Withdraw"))
    on_duty = await there.ask(there.ada, "And I?")
    assert "You owe no question for this class" in text(on_duty)


async def test_what_is_refused_comes_back_to_the_person(world: World) -> None:
    there = await Class(world).open()
    received = await there.ask(there.ben, "Short?")
    form = await there.ben.click(said(received), label="Edit")
    late_form = await there.cyd.slash(world.general, "ask", paper="Orca")
    await world.env.advance_time((START - NOW).total_seconds() + 1)
    refused = await there.ben.submit_modal(form, {"text": "Why *not* rows?"})
    assert "The cut-off was <t:" in text(refused)
    assert "You wrote:\n```\nWhy *not* rows?\n```" in text(refused)
    assert "The cut-off was" in text(await there.ben.click(said(received), label="Withdraw"))
    late = await there.cyd.submit_modal(late_form, {"text": "Too late?"})
    assert "**LATE**; the cut-off was <t:" in text(late)
    assert _labels(said(late)) == []
    form = await there.cyd.slash(world.general, "ask", paper="FlexGen")
    assert "kept and marked late" in str(form.modal)
    await world.env.advance_time((END - START + timedelta(hours=24)).total_seconds())
    refused = await there.cyd.submit_modal(form, {"text": LONG})
    assert refused.ephemeral
    assert "were taken until <t:" in text(refused)
    assert await _file(said(refused), "what-you-wrote.txt") == LONG
    refused = await there.cyd.slash(world.general, "ask", session="2024-01-25", paper="Orca")
    assert "were taken until" in text(refused)


async def test_what_is_alike_can_be_supported_or_not(world: World) -> None:
    there = await Class(world).open()
    await there.ask(there.ada, "How does the policy search find the batch size of a block?")
    received = await there.ask(there.ben, "How does policy search find the batch size of one block?")
    assert "Much the same was asked already" in text(received)
    assert "1.** How does the policy search find" in text(received)
    assert "Student" not in text(received)
    assert _labels(said(received)) == ["Mine is the same: support it", "Keep it as my own", "Edit", "Withdraw"]
    other = await there.ask(there.cyd, "How does policy search find a batch size of a block?")
    assert [one for one in _labels(said(other)) if "same" in one] == [
        "Mine is the same as 1: support it",
        "Mine is the same as 2: support it",
    ]
    await there.cyd.click(said(other), label="Keep it as my own")
    assert _labels(said(other)) == ["Edit", "Withdraw"]
    await world.restart()
    await there.ben.click(said(received), label="Mine is the same: support it")
    assert "you keep the credit" in text(received)
    assert "Still owed for this class:** Orca" in text(received)
    board = await there.cyd.slash(world.general, "questions")
    assert "**1.** ▲ 0 · 1 more asks the same\n> How does the policy" in text(board)


async def test_the_board_counts_each_vote_once_and_names_nobody(world: World) -> None:
    there = await Class(world).open()
    for number in range(6):
        await there.ask(there.ada, f"What about number {'abcdef'[number]}?", paper="FlexGen")
    await there.ask(there.ben, "Only mine?", paper="Orca")
    board = await there.ben.slash(world.general, "questions")
    assert board.ephemeral
    assert "Student" not in text(board) + str(said(board).components)
    assert "page 1 of 2" in text(board)
    old = said(board)
    vote_2 = next(part for part in old.components[0]["components"] if part["label"] == "▲ 2")["custom_id"]
    await there.ben.click(old, custom_id=vote_2)
    assert "**1.** ▲ 1\n> What about number b?" in text(board)  # it moved up
    assert "✓ 1" in _labels(said(board))
    assert "✓ Your vote counts." in text(board)
    await world.restart()
    await there.cyd.click(said(await there.cyd.slash(world.general, "questions")), label="▲ 1")
    await there.ben.click(said(board), label="✓ 1")
    assert "Your vote is taken back." in text(board)
    assert "**1.** ▲ 1\n> What about number b?" in text(board)  # cyd's
    own = await there.ada.slash(world.general, "questions")
    assert {part["disabled"] for part in said(own).components[0]["components"]} == {True}
    await there.ben.click(said(board), label="Sort by time")
    assert "**1.** ▲ 0\n> What about number a?" in text(board)
    await there.ben.click(said(board), label="More →")
    assert "**6.** ▲ 0\n> What about number f?" in text(board)
    await there.ben.select(said(board), [str(there.papers["Orca"])])
    assert "**1.** ▲ 0 · yours\n> Only mine?" in text(board)
    by_staff = await world.staff.slash(world.general, "questions")
    assert "Student01" in text(by_staff)
    await world.staff.slash(world.general, "staff policy", key="questions.names", value="named")
    assert "Student01" in text(await there.cyd.slash(world.general, "questions"))


async def test_staff_see_who_owes_group_and_make_the_digest(world: World) -> None:
    there = await Class(world).open()
    await there.ask(there.ben, "=cmd() or what?", paper="FlexGen")
    await there.ask(there.cyd, "Something like it?", paper="FlexGen")
    owing = await world.staff.slash(world.general, "staff questions owing")
    assert owing.ephemeral
    assert "**2 of 2** still owe one" in text(owing)
    assert "Student02: Orca" in text(owing)
    assert (await _file(said(owing), "owing.csv")).splitlines()[1:] == [
        "Thu Jan 25 · Paper of Jan 25,Student02,Orca",
        "Thu Jan 25 · Paper of Jan 25,Student03,Orca",
    ]
    first, second = await world.staff.autocomplete(world.general, "staff questions group", "question", "")
    assert (first["name"], second["name"]) == ("=cmd() or what?", "Something like it?")
    done = await world.staff.slash(
        world.general, "staff questions group", question=second["value"], under=first["value"]
    )
    assert "Every author keeps the credit" in text(done)
    digest = await world.staff.slash(world.general, "staff digest", session="2024-01-25")
    assert digest.ephemeral
    assert "**FlexGen**: 2 questions, 1 without repeats\n• ▲ 0 · asked 2 times · =cmd() or what?" in text(digest)
    assert "Student03" in await _file(said(digest), "questions.md")
    table = (await _file(said(digest), "questions.csv")).splitlines()
    assert "'=cmd() or what?,Student02" in table[1]
    assert ",1,0,Something like it?,Student03" in table[2]
    (grouped,) = await world.staff.autocomplete(world.general, "staff questions ungroup", "question", "")
    await world.staff.slash(world.general, "staff questions ungroup", question=grouped["value"])
    digest = await world.staff.slash(world.general, "staff digest")
    assert "**FlexGen**: 2 questions\n" in text(digest)


async def test_staff_are_offered_only_what_can_stand_with_the_question_they_named(world: World) -> None:
    there = await Class(world).open()
    place = f"discord:{world.guild.id}"
    other = await world.app.database.write(add_session, lecture(1), place=place)
    elsewhere = await world.app.database.write(give_papers, other)
    for who, paper in ((there.ben, "FlexGen"), (there.cyd, "FlexGen"), (there.ada, "FlexGen"), (there.ben, "Orca")):
        await there.ask(who, f"{paper} by {who.name}?", paper=paper)
    await there.ask(there.cyd, "FlexGen next week?", session=str(other), paper=str(elsewhere["FlexGen"]))

    async def offered(option: str, typed: str = "", **said: str) -> dict[str, str]:
        found = await world.staff.autocomplete(world.general, "staff questions group", option, typed, **said)
        return {one["name"]: one["value"] for one in found}

    every = await offered("question")
    assert len(every) == 5
    first = every["FlexGen by Student02?"]
    wanted = ["FlexGen by Student03?", "FlexGen by Student01?"]
    assert list(await offered("under", question=first)) == wanted
    assert list(await offered("question", under=first)) == wanted
    assert list(await offered("under", "student01", question=first)) == wanted[1:]
    assert list(await offered("under", question=every["Orca by Student02?"])) == []
    assert list(await offered("under", question=every["FlexGen next week?"])) == []
    assert set(await offered("under", question="what was typed")) == set(every)


async def test_after_the_cut_off_nothing_is_said_to_be_on_time_until_then(world: World) -> None:
    there = await Class(world).open()
    await there.ask(there.ben, "Why?", paper="Orca")
    commands = [
        (there.ben, "questions", {}),
        (there.ben, "my-questions", {}),
        (world.staff, "staff questions owing", {}),
    ]
    stamp = f"<t:{int(START.timestamp())}:F>"
    for who, command, options in commands:
        assert f"n time until {stamp}" in text(await who.slash(world.general, command, **options))
    await world.env.advance_time((START - NOW).total_seconds() + 1)
    for who, command, options in commands:
        shown = text(await who.slash(world.general, command, **options))
        assert f"due {stamp}" in shown
        assert "n time until" not in shown


async def test_a_newcomer_is_told_what_they_owe_at_the_first_command(world: World) -> None:
    await Class(world).open()
    first = await world.student(7).slash(world.general, "my-questions")
    assert "Still owed: FlexGen; Orca" in text(first)
    assert "owe nothing" in text(await world.staff.slash(world.general, "my-questions"))
    again = await world.student(7).slash(world.general, "my-questions")
    assert text(again) == text(first)


async def test_a_refusal_gives_back_what_was_typed_but_no_numbers_of_suggestions(world: World) -> None:
    there = await Class(world).open()
    await there.ask(there.ben, "Why?", paper="Orca")
    (one,) = await world.staff.autocomplete(world.general, "staff questions group", "under", "")
    refused = await world.staff.slash(world.general, "staff questions group", question=one["value"], under=one["value"])
    assert text(refused) == "These are the same question. Pick two."


async def test_a_paper_of_another_class_is_refused_with_the_class_it_was_looked_for_in(world: World) -> None:
    there = await Class(world).open()
    refused = await there.ben.slash(world.general, "ask", paper="Attention")
    assert "“Attention” is no paper of Thu Jan 25 · Paper of Jan 25. Pick a suggestion: FlexGen; Orca;" in text(refused)
    assert text(refused).endswith("Another class is another `session`.")
