"""Sessions with everything in their texts that a page, or the reader of one, could trip over."""

from __future__ import annotations

from datetime import date, time, timedelta

from hypothesis import strategies as st

from bot.core.course import Kind, PageSession, Reading, Role
from bot.core.times import Term

# Words that mean something on a page, and characters that mean something in Markdown or HTML.
_TRAPS = str.split("""
pdf TBD - (Required) [Optional] Optional: required; * (R) Week 3 Buffer No class Spring break Introduction
Guest lecture poster holiday make-up Prof. Guest: TA and / ; , & + Jan 16 2019 10:30AM - 12PM @Hall Room 5
Date Readings Milestones https://x.org/a http:// <script> </table> <!-- --> <b> </td> <bdi> &amp; &lt &#124;
data:text/plain,abc data:;x ** __a__ ~~s~~ `c` ``` | \\ \\| [x](y) ![i](j) [ ] ( ) (Ch. 1) <a@b.c> # é 🦜 日本
=1+1 \" ' $x$ Attention LLM.int8(): Ann Bob 1. • : – (open) Staff none
""")
_INVISIBLE = "\u200b\u2060\ufeff\u00ad\u200e\u200f"

_plain = st.text(
    st.characters(blacklist_categories=("Cc", "Cs", "Zs", "Zl", "Zp"), blacklist_characters=_INVISIBLE),
    min_size=1,
    max_size=12,
)


def texts(limit: int) -> st.SearchStrategy[str]:
    """A text that a page can keep: no blanks but single ones within, nothing invisible."""
    words = st.lists(st.one_of(st.sampled_from(_TRAPS), _plain), min_size=1, max_size=6)
    return words.map(lambda parts: " ".join(parts)[:limit].strip())


_paths = st.text(
    st.characters(blacklist_categories=("Cc", "Cs", "Zs", "Zl", "Zp")) | st.sampled_from("()[]<>|*_`&\"'\\{}#?=;~!"),
    max_size=20,
).filter(lambda path: not any(letter.isspace() for letter in path))
links = _paths.map(lambda path: f"https://example.org/{path}")
readings = st.builds(
    Reading,
    title=texts(300),
    url=st.none() | links,
    required=st.booleans(),
    note=st.none() | texts(80) | st.just("(Chapters 1 and 2)"),
)
_names = st.lists(
    texts(60) | st.sampled_from(["Student01", "Student02", "Staff01"]), min_size=1, max_size=3, unique=True
)
_hours = st.tuples(st.integers(0, 22), st.integers(0, 59)).flatmap(
    lambda start: st.just((time(*start), time(start[0] + 1, start[1])))
)


@st.composite
def sessions(draw: st.DrawFn, term: Term, timed: bool = False) -> list[PageSession]:
    """Up to four sessions in order of date, within `term`; with `timed` each has its times, as stored ones do."""
    days = st.integers(0, (term.last_day - term.first_day).days).map(lambda days: term.first_day + timedelta(days=days))
    return [_one(draw, day, timed) for day in sorted(draw(st.lists(days, min_size=1, max_size=4)))]


def _one(draw: st.DrawFn, day: date, timed: bool) -> PageSession:
    starts, ends = draw(_hours if timed else st.just((None, None)) | _hours)
    return PageSession(
        date=day,
        kind=draw(st.sampled_from(Kind)),
        title=draw(st.none() | texts(120)),
        topic=draw(st.none() | texts(60) | st.just("Inference")),
        readings=tuple(draw(st.lists(readings, max_size=3, unique_by=lambda item: (item.title, item.url)))),
        duties=draw(st.dictionaries(st.sampled_from(Role), _names.map(tuple), max_size=3)),
        starts=starts,
        ends=ends,
        room=draw(st.none() | texts(40) | st.just("133 CHRYS")),
    )
