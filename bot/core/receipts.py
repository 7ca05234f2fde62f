"""Receipts: what was handed in, by whom, when, under one hash and one signature, so that it can be proved later.

The digest is over the content, the signature over everything that the receipt says. A receipt names groups and people
by their ids, so that a new name, or taking a name out, leaves it valid.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from bot.core.deadlines import Work
from bot.core.errors import CourseError
from bot.core.questions import on_time
from bot.core.roster import ALPHABET

FORMAT = "colloquy-receipt-1"
KEY_BYTES = 32
CODE_LENGTH = 8
"""Characters of a code, without its dash: 40 bits."""

_MISREAD = str.maketrans("OIL", "011")
_STAMP = "%Y-%m-%dT%H:%M:%S.%fZ"


@dataclass(frozen=True, slots=True)
class FileRef:
    """A file by its name and the SHA-256 of what is in it (hexadecimal)."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Content:
    """What is handed in: a link, texts under headings, files; any of them may be missing."""

    link: str | None = None
    parts: tuple[tuple[str, str], ...] = ()
    files: tuple[FileRef, ...] = ()

    def canonical(self) -> bytes:
        """The content as bytes, the same for the same content: JSON in ASCII with sorted keys and no blanks."""
        values = {
            "files": [[one.name, one.sha256] for one in self.files],
            "link": self.link,
            "parts": [list(part) for part in self.parts],
        }
        return _canonical(values)

    def digest(self) -> str:
        """SHA-256 of `canonical`, hexadecimal."""
        return hashlib.sha256(self.canonical()).hexdigest()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is confirmed. `about` is what it is for ("session 5", "milestone 2"), `title` that in words; `owner` is
    whose it is ("group 3", or "person 7" who has none), `by` who did it. Instants are UTC, to the microsecond.

    `due_at` is the deadline that was in force then; `signature` is "" until it is signed.
    """

    course: str
    kind: Work
    about: str
    title: str
    owner: str
    by: str
    version: int
    at: datetime
    due_at: datetime
    digest: str
    code: str
    signature: str = ""

    @property
    def on_time(self) -> bool:
        """Whether it was on time by the deadline in force then."""
        return on_time(self.at, self.due_at)


def code(random: bytes) -> str:
    """A short code such as "7K3Q-M2XD" from five random bytes, in letters and digits that are not misread."""
    number = int.from_bytes(random[:5], "big")
    letters = "".join(ALPHABET[number >> shift & 31] for shift in range(35, -1, -5))
    return f"{letters[:4]}-{letters[4:]}"


def read_code(typed: str) -> str:
    """A code as it is stored, from what somebody typed: in any case, with or without the dash, O for 0 and so on.

    Raises:
        CourseError: it cannot be one.
    """
    letters = "".join(c for c in typed.upper() if c.isalnum()).translate(_MISREAD)
    if len(letters) != CODE_LENGTH or set(letters) - set(ALPHABET):
        raise CourseError(f"“{typed[:40]}” is no code of a receipt: one looks like 7K3Q-M2XD.")
    return f"{letters[:4]}-{letters[4:]}"


def sign(key: bytes, receipt: Receipt) -> Receipt:
    """The receipt with its signature: HMAC-SHA-256 over all the rest of it."""
    return replace(receipt, signature=_signature(key, receipt))


def verify(key: bytes, receipt: Receipt) -> bool:
    """Whether the course signed exactly this receipt."""
    return hmac.compare_digest(_signature(key, receipt).encode(), receipt.signature.encode())


def to_json(receipt: Receipt) -> str:
    """The receipt as text: one JSON object in readable lines."""
    return json.dumps({**_fields(receipt), "signature": receipt.signature}, indent=2, ensure_ascii=False)


def from_json(text: str | bytes) -> Receipt:
    """What `to_json` was given.

    Raises:
        CourseError: this is no receipt, or not in the form we write.
    """
    try:
        values: Any = json.loads(text)
        if not isinstance(values, dict) or values.pop("format", None) != FORMAT:
            raise ValueError("another format")
        if set(values) != set(Receipt.__dataclass_fields__) or type(values["version"]) is not int:
            raise ValueError("other fields")
        if not all(isinstance(value, str) for name, value in values.items() if name != "version"):
            raise ValueError("other types")
        moments = {name: _moment(values[name]) for name in ("at", "due_at")}
        return Receipt(**{**values, **moments, "kind": Work(values["kind"])})
    except (ValueError, RecursionError) as error:  # both a bad encoding and bad JSON are ValueErrors
        raise CourseError(
            "This is no receipt of ours, or it is damaged: give the file as `/receipt` sent it."
        ) from error


def _signature(key: bytes, receipt: Receipt) -> str:
    return hmac.new(key, _canonical(_fields(receipt)), hashlib.sha256).hexdigest()


def _fields(receipt: Receipt) -> dict[str, Any]:
    """Everything but the signature."""
    return {
        "format": FORMAT,
        "course": receipt.course,
        "kind": receipt.kind.value,
        "about": receipt.about,
        "title": receipt.title,
        "owner": receipt.owner,
        "by": receipt.by,
        "version": receipt.version,
        "at": receipt.at.astimezone(UTC).strftime(_STAMP),
        "due_at": receipt.due_at.astimezone(UTC).strftime(_STAMP),
        "digest": receipt.digest,
        "code": receipt.code,
    }


def _moment(text: str) -> datetime:
    return datetime.strptime(text, _STAMP).replace(tzinfo=UTC)


def _canonical(values: dict[str, Any]) -> bytes:
    # ASCII: any text has a form in it, a lone surrogate too, and no editor changes it.
    return json.dumps(values, sort_keys=True, ensure_ascii=True, separators=(",", ":")).encode("ascii")
