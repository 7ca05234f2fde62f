"""Quiet hours over midnight and over both changes of the clocks; what is read and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.preferences import SNOOZE, SNOOZE_CLEAR, Mode, Preference, snoozed_until
from bot.core.quiet_hours import QuietHours, parse_clock, parse_quiet, say_clock

DETROIT = ZoneInfo("America/Detroit")
ZONES = st.sampled_from([DETROIT, ZoneInfo("Asia/Kolkata"), ZoneInfo("Australia/Lord_Howe"), ZoneInfo("UTC")])
MINUTES = st.integers(0, 1439)
# Around both changes of the clocks in Detroit, to the second, and any time of the year.
MOMENTS = st.one_of(
    st.datetimes(datetime(2024, 3, 9), datetime(2024, 3, 12), timezones=st.just(UTC)),
    st.datetimes(datetime(2024, 11, 2), datetime(2024, 11, 5), timezones=st.just(UTC)),
    st.datetimes(datetime(2024, 1, 1), datetime(2024, 12, 31), timezones=st.just(UTC)),
)
HOURS = st.builds(QuietHours, MINUTES, MINUTES, ZONES).filter(lambda one: one.start != one.end)


@given(quiet=HOURS, at=MOMENTS)
def test_it_is_over_at_the_first_moment_ahead_that_is_not_quiet(quiet: QuietHours, at: datetime) -> None:
    over = quiet.over_at(at)
    if not quiet.covers(at):
        assert over == at
        return
    assert at < over <= at + timedelta(hours=25)
    assert not quiet.covers(over)
    # Quiet until then, but for the hour after an end that the spring change skips.
    before = over - timedelta(minutes=1)
    local = over.astimezone(quiet.zone)
    if before >= at and local.hour * 60 + local.minute == quiet.end:
        assert quiet.covers(before)


@given(quiet=HOURS, at=MOMENTS)
def test_what_is_quiet_and_what_is_not_share_the_clock_face(quiet: QuietHours, at: datetime) -> None:
    assert quiet.covers(at) != QuietHours(quiet.end, quiet.start, quiet.zone).covers(at)


@pytest.mark.parametrize(
    ("hours", "at", "over"),
    [
        ("22:00-07:30", "2024-01-25 22:00 -05:00", "2024-01-26 07:30 -05:00"),
        ("22:00-07:30", "2024-01-26 07:29 -05:00", "2024-01-26 07:30 -05:00"),
        ("22:00-07:30", "2024-01-26 07:30 -05:00", "2024-01-26 07:30 -05:00"),
        ("22:00-07:30", "2024-03-09 23:00 -05:00", "2024-03-10 07:30 -04:00"),  # the night is an hour shorter
        ("22:00-07:30", "2024-11-02 23:00 -04:00", "2024-11-03 07:30 -05:00"),  # and longer
        ("22:00-01:30", "2024-11-03 01:10 -04:00", "2024-11-03 01:30 -04:00"),  # 01:10 comes twice
        ("22:00-01:30", "2024-11-03 01:10 -05:00", "2024-11-03 01:30 -05:00"),
        ("22:00-02:30", "2024-03-10 01:10 -05:00", "2024-03-10 03:30 -04:00"),  # 02:30 does not come
        ("13:00-14:00", "2024-01-25 13:30 -05:00", "2024-01-25 14:00 -05:00"),
    ],
)
def test_nights_in_detroit(hours: str, at: str, over: str) -> None:
    quiet = QuietHours(*parse_quiet(hours), DETROIT)
    assert quiet.over_at(datetime.strptime(at, "%Y-%m-%d %H:%M %z")) == datetime.strptime(over, "%Y-%m-%d %H:%M %z")


@given(minutes=MINUTES)
def test_a_time_of_day_is_read_as_it_is_said(minutes: int) -> None:
    assert parse_clock(say_clock(minutes)) == minutes


@pytest.mark.parametrize("text", ["22:00", "22-7", "24:00-07:00", "07:00-07:00", "", "22:00-07:60"])
def test_what_is_no_span_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="22:00-07:30"):
        parse_quiet(text)


@given(at=MOMENTS, minutes=st.integers(-60, 600))
def test_a_snooze_ends_before_the_deadline_or_is_refused(at: datetime, minutes: int) -> None:
    deadline_at = at + timedelta(minutes=minutes)
    until = snoozed_until(at, deadline_at)
    if until is None:
        assert deadline_at - at <= SNOOZE_CLEAR
    else:
        assert at < until <= min(at + SNOOZE, deadline_at - SNOOZE_CLEAR)


@given(at=MOMENTS, minutes=MINUTES, zone=ZONES)
def test_the_daily_list_comes_once_a_day_by_the_persons_clock(at: datetime, minutes: int, zone: ZoneInfo) -> None:
    chosen = Preference(direct=False, zone=zone, digest_at=minutes)
    assert chosen.mode is Mode.DAILY
    moments = chosen.next_lists(at, DETROIT)
    assert len({one.astimezone(zone).date() for one in moments}) == 3
    assert moments[0] <= at < moments[2]
