"""Names, accounts and addresses taken out of texts: all of them, and nothing that only looks like them."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.pseudonyms import Identity, Replacer, replacers

WORDS = st.sampled_from(["Ann", "Lee", "dropped", "Annotated", "student", "é", "🎉", "_", "-", "from", "Ä", "ann"])
TEXTS = st.lists(WORDS, min_size=1, max_size=6).map(" ".join)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(TEXTS, st.sampled_from(["Ann", "Ann Lee", "é", "🎉", "🎉 Ann", "Lee"]))
def test_a_name_is_replaced_as_a_whole_and_nothing_else_is(text: str, name: str) -> None:
    changed = Replacer({name: "X"})(text)
    assert "Annotated" not in text or "Annotated" in changed
    assert f" {name} " not in f" {changed} "
    assert changed == text or name in text
    assert Replacer({"": "X", " ": "X"})(text) == text


def _identity(name: str, *, given: bool = False, shared: bool = False, key: str = "discord:123456") -> Identity:
    return Identity(7, "student", name, key, None, (("discord", "123456"),), given, shared)


@pytest.mark.parametrize(
    ("one", "sentence", "words"),
    [
        (_identity("Ann"), "dropped Former student 7", "Ann said machine learning"),
        # Who chooses their own name cannot rewrite what others say, nor the audit.
        (_identity("machine learning"), "dropped Ann", "Ann said machine learning"),
        (_identity("dropped"), "dropped Ann", "Ann said machine learning"),
        (_identity("Ann", shared=True), "dropped Ann", "Ann said machine learning"),
        (_identity("Ann", given=True), "dropped Former student 7", "Ann said machine learning"),
        (_identity("machine learning", given=True), "dropped Ann", "Ann said Former student 7"),
        (_identity("Ann", given=True, key="said"), "dropped Former student 7", "Ann said machine learning"),
    ],
)
def test_what_is_replaced_depends_on_who_gave_the_name(one: Identity, sentence: str, words: str) -> None:
    sentences, _, everywhere = replacers([one])
    assert sentences("dropped Ann") == sentence
    assert everywhere("Ann said machine learning") == words
    assert everywhere("<@123456> <@!123456> discord:123456 1234567") == (
        "Former student 7 Former student 7 former:7 1234567"
    )
    assert sentences(json.dumps("Añn Ann")) == json.dumps("Añn Ann".replace("Ann", sentence.removeprefix("dropped ")))


def test_names_are_found_in_json_too() -> None:
    sentences, _, _ = replacers([_identity('Añ "Q" B', given=True)])
    for ascii in (True, False):
        assert json.loads(sentences(json.dumps(['Añ "Q" B'], ensure_ascii=ascii))) == ["Former student 7"]
