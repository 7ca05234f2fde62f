"""Names of groups."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import CourseError
from bot.core.groups import clean_name, name_key, name_order


@pytest.mark.parametrize("name", ["Attention", "Ångström & Co.", "Group 7", "LLM-Lab", "ab", "注意力機構", "x" * 40])
def test_ordinary_names_stay_as_they_are(name: str) -> None:
    assert clean_name(f"  {name} ") == name


@pytest.mark.parametrize(
    "name", ["", "a", "x" * 41, "@everyone", "<@123>", "**bold**", "`code`", "a\u202eb", "a\u200bb", "#general"]
)
def test_names_that_chat_would_read_as_more_than_a_name_are_refused(name: str) -> None:
    with pytest.raises(CourseError, match="2 to 40"):
        clean_name(name)


@given(st.text(max_size=60))
def test_a_clean_name_is_clean(raw: str) -> None:
    try:
        name = clean_name(raw)
    except CourseError:
        return
    assert clean_name(name) == name
    assert 2 <= len(name) <= 40
    assert not set(name) & set("@<>*`#[]|~\n")
    assert name_key(name) == name_key(name_key(name))


def test_numbers_in_names_count_as_numbers() -> None:
    names = ["Group 10", "attention", "Group 2", "Group", "7", "Group 2b", "Group 1", "10", "Zebra"]
    in_order = ["7", "10", "attention", "Group", "Group 1", "Group 2", "Group 2b", "Group 10", "Zebra"]
    assert sorted(names, key=name_order) == in_order


@given(st.lists(st.text(max_size=12), max_size=6))
def test_any_names_can_be_put_in_order(names: list[str]) -> None:
    assert len(sorted(names, key=name_order)) == len(names)  # letters and numbers are never compared
