"""Recaps: how fast, how much of what matters they have, and whether anything in them was made up.

The model is measured only where one is configured: RECAP_BASE_URL, RECAP_MODEL and RECAP_API_KEY in the environment.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from bot.core.recap import Line, Point, Recap, Said, arrange, stems
from bot.core.recap_check import bears, borne_out
from bot.core.recap_extract import extract
from bot.recap.model import Endpoint, Model

DISCUSSIONS = Path(__file__).parent / "discussions"

_KINDS: Mapping[str, Said] = {"?": "question", "-": "note", "+": "follow_up", "~": "message"}


def read(path: Path) -> tuple[list[Line], list[str]]:
    """The lines of a discussion, and the points planted in them."""
    lines: list[Line] = []
    planted: list[str] = []
    paper: str | None = None
    about: int | None = None
    for row in path.read_text().splitlines():
        kind, text = row[0], row[2:]
        number = len(lines) + 1
        if kind == "!":
            planted.append(text)
        elif kind == "?":
            paper, text = text.split(": ", 1)
            about = number
            lines.append(Line(number, "question", text, paper))
        elif kind == "~":
            lines.append(Line(number, "message", text))
        else:
            lines.append(Line(number, _KINDS[kind], text, paper, about))
    return lines, planted


def has(recap: Recap, planted: str) -> bool:
    """Whether a point says it: most of its words are there."""
    wanted = set(stems(planted))
    return any(len(wanted & set(stems(point.text))) >= 0.75 * len(wanted) for point in recap.points)


def cited(points: Sequence[Point], lines: Sequence[Line]) -> tuple[int, int]:
    """How many points cite lines that exist, and how many are not borne out by what they cite."""
    by_number = {one.number: one for one in lines}
    valid = [one for one in points if one.lines and all(number in by_number for number in one.lines)]
    invented = [one for one in points if one not in valid or not bears(one.text, one.lines, by_number)]
    return len(valid), len(invented)


class _Unmetered:
    async def reserve(self, tokens: int) -> int:
        return tokens

    async def settle(self, reservation: int, used: int) -> None:
        pass


async def _by_model(lines: Sequence[Line]) -> Recap:
    endpoint = Endpoint(os.environ["RECAP_BASE_URL"], os.environ["RECAP_MODEL"], os.environ["RECAP_API_KEY"], 120.0)
    model = Model(endpoint)
    try:
        claims = await model.claims(lines, _Unmetered(), lambda goal, done: None)
        by_number = {one.number: one for one in lines}
        kept, dropped = borne_out(claims, by_number)
        return Recap(arrange(kept, by_number), (), by_model=True, dropped=dropped)
    finally:
        await model.close()


async def measure(*, quick: bool) -> dict[str, float | None]:
    """Shares are of all points of all discussions; `invented` is a number of points."""
    figures: dict[str, float | None] = {"model_coverage": None, "model_cited": None, "model_invented": None}
    discussions = [read(path) for path in sorted(DISCUSSIONS.glob("*.txt"))]
    figures |= _figures("", [(extract(lines, points_max=12), lines, planted) for lines, planted in discussions])
    if os.environ.get("RECAP_BASE_URL"):
        figures |= _figures("model_", [(await _by_model(lines), lines, planted) for lines, planted in discussions])
    figures["ms_500"] = _time(500, 3 if quick else 9)
    figures["ms_5000"] = _time(5000, 3 if quick else 9)
    return figures


def _figures(prefix: str, made: Sequence[tuple[Recap, list[Line], list[str]]]) -> dict[str, float]:
    points = sum(len(recap.points) for recap, _lines, _planted in made)
    checked = [cited(recap.points, lines) for recap, lines, _planted in made]
    planted = [has(recap, one) for recap, _lines, all_of_them in made for one in all_of_them]
    return {
        f"{prefix}coverage": round(sum(planted) / len(planted), 3),
        f"{prefix}cited": round(sum(valid for valid, _invented in checked) / points, 3) if points else 1.0,
        f"{prefix}invented": float(sum(invented for _valid, invented in checked)),
    }


def _time(messages: int, rounds: int) -> float:
    """Milliseconds for a recap of so many messages, the median."""
    chance = random.Random(1)
    words = [f"word{number}" for number in range(400)]
    lines = [
        Line(number, "message", " ".join(chance.choices(words, k=18)) + ". " + " ".join(chance.choices(words, k=8)))
        for number in range(1, messages + 1)
    ]
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        extract(lines)
        times.append(time.perf_counter() - began)
    return round(median(times) * 1000, 1)
