"""Every session of a page is shown, however long its papers' names and addresses are."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.core.course import Kind, Reading, Role
from bot.core.deadlines import Policy, session_deadlines
from bot.fronts.discord.render.schedule import next_class_embed, page_embed
from bot.services.schedule import PAGE, NextClass, SchedulePage
from bot.store.schedule import SessionView

START = datetime(2024, 1, 16, 15, 30, tzinfo=UTC)

_words = st.text(min_size=1, max_size=300)
_readings = st.builds(
    Reading,
    title=_words,
    url=st.none() | st.text(alphabet="abc/()_", max_size=300).map(lambda tail: f"https://x.org/{tail}"),
    required=st.booleans(),
    note=st.none() | _words,
)


def _session(number: int, readings: list[Reading], title: str | None) -> SessionView:
    starts_at = START + timedelta(days=number)
    duties = dict.fromkeys(Role, ("Student01", "Student_02_", "Student03"))
    return SessionView(
        number, date(2024, 1, 16), starts_at, starts_at + timedelta(hours=1), Kind.STUDENT_LECTURE,
        title, None, "133 CHRYS", False, tuple(readings), duties,
    )  # fmt: skip


_sessions = st.lists(st.tuples(st.lists(_readings, max_size=12), st.none() | _words), min_size=1, max_size=PAGE)


@given(_sessions)
def test_every_session_of_a_page_is_there_and_it_fits(drawn: list[tuple[list[Reading], str | None]]) -> None:
    sessions = tuple(_session(number, readings, title) for number, (readings, title) in enumerate(drawn))
    embed = page_embed(SchedulePage("EECS 598", sessions, 0, 6, 27, 0))
    assert embed.description is not None
    assert len(embed.description) <= 4096
    assert len(embed) <= 6000
    for session in sessions:
        assert f"<t:{int(session.starts_at.timestamp())}:f>" in embed.description


@given(st.lists(_readings, max_size=30), st.none() | _words)
def test_the_next_class_fits(readings: list[Reading], title: str | None) -> None:
    session = _session(0, readings, title)
    deadlines = session_deadlines(session.starts_at, session.ends_at, Policy())
    embed = next_class_embed(NextClass("EECS 598", session, deadlines))
    assert len(embed.title or "") <= 256
    assert len(embed) <= 6000
    assert all(len(field.value or "") <= 1024 for field in embed.fields)


def test_brackets_in_titles_and_addresses_do_not_end_the_link() -> None:
    reading = Reading("[Deep] learning", "https://en.wikipedia.org/wiki/Worse_(better)", True)
    embed = page_embed(SchedulePage("", (_session(0, [reading], "A"),), 0, 1, 1, None))
    assert "[\\[Deep\\] learning](https://en.wikipedia.org/wiki/Worse_%28better%29)" in (embed.description or "")


def test_a_page_too_long_for_links_keeps_the_papers() -> None:
    readings = [Reading(f"Paper {n}", f"https://x.org/{'a' * 200}{n}", True) for n in range(6)]
    sessions = tuple(_session(number, readings, None) for number in range(PAGE))
    shown = page_embed(SchedulePage("", sessions, 0, 1, PAGE, None)).description or ""
    assert shown.count("● Paper") == 6 * PAGE
    assert "https://" not in shown
