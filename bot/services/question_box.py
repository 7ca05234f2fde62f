"""Questions and upvotes as they come in: many at once, in one pass of set-based statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.core.errors import CourseError, NotSetUp
from bot.core.people import Actor
from bot.services.question_desk import check_open, open_class, refuse_guest
from bot.store import people, question_batches, questions
from bot.store.courses import CourseRow
from bot.store.people import Known
from bot.store.question_batches import NewQuestion, Target, Who
from bot.store.schedule import SessionView


@dataclass(frozen=True, slots=True)
class Submission:
    """Somebody's question (`text` is clean): to which paper, and when the platform received it."""

    place: str
    actor: Actor
    session_id: int
    reading_id: int
    text: str
    at: datetime
    interaction_id: str


@dataclass(frozen=True, slots=True)
class Upvote:
    """Somebody wants to vote for a question, or (not `wanted`) to take their vote back."""

    place: str
    actor: Actor
    question_id: int
    wanted: bool
    at: datetime


class _People:
    """Who the people of one batch are; somebody new is entered once."""

    def __init__(self, tx: Connection, requests: Sequence[Submission | Upvote]) -> None:
        self._tx = tx
        self._courses = question_batches.courses_at(tx, {one.place for one in requests})
        who = {(self._courses[one.place], one.actor): None for one in requests if one.place in self._courses}
        self._known: dict[Who, Known] = question_batches.known(tx, list(who))
        self._entered: dict[Who, int] = {}

    def enter(self, request: Submission | Upvote) -> tuple[CourseRow, int]:
        """The course and the id of who asks.

        Raises:
            CourseError: no course, not in it, or a guest.
        """
        course, actor = self._courses.get(request.place), request.actor
        if course is None:
            raise NotSetUp
        who = (course.id, actor.platform, actor.user_id)
        if who not in self._entered:
            known = self._known.get(who)
            refuse_guest(known)
            self._entered[who] = people.enter(self._tx, course, actor, known, request.at)
        return course, self._entered[who]


def ask(tx: Connection, submissions: Sequence[Submission]) -> list[int | Exception]:
    """Store each question; its id, or the CourseError that says why it was not taken.

    The same submission (by its interaction) again gives the same id and changes nothing.
    """
    everyone = _People(tx, submissions)
    sessions: dict[tuple[int, int], SessionView | CourseError] = {}
    papers = questions.papers(tx, {one.session_id for one in submissions})
    outcomes: list[NewQuestion | Exception] = []
    for one in submissions:
        try:
            course, person_id = everyone.enter(one)
            key = (course.id, one.session_id)
            if key not in sessions:
                sessions[key] = _open(tx, course, one.session_id)
            session = sessions[key]
            if isinstance(session, CourseError):
                raise session
            check_open(course, session, one.at)
            there = papers.get(one.session_id, [])
            if not any(paper.id == one.reading_id and not paper.removed for paper in there):
                raise CourseError("This paper is no longer on the schedule of the class. Ask again with `/ask`.")
        except CourseError as refusal:
            outcomes.append(refusal)
            continue
        outcomes.append(
            NewQuestion(course.id, one.session_id, one.reading_id, person_id, one.text, one.at, one.interaction_id)
        )
    stored = question_batches.store(tx, [one for one in outcomes if isinstance(one, NewQuestion)])
    return [one if isinstance(one, Exception) else stored[one.course_id, one.interaction_id][0] for one in outcomes]


def _open(tx: Connection, course: CourseRow, session_id: int) -> SessionView | CourseError:
    try:
        return open_class(tx, course, session_id)
    except CourseError as refusal:
        return refusal


def upvote(tx: Connection, votes: Sequence[Upvote]) -> list[bool | Exception]:
    """Make each vote as it is wanted; of several presses of one person the last one counts.

    An outcome that is a CourseError says why the press does not count.
    """
    everyone = _People(tx, votes)
    targets = question_batches.targets(tx, {one.question_id for one in votes})
    wanted: dict[tuple[Target, int], bool] = {}
    outcomes: list[bool | Exception] = []
    for one in votes:
        try:
            course, person_id = everyone.enter(one)
            target = targets.get(one.question_id)
            if target is None or target.course_id != course.id or target.cancelled:
                raise CourseError("This question is not there any more. `/questions` shows what is.")
            if one.at > target.ends_at:
                raise CourseError(
                    "This class ended {at}; votes for its questions do not change any more.", at=target.ends_at
                )
            if person_id == target.head_author or person_id in target.authors:
                raise CourseError("This is what you ask yourself, and it counts already. Vote for other people's.")
        except CourseError as refusal:
            outcomes.append(refusal)
            continue
        wanted[target, person_id] = one.wanted
        outcomes.append(one.wanted)
    question_batches.set_votes(tx, wanted)
    return outcomes
