"""Office hours as staff write them, their slots, and weekly rows across a change of the clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.errors import CourseError
from bot.core.office_hours import SLOTS_MAX, Pattern, Span, check_slots, free, pages, read_weeks, read_when, slots
from bot.core.times import Term

DETROIT = ZoneInfo("America/Detroit")
TERM = Term(date(2024, 1, 11), date(2024, 4, 18))
NOW = datetime(2024, 2, 1, 20, tzinfo=UTC)
"""Thursday, Feb 1, 15:00 in Detroit."""

TWO, FOUR = time(14), time(16)


@pytest.mark.parametrize(
    ("text", "day", "starts", "ends"),
    [
        ("Thu 14:00-16:00", date(2024, 2, 8), TWO, FOUR),  # today's have begun
        ("thursday 15:30 – 16:00", date(2024, 2, 1), time(15, 30), FOUR),
        ("Tues. 2-4 pm", date(2024, 2, 6), TWO, FOUR),
        ("Thursdays from 2 pm to 4pm", date(2024, 2, 8), TWO, FOUR),
        ("2024-02-08 14:00-15:30", date(2024, 2, 8), TWO, time(15, 30)),
        ("Feb 8, 2-3:30 pm", date(2024, 2, 8), TWO, time(15, 30)),
        ("Fri Feb 9 11-1pm", date(2024, 2, 9), time(11), time(13)),
        ("Feb 9 11:30-12:30 p.m.", date(2024, 2, 9), time(11, 30), time(12, 30)),
        ("tomorrow 9:00 until noon", date(2024, 2, 2), time(9), time(12)),
    ],
)
def test_a_day_and_two_times_are_read(text: str, day: date, starts: time, ends: time) -> None:
    assert read_when(text, DETROIT, TERM, NOW) == Pattern(day, starts, ends)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Thu 14:00", "does not say when"),
        ("sometime 14:00-16:00", "is not a date"),
        ("Thu 2-4", "is not a time of day"),
        ("Thu 16:00-14:00", "would end at 14:00"),
        ("Jan 25 14:00-16:00", "in the past"),
        ("2026-02-08 14:00-16:00", "more than a year"),
        ("Mon Feb 8 14:00-16:00", "is a Thursday"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_to_write(text: str, told: str) -> None:
    with pytest.raises(CourseError, match=told):
        read_when(text, DETROIT, TERM, NOW)


def test_repeating_until_the_term_ends_or_so_often() -> None:
    first = date(2024, 2, 8)
    assert [read_weeks(text, first, TERM) for text in (None, "no", "4", "4 weeks", "2 times")] == [1, 1, 4, 4, 2]
    weeks = read_weeks("weekly", first, TERM)
    assert first + timedelta(weeks=weeks - 1) == TERM.last_day
    for text, term, told in (
        ("fortnightly", TERM, "repeat"),
        ("0", TERM, "repeat"),
        ("99 weeks", TERM, "repeat"),
        ("weekly", None, "how many weeks"),
        ("weekly", Term(first, first - timedelta(days=1)), "The term ends"),
    ):
        with pytest.raises(CourseError, match=told):
            read_weeks(text, first, term)


@settings(deadline=None)  # zones are read from files at first
@given(
    first=st.dates(date(2024, 1, 1), date(2024, 12, 31)),
    starts=st.times(max_value=time(22, 59)),
    zone=st.sampled_from([DETROIT, ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kolkata")]),
)
def test_the_wall_clock_stays_across_a_change_of_the_clocks(first: date, starts: time, zone: ZoneInfo) -> None:
    starts = starts.replace(second=0, microsecond=0)
    ends = (datetime.combine(first, starts) + timedelta(hours=1)).time()
    rows = Pattern(first, starts, ends).spans(30, zone)
    skipped = [row for row in rows if row.starts_at.astimezone(zone).time() != starts]
    assert all(row.ends_at > row.starts_at for row in rows)
    assert len(skipped) + (30 - len(rows)) <= 1  # only in the hour that one night of the half-year does not have
    assert {row.starts_at.astimezone(zone).weekday() for row in rows} == {first.weekday()}


@given(minutes=st.integers(5, 240), length=st.integers(1, 600), begun=st.integers(-60, 700), data=st.data())
def test_slots_follow_each_other_and_end_in_time(minutes: int, length: int, begun: int, data: st.DataObject) -> None:
    ends_at = NOW + timedelta(minutes=length)
    found = slots(NOW, ends_at, minutes)
    step = timedelta(minutes=minutes)
    assert found == [NOW + n * step for n in range(len(found))]
    assert all(at + step <= ends_at for at in found)
    assert NOW + (len(found) + 1) * step > ends_at
    taken = set(data.draw(st.lists(st.sampled_from(found)))) if found else set()
    now = NOW + timedelta(minutes=begun)
    assert set(free(found, taken, now)) == {at for at in found if at > now} - taken


def test_a_row_has_at_least_one_slot_and_at_most_a_menu_of_them() -> None:
    with pytest.raises(CourseError, match="does not fit"):
        check_slots(Span(NOW, NOW + timedelta(minutes=14)), 15)
    check_slots(Span(NOW, NOW + timedelta(minutes=125)), 5)
    with pytest.raises(CourseError, match="26 appointments"):
        check_slots(Span(NOW, NOW + timedelta(minutes=130)), 5)


@given(st.lists(st.integers(0, SLOTS_MAX), max_size=40))
def test_pages_hold_everything_once_and_no_more_than_a_menu(sizes: list[int]) -> None:
    found = pages(sizes, 8)
    assert [number for first, end in found for number in range(first, end)] == list(range(len(sizes)))
    assert all(sum(sizes[first:end]) <= SLOTS_MAX and end - first <= 8 for first, end in found)
    assert found
