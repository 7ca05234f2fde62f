"""Staff take one student off the course, or move them to another group: shown first, then confirmed."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from bot.core.errors import CourseError
from bot.core.groups import GroupView, Member, NoSuchGroup
from bot.core.people import Actor, require_staff
from bot.services.group_duties import GroupDuty, ahead_of, digest
from bot.store import audit, courses, groups, leaving, proposals, students
from bot.store.courses import CourseRow
from bot.store.database import Database
from bot.store.leaving import Dropped
from bot.store.students import Student

_DROP = "student-drop"
_MOVE = "student-move"
_AGAIN = "Things have changed since this preview. Give the command again to see how they are now."


@dataclass(frozen=True, slots=True)
class Drop:
    """What dropping someone does, and what would repair their group.

    `short` when it is left with fewer than `least` members: then `homes` are groups with seats for all who are left,
    and `newcomers` students in no group. `token` confirms it; None when it is done.
    """

    dropped: Dropped
    least: int
    short: bool
    homes: tuple[str, ...]
    newcomers: tuple[Member, ...]
    token: str | None


@dataclass(frozen=True, slots=True)
class Move:
    """What moving someone does.

    `left` are those who stay in the old group (None: they were in none). With nobody left it is dissolved and
    `given_back` are its duties ahead. `gained` are the duties ahead of the new group, `bigger` when it gets a seat
    more. `token` confirms it; None when it is done.
    """

    person: Member
    source: str | None
    left: int | None
    least: int
    given_back: tuple[GroupDuty, ...]
    target: GroupView
    gained: tuple[GroupDuty, ...]
    bigger: bool
    token: str | None


class Students:
    """Staff's hand on single students."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def suggest(self, place: str, actor: Actor, typed: str, *, dropped: bool = False) -> list[tuple[str, str]]:
        """What to call the students that fit what was typed, and what to hand back for each; nothing for non-staff.

        With `dropped` those who were dropped, else those who were not.
        """
        if not actor.staff:
            return []
        try:
            return await self._database.read(_suggest, place, typed, dropped)
        except CourseError:
            return []

    async def preview_drop(self, place: str, actor: Actor, who: str, now: datetime) -> Drop:
        """What dropping the student would touch.

        Raises:
            CourseError: the actor is not staff, no such student, or they were dropped before.
        """
        require_staff(actor)
        return await self._database.write(_preview_drop, place, actor, who, now)

    async def confirm_drop(self, place: str, actor: Actor, token: str, now: datetime) -> Drop:
        """Drop the student of a preview.

        Raises:
            CourseError: the actor is not staff, the preview is gone, or things have changed since.
        """
        require_staff(actor)
        return await self._database.write(_confirm_drop, place, actor, token, now)

    async def restore(self, place: str, actor: Actor, who: str, now: datetime) -> str:
        """Take a student back who was dropped: into the course, not into a group or a duty. Returns their name.

        Raises:
            CourseError: the actor is not staff, no such student, or they were not dropped.
        """
        require_staff(actor)
        return await self._database.write(_restore, place, actor, who, now)

    async def preview_move(
        self, place: str, actor: Actor, who: str, group: str, now: datetime, *, bigger: bool = False
    ) -> Move:
        """What moving the student to the group of this name would do; `bigger` lets a full group have one more.

        Raises:
            CourseError: the actor is not staff, no such student or group, they are in it, or it is full.
        """
        require_staff(actor)
        return await self._database.write(_preview_move, place, actor, who, group, bigger, now)

    async def confirm_move(self, place: str, actor: Actor, token: str, now: datetime) -> Move:
        """Move the student of a preview.

        Raises:
            CourseError: the actor is not staff, the preview is gone, or things have changed since.
        """
        require_staff(actor)
        return await self._database.write(_confirm_move, place, actor, token, now)


def _suggest(tx: Connection, place: str, typed: str, dropped: bool) -> list[tuple[str, str]]:
    wanted = typed.casefold()
    found = []
    for one in students.every(tx, courses.at_place(tx, place).id):
        if (one.dropped_at is not None) == dropped:
            state = "dropped" if dropped else one.group_name or "no group"
            label = " · ".join(part for part in (one.name, one.login, state) if part)
            if wanted in label.casefold():
                found.append((label, f"#{one.id}"))
    return found


def find_student(tx: Connection, course: CourseRow, who: str) -> Student:
    """The student that a suggestion stands for, or whose name or login was typed; dropped or not.

    Raises:
        CourseError: there is none, or several have this name.
    """
    key = who.strip().casefold()
    if key.startswith("#") and key[1:].isdecimal():
        found = [one for one in [students.one(tx, course.id, int(key[1:]))] if one]
    else:
        found = [
            one for one in students.every(tx, course.id) if key in (one.name.casefold(), (one.login or "").casefold())
        ]
    if not found:
        raise CourseError(f"There is no student “{who.strip()[:80]}”. Pick one of the suggestions.")
    if len(found) > 1:
        raise CourseError(f"There are {len(found)} students called “{who.strip()[:80]}”. Pick one of the suggestions.")
    return found[0]


def _still_here(student: Student) -> None:
    if student.dropped_at is not None:
        raise CourseError(
            "This student was dropped {at} already. `/staff student restore` takes them back.", at=student.dropped_at
        )


def _drop(tx: Connection, course: CourseRow, person_id: int, platform: str, now: datetime) -> Drop:
    dropped = leaving.touched(tx, course, person_id, now)
    least = course.group_min_size
    short = 0 < dropped.left < least
    homes: tuple[str, ...] = ()
    newcomers: tuple[Member, ...] = ()
    if short:
        every = groups.board(tx, course.id, platform)
        homes = tuple(one.name for one in every if one.id != dropped.group_id and one.free >= dropped.left)
        ids = [one for one in students.left_over(tx, course) if one != person_id]
        newcomers = tuple(students.members(tx, ids, platform).values())
    return Drop(dropped, least, short, homes, newcomers, None)


def _preview_drop(tx: Connection, place: str, actor: Actor, who: str, now: datetime) -> Drop:
    course = courses.at_place(tx, place)
    courses.hold(tx, id=course.id)
    student = find_student(tx, course, who)
    _still_here(student)
    drop = _drop(tx, course, student.id, actor.platform, now)
    payload = json.dumps({"person": student.id}).encode()
    token = proposals.keep(tx, course.id, _DROP, actor.key, payload, digest(drop.dropped), now)
    return replace(drop, token=token)


def _confirm_drop(tx: Connection, place: str, actor: Actor, token: str, now: datetime) -> Drop:
    course = courses.at_place(tx, place)
    courses.hold(tx, id=course.id)
    payload, shown = proposals.take(tx, course.id, _DROP, token)
    student = find_student(tx, course, f"#{json.loads(payload)['person']}")
    _still_here(student)
    drop = _drop(tx, course, student.id, actor.platform, now)
    if digest(drop.dropped) != shown:
        raise CourseError(_AGAIN)
    leaving.drop(tx, course, student.id, actor.key, now)
    return drop


def _restore(tx: Connection, place: str, actor: Actor, who: str, now: datetime) -> str:
    course = courses.at_place(tx, place)
    courses.hold(tx, id=course.id)
    student = find_student(tx, course, who)
    if student.dropped_at is None:
        raise CourseError("This student is in the course: there is nothing to restore.")
    leaving.restore(tx, course.id, student.id, actor.key, now)
    return student.name


def _move(
    tx: Connection, course: CourseRow, student: Student, group: str | int, bigger: bool, platform: str, now: datetime
) -> Move:
    _still_here(student)
    found = groups.find(tx, course.id, group)
    if found is None:
        raise NoSuchGroup(str(group))
    target = groups.view(tx, course.id, found[0], platform)
    if student.group_id == target.id:
        raise CourseError(f"They are in {target.name} already.")
    if not target.free and not bigger:
        raise CourseError(
            f"{target.name} is full ({target.size} of {target.size}). Choose another group, or say `bigger` to give it "
            "one more seat."
        )
    left: int | None = None
    given_back: tuple[GroupDuty, ...] = ()
    if student.group_id is not None:
        left = len(groups.view(tx, course.id, student.group_id, platform).members) - 1
        given_back = () if left else ahead_of(tx, course, student.group_id, now)
    return Move(
        person=students.member(tx, student.id, platform),
        source=student.group_name,
        left=left,
        least=course.group_min_size,
        given_back=given_back,
        target=target,
        gained=ahead_of(tx, course, target.id, now),
        bigger=not target.free,
        token=None,
    )


def _preview_move(tx: Connection, place: str, actor: Actor, who: str, group: str, bigger: bool, now: datetime) -> Move:
    course = courses.at_place(tx, place)
    courses.hold(tx, id=course.id)
    student = find_student(tx, course, who)
    move = _move(tx, course, student, group, bigger, actor.platform, now)
    payload = json.dumps({"person": student.id, "group": move.target.id, "bigger": move.bigger}).encode()
    token = proposals.keep(tx, course.id, _MOVE, actor.key, payload, digest(move), now)
    return replace(move, token=token)


def _confirm_move(tx: Connection, place: str, actor: Actor, token: str, now: datetime) -> Move:
    course = courses.at_place(tx, place)
    courses.hold(tx, id=course.id)
    payload, shown = proposals.take(tx, course.id, _MOVE, token)
    wanted = json.loads(payload)
    student = find_student(tx, course, f"#{wanted['person']}")
    move = _move(tx, course, student, wanted["group"], wanted["bigger"], actor.platform, now)
    if digest(move) != shown:
        raise CourseError(_AGAIN)
    if student.membership_id is not None and student.group_id is not None:
        groups.remove(tx, student.membership_id, student.group_id, now)
    if move.bigger:
        groups.add_seats(tx, move.target.id, 1)
    if not groups.seat_by_staff(tx, course.id, move.target.id, student.id, now):
        raise CourseError(_AGAIN)
    source = f" from {move.source}" if move.source else ""
    audit.record(tx, course.id, actor.key, f"moved {student.name}{source} to {move.target.name}", now)
    return replace(move, target=groups.view(tx, course.id, move.target.id, actor.platform))
