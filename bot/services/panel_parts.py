"""A panel's questions as the class sees them, and what the services of a panel share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from bot.core.errors import CourseError
from bot.core.people import Actor
from bot.core.policy import QUESTION_NAMES
from bot.core.questions import Candidate
from bot.services import vote_life
from bot.store import courses, panels, people, questions, schedule
from bot.store.courses import CourseRow
from bot.store.panels import Note, PanelRow
from bot.store.questions import QuestionRow

HEARD = ("asked", "answered")
"""The states of a question that was heard in class; one that was skipped was not."""

Mark = Literal["answered", "skipped"]


@dataclass(frozen=True, slots=True)
class CastMember:
    """A group on duty, with its people; without a group, people on their own."""

    group: str | None
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A question as the class sees it; `author` is a name only where the policy shows names."""

    id: int
    session_id: int
    paper: str
    text: str
    votes: int
    state: str
    author: str | None


@dataclass(frozen=True, slots=True)
class Opened:
    """An open panel. `parent` is the channel for its thread, `address` the projector's, None while that is off."""

    session_id: int
    title: str
    thread: str | None
    parent: str | None
    address: str | None
    authors: tuple[CastMember, ...]
    reviewers: tuple[CastMember, ...]
    waiting: int
    current: Shown | None


@dataclass(frozen=True, slots=True)
class Put:
    """A question that was just put on the table, and the one before it."""

    question: Shown
    former: Shown | None
    thread: str | None
    waiting: int


@dataclass(frozen=True, slots=True)
class Marked:
    """A question that was marked; `current` when it is still the one on the table."""

    question: Shown
    current: bool


@dataclass(frozen=True, slots=True)
class Closed:
    """A panel that is over, and what became of its questions."""

    session_id: int
    title: str
    thread: str | None
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class FollowedUp:
    """A follow-up that was kept; `fresh` unless the same submission was there already. `askers` are the platform's ids
    of those who asked and are not its writer: for a message to them alone."""

    fresh: bool
    thread: str | None
    title: str
    question: Shown
    text: str
    askers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Notes:
    """What was written down in a session; `zone` is the course's."""

    title: str
    zone: ZoneInfo
    notes: tuple[Note, ...]


NO_QUESTION = CourseError("This question is not there any more: it was withdrawn.")


def names_shown(tx: Connection, course: CourseRow) -> bool:
    """Whether classmates see who asked."""
    return courses.in_force(tx, course.id)[QUESTION_NAMES] == "named"


def heads_of(tx: Connection, panel: PanelRow) -> list[QuestionRow]:
    there = questions.of_session(tx, panel.course_id, panel.session_id)
    return [question for question in there if question.under_id is None]


def head_id_of(tx: Connection, question_id: int | None) -> int | None:
    return None if question_id is None else panels.head_of(tx, question_id)


def head_of(tx: Connection, panel: PanelRow, question_id: int) -> QuestionRow:
    wanted = panels.head_of(tx, question_id)
    found = next((head for head in heads_of(tx, panel) if head.id == wanted), None)
    if found is None:
        raise NO_QUESTION
    return found


def current_of(tx: Connection, panel: PanelRow, heads: Sequence[QuestionRow]) -> Shown | None:
    """What is on the table, unless it was withdrawn."""
    wanted = head_id_of(tx, panel.current_id)
    named = names_shown(tx, courses.by_id(tx, panel.course_id))
    return next((shown(head, named=named) for head in heads if head.id == wanted), None)


def waiting_of(heads: Sequence[QuestionRow]) -> list[QuestionRow]:
    return [head for head in heads if head.state == "waiting"]


def as_candidate(head: QuestionRow) -> Candidate:
    return Candidate(head.id, head.reading_id, head.person_id, head.votes, head.asked_at)


def shown(head: QuestionRow, *, named: bool) -> Shown:
    author = head.author if named else None
    return Shown(head.id, head.session_id, head.reading, head.text, head.votes, head.state, author)


def cast_members(groups: dict[str | None, list[str]]) -> list[CastMember]:
    return [CastMember(group, tuple(names)) for group, names in groups.items()]


def panel_of(tx: Connection, course: CourseRow, session_id: int) -> PanelRow:
    found = panels.get(tx, course.id, session_id)
    if found is None or not found.opened:
        raise CourseError("This class has no panel yet. Staff open it with `/staff panel open`.")
    return found


def open_panel_of(tx: Connection, course: CourseRow, session_id: int) -> PanelRow:
    found = panel_of(tx, course, session_id)
    if found.closed_at is not None:
        raise CourseError(
            "This panel ended {at}. Staff can open it again with `/staff panel open`.", at=found.closed_at
        )
    return found


def newest_panel(tx: Connection, course: CourseRow) -> PanelRow | None:
    return next(iter(panels.of_course(tx, course.id)), None)


def session_of_question(tx: Connection, course: CourseRow, question_id: int) -> int:
    found = questions.session_id_of(tx, course.id, question_id)
    if found is None:
        raise NO_QUESTION
    return found


def enter(tx: Connection, place: str, actor: Actor, now: datetime) -> tuple[CourseRow, int]:
    course, known = people.who(tx, place, actor)
    return course, people.enter(tx, course, actor, known, now)


def title_of(tx: Connection, course: CourseRow, session_id: int) -> str:
    """As every other list calls the class; one that was cancelled meanwhile has no date any more."""
    view = schedule.one(tx, course.id, session_id)
    return vote_life.title_of(course, view) if view else "A cancelled class"


def number_of(text: str) -> int:
    # What was typed instead of picked is no id; no row has the id 0.
    return int(text) if text.strip().isdecimal() and len(text) < 16 else 0
