"""What handing in slides and summaries shares: which class is meant, and what people are told afterwards."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.core.course import Kind
from bot.core.deadlines import Work
from bot.core.errors import CourseError
from bot.core.hand_ins import staying
from bot.core.people import Actor
from bot.core.questions import on_time
from bot.core.receipts import Content, FileRef, Receipt
from bot.services import hand_in_box
from bot.services.hand_in_box import ROLES, Kept, Subject
from bot.services.question_desk import Named, class_title, is_called
from bot.services.slots import day, due_at, fits
from bot.store import courses, excuses, groups, hand_in_people, hand_ins, people, proposals, schedule
from bot.store.courses import CourseRow
from bot.store.files import SETTLED

_LATE = "late summary"
"""The kind of a kept link or file that waits for its sender to say that it shall count as late."""

FILE_WAITS = SETTLED / 2
"""So long a file waits: what is not handed in is swept up."""


@dataclass(frozen=True, slots=True)
class Task:
    """Somebody's slides or summary of a class, for `group_id` (None: on their own); `group` is its name, and
    `excused` whether staff have excused this person from it."""

    course: CourseRow
    subject: Subject
    person_id: int
    group_id: int | None
    group: str | None
    excused: bool = False


@dataclass(frozen=True, slots=True)
class Received:
    """What was handed in: its receipt, for which group, and a hint about its link. `again`: it was here already.

    Of a late one: `stays` is the version that came in time and goes on counting, `excused` whether its sender is.
    """

    hand_in_id: int
    receipt: Receipt
    group: str | None
    content: Content
    hint: str | None = None
    again: bool = False
    stays: int | None = None
    excused: bool = False


@dataclass(frozen=True, slots=True)
class Late:
    """A summary that came after the deadline: handed in only if its sender says so (`token`). `stays` is the version
    that came in time and goes on counting, `excused` whether its sender is."""

    token: str
    title: str
    due_at: datetime
    content: Content
    hint: str | None
    stays: int | None
    excused: bool


def task(tx: Connection, place: str, actor: Actor, work: Work, session: str | int) -> Task:
    """What the actor would hand in for the class with this id or date.

    Raises:
        CourseError: no course here, no such class, it is cancelled, or the work is not the actor's.
    """
    course, known = people.who(tx, place, actor)
    if isinstance(session, str):
        session = _find(tx, course, work, known.id if known else None, session)
    subject = hand_in_box.of_session(tx, course, work, session)
    group_id = hand_in_box.owner(tx, known, subject)
    assert known is not None  # nobody else has a duty
    group = groups.names(tx, course.id).get(group_id) if group_id is not None else None
    excused = excuses.every(tx, course.id).cover(known.id, work, session_id=session)
    return Task(course, subject, known.id, group_id, group, excused)


def put(tx: Connection, mine: Task, at: datetime, interaction_id: str, content: Content) -> Kept:
    """Hand it in."""
    return hand_in_box.put(
        tx,
        mine.course,
        subject=mine.subject,
        group_id=mine.group_id,
        person_id=mine.person_id,
        at=at,
        interaction_id=interaction_id,
        content=content,
    )


def received(mine: Task, kept: Kept, content: Content, hint: str | None = None) -> Received:
    """What the one who handed it in is told."""
    return Received(
        kept.hand_in_id, kept.receipt, mine.group, content, hint, kept.again, stays=kept.stays, excused=mine.excused
    )


def put_or_ask(
    tx: Connection,
    mine: Task,
    actor: Actor,
    at: datetime,
    interaction_id: str,
    content: Content,
    hint: str | None = None,
) -> Received | Late:
    """Hand in a summary; a late one, which gives no credit, waits until `confirm_late`."""
    if on_time(at, mine.subject.due_at) or hand_ins.by_interaction(tx, mine.course.id, interaction_id):
        return received(mine, put(tx, mine, at, interaction_id, content), content, hint)
    files = [[one.name, one.sha256] for one in content.files]
    payload = json.dumps([actor.key, mine.subject.about, content.link, files, hint, at.isoformat()]).encode()
    token = proposals.keep(tx, mine.course.id, _LATE, actor.key, payload, content.digest(), at)
    about, due_at = mine.subject.about, mine.subject.due_at
    versions = hand_ins.of_owner(tx, mine.course.id, Work.SUMMARY, about, mine.group_id, mine.person_id)
    return Late(token, mine.subject.title, due_at, content, hint, staying(versions, None, due_at), mine.excused)


def confirm_late(tx: Connection, place: str, actor: Actor, token: str, at: datetime, interaction_id: str) -> Received:
    """Hand in what waits.

    Raises:
        CourseError: it is done with, somebody else's, no longer theirs to summarise, or its file is kept no longer.
    """
    courses.hold(tx, place=place)
    course = courses.at_place(tx, place)
    payload, _ = proposals.kept(tx, course.id, _LATE, token)
    key, session_id, link, files, hint, since = json.loads(payload)
    if key != actor.key:
        raise CourseError("Somebody else gave this. Give yours with `/submit-summary`.")
    if files and at - datetime.fromisoformat(since) > FILE_WAITS:
        raise CourseError("The file was not kept so long. Give it again with `/submit-summary`.")
    mine = task(tx, place, actor, Work.SUMMARY, int(session_id))
    content = Content(link=link, files=tuple(FileRef(*one) for one in files))
    done = received(mine, put(tx, mine, at, interaction_id, content), content, hint)
    proposals.forget(tx, course.id, token)
    return done


def own_classes(tx: Connection, place: str, actor: Actor, work: Work, typed: str, now: datetime) -> list[Named]:
    """The classes for which the actor hands this in: what is not handed in yet first, then by how near it is due."""
    course, known = people.who(tx, place, actor)
    if known is None:
        return []
    policy = courses.deadline_policy(tx, course)
    held, done = hand_in_people.duties_of(tx, known.id, ROLES[work]), hand_ins.every(tx, course.id)
    found = []
    for session in schedule.every(tx, course.id):
        label = class_title(course, session)
        if session.id in held and fits(label, typed):
            there = done.by(work, session.id, known.id, held[session.id])
            off = abs(due_at(session, ROLES[work], policy) - now)
            found.append((there, off, Named(str(session.id), ("✓ " if there else "") + label)))
    return [one for *_, one in sorted(found, key=lambda item: item[:2])]


def _find(tx: Connection, course: CourseRow, work: Work, person_id: int | None, text: str) -> int:
    found = [one for one in schedule.every(tx, course.id, cancelled=True) if is_called(one, text)]
    found = [one for one in found if one.kind is not Kind.NO_CLASS] or found
    if not found:
        raise CourseError(f"There is no class “{text[:40]}”. Pick a suggestion, or write a date like 2024-01-25.")
    held = [one for one in found if not one.cancelled]
    if not held:
        raise CourseError(f"The class on {day(found[0].date)} is cancelled, so nothing is handed in. See `/schedule`.")
    if len(held) > 1 and person_id is not None:
        mine = hand_in_people.duties_of(tx, person_id, ROLES[work])
        held = [one for one in held if one.id in mine] or held
    if len(held) > 1:
        raise CourseError(f"There are {len(held)} classes on {day(held[0].date)}. Pick one suggestion.")
    return held[0].id
