"""Forming groups: create, join or ask to, leave, look."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.core.errors import CourseError
from bot.core.groups import (
    INVITATIONS,
    AlreadyInGroup,
    GroupFull,
    GroupsLocked,
    GroupView,
    NameTaken,
    NoSuchGroup,
    NotInGroup,
    clean_name,
    locked,
    name_key,
)
from bot.core.people import Actor
from bot.services.invitations import seat_by_invitation
from bot.store import courses, groups, invitations, people
from bot.store.database import Database


@dataclass(frozen=True, slots=True)
class Joined:
    """The actor is in `group`; `already` when they were before they asked."""

    group: GroupView
    already: bool = False


@dataclass(frozen=True, slots=True)
class Asking:
    """The actor has asked to join `group`: a member has to say yes to the request with this id."""

    group: GroupView
    request_id: int


@dataclass(frozen=True, slots=True)
class Left:
    """The actor left the group called `name`; it is `dissolved` when they were its last member."""

    name: str
    dissolved: bool


@dataclass(frozen=True, slots=True)
class Board:
    """All groups by name, the seats of one, when they lock and whether they have, and whether who joins asks first."""

    groups: tuple[GroupView, ...]
    size: int
    lock_at: datetime | None
    locked: bool
    by_request: bool


class Groups:
    """Every request is judged at `at`, the moment the platform received it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, place: str, actor: Actor, name: str, at: datetime) -> Joined:
        """Start a group with the actor as its first member.

        Raises:
            CourseError: a bad or taken name, already in a group, groups locked, no course here.
        """
        return await self._database.write(_create, place, actor, clean_name(name), at)

    async def join(self, place: str, actor: Actor, group: int | str, at: datetime) -> Joined | Asking:
        """Take a free seat in the group with this id or name, or ask for it where the course wants that.

        Who is invited by the group takes the seat at once. Asking again for one's own group changes nothing.

        Raises:
            CourseError: no such group, full, already in another, groups locked, asked already, no course here.
        """
        return await self._database.write(_join, place, actor, group, at)

    async def leave(self, place: str, actor: Actor, at: datetime) -> Left:
        """Give up one's seat.

        Raises:
            CourseError: in no group, groups locked, no course here.
        """
        return await self._database.write(_leave, place, actor, at)

    async def board(self, place: str, platform: str, now: datetime) -> Board:
        """Every group and its members.

        Raises:
            NotSetUp: no course here.
        """
        return await self._database.read(_board, place, platform, now)

    async def open_names(self, place: str, platform: str, typed: str, now: datetime) -> list[str]:
        """Names of groups with a free seat that contain what was `typed`; empty where there is no course."""
        try:
            board = await self.board(place, platform, now)
        except CourseError:
            return []
        wanted = name_key(typed)
        return [group.name for group in board.groups if group.free and wanted in name_key(group.name)]


def _create(tx: Connection, place: str, actor: Actor, name: str, at: datetime) -> Joined:
    courses.hold(tx, place=place)
    course, known = people.who(tx, place, actor)
    if known and known.group_id and name_key(known.group_name or "") == name_key(name):
        return Joined(groups.view(tx, course.id, known.group_id, actor.platform), already=True)
    if locked(course.group_lock_at, at):
        raise GroupsLocked(course.group_lock_at)
    if known and known.group_name:
        raise AlreadyInGroup(known.group_name)
    taken = groups.find(tx, course.id, name)
    if taken:
        raise NameTaken(taken[1])
    person_id = people.enter(tx, course, actor, known, at)
    group_id = groups.create(tx, course.id, name, course.group_size, person_id, at)
    groups.take_seat(tx, course.id, group_id, person_id, at)
    return Joined(groups.view(tx, course.id, group_id, actor.platform))


def _join(tx: Connection, place: str, actor: Actor, group: int | str, at: datetime) -> Joined | Asking:
    courses.hold(tx, place=place)
    course, known = people.who(tx, place, actor)
    found = groups.find(tx, course.id, group)
    if found is None:
        raise NoSuchGroup(group if isinstance(group, str) else "that was here")
    group_id, name = found
    if known and known.group_id == group_id:
        return Joined(groups.view(tx, course.id, group_id, actor.platform), already=True)
    there = invitations.between(tx, group_id, known.id) if known else None
    invited = there is not None and there.kind == "invite"
    if locked(course.group_lock_at, at) and not invited:
        raise GroupsLocked(course.group_lock_at)
    if known and known.group_name:
        raise AlreadyInGroup(known.group_name)
    person_id = people.enter(tx, course, actor, known, at)
    if there is not None and invited:
        seat_by_invitation(tx, course, there, person_id, at)
    elif course.join_by_request:
        view = groups.view(tx, course.id, group_id, actor.platform)
        _may_ask(tx, view, person_id, already=there is not None)
        made = invitations.create(tx, course.id, "request", group_id, person_id, person_id, at)
        return Asking(view, made)
    elif not groups.take_seat(tx, course.id, group_id, person_id, at):
        raise GroupFull(name, groups.view(tx, course.id, group_id, actor.platform).size)
    return Joined(groups.view(tx, course.id, group_id, actor.platform))


def _may_ask(tx: Connection, group: GroupView, person_id: int, *, already: bool) -> None:
    if already:
        raise CourseError(f"You have asked {group.name} already: any of its members can say yes.")
    if not group.free:
        raise GroupFull(group.name, group.size)
    if invitations.requested(tx, person_id) >= INVITATIONS:
        raise CourseError(f"You are waiting for {INVITATIONS} groups. Ask again when one of them has answered.")


def _leave(tx: Connection, place: str, actor: Actor, at: datetime) -> Left:
    courses.hold(tx, place=place)
    course, known = people.who(tx, place, actor)
    if known is None or known.group_id is None or known.membership_id is None:
        raise NotInGroup
    if locked(course.group_lock_at, at):
        raise GroupsLocked(course.group_lock_at)
    return Left(known.group_name or "", groups.leave(tx, known.membership_id, known.group_id, at))


def _board(tx: Connection, place: str, platform: str, now: datetime) -> Board:
    course = courses.at_place(tx, place)
    found = groups.board(tx, course.id, platform)
    return Board(
        tuple(found), course.group_size, course.group_lock_at, locked(course.group_lock_at, now), course.join_by_request
    )
