"""Templates, and two who write at the same time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import summaries
from bot.core.summaries import HEADINGS, QUESTIONS, TEMPLATES


@pytest.mark.parametrize("template", TEMPLATES.values())
def test_each_template_fits_into_forms(template: tuple[summaries.Heading, ...]) -> None:
    """Discord: five fields a form, 100 characters under a field's label."""
    pages = summaries.pages(template)
    assert tuple(one for page in pages for one in page) == template
    assert all(0 < len(page) <= 5 for page in pages)
    assert all(len(one.title) <= 100 and len(one.hint) <= 100 for one in template)
    assert len({one.title for one in template}) == len(template)


def test_the_templates_are_those_of_the_course() -> None:
    assert [len(page) for page in summaries.pages(HEADINGS)] == [3, 3]
    assert [len(page) for page in summaries.pages(QUESTIONS)] == [5]
    assert HEADINGS[-1].title == "Summary of Class Discussion"
    assert QUESTIONS[-1].title == "Gist of the class discussion"


def test_what_is_missing_is_named_and_what_is_written_is_kept_in_order() -> None:
    texts = {"Limitations": " few ", "Problem and Motivation": "it matters", "Related Works": " \n", "Old heading": "x"}
    assert summaries.missing(HEADINGS, texts) == (
        "Related Works",
        "Solution Overview",
        "Future Research Directions",
        "Summary of Class Discussion",
    )
    written = summaries.parts(HEADINGS, texts)
    assert written == (("Problem and Motivation", "it matters"), ("Limitations", "few"), ("Old heading", "x"))
    document = summaries.markdown("FlexGen", written)
    assert document.startswith("# Summary of FlexGen\n\n## Problem and Motivation\n\nit matters\n")


TEXT = st.sampled_from(["", "a", "b", "c", "a "])


@given(TEXT, TEXT, TEXT)
def test_a_form_changes_only_what_it_showed(shown: str, now: str, typed: str) -> None:
    """Three writings of one text: what the form showed, what is there when it is sent, and what was typed."""
    seen = summaries.stamp(shown)
    shown, now_, typed_ = shown.strip(), now.strip(), typed.strip()
    keeps, overwrites = summaries.keeps(typed, now, seen), summaries.overwrites(typed, now, seen)
    assert keeps == (now_ == shown and typed_ != shown)
    # Somebody else changed it, and so did I, to something else.
    assert overwrites == (now_ != shown and typed_ != shown and typed_ != now_)
