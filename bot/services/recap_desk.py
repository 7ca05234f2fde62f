"""What `bot.services.recaps` does in the database: one function, one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.core.course import Kind, Role
from bot.core.errors import CourseError
from bot.core.people import Actor
from bot.core.policy import RECAP_HISTORY, RECAP_MISSED
from bot.core.recap import Line, Message, Said, Spending, day_of
from bot.services import vote_life
from bot.services.question_desk import class_title, enter_as_reader
from bot.services.vote_desk import Named
from bot.store import audit, courses, panels, people, recaps, schedule
from bot.store.courses import CourseRow
from bot.store.people import Known
from bot.store.recaps import StoredRecap
from bot.store.schedule import SessionView

Limits = tuple[int, int, int]
"""Tokens that a recap, a day and a term may take."""

NEWEST = 25
"""Classes in a list."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What a recap is made from. `names` are those to be hidden; `writes` says the actor may write the summary."""

    course_id: int
    session_id: int
    title: str
    lines: tuple[Line, ...]
    names: tuple[str, ...]
    writes: bool


@dataclass(frozen=True, slots=True)
class Room:
    """Where a class talked: `history` says that the course lets its thread be read."""

    session_id: int
    thread: str | None
    history: bool


@dataclass(frozen=True, slots=True)
class Added:
    """A message that was added to the recap of a class; not `new` when it was there."""

    session_id: int
    title: str
    new: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """A class with a recap."""

    session_id: int
    title: str
    recap: StoredRecap


@dataclass(frozen=True, slots=True)
class Index:
    """The recaps that the actor may read, the newest class first, and whether their own words are left out of them."""

    entries: tuple[Entry, ...]
    out: bool


def room(tx: Connection, place: str, actor: Actor, session: str, now: datetime) -> Room:
    """Where to look, for somebody who may have a recap of this class."""
    course, known = enter_as_reader(tx, place, actor)
    view = find(tx, course, session, now)
    _admit(tx, course, known, actor, view)
    panel = panels.get(tx, course.id, view.id)
    return Room(view.id, panel.thread if panel else None, _history(tx, course))


def _history(tx: Connection, course: CourseRow) -> bool:
    return courses.in_force(tx, course.id)[RECAP_HISTORY] == "yes"


def sources(
    tx: Connection, place: str, actor: Actor, session_id: int, history: Sequence[Message], now: datetime
) -> Sources:
    """Everything that was said about a class, in numbered lines.

    Raises:
        CourseError: no access, the class has not begun, or nothing was said.
    """
    course, known = enter_as_reader(tx, place, actor)
    view = find(tx, course, str(session_id), now)
    writes = _admit(tx, course, known, actor, view)
    lines = _lines(tx, course, actor, view, history)
    title = class_title(course, view)
    if not lines:
        raise CourseError(
            f"Nothing is noted about {title} yet. A recap is made from the questions asked on the panel, its notes "
            "(`/panel-notes`), and messages added with the menu on a message: Apps, then “Add to recap”."
        )
    return Sources(course.id, view.id, title, tuple(lines), tuple(recaps.names(tx, course.id)), writes)


def _lines(
    tx: Connection, course: CourseRow, actor: Actor, view: SessionView, history: Sequence[Message]
) -> list[Line]:
    lines: list[Line] = []
    by_question: dict[int, tuple[int, str]] = {}
    for question in recaps.heard(tx, view.id):
        number = len(lines) + 1
        by_question[question.id] = (number, question.paper)
        # No speaker: who asked may be a secret, and does not matter.
        lines.append(Line(number, "question", question.text, question.paper))
    for note in recaps.notes(tx, view.id):
        about, paper = by_question.get(note.question_id or 0, (None, None))
        said: Said = "follow_up" if note.kind == "follow_up" else "note"
        lines.append(Line(len(lines) + 1, said, note.text, paper, about))
    chosen = recaps.added(tx, view.id)
    there = {one.message for one in chosen}
    out = recaps.opted_out(tx, course.id, actor.platform)
    messages = [(one.at, one.text, one.by, one.link) for one in chosen]
    messages += [
        (one.at, one.text, one.author_name, one.link)
        for one in (history if _history(tx, course) else ())
        if one.id not in there and one.author not in out
    ]
    for _at, text, speaker, link in sorted(messages, key=lambda one: one[0]):
        lines.append(Line(len(lines) + 1, "message", text, speaker=speaker, link=link))
    return lines


def find(tx: Connection, course: CourseRow, session: str, now: datetime) -> SessionView:
    """The class that is meant, which must have begun.

    Raises:
        CourseError: there is none, or it is still to come.
    """
    view = vote_life.find_session(tx, course, session)
    if view.starts_at > now:
        raise CourseError(
            f"{class_title(course, view)} begins {{at}}; before that there is nothing to recap.", at=view.starts_at
        )
    return view


def _admit(tx: Connection, course: CourseRow, known: Known | None, actor: Actor, view: SessionView) -> bool:
    """Whether they may put it in the summary; raises CourseError when they may not even read it."""
    if known is not None and recaps.performs(tx, view.id, known.id, Role.SUMMARIZER):
        return True
    if not actor.staff and not _may_read(tx, course, known, view):
        raise CourseError(
            f"The recap of {class_title(course, view)} is for the group that writes its summary, and the staff. "
            "Others read the summary when it is out."
        )
    return False


def _may_read(tx: Connection, course: CourseRow, known: Known | None, view: SessionView) -> bool:
    who = courses.in_force(tx, course.id)[RECAP_MISSED]
    if who == "everyone" or known is None:
        return who == "everyone"
    return who == "absent" and not recaps.was_there(tx, view.id, known.id)


def add(tx: Connection, place: str, actor: Actor, session: str | None, message: Message, now: datetime) -> Added:
    """Keep a message for the recap of a class: the one named, or the last one that has begun."""
    course, known = people.who(tx, place, actor)
    by = people.enter(tx, course, actor, known, now)
    if not message.text.strip():
        raise CourseError("This message has no text, so there is nothing to add. Add one with words in it.")
    view = find(tx, course, session, now) if session else _last(tx, course, now)
    _course, author = people.who(tx, place, Actor(actor.platform, message.author, message.author_name, staff=False))
    if author is not None and recaps.is_out(tx, author.id):
        raise CourseError("Whoever wrote this wants no part in recaps, so it is not added.")
    new = recaps.add(tx, course.id, view.id, message, author.id if author else None, by, now)
    return Added(view.id, class_title(course, view), new)


def remove(tx: Connection, place: str, actor: Actor, message: str) -> None:
    """Forget a message that was added."""
    course, known = people.who(tx, place, actor)
    may = None if actor.staff else (known.id if known else 0)
    if not recaps.remove(tx, course.id, message, may):
        raise CourseError("This message is in no recap, or it is not yours to take out: ask the staff.")


def _last(tx: Connection, course: CourseRow, now: datetime) -> SessionView:
    begun = held(tx, course, now)
    if not begun:
        raise CourseError("No class has been held yet, so there is no recap to add this to.")
    return begun[0]


def held(tx: Connection, course: CourseRow, now: datetime) -> list[SessionView]:
    """The classes that have begun, the latest first."""
    every = schedule.every(tx, course.id)
    return [one for one in reversed(every) if one.kind is not Kind.NO_CLASS and one.starts_at <= now]


def session_names(tx: Connection, place: str, typed: str, now: datetime) -> list[Named]:
    """The classes to choose from."""
    course = courses.at_place(tx, place)
    named = [Named(str(one.id), class_title(course, one)) for one in held(tx, course, now)]
    return [one for one in named if typed.casefold() in one.label.casefold()][:NEWEST]


def index(tx: Connection, place: str, actor: Actor, now: datetime) -> Index:
    """The term's recaps."""
    course, known = enter_as_reader(tx, place, actor)
    made = recaps.latest(tx, course.id)
    entries = []
    for view in held(tx, course, now):
        if view.id in made and (
            actor.staff
            or (known is not None and recaps.performs(tx, view.id, known.id, Role.SUMMARIZER))
            or _may_read(tx, course, known, view)
        ):
            entries.append(Entry(view.id, class_title(course, view), made[view.id]))
    return Index(tuple(entries), known is not None and recaps.is_out(tx, known.id))


def set_out(tx: Connection, place: str, actor: Actor, out: bool, now: datetime) -> None:
    """Take the actor's words out of recaps, or let them in again."""
    course, known = people.who(tx, place, actor)
    person_id = people.enter(tx, course, actor, known, now)
    if out:
        recaps.opt_out(tx, course.id, person_id, now)
    else:
        recaps.opt_in(tx, person_id)


MODEL_FACT = "recap.model"
"""Where the model in use is written down at each start: "<model> <host>", or nothing."""


def note_model(tx: Connection, value: str, now: datetime) -> None:
    """Write it down if it is another one than before."""
    if courses.get_fact(tx, MODEL_FACT) != value:
        courses.set_fact(tx, MODEL_FACT, value, now)


def reserve(
    tx: Connection,
    limits: tuple[int, int, int],
    course_id: int,
    session_id: int,
    tokens: int,
    so_far: int,
    now: datetime,
) -> int | str:
    """Tokens set aside: the number to settle them by, or which budget they would break."""
    courses.hold(tx, id=course_id)
    spending = spending_of(tx, limits, course_id, now)
    short = spending.short_of(tokens, so_far)
    return short if short else recaps.reserve(tx, course_id, session_id, tokens, now)


def spending_of(tx: Connection, limits: Limits, course_id: int, now: datetime) -> Spending:
    """How the budgets stand."""
    return Spending(*limits, recaps.spent(tx, course_id, day_of(now)), recaps.spent(tx, course_id))


def keep(
    tx: Connection, actor: Actor, found: Sources, digest: str, body: str, by_model: bool, tokens: int, now: datetime
) -> None:
    """Store a recap. What a model was paid for is in the audit."""
    recaps.put(tx, found.course_id, found.session_id, digest, body, by_model=by_model, now=now)
    if tokens:
        audit.record(tx, found.course_id, actor.key, f"had the recap of {found.title} drafted, {tokens} tokens", now)
