"""What `bot.services.votes` does in the database: one function, one transaction."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.core.ballots import Method, Standing, State
from bot.core.errors import CourseError
from bot.core.people import Actor
from bot.core.reminders import ReminderKind
from bot.core.times import parse_span
from bot.core.vote_notices import VoteOpen
from bot.services import vote_life
from bot.services.courses import read_lock
from bot.store import courses, proposals, schedule, votes
from bot.store.courses import CourseRow
from bot.store.votes import Posted, VoteRow

LABEL_MAX = 80
"""Characters of a choice: a button shows so many."""
QUESTION_MAX = 200
POLL_CHOICES_MAX = 20

_KIND = "vote-void"


@dataclass(frozen=True, slots=True)
class Opened:
    """A vote that has just opened."""

    vote_id: int
    title: str
    closes_at: datetime
    voters: int


@dataclass(frozen=True, slots=True)
class Closed:
    """A vote that staff have just closed; the result is posted by the outbox."""

    vote_id: int
    title: str
    ballots: int


@dataclass(frozen=True, slots=True)
class Voided:
    """A vote that staff have just called off; `told` when its result had been posted, which is now corrected."""

    vote_id: int
    title: str
    told: bool


@dataclass(frozen=True, slots=True)
class VoidPreview:
    """A vote that staff want to call off; `token` confirms it."""

    title: str
    state: State
    voted: int
    reason: str
    token: str


@dataclass(frozen=True, slots=True)
class Standings:
    """Every group that was voted on, best first, and the groups' names by id."""

    standings: tuple[Standing, ...]
    names: dict[int, str]


@dataclass(frozen=True, slots=True)
class Named:
    """Something to pick from a list of suggestions."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Live:
    """A vote as it stands, and the message that announced it; `ended` is None while it is open."""

    notice: VoteOpen
    posted: Posted
    state: State
    ended: datetime | None


def read_choices(text: str) -> list[str]:
    """The choices of a poll.

    Raises:
        CourseError: too few, too many, two alike, or one too long.
    """
    labels = [label.strip() for label in text.split(";") if label.strip()]
    if not 2 <= len(labels) <= POLL_CHOICES_MAX:
        raise CourseError(
            f"A poll has 2 to {POLL_CHOICES_MAX} choices, and this one has {len(labels)}. Separate them by semicolons."
        )
    if len({label.casefold() for label in labels}) < len(labels):
        raise CourseError("Two of the choices are the same. Make them different.")
    if long := next((label for label in labels if len(label) > LABEL_MAX), None):
        raise CourseError(f"“{long[:40]}…” has {len(long)} characters; a choice has at most {LABEL_MAX}.")
    return labels


def find_open(tx: Connection, place: str, typed: str | None, now: datetime) -> int:
    course = courses.at_place(tx, place)
    there = [vote for vote in votes.open_ones(tx, course.id) if vote.closes_at > now]
    wanted = (typed or "").strip()
    if wanted.isdecimal() and votes.get(tx, course.id, int(wanted)):
        return int(wanted)
    found = [vote for vote in there if wanted.casefold() in vote.title.casefold()]
    if len(found) == 1:
        return found[0].id
    if not there:
        raise CourseError("No vote is open now. One opens when a class with presentations begins.")
    listed = ", ".join(f"“{vote.title}”" for vote in there[:5])
    raise CourseError(f"Which vote? Open now: {listed}. Give `/vote` again and pick one of the suggestions.")


def open_names(tx: Connection, place: str, typed: str, now: datetime) -> list[Named]:
    there = votes.open_ones(tx, courses.at_place(tx, place).id)
    return _matching([Named(str(vote.id), vote.title) for vote in there if vote.closes_at > now], typed)


def open_session(tx: Connection, place: str, actor: Actor, session: str, closes: str | None, now: datetime) -> Opened:
    course = courses.at_place(tx, place)
    courses.hold(tx, id=course.id)
    view = vote_life.find_session(tx, course, session)
    closes_at = _instant(course, closes, now) if closes else vote_life.default_close(tx, course, view, now)
    vote_id = vote_life.open_about(tx, course, view, actor.key, now, closes_at)
    return _opened(tx, course, vote_id)


def open_poll(
    tx: Connection,
    place: str,
    actor: Actor,
    question: str,
    labels: list[str],
    method: Method,
    hours: float,
    now: datetime,
) -> Opened:
    course = courses.at_place(tx, place)
    courses.hold(tx, id=course.id)
    closes_at = now + timedelta(hours=hours)
    return _opened(tx, course, vote_life.open_poll(tx, course, question, labels, method, actor.key, now, closes_at))


def _opened(tx: Connection, course: CourseRow, vote_id: int) -> Opened:
    vote = votes.get(tx, course.id, vote_id)
    assert vote is not None
    return Opened(vote_id, vote.title, vote.closes_at, votes.turnout(tx, vote_id).voters)


def _instant(course: CourseRow, text: str, now: datetime) -> datetime:
    try:
        closes_at = now + parse_span(text)
    except ValueError:
        closes_at = read_lock(text, course.zone)
    if closes_at <= now:
        raise CourseError("That moment is past. A vote closes in the future, for example in `2h`.")
    return closes_at


def close(tx: Connection, place: str, actor: Actor, vote_id: str, now: datetime) -> Closed:
    course = courses.at_place(tx, place)
    courses.hold(tx, id=course.id)
    vote = _one(tx, course, vote_id)
    if vote.state is not State.OPEN:
        raise CourseError(f"The vote on {vote.title} is not open: it ended {{at}}.", at=vote.closed_at)
    vote_life.close(tx, course, vote, actor.key, now)
    return Closed(vote.id, vote.title, vote_life.ending(tx, _one(tx, course, vote_id)).result.ballots)


def preview_void(tx: Connection, place: str, actor: Actor, vote_id: str, reason: str, now: datetime) -> VoidPreview:
    course = courses.at_place(tx, place)
    vote = _one(tx, course, vote_id)
    if vote.state is State.VOID:
        raise CourseError(f"The vote on {vote.title} was called off already.")
    payload = json.dumps({"vote": vote.id, "reason": reason.strip()}).encode()
    token = proposals.keep(tx, course.id, _KIND, actor.key, payload, vote.state, now)
    return VoidPreview(vote.title, vote.state, votes.turnout(tx, vote.id).voted, reason.strip(), token)


def confirm_void(tx: Connection, place: str, actor: Actor, token: str, now: datetime) -> Voided:
    course = courses.at_place(tx, place)
    courses.hold(tx, id=course.id)
    payload, shown_in = proposals.take(tx, course.id, _KIND, token)
    wanted = json.loads(payload)
    vote = _one(tx, course, str(wanted["vote"]))
    if vote.state != shown_in:
        raise CourseError(f"The vote on {vote.title} has changed since this preview. Give the command again.")
    vote_life.void(tx, course, vote, actor.key, wanted["reason"], now)
    return Voided(vote.id, vote.title, votes.posted(tx, vote.id, ReminderKind.VOTE_RESULT) is not None)


def standings(tx: Connection, place: str) -> Standings:
    return Standings(*vote_life.term_standings(tx, courses.at_place(tx, place)))


def session_names(tx: Connection, place: str, typed: str, now: datetime) -> list[Named]:
    course = courses.at_place(tx, place)
    held = {session_id for session_id, _ in votes.on_duty(tx, course.id)}
    there = [view for view in schedule.every(tx, course.id) if view.id in held]
    had = {vote.session_id for vote in votes.of_course(tx, course.id) if vote.state is not State.VOID}
    near = sorted((view for view in there if view.id not in had), key=lambda view: abs(view.starts_at - now))
    return _matching([Named(str(view.id), vote_life.title_of(course, view)) for view in near], typed)


def names(tx: Connection, place: str, typed: str) -> list[Named]:
    there = [vote for vote in votes.of_course(tx, courses.at_place(tx, place).id) if vote.state is not State.VOID]
    return _matching([Named(str(vote.id), f"{_short(vote.title)} ({vote.state})") for vote in there], typed)


def _short(title: str) -> str:
    """So that what stands behind it still fits in a suggestion of 100 characters."""
    return title if len(title) <= 85 else f"{title[:84].rstrip()}…"


def _matching(names: list[Named], typed: str) -> list[Named]:
    return [name for name in names if typed.casefold() in name.label.casefold()]


def _one(tx: Connection, course: CourseRow, vote_id: str) -> VoteRow:
    found = votes.get(tx, course.id, _number(vote_id), hold=True)
    if found is None:
        raise CourseError("There is no such vote. Pick one of the suggestions.")
    return found


def _number(text: str) -> int:
    # What was typed instead of picked is no id; no row has the id 0.
    return int(text) if text.strip().isdecimal() and len(text) < 16 else 0


def live(tx: Connection, vote_id: int) -> Live | None:
    vote = votes.anywhere(tx, vote_id)
    posted = votes.posted(tx, vote_id)
    if vote is None or posted is None:
        return None
    return Live(notice_of(tx, vote), posted, vote.state, vote.closed_at)


def notice_of(tx: Connection, vote: VoteRow) -> VoteOpen:
    """The open vote as it is announced."""
    turnout = votes.turnout(tx, vote.id)
    poll = vote.session_id is None
    return VoteOpen(vote.id, vote.title, vote.method, vote.closes_at, turnout.voted, turnout.voters, poll)
