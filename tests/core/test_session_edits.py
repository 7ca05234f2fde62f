"""Days, times and moments as staff write them, and a session at its new time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.course import Kind, PageSession
from bot.core.errors import CourseError
from bot.core.meetings import Meeting
from bot.core.session_edits import Wish, made, moved, read_clock, read_day, read_moment
from bot.core.times import Term

DETROIT = ZoneInfo("America/Detroit")
TERM = Term(date(2024, 1, 11), date(2024, 4, 18))
TODAY = date(2024, 1, 19)
NOW = datetime(2024, 1, 19, 15, tzinfo=UTC)
PATTERN = [Meeting(frozenset({1, 3}), time(10, 30), time(12), "133 CHRYS")]
LECTURE = PageSession(date(2024, 1, 25), Kind.LECTURE, "FlexGen", None, starts=time(10, 30), ends=time(12), room="133")


@pytest.mark.parametrize("text", ["2024-01-26", "Jan 26", "fri jan 26", "Friday, January 26th", "Jan. 26, 2024"])
def test_a_day_in_many_words(text: str) -> None:
    assert read_day(text, TERM, TODAY) == date(2024, 1, 26)


def test_a_term_over_the_new_year_has_both_years() -> None:
    winter = Term(date(2023, 11, 1), date(2024, 2, 15))
    assert read_day("Nov 20", winter, date(2024, 1, 5)) == date(2023, 11, 20)
    assert read_day("Feb 1", winter, date(2023, 11, 2)) == date(2024, 2, 1)
    assert read_day("Jan 3", None, date(2023, 12, 20)) == date(2024, 1, 3)
    assert read_day("Feb 29", None, date(2023, 12, 20)) == date(2024, 2, 29)


def test_a_weekday_that_is_another_is_refused() -> None:
    with pytest.raises(CourseError, match="Jan 26, 2024 is a Friday, not a Thu"):
        read_day("Thu Jan 26", TERM, TODAY)


@pytest.mark.parametrize("text", ["", "tomorrow", "2024-02-30", "Jan 32", "26", "Foo Jan 26", "1/26", "Jan 26 9:00"])
def test_no_day(text: str) -> None:
    with pytest.raises(CourseError, match="is not a date"):
        read_day(text, TERM, TODAY)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("13:00", time(13)),
        ("1:30 pm", time(13, 30)),
        ("1PM", time(13)),
        ("12 am", time(0)),
        ("12:15 p.m.", time(12, 15)),
        ("0:05", time(0, 5)),
        ("noon", time(12)),
    ],
)
def test_a_time_of_day(text: str, at: time) -> None:
    assert read_clock(text) == at


@pytest.mark.parametrize("text", ["1", "25:00", "13 pm", "0 am", "10:60", "half past one", "-1:00"])
def test_no_time_of_day(text: str) -> None:
    with pytest.raises(CourseError, match="is not a time of day"):
        read_clock(text)


@given(st.times())
def test_every_minute_can_be_written_both_ways(at: time) -> None:
    at = at.replace(second=0, microsecond=0, tzinfo=None)
    assert read_clock(f"{at:%H:%M}") == read_clock(f"{at:%I:%M %p}") == at


@pytest.mark.parametrize("text", ["2024-01-26 09:00", "2024-01-26T9:00", "Jan 26 9 am", "fri jan 26 at 9:00 AM"])
def test_a_moment_is_wall_time(text: str) -> None:
    assert read_moment(text, DETROIT, TERM, NOW) == datetime(2024, 1, 26, 14, tzinfo=UTC)


def test_a_moment_by_its_distance_is_elapsed_time() -> None:
    before = datetime(2024, 3, 9, 20, tzinfo=UTC)
    assert read_moment("in 24h", DETROIT, TERM, before) == datetime(2024, 3, 10, 20, tzinfo=UTC)
    assert read_moment("Mar 10 15:00", DETROIT, TERM, before) == datetime(2024, 3, 10, 19, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2024-01-19 09:59", "in the past"),
        ("in 0m", "in the past"),
        ("2026-01-01 09:00", "more than a year"),
        ("in 99999999999d", "not a length of time"),
        ("in a while", "not a length of time"),
        ("2024-01-26", "not a moment"),
        ("soon", "not a moment"),
    ],
)
def test_no_moment(text: str, why: str) -> None:
    with pytest.raises(CourseError, match=why):
        read_moment(text, DETROIT, TERM, NOW)


@given(st.text(max_size=40))
def test_whatever_is_typed_is_read_or_refused(text: str) -> None:
    for read in (
        lambda: read_day(text, TERM, TODAY),
        lambda: read_clock(text),
        lambda: read_moment(text, DETROIT, TERM, NOW),
    ):
        try:
            read()
        except CourseError as refusal:
            assert len(str(refusal)) < 200


def test_what_is_not_said_stays() -> None:
    other_day = moved(LECTURE, Wish(day=date(2024, 1, 26)))
    assert (other_day.starts, other_day.ends, other_day.room) == (time(10, 30), time(12), "133")
    later = moved(LECTURE, Wish(starts=time(13)))
    assert (later.date, later.starts, later.ends) == (LECTURE.date, time(13), time(14, 30))
    longer = moved(LECTURE, Wish(ends=time(13), room="none"))
    assert (longer.starts, longer.ends, longer.room) == (time(10, 30), time(13), None)


def test_a_class_ends_after_it_begins_on_the_same_day() -> None:
    with pytest.raises(CourseError, match="after midnight"):
        moved(LECTURE, Wish(starts=time(23)))
    with pytest.raises(CourseError, match="would end at 10:00"):
        moved(LECTURE, Wish(ends=time(10)))
    with pytest.raises(CourseError, match="would end at 10:30"):
        made(Kind.MAKEUP, None, Wish(day=date(2024, 1, 26), starts=time(10, 30), ends=time(10, 30)), PATTERN)


def test_a_new_class_is_as_usual_where_nothing_is_said() -> None:
    usual = made(Kind.LECTURE, None, Wish(day=date(2024, 1, 30)), PATTERN)
    assert (usual.starts, usual.ends, usual.room) == (time(10, 30), time(12), "133 CHRYS")
    friday = made(Kind.MAKEUP, "Make-up", Wish(day=date(2024, 1, 26), starts=time(15)), PATTERN)
    assert (friday.starts, friday.ends, friday.room) == (time(15), time(16, 30), None)
    with pytest.raises(CourseError, match="give this one a `start` and an `end`"):
        made(Kind.MAKEUP, None, Wish(day=date(2024, 1, 26), starts=time(15)), [])
    assert made(Kind.MAKEUP, None, Wish(date(2024, 1, 26), time(15), time(16), "2"), []).room == "2"


@given(st.timedeltas(timedelta(minutes=1), timedelta(hours=3)), st.times())
def test_a_move_keeps_the_length(length: timedelta, starts: time) -> None:
    base = datetime(2024, 1, 25, 9)
    session = PageSession(base.date(), Kind.LECTURE, None, None, starts=base.time(), ends=(base + length).time())
    try:
        after = moved(session, Wish(starts=starts))
    except CourseError:
        assert (datetime.combine(date.min, starts) + length).date() != date.min
        return
    assert after.starts is not None
    assert after.ends is not None
    assert datetime.combine(date.min, after.ends) - datetime.combine(date.min, after.starts) == length
