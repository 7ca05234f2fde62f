"""The board of people who look for a group: only who puts themselves on it is on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.core.errors import CourseError
from bot.core.groups import NOTE_MAX, AlreadyInGroup, CannotTakePart, GroupView, Member, NotAStudent, locked
from bot.core.people import Actor, NoLongerInCourse, NotLinked
from bot.store import courses, groups, people, seeking, students
from bot.store.database import Database

_WISHES = 10
"""How many people someone may name."""


@dataclass(frozen=True, slots=True)
class Offer:
    """Someone on the board: their note, whom they named, and whether the two of you named each other in any way."""

    person: Member
    note: str
    with_: tuple[Member, ...]
    for_you: bool


@dataclass(frozen=True, slots=True)
class Offers:
    """What the board shows one person: their own entry or group, the others', and the groups with a free seat.

    What fits comes first: people who named the actor or were named by them, and groups with such people in them.
    """

    mine: Offer | None
    others: tuple[Offer, ...]
    groups: tuple[GroupView, ...]
    locked: bool
    my_group: str | None


class Seeking:
    """Every request is judged at `at`, the moment the platform received it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def look(self, place: str, actor: Actor, at: datetime) -> Offers:
        """The board, without being put on it.

        Raises:
            CourseError: no course here, or the actor is not in it.
        """
        return await self._database.write(_look, place, actor, at)

    async def post(self, place: str, actor: Actor, note: str | None, other: Actor | None, at: datetime) -> Offers:
        """Put the actor on the board, or change their note, and add `other` to those they would like to be with.

        Raises:
            CourseError: the actor is in a group or may not take part, the note is too long, or `other` is no student.
        """
        if note is not None and len(note.strip()) > NOTE_MAX:
            raise CourseError(f"A note has at most {NOTE_MAX} characters; yours has {len(note.strip())}.")
        return await self._database.write(_post, place, actor, note.strip() if note else None, other, at)

    async def stop(self, place: str, actor: Actor) -> bool:
        """Take the actor off the board; whether they were on it.

        Raises:
            NotSetUp: no course here.
        """
        return await self._database.write(_stop, place, actor)


def _look(tx: Connection, place: str, actor: Actor, at: datetime) -> Offers:
    courses.hold(tx, place=place)
    course, known = people.who(tx, place, actor)
    person_id = people.enter(tx, course, actor, known, at)
    return _offers(tx, course, person_id, actor.platform, at, known.group_name if known else None)


def _post(tx: Connection, place: str, actor: Actor, note: str | None, other: Actor | None, at: datetime) -> Offers:
    courses.hold(tx, place=place)
    course, known = people.who(tx, place, actor)
    if known is not None and known.group_name is not None:
        raise AlreadyInGroup(known.group_name)
    if actor.staff:
        raise CourseError("Staff are in no group. Without options `/looking-for-group` shows who looks for one.")
    person_id = people.enter(tx, course, actor, known, at)
    seeking.put(tx, course.id, person_id, note, at)
    if other is not None:
        if other.key == actor.key:
            raise CourseError("You are with yourself anyway: name somebody else.")
        if seeking.wished(tx, person_id) >= _WISHES:
            raise CourseError(f"You have named {_WISHES} people. Start over with `stop`, then name fewer.")
        seeking.wish(tx, course.id, person_id, _entered(tx, place, other, at))
    return _offers(tx, course, person_id, actor.platform, at)


def _entered(tx: Connection, place: str, other: Actor, at: datetime) -> int:
    course, known = people.who(tx, place, other)
    if other.staff or (known is not None and known.kind != "student"):
        raise NotAStudent
    try:
        return people.enter(tx, course, other, known, at)
    except NoLongerInCourse:
        raise NotAStudent from None
    except NotLinked:
        raise CannotTakePart from None


def _stop(tx: Connection, place: str, actor: Actor) -> bool:
    courses.hold(tx, place=place)
    _, known = people.who(tx, place, actor)
    return known is not None and seeking.remove(tx, known.id)


def _offers(
    tx: Connection, course: courses.CourseRow, person_id: int, platform: str, at: datetime, my_group: str | None = None
) -> Offers:
    seekers = seeking.every(tx, course.id)
    ids = {one for seeker in seekers for one in (seeker.person_id, *seeker.with_)}
    faces = students.members(tx, sorted(ids), platform)
    mine = next((seeker for seeker in seekers if seeker.person_id == person_id), None)
    named = set(mine.with_) if mine else set()

    def offer(seeker: seeking.Seeker) -> Offer:
        fits = person_id in seeker.with_ or seeker.person_id in named
        return Offer(faces[seeker.person_id], seeker.note, tuple(faces[one] for one in seeker.with_), fits)

    friends = {faces[one] for one in named}
    free = [group for group in groups.board(tx, course.id, platform) if group.free]
    others = [offer(seeker) for seeker in seekers if seeker is not mine]
    return Offers(
        mine=offer(mine) if mine else None,
        others=tuple(sorted(others, key=lambda one: not one.for_you)),
        groups=tuple(sorted(free, key=lambda group: not friends & set(group.members))),
        locked=locked(course.group_lock_at, at),
        my_group=my_group,
    )
