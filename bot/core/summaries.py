"""What a summary consists of: templates as data, and what happens when two people write at the same time."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

TEXT_MAX = 4000
"""Characters under one heading: a field of a form takes no more."""

_ON_A_PAGE = 5
"""Fields of one form."""


@dataclass(frozen=True, slots=True)
class Heading:
    """One part of a summary; `hint` says in a few words what belongs there."""

    title: str
    hint: str = ""


# Source: the course page of EECS 598 W24, the sections of a summary.
HEADINGS = (
    Heading("Problem and Motivation", "What problem is solved, and why does it matter?"),
    Heading("Related Works", "What was there before, and how does this differ?"),
    Heading("Solution Overview", "The main idea, in your own words"),
    Heading("Limitations", "Where does it fall short?"),
    Heading("Future Research Directions", "What could be done next?"),
    Heading("Summary of Class Discussion", "What was said in class: questions, answers, open points"),
)
QUESTIONS = (
    Heading("What problem does the paper solve and why does it matter?"),
    Heading("What is the main idea?"),
    Heading("What are its strengths and limits?"),
    Heading("What would you do next?"),
    Heading("Gist of the class discussion"),
)

TEMPLATES: Mapping[str, tuple[Heading, ...]] = {"headings": HEADINGS, "questions": QUESTIONS, "link": (), "file": ()}
"""The headings of each choice of the policy `summary.template`; a link or a file has none to fill in."""


def pages(template: Sequence[Heading]) -> list[tuple[Heading, ...]]:
    """The headings form by form, as even as can be: six are two forms of three."""
    number = -(-len(template) // _ON_A_PAGE)
    size = -(-len(template) // number) if number else 0
    return [tuple(template[start : start + size]) for start in range(0, len(template), size or 1)]


def missing(template: Sequence[Heading], texts: Mapping[str, str]) -> tuple[str, ...]:
    """The headings under which nothing is written."""
    return tuple(one.title for one in template if not texts.get(one.title, "").strip())


def parts(template: Sequence[Heading], texts: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """What is handed in: the headings in order with their texts, without those that are empty.

    What was written under a heading of another template (staff changed the policy meanwhile) comes last.
    """
    titles = [one.title for one in template]
    titles += [title for title in texts if title not in titles]
    return tuple((title, texts[title].strip()) for title in titles if texts.get(title, "").strip())


def stamp(text: str) -> str:
    """A short mark of a text, by which a form tells later what it was opened with."""
    return hashlib.sha256(text.strip().encode("utf-8", "surrogatepass")).hexdigest()[:8]


def overwrites(typed: str, now: str, seen: str) -> bool:
    """Whether keeping `typed` would undo what somebody else wrote: the text is `now` another one than the one that was
    `seen` (its `stamp`), and `typed` is neither of the two."""
    return stamp(now) not in (seen, stamp(typed)) and stamp(typed) != seen


def keeps(typed: str, now: str, seen: str) -> bool:
    """Whether `typed` is a change, and nobody else's is undone by it."""
    return stamp(now) == seen and stamp(typed) != seen


def markdown(title: str, written: Sequence[tuple[str, str]]) -> str:
    """The summary as a Markdown document."""
    blocks = [f"# Summary of {title}", *(f"## {heading}\n\n{text}" for heading, text in written)]
    return "\n\n".join(blocks) + "\n"
