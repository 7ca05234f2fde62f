"""The recap of a class: what was said, in numbered lines, and points that each name the lines they come from."""

from __future__ import annotations

import hashlib
import json
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Said = Literal["question", "note", "follow_up", "message"]

POINT_MAX = 400
"""The most characters of a point."""

POINTS_MAX = 24
"""The most points of a recap: more is no gist."""


@dataclass(frozen=True, slots=True)
class Line:
    """Something that was said in or around a class. `about` is the number of the question's line that it belongs to;
    `speaker` is a name for the machine's own use (it is hidden from a model), `link` leads to the message."""

    number: int
    said: Said
    text: str
    paper: str | None = None
    about: int | None = None
    speaker: str = ""
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A message of the chat: who wrote it (platform user id), what, and where."""

    id: str
    author: str
    author_name: str
    text: str
    link: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that was said, with the numbers of the lines it comes from (at least one)."""

    text: str
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """The points about a paper and, if there was one, a question to it."""

    paper: str | None
    question: str | None
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Recap:
    """A draft. `links` lead to lines by their number. `dropped` points had no lines that bear them out; of `left_out`
    lines nothing was looked at, because there were too many. `why_plain` says why a model had no part in it."""

    sections: tuple[Section, ...]
    links: tuple[tuple[int, str], ...]
    by_model: bool
    dropped: int = 0
    left_out: int = 0
    why_plain: str | None = None

    @property
    def points(self) -> tuple[Point, ...]:
        return tuple(point for section in self.sections for point in section.points)

    def text(self) -> str:
        """The draft as plain text for a form, without numbers and links."""
        parts: list[str] = []
        paper: str | None = None
        for section in self.sections:
            if section.paper and section.paper != paper:
                parts.append(f"{section.paper}:")
                paper = section.paper
            if section.question:
                parts.append(f"Asked: {section.question}")
            parts += [f"- {point.text}" for point in section.points]
        return "\n".join(parts)


def pack(recap: Recap) -> str:
    """As JSON text, for the database."""
    sections = [[one.paper, one.question, [[p.text, list(p.lines)] for p in one.points]] for one in recap.sections]
    whole = {"sections": sections, "links": recap.links, "by_model": recap.by_model}
    return json.dumps(whole | {"dropped": recap.dropped, "left_out": recap.left_out, "why": recap.why_plain})


def unpack(text: str) -> Recap:
    """What `pack` made."""
    whole = json.loads(text)
    return Recap(
        sections=tuple(
            Section(paper, question, tuple(Point(said, tuple(lines)) for said, lines in points))
            for paper, question, points in whole["sections"]
        ),
        links=tuple((number, link) for number, link in whole["links"]),
        by_model=whole["by_model"],
        dropped=whole["dropped"],
        left_out=whole["left_out"],
        why_plain=whole["why"],
    )


def digest(lines: Sequence[Line], settings: str) -> str:
    """What a recap is made from, as one hash: the same lines and settings need not be worked on twice."""
    said = [[one.number, one.said, one.text, one.paper, one.about, one.speaker, one.link] for one in lines]
    return hashlib.sha256(json.dumps([settings, said]).encode()).hexdigest()


def sample(lines: Sequence[Line], limit: int) -> list[Line]:
    """At most `limit` lines, in their order: questions and notes first, then messages spread over the class."""
    if len(lines) <= limit:
        return list(lines)
    first = [one for one in lines if one.said != "message"]
    kept = spread(first, limit)
    kept += spread([one for one in lines if one.said == "message"], limit - len(kept))
    return sorted(kept, key=lambda one: one.number)


def spread(lines: Sequence[Line], count: int) -> list[Line]:
    """`count` of the lines, evenly from the first to the last."""
    if count <= 0:
        return []
    if len(lines) <= count:
        return list(lines)
    return [lines[index * len(lines) // count] for index in range(count)]


@dataclass(frozen=True, slots=True)
class Spending:
    """Tokens of a course: what a recap, a day and a term may take, and what today and the term have taken."""

    per_recap: int
    per_day: int
    per_term: int
    today: int
    term: int

    def short_of(self, tokens: int, so_far: int) -> str | None:
        """Which budget `tokens` more would break, when this recap has taken `so_far`; None when there is room."""
        if so_far + tokens > self.per_recap:
            return "this recap's"
        if self.today + tokens > self.per_day:
            return "today's"
        if self.term + tokens > self.per_term:
            return "the term's"
        return None


def day_of(now: datetime) -> datetime:
    """When the day of a budget began: midnight UTC, so that it is the same for every process."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


Group = tuple[str | None, int | None]
"""The paper, and the number of the question's line."""


def group_of(point: Point, lines: Mapping[int, Line]) -> Group:
    """What a point is about: the paper and question of most of its lines, the first of them when it is even."""
    about = Counter((lines[n].paper, n if lines[n].said == "question" else lines[n].about) for n in point.lines)
    return about.most_common(1)[0][0]


def arrange(points: Sequence[Point], lines: Mapping[int, Line]) -> tuple[Section, ...]:
    """The points by paper and question, in the order in which those came up; what is about no paper comes last.

    Each question among the lines has its section, with points or without.
    """
    found: dict[Group, list[Point]] = {(one.paper, n): [] for n, one in lines.items() if one.said == "question"}
    for point in sorted(points, key=lambda one: one.lines):
        found.setdefault(group_of(point, lines), []).append(point)
    papers: dict[str | None, int] = {}
    for number in sorted(lines):
        papers.setdefault(lines[number].paper, number)

    def place(group: Group) -> tuple[bool, int, int]:
        paper, about = group
        return paper is None, papers.get(paper, 0), about or sys.maxsize

    return tuple(
        Section(paper, _asked(lines, about), tuple(found[paper, about])) for paper, about in sorted(found, key=place)
    )


def _asked(lines: Mapping[int, Line], number: int | None) -> str | None:
    one = lines.get(number) if number else None
    return clip(" ".join(one.text.split())) if one else None


# -- words ---------------------------------------------------------------------------------------------------------

_WORD = re.compile(r"[^\W_]+(?:[.'][^\W_]+)*")
_DENSE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_SENTENCE = re.compile(r"(?<=[.!?…])\s+(?=[^\s\d])|(?<=[。！？])|\n+")

# What says nothing about a subject. Only English: elsewhere common words are told by how common they are.
STOP = frozenset(
    re.findall(
        r"\w+",
        """
        a about after again against all also am an and any are as at be because been before being between
        both but by can could did do does done down during each for from had has have he her here him his
        how i if in into is it its just may me might more most must my no nor not of off on only or our out
        over own same shall she should so some such than that the their them then there these they this
        those through to too under until up us very was we were what when where which while who whom whose
        why will with would you your
        """,
    )
)


def stems(text: str) -> list[str]:
    """The words that say something, in a form that is the same for most endings; ideographs one by one."""
    found = []
    for word in _WORD.findall(unicodedata.normalize("NFKC", text).casefold()):
        if _DENSE.search(word):
            found += list(word)
        elif word not in STOP:
            # Six letters tell most words apart and most endings not; what has a digit is kept whole.
            found.append(word if any(c.isdigit() for c in word) else word.removesuffix("'s")[:6])
    return found


def sentences(text: str) -> list[str]:
    """The sentences of a text, each at most `POINT_MAX` long; lines end sentences."""
    return [clip(one) for part in _SENTENCE.split(text) if (one := " ".join(part.split()))]


def clip(text: str, limit: int = POINT_MAX) -> str:
    """At most `limit` characters, cut between words."""
    if len(text) <= limit:
        return text
    return text[: limit - 1].rsplit(" ", 1)[0].rstrip(",;:- ") + "…"
