"""/submit-slides, /submit-summary and /receipt, as people use them."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import discord
import pytest
import simcord
from sqlalchemy import update

from bot.core import receipts
from bot.core.course import Role
from bot.store.tables import hand_in
from tests.cogs.test_spaces import lay_off
from tests.support.duty_world import give, group_of, lectures
from tests.support.questions import END, START
from tests.support.world import World, said, text

OVER = END + timedelta(days=7)
"""The end of the second class."""
DECK = "https://docs.google.com/presentation/d/1AbC/edit"
PARTS = {"0": "It matters.", "1": "Much was there.", "2": "They page.", "3": "Memory.", "4": "More.", "5": "We talked."}


class Class:
    """Attention (ada, ben) presents in the first class and summarises the second; cyd is in no group."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ada, self.ben, self.cyd = (world.student(n) for n in (1, 2, 3))

    async def open(self) -> Class:
        self.desk = self.world.guild.create_text_channel("staff")
        await self.world.set_up(staff_channel=self.desk)
        await group_of(self.world, "Attention", self.ada, self.ben)
        self.presented, self.summarised = await lectures(self.world, 2)
        await give(self.world, self.presented, Role.PRESENTER, "Attention")
        await give(self.world, self.summarised, Role.SUMMARIZER, "Attention")
        return self

    async def slash(self, who: simcord.MemberActor, command: str, **options: Any) -> Any:
        return await who.slash(self.world.general, command, **options)

    async def slides(self, who: simcord.MemberActor, link: str = DECK) -> Any:
        return await self.slash(who, "submit-slides", session=str(self.presented), link=link)

    async def form(self, who: simcord.MemberActor) -> Any:
        return await self.slash(who, "submit-summary", session=str(self.summarised))

    async def write(self, who: simcord.MemberActor, parts: dict[str, str]) -> Any:
        """Both forms, one after the other; returns the preview."""
        shown = await who.submit_modal(await self.form(who), {k: v for k, v in parts.items() if k in "012"})
        second = await who.click(said(shown), label="Write part 2 of 2")
        return await who.submit_modal(second, {k: v for k, v in parts.items() if k in "345"})

    async def at(self, moment: Any) -> None:
        await self.world.env.advance_time((moment - self.world.env.now()).total_seconds())

    async def posted(self, channel: Any) -> list[str]:
        for _ in range(3):
            await self.world.app.outbox.tick()
        return [message.content for message in channel.history()]


@pytest.fixture
async def room(world: World) -> Class:
    return await Class(world).open()


def code_of(shown: Any) -> str:
    return next(field.value for field in said(shown).embeds[0].fields if field.name == "Receipt").split("`")[1]


async def files_of(shown: Any) -> dict[str, bytes]:
    return {one.filename: await one.read() for one in said(shown).attachments}


async def test_slides_go_to_staff_with_a_receipt_for_the_group(room: Class) -> None:
    world, ada = room.world, room.ada
    choices = await ada.autocomplete(world.general, "submit-slides", "session", "")
    assert [one["value"] for one in choices] == [str(room.presented)]
    assert await room.cyd.autocomplete(world.general, "submit-slides", "session", "") == []
    shown = await room.slides(ada)
    assert said(shown).ephemeral
    words = text(shown)
    assert "for **Attention**, version 1" in words
    assert f"on time (due <t:{int((START - timedelta(hours=24)).timestamp())}:F>" in words
    assert "everyone with the link can view it" in words
    code = code_of(shown)
    (told,) = [one for one in await room.posted(room.desk) if "📥" in one]
    assert "from Attention (by Student01), version 1" in told
    assert f"<{DECK}>" in told
    (group,) = [one for one in await room.posted(world.announcements) if "🧾" in one]
    assert f"<@{room.ben.id}>" in group
    assert f"<@{room.ada.id}>" not in group
    assert code in group
    assert DECK not in group
    # Ticked, and not reminded of any more.
    assert "✓ **Slides: Thu Jan 25" in text(await room.slash(room.ben, "deadlines"))
    choices = await ada.autocomplete(world.general, "submit-slides", "session", "")
    assert choices[0]["name"].startswith("✓ ")
    # Late ones are taken, by anyone of the group, and shown as late; the one in time goes on counting.
    await room.at(START - timedelta(hours=24) + timedelta(milliseconds=1))
    again = await room.slides(room.ben, "https://example.org/talk.docx")
    assert "version 2" in text(again)
    assert "**late**" in text(again)
    assert "it is kept, but version 1, which came in time, goes on counting" in text(again)
    assert "not slides" in text(again)
    assert sum("📥" in one for one in await room.posted(room.desk)) == 2
    assert any("**late**: due" in one for one in await room.posted(room.desk))
    assert "Another version counts" in text(await room.slash(ada, "receipt", code=code_of(again)))
    assert "Another version" not in text(await room.slash(ada, "receipt", code=code))
    mine = text(await room.slash(ada, "my-duties"))
    assert "✓ handed in: version 1" in mine


async def test_who_may_and_which_links(room: Class) -> None:
    refused = await room.slides(room.cyd)
    assert "You do not present" in text(refused)
    assert "Student01, Student02 do" in text(refused)
    assert DECK in text(refused)  # what was typed comes back
    for link, words in [("slides.pptx", "beginning with https://"), ("http://example.org", "beginning with https://")]:
        assert words in text(await room.slides(room.ada, link))
    for session, words in [("2024-01-26", "There is no class"), ("Feb 1", "nobody is down for it yet")]:
        refused = await room.slash(room.ada, "submit-slides", session=session, link=DECK)
        assert words in text(refused)
    assert [one for one in await room.posted(room.desk) if "📥" in one] == []


async def test_feedback_goes_into_one_thread_with_the_group(room: Class) -> None:
    world = room.world
    await room.slides(room.ada)
    await room.posted(room.desk)
    message = next(one for one in room.desk.history() if "📥" in one.content)
    refused = await room.ben.click(message, label="Feedback")
    assert "Only the course staff" in text(refused)
    shown = await world.staff.click(message, label="Feedback")
    assert "Write your feedback in <#" in text(shown)
    thread = world.app.bot.get_channel(int(text(shown).split("<#")[1].split(">")[0]))
    assert thread is not None
    assert thread.is_private()
    assert thread.name.startswith("Feedback: Slides: Thu Jan 25")
    await world.restart()
    await room.slides(room.ben)
    await room.posted(room.desk)
    newest = [one for one in room.desk.history() if "📥" in one.content]
    for one in newest:  # a later version is talked about in the same thread
        assert f"<#{thread.id}>" in text(await world.staff.click(one, label="Feedback"))
    # Somebody deletes it, and the bot may not make another until it is given the right.
    gone = world.app.bot.get_channel(thread.id)
    assert isinstance(gone, discord.Thread)
    await gone.delete()
    await lay_off(world, create_private_threads=False, administrator=False)
    assert "I may not open a thread" in text(await world.staff.click(newest[0], label="Feedback"))
    await lay_off(world, create_private_threads=True)
    again = text(await world.staff.click(newest[0], label="Feedback"))
    assert "<#" in again
    assert f"<#{thread.id}>" not in again


async def test_a_summary_is_written_in_two_forms_and_handed_in_after_a_preview(room: Class) -> None:
    world, ada, ben = room.world, room.ada, room.ben
    await room.at(OVER + timedelta(hours=1))
    first = await room.form(ada)
    shown = await ada.submit_modal(first, {"0": "It matters.", "1": " ", "2": "They page."})
    assert said(shown).ephemeral
    assert "Still empty: **Related Works**, **Limitations**" in text(shown)
    await world.restart()
    second = await ada.click(said(shown), label="Write part 2 of 2")
    shown = await ada.submit_modal(second, {"3": "Memory.", "4": "More.", "5": "We talked."})
    assert "Still empty: **Related Works**." in text(shown)
    assert (await files_of(shown))["summary.md"].decode().count("## ") == 5
    # The group's draft: the other one sees it, and completes it.
    form = await room.form(ben)
    fields = [row["component"] for row in form.modal["components"]]
    assert [field.get("value") for field in fields] == ["It matters.", None, "They page."]
    done = await ben.submit_modal(form, {"0": "It matters.", "1": "Much was there.", "2": "They page."})
    assert "Every heading has its text" in text(done)
    assert "last by Student02" in text(done)
    # What ada was shown has changed since: she is shown it again first.
    again = await ada.click(said(shown), label="Hand it in, with 1 empty")
    assert "Look once more" in text(again)
    assert "Much was there." in text(again)
    await ada.click(said(again), label="Hand it in")
    assert "version 1" in text(again)
    assert "on time" in text(again)
    code = code_of(again)
    proof = await room.slash(ben, "receipt", code=code.lower().replace("-", " "))
    assert "✅ **Valid**" in text(proof)
    assert "by Student01" in text(proof)
    files = await files_of(proof)
    assert "## Related Works\n\nMuch was there." in files["summary.md"].decode()
    receipt = receipts.from_json(files[f"receipt-{code}.json"])
    assert receipt.digest in text(proof)
    assert receipt.on_time
    # Opened again it is what is handed in, with nothing to press.
    form = await room.form(ada)
    shown = await ada.submit_modal(form, {key: PARTS[key] for key in "012"})
    assert "That is the text below." in text(shown)
    assert "hand-in" not in str(said(shown).components)


async def test_two_who_write_at_the_same_time_lose_nothing(room: Class) -> None:
    ada, ben = room.ada, room.ben
    mine, theirs = await room.form(ada), await room.form(ben)
    await ben.submit_modal(theirs, {"0": "Bens problem.", "1": "Bens works.", "2": ""})
    shown = await ada.submit_modal(mine, {"0": "Adas problem.", "1": "Bens works.", "2": "Adas overview."})
    words = text(shown)
    assert "✋ **Problem and Motivation**: Student02 changed this while you wrote" in words
    assert "✋ **Related Works**" not in words  # they wrote the same
    both = (await files_of(shown))["both-texts.md"].decode()
    assert "Bens problem." in both
    assert "Adas problem." in both
    summary = (await files_of(shown))["summary.md"].decode()
    assert "Bens problem." in summary
    assert "Adas problem." not in summary
    assert "Adas overview." in summary
    form = await ada.click(said(shown), label="Write part 1 of 2")
    shown = await ada.submit_modal(form, {"0": "Both problems.", "1": "Bens works.", "2": ""})
    assert "✋" not in text(shown)
    assert "Both problems." in text(shown)
    assert "Still empty: **Solution Overview**" in text(shown)  # one's own text can be taken out


async def test_a_form_that_is_refused_gives_the_text_back(room: Class) -> None:
    form = await room.form(room.ada)
    shown = await room.world.staff.slash(room.world.general, "staff session cancel", session=str(room.summarised))
    await room.world.staff.click(said(shown), label="Cancel the class")
    refused = await room.ada.submit_modal(form, {"0": "Long thoughts.", "1": "", "2": ""})
    assert "cancelled" in text(refused)
    assert "Long thoughts." in text(refused)


async def test_after_the_deadline_it_says_no_credit_before_and_after(room: Class) -> None:
    ada, due = room.ada, OVER + timedelta(hours=24)
    await room.at(due - timedelta(minutes=1))
    in_time = await room.write(ada, PARTS)
    await room.at(due + timedelta(milliseconds=1))
    # The button was shown in time, so being late is said first.
    late = await ada.click(said(in_time), label="Hand it in")
    assert "Look once more" in text(late)
    assert "gives **NO CREDIT**" in text(late)
    await ada.click(said(late), label="Hand it in late: no credit")
    assert "**NO CREDIT**" in text(late)
    assert "tell the staff: only they can excuse you" in text(late)
    assert "version 1" in text(late)
    mine = text(await room.slash(room.ben, "my-duties"))
    assert "handed in late: NO CREDIT" in mine
    # A link or a file that comes late is kept only when its sender says so.
    summary = str(room.summarised)
    waits = [
        await room.slash(ada, "submit-summary", session=summary, link="https://example.org/summary"),
        await room.slash(ada, "submit-summary", session=summary, file=("summary.md", b"# All of it")),
        await room.slash(ada, "submit-summary", session=summary, file=("later.md", b"# More of it")),
    ]
    for shown, what in zip(waits, ("<https://example.org/summary>", "summary.md", "later.md"), strict=True):
        assert "Hand in this summary late?" in text(shown)
        assert "NO CREDIT" in text(shown)
        assert what.replace("_", "\\_") in text(shown)
    for version, shown in enumerate(waits[:2], 2):
        await ada.click(said(shown), label="Hand it in late: no credit")
        assert f"version {version}" in text(shown)
    await room.world.env.advance_time(timedelta(minutes=31).total_seconds())
    gone = await ada.click(said(waits[2]), label="Hand it in late: no credit")
    assert "Give it again with" in text(gone)


async def test_the_template_is_a_policy(room: Class) -> None:
    world, ada = room.world, room.ada
    old = await room.form(ada)
    await world.staff.slash(world.general, "staff policy", key="summary.template", value="questions")
    form = await room.form(ada)
    assert len(form.modal["components"]) == 5
    # A form that stood open keeps its own headings; what was written there is handed in too.
    shown = await ada.submit_modal(old, {"0": "Old words.", "1": "", "2": ""})
    assert "Problem and Motivation" in text(shown)
    assert "Still empty: **What problem" in text(shown)
    shown = await ada.submit_modal(form, {str(n): f"Answer {n}" for n in range(5)})
    await ada.click(said(shown), label="Hand it in")
    proof = await files_of(await room.slash(ada, "receipt", code=code_of(shown)))
    assert "Answer 4\n\n## Problem and Motivation\n\nOld words." in proof["summary.md"].decode()
    await world.staff.slash(world.general, "staff policy", key="summary.template", value="link")
    assert "give the option `link`" in text(await room.form(ada))
    done = await room.slash(ada, "submit-summary", session=str(room.summarised), link="https://example.org/summary")
    assert "version 2" in text(done)


async def test_a_receipt_tells_others_little_and_shows_what_was_tampered_with(room: Class) -> None:
    world = room.world
    code = code_of(await room.slides(room.ada))
    other = await room.slash(room.cyd, "receipt", code=code)
    assert "✅ **Valid**" in text(other)
    assert "Handed in <t:" in text(other)
    for secret in ("Student", "Attention", "Paper", "Slides", "docs.google"):
        assert secret not in text(other)
    assert said(other).attachments == []
    assert await room.cyd.autocomplete(world.general, "receipt", "code", "") == []
    names = await room.ben.autocomplete(world.general, "receipt", "code", "slides")
    assert [one["value"] for one in names] == [code]
    staff = await room.slash(world.staff, "receipt", code=code)
    assert "**Attention** by Student01" in text(staff)
    assert DECK in text(staff)
    assert "There is no receipt" in text(await room.slash(room.ada, "receipt", code="0000-0000"))
    assert "is no code of a receipt" in text(await room.slash(room.ada, "receipt", code="hello"))

    def tamper(tx: Any) -> None:
        tx.execute(update(hand_in).values(link="https://example.org/better"))

    await world.app.database.write(tamper)
    assert "❌ **Not valid**" in text(await room.slash(room.ada, "receipt", code=code))
    assert json.loads((await files_of(staff))[f"receipt-{code}.json"])["version"] == 1


async def test_a_receipt_goes_to_the_groups_own_room_in_full(room: Class) -> None:
    world = room.world
    await world.staff.slash(world.general, "staff policy", key="groups.room", value="channel")
    await world.app.bot.spaces.finish()
    code = code_of(await room.slides(room.ada))
    for _ in range(3):
        await world.app.outbox.tick()
        await asyncio.sleep(0)
    rooms = [one for one in world.app.bot.guilds[0].text_channels if one.name.startswith("attention")]
    assert [one.name for one in rooms] == ["attention"]
    posted = [message.content async for message in rooms[0].history()]
    (receipt,) = [one for one in posted if "🧾" in one]
    message = next(one for one in room.desk.history() if "📥" in one.content)
    shown = text(await world.staff.click(message, label="Feedback"))
    thread = world.app.bot.get_channel(int(shown.split("<#")[1].split(">")[0]))
    assert isinstance(thread, discord.Thread)
    assert (thread.parent_id, thread.is_private()) == (rooms[0].id, False)
    assert code in receipt
    assert "SHA-256" in receipt
    assert "on time" in receipt
