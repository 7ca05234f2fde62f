"""What each component of the grade comes to."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.gradebook import (
    EMPTY,
    EXCUSED,
    FULL,
    MARKED,
    Cell,
    Component,
    Piece,
    Said,
    Standing,
    exact,
    parse_columns,
    parse_credit,
    parse_points,
    parse_weights,
    parse_words,
    score_cell,
    total,
    work_cell,
    written,
)

P, S, R, T = MARKED
_NOTHING = Fraction(0)
_POINTS = st.integers(0, 10_000).map(lambda cents: Fraction(cents, 100))
_PIECES = st.lists(st.builds(Piece, st.sampled_from(Standing), st.none() | _POINTS), max_size=5)


def _cell(component: Component, *pieces: tuple[Standing, int | None], credit: bool = False) -> Cell:
    return work_cell(
        component,
        [Piece(standing, None if mark is None else Fraction(mark)) for standing, mark in pieces],
        credit=credit,
    )


@pytest.mark.parametrize(
    ("component", "credit", "standing", "mark", "expected"),
    [
        # A summary on time is worth everything until it is marked, late or missing nothing whatever the mark.
        (S, True, Standing.ON_TIME, None, Cell(Said.POINTS, FULL)),
        (S, True, Standing.ON_TIME, 80, Cell(Said.POINTS, Fraction(80))),
        (S, False, Standing.ON_TIME, None, EMPTY),
        (S, True, Standing.LATE, None, Cell(Said.NO_CREDIT, _NOTHING)),
        (S, True, Standing.LATE, 100, Cell(Said.NO_CREDIT, _NOTHING)),
        (S, False, Standing.MISSING, None, Cell(Said.NO_CREDIT, _NOTHING)),
        (S, True, Standing.EXCUSED, None, EXCUSED),
        (S, True, Standing.EXCUSED, 70, Cell(Said.POINTS, Fraction(70))),
        (S, True, Standing.NOT_DUE, None, EMPTY),
        # Slides: staff judge, unless those on time are worth everything.
        (P, False, Standing.ON_TIME, None, EMPTY),
        (P, True, Standing.ON_TIME, None, Cell(Said.POINTS, FULL)),
        (P, True, Standing.LATE, None, EMPTY),
        (P, True, Standing.MISSING, None, EMPTY),
        (P, False, Standing.MISSING, 90, Cell(Said.POINTS, Fraction(90))),
        # The report: missing is nothing, late is for staff to judge, and a mark goes before both.
        (R, False, Standing.MISSING, None, Cell(Said.NO_CREDIT, _NOTHING)),
        (R, False, Standing.MISSING, 60, Cell(Said.POINTS, Fraction(60))),
        (R, True, Standing.LATE, None, EMPTY),
        (R, True, Standing.ON_TIME, None, Cell(Said.POINTS, FULL)),
        (T, False, Standing.NOT_DUE, None, EMPTY),
        (T, False, Standing.NOT_DUE, 0, Cell(Said.POINTS, _NOTHING)),
        (T, False, Standing.EXCUSED, None, EXCUSED),
    ],
)
def test_one_piece(component: Component, credit: bool, standing: Standing, mark: int | None, expected: Cell) -> None:
    assert _cell(component, (standing, mark), credit=credit) == expected


def test_several_pieces_are_the_mean_of_those_that_count() -> None:
    on_time, late, excused, later = (
        (Standing.ON_TIME, None),
        (Standing.LATE, None),
        (Standing.EXCUSED, None),
        (Standing.NOT_DUE, None),
    )
    assert _cell(S, on_time, late, excused, later, credit=True) == Cell(Said.POINTS, Fraction(50))
    assert _cell(S, late, (Standing.MISSING, None), credit=True) == Cell(Said.NO_CREDIT, _NOTHING)
    assert _cell(S, excused, excused, credit=True) == EXCUSED
    assert _cell(S, excused, later, credit=True) == EMPTY
    assert _cell(S, credit=True) == EMPTY
    assert _cell(P, (Standing.ON_TIME, 70), (Standing.ON_TIME, None), (Standing.LATE, 81)).points == Fraction(151, 2)


@given(component=st.sampled_from(MARKED), pieces=_PIECES, credit=st.booleans(), data=st.data())
def test_whatever_the_pieces(component: Component, pieces: list[Piece], credit: bool, data: st.DataObject) -> None:
    cell = work_cell(component, pieces, credit=credit)
    assert (cell.points is not None) == (cell.said in (Said.POINTS, Said.NO_CREDIT))
    assert cell.points is None or 0 <= cell.points <= FULL
    if cell.said is Said.EXCUSED:
        assert {(one.standing, one.mark) for one in pieces} == {(Standing.EXCUSED, None)}
    if cell.said is Said.NO_CREDIT:
        assert cell.points == 0
        assert component in (S, R)
    assert work_cell(component, data.draw(st.permutations(pieces)), credit=credit) == cell
    # An excused piece, and one that is not due, change nothing beside one that counts.
    if cell.points is not None:
        for standing in (Standing.EXCUSED, Standing.NOT_DUE):
            assert work_cell(component, [*pieces, Piece(standing)], credit=credit) == cell


def test_participation_and_the_total() -> None:
    assert score_cell(66.67, excused=False) == Cell(Said.POINTS, Fraction(6667, 100))
    assert (score_cell(None, excused=True), score_cell(None, excused=False)) == (EXCUSED, EMPTY)
    weights = parse_weights("presentation=15, summary=15, participation=10, report=40, talks=20")
    cells = {P: Cell(Said.POINTS, FULL), S: Cell(Said.NO_CREDIT, _NOTHING), R: EMPTY, T: EXCUSED}
    assert total(cells, weights) == 50
    assert total({R: EMPTY}, weights) is None
    assert total({R: Cell(Said.POINTS, FULL)}, {S: 1}) is None


@given(st.integers(0, 1_000_000))
def test_numbers_are_written_to_two_decimals(thousandths: int) -> None:
    text = written(Fraction(thousandths, 1000))
    assert abs(Fraction(text) - Fraction(thousandths, 1000)) <= Fraction(5, 1000)
    assert not text.endswith((".", ".0", ".00"))
    assert exact(float(text)) == Fraction(text)


def test_half_a_cent_goes_up() -> None:
    assert [written(Fraction(n, 1000)) for n in (12345, 12344, 13500, 100000, 5, 0)] == [
        "12.35",
        "12.34",
        "13.5",
        "100",
        "0.01",
        "0",
    ]


@pytest.mark.parametrize(
    ("text", "points"), [("87.5", 87.5), (" 90 %", 90.0), ("13/15", 86.67), ("7,5 / 10", 75.0), ("0", 0.0)]
)
def test_points_as_staff_write_them(text: str, points: float) -> None:
    assert parse_points(text) == points


@pytest.mark.parametrize("text", ["", "101", "16/15", "5/0", "-3", "=1", "nan", "1e2", "٥", "ten"])
def test_no_points(text: str) -> None:
    with pytest.raises(ValueError, match="13/15"):
        parse_points(text)


def test_policies() -> None:
    assert parse_weights("report = 40,talks=60") == {R: 40, T: 60}
    assert parse_credit("summary, report") == {S, R}
    assert parse_credit("none") == frozenset()
    names = "presentation=A, B, summary=Sum|Brief, participation=P, report=R, talks=T"
    assert parse_columns(names)[P] == ("A, B",)
    assert parse_columns(names)[S] == ("Sum", "Brief")
    assert (parse_words("Report, paper"), parse_words("none")) == (("report", "paper"), ())


@pytest.mark.parametrize(
    ("read", "text", "words"),
    [
        (parse_weights, "report=0", "above 0"),
        (parse_weights, "report=1, report=2", "once"),
        (parse_weights, "exam=1", "presentation, summary"),
        (parse_credit, "talks", "presentation, summary, report"),
        (parse_columns, "summary=S", "for each of"),
        (parse_columns, "summary=", "name of a column"),
        (parse_columns, "S", "name of a column"),
        (parse_words, "a,,b", "commas"),
    ],
)
def test_policies_that_cannot_be(read: object, text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read(text)  # type: ignore[operator]
