"""Which stored session is which on a new page: identity survives edits, moves and swaps."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, time

from hypothesis import given
from hypothesis import strategies as st

from bot.core.course import Kind, PageSession, Reading, Role
from bot.core.schedule_diff import Change, ScheduleDiff, SessionChange, Stored, diff_schedule
from bot.core.schedule_words import describe


def paper(name: str, required: bool = True) -> Reading:
    return Reading(f"Paper {name}", f"https://example.org/{name}", required)


def lecture(day: int, *papers: str, who: tuple[str, ...] = ()) -> PageSession:
    duties = {Role.PRESENTER: who} if who else {}
    return PageSession(date(2024, 3, day), Kind.STUDENT_LECTURE, None, "Topic", tuple(map(paper, papers)), duties)


def titled(day: int, title: str, kind: Kind = Kind.LECTURE) -> PageSession:
    return PageSession(date(2024, 3, day), kind, title, None)


def stored(*sessions: PageSession) -> list[Stored]:
    return [Stored(index, session) for index, session in enumerate(sessions, 1)]


def apply_diff(old: Sequence[Stored], diff: ScheduleDiff, new_id: Callable[[], int]) -> list[Stored]:
    rows = {row.id: row for row in old}
    for change in diff.changes:
        if change.after is None:
            assert change.stored_id is not None
            rows[change.stored_id] = replace(rows[change.stored_id], cancelled=True)
        else:
            key = change.stored_id if change.stored_id is not None else new_id()
            rows[key] = Stored(key, change.after)
    return list(rows.values())


def by_id(diff: ScheduleDiff) -> dict[int | None, frozenset[Change]]:
    return {change.stored_id: change.changes for change in diff.changes}


def test_the_same_page_changes_nothing() -> None:
    page = [lecture(5, "a", "b"), titled(7, "Buffer", Kind.BUFFER), lecture(12, "c")]
    diff = diff_schedule(stored(*page), page)
    assert diff == ScheduleDiff((), 3)


def test_the_line_and_the_order_of_people_do_not_count() -> None:
    before = lecture(5, "a", who=("Ann", "Bob"))
    after = replace(lecture(5, "a", who=("Bob", "Ann")), line=99)
    assert diff_schedule(stored(before), [after]).changes == ()


def test_a_swap_of_dates_is_two_moves() -> None:
    diff = diff_schedule(
        stored(lecture(5, "a", "b"), lecture(7, "c", "d")), [lecture(5, "c", "d"), lecture(7, "a", "b")]
    )
    assert by_id(diff) == {1: {Change.MOVED}, 2: {Change.MOVED}}


def test_a_lecture_and_a_buffer_swap() -> None:
    diff = diff_schedule(
        stored(lecture(5, "a"), titled(7, "Buffer", Kind.BUFFER)), [titled(5, "Buffer", Kind.BUFFER), lecture(7, "a")]
    )
    assert by_id(diff) == {1: {Change.MOVED}, 2: {Change.MOVED}}


def test_buffers_match_by_date_first() -> None:
    page = [titled(5, "Buffer", Kind.BUFFER), titled(7, "Buffer", Kind.BUFFER)]
    diff = diff_schedule(stored(*page), list(reversed(page)))
    assert diff.changes == ()


def test_new_content_on_a_date_rewrites_its_session() -> None:
    diff = diff_schedule(stored(lecture(5, "a", who=("Ann",))), [lecture(5, "b", "c", who=("Bob",))])
    assert by_id(diff) == {1: {Change.READINGS, Change.REASSIGNED}}


def test_a_lecture_that_becomes_no_class_keeps_its_id() -> None:
    diff = diff_schedule(stored(lecture(5, "a")), [titled(5, "No class", Kind.NO_CLASS)])
    assert by_id(diff) == {1: {Change.READINGS, Change.RENAMED, Change.MEETS}}


def test_a_session_pushed_to_a_new_date_while_its_date_gets_new_content() -> None:
    diff = diff_schedule(stored(lecture(5, "a", "b")), [lecture(5, "x"), lecture(7, "a", "b")])
    assert by_id(diff) == {1: {Change.MOVED}, None: {Change.ADDED}}


def test_content_counts_by_address_or_by_title() -> None:
    old = PageSession(
        date(2024, 3, 5), Kind.LECTURE, None, None, (Reading("A: b!", "https://arxiv.org/abs/1v2", True),)
    )
    by_url = replace(old, date=date(2024, 3, 7), readings=(Reading("Renamed", "http://www.arxiv.org/pdf/1.pdf", True),))
    by_title = replace(old, date=date(2024, 3, 7), readings=(Reading("a b", None, True),))
    for page in (by_url, by_title):
        assert by_id(diff_schedule(stored(old), [page])) == {1: {Change.MOVED, Change.READINGS}}


def test_cancelled_restored_and_left_alone() -> None:
    old = [
        Stored(1, lecture(5, "a"), cancelled=True),
        Stored(2, lecture(7, "b")),
        Stored(3, lecture(12, "c"), cancelled=True),
    ]
    diff = diff_schedule(old, [lecture(5, "a")])
    assert by_id(diff) == {1: {Change.RESTORED}, 2: {Change.CANCELLED}}
    assert diff.unchanged == 0


def test_a_cancelled_session_is_no_place_for_other_content() -> None:
    diff = diff_schedule([Stored(1, lecture(5, "a"), cancelled=True)], [lecture(5, "b")])
    assert by_id(diff) == {None: {Change.ADDED}}


def test_two_sessions_on_one_date() -> None:
    morning, evening = lecture(5, "a"), lecture(5, "b")
    diff = diff_schedule(stored(morning, evening), [replace(evening, room="2"), morning])
    assert by_id(diff) == {2: {Change.MOVED}}


def test_changes_come_in_order_of_date() -> None:
    diff = diff_schedule(stored(lecture(20, "a"), lecture(1, "b")), [lecture(12, "c")])
    assert [(change.after or change.before).date.day for change in diff.changes if change.after or change.before] == [
        1,
        12,
        20,
    ]  # type: ignore[union-attr]


def test_sentences() -> None:
    old, new = lecture(19, "a", who=("Ann",)), lecture(21, "a", who=("Bob",))

    def say(before: PageSession | None, after: PageSession | None, *changes: Change) -> str:
        return describe(SessionChange(1, before, after, frozenset(changes)))

    assert say(old, lecture(21, "a", who=("Ann",)), Change.MOVED) == "Moved: Paper a from Mar 19 to Mar 21"
    assert say(old, new, Change.MOVED, Change.REASSIGNED) == (
        "Moved: Paper a from Mar 19 to Mar 21; presenter Ann → Bob"
    )
    assert say(None, new, Change.ADDED) == "Added: Paper a on Mar 21, presented by Bob"
    assert say(old, None, Change.CANCELLED) == "Cancelled: Paper a on Mar 19; no longer on duty: presenter Ann"
    assert say(lecture(19, "a"), None, Change.CANCELLED) == "Cancelled: Paper a on Mar 19"
    assert say(old, old, Change.RESTORED) == "Restored: Paper a on Mar 19"
    later = replace(old, starts=time(13), ends=time(14), room="Hall 2")
    assert say(old, later, Change.MOVED) == "Moved: Paper a on Mar 19, time as usual → 13:00-14:00, room none → Hall 2"
    elsewhere = replace(old, room="Hall 2")
    assert say(old, elsewhere, Change.MOVED) == "Changed: Paper a on Mar 19, room none → Hall 2"
    swapped = replace(old, readings=(paper("b"),))
    assert say(old, swapped, Change.READINGS) == "Changed: Paper b on Mar 19: readings + Paper b, - Paper a"
    relaxed = replace(old, readings=(paper("a", required=False),))
    assert say(old, relaxed, Change.READINGS) == "Changed: Paper a on Mar 19: readings Paper a now optional"
    named = replace(old, title="Guest day", kind=Kind.GUEST)
    assert say(old, named, Change.RENAMED) == (
        "Changed: Guest day on Mar 19: title none → Guest day, kind student lecture → guest"
    )


_readings = st.lists(
    st.builds(
        Reading,
        title=st.sampled_from(["A", "B", "C", "D", "", "?"]),
        url=st.sampled_from([None, "https://x.org/1", "https://x.org/2", "http://arxiv.org/pdf/3v1.pdf"]),
        required=st.booleans(),
    ),
    max_size=3,
).map(tuple)
_sessions = st.builds(
    PageSession,
    date=st.dates(date(2024, 3, 1), date(2024, 3, 6)),
    kind=st.sampled_from(Kind),
    title=st.sampled_from([None, "Buffer", "T", "U"]),
    topic=st.sampled_from([None, "X"]),
    readings=_readings,
    duties=st.dictionaries(st.sampled_from(Role), st.sampled_from([(), ("Ann",), ("Ann", "Bob"), ("Bob", "Ann")])),
    room=st.sampled_from([None, "1"]),
)
_pages = st.lists(_sessions, max_size=7)


def face(session: PageSession) -> tuple[object, ...]:
    duties = tuple(sorted((role.value, frozenset(names)) for role, names in session.duties.items() if names))
    return (session.date, session.kind, session.title, session.topic, session.readings, duties, session.room)


def count(sessions: Sequence[PageSession]) -> list[str]:
    return sorted(
        repr([sorted(item) if isinstance(item, frozenset) else item for item in face(s)[:5]]) for s in sessions
    )


@given(_pages)
def test_any_page_against_itself_is_unchanged(page: list[PageSession]) -> None:
    assert diff_schedule(stored(*page), page) == ScheduleDiff((), len(page))


@given(_pages, _pages, st.sets(st.integers(1, 7)))
def test_applying_a_diff_gives_the_page(old: list[PageSession], page: list[PageSession], gone: set[int]) -> None:
    rows = [replace(row, cancelled=row.id in gone) for row in stored(*old)]
    diff = diff_schedule(rows, page)
    ids = [change.stored_id for change in diff.changes if change.stored_id is not None]
    assert len(ids) == len(set(ids))
    after = apply_diff(rows, diff, itertools.count(1000).__next__)
    live = [row for row in after if not row.cancelled]
    assert len({row.id for row in after}) == len(after)
    assert count([row.session for row in live]) == count(page)
    assert diff_schedule(after, page).changes == ()
    assert len(diff.changes) == len({id(change) for change in diff.changes})
    for change in diff.changes:
        assert describe(change)
        assert change.changes
