"""What asking, boards and digests share: the course's rules, which class, which paper, and who may take part."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from bot.core.course import Kind
from bot.core.errors import CourseError
from bot.core.people import Actor, NoLongerInCourse, NotLinked
from bot.core.policy import QUESTION_CUTOFF, QUESTION_NAMES
from bot.core.questions import CutOff, Owing
from bot.services.slots import day, fits, title
from bot.store import courses, people, questions, schedule
from bot.store.courses import CourseRow
from bot.store.people import Known
from bot.store.questions import Paper, QuestionRow
from bot.store.schedule import SessionView

LATE_FOR = timedelta(hours=24)
"""So long after the end of class a late question is still kept; it is marked late all the same."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The policies about questions: until when they are on time, and whether classmates see who asked."""

    cut_off: CutOff
    named: bool


@dataclass(frozen=True, slots=True)
class Named:
    """Something to pick: `value` is what the commands take, `label` what people read."""

    value: str
    label: str


def rules(tx: Connection, course: CourseRow) -> Rules:
    """The policies in force."""
    policies = courses.in_force(tx, course.id)
    return Rules(policies[QUESTION_CUTOFF], policies[QUESTION_NAMES] == "named")


def class_title(course: CourseRow, session: SessionView) -> str:
    """ "Thu Jan 25 · FlexGen"."""
    return f"{day(session.date)} · {title(session, course.zone)}"


def enter_as_reader(tx: Connection, place: str, actor: Actor) -> tuple[CourseRow, Known | None]:
    """The course and what it knows of the actor, who may look; nothing is changed.

    Raises:
        CourseError: no course here, not on its roster, or no longer in it.
    """
    course, known = people.who(tx, place, actor)
    if not actor.staff:
        if known is not None and known.dropped_at is not None:
            raise NoLongerInCourse
        if course.linked_only and (known is None or known.origin != "roster"):
            raise NotLinked
    return course, known


def refuse_guest(known: Known | None) -> None:
    """Raises CourseError for a guest of the course."""
    if known is not None and known.kind == "guest":
        raise CourseError("You are here as a guest, and questions are for the course. Ask the staff to enter you.")


def check_open(course: CourseRow, session: SessionView, at: datetime) -> None:
    """Raises CourseError when no question to this class is taken any more."""
    until = session.ends_at + LATE_FOR
    if at > until:
        raise CourseError(
            f"Questions for {class_title(course, session)} were taken until {{at}}, late ones included. "
            "See what is next with `/my-questions`.",
            at=until,
        )


def classes(tx: Connection, course: CourseRow, now: datetime) -> list[SessionView]:
    """The classes with papers: those not over in order of time, then the others, the latest first."""
    found = [one for one in schedule.every(tx, course.id) if one.kind is not Kind.NO_CLASS and one.readings]
    ahead = [one for one in found if one.ends_at > now]
    return ahead + [one for one in reversed(found) if one.ends_at <= now]


def find_class(tx: Connection, course: CourseRow, wanted: str | None, now: datetime) -> SessionView:
    """The class with this id or date ("2024-01-25", "Jan 25"); the next one with papers when nothing is named.

    Raises:
        CourseError: there is none, it is cancelled, or it has no papers.
    """
    if not wanted or not wanted.strip():
        for session in classes(tx, course, now):
            if session.ends_at > now:
                return session
        raise CourseError("There is no class with papers ahead. Name one with the option `session`; see `/schedule`.")
    found = [one for one in schedule.every(tx, course.id, cancelled=True) if is_called(one, wanted)]
    if not found:
        raise CourseError(f"There is no class “{wanted[:40]}”. Pick a suggestion, or write a date like 2024-01-25.")
    having = [one for one in found if one.readings and not one.cancelled and one.kind is not Kind.NO_CLASS]
    if len(having) > 1:
        raise CourseError(f"There are {len(having)} classes on {day(having[0].date)}. Pick one suggestion.")
    if not having:
        why = "is cancelled" if found[0].cancelled else "has no papers"
        raise CourseError(f"The class on {day(found[0].date)} {why}, so it takes no questions. See `/schedule`.")
    return having[0]


def open_class(tx: Connection, course: CourseRow, session_id: int) -> SessionView:
    """The class with this id.

    Raises:
        CourseError: it is gone or cancelled.
    """
    session = schedule.one(tx, course.id, session_id)
    if session is None:
        raise CourseError("This class is cancelled, so it takes no questions. See `/schedule`.")
    return session


def papers_on(tx: Connection, session_id: int) -> list[Paper]:
    """The papers on the schedule for a class, the required ones first."""
    there = [paper for paper in questions.papers(tx, [session_id]).get(session_id, []) if not paper.removed]
    return sorted(there, key=lambda paper: not paper.required)


def short(text: str) -> str:
    """The text in one line of 80 characters at most."""
    flat = " ".join(text.split())
    return flat if len(flat) <= 80 else flat[:79].rstrip() + "…"


def find_paper(papers: Sequence[Paper], wanted: str, where: str) -> Paper:
    """The paper with this id, or the one whose title contains what is `wanted`; `where` is the class in words.

    Raises:
        CourseError: there is none, or several.
    """
    by_id = [paper for paper in papers if wanted.strip() == str(paper.id)]
    exact = [paper for paper in papers if paper.title.casefold() == wanted.strip().casefold()]
    found = by_id or exact or [paper for paper in papers if fits(paper.title, wanted)]
    if len(found) == 1:
        return found[0]
    names = "; ".join(short(paper.title) for paper in (found or papers)[:8])
    what = "could be several papers" if found else "is no paper"
    other = "" if found else " Another class is another `session`."
    raise CourseError(f"“{wanted[:60]}” {what} of {where}. Pick a suggestion: {names}.{other}")


def owing(tx: Connection, course: CourseRow, session_ids: Sequence[int]) -> dict[int, Owing]:
    """Who owes which questions, for each of the sessions."""
    everyone = tuple(questions.class_list(tx, course))
    papers = questions.papers(tx, session_ids)
    asked, on_duty = questions.asked(tx, session_ids), questions.on_duty(tx, session_ids)
    return {
        session_id: Owing(
            everyone,
            tuple(paper.id for paper in papers.get(session_id, []) if paper.required and not paper.removed),
            frozenset(asked.get(session_id, ())),
            frozenset(on_duty.get(session_id, ())),
        )
        for session_id in session_ids
    }


def by_head(rows: Sequence[QuestionRow]) -> dict[int, list[QuestionRow]]:
    """The questions that ask the same, by their head's id; the head comes first."""
    found: defaultdict[int, list[QuestionRow]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row.under_id is not None):
        found[row.under_id or row.id].append(row)
    return dict(found)


def is_called(session: SessionView, text: str) -> bool:
    """Whether the class has this id or date ("2024-01-25", "Jan 25")."""
    wanted = text.strip().casefold()
    on = session.date
    return wanted in (str(session.id), on.isoformat(), day(on).casefold(), day(on).casefold()[4:])
