"""Wall clocks and elapsed time across both changes of the clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.deadlines import Policy, session_deadlines
from bot.core.times import Term, deadline_instant, parse_span, require_aware, say_roughly, say_span, wall
from tests.support.clock import ManualClock

DETROIT = ZoneInfo("America/Detroit")
KOLKATA = ZoneInfo("Asia/Kolkata")


@pytest.mark.parametrize(
    ("day", "at", "zone", "utc"),
    [
        (date(2024, 3, 9), time(10, 30), DETROIT, "2024-03-09T15:30:00+00:00"),
        (date(2024, 3, 11), time(10, 30), DETROIT, "2024-03-11T14:30:00+00:00"),
        (date(2024, 3, 10), time(2, 30), DETROIT, "2024-03-10T07:30:00+00:00"),  # skipped: reads as 03:30 EDT
        (date(2024, 11, 3), time(1, 30), DETROIT, "2024-11-03T05:30:00+00:00"),  # repeated: the first
        (date(2024, 11, 4), time(10, 30), DETROIT, "2024-11-04T15:30:00+00:00"),
        (date(2024, 3, 10), time(10, 30), KOLKATA, "2024-03-10T05:00:00+00:00"),
    ],
)
def test_a_wall_time_is_an_instant(day: date, at: time, zone: ZoneInfo, utc: str) -> None:
    assert wall(day, at, zone).isoformat() == utc


@pytest.mark.parametrize(("day", "hours"), [(date(2024, 3, 10), 24), (date(2024, 11, 3), 24), (date(2024, 2, 6), 24)])
def test_a_day_before_class_means_24_elapsed_hours(day: date, hours: int) -> None:
    starts = wall(day, time(10, 30), DETROIT)
    due = session_deadlines(starts, starts + timedelta(minutes=90), Policy())
    assert starts - due.slides == timedelta(hours=hours)
    assert due.questions == starts
    assert due.summary - starts == timedelta(hours=25.5)
    assert due.vote - starts == timedelta(hours=13.5)


def test_slides_for_the_class_after_the_spring_change_are_due_an_hour_earlier_on_the_wall() -> None:
    starts = wall(date(2024, 3, 10), time(10, 30), DETROIT)
    slides = session_deadlines(starts, starts + timedelta(hours=1), Policy()).slides
    assert slides.astimezone(DETROIT).strftime("%a %H:%M") == "Sat 09:30"


def test_a_date_without_a_time_means_a_minute_to_midnight_in_the_course() -> None:
    assert deadline_instant(date(2024, 1, 23), DETROIT) == datetime(2024, 1, 24, 4, 59, tzinfo=UTC)
    assert deadline_instant(datetime(2024, 5, 1, 18), DETROIT) == datetime(2024, 5, 1, 22, tzinfo=UTC)
    aware = datetime(2024, 5, 1, 18, tzinfo=UTC)
    assert deadline_instant(aware, DETROIT) == aware


def test_a_naive_time_names_no_instant() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        require_aware(datetime(2024, 1, 1))
    with pytest.raises(ValueError, match="no time zone"):
        ManualClock(datetime(2024, 1, 1))


@given(count=st.integers(1, 5000), unit=st.sampled_from("smhdw"))
def test_spans_are_read_and_said(count: int, unit: str) -> None:
    span = parse_span(f"{count}{unit}")
    seconds = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}[unit]
    assert span == timedelta(seconds=count * seconds)


@pytest.mark.parametrize("text", ["", "3", "h", "-3h", "3 years", "1.5h"])
def test_what_is_no_span_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="3d, 24h or 90m"):
        parse_span(text)


@pytest.mark.parametrize(
    ("span", "words"), [("24h", "24 hours"), ("3d", "3 days"), ("1h", "1 hour"), ("90m", "90 minutes")]
)
def test_spans_in_words(span: str, words: str) -> None:
    assert say_span(parse_span(span)) == words


def test_a_term_has_its_ends() -> None:
    term = Term(date(2024, 1, 11), date(2024, 4, 18))
    assert date(2024, 1, 11) in term
    assert date(2024, 4, 18) in term
    assert date(2024, 4, 19) not in term


@pytest.mark.parametrize(
    ("span", "words"),
    [
        ("2041m", "34 hours"),
        ("119m", "119 minutes"),
        ("47h", "47 hours"),
        ("49h", "2 days"),
        ("65s", "1 minute"),
    ],
)
def test_spans_roughly(span: str, words: str) -> None:
    assert say_roughly(parse_span(span)) == words
