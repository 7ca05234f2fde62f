"""Codes to check in by: which one a screen shows at a moment, which ones are taken, and how often one may guess.

A code follows from the check-in's key and the time, so nothing about it is stored and it goes on after a restart.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from bot.core.times import require_aware

ALPHABET = "CDFHJKMNPRTVWXY3479"
"""Nothing that is read for something else from the last row (0 O, 1 I L, 2 Z, 5 S, 6 G, 8 B), and no vowels."""
CODE_LENGTH = 6
"""47 million codes, of which two or three are right at a time."""
KEY_BYTES = 32

WRONG_CODES = 5
"""So many wrong codes a person may try in `WRONG_CODES_SPAN`."""
WRONG_CODES_SPAN = timedelta(minutes=10)

SKEW = timedelta(seconds=5)
"""So far the clock of the machine that shows the code may be ahead of the platform's, which says when it was sent."""

_STALE = 10
"""Codes of so many windows before those that are taken are told from wrong ones."""


@dataclass(frozen=True, slots=True)
class Codes:
    """The codes of one check-in: its key, when it was opened, and for how long a code is shown (None: for good)."""

    key: bytes
    opened_at: datetime
    window: timedelta | None

    def number(self, at: datetime) -> int:
        """The number of the window in which `at` lies, from 0."""
        if self.window is None:
            return 0
        return max(0, (require_aware(at) - require_aware(self.opened_at)) // self.window)

    def shown(self, at: datetime) -> str:
        """The code on the screen."""
        return code_of(self.key, self.number(at))

    def until(self, at: datetime) -> datetime | None:
        """When the next one takes its place."""
        return None if self.window is None else self.opened_at + (self.number(at) + 1) * self.window


class Verdict(Enum):
    """What a code that somebody typed is."""

    RIGHT = auto()
    STALE = auto()
    WRONG = auto()


def new_key() -> bytes:
    """A key for the codes of one check-in."""
    return secrets.token_bytes(KEY_BYTES)


def code_of(key: bytes, number: int) -> str:
    """The code of a window."""
    value = int.from_bytes(hmac.digest(key, f"check-in {number}".encode(), hashlib.sha256))
    digits = []
    for _ in range(CODE_LENGTH):
        value, digit = divmod(value, len(ALPHABET))
        digits.append(ALPHABET[digit])
    return "".join(digits)


def read_code(typed: str) -> str:
    """What was typed as codes are: case, blanks and hyphens do not count."""
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", typed)).upper()


def judge(codes: Codes, typed: str, at: datetime) -> Verdict:
    """Whether `typed`, which the platform received at `at`, was on the screen then or one window before."""
    code, here = read_code(typed).encode(), codes.number(at)
    taken = {here - 1, here, codes.number(at + SKEW)}
    found = {
        number
        for number in range(max(0, here - 1 - _STALE), max(taken) + 1)
        if hmac.compare_digest(code_of(codes.key, number).encode(), code)
    }
    if found & taken:
        return Verdict.RIGHT
    return Verdict.STALE if found else Verdict.WRONG


def locked_until(wrong: list[datetime], at: datetime) -> datetime | None:
    """Until when somebody may try no code, after wrong ones at these moments (in order); None: they may."""
    lately = [one for one in wrong if one > at - WRONG_CODES_SPAN]
    return lately[-WRONG_CODES] + WRONG_CODES_SPAN if len(lately) >= WRONG_CODES else None
