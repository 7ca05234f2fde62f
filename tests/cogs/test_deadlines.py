"""/deadlines, /reminders, /staff milestone, and a policy that moves deadlines, as people use them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.course import Role
from tests.conftest import NOW
from tests.support.duty_world import give, group_of, lectures
from tests.support.questions import END, START, give_papers
from tests.support.world import World, said, text

SOON = NOW + timedelta(days=14)


def stamp(moment):  # type: ignore[no-untyped-def]
    return f"<t:{int(moment.timestamp())}:F>"


async def test_deadlines_are_mine_in_order_and_ticked(world: World) -> None:
    await world.set_up()
    ada, ben, cyd = (world.student(n) for n in (1, 2, 3))
    first, second, *_ = await lectures(world, 4)
    await group_of(world, "Attention", ada, ben)
    await give(world, first, Role.PRESENTER, "Attention")
    await world.app.database.write(give_papers, second)
    shown = await ada.slash(world.general, "deadlines")
    assert said(shown).ephemeral
    lines = [line for line in text(shown).splitlines() if line.startswith(("✓", "▢", "·"))]
    assert [line.split("**")[1] for line in lines] == [
        "Groups lock",
        "Slides: Thu Jan 25 · Paper of Jan 25",
        "Questions: Thu Feb 1 · Paper of Feb 1",
    ]
    assert [line[0] for line in lines] == ["✓", "▢", "▢"]
    assert stamp(START - timedelta(hours=24)) in lines[1]
    assert "-# FlexGen, Orca" in text(shown)
    assert "Next after that: " in text(shown)
    for paper in ("FlexGen", "Orca"):
        form = await ada.slash(world.general, "ask", session=str(second), paper=paper)
        await ada.submit_modal(form, {"text": "Why does it work?"})
    assert "✓ **Questions: Thu Feb 1" in text(await ada.slash(world.general, "deadlines"))
    other = text(await cyd.slash(world.general, "deadlines"))
    assert "Slides" not in other
    assert "▢ **Groups lock**" in other
    assert f"**Vote: Thu Jan 25 · Paper of Jan 25** {stamp(END + timedelta(hours=12))}" in other
    for member in (ada, ben):
        assert "Vote: Thu Jan 25" not in text(await member.slash(world.general, "deadlines"))


async def test_what_was_missed_stays_on_the_list_with_the_way_out(world: World) -> None:
    await world.set_up()
    ada = world.student(1)
    (first,) = await lectures(world, 1)
    await group_of(world, "Attention", ada)
    await give(world, first, Role.PRESENTER, "Attention")
    await world.env.advance_time((START - timedelta(hours=23) - NOW).total_seconds())
    due = stamp(START - timedelta(hours=24))
    shown = text(await ada.slash(world.general, "deadlines"))
    assert shown.startswith(f"Your deadlines\n✗ **Slides: Thu Jan 25 · Paper of Jan 25** {due}")
    assert "-# Not handed in, and still taken, marked late: </submit-slides:" in shown
    done = await ada.slash(world.general, "submit-slides", session=str(first), link="https://example.org/talk")
    assert text(done).count("before the deadline counts") == 0
    assert "✗" not in text(await ada.slash(world.general, "deadlines"))


async def test_staff_see_everyones_and_students_do_not(world: World) -> None:
    await world.set_up()
    ada = world.student(1)
    (first,) = await lectures(world, 1)
    await group_of(world, "Attention", ada)
    await give(world, first, Role.SUMMARIZER, "Attention")
    shown = text(await world.staff.slash(world.general, "deadlines", show="all"))
    assert f"· **Summary: Thu Jan 25 · Paper of Jan 25** {stamp(END + timedelta(hours=24))}" in shown
    assert "-# 1 of 1 still owe it" in shown
    assert "Only the course staff" in text(await ada.slash(world.general, "deadlines", show="all"))


async def test_reminders_are_shown_changed_by_options_and_buttons_and_reset(world: World) -> None:
    await world.set_up()
    ada, ben = world.student(1), world.student(2)
    shown = await ada.slash(world.general, "reminders")
    assert said(shown).ephemeral
    assert "You are mentioned in the announcement channel" in text(shown)
    assert "3 days, 24 hours, 3 hours (the course’s)" in text(shown)
    assert "America/Detroit (the course’s)" in text(shown)
    changed = await ada.slash(
        world.general, "reminders", leads="2d,6h", via="dm", quiet="22:00-07:30", zone="Europe/Berlin"
    )
    for words in ("You get a direct message", "2 days, 6 hours (yours)", "22:00 to 07:30", "Europe/Berlin"):
        assert words in text(changed)
    await world.restart()
    await ada.click(said(changed), label="Mention me in the channel")
    assert "You are mentioned" in text(changed)
    assert "2 days, 6 hours (yours)\n-# Only for direct messages" in text(changed)
    listed = await ada.slash(world.general, "reminders", digest="08:00")
    assert "One direct message a day at 08:00" in text(listed)
    await ada.click(said(listed), label="Send me direct messages")
    assert "You get a direct message" in text(listed)  # the last choice counts
    assert "You are mentioned" in text(await ben.slash(world.general, "reminders"))
    reset = await ada.slash(world.general, "reminders", reset=True)
    assert "3 days, 24 hours, 3 hours (the course’s)" in text(reset)
    assert "Quiet hours\nnone" in text(reset)


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("leads", "soon", "write for example 3d, 24h or 90m"),
        ("leads", "9w", "at most 4w"),
        ("leads", "0h", "longer than 0"),
        ("quiet", "late", "write from when to when, like 22:00-07:30"),
        ("zone", "Mars/Olympus", "There is no time zone “Mars/Olympus”"),
        ("digest", "8", "write a time of day, like 08:00"),
    ],
)
async def test_what_cannot_be_read_is_refused_and_changes_nothing(
    world: World, option: str, value: str, words: str
) -> None:
    await world.set_up()
    ada = world.student(1)
    refused = await ada.slash(world.general, "reminders", **{option: value})
    assert words in text(refused)
    assert "(the course’s)" in text(await ada.slash(world.general, "reminders"))


async def test_zones_are_suggested(world: World) -> None:
    await world.set_up()
    choices = await world.student(1).autocomplete(world.general, "reminders", "zone", "new york")
    assert [choice["value"] for choice in choices] == ["America/New_York"]
    assert len(await world.student(2).autocomplete(world.general, "reminders", "zone", "")) == 25


async def test_a_milestone_is_set_moved_and_removed_after_a_preview_and_stays_so(world: World) -> None:
    await world.set_up()
    shown = await world.staff.slash(world.general, "staff milestone set", name="Poster", due="Jan 26, 6 PM")
    assert said(shown).ephemeral
    assert "Set this milestone?" in text(shown)
    ada = world.student(1)
    assert "Poster" not in text(await ada.slash(world.general, "deadlines"))
    await world.restart()
    await world.staff.click(said(shown), label="Set it")
    assert "Milestone set" in text(shown)
    assert "▢ **Poster** <t:1706310000:F>" in text(await ada.slash(world.general, "deadlines"))
    removed = await world.staff.slash(world.general, "staff milestone remove", name="project PROPOSAL")
    await world.staff.click(said(removed), label="Remove it")
    await world.restart()  # config.toml still names it
    assert "Project proposal" not in text(await world.staff.slash(world.general, "deadlines", show="all"))
    audit = text(await world.staff.slash(world.general, "staff audit"))
    assert "milestone Poster: due 2024-01-26 18:00" in audit
    assert "removed the milestone Project proposal" in audit
    names = await world.staff.autocomplete(world.general, "staff milestone set", "name", "po")
    assert [choice["value"] for choice in names] == ["Poster"]
    for options, words in [
        ({"name": "Poster", "due": "someday"}, "There is no date"),
        ({"name": "Poster", "due": "2024-01-01"}, "That moment is past"),
        ({"name": "Poster", "due": "Jan 26, 6 PM"}, "due then already"),
    ]:
        refused = await world.staff.slash(world.general, "staff milestone set", **options)
        assert words in text(refused)
    gone = await world.staff.slash(world.general, "staff milestone remove", name="Talk")
    assert "There is no milestone “Talk”. There are: “Poster”" in text(gone)


async def test_the_milestones_of_a_page_are_imported_and_those_of_the_file_go_before(world: World) -> None:
    await world.set_up()
    page = b"| Date | Topic |\n|--|--|\n| Jan 25 | Attention |\n\n"
    page += b"## Milestones\n\n- Poster: Jan 30\n- Project proposal: Jan 31\n"
    shown = await world.staff.slash(world.general, "staff import schedule", file=("page.md", page))
    assert "Milestone Poster: new, due 2024-01-31 04:59 UTC" in text(shown)
    await world.staff.click(said(shown), label="Import")
    found = text(await world.student(1).slash(world.general, "deadlines"))
    assert "**Poster**" in found
    assert "Project proposal" not in found  # config.toml: Feb 9
    again = await world.staff.slash(world.general, "staff import schedule", file=("page.md", page))
    assert "Nothing to change" in text(again)
    without = await world.staff.slash(
        world.general, "staff import schedule", file=("page.md", page[: page.index(b"## Mil")])
    )
    assert "Milestone Poster: no longer on the page" in text(without)


async def test_a_policy_that_moves_deadlines_is_shown_first(world: World) -> None:
    await world.set_up()
    await lectures(world, 4)
    ada = world.student(1)
    shown = await world.staff.slash(world.general, "staff policy", key="slides.before", value="48h")
    assert said(shown).ephemeral
    assert "Change this policy?" in text(shown)
    assert "This moves 4 deadlines:" in text(shown)
    was, is_ = (int((START - timedelta(hours=hours)).timestamp()) for hours in (24, 48))
    assert f"• Slides of Thu Jan 25 · Paper of Jan 25: <t:{was}:f> → <t:{is_}:f>" in text(shown)
    one = await world.staff.slash(world.general, "staff policy", key="slides.before")
    assert "**slides.before** = `24h` · default" in text(one)
    await world.restart()
    await world.staff.click(said(shown), label="Change it")
    assert "Policy changed" in text(shown)
    assert f"Slides {stamp(START - timedelta(hours=48))}" in text(await ada.slash(world.general, "next-class"))
    assert "policy slides.before: 24h → 48h" in text(await world.staff.slash(world.general, "staff audit"))
    await world.app.outbox.tick()
    await world.app.outbox.tick()
    told = [message.content for message in world.announcements.history()]
    assert sum("📐" in content for content in told) == 1


async def test_a_preview_that_is_out_of_date_is_refused(world: World) -> None:
    await world.set_up()
    await lectures(world, 1)
    first = await world.staff.slash(world.general, "staff policy", key="summary.after", value="48h")
    second = await world.staff.slash(world.general, "staff policy", key="summary.after", value="12h")
    await world.staff.click(said(second), label="Change it")
    refused = await world.staff.click(said(first), label="Change it")
    assert "has changed since the preview" in text(refused)
    one = await world.staff.slash(world.general, "staff policy", key="summary.after")
    assert "`12h` · set by staff" in text(one)
