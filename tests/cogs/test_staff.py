"""What staff do: set up, import a page, ask the doctor; and that nobody else can."""

from __future__ import annotations

from datetime import timedelta

import discord
import pytest

from bot.core.errors import NotStaff
from bot.core.people import Actor
from tests.support.world import SAMPLE, World, said, text

PAGE = SAMPLE.read_bytes()


async def test_set_up_ties_the_course_and_keeps_what_is_not_given(world: World) -> None:
    role = world.guild.create_role("TA")
    shown = await world.set_up(staff_role=role)
    assert "EECS 598 · Systems for Generative AI · W24" in text(shown)
    assert "now holds the course" in text(shown)
    assert f"<#{world.announcements.id}>" in text(shown)
    again = await world.staff.slash(world.general, "staff setup", lock="2024-01-25 18:00")
    assert f"<@&{role.id}>" in text(again)
    assert "<t:1706223600:F>" in text(again)
    refused = await world.staff.slash(world.general, "staff setup", lock="soon")
    assert "Write it like 2024-01-23" in text(refused)


async def test_what_staff_set_survives_a_restart_with_the_same_config(world: World) -> None:
    await world.set_up(lock="2024-01-25 18:00")
    await world.restart()
    assert "<t:1706223600:F>" in text(await world.staff.slash(world.general, "staff doctor"))


async def test_a_second_server_is_refused(world: World) -> None:
    await world.set_up()
    other = world.env.create_guild(name="Another")
    channel = other.create_text_channel("general")
    manager = other.create_role("Staff", permissions=discord.Permissions(manage_guild=True))
    intruder = other.add_member(world.env.create_user("Staff99"), roles=[manager])
    assert "one bot serves one server" in text(await intruder.slash(channel, "staff setup"))


async def test_services_refuse_who_is_not_staff_whatever_discord_showed(world: World) -> None:
    await world.set_up()
    student, place, now = Actor("discord", "5", "Student05"), f"discord:{world.guild.id}", world.env.now()
    services = world.app.services
    for call in (
        services.courses.set_up(place, student, now),
        services.doctor.examine(place, student, now),
        services.imports.preview(place, student, PAGE, now),
        services.imports.confirm(place, student, "token", now),
        services.proposals.discard(place, student, "token"),
    ):
        with pytest.raises(NotStaff):
            await call


async def test_the_staff_role_is_enough(world: World) -> None:
    role = world.guild.create_role("TA")
    await world.set_up(staff_role=role)
    assistant = world.guild.add_member(world.env.create_user("Staff02"), roles=[role])
    shown = await assistant.slash(world.general, "help")
    assert "</staff audit:" in text(await assistant.click(said(shown), label="More →"))
    assert not (await assistant.slash(world.general, "groups", share=True)).ephemeral


async def test_import_shows_then_confirms_then_has_nothing_to_change(world: World) -> None:
    await world.set_up()
    shown = await world.staff.slash(world.general, "staff import schedule", file=("page.md", PAGE))
    assert said(shown).ephemeral
    assert "Import this schedule?" in text(shown)
    assert "27 sessions and 65 readings, 38 required" in text(shown)
    assert "No class" not in text(await world.staff.slash(world.general, "schedule"))
    done = await world.staff.click(said(shown), label="Import")
    assert "Schedule imported" in text(done)
    assert "Page 1 of 6 · 27 sessions" in text(await world.staff.slash(world.general, "schedule"))
    again = await world.staff.slash(world.general, "staff import schedule", file=("page.md", PAGE))
    assert "Nothing to change" in text(again)
    assert said(again).components == []


async def test_an_edited_page_is_shown_as_changes(world: World) -> None:
    await world.set_up()
    await world.import_sample()
    edited = PAGE.replace(b"| Mar 21  | [FlexGen", b"| Mar 22  | [FlexGen").replace(
        b"Student33, Student32]", b"Student33]"
    )
    shown = await world.staff.slash(world.general, "staff import schedule", file=("page.md", edited))
    assert "FlexGen" in text(shown)
    assert "Mar 22" in text(shown)
    assert "25 sessions unchanged" in text(shown)
    await world.staff.click(said(shown), label="Import")
    assert "27 sessions" in text(await world.staff.slash(world.general, "schedule"))


async def test_cancel_changes_nothing(world: World) -> None:
    await world.set_up()
    shown = await world.staff.slash(world.general, "staff import schedule", file=("page.md", PAGE))
    await world.staff.click(said(shown), label="Cancel")
    assert "Nothing was changed" in text(shown)
    assert "no schedule yet" in text(await world.staff.slash(world.general, "schedule"))


async def test_a_preview_works_after_a_restart_and_only_once(world: World) -> None:
    await world.set_up()
    shown = await world.staff.slash(world.general, "staff import schedule", file=("page.md", PAGE))
    twin = await world.staff.slash(world.general, "staff import schedule", file=("page.md", PAGE))
    await world.restart()
    assert "Schedule imported" in text(await world.staff.click(said(shown), label="Import"))
    outdated = await world.staff.click(said(twin), label="Import")
    assert "changed since this preview" in text(outdated)


@pytest.mark.parametrize(
    "page",
    [
        b"",
        b"\x00\xff\xfe" * 50,
        b"Just words.\n",
        b"| A | B |\n|--|--|\n| 1 | 2 |\n",
    ],
    ids=["empty", "binary", "prose", "another table"],
)
async def test_a_page_that_cannot_be_read_changes_nothing(world: World, page: bytes) -> None:
    await world.set_up()
    await world.import_sample()
    shown = await world.staff.slash(world.general, "staff import schedule", file=("page.md", page))
    assert "Import this schedule" not in text(shown)
    assert len(text(shown)) > 30
    assert "incident" not in text(shown)
    assert "27 sessions" in text(await world.staff.slash(world.general, "schedule"))


async def test_a_huge_file_is_refused_before_it_is_fetched(world: World) -> None:
    await world.set_up()
    shown = await world.staff.slash(
        world.general, "staff import schedule", file=("page.md", b"x" * (2 * 1024 * 1024 + 1))
    )
    assert "at most 2 MB" in text(shown)


async def test_the_doctor_finds_what_is_missing(world: World) -> None:
    await world.set_up()
    shown = text(await world.staff.slash(world.general, "staff doctor"))
    assert "⚠️ There is no schedule yet" in shown
    assert "✅ The bot can post in" in shown
    assert "Groups lock on <t:1706072340:F>" in shown


async def test_the_doctor_sees_a_channel_where_the_bot_may_not_speak(world: World) -> None:
    silence = discord.PermissionOverwrite(send_messages=False)
    mute = world.guild.create_text_channel("mute", overwrites={world.guild.default_role: silence})
    await world.staff.slash(world.general, "staff setup", announcements=mute)
    shown = text(await world.staff.slash(world.general, "staff doctor"))
    assert f"❌ In <#{mute.id}> the bot lacks: Send Messages" in shown
    assert shown.index("❌") < shown.index("✅")


async def test_the_doctor_sees_who_is_not_linked_and_what_to_do_after_the_lock(world: World) -> None:
    await world.set_up()
    ada = world.student(1)
    await ada.slash(world.general, "create-group", name="Attention")
    shown = text(await world.staff.slash(world.general, "staff doctor"))
    assert "Roster" not in shown
    assert "Attention" not in shown
    await world.student(2).slash(world.general, "help")
    await world.env.advance_time(timedelta(days=5).total_seconds())
    shown = text(await world.staff.slash(world.general, "staff doctor"))
    assert "⚠️ 1 student is in no group: use </staff groups place-leftovers:" in shown
    assert "⚠️ Fewer than 2 members: Attention. Use </staff groups place-leftovers:" in shown
    roster = b"Name,Login\nAda,ada\nBen,ben\n"
    shown_roster = await world.staff.slash(world.general, "staff import roster", file=("r.csv", roster))
    await world.staff.click(said(shown_roster), label="Import")
    await world.staff.slash(world.general, "staff student link", person="ada", member=ada)
    shown = text(await world.staff.slash(world.general, "staff doctor"))
    assert "✅ Roster: 2 students, 1 not linked yet: </staff student codes:" in shown
