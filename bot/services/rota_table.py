"""The rota as a table of names: who is on duty in each class and why, and which cells a change touches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from bot.core.course import Role
from bot.core.rota import Rota
from bot.core.rota_changes import changed_cells
from bot.services.rota_desk import Desk
from bot.services.slots import title
from bot.store import rota, schedule
from bot.store.courses import CourseRow
from bot.store.duties import Alone

_GONE = "a group that is gone"
_ROLES = list(Role)


@dataclass(frozen=True, slots=True)
class Cell:
    """Who holds a role in a class: groups with the reason each has its seat, people without a group's seat, and how
    many seats are free."""

    groups: tuple[tuple[str, str], ...]
    people: tuple[str, ...]
    free: int


@dataclass(frozen=True, slots=True)
class Row:
    """A class with duties; `bonus` is what staff offer there."""

    date: date
    title: str
    past: bool
    bonus: str | None
    cells: Mapping[Role, Cell]


@dataclass(frozen=True, slots=True)
class Table:
    """All classes with duties, in order of time."""

    course: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """One cell that a change touches: the groups before, and those after, each that is new with its reason."""

    date: date
    role: Role
    before: tuple[str, ...]
    after: tuple[tuple[str, str | None], ...]


def table(tx: Connection, course: CourseRow, desk: Desk, label: str) -> Table:
    """The table with the rota of the desk."""
    alone: dict[tuple[int, Role], list[Alone]] = {}
    for one in desk.alone:
        alone.setdefault((one.session_id, one.role), []).append(one)
    with_people = {session for session, _ in alone}
    seats = {(slot.session, role): places for slot in desk.problem.slots for role, places in slot.seats.items()}
    bonus = rota.bonuses(tx, course.id)
    held: dict[tuple[int, Role], list[tuple[str, str]]] = {}
    for seat in desk.rota.assignments:
        name = desk.problem.groups.get(seat.group, _GONE)
        held.setdefault((seat.session, seat.role), []).append((name, seat.reason))

    def cell(session: int, role: Role) -> Cell:
        groups = tuple(held.get((session, role), ()))
        people = tuple(one.name for one in alone.get((session, role), ()))
        return Cell(groups, people, max(0, seats.get((session, role), 0) - len(groups)))

    rows = [
        Row(
            session.date,
            title(session, course.zone),
            session.id in desk.sessions and session.id not in desk.ahead,
            bonus.get(session.id),
            {role: cell(session.id, role) for role in Role},
        )
        for session in schedule.every(tx, course.id)
        if session.id in desk.sessions or session.id in with_people
    ]
    return Table(label, tuple(rows))


def changes(desk: Desk, before: Rota, after: Rota) -> tuple[Changed, ...]:
    """The cells that differ, in order of time."""
    held = before.seats()
    reasons = {one.key: one.reason for one in after.assignments}

    def new(session: int, role: Role, group: int) -> tuple[str, str | None]:
        key = session, role, group
        return _name(desk, group), None if key in held else reasons[key]

    found = sorted(
        changed_cells(before, after),
        key=lambda one: (desk.sessions[one.session].starts_at, one.session, _ROLES.index(one.role)),
    )
    return tuple(
        Changed(
            desk.sessions[one.session].date,
            one.role,
            _names(desk, one.before),
            tuple(new(one.session, one.role, group) for group in _by_name(desk, one.after)),
        )
        for one in found
    )


def _names(desk: Desk, groups: Iterable[int]) -> tuple[str, ...]:
    return tuple(_name(desk, group) for group in _by_name(desk, groups))


def _by_name(desk: Desk, groups: Iterable[int]) -> list[int]:
    return sorted(groups, key=lambda group: (_name(desk, group).casefold(), group))


def _name(desk: Desk, group: int) -> str:
    return desk.problem.groups.get(group, _GONE)
