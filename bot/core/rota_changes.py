"""Small changes to a rota that is in force: which cells differ, and which rules a change would break anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from bot.core.course import Role
from bot.core.rota import ENOUGH, TOO_OFTEN, Assignment, Broken, Rota, RotaProblem, Rule, broken_rules


@dataclass(frozen=True, slots=True)
class CellChange:
    """One cell of the table, a role in a session, with the groups before and after (ids, in no order)."""

    session: int
    role: Role
    before: frozenset[int]
    after: frozenset[int]


def changed_cells(before: Rota, after: Rota) -> list[CellChange]:
    """Exactly the cells that differ, in no particular order of sessions."""
    cells: dict[tuple[int, Role], tuple[set[int], set[int]]] = {}
    for side, rota in enumerate((before, after)):
        for one in rota.assignments:
            cells.setdefault((one.session, one.role), (set(), set()))[side].add(one.group)
    return [
        CellChange(session, role, frozenset(old), frozenset(new))
        for (session, role), (old, new) in cells.items()
        if old != new
    ]


def altered(rota: Rota, *, without: Iterable[tuple[int, Role, int]] = (), plus: Iterable[Assignment] = ()) -> Rota:
    """The rota with some seats given up and others taken."""
    gone = set(without)
    return Rota((*(one for one in rota.assignments if one.key not in gone), *plus))


def newly_broken(problem: RotaProblem, before: Rota, after: Rota) -> list[Broken]:
    """The rules that hold in `before` and are broken in `after`: what speaks against the change."""
    known = {_place(one) for one in broken_rules(problem, before)}
    return [one for one in broken_rules(problem, after) if _place(one) not in known]


def _place(one: Broken) -> tuple[Rule, int | None, int | None, Role | None]:
    """What a rule is broken about, whatever the sentence says."""
    return one.rule, one.group, one.session, one.role


def broken_further(problem: RotaProblem, before: Rota, after: Rota) -> list[Broken]:
    """The rules that the change breaks anew, and those it breaks further: a group that does a duty too often already
    would do it more often still, one that does not do it enough even less."""
    change = Counter((one.group, one.role) for one in after.assignments)
    change.subtract((one.group, one.role) for one in before.assignments)
    worse = {((TOO_OFTEN if times > 0 else ENOUGH)[role], group) for (group, role), times in change.items() if times}
    anew = newly_broken(problem, before, after)
    return [*anew, *(one for one in broken_rules(problem, after) if (one.rule, one.group) in worse and one not in anew)]
