"""What stands in a cell of readings: papers with their links, marks and notes; titles; loose text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from bot.importers.document import Cell, Line, Run, line_text
from bot.importers.marks import take_marks, take_prefix, take_suffix
from bot.importers.plan import Notes, quote

MAX_TITLE = 300
_ARTEFACTS = frozenset(
    {
        "pdf",
        "ps",
        "ppt",
        "pptx",
        "slide",
        "slides",
        "video",
        "videos",
        "recording",
        "code",
        "html",
        "link",
        "url",
        "here",
    }
    | {"arxiv", "doi", "acm", "ieee", "usenix", "talk", "demo", "website", "site", "github", "repo", "poster", "web"}
    | {"here", "preprint", "paper", "notes", "bib", "download", "local", "mirror", "template", "summary"}
)
_URL = re.compile(r"https?://[^\s<>\"]+")
_NOBODY = re.compile(
    r"[\s\-–—―.…?*_/]*|t\.?b\.?[adc]\.?|to be (?:announced|determined|decided|confirmed)|"
    r"n\.?/?a\.?|none|nil|open|\(?empty\)?",
    re.I,
)
_BULLET = re.compile(r"^\s*(?:[-•·◦–]\s+|\*\s+|\(?\d{1,2}[.)]\s+)")
_EMPTY_BRACKETS = re.compile(r"[(\[{]\s*(?:[,;/|&+·]|\band\b|\s)*[)\]}]")
_EDGES = " \t,;/|&+·:–—-"
_OPENED = re.compile(r"[\[({]?\s*(?:\b(?:see(?: also)?|with|cf\.?))?\s*[:,]?\s*$", re.I)
_JOINTS = re.compile(r"^(?:and|or|with|see also|also)\b\s*|\s*\b(?:and|or)$", re.I)


def is_nobody(text: str) -> bool:
    """Whether a cell's text stands for "nobody" or "nothing yet": empty, a dash, TBD, N/A."""
    return _NOBODY.fullmatch(text.strip()) is not None


def is_artefact(text: str) -> bool:
    """Whether a link's text names a file ("pdf", "Slides") and not a paper or a person."""
    words = re.findall(r"[\w]+", text.casefold())
    return bool(words) and all(word in _ARTEFACTS or word.isdigit() for word in words)


@dataclass(slots=True)
class Draft:
    """A reading as far as its line tells. `mark` is None when the page does not say required or optional."""

    title: str
    url: str | None
    line: int
    mark: bool | None = None
    star: bool = False
    linked: bool = True
    notes: list[str] = field(default_factory=list)

    @property
    def note(self) -> str | None:
        return " ".join(self.notes) or None


@dataclass(frozen=True, slots=True)
class Heading:
    """A bold line without a link: a title, a topic, or "No class"; `exact` if nothing more is to be read from it."""

    text: str
    line: int
    exact: bool = False


Piece = Draft | Heading


class ReadingsReader:
    """Reads the cells of one session in order; a heading such as "Optional:" holds until the next one."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._mode: bool | None = None
        self._last: Draft | None = None

    def read(self, cell: Cell, mode: bool | None = None) -> list[Piece]:
        """Titles and readings of a cell; all are marked `mode` unless they say otherwise."""
        if mode is not None:
            self._mode = mode
        pieces: list[Piece] = []
        for line in cell.lines[:400]:
            if line[0].exact:
                pieces.append(self._exact(line, cell.line))
            else:
                pieces.extend(self._line(_with_bare_urls(line), cell.line))
        return pieces

    def _exact(self, line: Line, at: int) -> Piece:
        """A line that begins with exact text: that is the title, and more of it the note."""
        first, *rest = line
        title = first.text.strip()
        if first.bold and first.url is None:
            return Heading(title, at, exact=True)
        marked = take_marks("".join(run.text for run in rest if not run.exact), beside_link=True)
        mark = marked.mark if marked.mark is not None else self._mode
        url = self._url(first.url, title, at) if first.url else None
        beside = _tidy_note(marked.text)
        notes = [run.text.strip() for run in rest if run.exact] or ([beside] if beside else [])
        self._last = Draft(title, url, at, mark, marked.star, notes=notes)
        return self._last

    def _line(self, line: Line, at: int) -> list[Piece]:
        if any(run.url is not None and run.text.strip() for run in line):
            drafts = self._linked(line, at)
        else:
            text = _BULLET.sub("", line_text(line))
            mode, rest = take_prefix(text)
            if mode is not None:
                self._mode = mode
                text = rest
            marked = take_marks(text)
            bold = all(run.bold for run in line if run.text.strip(" :*") and take_marks(run.text).text)
            plain = marked.text.strip()
            if is_nobody(plain):
                if (marked.mark is not None or marked.star) and self._last is not None:
                    self._last.mark, self._last.star = marked.mark, marked.star
                return []
            if plain.startswith("(") and plain.endswith(")") and self._last is not None:
                self._last.notes.append(plain)
                return []
            if bold and marked.mark is None and mode is None and not marked.star:
                return [Heading(plain.rstrip(":"), at)]
            mark = marked.mark if marked.mark is not None else self._mode
            drafts = [Draft(plain, None, at, mark, marked.star, linked=False)]
        if drafts:
            self._last = drafts[-1]
        return list(drafts)

    def _linked(self, line: Line, at: int) -> list[Draft]:
        drafts: list[Draft] = []
        pending = ""
        for run in _merged(line):
            if run.url is None:
                pending += run.text
                continue
            label = run.text.strip()
            is_url = _URL.fullmatch(label) is not None
            if is_artefact(label) or is_url:
                if drafts or (self._last is not None and not _title_like(pending)):
                    known = drafts[-1] if drafts else self._last
                    if known is not None and known.url is None and not known.linked and not is_url:
                        known.url = self._url(run.url, known.title, at)
                        continue
                    if not is_url:
                        continue
                if _title_like(pending):
                    drafts.append(self._plain_with_link(pending, run.url, at))
                    pending = ""
                    continue
                if not is_url:
                    self._notes.add(at, f"The link {quote(label)} has no paper's title beside it: it is left out.")
                    continue
            if drafts:
                self._tail(drafts[-1], pending)
                prefix = ""
            else:
                unlinked, prefix = self._before_a_link(pending, at)
                drafts += unlinked
            pending = ""
            drafts.append(self._linked_draft(run, prefix, at))
        if drafts:
            self._tail(drafts[-1], pending)
        elif pending and self._last is not None:
            self._tail(self._last, pending)
        return drafts

    def _before_a_link(self, text: str, at: int) -> tuple[list[Draft], str]:
        """What precedes the first link of a line: papers without a link, each ended by ";", and the rest."""
        *ended, rest = text.split(";")
        drafts = []
        for part in ended:
            mode, title = take_prefix(_BULLET.sub("", part))
            if mode is not None:
                self._mode = mode
            if _title_like(title):
                marked = take_marks(title)
                mark = marked.mark if marked.mark is not None else self._mode
                drafts.append(Draft(marked.text.strip(), None, at, mark, marked.star, linked=False))
                self._notes.add(at, f"{quote(marked.text.strip())} is read as a paper without a link of its own.")
        return drafts, rest

    def _linked_draft(self, run: Run, prefix: str, at: int) -> Draft:
        prefix = _BULLET.sub("", prefix)
        mode, prefix = take_prefix(prefix)
        if mode is not None:
            self._mode = mode
        before = take_marks(prefix, beside_link=True)
        inside = take_marks(run.text)
        title = inside.text.strip() or run.text.strip()
        mark = next((mark for mark in (before.mark, inside.mark) if mark is not None), self._mode)
        draft = Draft(title, self._url(run.url or "", title, at), at, mark, before.star or inside.star)
        if note := _tidy_note(before.text):
            self._note(draft, note, at)
        return draft

    def _plain_with_link(self, pending: str, url: str, at: int) -> Draft:
        mode, rest = take_prefix(_BULLET.sub("", pending))
        if mode is not None:
            self._mode = mode
        marked = take_marks(_OPENED.sub("", rest))
        title = _tidy_note(marked.text) or marked.text
        mark = marked.mark if marked.mark is not None else self._mode
        return Draft(title, self._url(url, title, at), at, mark, marked.star)

    def _tail(self, draft: Draft, text: str) -> None:
        """Text after a link: a mark, a note, or a mark for what follows ("; Optional:")."""
        mode, text = take_suffix(text)
        marked = take_marks(text, beside_link=True)
        if marked.mark is not None:
            draft.mark = marked.mark
        draft.star = draft.star or marked.star
        if note := _tidy_note(marked.text):
            self._note(draft, note, draft.line)
        if mode is not None:
            self._mode = mode

    def _note(self, draft: Draft, note: str, at: int) -> None:
        """Keep text that stands beside a link. It may be a paper of its own, so the first one of a page is told."""
        draft.notes.append(note)
        if not note.startswith("(") and _title_like(note):
            self._notes.add_once(
                "text beside a link",
                at,
                f"{quote(note)} stands beside the link of {quote(draft.title)}: such text is kept as a note. "
                "If it is a paper of its own, give it its own line.",
            )

    def _url(self, url: str, title: str, at: int) -> str | None:
        try:
            parts = urlsplit(url)
        except ValueError:
            parts = None
        if (
            parts is not None
            and parts.scheme.lower() in ("http", "https")
            and parts.netloc
            and not re.search(r"\s", url)
        ):
            return url
        what = "is not a full web address" if parts is None or not parts.scheme else "is not a web address"
        self._notes.add(at, f"The link of {quote(title)} {what} ({quote(url, 40)}): the reading is kept without it.")
        return None


def shorten_title(draft: Draft, notes: Notes) -> str:
    """The title, cut with a warning when it is longer than `MAX_TITLE`."""
    if len(draft.title) <= MAX_TITLE:
        return draft.title
    notes.add(draft.line, f"The title {quote(draft.title)} is longer than {MAX_TITLE} characters: it is cut.")
    return draft.title[: MAX_TITLE - 1].rstrip() + "…"


def _with_bare_urls(line: Line) -> Line:
    if not any(run.url is None and "://" in run.text for run in line):
        return line
    runs: list[Run] = []
    for run in line:
        if run.url is not None or run.exact:
            runs.append(run)
            continue
        at = 0
        for match in _URL.finditer(run.text):
            url = match[0].rstrip(".,;:!?)]}'")
            runs.append(Run(run.text[at : match.start()], run.bold))
            runs.append(Run(url, run.bold, url))
            at = match.start() + len(url)
        runs.append(Run(run.text[at:], run.bold))
    return tuple(run for run in runs if run.text)


def _merged(line: Line) -> list[Run]:
    """Runs with the same target as one: styles inside a link do not split it."""
    merged: list[Run] = []
    for run in line:
        if merged and merged[-1].url == run.url and run.url is not None:
            merged[-1] = Run(merged[-1].text + run.text, run.bold, run.url)
        elif run.url is None or run.text.strip():
            merged.append(run)
    return merged


def _title_like(text: str) -> bool:
    _, text = take_prefix(_BULLET.sub("", text))
    bare = take_marks(text, beside_link=True).text.strip(" [](){}" + _EDGES)
    return len(re.findall(r"[^\W\d_]", bare)) >= 3 and bare.casefold() not in ("and", "with", "see", "see also", "from")


def _tidy_note(text: str) -> str:
    text = _EMPTY_BRACKETS.sub(" ", text)
    text = _JOINTS.sub("", " ".join(text.split()).strip(_EDGES)).strip(_EDGES)
    if text.count("(") != text.count(")"):
        text = text.strip("()")
    if text.count("[") != text.count("]"):
        text = text.strip("[]")
    return text.strip() if re.search(r"\w", text) else ""
