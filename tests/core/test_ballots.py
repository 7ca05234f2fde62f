"""Votes: what is shown to whom, what a ballot may say, and the count with its ties."""

from __future__ import annotations

import hashlib
import hmac
import random
from collections import Counter
from dataclasses import dataclass
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.ballots import (
    Method,
    Result,
    Standing,
    check_choices,
    offered_to,
    order_tag,
    refuse_opening,
    standings,
    tag,
    tally,
)
from bot.core.errors import CourseError

KEY = bytes(range(32))
IDS = st.integers(1, 10**6)
CHOICES = st.lists(st.integers(1, 9), unique=True, min_size=1, max_size=6)


@st.composite
def votes(draw: st.DrawFn) -> tuple[list[int], list[list[int]]]:
    """Choices, and ballots that name some of them, a choice sometimes twice."""
    choices = draw(CHOICES)
    return choices, draw(st.lists(st.lists(st.sampled_from(choices), max_size=4), max_size=12))


def test_a_tag_is_an_hmac_sha256_of_vote_and_person() -> None:
    assert tag(KEY, 7, 42) == hmac.new(KEY, b"ballot:7:42", hashlib.sha256).digest()
    assert len(order_tag(KEY, 7, 42)) == 32


@given(one=st.tuples(IDS, IDS), other=st.tuples(IDS, IDS))
def test_tags_tell_votes_and_persons_apart(one: tuple[int, int], other: tuple[int, int]) -> None:
    assert (tag(KEY, *one) == tag(KEY, *other)) == (one == other)
    assert (order_tag(KEY, *one) == order_tag(KEY, *other)) == (one == other)
    assert tag(KEY, *one) != order_tag(KEY, *other)
    assert tag(KEY, *one) != tag(KEY[::-1], *one)


@pytest.mark.parametrize("pair", [((1, 12), (11, 2)), ((1, 2), (2, 1))])
def test_numbers_that_run_together_are_still_apart(pair: tuple[tuple[int, int], tuple[int, int]]) -> None:
    assert tag(KEY, *pair[0]) != tag(KEY, *pair[1])


@pytest.mark.parametrize("make", [tag, order_tag])
def test_a_destroyed_key_makes_no_tag(make: object) -> None:
    assert callable(make)
    for short in (b"", KEY[:31]):
        with pytest.raises(ValueError, match="at least 32 bytes"):
            make(short, 1, 1)


@given(choices=CHOICES, person=IDS, seed=st.integers())
def test_the_order_is_the_voters_own_and_stays(choices: list[int], person: int, seed: int) -> None:
    own = order_tag(KEY, 1, person)
    offered = offered_to(choices, own)
    assert sorted(offered) == sorted(choices)
    random.Random(seed).shuffle(choices)
    assert offered_to(choices, own) == offered


def test_every_order_is_about_as_frequent_among_voters() -> None:
    seen = Counter(tuple(offered_to([1, 2, 3], order_tag(KEY, 1, person))) for person in range(1200))
    assert set(seen) == set(permutations([1, 2, 3]))
    assert all(150 <= times <= 250 for times in seen.values())  # 200 expected, standard deviation 13


def test_another_vote_has_another_order() -> None:
    choices = list(range(13))
    orders = {tuple(offered_to(choices, order_tag(KEY, vote, 5))) for vote in range(20)}
    assert len(orders) == 20


def test_the_stored_tag_does_not_give_the_order_away() -> None:
    choices = list(range(13))
    same = [
        offered_to(choices, tag(KEY, 1, person)) == offered_to(choices, order_tag(KEY, 1, person))
        for person in range(50)
    ]
    assert not any(same)


@pytest.mark.parametrize(
    ("method", "chosen", "says"),
    [
        (Method.SINGLE, [], "chose nothing"),
        (Method.APPROVAL, [], "chose nothing"),
        (Method.SINGLE, [1, 2], "one choice, and you made 2"),
        (Method.SINGLE, [9], "not up for this vote"),
        (Method.MULTIPLE, [1, 9], "not up for this vote"),
        (Method.SINGLE, [1, 9], "not up for this vote"),
    ],
)
def test_a_ballot_that_says_too_much_or_too_little(method: Method, chosen: list[int], says: str) -> None:
    with pytest.raises(CourseError, match=says):
        check_choices(method, chosen, [1, 2, 3])


def test_the_same_choice_twice_is_one_choice() -> None:
    assert check_choices(Method.SINGLE, [2, 2], {1, 2}) == (2,)


@given(vote=votes(), method=st.sampled_from([Method.MULTIPLE, Method.APPROVAL]))
def test_a_ballot_keeps_what_is_chosen_and_not_how(vote: tuple[list[int], list[list[int]]], method: Method) -> None:
    choices, ballots = vote
    for chosen in filter(None, ballots):
        checked = check_choices(method, chosen, choices)
        assert list(checked) == sorted(set(chosen))
        assert check_choices(method, chosen[::-1], choices) == checked


def test_ties_share_a_place_and_the_next_is_further_down() -> None:
    result = tally([10, 20, 30, 40], [[40], [30], [10], [30], [10], [20], [20, 10]])
    assert result == Result({10: 3, 20: 2, 30: 2, 40: 1}, ((10,), (20, 30), (40,)), (10,), 7)
    assert result.places == {10: 1, 20: 2, 30: 2, 40: 4}


def test_a_tie_at_the_top_has_several_winners() -> None:
    result = tally([3, 1, 2], [[1], [3]])
    assert result.winners == (3, 1)
    assert result.places == {3: 1, 1: 1, 2: 3}


@pytest.mark.parametrize("ballots", [[], [[]]])
def test_nobody_wins_when_nobody_votes(ballots: list[list[int]]) -> None:
    assert tally([1, 2], ballots) == Result({1: 0, 2: 0}, ((1, 2),), (), 0)


def test_a_foreign_ballot_is_not_counted_silently() -> None:
    with pytest.raises(ValueError, match=r"\[3\], which are not among the choices"):
        tally([1, 2], [[1], [3]])


@given(vote=votes(), seed=st.integers())
def test_a_tally_is_right_in_whichever_order_it_is_counted(vote: tuple[list[int], list[list[int]]], seed: int) -> None:
    choices, ballots = vote
    result = tally(choices, ballots)
    random.Random(seed).shuffle(ballots)
    assert tally(choices, ballots) == result
    assert result.counts == {choice: sum(choice in ballot for ballot in ballots) for choice in choices}
    assert list(result.counts) == choices
    assert result.ballots == sum(ballot != [] for ballot in ballots)
    counts = result.counts
    assert result.places == {one: 1 + sum(counts[other] > counts[one] for other in choices) for one in choices}
    first = [choice for choice in choices if result.places[choice] == 1]
    assert list(result.winners) == (first if result.ballots else [])
    assert all(list(tied) == [choice for choice in choices if choice in tied] for tied in result.ranks)


@given(votes())
def test_one_more_vote_never_costs_a_place(vote: tuple[list[int], list[list[int]]]) -> None:
    choices, ballots = vote
    before, after = tally(choices, ballots), tally(choices, [*ballots, [choices[0]]])
    assert after.places[choices[0]] <= before.places[choices[0]]


@dataclass(frozen=True)
class Closed:
    """A closed vote as the database keeps it."""

    counts: dict[int, int]
    winners: list[int]


def test_standings_go_by_wins_then_votes_and_keep_ties() -> None:
    term = [
        Closed({1: 9, 2: 3}, [1]),
        Closed({2: 4, 3: 4, 5: 0}, [2, 3]),
        Closed({3: 5, 1: 1, 4: 2}, [3]),
        Closed({2: 0, 4: 0}, []),
        Closed({6: 6, 4: 1}, [6]),
        Closed({7: 4, 8: 2}, [7]),
        Closed({8: 3, 7: 2}, [8]),
    ]
    assert standings(term) == [
        Standing(3, 1, 2, 9, 2),
        Standing(1, 2, 1, 10, 2),
        Standing(2, 3, 1, 7, 3),
        Standing(6, 4, 1, 6, 1),
        Standing(7, 4, 1, 6, 2),
        Standing(8, 6, 1, 5, 2),
        Standing(4, 7, 0, 3, 3),
        Standing(5, 8, 0, 0, 1),
    ]
    assert standings([]) == []


@given(st.lists(votes(), max_size=6), st.integers())
def test_standings_add_up_and_do_not_depend_on_the_order_of_classes(
    term: list[tuple[list[int], list[list[int]]]], seed: int
) -> None:
    results = [tally(*vote) for vote in term]
    table = standings(results)
    random.Random(seed).shuffle(results)
    assert standings(results) == table
    assert sum(row.votes for row in table) == sum(sum(result.counts.values()) for result in results)
    assert sum(row.wins for row in table) == sum(len(result.winners) for result in results)
    assert sum(row.appearances for row in table) == sum(len(result.counts) for result in results)
    ordered = sorted(table, key=lambda row: (-row.wins, -row.votes, row.choice))
    assert table == ordered
    for row in table:
        assert row.place == 1 + sum((one.wins, one.votes) > (row.wins, row.votes) for one in table)


@pytest.mark.parametrize(
    ("choices", "voters", "poll", "says"),
    [
        ([], [1], False, "vote cannot open: no group performed"),
        ([], [], False, "no group performed"),
        ([7], [1], False, "only one group performed"),
        ([7, 7], [1], False, "only one group performed"),
        ([7, 8], [], False, "vote cannot open: everyone in the course is in a group that performed"),
        ([], [1], True, "nothing to choose from"),
        ([7], [1], True, "at least two choices"),
        ([7, 8], [], True, "poll cannot open: nobody is in the course"),
    ],
)
def test_a_vote_that_could_decide_nothing_does_not_open(
    choices: list[int], voters: list[int], poll: bool, says: str
) -> None:
    with pytest.raises(CourseError, match=says):
        refuse_opening(choices, voters, poll=poll)


@pytest.mark.parametrize("poll", [True, False])
def test_two_choices_and_one_voter_are_enough(poll: bool) -> None:
    refuse_opening([7, 8], [1], poll=poll)


def test_unless_it_is_a_poll_a_vote_is_about_groups() -> None:
    with pytest.raises(CourseError, match="only one group performed"):
        refuse_opening([7], [1])
