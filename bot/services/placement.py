"""Staff place whoever is left without a group: proposed, shown, and applied when they confirm."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count

from sqlalchemy import Connection

from bot.core.errors import CourseError
from bot.core.groups import Member, name_key
from bot.core.people import Actor, require_staff
from bot.core.placement import OpenGroup, Placement, Sizes, Wishes, place
from bot.services.group_duties import digest
from bot.store import audit, courses, groups, invitations, proposals, seeking, students
from bot.store.courses import CourseRow
from bot.store.database import Database

_KIND = "groups-place"


@dataclass(frozen=True, slots=True)
class Filled:
    """A group after the placement: who was in it, who joins, and its seats."""

    name: str
    before: tuple[Member, ...]
    joining: tuple[Member, ...]
    seats: int

    @property
    def number(self) -> int:
        return len(self.before) + len(self.joining)


@dataclass(frozen=True, slots=True)
class Placing:
    """A proposal, or what was done (`token` None): groups that exist, new ones, and who finds no place.

    `least` is how many members a group should have. `wishes` of `wished` come true.
    """

    filled: tuple[Filled, ...]
    founded: tuple[Filled, ...]
    unplaced: tuple[Member, ...]
    least: int
    wishes: int
    wished: int
    token: str | None


@dataclass(frozen=True, slots=True)
class _Task:
    course: CourseRow
    groups: tuple[OpenGroup, ...]
    people: tuple[int, ...]
    wishes: Wishes

    @property
    def sizes(self) -> Sizes:
        return Sizes(self.course.group_size, self.course.group_min_size)

    @property
    def digest(self) -> str:
        """Of everything that the proposal follows from."""
        wishes = [
            sorted((one, sorted(others)) for one, others in part.items())
            for part in (self.wishes.people, self.wishes.groups)
        ]
        return digest(self.groups, self.people, self.sizes, wishes)


class PlacementService:
    """Placing leftovers. It works before the lock and after it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def preview(self, place_: str, actor: Actor, now: datetime) -> Placing:
        """A proposal for all students who are in no group.

        Raises:
            CourseError: the actor is not staff, no course here, or everybody is in a group.
        """
        require_staff(actor)
        task = await self._database.read(_task, place_)
        if not task.people:
            raise CourseError("Every student is in a group: nobody is left to place.")
        # In a thread: with many people and wishes it takes a while.
        found = await asyncio.to_thread(place, task.groups, task.people, task.sizes, task.wishes)
        return await self._database.write(_keep, actor, task, found, now)

    async def confirm(self, place_: str, actor: Actor, token: str, now: datetime) -> Placing:
        """Apply a proposal.

        Raises:
            CourseError: the actor is not staff, the preview is gone, or groups or wishes have changed since.
        """
        require_staff(actor)
        return await self._database.write(_confirm, place_, actor, token, now)


def _task(tx: Connection, place_: str) -> _Task:
    course = courses.at_place(tx, place_)
    open_groups = groups.open_groups(tx, course.id)
    people = tuple(students.left_over(tx, course))
    asked: defaultdict[int, set[int]] = defaultdict(set)
    for group_id, person_id in invitations.open_ones(tx, course.id):
        asked[person_id].add(group_id)
    return _Task(
        course,
        tuple(open_groups),
        people,
        Wishes(
            {one.person_id: frozenset(one.with_) for one in seeking.every(tx, course.id) if one.with_},
            {one: frozenset(ids) for one, ids in asked.items()},
        ),
    )


def _keep(tx: Connection, actor: Actor, task: _Task, found: Placement, now: datetime) -> Placing:
    shown = _shown(tx, task, found, actor.platform)
    if not shown.filled and not shown.founded:
        return shown
    new = [[filled.name, members] for filled, members in zip(shown.founded, found.new, strict=True)]
    payload = json.dumps({"into": list(found.into.items()), "new": new, "unplaced": found.unplaced}).encode()
    token = proposals.keep(tx, task.course.id, _KIND, actor.key, payload, task.digest, now)
    return replace(shown, token=token)


def _confirm(tx: Connection, place_: str, actor: Actor, token: str, now: datetime) -> Placing:
    courses.hold(tx, place=place_)
    task = _task(tx, place_)
    course = task.course
    payload, was = proposals.take(tx, course.id, _KIND, token)
    if task.digest != was:
        raise CourseError(
            "Groups or wishes have changed since this preview. Run `/staff groups place-leftovers` again."
        )
    kept = json.loads(payload)
    found = Placement(
        {group: tuple(people) for group, people in kept["into"]},
        tuple(tuple(people) for _, people in kept["new"]),
        tuple(kept["unplaced"]),
    )
    shown = _shown(tx, task, found, actor.platform)
    for group_id, people in found.into.items():
        _seat(tx, course.id, group_id, people, now)
    for filled, people in zip(shown.founded, found.new, strict=True):
        group_id = groups.create(tx, course.id, filled.name, max(course.group_size, len(people)), people[0], now)
        _seat(tx, course.id, group_id, people, now)
    for filled in (*shown.filled, *shown.founded):
        names = ", ".join(member.name for member in filled.joining)
        audit.record(tx, course.id, actor.key, f"placed {names} in {filled.name}", now)
    return shown


def _seat(tx: Connection, course_id: int, group_id: int, people: Collection[int], now: datetime) -> None:
    for person_id in people:
        if not groups.seat_by_staff(tx, course_id, group_id, person_id, now):
            raise AssertionError("a proposal puts nobody where there is no seat")


def _shown(tx: Connection, task: _Task, found: Placement, platform: str) -> Placing:
    by_id = {group.id: group for group in task.groups}
    ids = {*task.people, *(member for group in found.into for member in by_id[group].members)}
    faces = students.members(tx, sorted(ids), platform)

    def seen(people: Collection[int]) -> tuple[Member, ...]:
        return tuple(faces[one] for one in people)

    filled = [
        Filled(by_id[group].name, seen(by_id[group].members), seen(people), by_id[group].seats)
        for group, people in found.into.items()
    ]
    names = _new_names({name_key(group.name) for group in task.groups}, len(found.new))
    founded = [Filled(name, (), seen(people), task.sizes.most) for name, people in zip(names, found.new, strict=True)]
    met = [task.wishes.met((*by_id[group].members, *people), group) for group, people in found.into.items()]
    met += [task.wishes.met(people) for people in found.new]
    wished = [len(part.get(one, ())) for one in task.people for part in (task.wishes.people, task.wishes.groups)]
    return Placing(
        filled=tuple(sorted(filled, key=lambda one: name_key(one.name))),
        founded=tuple(founded),
        unplaced=seen(found.unplaced),
        least=task.sizes.least,
        wishes=sum(met),
        wished=sum(wished),
        token=None,
    )


def _new_names(taken: set[str], number: int) -> list[str]:
    names = (f"Group {n}" for n in count(1))
    free = (name for name in names if name_key(name) not in taken)
    return [next(free) for _ in range(number)]
