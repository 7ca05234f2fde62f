"""Receipts: signed over all they say, read back exactly; and which version counts."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import receipts
from bot.core.deadlines import Policy, Work, session_deadlines
from bot.core.errors import CourseError
from bot.core.hand_ins import counting, on_time
from bot.core.receipts import Content, FileRef, Receipt
from bot.core.times import wall

KEY = b"k" * receipts.KEY_BYTES
AT = datetime(2024, 1, 24, 15, 29, 59, 123456, tzinfo=UTC)
ONE = Receipt(
    course="eecs-598-w24",
    kind=Work.SUMMARY,
    about="session 5",
    title="Thu Jan 25 · FlexGen “é”",
    owner="group 3",
    by="person 7",
    version=2,
    at=AT,
    due_at=AT + timedelta(hours=1),
    digest=Content(link="https://example.org").digest(),
    code="7K3Q-M2XD",
)
OTHER = {
    "course": "another",
    "kind": Work.SLIDES,
    "about": "session 6",
    "title": "another",
    "owner": "person 3",
    "by": "person 8",
    "version": 3,
    "at": AT - timedelta(microseconds=1),
    "due_at": AT,
    "digest": "0" * 64,
    "code": "7K3Q-M2XE",
    "signature": "0" * 64,
}


def test_a_receipt_is_read_back_as_it_was_and_is_valid_with_its_key_only() -> None:
    signed = receipts.sign(KEY, ONE)
    again = receipts.from_json(receipts.to_json(signed))
    assert again == signed
    assert receipts.verify(KEY, again)
    assert not receipts.verify(b"another", again)
    assert not receipts.verify(KEY, ONE)
    local = replace(signed, at=signed.at.astimezone(ZoneInfo("America/Detroit")))
    assert receipts.verify(KEY, local)


@pytest.mark.parametrize("name", [field.name for field in fields(Receipt)])
def test_nothing_in_a_receipt_can_be_changed(name: str) -> None:
    forged = replace(receipts.sign(KEY, ONE), **{name: OTHER[name]})
    assert not receipts.verify(KEY, receipts.from_json(receipts.to_json(forged)))


@pytest.mark.parametrize("change", ["no json", "[]", "{}", '{"format": "other"}', "\x00", "[" * 100_000])
def test_what_is_no_receipt_is_refused(change: str) -> None:
    with pytest.raises(CourseError, match="no receipt of ours"):
        receipts.from_json(change)


@pytest.mark.parametrize(
    ("name", "value"),
    [("version", True), ("version", "2"), ("at", "yesterday"), ("kind", "cake"), ("title", None), ("more", "x")],
)
def test_a_receipt_in_another_form_is_refused(name: str, value: object) -> None:
    values = json.loads(receipts.to_json(receipts.sign(KEY, ONE)))
    with pytest.raises(CourseError, match="no receipt of ours"):
        receipts.from_json(json.dumps({**values, name: value}))


TEXTS = st.text(max_size=20)
CONTENTS = st.builds(
    Content,
    link=st.none() | TEXTS,
    parts=st.lists(st.tuples(TEXTS, TEXTS), max_size=3).map(tuple),
    files=st.lists(st.builds(FileRef, TEXTS, TEXTS), max_size=3).map(tuple),
)


@given(CONTENTS, CONTENTS)
def test_contents_have_the_same_digest_only_when_they_are_the_same(one: Content, other: Content) -> None:
    assert (one.digest() == other.digest()) == (one == other)


def test_moving_text_from_one_part_to_another_changes_the_digest() -> None:
    assert Content(parts=(("a", "b,c"),)).digest() != Content(parts=(("a,b", "c"),)).digest()


@given(st.binary(min_size=5, max_size=5))
def test_a_code_is_read_however_it_is_typed(random: bytes) -> None:
    code = receipts.code(random)
    assert len(code) == 9
    for typed in (code, code.lower(), code.replace("-", ""), code.replace("-", " "), code.replace("0", "o")):
        assert receipts.read_code(typed) == code


def test_codes_differ_and_nonsense_is_none() -> None:
    assert receipts.code(bytes(5)) == "0000-0000"
    assert receipts.code(b"\xff" * 5) == "ZZZZ-ZZZZ"
    for typed in ("", "7K3Q", "7K3Q-M2XDU", "UUUU-UUUU", "7K3Q-M2X€"):
        with pytest.raises(CourseError, match="no code of a receipt"):
            receipts.read_code(typed)


# -- which version counts --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class V:
    version: int
    at: datetime


@pytest.mark.parametrize("day", [(2024, 3, 10), (2024, 11, 3), (2024, 1, 25)])
def test_on_time_to_the_millisecond_also_when_the_clocks_change(day: tuple[int, int, int]) -> None:
    """Class ends at 12:00 on the day before, so the summary's 24 hours run across the change."""
    zone = ZoneInfo("America/Detroit")
    end = wall(datetime(*day).date() - timedelta(days=1), datetime(1, 1, 1, 12).time(), zone)
    due = session_deadlines(end - timedelta(minutes=90), end, Policy(zone=zone)).summary
    assert due - end == timedelta(hours=24)
    step = timedelta(milliseconds=1)
    assert [on_time(at, due) for at in (due - step, due, due + step)] == [True, True, False]
    # Given in the zone of the course too, in which the wall clock repeats or skips an hour.
    assert [on_time(at.astimezone(zone), due.astimezone(zone)) for at in (due, due + step)] == [True, False]
    repeated = datetime(2024, 11, 3, 1, 30, tzinfo=zone)
    assert not on_time(repeated.replace(fold=1), repeated)


def test_the_latest_before_the_deadline_counts_or_else_the_latest() -> None:
    due, step = AT, timedelta(milliseconds=1)
    early, exact, late, later = V(1, due - step), V(2, due), V(3, due + step), V(4, due + 2 * step)
    assert counting([], due) is None
    assert counting([later, early, late], due) is early
    assert counting([late, exact, early, later], due) is exact
    assert counting([late, later], due) is later
    assert counting([V(1, due), V(2, due)], due) == V(2, due)


@given(st.lists(st.integers(-3, 3), max_size=6), st.integers(-3, 3))
def test_a_late_version_never_replaces_one_on_time(offsets: list[int], due: int) -> None:
    versions = [V(n, AT + timedelta(milliseconds=offset)) for n, offset in enumerate(offsets, 1)]
    due_at = AT + timedelta(milliseconds=due)
    found = counting(versions, due_at)
    assert (found is None) == (not versions)
    in_time = [one for one in versions if one.at <= due_at]
    if found is not None:
        assert found.at == max(one.at for one in in_time or versions)
