"""What staff changed by command beside what a course page says: an old page does not undo it.

A page that says of a class what it said before staff changed it has simply not been told. Only a page that says
something new about it overrules them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from bot.core.course import PageSession
from bot.core.schedule_diff import Change, ScheduleDiff, SessionChange, When, compare, when_of
from bot.core.schedule_words import said_date, said_hours, said_name


@dataclass(frozen=True, slots=True)
class StaffEdit:
    """Staff moved, cancelled, restored or added a class on `day`, and no import has changed its time since.

    `page` is when the page had it at that time; None where it had no such class. `added` tells a new one from one that
    was restored.
    """

    day: date
    page: When | None
    added: bool = False


@dataclass(frozen=True, slots=True)
class Merged:
    """A diff in which staff's changes stay that the page does not contradict: `kept` and `undone` say of each class
    what becomes of them, one sentence each."""

    diff: ScheduleDiff
    kept: tuple[str, ...] = ()
    undone: tuple[str, ...] = ()


def keep_staffs(diff: ScheduleDiff, edits: Mapping[int, StaffEdit]) -> Merged:
    """Leave out of `diff` what would only bring back the schedule from before `edits` (by stored id)."""
    changes: list[SessionChange] = []
    kept: list[str] = []
    undone: list[str] = []
    unchanged = diff.unchanged
    for change in diff.changes:
        edit = edits.get(change.stored_id or 0)
        if edit is None or not change.changes & _ABOUT_TIME:
            changes.append(change)
            continue
        assert change.before is not None
        if (None if change.after is None else when_of(change.after)) != edit.page:
            changes.append(change)
            undone.append(
                f"{said_name(change.before)} on {said_date(change.before)}: importing undoes what staff changed on "
                f"{_say(edit.day)}, because the page says something new about this class."
            )
            continue
        kept.append(_kept(change.before, change, edit))
        left = _without_time(change)
        if left is None:
            unchanged += change.after is not None and Change.RESTORED not in change.changes
        else:
            changes.append(left)
    return Merged(ScheduleDiff(tuple(changes), unchanged), tuple(kept), tuple(undone))


_ABOUT_TIME = frozenset({Change.MOVED, Change.CANCELLED, Change.RESTORED})


def _without_time(change: SessionChange) -> SessionChange | None:
    """What else the page changes about the class; of one that stays cancelled, or that it does not list, nothing."""
    before, after = change.before, change.after
    if before is None or after is None or Change.RESTORED in change.changes:
        return None
    after = replace(after, date=before.date, starts=before.starts, ends=before.ends, room=before.room)
    kinds = compare(before, after)
    return SessionChange(change.stored_id, before, after, kinds) if kinds else None


def _kept(now: PageSession, change: SessionChange, edit: StaffEdit) -> str:
    name, on, day = said_name(now), said_date(now), _say(edit.day)
    if change.after is None:
        did = "added it" if edit.added else "brought it back"
        return f"{name} on {on} stays, though the page does not list it: staff {did} on {day}."
    if Change.RESTORED in change.changes:
        return f"{name} on {on} stays cancelled, as staff decided on {day}: the page lists it as it did before."
    return (
        f"{name} stays on {on}, {_place(now)}, as staff decided on {day}: the page says "
        f"{said_date(change.after)}, {_place(change.after)}, as it did before."
    )


def _place(session: PageSession) -> str:
    return said_hours(session) + (f", {session.room}" if session.room else "")


def _say(day: date) -> str:
    return f"{day:%b} {day.day}"
