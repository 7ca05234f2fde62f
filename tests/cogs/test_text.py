"""Small pieces of Discord text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.fronts.discord.text import clickable, clip, count, escape, fit


def test_escaped_text_neither_formats_nor_mentions() -> None:
    assert escape("**Eve** <@1> @here `x` [a](b) _i_") == r"\*\*Eve\*\* \<\@1\> \@here \`x\` \[a\](b) \_i\_"


def test_commands_become_clickable_where_their_ids_are_known() -> None:
    ids = {"groups": 5, "staff": 7}
    words = "See `/groups`, `/staff import schedule` or `/unknown`, not `groups`."
    assert clickable(words, ids) == "See </groups:5>, </staff import schedule:7> or `/unknown`, not `groups`."


@pytest.mark.parametrize(("number", "words"), [(0, "0 groups"), (1, "1 group"), (2, "2 groups")])
def test_counting(number: int, words: str) -> None:
    assert count(number, "group") == words


@given(st.text(max_size=50), st.integers(1, 60))
def test_clipped_text_fits(words: str, limit: int) -> None:
    assert len(clip(words, limit)) <= limit
    assert len(words) > limit or clip(words, limit) == words


@given(st.lists(st.text(alphabet="abc", max_size=30), max_size=30), st.integers(60, 300))
def test_lines_fit_and_the_rest_is_counted(lines: list[str], limit: int) -> None:
    shown = fit(lines, limit)
    assert len(shown) <= limit
    if shown != "\n".join(lines):
        assert int(shown.rsplit(" ", 2)[1]) + shown.count("\n") == len(lines)
