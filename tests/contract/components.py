"""Rules for the components of messages and of modals."""

from __future__ import annotations

from collections.abc import Iterator

from .text import Json, count, length, unique

ROW, BUTTON, SELECT, TEXT_INPUT, LABEL, TEXT_DISPLAY = 1, 2, 3, 4, 18, 10
SELECTS = (3, 5, 6, 7, 8)
LINK, PREMIUM = 5, 6


def walk(components: list[Json] | None) -> Iterator[Json]:
    """Every component, however deep."""
    for part in components or ():
        yield part
        yield from walk(part.get("components"))
        yield from walk([part[key] for key in ("accessory", "component") if part.get(key)])


def message_component_rules(components: list[Json] | None, *, second_version: bool = False) -> Iterator[str]:
    """The components of a message."""
    listed = components or []
    if second_version:
        yield from count("components in all", walk(listed), 0, 40)
    else:
        yield from count("action rows", listed, 0, 5)
        for part in listed:
            if part.get("type") != ROW:
                yield f"component type {part.get('type')}: at the top of a message only action rows may stand"
    parts = list(walk(listed))
    yield from unique("custom_id", [part["custom_id"] for part in parts if part.get("custom_id") is not None])
    for part in parts:
        yield from _part(part)


def _part(part: Json) -> Iterator[str]:
    kind = part.get("type")
    if kind == ROW:
        inside = part.get("components") or []
        yield from count("parts of an action row", inside, 1, 5)
        if len(inside) > 1 and any(p.get("type") in SELECTS for p in inside):
            yield "an action row with a select menu holds something else too"
    elif kind == BUTTON:
        yield from _button(part)
    elif kind in SELECTS:
        yield from select_rules(part)


def _button(part: Json) -> Iterator[str]:
    where = f"button {part.get('label') or part.get('custom_id')!r}"
    if part.get("label") is not None:
        yield from length(f"{where}: its label", part["label"], 0, 80)
    if part.get("style") == LINK:
        yield from length(f"{where}: its address", part.get("url"), 1, 512)
    elif part.get("style") != PREMIUM:
        yield from length(f"{where}: its custom_id", part.get("custom_id"), 1, 100)
    if part.get("style") != PREMIUM and not part.get("label") and not part.get("emoji"):
        yield f"{where} has neither a label nor an emoji"


def select_rules(part: Json) -> Iterator[str]:
    """A select menu, in a message or in a modal."""
    where = f"select {part.get('custom_id')!r}"
    yield from length(f"{where}: its custom_id", part.get("custom_id"), 1, 100)
    yield from length(f"{where}: its placeholder", part.get("placeholder"), 0, 150)
    if part.get("type") == SELECT:
        yield from count(f"{where}: options", part.get("options"), 1, 25)
        yield from option_rules(where, part)
    low, high = part.get("min_values"), part.get("max_values")
    low, high = 1 if low is None else low, 1 if high is None else high
    if not 0 <= low <= high <= 25:
        yield f"{where}: min_values {low} and max_values {high} do not fit 0 to 25"


def option_rules(where: str, part: Json) -> Iterator[str]:
    """The options of a select, a radio group or a checkbox group."""
    options = part.get("options") or []
    yield from unique(f"{where}: values", [option.get("value") for option in options])
    for option in options:
        yield from length(f"{where}: the label of an option", option.get("label"), 1, 100)
        yield from length(f"{where}: the value of an option", option.get("value"), 1, 100)
        yield from length(f"{where}: the description of an option", option.get("description"), 0, 100)


def modal_rules(modal: Json) -> Iterator[str]:
    """A modal, as the answer to an interaction."""
    yield from length("modal: its title", modal.get("title"), 1, 45)
    yield from length("modal: its custom_id", modal.get("custom_id"), 1, 100)
    top = modal.get("components") or []
    yield from count("modal: parts", top, 1, 5)
    parts = list(walk(top))
    yield from unique("modal: custom_id", [p["custom_id"] for p in parts if p.get("custom_id") is not None])
    for part in top:
        if part.get("type") not in (ROW, LABEL, TEXT_DISPLAY):
            yield f"modal: a part of type {part.get('type')} may not stand at its top"
    for part in parts:
        yield from _modal_part(part)


def _modal_part(part: Json) -> Iterator[str]:
    kind = part.get("type")
    if kind == LABEL:
        yield from length("modal: a label", part.get("label"), 1, 45)
        yield from length("modal: the description of a label", part.get("description"), 0, 100)
    elif kind == TEXT_INPUT:
        yield from _text_input(part)
    elif kind in SELECTS:
        yield from select_rules(part)
    elif kind in (21, 22):
        where = f"group {part.get('custom_id')!r}"
        low, high = (2, 10) if kind == 21 else (1, 10)
        yield from count(f"{where}: options", part.get("options"), low, high)
        yield from option_rules(where, part)


def _text_input(part: Json) -> Iterator[str]:
    where = f"text input {part.get('label') or part.get('custom_id')!r}"
    yield from length(f"{where}: its custom_id", part.get("custom_id"), 1, 100)
    yield from length(f"{where}: its label", part.get("label"), 0, 45)
    yield from length(f"{where}: its value", part.get("value"), 0, 4000)
    yield from length(f"{where}: its placeholder", part.get("placeholder"), 0, 100)
    low, high = part.get("min_length"), part.get("max_length")
    low, high = 0 if low is None else low, 4000 if high is None else high
    if not 0 <= low <= high <= 4000 or high < 1:
        yield f"{where}: min_length {low} and max_length {high} do not fit 0 to 4000"
