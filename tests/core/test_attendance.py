"""Codes to check in by: which are taken when, and how often one may guess."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.core.attendance import (
    ALPHABET,
    CODE_LENGTH,
    WRONG_CODES,
    WRONG_CODES_SPAN,
    Codes,
    Verdict,
    code_of,
    judge,
    locked_until,
    read_code,
)

OPENED = datetime(2024, 3, 10, 6, 59, tzinfo=UTC)  # the clocks change a minute later
KEY = b"k" * 32
WINDOWS = st.integers(10, 600).map(lambda seconds: timedelta(seconds=seconds))
MOMENTS = st.integers(0, 3600 * 1000).map(lambda ms: OPENED + timedelta(milliseconds=ms))


@given(st.binary(min_size=16, max_size=32), WINDOWS, MOMENTS)
def test_a_code_is_taken_while_it_is_shown_and_for_one_window_more(key: bytes, window: timedelta, at: datetime) -> None:
    codes = Codes(key, OPENED, window)
    shown, until = codes.shown(at), codes.until(at)
    assert until is not None
    assert at < until <= at + window
    assert len(shown) == CODE_LENGTH
    assert set(shown) <= set(ALPHABET)
    for moment in (
        until - window,
        at,
        until - timedelta(microseconds=1),
        until,
        until + window - timedelta(microseconds=1),
    ):
        assert judge(codes, shown, moment) is Verdict.RIGHT
    assert judge(codes, shown, until + window) is Verdict.STALE
    assert codes.shown(until) == code_of(key, codes.number(at) + 1)
    # Nobody has seen the next one yet; the screen's clock may be a little ahead.
    early = judge(codes, codes.shown(until), until - timedelta(seconds=5, microseconds=1))
    assert early is (Verdict.WRONG if codes.shown(until) != shown else Verdict.RIGHT)
    assert judge(codes, codes.shown(until), until - timedelta(seconds=5)) is Verdict.RIGHT


@given(st.text(max_size=12), MOMENTS)
def test_what_was_never_shown_is_wrong(typed: str, at: datetime) -> None:
    codes = Codes(KEY, OPENED, timedelta(seconds=30))
    ever = {code_of(KEY, number) for number in range(130)}
    assert (judge(codes, typed, at) is Verdict.WRONG) or read_code(typed) in ever


@given(MOMENTS, MOMENTS)
def test_a_fixed_code_holds(one: datetime, other: datetime) -> None:
    codes = Codes(KEY, OPENED, None)
    assert judge(codes, codes.shown(one), other) is Verdict.RIGHT
    assert codes.until(one) is None


def test_case_and_blanks_do_not_count() -> None:
    code = code_of(KEY, 0)
    typed = f" {code[:3].lower()} - {code[3:]}\n"
    assert read_code(typed) == code
    assert judge(Codes(KEY, OPENED, None), typed, OPENED) is Verdict.RIGHT


def test_nothing_on_the_screen_can_be_read_for_something_else() -> None:
    assert not set(ALPHABET) & set("0O1IL2Z5S6G8BAEU")
    assert len({code_of(KEY, number) for number in range(1000)}) == 1000


@given(st.lists(st.integers(0, 1200), max_size=12).map(sorted), st.integers(1200, 2400))
def test_five_wrong_codes_in_ten_minutes_are_enough(seconds: list[int], now: int) -> None:
    wrong = [OPENED + timedelta(seconds=one) for one in seconds]
    at = OPENED + timedelta(seconds=now)
    lately = [one for one in wrong if one > at - WRONG_CODES_SPAN]
    until = locked_until(wrong, at)
    assert (until is not None) == (len(lately) >= WRONG_CODES)
    if until is not None:
        assert at < until
        assert locked_until(wrong, until) is None
