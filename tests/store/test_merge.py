"""Two rows for one human: whatever they have, merging loses nothing and leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import IntegrityError

from bot.core.ballots import tag
from bot.core.errors import CourseError
from bot.store.engine import make_engine
from bot.store.merge import TwoAccounts, TwoGroups, merge, person_columns
from bot.store.tables import (
    account,
    attendance,
    ballot,
    booking,
    check_in,
    check_in_attempt,
    course,
    draft,
    duty,
    duty_seat,
    excuse,
    group_duty,
    group_seat,
    hand_in,
    invitation,
    link_code,
    mark,
    membership,
    metadata,
    office_hours,
    panel_note,
    person,
    preference,
    question,
    question_vote,
    reading,
    seeking,
    seeking_with,
    session,
    snooze,
    study_group,
    swap,
    vote,
    vote_key,
    vote_voter,
)
from tests.conftest import NOW

KEEP, GONE, OTHER = 1, 2, 3
KEY = b"k" * 32


def _base(tx: Connection) -> None:
    """Three people, two groups with seats on duty in two sessions, a question of each, and a vote that is open."""
    names = {"key": "k", "code": "c", "title": "t", "term": "W24", "zone": "UTC", "group_size": 3, "group_min_size": 2}
    tx.execute(course.insert().values(id=1, created_at=NOW, **names))
    for who, origin in ((KEEP, "roster"), (GONE, "met"), (OTHER, "met")):
        values = {"roster_key": f"person{who}", "name": f"Student{who:02}", "kind": "student", "origin": origin}
        tx.execute(person.insert().values(id=who, course_id=1, created_at=NOW, **values))
    for group in (1, 2):
        values = {"name": f"Group {group}", "name_key": f"group {group}", "created_by": GONE, "created_at": NOW}
        tx.execute(study_group.insert().values(id=group, course_id=1, **values))
        tx.execute(group_seat.insert(), [{"group_id": group, "seat": seat} for seat in (1, 2, 3)])
    for n in (1, 2):
        times = {"date": date(2024, 2, n), "starts_at": NOW + timedelta(days=n), "ends_at": NOW + timedelta(days=n + 1)}
        tx.execute(session.insert().values(id=n, course_id=1, kind="student_lecture", **times))
        seat = {"session_id": n, "role": "presenter", "place": 1, "course_id": 1}
        tx.execute(duty_seat.insert().values(**seat))
        why = {"origin": "staff", "reason": "", "assigned_at": NOW}
        tx.execute(group_duty.insert().values(id=n, group_id=n, **seat, **why))
        held = {"opened_at": NOW, "closes_at": NOW + timedelta(minutes=20)}
        tx.execute(attendance.insert().values(session_id=n, course_id=1, key=KEY, **held))
    tx.execute(reading.insert().values(id=1, course_id=1, session_id=1, position=1, title="Paper", required=True))
    for who in (KEEP, GONE, OTHER):
        values = {"session_id": 1, "reading_id": 1, "text": "Why?", "asked_at": NOW, "interaction_id": f"q{who}"}
        tx.execute(question.insert().values(id=who, course_id=1, person_id=who, **values))
    times = {"opened_at": NOW, "closes_at": NOW + timedelta(days=1)}
    tx.execute(vote.insert().values(id=1, course_id=1, title="Best", method="single", opened_by="x", **times))
    tx.execute(vote_key.insert().values(vote_id=1, key=KEY))
    hours = {"host": "x", "host_name": "X", "starts_at": NOW, "ends_at": NOW + timedelta(hours=2), "slot_minutes": 15}
    tx.execute(office_hours.insert().values(id=1, course_id=1, created_at=NOW, **hours))
    if tx.dialect.name == "postgresql":
        tx.exec_driver_sql("SELECT setval(pg_get_serial_sequence('person', 'id'), 100)")


def _seat(who: int, group: int, left: bool = False) -> Callable[[Connection], None]:
    values = {"course_id": 1, "group_id": group, "person_id": who, "seat": who, "by_staff": True}
    when = {"joined_at": NOW - timedelta(hours=who), "left_at": NOW if left else None}
    return lambda tx: tx.execute(membership.insert().values(**values, **when)) and None


def _duty(who: int, in_session: int, seat: int | None = None, ended: bool = False) -> Callable[[Connection], None]:
    values = {"course_id": 1, "session_id": in_session, "role": "presenter", "person_id": who, "position": who}
    when = {"assigned_at": NOW, "ended_at": NOW if ended else None, "group_duty_id": seat}
    return lambda tx: tx.execute(duty.insert().values(**values, **when)) and None


def _invited(who: int, group: int, by: int, answered: bool = False) -> Callable[[Connection], None]:
    values = {"course_id": 1, "group_id": group, "person_id": who, "kind": "invite", "asked_by": by, "asked_at": NOW}
    if answered:
        values |= {"answered_by": who, "answered_at": NOW, "outcome": "declined"}
    return lambda tx: tx.execute(invitation.insert().values(**values)) and None


def _row(table: Any, **values: object) -> Callable[[Connection], None]:
    return lambda tx: tx.execute(table.insert().values(**values)) and None


def _voted(who: int) -> Callable[[Connection], None]:
    def cast(tx: Connection) -> None:
        tx.execute(vote_voter.insert().values(vote_id=1, person_id=who, voted=True))
        tx.execute(ballot.insert().values(vote_id=1, tag=tag(KEY, 1, who), choices=str(who)))

    return cast


TWO = (KEEP, GONE)
FACTS: dict[str, Callable[[Connection], None]] = {
    **{f"{who} sits in {group}": _seat(who, group) for who in TWO for group in (1, 2)},
    **{f"{who} sat in {group}": _seat(who, group, left=True) for who in TWO for group in (1, 2)},
    **{f"{who} presents in {n}": _duty(who, n) for who in TWO for n in (1, 2)},
    **{f"{who} presents in {n} as a member": _duty(who, n, seat=n) for who in TWO for n in (1, 2)},
    **{f"{who} presented in 1": _duty(who, 1, ended=True) for who in TWO},
    **{f"{who} is invited to {group}": _invited(who, group, OTHER) for who in TWO for group in (1, 2)},
    **{f"{who} declined": _invited(who, 1, OTHER, answered=True) for who in TWO},
    "2 invites 1": _invited(KEEP, 1, GONE),
    "1 invites 3": _invited(OTHER, 1, KEEP),
    "2 invites 3": _invited(OTHER, 2, GONE),
    **{f"{who} has a code": _row(link_code, person_id=who, course_id=1, code=f"C{who}", made_at=NOW) for who in TWO},
    **{
        f"{who} is on {platform}": _row(
            account, course_id=1, person_id=who, platform=platform, user_id=f"{who}", created_at=NOW
        )
        for who in TWO
        for platform in ("discord", "slack")
    },
    **{
        f"{who} looks": _row(seeking, person_id=who, course_id=1, note=f"by {who}", at=NOW)
        for who in (KEEP, GONE, OTHER)
    },
    **{
        f"{a} wishes {b}": _row(seeking_with, person_id=a, other_id=b, course_id=1)
        for a in (KEEP, GONE, OTHER)
        for b in (KEEP, GONE, OTHER)
        if a != b
    },
    **{
        f"{a} votes for {b}'s question": _row(question_vote, question_id=b, person_id=a, author_id=b, course_id=1)
        for a in (KEEP, GONE, OTHER)
        for b in (KEEP, GONE, OTHER)
        if a != b
    },
    **{f"{who} may vote": _row(vote_voter, vote_id=1, person_id=who, voted=False) for who in (KEEP, GONE, OTHER)},
    **{f"{who} voted": _voted(who) for who in (KEEP, GONE, OTHER)},
    **{
        f"{who} wants {via}": _row(preference, person_id=who, course_id=1, via=via)
        for who, via in zip(TWO, ("dm", "channel"), strict=True)
    },
    **{
        f"{who} put {what} off": _row(snooze, course_id=1, person_id=who, subject=what, until=NOW)
        for who in TWO
        for what in ("slides", "questions")
    },
    **{
        f"{who} was in class {n}": _row(check_in, session_id=n, person_id=who, course_id=1, at=NOW, how="code")
        for who in TWO
        for n in (1, 2)
    },
    **{f"{who} guessed": _row(check_in_attempt, course_id=1, person_id=who, at=NOW) for who in TWO},
    **{
        f"{who} is excused": _row(excuse, course_id=1, person_id=who, what="all", reason="", by="x", at=NOW)
        for who in TWO
    },
    **{
        f"{who} has booked slot {slot}": _row(
            booking, course_id=1, hours_id=1, person_id=who, starts_at=NOW + timedelta(minutes=15 * slot), booked_at=NOW
        )
        for who in TWO
        for slot in (0, 1)
    },
    **{
        f"{who} handed in version {version} alone": _row(
            hand_in,
            course_id=1,
            kind="slides",
            session_id=1,
            person_id=who,
            version=version,
            at=NOW,
            due_at=NOW,
            interaction_id=f"{who}.{version}",
            digest="d",
            code=f"{who}.{version}",
        )
        for who in TWO
        for version in (1, 2)
    },
    **{
        f"{who} drafts": _row(
            draft, course_id=1, session_id=1, person_id=who, heading="Problem", text=f"by {who}", at=NOW
        )
        for who in TWO
    },
    **{
        f"{who} is marked for {item}": _row(mark, course_id=1, person_id=who, item=item, points=who, by="x", at=NOW)
        for who in TWO
        for item in ("report", "talks")
    },
    "the vote is closed": lambda tx: [tx.execute(t.delete()) for t in (vote_key, ballot)] and None,
    "2 asks for a swap": _row(
        swap, course_id=1, offered_id=1, wanted_id=2, with_group_id=2, asked_by=GONE, asked_at=NOW
    ),
    "2 takes notes": _row(
        panel_note, course_id=1, session_id=1, person_id=GONE, kind="note", text="", at=NOW, interaction_id="n"
    ),
}


@contextmanager
def _people(engine: Engine, *facts: str) -> Iterator[Connection]:
    """A transaction in which `facts` hold as far as the database lets them all; it is rolled back."""
    with engine.connect() as tx:
        _base(tx)
        for fact in facts:
            try:
                with tx.begin_nested():
                    FACTS[fact](tx)
            except IntegrityError:
                continue
        yield tx
        tx.rollback()


@pytest.fixture
def engine(url: str) -> Iterator[Engine]:
    made = make_engine(url)
    yield made
    made.dispose()


def _dump(tx: Connection) -> dict[str, list[Any]]:
    return {table.name: sorted(map(repr, tx.execute(select(table)))) for table in metadata.sorted_tables}


def _two(tx: Connection, column: Any, *more: Any, where: Any = True) -> set[tuple[Any, ...]]:
    """What the two have: one of them as `KEEP`."""
    rows = tx.execute(select(column, *more).where(where, column.in_(TWO)))
    return {tuple(row[1:]) for row in rows}


def _having(tx: Connection) -> dict[str, set[Any]]:
    seated = _two(tx, membership.c.person_id, membership.c.group_id, where=membership.c.left_at.is_(None))
    open_invitations = (invitation.c.answered_at.is_(None)) if not seated else False
    voters = tx.execute(select(vote_voter.c.vote_id, vote_voter.c.voted).where(vote_voter.c.person_id.in_(TWO))).all()
    votes = select(question_vote).where(question_vote.c.person_id.in_(TWO), question_vote.c.author_id.not_in(TWO))
    return {
        "seats": seated,
        "duties": _two(tx, duty.c.person_id, duty.c.session_id, where=duty.c.ended_at.is_(None)),
        "past duties": _two(tx, duty.c.person_id, duty.c.session_id, where=duty.c.ended_at.is_not(None)),
        "seats on duty": {
            row for row in _two(tx, duty.c.person_id, duty.c.session_id, duty.c.group_duty_id) if row[1] is not None
        },
        "invitations": _two(tx, invitation.c.person_id, invitation.c.group_id, where=open_invitations),
        "accounts": _two(tx, account.c.person_id, account.c.platform, account.c.user_id),
        "looks": _two(tx, seeking.c.person_id) if not seated else set(),
        "questions": _two(tx, question.c.person_id, question.c.id),
        "votes for questions": {row.question_id for row in tx.execute(votes)},
        "electorate": {row.vote_id for row in voters},
        "voted": {row.vote_id for row in voters if row.voted},
        "wishes": {row[:1] for row in _two(tx, preference.c.person_id, preference.c.course_id)},
        "snoozes": _two(tx, snooze.c.person_id, snooze.c.subject),
        "excuses": _two(tx, excuse.c.person_id, excuse.c.id),
        "appointments": _two(tx, booking.c.person_id, booking.c.hours_id, where=booking.c.cancelled_at.is_(None)),
        "hand-ins": _two(tx, hand_in.c.person_id, hand_in.c.code),
        "drafts": _two(tx, draft.c.person_id, draft.c.heading),
        "there": _two(tx, check_in.c.person_id, check_in.c.session_id),
        "guesses": _two(tx, check_in_attempt.c.person_id, check_in_attempt.c.id),
        "marks": _two(tx, mark.c.person_id, mark.c.item),
        "notes": _two(tx, panel_note.c.person_id, panel_note.c.id),
    }


def _rows_naming(tx: Connection, who: int) -> list[str]:
    return [
        f"{table.name}.{column.name}"
        for table, column in person_columns()
        if tx.execute(select(column).where(column == who)).first() is not None
    ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
@given(facts=st.lists(st.sampled_from(sorted(FACTS)), unique=True, max_size=25))
def test_nothing_is_lost_and_nothing_left_behind(engine: Engine, facts: list[str]) -> None:
    with _people(engine, *facts) as tx:
        before, having = _dump(tx), _having(tx)
        others = tx.execute(select(ballot.c.choices).where(ballot.c.tag == tag(KEY, 1, OTHER))).all()
        try:
            merge(tx, KEEP, GONE, NOW)
        except CourseError:
            assert _dump(tx) == before
            assert len(having["seats"]) == 2 or len(having["accounts"]) > len({one for one, _ in having["accounts"]})
            return
        assert _rows_naming(tx, GONE) == []
        assert tx.execute(select(person.c.id).order_by(person.c.id)).scalars().all() == [KEEP, OTHER]
        assert _having(tx) == having
        open_seats = select(membership.c.id).where(membership.c.person_id == KEEP, membership.c.left_at.is_(None))
        assert len(tx.execute(open_seats).all()) == len(having["seats"]) <= 1
        voted = {row.person_id for row in tx.execute(select(vote_voter).where(vote_voter.c.voted))}
        tags = set(tx.execute(select(ballot.c.tag)).scalars())
        if tx.execute(select(vote_key.c.key)).first():
            assert tags == {tag(KEY, 1, who) for who in voted}
        assert tx.execute(select(ballot.c.choices).where(ballot.c.tag == tag(KEY, 1, OTHER))).all() == others


def test_every_column_that_names_a_person_is_known() -> None:
    found = {f"{table.name}.{column.name}" for table, column in person_columns()}
    assert {"account.person_id", "study_group.created_by", "swap.answered_by", "seeking_with.person_id"} <= found
    assert {"question_vote.author_id", "vote_voter.person_id"} <= found
    named = {f"{t.name}.{c.name}" for t in metadata.sorted_tables for c in t.columns if c.name == "person_id"}
    assert named <= found


def test_each_has_an_account(engine: Engine) -> None:
    with _people(engine, "1 is on discord", "2 is on discord") as tx, pytest.raises(TwoAccounts, match="unlink"):
        merge(tx, KEEP, GONE, NOW)
    with _people(engine, "1 is on discord", "2 is on slack") as tx:
        merge(tx, KEEP, GONE, NOW)
        assert set(tx.execute(select(account.c.platform)).scalars()) == {"discord", "slack"}


def test_in_different_groups(engine: Engine) -> None:
    with _people(engine, "1 sits in 1", "2 sits in 2") as tx, pytest.raises(TwoGroups, match="/staff student move"):
        merge(tx, KEEP, GONE, NOW)


def test_in_the_same_group_twice_is_one_seat_since_the_first_time(engine: Engine) -> None:
    with _people(engine, "1 sits in 1", "2 sits in 1") as tx:
        merge(tx, KEEP, GONE, NOW)
        rows = tx.execute(select(membership.c.person_id, membership.c.seat, membership.c.joined_at)).all()
        assert rows == [(KEEP, 1, NOW - timedelta(hours=2))]


def test_a_duty_of_both_is_held_as_a_member_of_the_group(engine: Engine) -> None:
    with _people(engine, "1 presents in 1", "2 presents in 1 as a member") as tx:
        merge(tx, KEEP, GONE, NOW)
        rows = tx.execute(select(duty.c.person_id, duty.c.session_id, duty.c.group_duty_id)).all()
        assert rows == [(KEEP, 1, 1)]


def test_who_has_a_seat_has_no_invitations_and_is_not_on_the_board(engine: Engine) -> None:
    facts = ["2 sits in 1", "1 is invited to 1", "1 is invited to 2", "1 looks", "1 wishes 3", "3 looks", "3 wishes 2"]
    with _people(engine, *facts) as tx:
        merge(tx, KEEP, GONE, NOW)
        assert set(tx.execute(select(invitation.c.outcome)).scalars()) == {"withdrawn"}
        assert tx.execute(select(seeking.c.person_id)).scalars().all() == [OTHER]
        assert tx.execute(select(seeking_with.c.person_id, seeking_with.c.other_id)).all() == [(OTHER, KEEP)]


def test_a_second_ballot_does_not_count(engine: Engine) -> None:
    with _people(engine, "1 voted", "2 voted", "3 voted") as tx:
        merge(tx, KEEP, GONE, NOW)
        assert sorted(tx.execute(select(ballot.c.choices)).scalars()) == ["1", "3"]
    with _people(engine, "1 may vote", "2 voted", "3 voted") as tx:
        merge(tx, KEEP, GONE, NOW)
        assert tx.execute(select(ballot.c.choices).where(ballot.c.tag == tag(KEY, 1, KEEP))).scalars().all() == ["2"]


def test_of_two_codes_the_kept_ones_stays(engine: Engine) -> None:
    with _people(engine, "1 has a code", "2 has a code") as tx:
        merge(tx, KEEP, GONE, NOW)
        assert tx.execute(select(link_code.c.code)).scalars().all() == ["C1"]


def test_with_oneself_nothing_happens(engine: Engine) -> None:
    with _people(engine, "1 sits in 1", "1 has a code", "1 looks") as tx:
        before = _dump(tx)
        merge(tx, KEEP, KEEP, NOW)
        assert _dump(tx) == before
