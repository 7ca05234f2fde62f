"""Finding the question that somebody has asked already."""

from __future__ import annotations

import math
import random
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.similar import SHORTLIST, most_similar

ASKED = {
    1: "Why does PagedAttention use blocks of 16 tokens instead of larger ones?",
    2: "How does the block size in PagedAttention affect fragmentation?",
    3: "What happens with FlashAttention when the sequence is longer than SRAM can hold?",
    4: "Does the scheduler preempt requests, and how is the KV cache recovered?",
    5: "How would speculative decoding interact with continuous batching?",
}
DENSE = "注意か力한"
TEXTS = st.text(alphabet="abc é" + DENSE, max_size=12) | st.text(st.characters(max_codepoint=0x4FF), max_size=8)


def _reference(text: str, others: dict[int, str]) -> dict[int, float]:
    """The cosine as a textbook has it: a weight for each n-gram of all texts, vectors, dot products."""

    def grams(raw: str) -> set[str]:
        plain = " " + " ".join(unicodedata.normalize("NFKC", raw).casefold().split()) + " "
        plain = "".join(c * 2 if c in DENSE else c for c in plain)
        return {plain[i:j] for i in range(len(plain)) for j in range(i + 3, min(i + 5, len(plain)) + 1)}

    documents = [grams(text), *map(grams, others.values())]
    idf = {
        gram: math.log((1 + len(documents)) / (1 + sum(gram in one for one in documents))) + 1
        for gram in set().union(*documents)
    }
    vectors = [[idf[gram] if gram in one else 0.0 for gram in sorted(idf)] for one in documents]

    def cosine(one: list[float], other: list[float]) -> float:
        length = math.hypot(*one) * math.hypot(*other)
        return sum(a * b for a, b in zip(one, other, strict=True)) / length if length else 0.0

    return {key: cosine(vectors[0], vector) for key, vector in zip(others, vectors[1:], strict=True)}


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("What is the influence of block size on fragmentation in PagedAttention?", [2]),
        ("why do they use a block size of 16 in PagedAttention", [2, 1]),
        ("Is speculative decoding compatible with continuous batching?", [5]),
        ("  WHY does PagedAttention use blocks of\n１６ tokens, instead of larger ones", [1]),
        ("How does it compare with TPUs?", []),
        ("", []),
    ],
)
def test_the_same_question_in_other_words(text: str, ids: list[int]) -> None:
    assert [key for key, _ in most_similar(text, ASKED)] == ids


@pytest.mark.parametrize(
    ("text", "same", "other"),
    [
        ("为什么注意力机制需要缩放因子？", "注意力机制中的缩放因子有什么作用？", "调度器如何恢复被抢占的请求？"),
        ("Почему размер блока равен 16?", "Почему размер блоков 16, а не 32?", "Как работает планировщик?"),
        (
            "ブロックサイズは断片化にどう影響しますか？",
            "断片化へのブロックサイズの影響は？",
            "この手法の欠点は何ですか？",
        ),
        ("단편화는 블록 크기의 영향을 받나요?", "블록 크기가 단편화에 어떤 영향을 미치나요?", "이 방법의 단점은?"),
        ("لماذا حجم الكتلة 16؟", "لماذا يكون حجم الكتلة 16؟", "كيف يعمل الجدول الزمني؟"),
    ],
)
def test_scripts_other_than_latin(text: str, same: str, other: str) -> None:
    assert [key for key, _ in most_similar(text, {1: other, 2: same})] == [2]


@pytest.mark.parametrize("short", ["a", "Why", "注"])
def test_one_character_is_enough_to_be_the_same(short: str) -> None:
    assert most_similar(short, {1: f" {short.upper()}\n", 2: "zzz"}) == [(1, 1.0)]


def test_at_most_so_many_the_best_first_then_by_id() -> None:
    others = {9: "block size", 4: "block size", 7: "block sizes", 5: "block size", 1: "scheduler"}
    assert [key for key, _ in most_similar("block size", others)] == [4, 5, 9]
    assert [key for key, _ in most_similar("block size", others, limit=4)] == [4, 5, 9, 7]
    assert [score for _, score in most_similar("block size", others, limit=2)] == [1.0, 1.0]


def test_the_floor_itself_is_alike_enough() -> None:
    (first, score), *_ = most_similar(ASKED[2], {1: ASKED[1], 3: ASKED[3]}, floor=0)
    assert first == 1
    assert [key for key, _ in most_similar(ASKED[2], {1: ASKED[1], 3: ASKED[3]}, floor=score)] == [1]
    assert most_similar(ASKED[2], {1: ASKED[1], 3: ASKED[3]}, floor=math.nextafter(score, 1)) == []


@given(text=TEXTS, others=st.dictionaries(st.integers(1, 99), TEXTS, max_size=5))
def test_it_is_the_cosine_of_the_textbook(text: str, others: dict[int, str]) -> None:
    expected = {key: score for key, score in _reference(text, others).items() if score}
    found = most_similar(text, others, limit=9, floor=0)
    assert dict(found) == pytest.approx(expected, abs=1e-9)
    assert found == sorted(found, key=lambda one: (-one[1], one[0]))
    assert all(0 < score <= 1 for _, score in found)


@given(one=TEXTS, other=TEXTS)
def test_likeness_is_mutual(one: str, other: str) -> None:
    assert most_similar(one, {1: other}, floor=0) == most_similar(other, {1: one}, floor=0)


@given(texts=st.dictionaries(st.integers(1, 99), TEXTS, min_size=1, max_size=5), seed=st.integers())
def test_it_does_not_depend_on_how_the_texts_were_read(texts: dict[int, str], seed: int) -> None:
    shuffled = dict(random.Random(seed).sample(list(texts.items()), len(texts)))
    text = min(texts.values())
    assert most_similar(text, shuffled) == most_similar(text, texts)


def _words(chance: random.Random, count: int) -> list[str]:
    return ["".join(chance.choices("etaoinshrdlu", k=chance.randint(3, 8))) for _ in range(count)]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), extra=st.integers(1, 60), own=st.integers(3, 30))
def test_among_many_the_reworded_one_is_still_found(seed: int, extra: int, own: int) -> None:
    """Of more texts than are compared in full, the glance keeps the one that shares the rare words, in any order."""
    chance = random.Random(seed)
    common = _words(chance, 20)
    rare = {key: _words(chance, own) for key in range(SHORTLIST + extra)}
    others = {key: " ".join(chance.choices(common, k=own) + words) for key, words in rare.items()}
    wanted = max(others)
    text = " ".join(chance.choices(common, k=own) + rare[wanted][::-1])
    assert most_similar(text, others)[0][0] == wanted


def test_a_long_text_full_of_common_words_does_not_crowd_out_a_short_one() -> None:
    chance = random.Random(1)
    common = _words(chance, 40)
    others = {key: " ".join(chance.choices(common, k=300)) for key in range(60)}
    others[99] = " ".join([*common[:6], "quixotic zebra"])
    assert most_similar(" ".join([*common[3:9], "zebra quixotic"]), others)[0][0] == 99


def test_blank_texts_are_like_nothing_however_many() -> None:
    blanks = dict.fromkeys(range(SHORTLIST + 9), " ")
    assert most_similar("", blanks, floor=0) == []
    assert most_similar("Why?", {**blanks, 99: "Why?"}) == [(99, 1.0)]


def test_no_more_than_the_shortlist_are_compared_in_full() -> None:
    exactly = {key: f"block size {key}" for key in range(SHORTLIST)}
    assert len(most_similar("block size", exactly, limit=99, floor=0)) == SHORTLIST
    assert len(most_similar("block size", {**exactly, 98: "size", 99: "block"}, limit=99, floor=0)) == SHORTLIST
