"""The gradebook: what each component of the grade comes to for one person. The rules are in docs/gradebook.md.

Points are shares of a component, from 0 to 100, and exact: what is rounded is only what is written.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction

FULL = Fraction(100)
_CENT = Decimal("0.01")


class Component(StrEnum):
    """What the grade is made of."""

    PRESENTATION = "presentation"
    SUMMARY = "summary"
    PARTICIPATION = "participation"
    REPORT = "report"
    TALKS = "talks"

    @property
    def of_a_class(self) -> bool:
        """Whether there is one for each class that somebody presents or summarises."""
        return self in (Component.PRESENTATION, Component.SUMMARY)


MARKED: tuple[Component, ...] = tuple(one for one in Component if one is not Component.PARTICIPATION)
"""What staff give marks for; participation is worked out."""
HANDED_IN = (Component.PRESENTATION, Component.SUMMARY, Component.REPORT)
"""What is handed in: slides, the summary, the report."""


class Standing(StrEnum):
    """How a piece of work stands at a moment."""

    NOT_DUE = "not due"
    EXCUSED = "excused"
    ON_TIME = "on time"
    LATE = "late"
    MISSING = "missing"


class Said(StrEnum):
    """What a cell of the gradebook says; `EMPTY`: nothing is due yet, or staff have not marked it yet."""

    POINTS = "points"
    NO_CREDIT = "no credit"
    EXCUSED = "excused"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of work, with staff's mark if they gave one."""

    standing: Standing
    mark: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """One person and component: `points` where it says points or no credit (then they are 0)."""

    said: Said
    points: Fraction | None = None


EMPTY = Cell(Said.EMPTY)
EXCUSED = Cell(Said.EXCUSED)

# Source: EECS 598 W24, summaries: "late: no credit, no extensions". Slides and reports that come late are for staff to
# judge, and so are slides that never came; a report that never came is worth nothing.
_NO_CREDIT: Mapping[Component, Collection[Standing]] = {
    Component.SUMMARY: (Standing.LATE, Standing.MISSING),
    Component.REPORT: (Standing.MISSING,),
}


def refuses_marks(component: Component, standing: Standing) -> bool:
    """Whether no mark can change that this piece has no credit: only an excuse gets round a late summary."""
    return component is Component.SUMMARY and standing in _NO_CREDIT[component]


def work_cell(component: Component, pieces: Sequence[Piece], *, credit: bool) -> Cell:
    """What somebody's `pieces` of a component come to: the mean of those that count.

    A mark counts. Without one, a piece handed in on time is worth everything where that is the `credit` for it, and
    waits for a mark otherwise. Excused and without a mark, it is left out.
    """
    points: list[Fraction] = []
    lost = 0
    for piece in pieces:
        if piece.mark is not None and not refuses_marks(component, piece.standing):
            points.append(piece.mark)
        elif piece.standing in _NO_CREDIT.get(component, ()):
            points.append(Fraction(0))
            lost += 1
        elif piece.standing is Standing.ON_TIME and credit:
            points.append(FULL)
    if points:
        said = Said.NO_CREDIT if lost == len(points) else Said.POINTS
        return Cell(said, sum(points, Fraction(0)) / len(points))
    all_excused = bool(pieces) and all(piece.standing is Standing.EXCUSED for piece in pieces)
    return EXCUSED if all_excused else EMPTY


def score_cell(score: float | None, *, excused: bool) -> Cell:
    """Participation: its score once anything was expected."""
    if score is None:
        return EXCUSED if excused else EMPTY
    return Cell(Said.POINTS, exact(score))


def total(cells: Mapping[Component, Cell], weights: Mapping[Component, int]) -> Fraction | None:
    """The points so far, out of 100: the weighted mean of the components that say something; None when none does."""
    counted = [(weights.get(component, 0), cell.points) for component, cell in cells.items() if cell.points is not None]
    weight = sum(weight for weight, _ in counted)
    return sum((weight * points for weight, points in counted), Fraction(0)) / weight if weight else None


def exact(number: float) -> Fraction:
    """The number as it is written: 66.67 is 6667/100."""
    return Fraction(repr(number))


def written(number: Fraction) -> str:
    """To two decimals, a half up, without zeros at the end: "13.5"."""
    rounded = (Decimal(number.numerator) / Decimal(number.denominator)).quantize(_CENT, ROUND_HALF_UP)
    text = f"{rounded:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def parse_points(text: str) -> float:
    """A mark out of 100, from "87.5", "87.5%" or "13/15", to two decimals.

    Raises:
        ValueError: it is something else, or more than everything; the message says what to write.
    """
    match = re.fullmatch(r"(\d{1,4}(?:[.,]\d{1,4})?)\s*(?:%|/\s*(\d{1,4}(?:[.,]\d{1,4})?))?", text.strip(), re.ASCII)
    of = Fraction((match[2] or "100").replace(",", ".")) if match else Fraction(0)
    share = Fraction(match[1].replace(",", ".")) / of * FULL if match and of else FULL + 1
    if share > FULL:
        raise ValueError("write points out of 100, like 87.5, or of something else, like 13/15")
    return float(written(share))


def parse_weights(text: str) -> dict[Component, int]:
    """Weights such as "presentation=15, report=40": what is left out weighs nothing; they need not add up to 100.

    Raises:
        ValueError: it is something else, names a component twice, or nothing weighs anything.
    """
    found: dict[Component, int] = {}
    for piece in text.split(","):
        match = re.fullmatch(r"([a-z]+)\s*=\s*(\d{1,4})", piece.strip(), re.ASCII)
        if not match or match[1] not in list(Component) or Component(match[1]) in found:
            raise ValueError(f"write each of {', '.join(Component)} once, like presentation=15, report=40")
        found[Component(match[1])] = int(match[2])
    if not any(found.values()):
        raise ValueError("give at least one of them a weight above 0")
    return found


def parse_credit(text: str) -> frozenset[Component]:
    """Components such as "summary, report", or "none".

    Raises:
        ValueError: it names something that is not handed in.
    """
    if text == "none":
        return frozenset()
    words = {word.strip() for word in text.split(",")}
    if not words <= set(HANDED_IN):
        raise ValueError(f"write none, or one or more of {', '.join(HANDED_IN)}, with commas between them")
    return frozenset(Component(word) for word in words)


def parse_columns(text: str) -> dict[Component, tuple[str, ...]]:
    """Names of columns, such as "presentation=Presentation, talks=Project presentation|Talk".

    Raises:
        ValueError: it is something else, or leaves a component out.
    """
    found: dict[Component, tuple[str, ...]] = {}
    for piece in re.split(rf",\s*(?=(?:{'|'.join(Component)})\s*=)", text):
        name, sign, names = piece.partition("=")
        words = tuple(" ".join(word.split()) for word in names.split("|"))
        if not sign or name.strip() not in list(Component) or Component(name.strip()) in found or not all(words):
            raise ValueError("write the name of a column for each, like presentation=Presentation, talks=Talk|Poster")
        found[Component(name.strip())] = words
    if len(found) < len(Component):
        raise ValueError(f"name a column for each of {', '.join(Component)}")
    return found


def parse_words(text: str) -> tuple[str, ...]:
    """Words with commas between them, or "none".

    Raises:
        ValueError: one is empty.
    """
    if text == "none":
        return ()
    words = tuple(word.strip().casefold() for word in text.split(","))
    if not all(words):
        raise ValueError("write one or more words with commas between them, or none")
    return words
