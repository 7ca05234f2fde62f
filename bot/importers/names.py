"""People in a cell, and what the words beside them say about who they are."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from bot.importers.cells import is_artefact, is_nobody
from bot.importers.document import Cell


class Standing(StrEnum):
    """Who a presenter is in the course."""

    STUDENT = "student"
    STAFF = "staff"
    GUEST = "guest"


@dataclass(frozen=True, slots=True)
class Named:
    """A person as a cell names them; `said` is who the cell itself says they are."""

    name: str
    said: Standing | None = None


_STAFF = r"instructors?|professor|prof\b\.?|faculty|course staff|staff\b|teaching assistant|TAs?\b|GSIs?\b|lecturer"
_GUEST = r"guests?(?:\s+(?:speaker|lecturer?|talk))?\b|invited(?:\s+(?:speaker|talk))?|external speaker"
_STAFF_WORD = re.compile(rf"(?<!\w)(?:{_STAFF})(?!\w)", re.I)
_GUEST_WORD = re.compile(rf"(?<!\w)(?:{_GUEST})(?!\w)", re.I)
_LABEL = re.compile(rf"^\s*(?:{_GUEST}|{_STAFF}|presenters?|speakers?|leads?|led by)\s*:\s*", re.I)
_SPLIT = re.compile(r"\s*(?:[,;&/+]|\band\b|(?<=\w)\s+[-–—]\s+(?=\w))\s*")
_BRACKETS = re.compile(r"[(\[]([^()\[\]]*)[)\]]")


def read_names(cell: Cell) -> list[Named]:
    """Everyone a cell names, once each, in order. "-", "TBD", "slides" and the like are nobody."""
    beside = "".join(run.text for line in cell.lines for run in line if not run.exact)
    if cell.exact and not any(_SPLIT.split(beside)):
        return [Named(name) for name in dict.fromkeys(cell.exact)]
    people: dict[str, Named] = {}
    for line in cell.lines[:50]:
        text = "".join("," if run.url is not None and is_artefact(run.text) else run.text for run in line)
        said = _said(text) if (label := _LABEL.match(text)) else None
        if label:
            text = text[label.end() :]
        if is_nobody(text):
            continue
        for part in _SPLIT.split(_outside_brackets(text)):
            named = _one(part.replace("\0", "(").replace("\1", ")"), said)
            if named is not None:
                people.setdefault(named.name, named)
    return list(people.values())


def _outside_brackets(text: str) -> str:
    """Hide what is in brackets from the split: "Ann (Inria, Paris), Bob" is two people."""

    def hide(match: re.Match[str]) -> str:
        return "\0" + re.sub(r"[,;&/+]|\band\b", " ", match[1]) + "\1"

    return _BRACKETS.sub(hide, text)


def _one(part: str, said: Standing | None) -> Named | None:
    said = said or _said(part)

    def drop(match: re.Match[str]) -> str:
        inside = match[1]
        return "" if not inside.strip() or is_artefact(inside) or _said(inside) or is_nobody(inside) else match[0]

    name = " ".join(_BRACKETS.sub(drop, part).split()).strip(" .*:-–—")
    if not name or is_nobody(name) or is_artefact(name) or len(name) > 120 or not re.search(r"\w", name):
        return None
    return Named(name, said)


def _said(text: str) -> Standing | None:
    if _GUEST_WORD.search(text):
        return Standing.GUEST
    return Standing.STAFF if _STAFF_WORD.search(text) else None
