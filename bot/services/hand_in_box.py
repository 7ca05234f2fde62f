"""Where everything handed in goes: who may, the next version, the signed receipt. Slides, summaries and milestones
all come through here."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.core import receipts
from bot.core.course import Role
from bot.core.deadlines import Work
from bot.core.errors import CourseError
from bot.core.hand_ins import staying
from bot.core.people import NoLongerInCourse
from bot.core.receipts import Content, Receipt
from bot.services.question_desk import class_title
from bot.services.slots import due_at
from bot.store import courses, hand_in_people, hand_ins, milestones, schedule
from bot.store.courses import CourseRow
from bot.store.hand_ins import HandInRow
from bot.store.people import Known
from bot.store.schedule import SessionView

ROLES = {Work.SLIDES: Role.PRESENTER, Work.SUMMARY: Role.SUMMARIZER}
"""Whose work it is, of what hangs on a class."""

_DOES = {Work.SLIDES: "present in", Work.SUMMARY: "write the summary of"}


@dataclass(frozen=True, slots=True)
class Subject:
    """What something is handed in for: a class (`session`) or a milestone, and when it is due now."""

    work: Work
    about: int
    title: str
    due_at: datetime
    session: SessionView | None = None

    @property
    def name(self) -> str:
        """As receipts have it: "session 5"."""
        return f"{'milestone' if self.session is None else 'session'} {self.about}"


@dataclass(frozen=True, slots=True)
class Kept:
    """A hand-in that is kept: its id, its receipt, and whether it was there already (`again`: the same interaction).
    After a late one, `stays` is the version that came in time and goes on counting."""

    hand_in_id: int
    receipt: Receipt
    again: bool
    stays: int | None = None


def of_session(tx: Connection, course: CourseRow, work: Work, session_id: int) -> Subject:
    """The slides or the summary of a class.

    Raises:
        CourseError: the class is gone or cancelled.
    """
    session = schedule.one(tx, course.id, session_id)
    if session is None:
        raise CourseError("This class is cancelled, so nothing is handed in for it. See `/schedule`.")
    at = due_at(session, ROLES[work], courses.deadline_policy(tx, course))
    return Subject(work, session.id, class_title(course, session), at, session)


def of_milestone(tx: Connection, course: CourseRow, milestone_id: int) -> Subject:
    """A milestone of the project.

    Raises:
        CourseError: it was removed.
    """
    found = next((one for one in milestones.every(tx, course.id) if one.id == milestone_id), None)
    if found is None:
        raise CourseError("This milestone is no longer there. See `/deadlines`.")
    return Subject(Work.MILESTONE, found.id, found.name, found.due_at)


def owner(tx: Connection, known: Known | None, subject: Subject) -> int | None:
    """The group for which somebody hands this in; None for themselves. The one place that says who may.

    Slides and summaries: whoever is on duty in the class, for the group that has the duty. Milestones: every student,
    for their group.

    Raises:
        CourseError: it is not theirs to hand in.
    """
    if known is not None and known.dropped_at is not None:
        raise NoLongerInCourse
    if subject.work is Work.MILESTONE:
        if known is None or known.kind != "student":
            raise CourseError("Milestones are handed in by the students of the course.")
        return known.group_id
    role = ROLES[subject.work]
    held = hand_in_people.duties_of(tx, known.id, role) if known else {}
    if subject.about not in held:
        there = ", ".join(subject.session.duties.get(role, ())) if subject.session else ""
        raise CourseError(
            f"You do not {_DOES[subject.work]} “{subject.title}”"
            + (f": {there} {'do' if ', ' in there else 'does'}." if there else ", and nobody is down for it yet.")
            + " `/my-duties` lists what is yours."
        )
    return held[subject.about]


def put(
    tx: Connection,
    course: CourseRow,
    *,
    subject: Subject,
    group_id: int | None,
    person_id: int,
    at: datetime,
    interaction_id: str,
    content: Content,
) -> Kept:
    """Keep the next version, and sign its receipt. Hold the course first; `group_id` is what `owner` gave.

    `at` is when the platform received it. The same interaction again changes nothing and gives the same receipt. The
    contents of its files are stored before.

    Raises:
        CourseError: there is nothing in it.
    """
    known = hand_ins.by_interaction(tx, course.id, interaction_id)
    if known is not None:
        receipt = receipts.from_json(known.receipt)
        return Kept(known.id, receipt, again=True, stays=_stays(tx, course, subject, group_id, person_id, receipt))
    if content == Content():
        raise CourseError("There is nothing to hand in: give a link, a text or a file.")
    key = hand_ins.make_signing_key(tx, course.id)
    version = hand_ins.next_version(tx, course.id, subject.work, subject.about, group_id, person_id)
    receipt = receipts.sign(
        key,
        Receipt(
            course=course.key,
            kind=subject.work,
            about=subject.name,
            title=subject.title,
            owner=f"person {person_id}" if group_id is None else f"group {group_id}",
            by=f"person {person_id}",
            version=version,
            at=at,
            due_at=subject.due_at,
            digest=content.digest(),
            code=_new_code(tx, course.id),
        ),
    )
    row = HandInRow(
        id=0,
        work=subject.work,
        session_id=subject.about if subject.session else None,
        milestone_id=None if subject.session else subject.about,
        group_id=group_id,
        person_id=person_id,
        version=version,
        at=at,
        due_at=subject.due_at,
        interaction_id=interaction_id,
        content=content,
        digest=receipt.digest,
        code=receipt.code,
        receipt=receipts.to_json(receipt),
        thread=None,
    )
    added = hand_ins.add(tx, course.id, row)
    return Kept(added, receipt, again=False, stays=_stays(tx, course, subject, group_id, person_id, receipt))


def _stays(
    tx: Connection, course: CourseRow, subject: Subject, group_id: int | None, person_id: int, receipt: Receipt
) -> int | None:
    if receipt.on_time:
        return None
    versions = hand_ins.of_owner(tx, course.id, subject.work, subject.about, group_id, person_id)
    return staying(versions, receipt.version, subject.due_at)


def _new_code(tx: Connection, course_id: int) -> str:
    while True:
        code = receipts.code(secrets.token_bytes(5))
        if hand_ins.by_code(tx, course_id, code) is None:
            return code
