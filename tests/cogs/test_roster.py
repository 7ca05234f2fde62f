"""The roster as people meet it: staff import it and send codes, students link, and only they take part."""

from __future__ import annotations

import csv
import io
import logging
from datetime import timedelta
from typing import Any

import discord
import pytest
import simcord

from tests.support.world import World, said, text

CANVAS = b"Student,ID,SIS User ID,SIS Login ID,Section\n    Points Possible,,,,\n"


def _list(*numbers: int) -> bytes:
    return CANVAS + b"".join(b'"%02d, Human",%d,9%d,login%02d,001\n' % (n, n, n, n) for n in numbers)


async def _upload(world: World, data: bytes, who: simcord.MemberActor | None = None) -> Any:
    return await (who or world.staff).slash(world.general, "staff import roster", file=("roster.csv", data))


async def _codes_in(message: Any) -> dict[str, str]:
    """The file of codes: by login."""
    (file,) = message.attachments
    assert file.filename == "link-codes.csv"
    rows = csv.DictReader(io.StringIO((await file.read()).decode("utf-8-sig"), newline=""))
    return {row["login"]: row["code"] for row in rows}


def _first_button(shown: Any) -> Any:
    return said(shown).components[0]["components"][0]


async def _import(world: World, *numbers: int) -> dict[str, str]:
    """Import and confirm; the codes by login."""
    shown = await _upload(world, _list(*numbers))
    done = await world.staff.click(said(shown), label="Import")
    return await _codes_in(said(done)) if done.followups else {}


async def test_import_shows_then_confirms_and_hands_out_codes_privately(world: World) -> None:
    await world.set_up()
    shown = await _upload(world, _list(1, 2) + b'"Nobody",7,,,001\n')
    assert said(shown).ephemeral
    assert "Import this roster?" in text(shown)
    assert "The file names 2 people. From then on only who is linked" in text(shown)
    assert "**Added: 2**\n• Human 01 (login01)\n• Human 02 (login02)" in text(shown)
    assert "1 to check\nLine 5: There is neither a login nor an e-mail address. Left out." in text(shown)
    done = await world.staff.click(said(shown), label="Import")
    assert said(done).ephemeral
    assert "2 people are not linked yet" in said(done).content
    assert list(await _codes_in(said(done))) == ["login01", "login02"]
    assert said(shown).embeds[0].title == "Roster imported"
    assert said(shown).components == []
    assert await _codes_in(said(await world.staff.slash(world.general, "staff student codes"))) == await _codes_in(
        said(done)
    )
    again = await _upload(world, _list(1, 2))
    assert "Nothing to change" in text(again)
    assert said(again).components == []


async def test_a_second_list_shows_what_differs_and_warns_of_many_drops(world: World) -> None:
    await world.set_up()
    await _import(world, 1, 2, 3, 4)
    shown = await _upload(world, _list(1, 5).replace(b"login01,001", b"login01,002"))
    assert "⚠️ **This drops 3 people, more than half of the roster.** Is it the right file?" in text(shown)
    assert "**Dropped: 3**\n• Human 02 (login02)" in text(shown)
    assert "**Changed: 1**\n• Human 01: section 001 → 002" in text(shown)
    assert "**Added: 1**\n• Human 05 (login05)" in text(shown)
    assert _first_button(shown)["style"] == discord.ButtonStyle.danger.value
    await world.staff.click(said(shown), label="Import")
    back = await _upload(world, _list(1, 2, 3, 4, 5))
    assert "more than half" not in text(back)
    assert "**Back again: 3**" in text(back)
    assert _first_button(back)["style"] == discord.ButtonStyle.success.value


async def test_a_preview_survives_a_restart_and_can_be_cancelled(world: World) -> None:
    await world.set_up()
    first, second = await _upload(world, _list(1)), await _upload(world, _list(1, 2))
    await world.restart()
    await world.staff.click(said(first), label="Cancel")
    assert "Nothing was changed" in text(first)
    await world.staff.click(said(second), label="Import")
    assert "Roster imported" in text(second)


@pytest.mark.parametrize("data", [b"", b"just words", b"Name,Section\nA,1\n", b"\x00\x01\xff" * 40])
async def test_what_is_no_class_list_changes_nothing(world: World, data: bytes) -> None:
    await world.set_up()
    refused = await _upload(world, data)
    assert said(refused).ephemeral
    assert "incident" not in text(refused)
    assert len(text(refused)) > 30
    assert "no codes to send" in text(await world.staff.slash(world.general, "staff student codes"))


async def test_a_huge_file_is_refused_before_it_is_fetched(world: World) -> None:
    await world.set_up()
    assert "at most 2 MB" in text(await _upload(world, b"x" * (2 * 1024 * 1024 + 1)))


async def test_students_cannot_do_what_staff_do(world: World) -> None:
    await world.set_up()
    codes = await _import(world, 1)
    ada = world.student(1)
    # Even where the server's owners opened the commands to everyone.
    world.guild.set_command_permissions(world.app.bot.command_ids["staff"], {ada: True})
    for result in (
        await _upload(world, _list(1, 2), ada),
        await ada.slash(world.general, "staff student codes"),
        await ada.slash(world.general, "staff student link", person="login01", member=ada),
        await ada.slash(world.general, "staff student unlink", member=ada),
        await ada.slash(world.general, "staff student merge", keep="login01", duplicate="login01"),
        await ada.slash(world.general, "staff policy"),
        await ada.slash(world.general, "staff audit"),
    ):
        assert "Only the course staff" in text(result)
        assert codes["login01"] not in text(result)
        assert said(result).attachments == []
    assert await ada.autocomplete(world.general, "staff student link", "person", "") == []


async def test_a_student_in_a_group_links_and_keeps_it(world: World) -> None:
    await world.set_up()
    ada, ben, cyd = (world.student(n) for n in range(3))
    await ada.slash(world.general, "create-group", name="Attention")
    codes = await _import(world, 1, 2)
    linked = await ada.slash(world.general, "link", code=codes["login01"].lower().replace("-", " "))
    assert said(linked).ephemeral
    assert text(linked) == "You are linked as **Human 01** in **Attention**."
    assert "linked already, as **Human 01**" in text(await ada.slash(world.general, "link", code=codes["login02"]))
    for command, options in [("join-group", {"group": "Attention"}), ("create-group", {"name": "Diffusion"})]:
        refused = await ben.slash(world.general, command, **options)
        assert "I cannot find you on the course's roster yet. Use </link:" in text(refused)
        assert said(refused).ephemeral
    await ben.slash(world.general, "link", code=codes["login02"])
    assert "(2 of 3, 1 free)" in text(await ben.slash(world.general, "join-group", group="Attention"))
    assert "cannot find you" in text(await cyd.slash(world.general, "join-group", group="Attention"))


async def test_reminders_go_to_the_roster_alone(world: World) -> None:
    await world.set_up()
    ada, ben, cyd, dan = (world.student(n) for n in range(1, 5))
    for who in (ada, ben, cyd, dan):
        await who.slash(world.general, "help")
    codes = await _import(world, 1, 2)
    await ada.slash(world.general, "link", code=codes["login01"])
    await dan.slash(world.general, "link", code=codes["login02"])
    await _import(world, 1)  # the second one has dropped the course
    await world.app.outbox.tick()
    await world.env.advance_time(timedelta(days=2).total_seconds())
    await world.app.outbox.tick()
    reminder = world.announcements.last_message
    assert "Groups lock" in reminder.content
    assert [user.id for user in reminder.mentions] == [ada.id]


async def test_wrong_codes_are_counted_and_never_logged(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="bot")
    await world.set_up()
    codes = await _import(world, 1)
    ada = world.student(1)
    for left in ("4 more tries", "3 more tries", "2 more tries", "1 more try", "no more tries"):
        refused = await ada.slash(world.general, "link", code="AAAAA-BBBBB")
        assert f"You have {left} for now" in text(refused)
        assert said(refused).ephemeral
    locked = await ada.slash(world.general, "link", code=codes["login01"])
    assert "too many wrong codes. Try again after <t:" in text(locked)
    await world.env.advance_time(3601)
    assert "You are linked as **Human 01**" in text(await ada.slash(world.general, "link", code=codes["login01"]))
    assert "AAAAA" not in caplog.text
    assert codes["login01"] not in caplog.text


async def test_a_name_that_looks_like_mark_up_stays_a_name(world: World) -> None:
    await world.set_up()
    shown = await _upload(world, b"Name,Login\n=HYPERLINK(*x*) @everyone,evil\n")
    assert "=HYPERLINK(\\*x\\*) \\@everyone" in text(shown)
    done = await world.staff.click(said(shown), label="Import")
    (file,) = said(done).attachments
    assert "\n'=HYPERLINK(*x*) @everyone,,evil," in (await file.read()).decode("utf-8-sig").replace("\r", "")
    (code,) = (await _codes_in(said(done))).values()
    linked = await world.student(1).slash(world.general, "link", code=code)
    assert not said(linked).message.mention_everyone


async def test_staff_link_unlink_and_replace_by_hand(world: World) -> None:
    await world.set_up()
    ada, ben = world.student(1), world.student(2)
    await ada.slash(world.general, "create-group", name="Attention")
    await _import(world, 1, 2)
    choices = await world.staff.autocomplete(world.general, "staff student link", "person", "human")
    assert [choice["name"] for choice in choices] == ["Human 01 (login01)", "Human 02 (login02)"]
    first, second = (choice["value"] for choice in choices)
    linked = await world.staff.slash(world.general, "staff student link", person=first, member=ada)
    assert said(linked).ephemeral
    assert text(linked) == f"<@{ada.id}> is linked as **Human 01** in **Attention**."
    choices = await world.staff.autocomplete(world.general, "staff student link", "person", "")
    assert [choice["value"] for choice in choices] == [second]
    refused = await world.staff.slash(world.general, "staff student link", person=second, member=ada)
    assert "This account is linked to Human 01 already" in text(refused)
    moved = await world.staff.slash(world.general, "staff student link", person=second, member=ada, replace=True)
    assert text(moved) == f"<@{ada.id}> is linked as **Human 02**."
    await world.staff.slash(world.general, "staff student link", person="login01", member=ben)
    assert f"<@{ben.id}>" in (await ada.slash(world.general, "groups")).response.embeds[0].fields[0].value
    gone = await world.staff.slash(world.general, "staff student unlink", member=ada)
    assert "is not linked to **Human 02** any more" in text(gone)
    assert "linked to nobody" in text(await world.staff.slash(world.general, "staff student unlink", member=ada))
    audit = text(await world.staff.slash(world.general, "staff audit"))
    assert f"<@{world.staff.id}>: linked <@{ada.id}> to Human 02 (login02)" in audit
    assert f"unlinked <@{ada.id}> from Human 02" in audit


async def test_two_rows_of_one_human_are_merged_after_confirmation(world: World) -> None:
    await world.set_up()
    await world.import_sample()
    await _import(world, 1)
    choices = await world.staff.autocomplete(world.general, "staff student merge", "duplicate", "student33")
    assert [choice["name"] for choice in choices] == ["Student33 (from the course page)"]
    shown = await world.staff.slash(world.general, "staff student merge", keep=choices[0]["value"], duplicate="login01")
    assert said(shown).ephemeral
    assert "Stays: **Human 01 (login01)**\nGoes into it: **Student33 (from the course page)**," in text(shown)
    assert "The other way round than you gave them" in text(shown)
    await world.restart()
    await world.staff.click(said(shown), label="Merge")
    assert "Merged" in text(shown)
    assert await world.staff.autocomplete(world.general, "staff student merge", "keep", "student33") == []
    assert "the same person already" in text(
        await world.staff.slash(world.general, "staff student merge", keep="login01", duplicate="Human 01")
    )


async def test_a_page_imported_first_is_found_on_the_roster(world: World) -> None:
    await world.set_up()
    await world.import_sample()
    shown = await _upload(world, b"Name,Login\nSTUDENT33,s33\nStudent98,s98\n")
    assert "**Known from the course page: 1**\n• STUDENT33" in text(shown)
    await world.staff.click(said(shown), label="Import")
    choices = await world.staff.autocomplete(world.general, "staff student merge", "keep", "student33")
    assert [choice["name"] for choice in choices] == ["STUDENT33 (s33)"]


async def test_at_most_25_suggestions(world: World) -> None:
    await world.set_up()
    await _import(world, *range(1, 41))
    choices = await world.staff.autocomplete(world.general, "staff student link", "person", "human")
    assert len(choices) == 25


async def test_a_large_list_fits_into_a_message(world: World) -> None:
    await world.set_up()
    lines = "".join(f"{'Very Long Name ' * 6}{n},{'l' * 80}{n}\n{'x' * 50}{n},no login\n" for n in range(300))
    shown = await _upload(world, f"Name,Login\n{lines}".encode())
    assert "… and" in text(shown)
    assert "300 to check" in text(shown)
    done = await world.staff.click(said(shown), label="Import")
    assert len(await _codes_in(said(done))) == 300
