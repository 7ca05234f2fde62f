"""Casting ballots, hundreds in one transaction: each with its own answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.core.ballots import Method, State, check_choices, offered_to, order_tag, tag
from bot.core.errors import CourseError
from bot.core.people import Actor, NoLongerInCourse, NotLinked
from bot.store import ballots, votes
from bot.store.ballots import Paper, Voter, Who
from bot.store.votes import Choice, Turnout


@dataclass(frozen=True, slots=True)
class Press:
    """Somebody casts a ballot: who, where, in which vote, for what, and when the platform received it."""

    place: str
    platform: str
    user_id: str
    vote_id: int
    choices: tuple[int, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Cast:
    """A ballot that counts. `chosen` is what it says, for the voter's eyes only; `again` when they had voted before."""

    vote_id: int
    title: str
    chosen: tuple[str, ...]
    closes_at: datetime
    again: bool


@dataclass(frozen=True, slots=True)
class Panel:
    """The ballot paper of one voter, its choices in this voter's own order. `voted`: they have cast one already."""

    vote_id: int
    title: str
    method: Method
    closes_at: datetime
    choices: tuple[Choice, ...]
    voted: bool
    turnout: Turnout


def cast(tx: Connection, presses: Sequence[Press]) -> list[Cast | Exception]:
    """Store what was pressed; of several presses of one person the last one counts.

    An outcome that is a CourseError says why that press does not count.
    """
    if len(presses) == 1 and (alone := _cast_alone(tx, presses[0])):
        return [alone]
    papers = ballots.papers(tx, {press.vote_id for press in presses}, hold=True)
    who: dict[int, Who] = {
        index: (papers[press.vote_id].course_id, press.platform, press.user_id)
        for index, press in enumerate(presses)
        if press.vote_id in papers
    }
    voters = ballots.voters(tx, set(who.values()), papers.keys()) if who else {}
    accepted: dict[tuple[int, bytes], tuple[int, ...]] = {}
    first: set[tuple[int, int]] = set()
    outcomes: list[Cast | Exception] = []
    for index, press in enumerate(presses):
        paper, voter = papers.get(press.vote_id), voters.get(who[index]) if index in who else None
        try:
            paper, voter = admit(tx, paper, voter, press.place, press.at)
            chosen = _choices(paper, voter, press.choices)
        except CourseError as refusal:
            outcomes.append(refusal)
            continue
        assert paper.key is not None
        accepted[paper.id, tag(paper.key, paper.id, voter.person_id)] = chosen
        mine = (paper.id, voter.person_id)
        again = voter.votes[paper.id] or mine in first
        if not voter.votes[paper.id]:
            first.add(mine)
        labels = tuple(paper.choices[number].label for number in chosen)
        outcomes.append(Cast(paper.id, paper.title, labels, paper.closes_at, again))
    if accepted:
        ballots.put(tx, accepted, first)
    return outcomes


def _cast_alone(tx: Connection, press: Press) -> Cast | None:
    """The ballot stored with fewer statements; None where something stands in its way, which takes more to explain."""
    if len(press.choices) != 1:
        return None
    met = ballots.meeting(tx, press.vote_id, press.platform, press.user_id, press.choices[0])
    if met is None:
        return None
    try:
        paper, voter = admit(tx, *met, press.place, press.at)
        chosen = _choices(paper, voter, press.choices)
    except CourseError:
        return None
    assert paper.key is not None
    again = voter.votes[paper.id]
    first = () if again else ((paper.id, voter.person_id),)
    ballots.put(tx, {(paper.id, tag(paper.key, paper.id, voter.person_id)): chosen}, first)
    return Cast(paper.id, paper.title, (paper.choices[chosen[0]].label,), paper.closes_at, again)


def panel(tx: Connection, place: str, actor: Actor, vote_id: int, at: datetime) -> Panel:
    """What the actor may choose from.

    Raises:
        CourseError: they may not vote, and why.
    """
    found = ballots.papers(tx, [vote_id]).get(vote_id)
    voter = None
    if found is not None:
        who = (found.course_id, actor.platform, actor.user_id)
        voter = ballots.voters(tx, [who], [vote_id]).get(who)
    paper, voter = admit(tx, found, voter, place, at)
    assert paper.key is not None
    offered = [number for number, choice in paper.choices.items() if not _own(choice, voter)]
    ordered = offered_to(offered, order_tag(paper.key, paper.id, voter.person_id))
    choices = tuple(paper.choices[number] for number in ordered)
    turnout = votes.turnout(tx, paper.id)
    return Panel(paper.id, paper.title, paper.method, paper.closes_at, choices, voter.votes[paper.id], turnout)


def admit(tx: Connection, paper: Paper | None, voter: Voter | None, place: str, at: datetime) -> tuple[Paper, Voter]:
    """The vote and the voter, if they may vote in it at `at`.

    Raises:
        CourseError: they may not, and why.
    """
    if paper is None or paper.place != place:
        raise CourseError("This vote is not here any more. Use `/vote` to see what is open.")
    if paper.state is State.VOID:
        raise CourseError(f"The vote on {paper.title} was called off by the staff; no vote in it counts.")
    if paper.state is State.CLOSED or at >= paper.closes_at:
        raise CourseError(
            f"The vote on {paper.title} closed {{at}}, so no vote can be cast in it any more.",
            at=paper.closed_at or paper.closes_at,
        )
    if voter is None or (voter.origin != "roster" and voter.kind == "student" and paper.linked_only):
        if paper.linked_only:
            raise NotLinked
        raise _unlisted(paper)
    if voter.dropped:
        raise NoLongerInCourse
    if paper.id not in voter.votes:
        if voter.group_id is not None and any(_own(choice, voter) for choice in paper.choices.values()):
            raise CourseError("Your own group performed in this class, so you do not vote on it.")
        if paper.session_id is not None:
            if voter.kind == "staff":
                raise CourseError("Only students vote on a class, and you are here as staff.")
            performed = {choice.group_id for choice in paper.choices.values() if choice.group_id is not None}
            if voter.person_id in votes.performers(tx, paper.session_id, performed):
                raise CourseError("You performed in this class, so you do not vote on it.")
        raise _unlisted(paper)
    return paper, voter


def _unlisted(paper: Paper) -> CourseError:
    return CourseError(
        "You were not in the course yet when this vote opened ({at}); who may vote was fixed then. "
        "You will be asked in the next one.",
        at=paper.opened_at,
    )


def _choices(paper: Paper, voter: Voter, chosen: tuple[int, ...]) -> tuple[int, ...]:
    for number in chosen:
        choice = paper.choices.get(number)
        if choice is not None and _own(choice, voter):
            raise CourseError("You cannot vote for your own group. Choose another one.")
    return check_choices(paper.method, chosen, paper.choices)


def _own(choice: Choice, voter: Voter) -> bool:
    return choice.group_id is not None and choice.group_id == voter.group_id
