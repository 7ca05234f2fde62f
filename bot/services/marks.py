"""Marks: staff give them to a person, or to a whole group after a look at whom they go to, and take them back."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from bot.core.errors import CourseError
from bot.core.gradebook import MARKED, Component, parse_points, refuses_marks
from bot.core.people import Actor, require_staff
from bot.services.gradebook import item_of
from bot.services.group_duties import digest
from bot.services.question_desk import class_title
from bot.services.standings import Standings
from bot.services.students import find_student
from bot.store import audit, courses, deadlines, groups, marks, proposals, students
from bot.store.courses import CourseRow
from bot.store.database import Database
from bot.store.schedule import SessionView

NOTE_MAX = 300
_KIND = "marks"
_DOES = {Component.PRESENTATION: "presents", Component.SUMMARY: "summarises"}


@dataclass(frozen=True, slots=True)
class Marked:
    """One person, and the points they had for it before, if any."""

    person_id: int
    name: str
    before: float | None


@dataclass(frozen=True, slots=True)
class Marking:
    """A mark that is given, or would be (with a `token`). `points` are out of 100, None when marks are taken back.

    `of_class` is the class it is for, `group` the group whose members get it. `without_credit` are those whose summary
    was late or is missing: no mark changes that.
    """

    component: Component
    of_class: str | None
    group: str | None
    people: tuple[Marked, ...]
    without_credit: tuple[str, ...]
    points: float | None
    note: str
    token: str | None


@dataclass(frozen=True, slots=True)
class _Order:
    """What staff asked for; kept while a preview waits."""

    who: str
    component: Component
    session: str
    points: float | None
    note: str


class Marks:
    """Giving marks and taking them back."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def give(
        self, place: str, actor: Actor, who: str, item: str, session: str, points: str | None, note: str, now: datetime
    ) -> Marking:
        """Mark a person, or show whom of a group it would mark; without `points`, take marks back.

        `who` is a suggestion, a student's name or login, or a group's name; `session` a suggestion, or empty where
        there is only one such class.

        Raises:
            CourseError: the actor is not staff, nobody or nothing is meant, no such points, or no mark can count.
        """
        require_staff(actor)
        if item not in MARKED:
            raise CourseError(f"Marks are for one of {', '.join(MARKED)}. Participation is worked out.")
        try:
            share = None if points is None else parse_points(points)
        except ValueError as error:
            raise CourseError(f"“{(points or '')[:40]}” are no points: {error}.") from None
        order = _Order(who.strip(), Component(item), session.strip(), share, " ".join(note.split())[:NOTE_MAX])
        return await self._database.write(_give, place, actor, order, now)

    async def confirm(self, place: str, actor: Actor, token: str, now: datetime) -> Marking:
        """Do to a group what was shown.

        Raises:
            CourseError: the actor is not staff, the preview is gone, or things have changed since.
        """
        require_staff(actor)
        return await self._database.write(_confirm, place, actor, token, now)

    async def suggest(self, place: str, actor: Actor, typed: str) -> list[tuple[str, str]]:
        """What to call the groups and students that fit what was typed, and what to hand back for each."""
        if not actor.staff:
            return []
        try:
            return await self._database.read(_suggest, place, typed)
        except CourseError:
            return []

    async def suggest_classes(
        self, place: str, actor: Actor, who: str, item: str, typed: str, now: datetime
    ) -> list[tuple[str, str]]:
        """The classes in which somebody has this duty, by title and id; without anybody, all classes."""
        if not actor.staff or item not in _DOES:
            return []
        try:
            return await self._database.read(_suggest_classes, place, who.strip(), Component(item), typed, now)
        except CourseError:
            return []


def _suggest(tx: Connection, place: str, typed: str) -> list[tuple[str, str]]:
    course, wanted = courses.at_place(tx, place), typed.casefold()
    names = groups.names(tx, course.id)
    found = [(f"{name} (the whole group)", f"#g{group_id}") for group_id, name in names.items()]
    for one in students.every(tx, course.id):
        if one.dropped_at is None:
            label = " · ".join(part for part in (one.name, one.login, one.group_name or "no group") if part)
            found.append((label, f"#{one.id}"))
    return [one for one in found if wanted in one[0].casefold()]


def _suggest_classes(
    tx: Connection, place: str, who: str, component: Component, typed: str, now: datetime
) -> list[tuple[str, str]]:
    course = courses.at_place(tx, place)
    desk = Standings(tx, course, now)
    sessions = list(desk.sessions.values())
    if who:
        people, _ = _people(tx, course, who)
        sessions = _classes(desk, component, people)
    titles = [(class_title(course, one), str(one.id)) for one in sessions]
    return [one for one in titles if typed.casefold() in one[0].casefold()]


def _people(tx: Connection, course: CourseRow, who: str) -> tuple[dict[int, str], str | None]:
    """Names by id of a student, or of the members of a group with its name."""
    group: tuple[int, str] | None
    if who.startswith("#g") and who[2:].isdecimal():
        group = groups.find(tx, course.id, int(who[2:]))
    else:
        group = None if who.startswith("#") else groups.find(tx, course.id, who)
    if group is None:
        student = find_student(tx, course, who)
        if student.dropped_at is not None:
            raise CourseError("This student was dropped {at}: there is nothing to mark.", at=student.dropped_at)
        return {student.id: student.name}, None
    members = {one.id: one.name for one in deadlines.students(tx, course) if one.group_id == group[0]}
    if not members:
        raise CourseError(f"Nobody is in {group[1]}.")
    return members, group[1]


def _classes(desk: Standings, component: Component, people: dict[int, str]) -> list[SessionView]:
    """The classes in which any of these people has the duty, in order of time."""
    ids = {session.id for person in people for session, _ in desk.duties.get((person, component), ())}
    return [one for one in desk.sessions.values() if one.id in ids]


def _class(desk: Standings, order: _Order, people: dict[int, str], who: str) -> SessionView:
    there = _classes(desk, order.component, people)
    does = _DOES[order.component]
    if not there:
        raise CourseError(f"{who} {does} nothing in this course, so there is no {order.component} to mark.")
    meant = [one for one in there if order.session in (str(one.id), one.date.isoformat())] if order.session else there
    if len(meant) != 1:
        titles = "; ".join(class_title(desk.course, one) for one in there[:6])
        raise CourseError(f"Which class is meant? {who} {does} in: {titles}. Pick one as `session`.")
    return meant[0]


def _mark(tx: Connection, course: CourseRow, order: _Order, now: datetime) -> tuple[Marking, str]:
    """What the order comes to, and the item that it is stored under."""
    desk = Standings(tx, course, now)
    people, group = _people(tx, course, order.who)
    who = group or next(iter(people.values()))
    of_class, item, without = None, order.component.value, []
    if order.component.of_a_class:
        session = _class(desk, order, people, who)
        of_class, item = class_title(course, session), item_of(order.component, session.id)
        there = {
            one.id: desk.of_class(order.component, session, one)
            for held, one in (pair for person in people for pair in desk.duties.get((person, order.component), ()))
            if held.id == session.id
        }
        people = {id_: name for id_, name in people.items() if id_ in there}
        if order.points is not None:
            without = [id_ for id_ in people if refuses_marks(order.component, there[id_])]
    before = marks.of(tx, course.id, item, people)
    rows = tuple(Marked(id_, name, before.get(id_)) for id_, name in people.items() if id_ not in without)
    lost = tuple(people[id_] for id_ in without)
    if not rows:
        raise CourseError(
            f"The summary of {who} was not handed in on time, so it has no credit, whatever its mark. "
            "`/staff student excuse` is the only way round."
        )
    if order.points is None and not before:
        raise CourseError(f"{who} has no mark for that: there is nothing to take back.")
    return Marking(order.component, of_class, group, rows, lost, order.points, order.note, None), item


def _give(tx: Connection, place: str, actor: Actor, order: _Order, now: datetime) -> Marking:
    course = courses.at_place(tx, place)
    courses.hold(tx, id=course.id)
    marking, item = _mark(tx, course, order, now)
    if marking.group is None:
        _write(tx, course, actor, marking, item, now)
        return marking
    payload = json.dumps([order.who, order.component, order.session, order.points, order.note]).encode()
    token = proposals.keep(tx, course.id, _KIND, actor.key, payload, digest(marking), now)
    return replace(marking, token=token)


def _confirm(tx: Connection, place: str, actor: Actor, token: str, now: datetime) -> Marking:
    course = courses.at_place(tx, place)
    courses.hold(tx, id=course.id)
    payload, shown = proposals.take(tx, course.id, _KIND, token)
    who, component, session, points, note = json.loads(payload)
    marking, item = _mark(tx, course, _Order(who, Component(component), session, points, note), now)
    if digest(marking) != shown:
        raise CourseError("Things have changed since this preview. Give the command again to see how they are now.")
    _write(tx, course, actor, marking, item, now)
    return marking


def _write(tx: Connection, course: CourseRow, actor: Actor, marking: Marking, item: str, now: datetime) -> None:
    people = [one.person_id for one in marking.people]
    names = ", ".join(one.name for one in marking.people)
    what = f"{marking.component}{f', {marking.of_class}' if marking.of_class else ''}"
    if marking.points is None:
        marks.remove(tx, course.id, item, people)
        audit.record(tx, course.id, actor.key, f"took back the mark of {names} for {what}", now)
        return
    marks.put(tx, course.id, item, people, marking.points, marking.note, actor.key, now)
    audit.record(tx, course.id, actor.key, f"marked {names} for {what}: {marking.points:g} of 100", now)
