"""Summaries published to the class, by policy, in the offline Discord."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from bot.core.course import Role
from bot.core.deadlines import Work
from bot.core.people import Actor
from bot.core.receipts import Content
from bot.services import hand_in_box
from bot.store import courses, people
from tests.conftest import NOW
from tests.core.test_files import PDF
from tests.support.duty_world import give, group_of, lectures
from tests.support.world import World, text

PARTS = (("Problem", "Long *prompts* cost @everyone memory."), ("Discussion", "It was lively.\n\n- yes\n- no"))


class Class:
    """Attention summarises the class of Jan 25, Caching that of Feb 1; each has one member."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ada, self.cyd = world.student(1), world.student(2)
        self.desk = world.guild.create_text_channel("staff")

    async def open(self, publish: str) -> Class:
        world = self.world
        await world.set_up(staff_channel=self.desk)
        await group_of(world, "Attention", self.ada)
        await group_of(world, "Caching", self.cyd)
        self.sessions = await lectures(world, 2)
        for session, name in zip(self.sessions, ("Attention", "Caching"), strict=True):
            await give(world, session, Role.SUMMARIZER, name)
        await world.app.database.write(lambda tx: courses.set_policy(tx, 1, "summary.publish", publish, "staff", NOW))
        return self

    async def put(self, who: Any, session: int, at: datetime, content: Content = Content(parts=PARTS)) -> int:  # noqa: B008
        def work(tx: Connection) -> int:
            actor = Actor("discord", str(who.id), "")
            course, known = people.who(tx, f"discord:{self.world.guild.id}", actor)
            assert known
            subject = hand_in_box.of_session(tx, course, Work.SUMMARY, session)
            kept = hand_in_box.put(
                tx,
                course,
                subject=subject,
                group_id=known.group_id,
                person_id=known.id,
                at=at,
                interaction_id=f"{session} {at}",
                content=content,
            )
            return kept.hand_in_id

        return await self.world.app.database.write(work)

    async def due(self, session: int) -> datetime:
        def work(tx: Connection) -> datetime:
            return hand_in_box.of_session(tx, courses.by_id(tx, 1), Work.SUMMARY, session).due_at

        return await self.world.app.database.read(work)

    async def until(self, moment: datetime) -> None:
        await self.world.env.advance_time((moment - self.world.env.now()).total_seconds())

    async def posted(self) -> list[Any]:
        await self.world.app.outbox.tick()
        return [one for one in self.world.announcements.history() if one.content.startswith("📖")]


async def test_what_came_in_time_is_posted_once_when_it_is_due(world: World) -> None:
    there = await Class(world).open("on_time")
    first, second = there.sessions
    due = await there.due(first)
    await there.put(there.ada, first, due - timedelta(hours=2), Content(link="https://example.org/draft"))
    await there.put(there.ada, first, due)
    await there.put(there.ada, first, due + timedelta(milliseconds=1), Content(link="https://example.org/late"))
    await there.put(there.cyd, second, await there.due(second) + timedelta(milliseconds=1))
    await there.until(due)
    assert await there.posted() == []
    await there.until(due + timedelta(minutes=1))
    (message,) = await there.posted()
    assert message.content == "📖 **Summary of Thu Jan 25 · Paper of Jan 25** by Attention"
    (document,) = message.attachments
    assert document.filename == "summary.md"
    words = (await document.read()).decode()
    assert words.startswith("# Summary of Thu Jan 25 · Paper of Jan 25\n\n## Problem\n\nLong *prompts* cost @everyone")
    assert message.mention_everyone is False
    await world.restart()
    await there.until(await there.due(second) + timedelta(minutes=2))
    assert len(await there.posted()) == 1  # late ones are not published, and nothing twice


async def test_only_what_staff_have_approved_is_posted(world: World) -> None:
    there = await Class(world).open("approved")
    first, second = there.sessions
    due = await there.due(first)
    await there.until(due - timedelta(minutes=5))
    submit = {"session": str(first), "file": ("notes.pdf", PDF)}
    refused = text(await there.cyd.slash(world.general, "submit-summary", **submit))
    assert "You do not write the summary" in refused
    both = text(await there.ada.slash(world.general, "submit-summary", **submit, link="https://example.org/a"))
    assert "Give the summary as a `link` or as a `file`" in both
    done = text(await there.ada.slash(world.general, "submit-summary", **submit))
    assert "on time (due" in done
    assert "Files: notes.pdf" in done
    assert await there.posted() == []
    (card,) = there.desk.history()
    assert card.content.startswith("📥 Summary of **Thu Jan 25 · Paper of Jan 25** from **Attention**\nStudent01")
    assert "belongs to another group" in text(await there.cyd.click(card, label="Open"))
    await there.until(due + timedelta(hours=3))
    assert await there.posted() == []
    await world.staff.click(card, label="Approve")
    (message,) = await there.posted()
    assert message.content.endswith("by Attention\nFiles: notes.pdf")
    opened = await there.cyd.click(message, label="Open")
    (file,) = (file for one in opened.followups for file in one.attachments)
    assert await file.read() == PDF
    late = await there.due(second) + timedelta(hours=1)
    await there.put(there.cyd, second, late)
    await there.until(late)
    await there.posted()
    card = there.desk.history()[-1]
    assert "**1 hour late**" in card.content
    assert "2 parts: press *Open* to read." in card.content
    form = await world.staff.click(card, label="Request changes")
    await world.staff.submit_modal(form, {"text": "Who said so?"})
    assert len(await there.posted()) == 1
    told = world.announcements.history()[-1].content
    assert told.endswith("The staff have looked at your summary of **Thu Feb 1 · Paper of Feb 1**, version 1.")
    await world.staff.click(card, label="Approve")  # staff may let a late one through
    assert len(await there.posted()) == 2


async def test_a_late_version_that_staff_approve_is_posted_though_the_one_in_time_counts(world: World) -> None:
    there = await Class(world).open("approved")
    first, due = there.sessions[0], await there.due(there.sessions[0])
    await there.put(there.ada, first, due, Content(link="https://example.org/first"))
    await there.put(there.ada, first, due + timedelta(hours=1), Content(link="https://example.org/second"))
    await there.until(due + timedelta(hours=2))
    assert await there.posted() == []
    await world.staff.click(there.desk.history()[-1], label="Approve")
    (message,) = await there.posted()
    assert "https://example.org/second" in message.content


async def test_nothing_is_posted_by_default(world: World) -> None:
    there = await Class(world).open("no")
    due = await there.due(there.sessions[0])
    await there.put(there.ada, there.sessions[0], due)
    await there.until(due + timedelta(hours=1))
    assert await there.posted() == []
    assert there.desk.history() == []
