"""Rules for registered application commands."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from .text import Json, count, length, unique

SUBCOMMAND, GROUP = 1, 2
# The parts of \p{sc=Deva} and \p{sc=Thai}: their vowel signs are marks, neither letters nor digits.
_SCRIPTS = ((0x0900, 0x0950), (0x0955, 0x0963), (0x0966, 0x097F), (0xA8E0, 0xA8FF), (0x0E01, 0x0E3A), (0x0E40, 0x0E5B))


def _fits_name(char: str) -> bool:
    if char in "-_'" or unicodedata.category(char)[0] in "LN":
        return True
    return any(low <= ord(char) <= high for low, high in _SCRIPTS)


def name_rules(where: str, name: str) -> Iterator[str]:
    """^[-_'\\p{L}\\p{N}\\p{sc=Deva}\\p{sc=Thai}]{1,32}$, in lower case."""
    yield from length(f"{where}: its name", name, 1, 32)
    if not all(_fits_name(char) for char in name or ""):
        yield f"{where}: the name {name!r} may hold only letters, digits, - _ and '"
    if name != (name or "").lower():
        yield f"{where}: the name {name!r} must be in lower case"


def overwrite_rules(commands: list[Json] | None) -> Iterator[str]:
    """A whole set of commands, as a bulk overwrite sends it."""
    listed = commands or []
    by_type: dict[int, list[str]] = {}
    for command in listed:
        by_type.setdefault(command.get("type") or 1, []).append(command.get("name", ""))
    yield from count("slash commands", by_type.get(1), 0, 100)
    for kind, said in ((2, "user commands"), (3, "message commands")):
        yield from count(said, by_type.get(kind), 0, 15)
    for names in by_type.values():
        yield from unique("commands", names)
    for command in listed:
        yield from command_rules(command)


def command_rules(command: Json) -> Iterator[str]:
    """One command with all that is under it."""
    name = command.get("name", "")
    if (command.get("type") or 1) != 1:
        yield from length(f"context menu {name!r}: its name", name, 1, 32)
        if command.get("description"):
            yield f"context menu {name!r} has a description, Discord takes none"
        return
    where = f"/{name}"
    yield from name_rules(where, name)
    yield from length(f"{where}: its description", command.get("description"), 1, 100)
    yield from _options(where, command.get("options") or [], depth=0)
    size = command_size(command)
    if size > 8000:
        yield f"{where}: names, descriptions and values have {size} characters together, Discord takes 8000"


def _options(where: str, options: list[Json], *, depth: int) -> Iterator[str]:
    yield from count(f"{where}: options", options, 0, 25)
    yield from unique(f"{where}: options", [option.get("name") for option in options])
    below = [option for option in options if option.get("type") in (SUBCOMMAND, GROUP)]
    if below and len(below) < len(options):
        yield f"{where}: subcommands and ordinary options are mixed"
    optional_seen = None
    for option in options:
        name, kind = option.get("name", ""), option.get("type")
        inner = f"{where} {name}"
        yield from name_rules(inner, name)
        yield from length(f"{inner}: its description", option.get("description"), 1, 100)
        if kind in (SUBCOMMAND, GROUP):
            if (kind == GROUP and depth > 0) or depth > 1:
                yield f"{inner}: Discord nests a group and a subcommand, no deeper"
            yield from _options(inner, option.get("options") or [], depth=depth + 1)
            continue
        if option.get("required"):
            if optional_seen:
                yield f"{inner}: a required option comes after the optional {optional_seen!r}"
        else:
            optional_seen = name
        yield from _choices(inner, option)


def _choices(where: str, option: Json) -> Iterator[str]:
    choices = option.get("choices") or []
    yield from count(f"{where}: choices", choices, 0, 25)
    yield from unique(f"{where}: choices", [choice.get("name") for choice in choices])
    for choice in choices:
        yield from choice_rules(where, choice)
    if choices and option.get("autocomplete"):
        yield f"{where}: choices and autocomplete exclude each other"
    for low, high in (("min_value", "max_value"), ("min_length", "max_length")):
        if option.get(low) is not None and option.get(high) is not None and option[low] > option[high]:
            yield f"{where}: {low} is above {high}"


def choice_rules(where: str, choice: Json) -> Iterator[str]:
    """One choice, of an option or of an autocomplete answer."""
    yield from length(f"{where}: the name of a choice", choice.get("name"), 1, 100)
    if isinstance(choice.get("value"), str):
        yield from length(f"{where}: the value of a choice", choice["value"], 1, 100)


def command_size(part: Json) -> int:
    """Characters that count towards the 8,000 of a command; of translations the longest counts."""
    size = 0
    for key in ("name", "description"):
        said = [part.get(key) or "", *(part.get(f"{key}_localizations") or {}).values()]
        size += max(map(len, said))
    if isinstance(part.get("value"), str):
        size += len(part["value"])
    return size + sum(command_size(p) for key in ("options", "choices") for p in part.get(key) or ())
