"""/my-duties, /claim-slot and /release-slot as students use them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.core.course import Role
from bot.store import rota
from tests.support.duty_world import give, group_of, lectures
from tests.support.world import World, said, text

P, S, R = Role.PRESENTER, Role.SUMMARIZER, Role.REVIEWER
START = datetime(2024, 1, 25, 15, 30, tzinfo=UTC)


def _stamp(at: datetime) -> str:
    return f"<t:{int(at.timestamp())}:F>"


async def test_claim_see_and_give_back(world: World) -> None:
    await world.set_up(staff_channel=world.general)
    ada, ben = world.student(1), world.student(2)
    await group_of(world, "Attention", ada, ben)
    sessions = await lectures(world)
    claimed = await ada.slash(world.announcements, "claim-slot", session=str(sessions[0]), role="presenter")
    assert claimed.ephemeral
    assert text(claimed).startswith("**Attention** is now presenter on **Thu Jan 25** (Paper of Jan 25).")
    assert f"Slides due {_stamp(START - timedelta(hours=24))}" in text(claimed)
    assert "</release-slot:" in text(claimed)
    again = await ben.slash(world.announcements, "claim-slot", session="2024-01-25", role="presenter")
    assert text(again).startswith("Already yours: **Attention** is presenter on **Thu Jan 25**")
    shown = await ben.slash(world.announcements, "my-duties")
    assert shown.ephemeral
    assert f"You present with <@{ada.id}>" in text(shown)
    back = await ben.slash(world.announcements, "release-slot", duty="2024-01-25")
    assert back.ephemeral
    assert "**Attention** is no longer presenter on **Thu Jan 25**" in text(back)
    told = world.general.last_message
    assert told
    assert told.content == "**Attention** gave its claim back: presenter on Thu Jan 25 is free again."
    assert "You have no duty ahead." in text(await ben.slash(world.announcements, "my-duties"))


async def test_a_bonus_is_shown_without_its_mark_up(world: World) -> None:
    await world.set_up()
    ada = world.student(1)
    await group_of(world, "Attention", ada)
    sessions = await lectures(world)
    await world.app.database.write(rota.set_bonus, sessions[0], "+2 **points** @everyone")
    claimed = await ada.slash(world.general, "claim-slot", session=str(sessions[0]), role="summarizer")
    assert "🎁 +2 \\*\\*points\\*\\* \\@everyone" in text(claimed)
    assert said(claimed).message.mention_everyone is False


async def test_a_refusal_is_private_and_says_what_is_free(world: World) -> None:
    await world.set_up()
    ada, ben, cyd = (world.student(n) for n in range(3))
    await group_of(world, "Attention", ada)
    await group_of(world, "Diffusion", ben)
    sessions = await lectures(world, 2)
    await ada.slash(world.general, "claim-slot", session=str(sessions[0]), role="presenter")
    for who, session, role, words in [
        (ben, sessions[0], "presenter", "Attention took the presenter's seat. Free on that day: summarizer, reviewer."),
        (ada, sessions[0], "summarizer", "Attention would summarise its own lecture on Jan 25. Choose another seat"),
        (ada, sessions[0], "reviewer", "one is the most"),
        (ada, "someday", "reviewer", "There is no class “someday”"),
        (ada, sessions[0], "chair", "There is no role “chair”"),
        (cyd, sessions[0], "reviewer", "You are not in a group"),
    ]:
        refused = await who.slash(world.general, "claim-slot", session=str(session), role=role)
        assert refused.ephemeral
        assert words in text(refused)
    late = await ada.slash(world.general, "release-slot", duty="2024-02-01")
    assert late.ephemeral
    assert "Your group has no such duty ahead" in text(late)


async def test_suggestions(world: World) -> None:
    await world.set_up()
    ada, ben = world.student(1), world.student(2)
    await group_of(world, "Attention", ada)
    assert await ada.autocomplete(world.general, "claim-slot", "session", "") == []
    sessions = await lectures(world, 30)
    found = await ada.autocomplete(world.general, "claim-slot", "session", "")
    assert len(found) == 25
    assert found[0] == {"name": "Thu Jan 25 · Paper of Jan 25 · 3 free", "value": str(sessions[0])}
    narrowed = await ada.autocomplete(world.general, "claim-slot", "session", "aug")
    assert [one["name"][:9] for one in narrowed] == ["Thu Aug 1", "Thu Aug 8", "Thu Aug 1"]
    await ada.slash(world.general, "claim-slot", session=str(sessions[0]), role="reviewer")

    async def roles(typed: str, **filled: str) -> list[str]:
        return [one["value"] for one in await ada.autocomplete(world.general, "claim-slot", "role", typed, **filled)]

    assert await roles("", session=str(sessions[0])) == ["presenter", "summarizer"]
    assert await roles("pres", session="2024-01-25") == ["presenter"]
    assert await roles("", session="some") == await roles("") == ["presenter", "summarizer", "reviewer"]
    claims = await ada.autocomplete(world.general, "release-slot", "duty", "")
    assert [one["name"] for one in claims] == ["Thu Jan 25 · Paper of Jan 25 · reviewer"]
    assert await ben.autocomplete(world.general, "release-slot", "duty", "") == []
    back = await ada.slash(world.general, "release-slot", duty=claims[0]["value"])
    assert "is no longer reviewer" in text(back)


async def test_my_duties_in_order_with_what_is_due_and_owed(world: World) -> None:
    await world.set_up()
    ada, ben = world.student(1), world.student(2)
    await group_of(world, "Attention", ada, ben)
    sessions = await lectures(world)
    for number, role in enumerate((P, S, R)):
        await give(world, sessions[number], role, "Attention")
    await world.env.advance_time(timedelta(days=8).total_seconds())  # Jan 27
    shown = text(await ada.slash(world.general, "my-duties"))
    week = timedelta(days=7)
    assert f"You summarise with <@{ben.id}>\nSummary due {_stamp(START + week + timedelta(hours=25.5))}" in shown
    assert f"-# Class {_stamp(START + week)}" in shown
    assert f"Panel {_stamp(START + 2 * week)}" in shown
    past = "▢ Thu Jan 25 · presenter · Paper of Jan 25 · nothing handed in"
    assert shown.index("Feb 1") < shown.index("Feb 8") < shown.index(past)
    assert "Your group" not in shown.replace("Your group: Attention", "")
    cyd = world.student(3)
    assert "You are in no group" in text(await cyd.slash(world.general, "my-duties"))
    assert "has begun or is over" in text(
        await ada.slash(world.general, "claim-slot", session=str(sessions[0]), role="reviewer")
    )


async def test_what_the_group_owes(world: World) -> None:
    await world.set_up()
    ada = world.student(1)
    await group_of(world, "Attention", ada)
    await lectures(world)
    await ada.slash(world.general, "claim-slot", session="2024-01-25", role="presenter")
    shown = text(await ada.slash(world.general, "my-duties"))
    assert "Your group has not summarised yet, and no day is set: take a free one with </claim-slot:" in shown
    assert "Your group has not reviewed yet" in shown
    assert "presented" not in shown


async def test_before_set_up_everyone_is_told_what_is_missing(world: World) -> None:
    ada = world.student(1)
    for command, options in [
        ("my-duties", {}),
        ("claim-slot", {"session": "1", "role": "presenter"}),
        ("release-slot", {"duty": "1"}),
        ("rank-slots", {}),
        ("swap-duty", {"duty": "1", "with_group": "Attention"}),
    ]:
        refused = await ada.slash(world.general, command, **options)
        assert "No course is set up on this server yet" in text(refused)
        assert refused.ephemeral


async def test_the_commands_are_not_for_direct_messages(world: World) -> None:
    await world.set_up()
    ada = world.env.create_user("Student01")
    known = {"my-duties", "claim-slot", "release-slot", "rank-slots", "swap-duty"}
    assert not known & set(ada.available_commands())
    assert known <= set(world.guild.add_member(ada).available_commands(world.general))


async def test_where_no_seat_is_free_nobody_is_sent_to_take_one(world: World) -> None:
    await world.set_up()
    ada, ben = world.student(1), world.student(2)
    await group_of(world, "Attention", ada)
    await group_of(world, "Diffusion", ben)
    (only,) = await lectures(world, 1)
    await give(world, only, P, "Diffusion")
    shown = text(await ada.slash(world.general, "my-duties"))
    assert "has not presented yet, and no day is set. Every seat is taken now: ask another group with </swap-d" in shown
    assert "has not reviewed yet, and no day is set: take a free one with </claim-slot:" in shown


async def test_a_bonus_is_on_the_schedule_while_a_duty_is_free(world: World) -> None:
    await world.set_up()
    for number, name in enumerate(("Attention", "Diffusion", "Mamba")):
        await group_of(world, name, world.student(number))
    sessions = await lectures(world, 2)
    shown = await world.staff.slash(world.general, "staff rota bonus", session="2024-01-25", note="+2 *points*")
    assert "(Paper of Jan 25)" not in text(shown)
    assert "**: whoever takes a duty there is offered “+2 \\*points\\*”. </schedule:" in text(shown)
    ada = world.student(9)
    offer = "🎁 For taking a free duty with </claim-slot:"
    assert text(await ada.slash(world.general, "schedule")).count(offer) == 1
    for role, name in zip((P, S, R), ("Attention", "Diffusion", "Mamba"), strict=True):
        await give(world, sessions[0], role, name)
    assert offer not in text(await ada.slash(world.general, "schedule"))


async def test_a_group_whose_members_a_page_names_one_by_one_owes_nothing_for_it(world: World) -> None:
    await world.set_up()
    page = "| Date | Readings | Presenter | Summary |\n|---|---|---|---|\n"
    page += "| Jan 25 | [A](https://x.org/a) (Required) | Ada, Ben | Ada |\n"
    await world.app.services.imports.apply(page.encode(), "test", world.env.now())
    ada, ben = world.student(1), world.student(2)
    await world.staff.slash(world.general, "staff student link", person="Ada", member=ada)
    await world.staff.slash(world.general, "staff student link", person="Ben", member=ben)
    await group_of(world, "Attention", ada, ben)
    shown = text(await ada.slash(world.general, "my-duties"))
    assert "You present with" in shown
    assert "has not presented" not in shown
    assert "has not summarised yet" in shown  # only one of them does
