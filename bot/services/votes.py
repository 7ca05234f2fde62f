"""Voting: staff open, close and call off; students vote; everybody sees what came out."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.core.ballots import Method, Standing, State
from bot.core.errors import CourseError
from bot.core.people import Actor, require_staff
from bot.core.times import parse_span
from bot.core.vote_notices import VoteOpen
from bot.services import ballot_box, vote_life
from bot.services.ballot_box import Cast, Panel, Press
from bot.services.courses import read_lock
from bot.store import courses, proposals, schedule, votes
from bot.store.batch import Batches
from bot.store.courses import CourseRow
from bot.store.database import Database
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

    title: str
    ballots: int


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
    """An open vote as it stands, and the message that announced it."""

    notice: VoteOpen
    posted: Posted


class Votes:
    """Every request is judged at `at`, the moment the platform received it. `changed` is called when something that
    messages depend on has changed."""

    def __init__(self, database: Database, batches: Batches, changed: Callable[[], None]) -> None:
        self._database = database
        self._batches = batches
        self._changed = changed

    # -- students ----------------------------------------------------------------------------------------------

    async def cast(self, place: str, actor: Actor, vote_id: int, choices: tuple[int, ...], at: datetime) -> Cast:
        """Cast a ballot, in place of an earlier one. On return it is durable.

        Raises:
            CourseError: it does not count: no such vote, closed, not eligible, one's own group, too many choices.
        """
        press = Press(place, actor.platform, actor.user_id, vote_id, choices, at)
        return await self._batches.put(ballot_box.cast, press)

    async def panel(self, place: str, actor: Actor, vote_id: int, at: datetime) -> Panel:
        """The actor's ballot paper.

        Raises:
            CourseError: they may not vote, and why.
        """
        return await self._database.read(ballot_box.panel, place, actor, vote_id, at)

    async def find_open(self, place: str, typed: str | None, now: datetime) -> int:
        """The open vote that `typed` (an id, or a part of its title) means; the only one when nothing was typed.

        Raises:
            CourseError: none is open, or it could be several.
        """
        return await self._database.read(_find_open, place, typed, now)

    async def open_names(self, place: str, typed: str, now: datetime) -> list[Named]:
        """The open votes whose title contains `typed`; empty where there is no course."""
        try:
            return await self._database.read(_open_names, place, typed, now)
        except CourseError:
            return []

    # -- staff -------------------------------------------------------------------------------------------------

    async def open_session(self, place: str, actor: Actor, session: str, closes: str | None, now: datetime) -> Opened:
        """Open the vote about a session (its id). `closes` is "2h" from now, or "2024-01-25 18:00" course time.

        Raises:
            CourseError: not staff, no such session, a vote is there, no candidates, no voters, a bad time.
        """
        require_staff(actor)
        opened = await self._database.write(_open_session, place, actor, session, closes, now)
        self._changed()
        return opened

    async def open_poll(
        self, place: str, actor: Actor, question: str, choices: str, method: Method, hours: float, now: datetime
    ) -> Opened:
        """Ask everyone in the course. `choices` are separated by semicolons.

        Raises:
            CourseError: not staff, fewer than 2 or more than 20 choices, two alike, or one that is too long.
        """
        require_staff(actor)
        labels = read_choices(choices)
        opened = await self._database.write(_open_poll, place, actor, question.strip(), labels, method, hours, now)
        self._changed()
        return opened

    async def close(self, place: str, actor: Actor, vote_id: str, now: datetime) -> Closed:
        """Close a vote now; its ballots are counted and destroyed.

        Raises:
            CourseError: not staff, no such vote, or it is not open.
        """
        require_staff(actor)
        closed = await self._database.write(_close, place, actor, vote_id, now)
        self._changed()
        return closed

    async def preview_void(self, place: str, actor: Actor, vote_id: str, reason: str, now: datetime) -> VoidPreview:
        """What calling off a vote would do; nothing is changed.

        Raises:
            CourseError: not staff, no such vote, or it is void already.
        """
        require_staff(actor)
        return await self._database.write(_preview_void, place, actor, vote_id, reason, now)

    async def confirm_void(self, place: str, actor: Actor, token: str, now: datetime) -> str:
        """Call off the previewed vote; returns its title.

        Raises:
            CourseError: not staff, the preview is gone, or the vote has changed since.
        """
        require_staff(actor)
        title = await self._database.write(_confirm_void, place, actor, token, now)
        self._changed()
        return title

    async def standings(self, place: str, actor: Actor) -> Standings:
        """The standings over the term.

        Raises:
            CourseError: not staff, or no course here.
        """
        require_staff(actor)
        return await self._database.read(_standings, place)

    async def session_names(self, place: str, typed: str, now: datetime) -> list[Named]:
        """Sessions with groups to vote for and no vote yet, those nearest to `now` first."""
        try:
            return await self._database.read(_session_names, place, typed, now)
        except CourseError:
            return []

    async def names(self, place: str, typed: str) -> list[Named]:
        """Votes that are not void, the newest first."""
        try:
            return await self._database.read(_names, place, typed)
        except CourseError:
            return []

    # -- the posted message ------------------------------------------------------------------------------------

    async def live(self, place: str, vote_id: int) -> Live | None:
        """An open vote with its turnout and its posted message; None when it is not open or not posted yet."""
        return await self._database.read(_live, place, vote_id)


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


def _find_open(tx: Connection, place: str, typed: str | None, now: datetime) -> int:
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


def _open_names(tx: Connection, place: str, typed: str, now: datetime) -> list[Named]:
    there = votes.open_ones(tx, courses.at_place(tx, place).id)
    return _matching([Named(str(vote.id), vote.title) for vote in there if vote.closes_at > now], typed)


def _open_session(tx: Connection, place: str, actor: Actor, session: str, closes: str | None, now: datetime) -> Opened:
    course = courses.at_place(tx, place)
    courses.hold(tx, id=course.id)
    view = vote_life.session_of(tx, course, _number(session))
    closes_at = _instant(course, closes, now) if closes else vote_life.default_close(tx, course, view, now)
    vote_id = vote_life.open_about(tx, course, view, actor.key, now, closes_at)
    return _opened(tx, course, vote_id)


def _open_poll(
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


def _close(tx: Connection, place: str, actor: Actor, vote_id: str, now: datetime) -> Closed:
    course = courses.at_place(tx, place)
    courses.hold(tx, id=course.id)
    vote = _one(tx, course, vote_id)
    if vote.state is not State.OPEN:
        raise CourseError(f"The vote on {vote.title} is not open: it ended {{at}}.", at=vote.closed_at)
    vote_life.close(tx, course, vote, actor.key, now)
    return Closed(vote.title, vote_life.ending(tx, _one(tx, course, vote_id)).result.ballots)


def _preview_void(tx: Connection, place: str, actor: Actor, vote_id: str, reason: str, now: datetime) -> VoidPreview:
    course = courses.at_place(tx, place)
    vote = _one(tx, course, vote_id)
    if vote.state is State.VOID:
        raise CourseError(f"The vote on {vote.title} was called off already.")
    payload = json.dumps({"vote": vote.id, "reason": reason.strip()}).encode()
    token = proposals.keep(tx, course.id, _KIND, actor.key, payload, vote.state, now)
    return VoidPreview(vote.title, vote.state, votes.turnout(tx, vote.id).voted, reason.strip(), token)


def _confirm_void(tx: Connection, place: str, actor: Actor, token: str, now: datetime) -> str:
    course = courses.at_place(tx, place)
    courses.hold(tx, id=course.id)
    payload, shown_in = proposals.take(tx, course.id, _KIND, token)
    wanted = json.loads(payload)
    vote = _one(tx, course, str(wanted["vote"]))
    if vote.state != shown_in:
        raise CourseError(f"The vote on {vote.title} has changed since this preview. Give the command again.")
    vote_life.void(tx, course, vote, actor.key, wanted["reason"], now)
    return vote.title


def _standings(tx: Connection, place: str) -> Standings:
    return Standings(*vote_life.term_standings(tx, courses.at_place(tx, place)))


def _session_names(tx: Connection, place: str, typed: str, now: datetime) -> list[Named]:
    course = courses.at_place(tx, place)
    held = {session_id for session_id, _ in votes.on_duty(tx, course.id)}
    there = [view for view in schedule.every(tx, course.id) if view.id in held]
    had = {vote.session_id for vote in votes.of_course(tx, course.id) if vote.state is not State.VOID}
    near = sorted((view for view in there if view.id not in had), key=lambda view: abs(view.starts_at - now))
    return _matching([Named(str(view.id), vote_life.title_of(course, view)) for view in near], typed)


def _names(tx: Connection, place: str, typed: str) -> list[Named]:
    there = [vote for vote in votes.of_course(tx, courses.at_place(tx, place).id) if vote.state is not State.VOID]
    return _matching([Named(str(vote.id), f"{vote.title} ({vote.state})") for vote in there], typed)


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


def _live(tx: Connection, place: str, vote_id: int) -> Live | None:
    course = courses.at_place(tx, place)
    vote = votes.get(tx, course.id, vote_id)
    posted = votes.posted(tx, vote_id)
    if vote is None or vote.state is not State.OPEN or posted is None:
        return None
    return Live(notice_of(tx, vote), posted)


def notice_of(tx: Connection, vote: VoteRow) -> VoteOpen:
    """The open vote as it is announced."""
    turnout = votes.turnout(tx, vote.id)
    poll = vote.session_id is None
    return VoteOpen(vote.id, vote.title, vote.method, vote.closes_at, turnout.voted, turnout.voters, poll)
