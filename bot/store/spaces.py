"""Queries on what the bot made on the chat platform for groups: a role and a room for each, and who was let in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, exists, or_, select

from bot.core.policy import GROUP_ROLE, GROUP_ROOM, Policies
from bot.core.policy_values import Setting
from bot.store.tables import account, course, group_space, group_space_member, membership, policy, study_group
from bot.store.upsert import insert_for


@dataclass(frozen=True, slots=True)
class Space:
    """One group and what it has: ids and user ids are the platform's, `let_in` who was let in and not put out since.

    A dissolved group (not `open`) has no members; it is listed while something of it is left.
    """

    group_id: int
    name: str
    open: bool
    created_at: datetime
    members: frozenset[str]
    role_id: str | None
    room_id: str | None
    let_in: frozenset[str]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the policies ask for ("none", "channel" or "thread" as `room`), and every group."""

    role: bool
    room: str
    announce_channel: str | None
    staff_role: str | None
    spaces: tuple[Space, ...]


def _policy(setting: Setting[str]) -> ColumnElement[str]:
    found = select(policy.c.value).where(policy.c.course_id == course.c.id, policy.c.key == setting.key)
    return found.scalar_subquery().label(setting.key.replace(".", "_"))


_COURSE = select(
    course.c.id,
    course.c.announce_channel,
    course.c.staff_role,
    _policy(GROUP_ROLE),
    _policy(GROUP_ROOM),
    exists().where(group_space.c.course_id == course.c.id).label("something"),
).where(course.c.place == bindparam("place"))
_GROUPS = (
    select(
        study_group.c.id,
        study_group.c.name,
        study_group.c.dissolved_at,
        study_group.c.created_at,
        group_space.c.role_id,
        group_space.c.room_id,
    )
    .outerjoin(group_space, group_space.c.group_id == study_group.c.id)
    .where(
        study_group.c.course_id == bindparam("course_id"),
        or_(study_group.c.dissolved_at.is_(None), group_space.c.group_id.is_not(None)),
    )
    .order_by(study_group.c.id)
)
_MEMBERS = (
    select(membership.c.group_id, account.c.user_id)
    .join(account, and_(account.c.person_id == membership.c.person_id, account.c.platform == bindparam("platform")))
    .where(membership.c.course_id == bindparam("course_id"), membership.c.left_at.is_(None))
)
_LET_IN = (
    select(group_space_member.c.group_id, group_space_member.c.user_id)
    .join(group_space, group_space.c.group_id == group_space_member.c.group_id)
    .where(group_space.c.course_id == bindparam("course_id"))
)


def wanted(tx: Connection, place: str) -> Wanted | None:
    """What a server's groups should have, and have; None (after one statement) where nothing is wanted or left."""
    row = tx.execute(_COURSE, {"place": place}).first()
    if row is None:
        return None
    stored = {GROUP_ROLE.key: row.groups_role, GROUP_ROOM.key: row.groups_room}
    policies = Policies({key: value for key, value in stored.items() if value is not None})
    role, room = policies[GROUP_ROLE] == "yes", policies[GROUP_ROOM]
    if not (role or room != "none" or row.something):
        return None
    which = {"course_id": row.id, "platform": place.partition(":")[0]}
    members, let_in = _by_group(tx, _MEMBERS, which), _by_group(tx, _LET_IN, {"course_id": row.id})
    spaces = tuple(
        Space(
            group_id=one.id,
            name=one.name,
            open=one.dissolved_at is None,
            created_at=one.created_at,
            members=frozenset(members[one.id]),
            role_id=one.role_id,
            room_id=one.room_id,
            let_in=frozenset(let_in[one.id]),
        )
        for one in tx.execute(_GROUPS, {"course_id": row.id})
    )
    return Wanted(role, room, row.announce_channel, row.staff_role, spaces)


def keep(tx: Connection, group_id: int, role_id: str | None, room_id: str | None, again: Collection[str]) -> None:
    """Note what a group has now; the users in `again` have to be let in anew."""
    let_out(tx, group_id, again)
    if role_id is None and room_id is None:
        tx.execute(delete(group_space).where(group_space.c.group_id == group_id))
        return
    ids = {"role_id": role_id, "room_id": room_id}
    of = select(study_group.c.course_id).where(study_group.c.id == group_id).scalar_subquery()
    statement = insert_for(tx, group_space).values(group_id=group_id, course_id=of, **ids)
    tx.execute(statement.on_conflict_do_update(index_elements=["group_id"], set_=ids))


def let_in(tx: Connection, group_id: int, users: Iterable[str]) -> None:
    """Note who was let in, if the group still has something to be let into."""
    there = select(group_space.c.group_id).where(group_space.c.group_id == group_id)
    rows = [{"group_id": group_id, "user_id": user} for user in users]
    if rows and tx.execute(there).first():
        tx.execute(insert_for(tx, group_space_member).on_conflict_do_nothing(), rows)


def let_out(tx: Connection, group_id: int, users: Collection[str]) -> None:
    """Note who was put out."""
    mine = (group_space_member.c.group_id == group_id, group_space_member.c.user_id.in_(users))
    tx.execute(delete(group_space_member).where(*mine))


def _by_group(tx: Connection, statement, values: dict[str, object]) -> defaultdict[int, set[str]]:  # type: ignore[no-untyped-def]
    found: defaultdict[int, set[str]] = defaultdict(set)
    for row in tx.execute(statement, values):
        found[row.group_id].add(row.user_id)
    return found
