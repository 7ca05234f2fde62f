"""What is done about a model's words: names go out as pseudonyms, and only claims that their lines bear out come in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.core.recap import POINT_MAX, STOP, Line, Point, clip, stems

OVERLAP = 0.6
"""So much of what a claim says must stand in the lines it cites."""

CITED_MAX = 6
"""A claim that cites more lines than this cites nothing: with enough of them any word is found."""

_PLATFORM = re.compile(
    r"<[@#][!&]?\d+>"  # mentions
    r"|<a?:\w+:\d+>"  # emoji
    r"|https?://\S+"
    r"|[\w.+-]+@[\w-]+\.[\w.-]+"
    r"|\b\d{15,}\b"  # ids
)
_TOKEN = re.compile(r"\[?\b[PX]\d+\b\]?", re.I)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NOT = re.compile(r"\b(?:not|never|no|nobody|none|nothing|without|cannot|can't|\w+n't)\b", re.I)
_MARKUP = re.compile(r"<[@#][!&]?\d*>?|https?://\S+|www\.\S+|discord\.gg/\S+|\[[^\]]*\]\([^)]*\)|@(?=everyone|here)")


_ORDER = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b.{0,60}\b(?:instructions?|prompts?|rules|above|previous)\b"
    r"|\bsystem prompt\b|\byou are (?:now )?(?:an? |the )?(?:ai|llm|assistant|language model|chatbot)\b",
    re.I | re.S,
)


def gives_orders(text: str) -> bool:
    """Whether this talks to the model rather than to the class. It is not shown to one: what it wants said could be
    borne out by its own words. That is a courtesy; what keeps inventions out is `borne_out`."""
    return _ORDER.search(text) is not None


class Masks:
    """Pseudonyms for names, and for what else could lead to a person: `hide` before anything leaves the machine,
    `show` on what came back. Each way of writing a name has a pseudonym of its own, so it comes back as it was."""

    def __init__(self, names: Iterable[str]) -> None:
        parts = set()
        for name in names:
            whole = unicodedata.normalize("NFKC", name).strip()
            parts |= {whole, *re.split(r"[\s._-]+", whole)}
        # The longest first: "Ann Lee" before "Ann".
        known = sorted(
            (one for one in parts if len(one) > 1 and not _TOKEN.fullmatch(one)), key=lambda one: (-len(one), one)
        )
        self._names = re.compile(rf"(?<!\w)({'|'.join(map(re.escape, known))})(?!\w)", re.I) if known else None
        self._tokens: dict[str, str] = {}
        self._surfaces: dict[str, str] = {}

    def hide(self, text: str) -> str:
        """`text` without names, mentions, addresses and ids."""
        text = unicodedata.normalize("NFKC", text)
        # What already looks like a pseudonym must not be taken for one afterwards.
        text = _TOKEN.sub(lambda match: self._token("X", match[0]), text)
        text = _PLATFORM.sub(lambda match: self._token("X", match[0]), text)
        return self._names.sub(self._hide_name, text) if self._names else text

    def _hide_name(self, match: re.Match[str]) -> str:
        if match[0].casefold() in STOP and match[0].islower():
            return match[0]  # "will" is a verb, "Will" may be a student
        return self._token("P", match[0])

    def _token(self, kind: str, surface: str) -> str:
        if surface not in self._tokens:
            self._tokens[surface] = token = f"{kind}{len(self._tokens) + 1}"
            self._surfaces[token] = surface
        return self._tokens[surface]

    def show(self, text: str) -> str:
        """`text` with the names back; of mentions, addresses and unknown pseudonyms only "…" is left."""

        def surface(match: re.Match[str]) -> str:
            token = match[0].strip("[]").upper()
            return self._surfaces.get(token, "…") if token.startswith("P") else "…"

        return _TOKEN.sub(surface, text)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a model says was said, and where."""

    text: str
    lines: tuple[int, ...]


def borne_out(claims: Sequence[Claim], lines: Mapping[int, Line]) -> tuple[list[Point], int]:
    """The claims that the lines they cite bear out, and how many were not.

        A claim is kept when it cites between one and `CITED_MAX` lines, all of which exist, when at least `OVERLAP` of
    its words stand there, and when every number and pseudonym in it stands there too, and a "not" if it has one. Said
        twice is said once.
    """
    kept: list[Point] = []
    dropped = 0
    seen: set[tuple[str, ...]] = set()
    for claim in claims:
        text, cited = plain(claim.text), tuple(sorted(set(claim.lines)))
        if not cited or len(cited) > CITED_MAX or any(n not in lines for n in cited) or not bears(text, cited, lines):
            dropped += 1
            continue
        key = tuple(sorted(set(stems(text))))
        if key not in seen:
            seen.add(key)
            kept.append(Point(clip(text, POINT_MAX), cited))
    return kept, dropped


def bears(text: str, cited: Sequence[int], lines: Mapping[int, Line]) -> bool:
    """Whether the cited lines say what `text` says, as far as words can tell."""
    said = " ".join(f"{lines[number].speaker} {lines[number].text}" for number in cited)
    words, there = set(stems(text)), set(stems(said))
    if not words or len(words & there) < OVERLAP * len(words):
        return False
    if _NOT.search(text) and not _NOT.search(said):
        return False
    exact = {*_NUMBER.findall(text), *_tokens(text)}
    return exact <= {*_NUMBER.findall(said), *_tokens(said)}


def _tokens(text: str) -> set[str]:
    return {token.strip("[]").upper() for token in _TOKEN.findall(text)}


def plain(text: str) -> str:
    """One line without mentions, links and markup that could act."""
    return " ".join(_MARKUP.sub(" ", text).split())
