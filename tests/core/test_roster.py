"""The roster's rules: what a new list changes, and one-time codes as people type them."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.roster import (
    ALPHABET,
    Change,
    Code,
    Entry,
    RosterDiff,
    Stored,
    codes_csv,
    describe,
    diff,
    namesakes,
    read_code,
    safe_cell,
    show_code,
)

ADA = Entry("ada", "Student01", "Ada@uni.edu", "001")
BEN = Entry("ben", "Student02", "ben@uni.edu", "001")
CYD = Entry("cyd@uni.edu", "Student03", "Cyd@uni.edu", None)


def _stored(*entries: Entry, dropped: tuple[int, ...] = ()) -> list[Stored]:
    return [Stored(n, entry, n in dropped) for n, entry in enumerate(entries)]


def test_a_list_beside_the_roster() -> None:
    moved = replace(BEN, section="002")
    found = diff(_stored(ADA, BEN), [moved, CYD])
    assert found == RosterDiff((CYD,), (), (Change(1, BEN, moved),), (Stored(0, ADA),), 0)
    assert not found.empty
    assert diff(_stored(ADA, BEN), [BEN, ADA]) == RosterDiff(unchanged=2)


def test_who_comes_back_is_not_added_anew() -> None:
    found = diff(_stored(ADA, BEN, dropped=(0, 1)), [ADA])
    assert found == RosterDiff(returned=(Change(0, ADA, ADA),))


def test_a_login_that_is_known_only_now_is_found_by_the_address() -> None:
    with_login = replace(CYD, key="cyd", email="cyd@UNI.edu")
    found = diff(_stored(CYD), [with_login])
    assert found == RosterDiff(changed=(Change(0, CYD, with_login),))
    assert describe(found.changed[0]) == "Student03: login none → cyd, e-mail Cyd@uni.edu → cyd@UNI.edu"


def test_a_list_without_logins_leaves_the_known_ones() -> None:
    assert diff(_stored(ADA), [replace(ADA, key="ada@uni.edu")], fields={"email", "section"}).empty


def test_what_a_list_has_no_column_for_stays() -> None:
    assert diff(_stored(ADA), [Entry("ada", "Student01")], fields={"login"}).empty
    assert diff(_stored(ADA), [Entry("ada", "Student01")]).changed == (Change(0, ADA, Entry("ada", "Student01")),)


def test_an_address_that_two_share_tells_nobody_apart() -> None:
    twin = replace(ADA, key="adb")
    found = diff(_stored(ADA, twin), [replace(ADA, key="new")])
    assert len(found.added) == 1
    assert len(found.dropped) == 2


@pytest.mark.parametrize("unread", [{"ada"}, {"ada@uni.edu"}])
def test_whom_an_unreadable_line_names_is_not_dropped(unread: set[str]) -> None:
    found = diff(_stored(ADA, BEN), [CYD], unread=unread)
    assert [one.entry for one in found.dropped] == [BEN]
    assert found.unchanged == 1


@pytest.mark.parametrize(("kept", "most"), [(0, True), (1, True), (2, False), (3, False)])
def test_dropping_more_than_half_is_remarkable(kept: int, most: bool) -> None:
    roster = [Entry(f"s{n}", f"Student{n:02}") for n in range(4)]
    assert diff(_stored(*roster), [*roster[:kept], ADA]).drops_most == most


def test_nothing_stored_nothing_dropped() -> None:
    assert not diff([], [ADA]).drops_most


def test_describing_says_each_thing_that_changes() -> None:
    after = Entry("ada", "Student One", None, "002")
    words = "Student01: name Student01 → Student One, e-mail Ada@uni.edu → none, section 001 → 002"
    assert describe(Change(0, ADA, after)) == words
    assert describe(Change(0, ADA, ADA)) == "Student01"


_emails = st.one_of(st.none(), st.sampled_from([f"{c}@uni.edu" for c in "abcdeA"]))


@st.composite
def _entry(draw: st.DrawFn) -> Entry:
    email = draw(_emails)
    login = (
        draw(st.sampled_from("abcdefg")) if email is None else draw(st.one_of(st.none(), st.sampled_from("abcdefg")))
    )
    key = (login or email or "").casefold()
    return Entry(key, draw(st.sampled_from(["One", "Two"])), email, draw(st.sampled_from([None, "001"])))


_lists = st.lists(_entry(), max_size=8, unique_by=lambda entry: entry.key)
_fields = st.sets(st.sampled_from(["login", "email", "section"])).map(frozenset)


def _apply(stored: list[Stored], found: RosterDiff) -> list[Stored]:
    gone = {one.id for one in found.dropped}
    after = {change.id: change.after for change in (*found.changed, *found.returned)}
    kept = [
        Stored(one.id, after.get(one.id, one.entry), one.id in gone or (one.dropped and one.id not in after))
        for one in stored
    ]
    return kept + [Stored(100 + n, entry) for n, entry in enumerate(found.added)]


@given(
    first=_lists,
    dropped=st.sets(st.integers(0, 7)),
    second=_lists,
    fields=_fields,
    unread=st.sets(_emails.filter(bool)),
)
def test_once_applied_there_is_nothing_left_to_change(
    first: list[Entry], dropped: set[int], second: list[Entry], fields: frozenset[str], unread: set[str]
) -> None:
    stored = _stored(*first, dropped=tuple(dropped))
    found = diff(stored, second, fields=fields, unread=unread)
    after = _apply(stored, found)
    keys = [one.entry.key for one in after]
    assert len(set(keys)) == len(keys)
    assert diff(after, second, fields=fields, unread=unread).empty
    assert len(found.added) + len(found.changed) + len(found.returned) <= len(second)
    present = [one for one in stored if not one.dropped]
    assert len(found.changed) + len(found.dropped) + found.unchanged == len(present)


def test_namesakes_are_found_by_name_if_there_is_only_one() -> None:
    page = {1: "student  ALPHA", 2: "Student Beta", 3: "Student Gamma", 4: "student gamma", 5: "Nobody"}
    roster = {"a": "Student Alpha", "b": "Student Beta", "b2": "Student beta", "c": "Student Gamma"}
    assert namesakes(page, roster) == {1: "a"}


@given(st.text(ALPHABET, min_size=10, max_size=10), st.data())
def test_codes_are_read_however_they_are_typed(code: str, data: st.DataObject) -> None:
    shown = show_code(code)
    assert (len(shown), shown[5]) == (11, "-")
    misread = {"0": "0oO", "1": "1iIlL"}
    typed = "".join(
        data.draw(st.sampled_from(misread.get(sign, sign + sign.lower())))
        + data.draw(st.sampled_from(["", " ", "-", "–"]))
        for sign in shown
    )
    assert read_code(typed) == code


def test_a_code_has_no_sign_that_is_misread() -> None:
    assert len(set(ALPHABET)) == 32
    assert not set(ALPHABET) & set("ILOU")


@given(st.lists(st.builds(Code, _entry(), st.text(ALPHABET, min_size=10, max_size=10)), max_size=5))
def test_the_file_of_codes_says_it_all(codes: list[Code]) -> None:
    text = codes_csv(codes).decode("utf-8-sig")
    heading, *rows = csv.reader(io.StringIO(text, newline=""))
    assert heading == ["name", "email", "login", "section", "code"]
    assert [row[0] for row in rows] == [one.entry.name for one in codes]
    assert [read_code(row[4]) for row in rows] == [one.code for one in codes]
    assert all(row[1] or row[2] for row in rows)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_is_a_formula(start: str) -> None:
    evil = f'{start}cmd|" /C calc"!A0'
    assert safe_cell(evil) == f"'{evil}"
    (_, row) = csv.reader(io.StringIO(codes_csv([Code(Entry("x", evil), "0" * 10)]).decode("utf-8-sig"), newline=""))
    assert row[0] == f"'{evil}"
    assert safe_cell(f"Student {start}") == f"Student {start}"
