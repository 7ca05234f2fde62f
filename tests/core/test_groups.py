"""Names of groups."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import CourseError
from bot.core.groups import clean_name, name_key


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
