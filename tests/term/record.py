"""What the script did, as plain facts: the table of expected grades is worked out from this and nothing else."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass
class Record:
    """Students and groups by number, classes by the date on the page, moments as they were."""

    members: dict[int, list[int]]
    duties: dict[tuple[date, str], int] = field(default_factory=dict)
    dropped: dict[int, datetime] = field(default_factory=dict)
    asked: dict[tuple[int, date, str], datetime] = field(default_factory=dict)
    held: list[date] = field(default_factory=list)
    present: set[tuple[int, date]] = field(default_factory=set)
    electorate: dict[date, set[int]] = field(default_factory=dict)
    ballots: dict[tuple[date, int], int] = field(default_factory=dict)
    summaries: defaultdict[date, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    reports: dict[int, datetime] = field(default_factory=dict)
    excused: set[tuple[int, str, date]] = field(default_factory=set)
    moved: set[date] = field(default_factory=set)
    marks: dict[tuple[int, str], float] = field(default_factory=dict)
    polled: int = 0

    def here(self) -> list[int]:
        """The students who are in the course now."""
        return sorted(one for every in self.members.values() for one in every if one not in self.dropped)

    def group_of(self, student: int) -> int:
        return next(number for number, every in self.members.items() if student in every)

    def team(self, on: date, role: str) -> list[int]:
        """Who holds a duty, without those who have left."""
        number = self.duties.get((on, role))
        return [] if number is None else [one for one in self.members[number] if one not in self.dropped]

    def on_duty(self, on: date) -> set[int]:
        return {one for role in ("presenter", "summarizer", "reviewer") for one in self.team(on, role)}
