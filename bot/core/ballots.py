"""Votes: who is shown what, what a ballot may say, how ballots are counted.

The published rule for ties: a tie is reported as a tie. Nobody is preferred, neither by chance nor by order, and
places are counted the usual way (1, 2, 2, 4).
"""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Protocol

from bot.core.errors import CourseError

KEY_BYTES = 32
"""The length of a vote's key. Whoever can guess the key can find out whose a ballot is."""


class Method(StrEnum):
    """How many choices a ballot may name. By approval it is any number too, and the result is read as a ranking."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    APPROVAL = "approval"


class State(StrEnum):
    """Where a vote is in its life. A void vote counts for nothing."""

    OPEN = "open"
    CLOSED = "closed"
    VOID = "void"


def _keyed(key: bytes, message: str) -> bytes:
    if len(key) < KEY_BYTES:
        raise ValueError(f"a vote's key has at least {KEY_BYTES} bytes, this one has {len(key)}")
    return hmac.digest(key, message.encode(), "sha256")


def tag(key: bytes, vote_id: int, person_id: int) -> bytes:
    """What a ballot is stored under instead of its voter (32 bytes): without `key` it leads back to nobody.

    Raises:
        ValueError: the key is too short, as a destroyed one is.
    """
    return _keyed(key, f"ballot:{vote_id}:{person_id}")


def order_tag(key: bytes, vote_id: int, person_id: int) -> bytes:
    """The voter's tag for `offered_to` (32 bytes), never to be stored.

    It is another one than the ballot's: the order that somebody saw on a voter's screen could otherwise be compared
    with the order that each stored tag gives, and would name the ballot.

    Raises:
        ValueError: the key is too short, as a destroyed one is.
    """
    return _keyed(key, f"order:{vote_id}:{person_id}")


def offered_to(choices: Sequence[int], tag: bytes) -> list[int]:
    """The choices in this voter's own order, so that no choice gains from being first.

    Always the same for one `tag` (an `order_tag`), in whichever order the choices are given.
    """
    return sorted(choices, key=lambda choice: hmac.digest(tag, str(choice).encode(), "sha256"))


def check_choices(method: Method, chosen: Sequence[int], offered: Collection[int]) -> tuple[int, ...]:
    """What a ballot says: each choice once, in ascending order, so that the way it was filled in is not kept.

    Raises:
        CourseError: nothing is chosen, something that was not offered, or more than `method` allows.
    """
    choices = tuple(sorted(set(chosen)))
    if not choices:
        raise CourseError("You chose nothing, so no vote was cast. Choose first, then send your ballot again.")
    if not set(choices) <= set(offered):
        raise CourseError(
            "Your ballot names something that is not up for this vote, so it was not counted. "
            "Press Vote again for a fresh ballot."
        )
    if method is Method.SINGLE and len(choices) > 1:
        raise CourseError(f"This vote is for one choice, and you made {len(choices)}. Choose one and send it again.")
    return choices


Ranks = tuple[tuple[int, ...], ...]
"""Choices from best to worst; those that are tied stand together, in the order they were given."""


def _ranked(scores: Mapping[int, tuple[int, ...]]) -> Ranks:
    best_first = sorted(scores, key=scores.__getitem__, reverse=True)
    return tuple(tuple(tied) for _, tied in groupby(best_first, key=scores.__getitem__))


def _places(ranks: Ranks) -> dict[int, int]:
    """Each choice's place: one more than there are better ones."""
    places: dict[int, int] = {}
    for tied in ranks:
        places |= dict.fromkeys(tied, len(places) + 1)
    return places


@dataclass(frozen=True, slots=True)
class Result:
    """What came out of a vote: votes for each choice, zeros included, and how many ballots were counted.

    `winners` are all who share the first place, and nobody when no ballot was cast.
    """

    counts: Mapping[int, int]
    ranks: Ranks
    winners: tuple[int, ...]
    ballots: int

    @property
    def places(self) -> dict[int, int]:
        """Each choice's place, best first: 1, 2, 2, 4."""
        return _places(self.ranks)


def tally(choices: Sequence[int], ballots: Iterable[Sequence[int]]) -> Result:
    """Count the ballots; a choice named twice on one counts once, and a blank one is not counted.

    Raises:
        ValueError: a ballot names something that is not among the choices: they are not this vote's ballots.
    """
    votes: Counter[int] = Counter()
    counted = 0
    for ballot in ballots:
        votes.update(set(ballot))
        counted += bool(ballot)
    if not votes.keys() <= set(choices):
        raise ValueError(f"ballots for {sorted(votes.keys() - set(choices))}, which are not among the choices")
    counts = {choice: votes[choice] for choice in choices}
    ranks = _ranked({choice: (count,) for choice, count in counts.items()})
    return Result(counts, ranks, ranks[0] if counted else (), counted)


class Counted(Protocol):
    """What the standings need of a closed vote; a `Result` is one."""

    @property
    def counts(self) -> Mapping[int, int]: ...
    @property
    def winners(self) -> Sequence[int]: ...


@dataclass(frozen=True, slots=True)
class Standing:
    """A group over the term. Its place is shared with all who have as many wins and votes."""

    choice: int
    place: int
    wins: int
    votes: int
    appearances: int


def standings(results: Sequence[Counted]) -> list[Standing]:
    """Every group that was voted on, by wins, then by votes; those equal in both are tied, and listed by id.

    A tied win is a win for each. `results` are those of closed votes; void ones are left out by the caller.
    """
    wins = Counter(choice for result in results for choice in result.winners)
    appearances = Counter(choice for result in results for choice in result.counts)
    votes: Counter[int] = Counter()
    for result in results:
        votes.update(result.counts)
    ranks = _ranked({choice: (wins[choice], votes[choice]) for choice in sorted(appearances)})
    return [
        Standing(choice, place, wins[choice], votes[choice], appearances[choice])
        for choice, place in _places(ranks).items()
    ]


def refuse_opening(choices: Collection[int], voters: Collection[int], *, poll: bool = False) -> None:
    """Refuse a vote that could decide nothing.

    Raises:
        CourseError: fewer than two choices, or nobody who may vote; the sentence gives the reason.
    """
    if poll and len(set(choices)) < 2:
        raise CourseError("This poll cannot open: there is nothing to choose from. Give it at least two choices.")
    if not choices:
        raise CourseError("This vote cannot open: no group performed in this class. Put groups on duty first.")
    if len(set(choices)) < 2:
        raise CourseError("This vote cannot open: only one group performed, so there is nothing to choose.")
    if not voters:
        reason = "nobody is in the course yet" if poll else "everyone in the course is in a group that performed"
        raise CourseError(f"This {'poll' if poll else 'vote'} cannot open: {reason}, so nobody could vote.")
