"""A gradebook of Canvas comes back with only our cells changed, to the byte."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.errors import CourseError
from bot.core.gradebook import EMPTY, EXCUSED, FULL, Cell, Component, Said
from bot.core.policy import GRADE_COLUMNS
from bot.importers.canvas import MAX_BYTES, Book, Filled, fill

COLUMNS = GRADE_COLUMNS.read(GRADE_COLUMNS.default)
P, S, A, R, T = Component
NO_CREDIT = Cell(Said.NO_CREDIT, Fraction(0))


def _points(number: float) -> Cell:
    return Cell(Said.POINTS, Fraction(str(number)))


ADA = {P: _points(90), S: NO_CREDIT, A: _points(66.67), R: EMPTY, T: EXCUSED}
BEN = {P: EMPTY, S: _points(100), A: EMPTY, R: EXCUSED, T: _points(12.5)}
BOOK = Book({"ada": 1, "ben@example.edu": 2}, COLUMNS, {1: ADA, 2: BEN})

EXPORT = (
    "\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,Presentation (11),Summaries (12),Participation (13),"
    'Final report (14),"Project presentation, poster (15)",Summaries Current Score,Final Grade\r\n'
    ",,,,,Manual Posting,,,,,,\r\n"
    "    Points Possible,,,,,15.00,15.00,10.00,40.00,20.00,(read only),(read only)\r\n"
    '"Ada, A",1,901,ada,"W24 ""001""",,3,6.670,7,,80,B\r\n'
    '"Ben\r\nB",2,902,BEN@example.edu ,001,"1",,,,"2.50",,\r\n'
    '"Cyd, C",3,903,cyd,001,5,5,,,,,\r\n'
    '"Student, Test",4,,f00ba4,001,,,,,,,\r\n'
    "\r\n\r\n"
)


def test_an_export_is_filled() -> None:
    done = fill(EXPORT.encode(), BOOK)
    expected = EXPORT.replace('""",,3,6.670,7,,80', '""",13.5,0,6.670,7,EX,80').replace(
        '"1",,,,"2.50",,', '"1",15,,EX,"2.50",,'
    )
    assert done.data.decode() == expected
    assert [(one.component, one.heading, one.points) for one in done.columns] == [
        (P, "Presentation (11)", 15),
        (S, "Summaries (12)", 15),
        (A, "Participation (13)", 10),
        (R, "Final report (14)", 40),
        (T, "Project presentation, poster (15)", 20),
    ]
    assert done.found == {1, 2}
    assert done.strangers == ("Line 7: “Cyd, C” (cyd)",)
    assert (done.written, done.replaced, done.kept) == (5, 1, 3)
    again = fill(done.data, BOOK)
    assert (again.data, again.written) == (done.data, 0)


def _small(rows: str, *, book: Book = BOOK, headings: str = "Login,Presentation") -> Filled:
    return fill(f"{headings}\n{rows}".encode(), book)


def test_students_are_known_by_login_or_address_never_by_name() -> None:
    book = Book({"ada": 1, "ben": 2}, COLUMNS, {1: ADA, 2: BEN})
    headings = "Student,Login,Email,Presentation"
    done = _small("ada,,,\nAda,ADA,,\nx,ada,ben,\n,9,ada,\n", book=book, headings=headings)
    assert done.data.decode().splitlines()[1:] == ["ada,,,", "Ada,ADA,,90", "x,ada,ben,", ",9,ada,90"]
    assert done.strangers == ("Line 4: “x” (ada)",)
    assert done.columns[0].points is None
    assert done.absent == (S, A, R, T)


def test_other_separators_numbers_and_encodings() -> None:
    text = "Login;Presentation (1);Points\n    Points Possible;7,5;\nada;;x\nJos\u00e9;1;\n"
    assert "ada;6,75;x" in fill(text.encode(), BOOK).data.decode()
    assert fill(text.encode("cp1252"), BOOK).data == text.encode("cp1252").replace(b"ada;;", b"ada;6,75;")
    wide = fill(b"\xff\xfe" + text.encode("utf-16-le"), BOOK).data
    assert wide == b"\xff\xfe" + text.replace("ada;;", "ada;6,75;").encode("utf-16-le")
    comma = fill(b'Login,Presentation (1)\nPoints Possible,"7,5"\nada,\n', BOOK).data
    assert comma.endswith(b'\nada,"6,75"\n')
    assert fill(b"Login\tPresentation\nada\t", BOOK).data == b"Login\tPresentation\nada\t90"


def test_a_column_belongs_to_the_name_that_fits_best() -> None:
    headings = "Login,Project presentations (1),Paper presentation (2)"
    assert [one.component for one in _small("", headings=headings).columns] == [T, P]
    twice = "Login,Presentation 1 (1),Presentation 2 (2)"
    with pytest.raises(CourseError, match=r"More than one column could be the presentation: “Presentation 1 \(1\)”"):
        _small("", headings=twice)
    assert len(_small("", headings=f"{twice},Presentation (3)").columns) == 1


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "no CSV file"),
        (b"PK\x03\x04\0\0", "no CSV file"),
        (b"\xff\xfea", "claims to be UTF-16"),
        (b"Student,Presentation\nAda,1\n", "I looked for SIS Login ID, Login, Email, SIS User ID or ID"),
        (b"SIS Login ID,Essay (1),Summary Current Score\nada,,\n", "“Summary” or “Summaries”.*There are: “Essay"),
        (b"Login,Talk (2)\nPoints Possible,many\n", "Points Possible of “Talk .*“many”, which is no number"),
        (b"x" * (MAX_BYTES + 1), "at most 8 MB"),
    ],
)
def test_a_file_that_is_none_says_what_was_looked_for(data: bytes, words: str) -> None:
    with pytest.raises(CourseError, match=words):
        fill(data, BOOK)


_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters='"\0'), max_size=6)
_PLAIN = _TEXT.map(lambda text: "".join(c for c in text if c not in ",\r\n"))
_RAW = st.one_of(
    _PLAIN, _TEXT.map(lambda text: f'"{text}"'), st.sampled_from(['"a ""b"" c"', '"x"y', "=1+1", " ", '5"'])
)
_END = st.sampled_from(["\n", "\r\n", "\r"])
_CELLS = st.one_of(
    st.sampled_from([EMPTY, EXCUSED, NO_CREDIT]),
    st.integers(0, 10_000).map(lambda n: Cell(Said.POINTS, Fraction(n, 100))),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), bom=st.sampled_from(["", "\ufeff"]), end=_END, blank=st.booleans())
def test_only_our_cells_differ(data: st.DataObject, bom: str, end: str, blank: bool) -> None:
    """Cells are drawn as they stand in the file, so what must come back is known without reading CSV."""
    others = data.draw(st.lists(_PLAIN.filter(lambda name: not name.strip().isascii()), max_size=3))
    order = data.draw(st.permutations(["Login", "Summary (1)", "Talk (2)", *others]))
    lines = [order]
    if data.draw(st.booleans()):
        worth = {"Login": "Points Possible", "Summary (1)": "50", "Talk (2)": "100"}
        lines.append([worth.get(name, "") for name in order])
    scale = Fraction(1, 2) if len(lines) == 2 else Fraction(1)
    expected = [list(line) for line in lines]
    cells = {}
    for person in range(data.draw(st.integers(0, 4))):
        cells[person] = {S: data.draw(_CELLS), T: data.draw(_CELLS)}
        login = data.draw(st.sampled_from([f"login{person}", f'"LOGIN{person}"', f" login{person}"]))
        row = {name: data.draw(_RAW) for name in order} | {"Login": login}
        row |= {"Summary (1)": data.draw(st.sampled_from(["", "1", '"1"'])), "Talk (2)": ""}
        lines.append([row[name] for name in order])
        want = dict(row)
        for name, component, factor in (("Summary (1)", S, scale), ("Talk (2)", T, Fraction(1))):
            cell = cells[person][component]
            if cell.said is Said.EMPTY:
                continue
            number = None if cell.points is None else round(float(cell.points * factor) + 1e-9, 2)
            text = (
                "EX" if number is None else f"{number:.2f}".rstrip("0").rstrip(".") if number % 1 else f"{number:.0f}"
            )
            if text != row[name].strip('"'):
                want[name] = f'"{text}"' if row[name].startswith('"') else text
        expected.append([want[name] for name in order])
    strange = data.draw(st.lists(st.lists(_RAW, min_size=1, max_size=6), max_size=3))
    tail = end * 2 if blank else ""

    def whole(rows: list[list[str]]) -> bytes:
        return (bom + end.join(",".join(row) for row in rows) + tail).encode()

    book = Book({f"login{person}": person for person in cells}, COLUMNS, cells)
    done = fill(whole([*lines, *strange]), book)
    assert done.data == whole([*expected, *strange])
    assert done.found == set(cells)


@given(st.binary(max_size=60))
def test_bytes_that_are_no_text_come_back(junk: bytes) -> None:
    head = b"Login,Summary\nada,\n"
    plain = junk.replace(b"\0", b"")
    assert fill(head + plain, BOOK).data == b"Login,Summary\nada,0\n" + plain


def test_the_gradebook_scales_exactly() -> None:
    thirds = Cell(Said.POINTS, FULL * 2 / 3)
    book = Book({"ada": 1}, COLUMNS, {1: {**ADA, P: thirds}})
    assert fill(b"Login,Presentation\nPoints Possible,30\nada,", book).data.endswith(b"ada,20")
