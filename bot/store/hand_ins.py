"""Queries on what was handed in: who has done it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select

from bot.core.deadlines import Work
from bot.store.tables import hand_in

_EVERY = select(
    hand_in.c.kind, hand_in.c.session_id, hand_in.c.milestone_id, hand_in.c.group_id, hand_in.c.person_id
).where(hand_in.c.course_id == bindparam("course_id"))


@dataclass(frozen=True, slots=True)
class HandedIn:
    """Work for a session or a milestone (`about` is its id) that `groups` and, on their own, `people` have done."""

    groups: frozenset[tuple[Work, int, int]]
    people: frozenset[tuple[Work, int, int]]

    def by(self, work: Work, about: int, person_id: int, group_id: int | None) -> bool:
        """Whether it is done for this person, by themselves or by their group."""
        return (work, about, person_id) in self.people or (
            group_id is not None and (work, about, group_id) in self.groups
        )


def every(tx: Connection, course_id: int) -> HandedIn:
    """All of a course."""
    groups, people = set(), set()
    for row in tx.execute(_EVERY, {"course_id": course_id}):
        work, about = Work(row.kind), row.milestone_id or row.session_id
        people.add((work, about, row.person_id))
        if row.group_id is not None:
            groups.add((work, about, row.group_id))
    return HandedIn(frozenset(groups), frozenset(people))
