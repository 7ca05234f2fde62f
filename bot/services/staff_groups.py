"""Staff merge groups and give them other names."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from bot.core.errors import CourseError
from bot.core.groups import GroupView, NameTaken, NoSuchGroup, clean_name, name_key
from bot.core.people import Actor, require_staff
from bot.services.group_duties import GroupDuty, ahead_of, digest
from bot.store import audit, courses, groups, proposals
from bot.store.courses import CourseRow
from bot.store.database import Database

_KIND = "groups-merge"


@dataclass(frozen=True, slots=True)
class Merge:
    """Everyone of `source` moves to `target`, which gets `more_seats`; `source` is dissolved.

    Of its duties ahead those `handed_over` go with them; those `given_back` do not, because `target` has a duty in
    that session. `token` confirms it; None when it is done.
    """

    source: GroupView
    target: GroupView
    more_seats: int
    handed_over: tuple[GroupDuty, ...]
    given_back: tuple[GroupDuty, ...]
    token: str | None


class StaffGroups:
    """Staff's hand on whole groups."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def suggest(self, place: str, actor: Actor, typed: str) -> list[str]:
        """Names of groups that contain what was typed, full ones too; nothing for non-staff."""
        if not actor.staff:
            return []
        try:
            names = await self._database.read(_names, place)
        except CourseError:
            return []
        return [name for name in names if name_key(typed) in name_key(name)]

    async def preview_merge(
        self, place: str, actor: Actor, source: str, target: str, now: datetime, *, bigger: bool = False
    ) -> Merge:
        """What merging the group `source` into `target` would do; `bigger` adds the seats that are missing.

        Raises:
            CourseError: the actor is not staff, there is no such group, they are the same, or they do not fit.
        """
        require_staff(actor)
        return await self._database.write(_preview, place, actor, source, target, bigger, now)

    async def confirm_merge(self, place: str, actor: Actor, token: str, now: datetime) -> Merge:
        """Merge the groups of a preview.

        Raises:
            CourseError: the actor is not staff, the preview is gone, or the groups have changed since.
        """
        require_staff(actor)
        return await self._database.write(_confirm, place, actor, token, now)

    async def rename(self, place: str, actor: Actor, group: str, name: str, now: datetime) -> tuple[str, str]:
        """Give a group another name; returns the old and the new one.

        Raises:
            CourseError: the actor is not staff, there is no such group, or the name is bad or taken.
        """
        require_staff(actor)
        return await self._database.write(_rename, place, actor, group, clean_name(name), now)


def _names(tx: Connection, place: str) -> list[str]:
    return list(groups.names(tx, courses.at_place(tx, place).id).values())


def _view(tx: Connection, course: CourseRow, group: str | int, platform: str) -> GroupView:
    found = groups.find(tx, course.id, group)
    if found is None:
        raise NoSuchGroup(str(group))
    return groups.view(tx, course.id, found[0], platform)


def _merge(
    tx: Connection, course: CourseRow, from_: str | int, into: str | int, bigger: bool, platform: str, now: datetime
) -> Merge:
    source, target = _view(tx, course, from_, platform), _view(tx, course, into, platform)
    if source.id == target.id:
        raise CourseError(f"{source.name} cannot be merged into itself: choose two groups.")
    missing = len(source.members) - target.free
    if missing > 0 and not bigger:
        together = len(source.members) + len(target.members)
        raise CourseError(
            f"Together they are {together}, and {target.name} has {target.size} seats. Say `bigger` to give it more, "
            "or move single people with `/staff student move`."
        )
    busy = {one.session_id for one in ahead_of(tx, course, target.id, now)}
    duties = ahead_of(tx, course, source.id, now)
    return Merge(
        source=source,
        target=target,
        more_seats=max(0, missing),
        handed_over=tuple(one for one in duties if one.session_id not in busy),
        given_back=tuple(one for one in duties if one.session_id in busy),
        token=None,
    )


def _preview(tx: Connection, place: str, actor: Actor, source: str, target: str, bigger: bool, now: datetime) -> Merge:
    course = courses.at_place(tx, place)
    courses.hold(tx, id=course.id)
    merge = _merge(tx, course, source, target, bigger, actor.platform, now)
    payload = json.dumps([merge.source.id, merge.target.id, merge.more_seats > 0]).encode()
    return replace(merge, token=proposals.keep(tx, course.id, _KIND, actor.key, payload, digest(merge), now))


def _confirm(tx: Connection, place: str, actor: Actor, token: str, now: datetime) -> Merge:
    course = courses.at_place(tx, place)
    courses.hold(tx, id=course.id)
    payload, shown = proposals.take(tx, course.id, _KIND, token)
    source, target, bigger = json.loads(payload)
    merge = _merge(tx, course, source, target, bigger, actor.platform, now)
    if digest(merge) != shown:
        raise CourseError("The groups have changed since this preview. Run `/staff groups merge` again.")
    if merge.more_seats:
        groups.add_seats(tx, target, merge.more_seats)
    groups.merge(tx, course.id, source, target, [one.id for one in merge.handed_over], now)
    audit.record(tx, course.id, actor.key, f"merged {merge.source.name} into {merge.target.name}", now)
    return replace(merge, target=groups.view(tx, course.id, target, actor.platform))


def _rename(tx: Connection, place: str, actor: Actor, group: str, name: str, now: datetime) -> tuple[str, str]:
    course = courses.at_place(tx, place)
    courses.hold(tx, id=course.id)
    found = groups.find(tx, course.id, group)
    if found is None:
        raise NoSuchGroup(group)
    taken = groups.find(tx, course.id, name)
    if taken is not None and taken[0] != found[0]:
        raise NameTaken(taken[1])
    groups.rename(tx, found[0], name)
    audit.record(tx, course.id, actor.key, f"renamed {found[1]} to {name}", now)
    return found[1], name
