"""Recaps without a model, and what is done about a model's words."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.recap import POINT_MAX, Line, Point, Recap, arrange, digest, pack, sample, unpack
from bot.core.recap_check import CITED_MAX, Claim, Masks, borne_out
from bot.core.recap_extract import extract

CLASS = (
    Line(1, "question", "Why does paging the cache help?", "PagedAttention"),
    Line(2, "note", "Fragmentation wasted most memory. Paging brings waste below 4 percent.", "PagedAttention", 1),
    Line(3, "follow_up", "Sharing pages between beams saves memory again.", "PagedAttention", 1),
    Line(4, "question", "Does batching hurt latency?", "Orca"),
    Line(5, "message", "Iteration level scheduling lets short requests leave the batch early.", speaker="Student07"),
    Line(6, "message", "Good question!", speaker="Student08"),
    Line(7, "message", "Short requests leave the batch early with iteration level scheduling.", link="https://x/7"),
)

words = st.text(st.sampled_from("abcdefg .!?\n"), max_size=80)
lines = st.lists(
    st.builds(
        Line,
        number=st.just(0),
        said=st.sampled_from(["note", "message", "follow_up"]),
        text=words,
        paper=st.sampled_from([None, "A", "B"]),
    ),
    max_size=25,
).map(lambda found: [Line(n, one.said, one.text, one.paper) for n, one in enumerate(found, 1)])


def test_the_draft_is_whole_sentences_by_paper_and_question_and_says_nothing_twice() -> None:
    recap = extract(CLASS)
    assert [(one.paper, one.question) for one in recap.sections] == [
        ("PagedAttention", "Why does paging the cache help?"),
        ("Orca", "Does batching hurt latency?"),
        (None, None),
    ]
    paged, orca, besides = recap.sections
    assert [point.text for point in paged.points] == [
        "Fragmentation wasted most memory.",
        "Paging brings waste below 4 percent.",
        "Sharing pages between beams saves memory again.",
    ]
    assert orca.points == ()
    assert len(besides.points) == 1, "the same twice, and what says nothing"
    assert recap.text().startswith("PagedAttention:\nAsked: Why does paging")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(lines)
def test_every_point_stands_in_the_line_it_cites(said: list[Line]) -> None:
    recap = extract(said, points_max=5)
    by_number = {one.number: one for one in said}
    assert len(recap.points) <= 5
    for point in recap.points:
        (number,) = point.lines
        assert point.text in " ".join(by_number[number].text.split())
    assert unpack(pack(recap)) == recap


def test_of_thousands_of_lines_notes_are_kept_and_messages_sampled_over_the_class() -> None:
    chat = [Line(n, "message", f"Remark {n} on attention kernels") for n in range(1, 5001)]
    chat[4000] = Line(4001, "note", "The staff noted the memory wall")
    kept = sample(chat, 800)
    assert len(kept) == 800
    assert chat[4000] in kept
    numbers = [one.number for one in kept]
    assert numbers == sorted(numbers)
    assert max(after - before for before, after in pairwise(numbers)) < 15
    assert extract(chat).left_out == 4200


def test_another_word_is_another_recap() -> None:
    assert digest(CLASS, "s") == digest(CLASS, "s") != digest(CLASS, "t")
    assert digest(CLASS[:-1], "s") != digest(CLASS, "s")


def test_names_mentions_and_addresses_stay_here_and_names_come_back() -> None:
    masks = Masks(["Ann Lee", "student07", "Will Power", "Zoë"])
    said = (
        "Ann Lee and ann told STUDENT07 <@123456789012345678> to mail ann@x.edu, see https://x.y/z; Zoë will, Will says"
    )
    hidden = masks.hide(said)
    for secret in ("Ann", "ann", "Lee", "STUDENT", "1234", "x.edu", "x.y", "Zoë", "Will "):
        assert secret not in hidden
    assert "will" in hidden, "the verb"
    shown = masks.show(hidden)
    assert shown.startswith("Ann Lee and ann told STUDENT07 … to mail …, see …")
    assert "Zoë will, Will says" in shown
    assert masks.show("P99 said so") == "… said so", "nobody the model made up"


names = st.lists(st.text(st.sampled_from("aBcdEé"), min_size=3, max_size=6), max_size=4)


@given(st.lists(st.text(st.sampled_from("aBcdEé."), max_size=6), max_size=12), names)
def test_no_name_is_left_in_any_spelling(said: list[str], people: list[str]) -> None:
    hidden = Masks(people).hide(" ".join(said + people))
    left = {word.strip(".").casefold() for word in hidden.split()}
    assert not left & {name.casefold() for name in people}


BY_NUMBER = {one.number: one for one in CLASS}


def test_only_what_the_lines_bear_out_is_kept() -> None:
    good = Claim("Paging brings waste below 4 percent", (2,))
    kept, dropped = borne_out(
        [
            good,
            Claim("Paging brings the waste below 4 percent.", (2, 2)),  # the same again
            Claim("Paging brings waste below 96 percent", (2,)),  # another number
            Claim("Paging brings waste below 4 percent", (99,)),  # no such line
            Claim("Paging brings waste below 4 percent", ()),
            Claim("Paging brings waste below 4 percent", tuple(range(1, CITED_MAX + 2))),
            Claim("Paging does not bring waste below 4 percent", (2,)),
            Claim("Transformers will take over radiology by summer", (2,)),
            Claim("P3 said that paging brings waste below 4 percent", (2,)),  # nobody of that name there
        ],
        BY_NUMBER,
    )
    assert kept == [Point("Paging brings waste below 4 percent", (2,))]
    assert dropped == 7


def test_a_claim_cannot_mention_or_link() -> None:
    said = {1: Line(1, "message", "everyone go to the memory wall <@1> https://evil.example now")}
    kept, _dropped = borne_out([Claim("@everyone go to the <@1> memory wall https://evil.example", (1,))], said)
    (point,) = kept
    assert point.text == "everyone go to the memory wall"


def test_points_lie_where_most_of_their_lines_do() -> None:
    points = [Point("Both", (2, 3)), Point("Batching", (4, 5)), Point("Chat", (5,))]
    sections = arrange(points, BY_NUMBER)
    assert [[point.text for point in one.points] for one in sections] == [["Both"], ["Batching"], ["Chat"]]


def test_a_long_sentence_is_cut_between_words() -> None:
    text = "memory bandwidth limits decoding " * 40
    (point,) = extract([Line(1, "note", text)]).points
    assert len(point.text) <= POINT_MAX
    assert point.text.endswith("…")
    assert Recap((), (), by_model=False).text() == ""
