"""Questions: cut-offs across both changes of the clocks, texts, who owes one, and whose turn it is in class."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import CourseError
from bot.core.questions import (
    TEXT_MAX,
    Candidate,
    CutOff,
    Owing,
    clean_text,
    on_time,
    owed,
    parse_cut_off,
    pick_next,
    sort_board,
)
from bot.core.times import wall

DETROIT = ZoneInfo("America/Detroit")
CLASS = datetime(2024, 2, 6, 15, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "cut_off"),
    [
        ("start", CutOff()),
        (" Start ", CutOff()),
        ("start-2h", CutOff(before=timedelta(hours=2))),
        ("start - 90m", CutOff(before=timedelta(minutes=90))),
        ("start-4w", CutOff(before=timedelta(weeks=4))),
        ("start-0h", CutOff()),
        ("15:00 day before", CutOff(days=1, clock=time(15))),
        ("15:00 the day before", CutOff(days=1, clock=time(15))),
        ("day before 9:05", CutOff(days=1, clock=time(9, 5))),
        ("2 days before 18:00", CutOff(days=2, clock=time(18))),
        ("18:00 2 Days Before", CutOff(days=2, clock=time(18))),
        ("1 day before 23:59", CutOff(days=1, clock=time(23, 59))),
        ("28 days before 00:00", CutOff(days=28, clock=time(0))),
    ],
)
def test_a_cut_off_is_read_as_staff_write_it(text: str, cut_off: CutOff) -> None:
    assert parse_cut_off(text) == cut_off


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2h",
        "start+2h",
        "start-",
        "start-2",
        "start-2h later",
        "15:00",
        "24:00 day before",
        "15:60 day before",
        "day before",
        "days before 15:00",
        "3pm day before",
        "at 15:00 day before",
        "15:00 day before class",
        "start-١h",
        "-1 days before 15:00",
    ],
)
def test_what_is_no_cut_off_is_told_what_to_write(text: str) -> None:
    with pytest.raises(ValueError, match="write start, or start-2h for two hours before class, or 15:00 day before"):
        parse_cut_off(text)


@pytest.mark.parametrize("text", ["start-29d", "start-9999w", "29 days before 15:00", "0 days before 15:00"])
def test_a_cut_off_lies_within_four_weeks_before_class(text: str) -> None:
    with pytest.raises(ValueError, match="from 1 to 28 days before class"):
        parse_cut_off(text)


@pytest.mark.parametrize(
    ("day", "text", "utc"),
    [
        # clocks go forward on Sunday 2024-03-10 at 02:00
        (date(2024, 3, 10), "start", "2024-03-10T14:30"),
        (date(2024, 3, 10), "start-24h", "2024-03-09T14:30"),  # 09:30 on the wall
        (date(2024, 3, 10), "10:30 day before", "2024-03-09T15:30"),  # 23 elapsed hours
        (date(2024, 3, 11), "15:00 day before", "2024-03-10T19:00"),
        (date(2024, 3, 11), "02:30 day before", "2024-03-10T07:30"),  # skipped: reads as 03:30
        (date(2024, 3, 12), "2 days before 18:00", "2024-03-10T22:00"),
        (date(2024, 3, 12), "3 days before 18:00", "2024-03-09T23:00"),
        # and back on Sunday 2024-11-03 at 02:00
        (date(2024, 11, 3), "start-24h", "2024-11-02T15:30"),  # 11:30 on the wall
        (date(2024, 11, 3), "10:30 day before", "2024-11-02T14:30"),  # 25 elapsed hours
        (date(2024, 11, 4), "15:00 day before", "2024-11-03T20:00"),
        (date(2024, 11, 4), "01:30 day before", "2024-11-03T05:30"),  # repeated: the first
        (date(2024, 11, 5), "3 days before 18:00", "2024-11-02T22:00"),
    ],
)
def test_cut_offs_across_the_changes_of_the_clocks(day: date, text: str, utc: str) -> None:
    starts_at = wall(day, time(10, 30), DETROIT)
    at = parse_cut_off(text).at(starts_at, DETROIT)
    assert at.isoformat() == f"{utc}:00+00:00"
    assert parse_cut_off(text).at(starts_at.astimezone(DETROIT), DETROIT) == at


def test_the_day_before_is_the_courses_day() -> None:
    """An evening class in Detroit is on the next day already in UTC."""
    evening = wall(date(2024, 2, 6), time(20), DETROIT)
    assert evening.date() == date(2024, 2, 7)
    assert parse_cut_off("15:00 day before").at(evening, DETROIT) == wall(date(2024, 2, 5), time(15), DETROIT)


def test_a_class_without_a_zone_has_no_cut_off() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        parse_cut_off("start").at(datetime(2024, 2, 6), DETROIT)


@given(hours=st.integers(0, 600), starts_at=st.datetimes(datetime(2024, 1, 1), datetime(2024, 12, 31)))
def test_an_offset_is_elapsed_time(hours: int, starts_at: datetime) -> None:
    start = starts_at.replace(tzinfo=UTC)
    assert start - parse_cut_off(f"start-{hours}h").at(start, DETROIT) == timedelta(hours=hours)


@given(
    days=st.integers(1, 28),
    clock=st.times(),
    starts_at=st.datetimes(datetime(2024, 1, 1), datetime(2024, 12, 31)),
    zone=st.sampled_from([DETROIT, ZoneInfo("Asia/Kolkata"), ZoneInfo("Europe/Berlin"), ZoneInfo("Pacific/Apia")]),
)
def test_a_wall_time_is_before_class(days: int, clock: time, starts_at: datetime, zone: ZoneInfo) -> None:
    start = starts_at.replace(tzinfo=UTC)
    at = parse_cut_off(f"{clock:%H:%M} {days} days before").at(start, zone)
    assert timedelta(0) < start - at < timedelta(days=days + 1, hours=2)
    assert (start.astimezone(zone).date() - at.astimezone(zone).date()).days == days


@pytest.mark.parametrize("unit", [timedelta(milliseconds=1), timedelta(microseconds=1)])
def test_the_instant_itself_is_on_time_and_the_next_is_late(unit: timedelta) -> None:
    assert on_time(CLASS - unit, CLASS)
    assert on_time(CLASS, CLASS)
    assert not on_time(CLASS + unit, CLASS)


def test_in_the_repeated_hour_the_second_time_round_is_late() -> None:
    first = datetime(2024, 11, 3, 1, 30, tzinfo=DETROIT)
    assert on_time(first, first)
    assert not on_time(first.replace(fold=1), first)


def test_a_question_without_a_zone_is_neither() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        on_time(datetime(2024, 2, 6), datetime(2024, 2, 7))


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("  Why 16?\r\n\r\nIs less worse?\rOr more? \n", "Why 16?\n\nIs less worse?\nOr more?"),
        ("\tWhy\t16?  And 17?", "Why\t16?  And 17?"),
        ("なぜ？", "なぜ？"),
        ("W\x00hy\x1b?\ud800", "Why?"),
        ("x" * TEXT_MAX + "\r\n", "x" * TEXT_MAX),
    ],
)
def test_a_text_is_kept_as_written_but_for_its_ends(raw: str, text: str) -> None:
    assert clean_text(raw) == text


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ("", "is empty"),
        (" \r\n\t\x00", "is empty"),
        ("?!? 42 🤔", "no words"),
        ("x" * 2001, r"2,001 characters; at most 2,000"),
    ],
)
def test_a_text_that_asks_nothing_is_refused(raw: str, says: str) -> None:
    with pytest.raises(CourseError, match=says):
        clean_text(raw)


@given(st.text(max_size=40) | st.text(alphabet="a \r\n\t\x00?é", max_size=40))
def test_a_clean_text_is_clean(raw: str) -> None:
    try:
        text = clean_text(raw)
    except CourseError:
        return
    assert clean_text(text) == text == text.strip()
    assert not set(text) & {"\r", "\x00"}
    text.encode()
    kept = [c for c in raw if c.isalpha()]
    assert [c for c in text if c.isalpha()] == kept


def test_one_question_is_owed_for_each_required_paper_not_asked_about() -> None:
    assert owed([3, 1, 2, 3], {1, 9}, on_duty=False) == (3, 2)
    assert owed([3, 1, 2], {1}, on_duty=True) == ()


def test_who_owes_what_by_person_and_by_paper() -> None:
    owing = Owing((5, 4, 6, 7), (20, 10), frozenset({(4, 10), (6, 10), (6, 20), (9, 10)}), frozenset({7}))
    assert owing.people() == {5: (20, 10), 4: (20,)}
    assert owing.readings() == {20: (5, 4), 10: (5,)}
    assert [owing.by(person) for person in (4, 6, 7, 9)] == [(20,), (), (), ()]


SMALL = st.integers(1, 5)


@given(
    persons=st.lists(SMALL, unique=True),
    required=st.lists(SMALL, unique=True),
    asked=st.frozensets(st.tuples(SMALL, SMALL)),
    on_duty=st.frozensets(SMALL, max_size=2),
)
def test_asked_or_on_duty_or_owed(
    persons: list[int], required: list[int], asked: frozenset[tuple[int, int]], on_duty: frozenset[int]
) -> None:
    owing = Owing(tuple(persons), tuple(required), asked, on_duty)
    pairs = {(person, reading) for person, readings in owing.people().items() for reading in readings}
    everyone = {(person, reading) for person in persons for reading in required}
    assert pairs == {pair for pair in everyone if pair not in asked and pair[0] not in on_duty}
    assert pairs == {(person, reading) for reading, people in owing.readings().items() for person in people}
    assert list(owing.readings()) == required


def _candidate(id: int, reading: int, asker: int, votes: int, minute: int = 0) -> Candidate:
    return Candidate(id, reading, asker, votes, CLASS + timedelta(minutes=minute))


@st.composite
def boards(draw: st.DrawFn) -> list[Candidate]:
    rows = draw(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 4), st.integers(0, 3), st.integers(0, 2))))
    return [_candidate(number, *row) for number, row in enumerate(rows, 1)]


def _class(waiting: list[Candidate]) -> list[Candidate]:
    """The questions in the order in which pressing Next until nothing waits asks them."""
    asked: list[Candidate] = []
    while (question := pick_next([one for one in waiting if one not in asked], asked)) is not None:
        asked.append(question)
    return asked


def test_a_class_from_its_first_question_to_its_last() -> None:
    waiting = [
        _candidate(1, reading=1, asker=1, votes=9),
        _candidate(2, reading=1, asker=1, votes=8),
        _candidate(3, reading=1, asker=2, votes=5),
        _candidate(4, reading=2, asker=3, votes=0, minute=2),
        _candidate(5, reading=2, asker=4, votes=0, minute=1),
        _candidate(6, reading=1, asker=5, votes=5),
        _candidate(7, reading=2, asker=1, votes=3),
    ]
    assert [question.id for question in _class(waiting)] == [1, 5, 3, 4, 6, 7, 2]


def test_nothing_waits() -> None:
    assert pick_next([], [_candidate(1, 1, 1, 1)]) is None


@given(waiting=boards(), asked=boards(), seed=st.integers())
def test_of_those_whose_turn_it_is_the_most_voted_is_next(
    waiting: list[Candidate], asked: list[Candidate], seed: int
) -> None:
    question = pick_next(waiting, asked)
    shuffled = random.Random(seed).sample(waiting, len(waiting))
    assert pick_next(shuffled, asked[::-1]) == question
    if question is None:
        assert not waiting
        return
    askers, papers = Counter(one.asker_id for one in asked), Counter(one.reading_id for one in asked)
    same = [one for one in waiting if askers[one.asker_id] <= askers[question.asker_id]]
    assert all(askers[one.asker_id] == askers[question.asker_id] for one in same)
    turn = [one for one in same if papers[one.reading_id] <= papers[question.reading_id]]
    assert all(papers[one.reading_id] == papers[question.reading_id] for one in turn)
    best = [one for one in turn if one.votes == max(one.votes for one in turn)]
    assert question in best
    assert (question.asked_at, question.id) == min((one.asked_at, one.id) for one in best)


@given(boards())
def test_every_question_is_reached_and_everybody_once_before_anybody_twice(waiting: list[Candidate]) -> None:
    asked = _class(waiting)
    assert Counter(asked) == Counter(waiting)
    askers = {question.asker_id for question in waiting}
    assert {question.asker_id for question in asked[: len(askers)]} == askers
    if asked:
        assert asked[0].votes == max(question.votes for question in waiting)


@pytest.mark.parametrize(("by", "ids"), [("votes", [2, 4, 3, 1]), ("time", [4, 3, 1, 2])])
def test_a_board_goes_by_votes_or_by_time(by: Literal["votes", "time"], ids: list[int]) -> None:
    board = [_candidate(1, 1, 1, 1, 5), _candidate(2, 1, 1, 7, 9), _candidate(4, 1, 1, 3, 0), _candidate(3, 1, 1, 1, 4)]
    assert [question.id for question in sort_board(board, by)] == ids


@given(boards(), st.integers())
def test_a_board_does_not_depend_on_how_it_was_read(questions: list[Candidate], seed: int) -> None:
    shuffled = random.Random(seed).sample(questions, len(questions))
    assert sort_board(shuffled) == sort_board(questions) == sort_board(questions, by="votes")
    assert [(q.votes, q.asked_at, q.id) for q in sort_board(questions)] == sorted(
        ((q.votes, q.asked_at, q.id) for q in questions), key=lambda key: (-key[0], *key[1:])
    )
    assert [q.id for q in sort_board(shuffled, "time")] == [
        q.id for q in sorted(questions, key=lambda q: (q.asked_at, q.id))
    ]
