"""The ways a page marks a reading as required or optional, and taking them out of a text."""

from __future__ import annotations

import re
from dataclasses import dataclass

_REQUIRED = r"required|req(?:'d)?\.?|mandatory|must[- ]reads?"
_OPTIONAL = r"optional|opt\.?|recommended|supplementa(?:ry|l)|suggested|further|background|additional"
_WORD = rf"(?P<req>{_REQUIRED})|(?P<opt>{_OPTIONAL})"
_NOUN = r"(?:\s+(?:readings?|papers?|material|articles?))?"
_BRACKETS = re.compile(rf"[(\[{{]\s*(?:{_WORD}){_NOUN}\s*(?:[,;:–—-]\s*(?P<more>[^)\]}}]*))?[)\]}}]", re.I)
_LETTER = re.compile(r"^\s*(?:[(\[](?P<a>[RO])[)\]]\s*:?|(?P<b>[RO])\s*:)\s*|\s*[(\[](?P<c>[RO])[)\]]\s*$")
_PREFIX = re.compile(rf"^[\s*•·-]*(?:{_WORD}){_NOUN}\s*:\s*", re.I)
_SUFFIX = re.compile(rf"[;,.\s]*\b(?:{_WORD}){_NOUN}\s*:\s*$", re.I)
_ALONE = re.compile(rf"^[\s,;:*–—-]*(?:{_WORD}){_NOUN}[\s.*!,;]*$", re.I)
_DASHED = re.compile(rf"\s*(?:[,;]|\s[–—-])\s*(?:{_WORD}){_NOUN}[\s.!]*$", re.I)
_STAR = re.compile(r"^\s*[*★✱]{1,3}(?=[^\s*])|(?<=\S)\s?[*★✱]{1,3}\s*$|^\s*[*★✱]{1,3}\s*$")


@dataclass(frozen=True, slots=True)
class Marked:
    """A text without its mark. `mark`: True required, False optional, None not said. `star`: a star stood there."""

    text: str
    mark: bool | None = None
    star: bool = False


def take_marks(text: str, *, beside_link: bool = False) -> Marked:
    """Take the marks out of a text. `beside_link`: the text follows a link, so a bare word is a mark too."""
    mark: bool | None = None
    if match := _BRACKETS.search(text):
        mark = match["req"] is not None
        more = (match["more"] or "").strip()
        text = f"{text[: match.start()].rstrip()} {f'({more})' if more else ''}{text[match.end() :]}"
    elif match := _LETTER.search(text):
        mark = (match["a"] or match["b"] or match["c"]) == "R"
        text = text[: match.start()] + text[match.end() :]
    elif (beside_link and (match := _ALONE.match(text))) or (match := _DASHED.search(text)):
        mark = match["req"] is not None
        text = text[: match.start()]
    star = _STAR.search(text)
    if star:
        text = text[: star.start()] + text[star.end() :]
    return Marked(text.strip(), mark, star is not None)


def take_prefix(text: str) -> tuple[bool | None, str]:
    """Split "Required: rest": the mark holds from here on in this session. (None, text) without such a prefix."""
    if match := _PREFIX.match(text):
        return match["req"] is not None, text[match.end() :]
    if (match := _ALONE.match(text)) and not re.search(r"[.!*]", text):
        return match["req"] is not None, ""
    return None, text


def take_suffix(text: str) -> tuple[bool | None, str]:
    """Split "rest; Optional:" between two links: the mark is for what follows."""
    if match := _SUFFIX.search(text):
        return match["req"] is not None, text[: match.start()]
    return None, text
