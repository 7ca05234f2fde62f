"""The ranking panel: each press saves, for the whole group."""

from __future__ import annotations

from typing import Any

from tests.support.duty_world import group_of, lectures
from tests.support.world import World, said, text


def _menu(panel: Any) -> list[str]:
    """The entries of the panel's menu; empty without one."""
    parts = [part for row in panel.components for part in row["components"]]
    return [option["label"] for part in parts for option in part.get("options", [])]


def _buttons(panel: Any) -> dict[str, bool]:
    """The panel's buttons, and whether each can be pressed."""
    parts = [part for row in panel.components for part in row["components"] if part["type"] == 2]
    return {part["label"]: not part.get("disabled") for part in parts}


async def test_choices_are_saved_at_each_press_and_seen_by_the_group(world: World) -> None:
    await world.set_up()
    ada, ben = world.student(1), world.student(2)
    await group_of(world, "Attention", ada, ben)
    sessions = await lectures(world)
    opened = await ada.slash(world.general, "rank-slots")
    assert opened.ephemeral
    panel = said(opened)
    assert "gives each group the best of these days to present" in text(opened)
    assert "Nothing is ranked yet" in text(opened)
    assert _buttons(panel) == {"Remove last": False, "Clear": False}
    assert _menu(panel)[0] == "Thu Jan 25 · Paper of Jan 25"
    for number in (2, 0):
        await ada.select(panel, [str(sessions[number])])
    panel = said(opened)
    assert "1. Thu Feb 8 · Paper of Feb 8\n2. Thu Jan 25 · Paper of Jan 25" in text(opened)
    assert _menu(panel) == ["Thu Feb 1 · Paper of Feb 1", "Thu Feb 15 · Paper of Feb 15"]
    assert _buttons(panel) == {"Remove last": True, "Clear": True}
    of_ben = await ben.slash(world.general, "rank-slots")
    assert "2. Thu Jan 25" in text(of_ben)
    await ben.click(said(of_ben), label="Remove last")
    assert "2." not in text(of_ben)
    await ada.select(said(opened), [str(sessions[1])])  # the panel of ada is older than ben's press
    assert "1. Thu Feb 8 · Paper of Feb 8\n2. Thu Feb 1" in text(opened)
    await ada.click(said(opened), label="Clear")
    assert "Nothing is ranked yet" in text(opened)
    assert "2 of 5" not in text(await ben.slash(world.general, "rank-slots"))


async def test_at_the_most_the_menu_goes_and_an_old_one_is_refused(world: World) -> None:
    await world.set_up()
    ada = world.student(1)
    await group_of(world, "Attention", ada)
    sessions = await lectures(world, 7)
    old, opened = await ada.slash(world.general, "rank-slots"), await ada.slash(world.general, "rank-slots")
    for session in sessions[:5]:
        await ada.select(said(opened), [str(session)])
    assert _menu(said(opened)) == []
    assert "5 of 5 ranked · full" in text(opened)
    refused = await ada.select(said(old), [str(sessions[6])])
    assert "has ranked 5 sessions, the most" in text(refused)
    assert said(refused).ephemeral
    assert "5. Thu Feb 22" in "\n".join(embed.description or "" for embed in old.response.embeds)


async def test_a_choice_that_was_claimed_meanwhile_is_refused_and_the_panel_follows(world: World) -> None:
    await world.set_up()
    ada, ben = world.student(1), world.student(2)
    await group_of(world, "Attention", ada)
    await group_of(world, "Diffusion", ben)
    sessions = await lectures(world, 2)
    opened = await ada.slash(world.general, "rank-slots")
    await ben.slash(world.general, "claim-slot", session=str(sessions[0]), role="presenter")
    refused = await ada.select(said(opened), [str(sessions[0])])
    assert "can no longer be ranked" in text(refused)
    assert _menu(opened.response) == ["Thu Feb 1 · Paper of Feb 1"]


async def test_many_sessions_have_pages(world: World) -> None:
    await world.set_up()
    ada = world.student(1)
    await group_of(world, "Attention", ada)
    sessions = await lectures(world, 30)
    opened = await ada.slash(world.general, "rank-slots")
    assert len(_menu(said(opened))) == 25
    assert "Later →" in _buttons(said(opened))
    await ada.click(said(opened), label="Later →")
    assert len(_menu(opened.response)) == 5
    await ada.select(opened.response, [str(sessions[29])])
    assert len(_menu(opened.response)) == 4
    await ada.click(opened.response, label="← Earlier")
    assert len(_menu(opened.response)) == 25


async def test_the_panel_works_after_a_restart_and_asks_again_who_presses(world: World) -> None:
    await world.set_up()
    ada = world.student(1)
    await group_of(world, "Attention", ada)
    sessions = await lectures(world)
    opened = await ada.slash(world.general, "rank-slots")
    await world.restart()
    await ada.select(said(opened), [str(sessions[3])])
    assert "1. Thu Feb 15" in text(opened)
    await ada.click(opened.response, label="Remove last")
    assert "Nothing is ranked yet" in text(opened)
    await ada.slash(world.general, "leave-group")
    for refused in (
        await ada.select(opened.response, [str(sessions[3])]),
        await ada.slash(world.general, "rank-slots"),
    ):
        assert "You are not in a group" in text(refused)
        assert said(refused).ephemeral
