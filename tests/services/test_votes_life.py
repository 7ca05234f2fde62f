"""A vote's life against a model: whatever happens in whichever order, the counts and refusals are the model's."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import func, select

from bot.core.ballots import State
from bot.core.errors import CourseError
from bot.core.people import NoLongerInCourse
from bot.outbox.votes import keep_time
from bot.services import ballot_box, vote_desk
from bot.services.ballot_box import Cast, Press
from bot.store import ballots, courses, duties, groups, leaving, people, votes
from bot.store.database import Database
from bot.store.tables import ballot, vote_choice, vote_key
from tests.conftest import NOW
from tests.support.duties import add_session, lecture
from tests.support.people import PLACE, SEED, STAFF, student
from tests.support.voting import ROLES, START, enter, voter

VOTERS = 5


def build(tx: Any) -> tuple[int, list[int]]:
    """Three groups perform in a class; returns its id and theirs."""
    values = {"code": "", "title": "", "term": "", "zone": SEED.zone.key, "group_size": 3, "group_min_size": 2}
    courses.create(tx, SEED.key, NOW, place=PLACE, **values)
    session_id = add_session(tx, lecture(0))
    made = []
    for number, role in enumerate(ROLES):
        person_id = people.add(tx, 1, student(number).key, "x", "student", NOW, student(number))
        made.append(groups.create(tx, 1, f"Group {number}", 3, person_id, NOW))
        groups.take_seat(tx, 1, made[-1], person_id, NOW)
        duties.take(tx, session_id, role, made[-1], "staff", "", NOW)
    enter(tx, [voter(number) for number in range(VOTERS)])
    return session_id, made


class Life(RuleBasedStateMachine):
    """One class. The model: which vote is open, who may vote in it, what each said last, who is in which group."""

    new: Callable[[], Database]

    def __init__(self) -> None:
        super().__init__()
        self.database = self.new()
        self.session_id, self.groups = self.run(build)
        self.now = START
        self.said: dict[int, tuple[int, ...]] | None = None  # of the open vote
        self.vote_id = 0
        self.closes_at = START
        self.electorate: set[int] = set()
        self.dropped: set[int] = set()
        self.member: dict[int, int] = {}
        self.closed: tuple[int, ...] | None = None  # the counts of a vote that holds
        self.auto = True  # the clock opens a vote where there never was one

    def run(self, work: Callable[..., Any], *args: object) -> Any:
        with self.database.engine.begin() as tx:
            return work(tx, *args)

    def teardown(self) -> None:
        self.database.close()

    def opened(self, vote_id: int, closes_at: Any) -> None:
        self.vote_id, self.closes_at = vote_id, closes_at
        self.electorate = {n for n in range(VOTERS) if n not in self.dropped and n not in self.member}
        self.said, self.auto = {}, False

    def counted(self) -> None:
        assert self.said is not None
        left = Counter(n for who, chosen in self.said.items() for n in chosen if self.member.get(who) != n)
        self.closed, self.said = tuple(left[n] for n in (1, 2, 3)), None

    @rule()
    def open(self) -> None:
        try:
            opened = self.run(vote_desk.open_session, PLACE, STAFF, str(self.session_id), None, self.now)
        except CourseError as refusal:
            nobody = all(n in self.dropped or n in self.member for n in range(VOTERS))
            assert self.said is not None or self.closed is not None or nobody, refusal
            return
        assert self.said is None
        assert self.closed is None
        self.opened(opened.vote_id, opened.closes_at)

    @precondition(lambda self: self.vote_id)
    @rule(presses=st.lists(st.tuples(st.integers(0, VOTERS - 1), st.integers(0, 4)), min_size=1, max_size=6))
    def cast(self, presses: list[tuple[int, int]]) -> None:
        """Some people at once, as a batch."""
        items = [
            Press(PLACE, "discord", voter(who).user_id, self.vote_id, (choice,), self.now) for who, choice in presses
        ]
        for (who, choice), outcome in zip(presses, self.run(ballot_box.cast, items), strict=True):
            valid = (
                self.said is not None
                and self.now < self.closes_at
                and who in self.electorate
                and who not in self.dropped
                and choice in (1, 2, 3)
                and self.member.get(who) != choice
            )
            assert isinstance(outcome, Cast) == valid, (outcome, who, choice)
            if valid:
                assert self.said is not None
                assert outcome.again == (who in self.said)
                self.said[who] = (choice,)
            elif who in self.dropped and self.said is not None and self.now < self.closes_at:
                assert isinstance(outcome, NoLongerInCourse)

    @rule(who=st.integers(0, VOTERS - 1))
    def drop(self, who: int) -> None:
        def drop(tx: Any) -> None:
            leaving.drop(tx, courses.at_place(tx, PLACE), self._person(tx, who), STAFF.key, self.now)

        self.run(drop)
        self.dropped.add(who)
        self.member.pop(who, None)

    @rule(who=st.integers(0, VOTERS - 1), number=st.integers(1, 3))
    def move(self, who: int, number: int) -> None:
        """Staff put somebody into a group that performed."""
        if who in self.member or who in self.dropped:
            return
        seated = self.run(
            lambda tx: groups.seat_by_staff(tx, 1, self.groups[number - 1], self._person(tx, who), self.now)
        )
        if seated:
            self.member[who] = number

    @precondition(lambda self: self.vote_id)
    @rule()
    def close(self) -> None:
        try:
            self.run(vote_desk.close, PLACE, STAFF, str(self.vote_id), self.now)
        except CourseError:
            assert self.said is None
            return
        self.counted()

    @precondition(lambda self: self.vote_id)
    @rule()
    def void(self) -> None:
        try:
            shown = self.run(vote_desk.preview_void, PLACE, STAFF, str(self.vote_id), "reason", self.now)
        except CourseError:
            assert self.said is None
            assert self.closed is None
            return
        self.run(vote_desk.confirm_void, PLACE, STAFF, shown.token, self.now)
        self.said = self.closed = None

    @rule(hours=st.integers(1, 9))
    def pass_time(self, hours: int) -> None:
        """The clock moves, and the outbox makes a pass."""
        self.now += timedelta(hours=hours)
        self.run(lambda tx: keep_time(tx, courses.at_place(tx, PLACE), self.now))
        if self.said is not None and self.now >= self.closes_at:
            self.counted()
        there = self.run(lambda tx: votes.open_ones(tx, 1))
        if there and self.said is None:
            assert self.auto
            self.opened(there[0].id, there[0].closes_at)

    @invariant()
    def ballots_are_the_models(self) -> None:
        stored = self.run(lambda tx: sorted(ballots.of_vote(tx, self.vote_id).values()))
        assert stored == sorted((self.said or {}).values())
        if self.said is not None:
            turnout = self.run(votes.turnout, self.vote_id)
            assert (turnout.voted, turnout.voters) == (len(self.said), len(self.electorate))
        keys = self.run(lambda tx: tx.execute(select(func.count()).select_from(vote_key)).scalar())
        assert keys == (self.said is not None)

    @invariant()
    def counts_are_the_models(self) -> None:
        if self.closed is None:
            return
        counts = select(vote_choice.c.votes).where(vote_choice.c.vote_id == self.vote_id).order_by(vote_choice.c.choice)
        assert self.run(lambda tx: tuple(tx.execute(counts).scalars())) == self.closed
        kept = self.run(votes.get, 1, self.vote_id)
        assert (kept.state, kept.ballots) == (State.CLOSED, sum(self.closed))
        left = self.run(lambda tx: tx.execute(select(func.count()).select_from(ballot)).scalar())
        assert left == 0

    def _person(self, tx: Any, who: int) -> int:
        found = ballots.voters(tx, [(1, "discord", voter(who).user_id)], [0])
        return next(iter(found.values())).person_id


def _live(new: Callable[[], Database], examples: int) -> None:
    machine = type("Machine", (Life,), {"new": staticmethod(new)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def test_a_votes_life_on_sqlite(migrated_file: Path, tmp_path: Path) -> None:
    def new() -> Database:
        folder = mkdtemp(dir=tmp_path)
        shutil.copyfile(migrated_file, f"{folder}/course.db")
        return Database(f"sqlite:///{folder}/course.db")

    _live(new, 15)


def test_a_votes_life_on_postgresql(request: pytest.FixtureRequest) -> None:
    server, template = request.getfixturevalue("postgres_server"), request.getfixturevalue("migrated_postgres")
    _live(lambda: Database(server.new_database(template)), 5)
