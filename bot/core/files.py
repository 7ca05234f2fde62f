"""Files that are handed in: what they are by their content, never by their name, and what they are called here."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from enum import StrEnum
from math import ceil

from bot.core.errors import CourseError

NAME_MAX = 80
"""Characters of a file's name."""

MB = 1024 * 1024


class Media(StrEnum):
    """What a file is; the value is the ending that its name gets."""

    PDF = "pdf"
    ZIP = "zip"
    DOCX = "docx"
    PPTX = "pptx"
    TEXT = "txt"
    MARKDOWN = "md"


NAMES = {
    Media.PDF: "a PDF",
    Media.ZIP: "a zip archive",
    Media.DOCX: "a Word document (docx)",
    Media.PPTX: "slides (pptx)",
    Media.TEXT: "plain text",
    Media.MARKDOWN: "Markdown",
}

REPORT = frozenset({Media.PDF, Media.ZIP})
CODE = frozenset({Media.ZIP})
SUMMARY = frozenset({Media.PDF, Media.MARKDOWN, Media.TEXT, Media.DOCX})
SLIDES = frozenset({Media.PDF, Media.PPTX})

_UNFIT = re.compile(r"[^\w .()+,-]")


class NotTaken(CourseError):
    """A file that cannot be handed in; the sentence names it and says what would do."""


def media_of(name: str, data: bytes) -> Media | None:
    """What the content is; None for anything we do not take. The name only tells Markdown from other text.

    An archive is looked at from outside: Office files are told by the names of their parts, which a zip file holds in
    the clear. Nothing is unpacked.
    """
    if data.startswith(b"%PDF-"):
        return Media.PDF
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        if b"[Content_Types].xml" in data[:4096]:
            return Media.PPTX if b"ppt/presentation.xml" in data else Media.DOCX if b"word/" in data else Media.ZIP
        return Media.ZIP
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if not text.strip() or any(unicodedata.category(c) == "Cc" and c not in "\n\r\t\f" for c in text):
        return None
    return Media.MARKDOWN if name.casefold().endswith((".md", ".markdown")) else Media.TEXT


def check_size(name: str, size: int, max_mb: int) -> None:
    """Raises NotTaken when a file of `size` bytes is empty or larger than `max_mb` MiB."""
    if size == 0:
        raise NotTaken(f"“{_shown(name)}” is empty. Look at the file on your disk and hand it in again.")
    if size > max_mb * MB:
        raise NotTaken(
            f"“{_shown(name)}” has {ceil(size / MB * 10) / 10} MB; a file has at most {max_mb} MB. Make it smaller, or "
            "put it somewhere the staff can open and hand in the `link`."
        )


def check(name: str, data: bytes, allowed: Collection[Media], max_mb: int) -> Media:
    """What the file is.

    Raises:
        NotTaken: it is empty, too large, or none of `allowed`.
    """
    check_size(name, len(data), max_mb)
    media = media_of(name, data)
    if media is None or media not in allowed:
        wanted = " or ".join(NAMES[one] for one in Media if one in allowed)
        found = f"is {NAMES[media]}" if media else "is something else inside, whatever its name says"
        raise NotTaken(f"“{_shown(name)}” {found}; what is taken here is {wanted}.")
    return media


def clean_name(name: str, media: Media) -> str:
    """The file's name as others see it: no folders, no signs with a meaning, and the ending of what it is."""
    plain = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    plain = " ".join(_UNFIT.sub("_", plain).split()).lstrip(". ")
    stem = plain[: -len(media) - 1] if plain.casefold().endswith(f".{media}") else plain
    return f"{stem[: NAME_MAX - len(media) - 1].rstrip(' .') or 'file'}.{media}"


def _shown(name: str) -> str:
    return " ".join(_UNFIT.sub("_", name).split())[:NAME_MAX]
