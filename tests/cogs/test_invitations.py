"""Invitations, requests to join and the board of people who look for a group, as people press them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import simcord

from bot.core.people import Actor
from tests.support.world import World, said, text


@pytest.fixture
async def people(world: World) -> tuple[simcord.MemberActor, ...]:
    """Ada is in Attention; Ben, Cyd and Dan are in no group."""
    await world.set_up()
    ada, ben, cyd, dan = (world.student(n) for n in range(1, 5))
    await ada.slash(world.general, "create-group", name="Attention")
    return ada, ben, cyd, dan


async def _policy(world: World, key: str, value: str) -> None:
    staff = Actor("discord", str(world.staff.id), "Staff01", staff=True)
    await world.app.services.policies.put(f"discord:{world.guild.id}", staff, key, value, world.env.now())


def _buttons(result: Any) -> list[str]:
    return [button["label"] for row in said(result).components for button in row["components"]]


async def test_the_invited_person_accepts_after_a_restart_and_nobody_else_can(world: World, people: Any) -> None:
    ada, ben, cyd, _ = people
    shown = await ada.slash(world.general, "invite", member=ben)
    assert not shown.ephemeral
    assert said(shown).content == f"<@{ben.id}>"
    assert f"<@{ada.id}> invites you to **Attention**: <@{ada.id}> (1 of 3, 2 free)" in text(shown)
    assert [one.id for one in said(shown).message.mentions] == [ben.id]
    assert _buttons(shown) == ["Accept", "Decline"]
    await world.restart()
    refused = await cyd.click(said(shown), label="Accept")
    assert "Only the person who is invited" in text(refused)
    assert said(refused).ephemeral
    assert "Only the person who is invited" in text(await ada.click(said(shown), label="Decline"))
    await ben.click(said(shown), label="Accept")
    assert f"<@{ben.id}> is in **Attention** now: <@{ada.id}>, <@{ben.id}> (2 of 3, 1 free)" in text(shown)
    assert _buttons(shown) == []


async def test_who_declines_is_not_named_a_refuser(world: World, people: Any) -> None:
    ada, ben, *_ = people
    shown = await ada.slash(world.general, "invite", member=ben)
    await ben.click(said(shown), label="Decline")
    assert text(shown).endswith("This invitation is closed.")
    assert _buttons(shown) == []
    again = await ada.slash(world.general, "invite", member=ben)
    await ben.click(said(again), label="Accept")
    assert "is in **Attention** now" in text(again)


async def test_an_invitation_takes_no_seat_and_a_full_group_says_so(world: World, people: Any) -> None:
    ada, ben, cyd, dan = people
    shown = [await ada.slash(world.general, "invite", member=who) for who in (ben, cyd, dan)]
    for one, who in zip(shown[:2], (ben, cyd), strict=True):
        await who.click(said(one), label="Accept")
    refused = await dan.click(said(shown[2]), label="Accept")
    assert "Attention is full (3 of 3)" in text(refused)
    await ben.slash(world.general, "leave-group")
    await dan.click(said(shown[2]), label="Accept")
    assert f"<@{dan.id}> is in **Attention** now" in text(shown[2])


async def test_each_wrong_invitation_gets_its_sentence(world: World, people: Any) -> None:
    ada, ben, cyd, _ = people
    await ada.slash(world.general, "invite", member=ben)
    await cyd.slash(world.general, "create-group", name="Diffusion")
    robot = world.guild.add_member(world.env.create_user("Robot", bot=True))
    for guest, words in [
        (ben, "invited to your group already"),
        (ada, "You are in your group already"),
        (cyd, "They are in Diffusion already"),
        (world.staff, "not a student"),
        (robot, "Bots are not students"),
    ]:
        refused = await ada.slash(world.general, "invite", member=guest)
        assert words in text(refused)
        assert refused.ephemeral
    assert "You are not in a group" in text(await ben.slash(world.general, "invite", member=cyd))


async def test_five_invitations_are_enough_and_one_taken_back_makes_room(world: World, people: Any) -> None:
    ada = people[0]
    guests = [world.student(n) for n in range(10, 16)]
    shown = [await ada.slash(world.general, "invite", member=guest) for guest in guests]
    assert "has 5 invitations without an answer" in text(shown[5])
    back = await ada.slash(world.general, "invite", member=guests[0], withdraw=True)
    assert "taken back" in text(back)
    assert "invites you" in text(await ada.slash(world.general, "invite", member=guests[5]))
    closed = await guests[0].click(said(shown[0]), label="Accept")
    assert "answered or taken back" in text(closed)
    assert text(shown[0]).endswith("This invitation is closed.")


async def test_an_invitation_from_before_the_lock_holds_as_long_as_the_policy_says(world: World, people: Any) -> None:
    ada, ben, cyd, dan = people
    in_time = await ada.slash(world.general, "invite", member=ben)
    too_late = await ada.slash(world.general, "invite", member=cyd)
    assert "You can accept until <t:" in text(in_time)
    await world.env.advance_time(timedelta(days=4, hours=15).total_seconds())  # the lock is 13:59 hours after four days
    assert "Groups are locked" in text(await ada.slash(world.general, "invite", member=dan))
    assert "Groups are locked" in text(await dan.slash(world.general, "join-group", group="Attention"))
    await ben.click(said(in_time), label="Accept")
    assert f"<@{ben.id}> is in **Attention** now" in text(in_time)
    await world.env.advance_time(timedelta(days=1).total_seconds())
    refused = await cyd.click(said(too_late), label="Accept")
    assert "only the course staff can change groups now" in text(refused)
    assert text(too_late).endswith("This invitation is closed.")


async def test_joining_closes_the_other_invitations(world: World, people: Any) -> None:
    ada, ben, cyd, _ = people
    await cyd.slash(world.general, "create-group", name="Diffusion")
    first = await ada.slash(world.general, "invite", member=ben)
    second = await cyd.slash(world.general, "invite", member=ben)
    await ben.click(said(first), label="Accept")
    assert "answered or taken back" in text(await ben.click(said(second), label="Accept"))


async def test_where_joining_is_by_request_a_member_approves(world: World, people: Any) -> None:
    ada, ben, cyd, _ = people
    await _policy(world, "groups.joining", "request")
    shown = await ben.slash(world.general, "join-group", group="Attention")
    assert not shown.ephemeral
    assert said(shown).content == f"<@{ada.id}>"
    assert f"<@{ben.id}> would like to join **Attention** (1 of 3, 2 free)" in text(shown)
    assert _buttons(shown) == ["Approve", "Decline"]
    assert "You have asked Attention already" in text(await ben.slash(world.general, "join-group", group="Attention"))
    await world.restart()
    for who in (ben, cyd):
        refused = await who.click(said(shown), label="Approve")
        assert "Only a member of the group" in text(refused)
    told = await ada.click(said(shown), label="Approve")
    assert text(told) == f"<@{ben.id}>, you are in **Attention**."
    assert [one.id for one in said(told).message.mentions] == [ben.id]
    assert f"<@{ben.id}> is in **Attention** now" in "".join(e.description or "" for e in shown.response.embeds)


async def test_the_boards_button_asks_where_one_has_to(world: World, people: Any) -> None:
    ada, ben, cyd, _ = people
    await _policy(world, "groups.joining", "request")
    board = await ben.slash(world.general, "groups")
    asked = await ben.click(said(board), label="Ask to join Attention")
    assert "would like to join **Attention**" in text(asked)
    assert not said(asked).ephemeral
    await ada.click(said(asked), label="Decline")
    assert "This request is closed." in text(asked)
    # Who is invited need not ask.
    await ada.slash(world.general, "invite", member=cyd)
    assert "You are in **Attention**" in text(await cyd.slash(world.general, "join-group", group="Attention"))


async def test_inviting_who_asked_is_a_yes(world: World, people: Any) -> None:
    ada, ben, *_ = people
    await _policy(world, "groups.joining", "request")
    await ben.slash(world.general, "join-group", group="Attention")
    answer = await ada.slash(world.general, "invite", member=ben)
    assert f"<@{ben.id}> had asked to join **Attention** and is in now" in text(answer)


async def test_with_a_roster_a_stranger_has_to_link_first(world: World, people: Any) -> None:
    ada, ben, *_ = people
    await _policy(world, "roster_required", "yes")
    refused = await ada.slash(world.general, "invite", member=ben)
    assert "not linked to the course's roster yet" in text(refused)


async def test_looking_for_a_group_is_opt_in_and_shows_what_fits_first(world: World, people: Any) -> None:
    ada, ben, cyd, dan = people
    nobody = await ben.slash(world.general, "looking-for-group")
    assert nobody.ephemeral
    assert "You are not on this board" in text(nobody)
    assert "Nobody else yet" in text(nobody)
    assert "**Attention**" in text(nobody)
    await cyd.slash(world.general, "looking-for-group", note="_Evenings_ @everyone")
    await dan.slash(world.general, "looking-for-group", note="Kernels", with_member=ben)
    mine = await ben.slash(world.general, "looking-for-group", note="Anything", with_member=ada)
    assert f"You are on the board: Anything (with <@{ada.id}>)" in text(mine)
    assert text(mine).index("Kernels") < text(mine).index("Evenings")
    assert f"<@{dan.id}> ⭐" in text(mine)
    assert "\\_Evenings\\_ \\@everyone" in text(mine)
    await cyd.slash(world.general, "join-group", group="Attention")
    assert "Evenings" not in text(await ben.slash(world.general, "looking-for-group"))
    assert "You are in Attention" in text(await cyd.slash(world.general, "looking-for-group", note="again"))
    assert "You are in **Attention**. It has a free seat: </invite:" in text(
        await cyd.slash(world.general, "looking-for-group")
    )
    assert text(await ben.slash(world.general, "looking-for-group", stop=True)) == "You are off the board."
    assert text(await ben.slash(world.general, "looking-for-group", stop=True)) == "You were not on the board."
    assert "You are not on this board" in text(await ben.slash(world.general, "looking-for-group"))
