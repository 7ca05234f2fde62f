"""Invitations to a group, requests to join one, and the answers to both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from bot.core.errors import CourseError
from bot.core.groups import (
    INVITATIONS,
    AlreadyInGroup,
    CannotTakePart,
    GroupFull,
    GroupsLocked,
    GroupView,
    InvitationClosed,
    Member,
    NotAStudent,
    NotForYou,
    NotInGroup,
    TooLate,
    answerable,
    locked,
)
from bot.core.people import Actor, NoLongerInCourse, NotLinked
from bot.store import courses, groups, invitations, people, students
from bot.store.courses import CourseRow
from bot.store.database import Database


@dataclass(frozen=True, slots=True)
class Invited:
    """Someone was invited to `group`; the id is None when they had asked to join and so are in it now.

    `until` is when the invitation ends (None: never).
    """

    group: GroupView
    invitation_id: int | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Answered:
    """An invitation ("invite") or request was answered: `person` is in `group` now if it was `accepted`."""

    kind: str
    accepted: bool
    group: GroupView
    person: Member


class Invitations:
    """Every request is judged at `at`, the moment the platform received it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def invite(self, place: str, actor: Actor, guest: Actor, at: datetime) -> Invited:
        """Offer a seat of the actor's group. It is taken only when the guest accepts.

        Raises:
            CourseError: the actor is in no group, it is full or has too many invitations open, groups are locked; or
                the guest is the actor, staff, in a group, invited already, or not on the roster where one is required.
        """
        return await self._database.write(_invite, place, actor, guest, at)

    async def take_back(self, place: str, actor: Actor, guest: Actor, at: datetime) -> str:
        """Withdraw the invitation that the actor's group sent; returns the group's name.

        Raises:
            CourseError: the actor is in no group, or there is no such invitation.
        """
        return await self._database.write(_take_back, place, actor, guest, at)

    async def answer(self, place: str, actor: Actor, invitation_id: int, accept: bool, at: datetime) -> Answered:
        """Accept or decline: an invitation is for the one invited, a request for any member of the group.

        Raises:
            InvitationClosed: it is answered, withdrawn or too late.
            CourseError: it is not the actor's to answer; or to accept: the group is full, or the one who would get the
                seat is in a group or may not take part.
        """
        return await self._database.write(_answer, place, actor, invitation_id, accept, at)


def _invite(tx: Connection, place: str, actor: Actor, guest: Actor, at: datetime) -> Invited:
    courses.hold(tx, place=place)
    course, known = people.who(tx, place, actor)
    if known is None or known.group_id is None:
        raise NotInGroup
    if locked(course.group_lock_at, at):
        raise GroupsLocked(course.group_lock_at)
    if guest.key == actor.key:
        raise CourseError("You are in your group already. Invite someone else with `/invite`.")
    _, invitee = people.who(tx, place, guest)
    if guest.staff or (invitee is not None and invitee.kind != "student"):
        raise NotAStudent
    if invitee is not None and invitee.group_name is not None:
        where = "your group" if invitee.group_id == known.group_id else invitee.group_name
        raise CourseError(f"They are in {where} already. See `/looking-for-group` for people without a group.")
    group = groups.view(tx, course.id, known.group_id, actor.platform)
    if not group.free:
        raise GroupFull(group.name, group.size)
    try:
        guest_id = people.enter(tx, course, guest, invitee, at)
    except NoLongerInCourse:
        raise NotAStudent from None
    except NotLinked:
        raise CannotTakePart from None
    there = invitations.between(tx, group.id, guest_id)
    if there is not None and there.kind == "request":
        seat_by_invitation(tx, course, there, known.id, at)
        return Invited(groups.view(tx, course.id, group.id, actor.platform), None, None)
    if there is not None:
        raise CourseError(
            "They are invited to your group already and have not answered yet. "
            "`/invite` with `withdraw` takes the invitation back."
        )
    if invitations.invited(tx, group.id) >= INVITATIONS:
        raise CourseError(
            f"{group.name} has {INVITATIONS} invitations without an answer. Wait for one, "
            "or take one back with `/invite` and `withdraw`."
        )
    made = invitations.create(tx, course.id, "invite", group.id, guest_id, known.id, at)
    return Invited(group, made, course.invites_until)


def _take_back(tx: Connection, place: str, actor: Actor, guest: Actor, at: datetime) -> str:
    courses.hold(tx, place=place)
    _, known = people.who(tx, place, actor)
    if known is None or known.group_id is None:
        raise NotInGroup
    _, invitee = people.who(tx, place, guest)
    there = invitations.between(tx, known.group_id, invitee.id) if invitee else None
    if there is None or there.kind != "invite":
        raise CourseError("Your group has no open invitation for them. `/invite` sends one.")
    invitations.close(tx, there.id, "withdrawn", known.id, at)
    return known.group_name or ""


def _answer(tx: Connection, place: str, actor: Actor, invitation_id: int, accept: bool, at: datetime) -> Answered:
    courses.hold(tx, place=place)
    course, known = people.who(tx, place, actor)
    asked = invitations.one(tx, course.id, invitation_id)
    mine = asked is not None and known is not None and _is_for(asked, known)
    # A second tap on Accept finds what the first one did.
    there = asked is not None and known is not None and known.group_id == asked.group_id
    again = mine and there and accept and asked is not None and asked.outcome == "accepted"
    if asked is None or (asked.outcome is not None and not again):
        raise InvitationClosed
    if known is None or not mine:
        raise NotForYou(asked.kind)
    if accept and not again:
        if asked.kind == "invite":
            people.enter(tx, course, actor, known, at)
            if known.group_name is not None:
                raise AlreadyInGroup(known.group_name)
        elif course.linked_only and asked.person_origin != "roster":
            raise CannotTakePart
        seat_by_invitation(tx, course, asked, known.id, at)
    elif not accept:
        invitations.close(tx, asked.id, "declined", known.id, at)
    group = groups.view(tx, course.id, asked.group_id, actor.platform)
    return Answered(asked.kind, accept, group, students.member(tx, asked.person_id, actor.platform))


def _is_for(asked: invitations.Asked, known: people.Known) -> bool:
    if asked.kind == "invite":
        return asked.person_id == known.id
    return asked.group_id == known.group_id and asked.person_id != known.id


def seat_by_invitation(tx: Connection, course: CourseRow, asked: invitations.Asked, by: int, at: datetime) -> None:
    """Give the person the seat that an open invitation or request is about, answered by the person `by`.

    Raises:
        TooLate: groups are locked, and what was asked before holds no longer.
        GroupFull: no seat is left.
    """
    if not answerable(asked.asked_at, at, course.group_lock_at, course.invites_until):
        raise TooLate(course.invites_until)
    invitations.close(tx, asked.id, "accepted", by, at)
    if not groups.take_seat(tx, course.id, asked.group_id, asked.person_id, at, invitation_id=asked.id):
        full = groups.view(tx, course.id, asked.group_id, "")
        raise GroupFull(full.name, full.size)
