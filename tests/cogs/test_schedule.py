"""The schedule and the next class, from the sample course."""

from __future__ import annotations

from datetime import timedelta

from tests.support.world import World, said, text


async def test_the_schedule_opens_at_the_next_class_and_turns_its_pages(world: World) -> None:
    await world.set_up()
    await world.import_sample()
    ada = world.student(1)
    shown = await ada.slash(world.general, "schedule")
    assert shown.ephemeral
    assert "Page 1 of 6 · 27 sessions" in text(shown)
    assert "→ **<t:1706023800:f> · GenAI Basics · Student lecture**" in text(shown)
    assert "[Visual Instruction Tuning](https://arxiv.org/abs/2304.08485)" in text(shown)
    assert "Presents: Student05, Student04, Student06" in text(shown)
    pages = [text(shown)]
    for _ in range(5):
        await ada.click(shown.response, label="Later →")
        pages.append(text(shown))
    assert "Page 6 of 6" in pages[-1]
    assert "Final Poster Presentations" in pages[-1]
    assert sum(page.count("●") + page.count("○") for page in pages) == 65 + 6
    await ada.click(shown.response, label="← Earlier")
    assert "Page 5 of 6" in text(shown)


async def test_the_next_class_has_time_place_readings_people_and_deadlines(world: World) -> None:
    await world.set_up()
    await world.import_sample()
    shown = await world.student(1).slash(world.general, "next-class")
    assert shown.ephemeral
    words = text(shown)
    assert "<t:1706023800:F> (<t:1706023800:R>) until <t:1706029200:t>" in words
    assert "133 CHRYS" in words
    assert "● [Multimodality and Large Multimodal Models (LMMs)]" in words
    assert "Presents\nStudent05, Student04, Student06" in words
    assert "Slides <t:1705937400:F>" in words
    assert "Summary <t:1706115600:F>" in words


async def test_the_next_class_skips_days_without_one_and_ends_with_the_term(world: World) -> None:
    await world.set_up()
    await world.import_sample()
    ada = world.student(1)
    await world.env.advance_time(timedelta(days=7).total_seconds())
    assert "Pre-Training" in text(await ada.slash(world.general, "next-class"))
    await world.env.advance_time(timedelta(days=200).total_seconds())
    assert "No class is left" in text(await ada.slash(world.general, "next-class"))
    assert "Page 1 of 6" in text(await ada.slash(world.general, "schedule"))


async def test_an_empty_schedule_says_how_to_fill_it(world: World) -> None:
    await world.set_up()
    shown = await world.student(1).slash(world.general, "schedule")
    assert "There is no schedule yet" in text(shown)
    assert said(shown).components == []


async def test_page_buttons_work_after_a_restart(world: World) -> None:
    await world.set_up()
    await world.import_sample()
    ada = world.student(1)
    shown = await ada.slash(world.general, "schedule")
    await world.restart()
    await ada.click(shown.response, label="Later →")
    assert "Page 2 of 6" in text(shown)
