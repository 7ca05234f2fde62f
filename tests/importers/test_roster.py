"""Class lists as Canvas and spreadsheets write them, with everything that goes wrong in between."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.errors import CourseError
from bot.core.roster import Entry
from bot.importers.roster import MAX_BYTES, MAX_ENTRIES, read_roster

CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,Quiz 1 (301),Final Score
,,,,,Manual Posting,
    Points Possible,,,,,10,(read only)
"Alpha, Student",1001,90000001,Alpha01,EECS 598 001,9,90
"Beta, Student",1002,90000002,beta02,EECS 598 002,,
"Student, Test",1099,,,EECS 598 001,,
"""


def _read(text: str) -> list[Entry]:
    return list(read_roster(text.encode()).entries)


def _warned(text: str) -> list[tuple[int, str]]:
    return [(warning.line, warning.text) for warning in read_roster(text.encode()).warnings]


def test_a_canvas_gradebook() -> None:
    file = read_roster(CANVAS.encode())
    assert file.entries == (
        Entry("alpha01", "Student Alpha", None, "EECS 598 001"),
        Entry("beta02", "Student Beta", None, "EECS 598 002"),
    )
    assert file.fields == {"login", "section"}
    assert file.warnings == ()


@pytest.mark.parametrize(
    "text",
    [
        "Name,Email,Uniqname,Section\nStudent Alpha,a@uni.edu,alpha,001\n",
        "Section;E-mail Address;NetID;Full Name\n001;a@uni.edu;ALPHA;Alpha, Student\n",
        "username\tlast name\tfirst name\temail\tsection\nalpha\tAlpha\tStudent\ta@uni.edu\t001\n",
        "First_Name,Last_Name,User ID,E-Mail,Section\n  Student ,Alpha, alpha ,a@uni.edu,001",
        'Class list,,,\n,,,\n"NAME","LOGIN","MAIL","SECTION"\n"Alpha, Student","alpha","a@uni.edu","001"\n\n',
        "Preferred Name,First Name,Last Name,Login ID,Email,Section\nStudent,Stu,Alpha,alpha,a@uni.edu,001\n",
        'Name,Preferred Name,Login,Email,Section\n"Alpha, Stu",Student,alpha,a@uni.edu,001\n',
        "Name;Preferred Name;Login;Email;Section\nAlpha;Student Alpha;alpha;a@uni.edu;001\n",
    ],
)
def test_headings_in_any_order_and_shape(text: str) -> None:
    for line_end in ("\n", "\r\n", "\r"):
        assert _read(text.replace("\n", line_end)) == [Entry("alpha", "Student Alpha", "a@uni.edu", "001")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_encodings(encoding: str) -> None:
    file = read_roster("Name,Login\nStudent Ångström,ang\nRenée Student,ren\n".encode(encoding))
    assert [entry.name for entry in file.entries] == ["Student Ångström", "Renée Student"]
    assert bool(file.warnings) == (encoding == "cp1252")


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Alpha, Student", "Student Alpha"),
        ("Student Alpha", "Student Alpha"),
        ("von Alpha,  Student   Maria", "Student Maria von Alpha"),
        ("Alpha, Jr., Student", "Student Alpha Jr."),
        ("Alpha, Student, III", "Student Alpha III"),
        ("Student Alpha, PhD", "Student Alpha, PhD"),
        ("Alpha,", "Alpha"),
    ],
)
def test_last_name_first_is_turned_round(written: str, name: str) -> None:
    assert _read(f'Name,Login\n"{written}",alpha\n')[0].name == name


def test_the_key_is_the_login_or_else_the_address() -> None:
    entries = _read("Name,Email,Login\nOne,One@uni.edu,\nTwo,two@uni.edu,TWO\nThree,,three\nFour,,Four@uni.edu\n")
    assert [(entry.key, entry.login, entry.email) for entry in entries] == [
        ("one@uni.edu", None, "One@uni.edu"),
        ("two", "two", "two@uni.edu"),
        ("three", "three", None),
        ("four@uni.edu", None, "Four@uni.edu"),
    ]


def test_each_bad_line_is_told_by_its_number_and_the_rest_goes_on() -> None:
    text = (
        "Name,Email,Login\n"
        "One,one@uni.edu,one\n"
        ",two@uni.edu,two\n"
        "Three,,\n"
        "Four,four at uni,four\n"
        "\n"
        "Five,five@uni.edu,ONE\n"
        "Six,six@uni.edu,si x\n"
        "Last, First,last@uni.edu,last\n"
        f"{'Long' * 40},long@uni.edu,long\n"
        "Nine,nine@uni.edu,nine\n"
    )
    file = read_roster(text.encode())
    assert [entry.name for entry in file.entries] == ["One", "Nine"]
    told = {warning.line: warning.text for warning in file.warnings}
    assert list(told) == [3, 4, 5, 7, 8, 9, 10]
    assert told[3] == "There is no name. Left out."
    assert told[4] == "There is neither a login nor an e-mail address. Left out."
    assert told[5] == "“four at uni” is no e-mail address. Left out."
    assert told[7] == "“one” is on line 2 already. Left out."
    assert told[8] == "“si x” is no login. Left out."
    assert told[9] == "4 cells under 3 headings: a name with a comma needs quotation marks. Left out."
    assert "160 characters" in told[10]
    assert {"two", "four", "long", "five@uni.edu"} <= file.unread
    assert "one" not in file.unread


def test_a_quotation_mark_that_is_missing_swallows_nobody_quietly() -> None:
    text = 'Name,Login\n"One,one\nTwo,two\n"Three",three\nFour,four\n'
    assert [entry.key for entry in _read(text)] == ["four"]
    assert _warned(text)[0][0] == 2
    assert "quotation mark" in _warned(text)[0][1]
    notes = 'Name,Login,Notes\nOne,one,"a\nTwo,two,b\nThree,three,"\nFour,four,\n'
    assert [entry.key for entry in _read(notes)] == ["one", "four"]
    assert _warned(notes) == [(2, "This entry goes on to line 4: is a quotation mark missing?")]


def test_lines_are_counted_through_long_cells() -> None:
    text = 'Notes,Name,Login\n"a\nb\nc",One,one\n,,two\n'
    assert _warned(text) == [
        (2, "This entry goes on to line 4: is a quotation mark missing?"),
        (5, "There is no name. Left out."),
    ]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b" \n ", "empty"),
        (b"Just words.\nMore words.\n", "I looked for a name (Student, Name"),
        (b"Name,Section\nOne,001\n", "a login (SIS Login ID, Login, Uniqname"),
        (b"Login,Email\none,one@uni.edu\n", "I looked for a name"),
        (b"Name,Login\n", "No line of this file names a person"),
        (b"Name,Login\n,one\n", "Line 2: There is no name."),
        (b"PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00", "save it as CSV"),
        (b"\x00\x01\x02\xff" * 100, "not a text file"),
        (b"\xff\xfeN", "UTF-16"),
        (b'Name,Login\n"' + b"x" * 140_000, "Line 2 cannot be read: a quotation mark"),
        (b"Name,Login\n" + b"x,y\n" * (MAX_ENTRIES + 1), "5001 lines of people"),
        (b"Name,Login\n" + b"x" * MAX_BYTES, "2.0 MB; a roster has at most 2 MB"),
    ],
)
def test_what_is_no_class_list_is_refused_with_a_reason(data: bytes, words: str) -> None:
    with pytest.raises(CourseError) as refused:
        read_roster(data)
    assert words in str(refused.value)


def test_five_thousand_people_are_read() -> None:
    text = "Name,Login\n" + "".join(f"Student {n},s{n}\n" for n in range(MAX_ENTRIES))
    assert len(_read(text)) == MAX_ENTRIES


@given(st.binary(max_size=300))
def test_nothing_that_is_uploaded_is_a_surprise(data: bytes) -> None:
    for head in (b"", b"Name,Login\n"):
        try:
            read_roster(head + data)
        except CourseError as refused:
            assert len(str(refused)) > 20


_word = st.text(st.characters(categories=["L"], max_codepoint=0x24F), min_size=1, max_size=10).filter(
    lambda word: word.casefold() not in {"test", "student", "jr", "sr", "ii", "iii", "iv", "v", "phd"}
)
_person = st.tuples(_word, _word, st.one_of(st.none(), _word), st.text("abc123 ", max_size=8))


@given(
    people=st.lists(_person, min_size=1, max_size=6, unique_by=lambda person: (person[2] or person[0]).casefold()),
    shape=st.permutations(["name", "email", "login", "section", "Comment"]),
    delimiter=st.sampled_from([",", ";", "\t"]),
    last_first=st.booleans(),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_a_list_that_was_written_is_read_back(
    people: list[tuple[str, str, str | None, str]],
    shape: list[str],
    delimiter: str,
    last_first: bool,
    quoting: int,
    encoding: str,
) -> None:
    entries = []
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting)
    writer.writerow(shape)
    for first, last, login, section in people:
        email = f"{first}@uni.edu"
        key = (login or email).casefold()
        entries.append(Entry(key, f"{first} {last}", email, " ".join(section.split()) or None))
        cells = {
            "name": f"{last}, {first}" if last_first else f"{first} {last}",
            "email": email,
            "login": login or "",
            "section": section,
            "Comment": 'said "well, done"; twice',
        }
        writer.writerow([cells[heading] for heading in shape])
    unique = {entry.key: entry for entry in reversed(entries)}
    read = read_roster(text.getvalue().encode(encoding)).entries
    assert {entry.key: entry for entry in read} == unique
