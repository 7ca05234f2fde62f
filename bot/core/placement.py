"""Where to put the people who are in no group. Nobody who is in one is moved.

The aims, each before the next: nobody alone; every group of at least the smallest size; free seats in groups that
exist before new groups; as few (so as large) new groups as will do; as many wishes as possible. No group gets more
members than it has seats: who cannot be placed is reported instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import combinations

EXACT = 7
"""Up to so many people every placement is looked at; beyond, wishes (and only they) are met by a local search."""

_Cost = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OpenGroup:
    """A group as it is: its members and how many may be in it."""

    id: int
    name: str
    members: tuple[int, ...]
    seats: int

    @property
    def free(self) -> int:
        return max(0, self.seats - len(self.members))


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many members a group has at most and at least; fewer than `least` only where it cannot be had."""

    most: int
    least: int


@dataclass(frozen=True, slots=True)
class Wishes:
    """Whom each person would like to be with, and the groups that each asked, or that asked them."""

    people: Mapping[int, frozenset[int]] = field(default_factory=dict)
    groups: Mapping[int, frozenset[int]] = field(default_factory=dict)

    def met(self, members: Iterable[int], group_id: int | None = None) -> int:
        """How many wishes come true when these people are together (in this group)."""
        together = frozenset(members)
        with_each_other = sum(len(self.people.get(person, frozenset()) & together) for person in together)
        return with_each_other + sum(group_id in self.groups.get(person, ()) for person in together)


@dataclass(frozen=True, slots=True)
class Placement:
    """Who goes into which group (by id), the new groups, and who cannot be placed."""

    into: Mapping[int, tuple[int, ...]]
    new: tuple[tuple[int, ...], ...]
    unplaced: tuple[int, ...]


def place(groups: Sequence[OpenGroup], leftovers: Sequence[int], sizes: Sizes, wishes: Wishes) -> Placement:
    """Where the `leftovers` go."""
    task = _Task(tuple(groups), tuple(leftovers), sizes, wishes)
    return task.exact() if len(leftovers) <= EXACT else task.searched()


def cost(groups: Sequence[OpenGroup], sizes: Sizes, wishes: Wishes, placement: Placement) -> _Cost:
    """How far a placement is from the aims, in their order; less is better.

    People alone, people not placed, groups too small, free seats left, new groups, wishes met (negative).
    """
    total: _Cost = (len(placement.unplaced), len(placement.unplaced), 0, 0, 0, 0)
    for group in groups:
        added = placement.into.get(group.id, ())
        number = _filled(len(group.members) + len(added), group.free - len(added), sizes)
        total = _add(total, (*number, -wishes.met((*group.members, *added), group.id)))
    for members in placement.new:
        total = _add(total, (*_founded(len(members), sizes), -wishes.met(members)))
    return total


def _filled(number: int, free: int, sizes: Sizes) -> _Cost:
    return (int(number == 1 < sizes.most), 0, int(0 < number < sizes.least), free, 0)


def _founded(number: int, sizes: Sizes) -> _Cost:
    return (int(number == 1 < sizes.most), 0, int(number < sizes.least), 0, 1)


def _add(one: _Cost, other: _Cost) -> _Cost:
    return tuple(a + b for a, b in zip(one, other, strict=True))


@dataclass(frozen=True, slots=True)
class _Task:
    groups: tuple[OpenGroup, ...]
    leftovers: tuple[int, ...]
    sizes: Sizes
    wishes: Wishes

    @property
    def founding(self) -> range:
        """The sizes a new group may have: one person only where the course allows such groups."""
        return range(1 if self.sizes.least == 1 else 2, self.sizes.most + 1)

    def exact(self) -> Placement:
        """The best placement, group after group, remembering the best for those who are left after each."""
        open_groups = [group for group in self.groups if group.free]

        @cache
        def rest(at: int, left: frozenset[int]) -> tuple[_Cost, tuple[tuple[int, ...], ...]]:
            if at == len(open_groups):
                return found(left)
            group = open_groups[at]

            def options() -> Iterator[tuple[_Cost, tuple[tuple[int, ...], ...]]]:
                for chosen in _subsets(left, range(group.free + 1)):
                    number = _filled(len(group.members) + len(chosen), group.free - len(chosen), self.sizes)
                    here = (*number, -self.wishes.met((*group.members, *chosen), group.id))
                    after, choice = rest(at + 1, left - frozenset(chosen))
                    yield _add(here, after), (chosen, *choice)

            return min(options())

        @cache
        def found(left: frozenset[int]) -> tuple[_Cost, tuple[tuple[int, ...], ...]]:
            if not left:
                return (0,) * 6, ()
            first = min(left)
            others = left - {first}
            after, choice = found(others)
            best = _add((1, 1, 0, 0, 0, 0), after), choice
            for friends in _subsets(others, range(self.founding.start - 1, self.founding.stop - 1)):
                members = (first, *friends)
                here = (*_founded(len(members), self.sizes), -self.wishes.met(members))
                after, choice = found(others - frozenset(friends))
                best = min(best, (_add(here, after), (members, *choice)))
            return best

        _, choices = rest(0, frozenset(self.leftovers))
        into = {group.id: chosen for group, chosen in zip(open_groups, choices, strict=False) if chosen}
        new = choices[len(open_groups) :]
        placed = {person for members in (*into.values(), *new) for person in members}
        return Placement(into, new, tuple(person for person in self.leftovers if person not in placed))

    def searched(self) -> Placement:
        """How many go where is the best there is; who goes where is improved until no trade of two places helps."""
        tables = self._tables()
        # Those who wish, or are wished for, choose their places first.
        wanted = {other for others in self.wishes.people.values() for other in others}
        order = sorted(
            self.leftovers,
            key=lambda one: -(len(self.wishes.people.get(one, ())) + len(self.wishes.groups.get(one, ()))),
        )
        order.sort(key=lambda one: one not in wanted and not self.wishes.groups.get(one))
        for person in order:
            table = min(
                (table for table in tables if table.room),
                key=lambda table: (self._met(table) - self._met(table, [*table.added, person]), table.last),
            )
            table.added.append(person)
        self._trade(tables)
        into = {table.group.id: tuple(table.added) for table in tables if table.group and table.added}
        new = tuple(tuple(table.added) for table in tables if table.group is None and not table.last)
        (nowhere,) = [table for table in tables if table.last]
        return Placement(into, new, tuple(nowhere.added))

    def _tables(self) -> list[_Table]:
        """Places for everyone: how many in each group, in how many new groups, and how many nowhere."""
        count = len(self.leftovers)
        # What founding groups with n people costs at best, and the size of the first of them (0: one is not placed).
        founded: list[tuple[_Cost, int]] = [((0,) * 6, 0)]
        for number in range(1, count + 1):
            options = [(_add((1, 1, 0, 0, 0, 0), founded[number - 1][0]), 0)]
            options += [
                (_add((*_founded(size, self.sizes), 0), founded[number - size][0]), size)
                for size in self.founding
                if size <= number
            ]
            founded.append(min(options))
        # The same for the groups there are, from the last to the first, with n people left for them.
        ways = founded
        chosen: list[list[int]] = []
        for group in reversed(self.groups):
            # Of groups that are as good as each other for the size, those that somebody wishes for are filled.
            wished = sum(self._met_by(person, group) for person in self.leftovers)
            costs = [
                (*_filled(len(group.members) + k, group.free - k, self.sizes), -min(k, wished))
                for k in range(group.free + 1)
            ]
            best = [
                min((_add(costs[k], ways[number - k][0]), k) for k in range(min(group.free, number) + 1))
                for number in range(count + 1)
            ]
            chosen.insert(0, [k for _, k in best])
            ways = best
        tables = []
        for group, choice in zip(self.groups, chosen, strict=True):
            tables.append(_Table(group, choice[count], []))
            count -= choice[count]
        nowhere = 0
        while count:
            size = founded[count][1]
            if size:
                tables.append(_Table(None, size, []))
            else:
                nowhere += 1
            count -= size or 1
        return [*tables, _Table(None, nowhere, [], last=True)]

    def _met(self, table: _Table, added: Sequence[int] | None = None) -> int:
        if table.last:
            return 0
        added = table.added if added is None else added
        if table.group is None:
            return self.wishes.met(added)
        return self.wishes.met((*table.group.members, *added), table.group.id)

    def _met_by(self, person: int, group: OpenGroup) -> bool:
        return self.wishes.met((*group.members, person), group.id) > self.wishes.met(group.members, group.id)

    def _trade(self, tables: list[_Table]) -> None:
        better = True
        while better:
            better = False
            for one, other in combinations(tables, 2):
                for i in range(len(one.added)):
                    for j in range(len(other.added)):
                        before = self._met(one) + self._met(other)
                        one.added[i], other.added[j] = other.added[j], one.added[i]
                        if self._met(one) + self._met(other) > before:
                            better = True
                        else:
                            one.added[i], other.added[j] = other.added[j], one.added[i]


@dataclass(slots=True)
class _Table:
    """Places in a group, in a new one, or (`last`) nowhere; and who has them."""

    group: OpenGroup | None
    places: int
    added: list[int]
    last: bool = False

    @property
    def room(self) -> bool:
        return len(self.added) < self.places


def _subsets(people: Iterable[int], sizes: range) -> Iterator[tuple[int, ...]]:
    ordered = sorted(people)
    for size in sizes:
        yield from combinations(ordered, size)
