"""Small helpers for rules: they all yield sentences that say what is wrong and where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

Json = dict[str, Any]


def length(where: str, text: Any, low: int, high: int) -> Iterator[str]:
    """`text` has `low` to `high` characters; something absent is no text of length 0 unless `low` asks for it."""
    if text is None:
        if low:
            yield f"{where} is missing"
    elif not isinstance(text, str):
        yield f"{where} is {text!r}, not text"
    elif not low <= len(text) <= high:
        yield f"{where} has {len(text)} characters, Discord takes {low} to {high}: {text[:60]!r}"


def count(where: str, items: Iterable[Any] | None, low: int, high: int) -> Iterator[str]:
    """`items` has `low` to `high` entries."""
    number = len(list(items or ()))
    if not low <= number <= high:
        yield f"{where}: {number} entries, Discord takes {low} to {high}"


def unique(where: str, names: Iterable[Any]) -> Iterator[str]:
    """No name comes twice."""
    seen: set[Any] = set()
    for name in names:
        if name in seen:
            yield f"{where}: {name!r} comes twice"
        seen.add(name)
