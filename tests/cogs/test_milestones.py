"""/submit-milestone, what staff decide about it, and what its group hears, in the offline Discord."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import simcord

from bot.core.files import MB
from tests.core.test_files import PDF, archive
from tests.support.duty_world import group_of
from tests.support.world import World, said, text

DUE = "<t:1707541140:F>"


class Project:
    """Attention is Ada and Ben, Caching is Cyd; staff have a channel of their own."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ada, self.ben, self.cyd = (world.student(n) for n in (1, 2, 3))
        self.desk = world.guild.create_text_channel("staff")

    async def open(self) -> Project:
        await self.world.set_up(staff_channel=self.desk)
        await group_of(self.world, "Attention", self.ada, self.ben)
        await group_of(self.world, "Caching", self.cyd)
        return self

    async def submit(self, who: simcord.MemberActor, **options: Any) -> Any:
        return await who.slash(self.world.general, "submit-milestone", **options)

    async def posted(self, channel: Any) -> list[Any]:
        await self.world.app.outbox.tick()
        return list(channel.history())

    def stored(self) -> list[bytes]:
        folder: Path = self.world.app.settings.files_folder
        return sorted(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def _fields(message: Any) -> dict[str, str]:
    return {field.name: field.value for embed in message.embeds for field in embed.fields}


async def test_a_proposal_on_its_way_to_being_approved(world: World) -> None:
    there = await Project(world).open()
    done = await there.submit(there.ada, file=("My Proposal.pdf", PDF))
    assert said(done).ephemeral
    assert "**Project proposal** for **Attention**, version 1." in text(done)
    assert f"on time (due {DUE}" in text(done)
    assert "\nFiles: My Proposal.pdf\n" in text(done)
    assert "☐ two pages at most, references included\n☐ Problem\n" in _fields(said(done))["Is it all there?"]
    (first,) = await there.posted(there.desk)
    assert first.content.startswith("📥 **Project proposal** from **Attention**\nStudent01 handed it in <t:")
    assert ", on time.\nFiles: My Proposal.pdf\n" in first.content
    assert "Only the course staff" in text(await there.ben.click(first, label="Approve"))
    await world.restart()
    form = await world.staff.click(first, label="Request changes")
    assert "Changes to Attention: Project proposal" in str(form.modal)
    await world.restart()
    await world.staff.submit_modal(form, {"text": "The *evaluation* plan\nis missing."})
    first, *_ = await there.posted(there.desk)
    assert first.content.endswith(f"✏️ Changes requested by <@{world.staff.id}>: The \\*evaluation\\* plan is missing.")
    told = (await there.posted(world.announcements))[-1]
    pinged = f"<@{there.ada.id}> <@{there.ben.id}>"
    assert told.content == f"{pinged}\n📝 The staff have looked at your **Project proposal**, version 1."
    assert "belongs to another group" in text(await there.cyd.click(told, label="See what they say"))
    await world.restart()
    words = text(await there.ben.click(told, label="See what they say"))
    assert f"<@{world.staff.id}> requests changes:\n> The \\*evaluation\\* plan\n> is missing.\n" in words
    assert "next version with </submit-milestone:" in words

    done = await there.submit(there.ben, milestone="project proposal", link="https://example.org/proposal")
    assert "version 2" in text(done)
    assert "⚠️ The version before also had My Proposal.pdf." in text(done)
    assert "Version 2 has been handed in since" in text(await world.staff.click(first, label="Approve"))
    assert "Version 2 has been handed in since" in text(await there.ada.click(told, label="See what they say"))
    second = (await there.posted(there.desk))[-1]
    assert "from **Attention**, version 2\nStudent02 handed it in" in second.content
    assert "Link: <https://example.org/proposal>\n-# Version 1: ✏️ Changes requested by" in second.content
    await world.staff.click(second, label="Approve")
    await world.staff.click(second, label="Approve")  # twice is once
    second = (await there.posted(there.desk))[-1]
    assert second.content.endswith(f"\n✅ Approved by <@{world.staff.id}>")
    told = (await there.posted(world.announcements))[-1]
    assert "version 2." in told.content
    assert f"✅ Approved by <@{world.staff.id}>." in text(await there.ada.click(told, label="See what they say"))
    audit = text(await world.staff.slash(world.general, "staff audit"))
    assert audit.count("approved the milestone “Project proposal” of Attention, version 2") == 1
    assert "requested changes to the milestone “Project proposal” of Attention, version 1: The" in audit
    done = await there.submit(there.ada, milestone="Project proposal", file=("v3.pdf", PDF))
    assert "⚠️ Version 2 was approved; the staff look at this one anew." in text(done)


async def test_files_are_kept_once_and_handed_out_to_those_they_belong_to(world: World) -> None:
    there = await Project(world).open()
    code = archive("main.py")
    report = {"milestone": "Research paper and code", "file": ("paper.pdf", PDF), "code": ("code.zip", code)}
    done = await there.submit(there.ada, **report)
    assert "☐ the code as a zip archive" in _fields(said(done))["Is it all there?"]
    await there.submit(there.cyd, milestone="Project proposal", file=("same.pdf", PDF))
    assert there.stored() == sorted([PDF, code])
    card = (await there.posted(there.desk))[0]
    for who in (world.staff, there.ben):
        found = await who.click(card, label="Open")
        assert all(one.ephemeral for one in found.followups)
        files = [file for one in found.followups for file in one.attachments]
        assert [(file.filename, await file.read()) for file in files] == [("paper.pdf", PDF), ("code.zip", code)]
    assert "belongs to another group" in text(await there.cyd.click(card, label="Open"))
    (lost,) = (
        path
        for path in world.app.settings.files_folder.rglob("*")
        if path.is_file() and path.stat().st_size == len(PDF)
    )
    lost.write_bytes(b"not what it was")
    found = await world.staff.click(card, label="Open")
    assert "⚠️ paper.pdf is missing or damaged" in found.response.content
    assert [file.filename for one in found.followups for file in one.attachments] == ["code.zip"]


async def test_what_is_refused_is_said_and_nothing_of_it_is_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    there = await Project(world).open()
    for options, why in (
        ({}, "There is nothing to hand in: give a `link`"),
        ({"link": "ftp://example.org"}, "is no link that others can open"),
        ({"link": "https://example.org/a", "file": ("a.pdf", b"MZ\0")}, "“a.pdf” is something else inside"),
        ({"file": ("a.pdf", PDF), "code": ("b.zip", PDF)}, "“b.zip” is a PDF; what is taken here is a zip archive"),
        ({"file": ("a.pdf", b"")}, "“a.pdf” is empty"),
        ({"file": ("a.pdf", PDF.ljust(10 * MB + 1))}, "a file has at most 10 MB"),
        ({"milestone": "Poster", "file": ("a.pdf", PDF)}, "no milestone “Poster”. There are: “Project proposal”"),
    ):
        assert why in text(await there.submit(there.ada, **options)), why
    assert "You typed: https://example.org/a" in text(
        await there.submit(there.ada, link="https://example.org/a", file=("a.txt", b"\0"))
    )
    with monkeypatch.context() as lost:
        lost.setattr(world.env.backend.cdn, "get", lambda url: None)
        refused = text(await there.submit(there.ada, file=("a.pdf", PDF)))
    assert "I could not get “a.pdf” from Discord, so nothing was handed in. Give the command again." in refused
    assert there.stored() == []
    assert await there.posted(there.desk) == []


async def test_which_milestone_is_meant(world: World) -> None:
    there = await Project(world).open()
    await there.submit(there.cyd, link="https://example.org/a")
    # What is corrected may still be corrected: it does not go to the next one.
    second = await there.submit(there.cyd, milestone="proposal", link="https://example.org/b")
    assert "**Project proposal** for **Caching**, version 2." in text(second)
    refused = text(await there.submit(there.cyd, link="https://example.org/b"))
    assert "Which one do you mean: “Project proposal” or “Research paper and code”?" in refused
    assert "You typed: https://example.org/b" in refused
    await there.posted(there.desk)
    await world.env.advance_time(22 * 86400)  # the proposal is overdue
    refused = text(await there.submit(there.ada, link="https://example.org/a"))
    assert "Which one do you mean: “Project proposal” or “Research paper and code”?" in refused
    late = text(await there.submit(there.ada, milestone="Project proposal", link="https://example.org/a"))
    assert f"**late** (due {DUE}" in late
    card = (await there.posted(there.desk))[-1]
    assert f", **10 hours late** (due {DUE}" in card.content
    names = await there.ben.autocomplete(world.general, "submit-milestone", "milestone", "")
    assert [one["name"] for one in names] == ["Research paper and code", "✓ Project proposal"]
    done = text(await there.submit(there.ben, link="https://example.org/b"))
    assert "**Research paper and code** for **Attention**, version 1." in done
    assert "You have handed in every milestone." in text(await there.submit(there.ada, link="https://example.org/c"))
    newcomer = world.student(9)
    done = text(await there.submit(newcomer, milestone="Research paper and code", link="https://example.org/d"))
    assert "**Research paper and code**, version 1." in done
