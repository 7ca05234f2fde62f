"""Reminders stay within Discord's limits however long the names are, and mention everyone once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.course import Role
from bot.core.deadlines import Work
from bot.core.reminder_notices import DailyList, Item, StillMissing, WorkDue
from bot.fronts.discord.render.deadlines import daily_list, still_missing, work_due
from bot.fronts.discord.text import clickable
from tests.conftest import NOW

LONG = "Attention_is_all_you_need " * 12
IDS = tuple(str(1_300_000_000_000_000_000 + number) for number in range(130))


@pytest.mark.parametrize("unreached", [True, False])
@pytest.mark.parametrize("work", [Work.SLIDES, Work.SUMMARY, Work.QUESTIONS, Work.MILESTONE, Work.DUTY])
def test_a_reminder_to_many_is_a_few_messages_each_short_enough(work: Work, unreached: bool) -> None:
    groups = (LONG, "Group 2", LONG) if work is not Work.QUESTIONS else ()
    papers = (LONG, LONG) if work is Work.QUESTIONS else ()
    notice = WorkDue(work, LONG, NOW, IDS, groups, timedelta(hours=50), papers, unreached=unreached)
    parts = work_due(notice)
    assert [user for part in parts for user in part.mentions] == list(IDS)
    for part in parts:
        assert len(clickable(part.text, {"ask": 10**19 - 1, "reminders": 10**19 - 1})) <= 2000
        assert "Sent 2 days late" in part.text


def test_a_direct_message_mentions_nobody_and_has_its_button() -> None:
    notice = WorkDue(
        Work.DUTY,
        LONG,
        NOW,
        IDS[:1],
        (LONG,),
        timedelta(0),
        role=Role.REVIEWER,
        starts_at=NOW,
        snooze="1:duty:x",
        direct=True,
    )
    (part,) = work_due(notice)
    assert (part.mentions, [button.custom_id for button in part.buttons]) == ((), ["reminders:snooze:1:duty:x"])
    assert "<@" not in part.text


def test_lists_are_cut_and_say_how_much_is_missing() -> None:
    (missing,) = still_missing(StillMissing(Work.SLIDES, LONG, NOW, (LONG,) * 40, timedelta(0)))
    assert len(missing.text) <= 2000
    assert " more" in missing.text
    items = tuple(Item(Work.QUESTIONS, LONG, NOW, False, LONG) for _ in range(30))
    (day,) = daily_list(DailyList(items, timedelta(0)))
    assert len(day.text) <= 2000
    assert "… and" in day.text
