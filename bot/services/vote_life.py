"""A vote's life, inside one transaction: it opens, it closes or is called off, and what it leaves behind.

Staff's commands and the clock (`bot.outbox.votes`) do it with the same functions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.core.ballots import Method, Result, Standing, State, refuse_opening, standings, tally
from bot.core.errors import CourseError
from bot.core.policy import VOTE_BONUS, VOTE_CANDIDATES, VOTE_CLOSES
from bot.services.slots import day
from bot.store import audit, ballots, courses, groups, schedule, votes
from bot.store.courses import CourseRow
from bot.store.schedule import SessionView
from bot.store.votes import VoteRow

CHOICES_MAX = 25
"""A chat platform's list holds so many entries."""


@dataclass(frozen=True, slots=True)
class Ending:
    """A closed vote: the labels of its choices, the result, how many could have voted."""

    vote: VoteRow
    labels: dict[int, str]
    result: Result
    voters: int


def title_of(course: CourseRow, session: SessionView) -> str:
    """What a vote about a session is called: "Tue Jan 23 · FlexGen"."""
    return f"{day(session.date)} · {session.as_page(course.zone).label}"


def open_about(
    tx: Connection, course: CourseRow, session: SessionView, by: str, now: datetime, closes_at: datetime
) -> int:
    """Open the vote about a session; returns its id. Hold the course first.

    Raises:
        CourseError: the session has a vote, or nobody to vote for, or nobody who may vote.
    """
    title = title_of(course, session)
    for earlier in votes.of_session(tx, course.id, session.id):
        if earlier.state is State.OPEN:
            raise CourseError(f"The vote on {title} is open already, until {{at}}.", at=earlier.closes_at)
        if earlier.state is State.CLOSED:
            raise CourseError(
                f"The vote on {title} was closed {{at}}. To hold it again, call it off with `/staff vote void` first.",
                at=earlier.closed_at,
            )
    candidates, voters = check_opening(tx, course, session)
    choices = [(name, group_id) for group_id, name in candidates.items()]
    return _open(tx, course, session.id, title, Method.SINGLE, choices, voters, by, now, closes_at)


def check_opening(tx: Connection, course: CourseRow, session: SessionView) -> tuple[dict[int, str], set[int]]:
    """The groups to vote for, by id, and who may vote.

    Raises:
        CourseError: nobody to vote for, or nobody who may vote.
    """
    roles = courses.in_force(tx, course.id)[VOTE_CANDIDATES]
    candidates = votes.candidates(tx, session.id, roles)
    if len(candidates) > CHOICES_MAX:
        raise CourseError(
            f"This vote cannot open: {len(candidates)} groups performed, and a ballot holds {CHOICES_MAX}. "
            "Narrow the roles with the policy `vote.candidates`."
        )
    everyone = votes.people(tx, course, students_only=True)
    voters = everyone - votes.performers(tx, session.id, candidates)
    refuse_opening(candidates, voters)
    return candidates, voters


def open_poll(
    tx: Connection,
    course: CourseRow,
    question: str,
    labels: list[str],
    method: Method,
    by: str,
    now: datetime,
    closes_at: datetime,
) -> int:
    """Open a poll of everyone in the course; returns its id. Hold the course first.

    Raises:
        CourseError: fewer than two choices, or nobody to ask.
    """
    voters = votes.people(tx, course, students_only=False)
    refuse_opening(range(len(labels)), voters, poll=True)
    return _open(tx, course, None, question, method, [(label, None) for label in labels], voters, by, now, closes_at)


def _open(
    tx: Connection,
    course: CourseRow,
    session_id: int | None,
    title: str,
    method: Method,
    choices: Sequence[tuple[str, int | None]],
    voters: set[int],
    by: str,
    now: datetime,
    closes_at: datetime,
) -> int:
    vote_id = votes.create(tx, course.id, session_id, title, method, choices, voters, by, now, closes_at)
    ballots.new_key(tx, vote_id)
    what = "poll" if session_id is None else "vote"
    audit.record(tx, course.id, by, f"opened the {what} “{title}” ({len(choices)} choices, {len(voters)} voters)", now)
    return vote_id


def close(tx: Connection, course: CourseRow, vote: VoteRow, by: str, at: datetime) -> None:
    """Count the ballots and destroy them with the key. Hold the course and the vote first."""
    key = ballots.key_of(tx, vote.id)
    assert key is not None, "an open vote has its key"
    numbers = [choice.number for choice in votes.choices(tx, [vote.id])[vote.id]]
    own = ballots.own_choices(tx, vote.id, key)
    cast = ballots.of_vote(tx, vote.id)
    # Who came into a candidate group after casting does not vote for it after all.
    counted = tally(numbers, [[one for one in chosen if one != own.get(tag)] for tag, chosen in cast.items()])
    votes.write_counts(tx, vote.id, counted.counts)
    ballots.destroy(tx, vote.id)
    votes.finish(tx, vote.id, State.CLOSED, at, counted.ballots)
    audit.record(tx, course.id, by, f"closed the vote “{vote.title}”", at)


def void(tx: Connection, course: CourseRow, vote: VoteRow, by: str, reason: str, at: datetime) -> None:
    """Make a vote count for nothing. Hold the vote first."""
    if vote.state is State.OPEN:
        ballots.destroy(tx, vote.id)
        votes.finish(tx, vote.id, State.VOID, at)
    else:
        votes.annul(tx, vote.id, at)
    audit.record(tx, course.id, by, f"called off the vote “{vote.title}”: {reason}", at)


def default_close(tx: Connection, course: CourseRow, session: SessionView, now: datetime) -> datetime:
    """When the vote about a session closes: after its end, or as long after now if that is past."""
    span: timedelta = courses.in_force(tx, course.id)[VOTE_CLOSES]
    return session.ends_at + span if session.ends_at + span > now else now + span


def session_of(tx: Connection, course: CourseRow, session_id: int) -> SessionView:
    """A session by its id.

    Raises:
        CourseError: there is none, or it is cancelled.
    """
    found = schedule.one(tx, course.id, session_id)
    if found is None:
        raise CourseError("There is no such class in the schedule. Pick one of the suggestions.")
    return found


def find_session(tx: Connection, course: CourseRow, wanted: str) -> SessionView:
    """The class with this id or date ("2024-01-25").

    Raises:
        CourseError: there is none, it is cancelled, or there are several.
    """
    text = wanted.strip()
    every = schedule.every(tx, course.id, cancelled=True)
    found = [one for one in every if text in (str(one.id), one.date.isoformat())]
    if not found:
        raise CourseError(f"There is no class “{text[:40]}”. Pick a suggestion, or write a date like 2024-01-25.")
    held = [one for one in found if not one.cancelled]
    if len(held) > 1:
        raise CourseError(f"There are {len(held)} classes on {day(held[0].date)}. Pick one of the suggestions.")
    if not held:
        raise CourseError(f"The class on {day(found[0].date)} is cancelled. See `/schedule`.")
    return held[0]


def ending(tx: Connection, vote: VoteRow) -> Ending:
    """What a closed vote came to."""
    choices = votes.choices(tx, [vote.id])[vote.id]
    result = _result({choice.number: choice.votes or 0 for choice in choices}, vote.ballots or 0)
    labels = {choice.number: choice.label for choice in choices}
    return Ending(vote, labels, result, votes.turnout(tx, vote.id).voters)


def term_standings(tx: Connection, course: CourseRow) -> tuple[tuple[Standing, ...], dict[int, str]]:
    """Every group that was voted on, best first, and their names."""
    results, names = [], groups.names(tx, course.id)
    for session_result, labels in _by_group(tx, course).values():
        results.append(session_result)
        names = {**labels, **names}
    return tuple(standings(results)), names


def bonuses(tx: Connection, course_id: int) -> dict[int, int]:
    """The points, by person, of those who performed in groups that won a vote; nobody's when the policy gives none."""
    points = courses.in_force(tx, course_id)[VOTE_BONUS]
    if not points:
        return {}
    on_duty = votes.on_duty(tx, course_id)
    earned: Counter[int] = Counter()
    for session_id, (result, _) in _by_group(tx, courses.by_id(tx, course_id)).items():
        winners: set[int] = set().union(*(on_duty.get((session_id, group_id), set()) for group_id in result.winners))
        earned.update(dict.fromkeys(winners, points))
    return dict(earned)


def _by_group(tx: Connection, course: CourseRow) -> dict[int, tuple[Result, dict[int, str]]]:
    """By session: its vote's result by group instead of by choice, and the groups' names then."""
    counted = votes.counted(tx, course.id)
    choices = votes.choices(tx, [vote.id for vote in counted])
    found = {}
    for vote in counted:
        assert vote.session_id is not None
        groups_of = {choice.group_id: choice for choice in choices[vote.id] if choice.group_id is not None}
        result = _result({group: choice.votes or 0 for group, choice in groups_of.items()}, vote.ballots or 0)
        found[vote.session_id] = (result, {group: choice.label for group, choice in groups_of.items()})
    return found


def _result(counts: dict[int, int], ballots_counted: int) -> Result:
    """The result again from what is left of it, ranked by the same rule."""
    single = ([choice] for choice, votes_for in counts.items() for _ in range(votes_for))
    return replace(tally(list(counts), single), ballots=ballots_counted)
