"""Groups as students use them: commands, suggestions, the board and its buttons."""

from __future__ import annotations

from datetime import timedelta

import simcord

from tests.support.world import World, said, text


async def _group_of(world: World, name: str, *members: simcord.MemberActor) -> None:
    await members[0].slash(world.general, "create-group", name=name)
    for member in members[1:]:
        await member.slash(world.general, "join-group", group=name)


async def test_create_join_leave(world: World) -> None:
    await world.set_up()
    ada, ben = world.student(1), world.student(2)
    created = await ada.slash(world.general, "create-group", name="Attention")
    assert created.ephemeral
    assert text(created) == f"You are in **Attention**: <@{ada.id}> (1 of 3, 2 free)."
    joined = await ben.slash(world.general, "join-group", group="attention")
    assert joined.ephemeral
    assert "(2 of 3, 1 free)" in text(joined)
    assert "already in" in text(await ben.slash(world.general, "join-group", group="Attention"))
    assert text(await ben.slash(world.general, "leave-group")) == "You have left **Attention**."
    assert "is gone" in text(await ada.slash(world.general, "leave-group"))


async def test_a_refusal_is_private_and_names_a_command_to_click(world: World) -> None:
    await world.set_up()
    ada = world.student(1)
    for command, options, words in [
        ("join-group", {"group": "Nowhere"}, "There is no group “Nowhere”"),
        ("leave-group", {}, "You are not in a group"),
        ("create-group", {"name": "@everyone"}, "letters, digits"),
    ]:
        refused = await ada.slash(world.general, command, **options)
        assert refused.ephemeral
        assert words in text(refused)
        assert all(text(refused).count(typed) == 1 for typed in options.values())
    assert "</groups:" in text(await ada.slash(world.general, "leave-group"))


async def test_before_set_up_everyone_is_told_what_is_missing(world: World) -> None:
    ada = world.student(1)
    for command in ("groups", "schedule", "next-class", "leave-group"):
        assert "No course is set up on this server yet" in text(await ada.slash(world.general, command))


async def test_suggestions_are_groups_with_a_free_seat(world: World) -> None:
    await world.set_up()
    ada, ben, cyd, dan, eve = (world.student(n) for n in range(5))
    await _group_of(world, "Attention", ada, ben, cyd)
    await _group_of(world, "Diffusion", dan)
    choices = await eve.autocomplete(world.general, "join-group", "group", "")
    assert choices == [{"name": "Diffusion", "value": "Diffusion"}]
    assert await eve.autocomplete(world.general, "join-group", "group", "atten") == []


async def test_at_most_25_suggestions(world: World) -> None:
    await world.set_up()
    for n in range(30):
        await world.student(n).slash(world.general, "create-group", name=f"Group {n}")
    assert len(await world.student(99).autocomplete(world.general, "join-group", "group", "g")) == 25


async def test_the_boards_button_joins_and_brings_the_board_up_to_date(world: World) -> None:
    await world.set_up()
    ada, ben = world.student(1), world.student(2)
    await _group_of(world, "Attention", ada)
    board = await ben.slash(world.general, "groups")
    assert board.ephemeral
    assert "Attention · 1/3" in text(board)
    pressed = await ben.click(said(board), label="Join Attention")
    assert "You are in **Attention**" in text(pressed)
    assert pressed.followups[0].ephemeral
    assert "Attention · 2/3" in board.response.embeds[0].fields[0].name
    assert "already in" in text(await ben.click(said(board), label="Join Attention"))


async def test_a_shared_board_serves_everyone_and_only_staff_share_it(world: World) -> None:
    await world.set_up()
    ada, ben, cyd = (world.student(n) for n in range(3))
    await _group_of(world, "Attention", ada)
    assert "Only the course staff" in text(await ada.slash(world.general, "groups", share=True))
    board = await world.staff.slash(world.general, "groups", share=True)
    assert not board.ephemeral
    for who in (ben, cyd):
        await who.click(board.response, label="Join Attention")
    assert "Attention · 3/3" in board.response.embeds[0].fields[0].name
    assert board.response.components == []


async def test_a_full_group_has_no_button_but_an_old_one_gets_a_clear_answer(world: World) -> None:
    await world.set_up()
    ada, ben, cyd, dan = (world.student(n) for n in range(4))
    await _group_of(world, "Attention", ada, ben)
    old = await dan.slash(world.general, "groups")
    await cyd.slash(world.general, "join-group", group="Attention")
    refused = await dan.click(said(old), label="Join Attention")
    assert "is full (3 of 3)" in text(refused)
    assert said(refused).ephemeral
    assert "Attention · 3/3" in text(old)
    assert old.response.components == []
    assert "Join" not in str((await dan.slash(world.general, "groups")).response.components)


async def test_the_board_has_pages(world: World) -> None:
    await world.set_up()
    for n in range(23):
        await world.student(n).slash(world.general, "create-group", name=f"Group {n:02}")
    who = world.student(99)
    board = await who.slash(world.general, "groups")
    assert "Page 1 of 3" in text(board)
    await who.click(said(board), label="Later →")
    assert "Page 2 of 3" in board.response.embeds[0].footer.text
    await who.click(board.response, label="Join Group 13")
    assert "Page 2 of 3" in board.response.embeds[0].footer.text
    assert "Group 13 · 2/3" in text(board)
    await who.click(board.response, label="Later →")
    await who.click(board.response, label="← Earlier")
    assert "Group 10" in text(board)


async def test_after_the_lock_nothing_moves_and_the_answer_says_when(world: World) -> None:
    await world.set_up()
    ada, ben = world.student(1), world.student(2)
    await _group_of(world, "Attention", ada)
    board = await ben.slash(world.general, "groups")
    await world.env.advance_time(timedelta(days=9).total_seconds())
    for result in [
        await ben.click(said(board), label="Join Attention"),
        await ben.slash(world.general, "join-group", group="Attention"),
        await ada.slash(world.general, "leave-group"),
        await ben.slash(world.general, "create-group", name="Late"),
    ]:
        assert "Groups are locked since <t:" in text(result)
        assert said(result).ephemeral
    assert "🔒 Locked" in text(board)
    assert board.response.components == []
    assert (await ben.slash(world.general, "groups")).response.components == []


async def test_buttons_work_after_a_restart(world: World) -> None:
    await world.set_up()
    ada, ben = world.student(1), world.student(2)
    await _group_of(world, "Attention", ada)
    board = await world.staff.slash(world.general, "groups", share=True)
    await world.restart()
    assert "You are in **Attention**" in text(await ben.click(board.response, label="Join Attention"))


async def test_a_name_that_looks_like_mark_up_stays_a_name(world: World) -> None:
    await world.set_up()
    eve = world.guild.add_member(world.env.create_user("**Eve** @everyone"))
    answer = await eve.slash(world.general, "create-group", name="_quiet_")
    assert said(answer).message.mention_everyone is False
