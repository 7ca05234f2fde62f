"""Bytes of an uploaded page -> text, or a clear refusal."""

from __future__ import annotations

import codecs
import re

from bot.importers.plan import Notes, PageError

MAX_BYTES = 24 * 1024 * 1024
"""Nothing larger is looked at."""
MAX_CHARS = 2 * 1024 * 1024
"""What may be left once embedded images, scripts and styles are taken out."""

MAX_LINES = 60_000

_MAGIC = {
    b"%PDF": "a PDF",
    b"PK\x03\x04": "a ZIP or Office file",
    b"\x89PNG": "an image",
    b"\xff\xd8\xff": "an image",
    b"GIF8": "an image",
    b"\x1f\x8b": "a compressed file",
    b"\xd0\xcf\x11\xe0": "an old Office file",
}
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_EMBEDDED = re.compile(r"data:[\w.+/-]{0,80}[;,][^\s\"'<>()]{200,}")
_OPEN_SILENT = re.compile(r"<(?:!--|(script|style|svg|template)\b)", re.I)
_ADVICE = "Save the course page as Markdown or HTML and import that."


def read_text(data: bytes, notes: Notes) -> str:
    """The page as text with `\\n` line ends, without scripts, styles, comments and embedded images.

    Line numbers stay those of the file. Bytes that are not UTF-8 are read as Windows-1252, with a warning.

    Raises:
        PageError: empty, binary, or too large.
    """
    if not data.strip():
        raise PageError("The page is empty: there is nothing to import.")
    for magic, what in _MAGIC.items():
        if data.startswith(magic):
            raise PageError(f"This is {what}, not a page. {_ADVICE}")
    if len(data) > MAX_BYTES:
        raise PageError(
            f"The page has {len(data) // 2**20} MB; at most {MAX_BYTES // 2**20} MB are read. "
            "Save the part with the schedule table by itself and import that."
        )
    text = _decode(data, notes).replace("\r\n", "\n").replace("\r", "\n")
    controls = len(_CONTROLS.findall(text))
    if "\0" in text or controls > 8 + len(text) // 200:
        raise PageError(f"This is a binary file, not a page. {_ADVICE}")
    text = _drop_silent(_EMBEDDED.sub("data:", _CONTROLS.sub("", text)))
    if len(text) > MAX_CHARS:
        raise PageError(
            f"The page has {len(text) / 2**20:.1f} million characters of text; at most {MAX_CHARS // 2**20} "
            "million are read. Save the part with the schedule table by itself and import that."
        )
    if text.count("\n") > MAX_LINES:
        raise PageError(f"The page has over {MAX_LINES} lines: save the part with the schedule table by itself.")
    if not text.strip():
        raise PageError("The page has no text: there is nothing to import.")
    return text


def _decode(data: bytes, notes: Notes) -> str:
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            try:
                return data[len(bom) :].decode(encoding)
            except UnicodeDecodeError:
                raise PageError(f"The page claims to be {encoding.upper()} text but is not. {_ADVICE}") from None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        notes.add(line, "The page is not UTF-8: read as Windows-1252 (Latin 1), so check the accents in names.")
        return data.decode("cp1252", errors="replace")


def _drop_silent(text: str) -> str:
    """Cut what a browser does not show, keeping its line ends.

    The HTML parser takes quadratic time over some broken comments and scripts, so it never gets to see any.
    """
    kept: list[str] = []
    at = 0
    lowered = text.lower() if "<" in text else ""
    if len(lowered) != len(text):  # a few capitals change length: then the ends are looked for as written
        lowered = text
    ended: dict[str, bool] = {}
    while match := _OPEN_SILENT.search(text, at):
        end_mark = "-->" if match[1] is None else f"</{match[1].lower()}"
        end = -1 if ended.get(end_mark) else lowered.find(end_mark, match.end())
        if end < 0:  # never closed: drop the opening mark alone, and never look for that end again
            ended[end_mark] = True
            kept.append(text[at : match.start()])
            at = match.end()
            continue
        end += len(end_mark)
        kept.append(text[at : match.start()])
        kept.append("\n" * text.count("\n", match.start(), end))
        if match[1] is not None:
            close = text.find(">", end, end + 40)
            end = close + 1 if close >= 0 else end
        at = end
    kept.append(text[at:])
    return "".join(kept)
